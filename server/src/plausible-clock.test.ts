/** Is a clock believed only while it is plausible, and is that undone by whoever knows better? */
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemEffects } from './effects.ts'
import { openPlausibleClock, type PlausibleClock } from './plausible-clock.ts'

const day = 86_400_000
const noon = Date.parse('2026-11-20T12:00:00Z')
let folder: string
let said: number
const logged: string[] = []
const log = {
  warn: (_: object, message: string) => void logged.push(message),
  info: (_: object, message: string) => void logged.push(message)
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-clock-'))
  said = noon
  logged.length = 0
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function open(): Promise<PlausibleClock> {
  return openPlausibleClock({
    path: join(folder, 'clock'),
    trace: join(folder, 'nothing'),
    effects: {
      files: systemEffects.files,
      clock: { now: () => said, after: () => () => undefined, sleep: () => Promise.resolve() }
    },
    log
  })
}

// A row whose time of receipt has a fraction of a millisecond is refused by the store.
it('tells whole milliseconds where only the age of a file says when the server last ran', async () => {
  const trace = join(folder, 'nothing')
  await writeFile(trace, '')
  await utimes(trace, noon / 1_000, noon / 1_000 + 0.000_4)
  expect(Number.isInteger((await stat(trace)).mtimeMs)).toBe(false)
  said -= 2_500 * day
  const clock = await open()
  expect(clock.now()).toBe(noon)
  await clock.close()
  expect((await open()).now()).toBe(noon)
})

it('follows a clock that goes on, also after weeks without a server', async () => {
  const first = await open()
  said += 60_000
  expect(first.now()).toBe(noon + 60_000)
  await first.close()
  said += 30 * day
  const second = await open()
  expect(second.now()).toBe(said)
  expect(second.state()).toEqual({ is: 'believed' })
  expect(logged).toEqual([])
})

it.each([
  ['ten years ahead', 3_650 * day],
  ['back in 2020', -2_500 * day]
])(
  'does not believe a start %s: time goes on from the last run, and a log line says so',
  async (_, jump) => {
    await (await open()).close()
    said += jump
    const clock = await open()
    expect(clock.now()).toBe(noon)
    said += 120_000
    expect(clock.now()).toBe(noon + 120_000)
    expect(clock.state()).toMatchObject({ is: 'held', says: said, believes: noon + 120_000 })
    expect(logged).toEqual([expect.stringContaining('is not believed')])
    await clock.close()
    expect(Number(await readFile(join(folder, 'clock'), 'utf8'))).toBe(noon + 120_000)
    said = noon + 180_000
    expect((await open()).now()).toBe(said)
  }
)

it('does not believe a jump while it runs, and believes the clock when it is right again', async () => {
  const clock = await open()
  said += 400 * day
  expect(clock.now()).toBe(noon)
  said += 5_000
  expect(clock.now()).toBe(noon + 5_000)
  said = noon + 10_000
  expect(clock.now()).toBe(said)
  expect(clock.state()).toEqual({ is: 'believed' })
})

it('believes it once five senders agree, each counted once, and not when they say another time', async () => {
  const clock = await open()
  said += 90 * day
  clock.now()
  for (let round = 0; round < 10; round++) clock.hear('one', said)
  for (let sender = 0; sender < 10; sender++) clock.hear(`wrong ${sender}`, said + 5 * day)
  expect(clock.state().is).toBe('held')
  for (let sender = 2; sender <= 5; sender++) clock.hear(`${sender}`, said - sender * 60_000)
  expect(clock.state()).toEqual({ is: 'believed' })
  expect(clock.now()).toBe(said)
})

it('does not believe it against as many who say that it is wrong', async () => {
  const clock = await open()
  said += 90 * day
  clock.now()
  for (let sender = 0; sender < 5; sender++) clock.hear(`honest ${sender}`, noon + 60_000)
  for (let sender = 0; sender < 5; sender++) clock.hear(`liar ${sender}`, said)
  expect(clock.state().is).toBe('held')
  clock.hear('liar 5', said)
  expect(clock.state().is).toBe('believed')
})

it('believes it on an operator’s word', async () => {
  const clock = await open()
  said += 90 * day
  clock.now()
  clock.believe()
  expect(clock.now()).toBe(said)
})
