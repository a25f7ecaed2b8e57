import { constants } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Effects, FileSystem } from '../effects.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import {
  numbersIn,
  openParts,
  playCollector,
  spool,
  type PlayedCollector
} from './delivery.test-support.ts'

/** Calls that change something on the disk, in the order in which a delivery makes them. */
const changing = [
  'appendFileSync',
  'linkSync',
  'ftruncateSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync'
]

const isChange = (name: string, args: readonly unknown[]): boolean =>
  changing.includes(name) && !(name === 'openSync' && Number(args[1]) % 4 === constants.O_RDONLY)

/** The world, in which something happens right before the so-many-th change. */
function interrupted(
  world: World,
  at: number,
  happen: () => void
): { readonly effects: Effects; readonly made: () => number } {
  let made = 0
  const calls = Object.fromEntries(
    Object.entries(world.effects.files).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        if (isChange(name, args)) {
          made += 1
          if (made === at) happen()
        }
        return (call as (...given: unknown[]) => unknown)(...args)
      }
    ])
  )
  const files = { ...calls, constants } as unknown as FileSystem
  return { effects: { ...world.effects, files, now: () => world.clock }, made: () => made }
}

describe('a delivery', () => {
  let world: World
  let collector: PlayedCollector
  const numbers = [1, 2, 3, 4, 5, 6, 7]
  beforeEach(() => {
    world = openWorld()
    collector = playCollector()
  })
  afterEach(() => world.remove())

  function fill(): void {
    world.remove()
    world = openWorld()
    collector = playCollector()
    const parts = openParts(world)
    spool(parts, numbers.slice(0, 3))
    // Another run, another window's account: several reports.
    spool(parts, numbers.slice(3, 5), { account: 'somebody' })
    spool(parts, numbers.slice(5), { run: { session: '0d9c7c52-3f54-4d7c-9a3e-6a2d3b9d2a11' } })
  }

  async function deliverAll(): Promise<void> {
    for (let time = 0; time < 3; time += 1) {
      world.clock += 2 * 86_400_000
      await openParts(world, { transport: collector }).delivery.deliver()
    }
  }

  it('that is killed before any of its changes to the disk loses nothing and doubles nothing', async () => {
    let points = 0
    for (let at = 1; ; at += 1) {
      fill()
      let isDead = false
      const { effects, made } = interrupted(world, at, () => {
        isDead = true
      })
      // From then on this process changes nothing more, and hears nothing more.
      const dying: Effects = {
        ...effects,
        files: {
          ...Object.fromEntries(
            Object.entries(effects.files).map(([name, call]) => [
              name,
              (...args: unknown[]) => {
                if (isDead && isChange(name, args))
                  throw Object.assign(new Error('killed'), { code: 'EIO' })
                return (call as (...given: unknown[]) => unknown)(...args)
              }
            ])
          ),
          constants
        } as unknown as FileSystem
      }
      await openParts(world, { transport: collector, effects: dying }).delivery.deliver()
      points = made()
      await deliverAll()
      expect({ at, kept: numbersIn(collector.kept.values()).toSorted() }).toEqual({
        at,
        kept: numbers
      })
      if (at > points) break
    }
    expect(points).toBeGreaterThan(20)
  })

  it('that is stopped before any of its changes, while another one does all of it, then goes on and doubles nothing', async () => {
    let points = 0
    for (let at = 1; ; at += 1) {
      fill()
      let other: Promise<unknown> | undefined
      const { effects, made } = interrupted(world, at, () => {
        // Long enough for the other to take the lock away from it.
        world.clock += 60_000
        other = openParts(world, { transport: collector }).delivery.deliver({ asked: true })
      })
      await openParts(world, { transport: collector, effects }).delivery.deliver({ asked: true })
      await other
      points = made()
      await deliverAll()
      expect({ at, kept: numbersIn(collector.kept.values()).toSorted() }).toEqual({
        at,
        kept: numbers
      })
      // What came twice came as the same bytes.
      const texts = new Map<string, string>()
      for (const { body = '' } of collector.requests) {
        const { report } = JSON.parse(body) as { report: string }
        expect(texts.get(report) ?? body).toBe(body)
        texts.set(report, body)
      }
      if (at > points) break
    }
    expect(points).toBeGreaterThan(20)
  })

  it('keeps what a writer appends to a spool that is being taken away from under it', async () => {
    fill()
    const writer = openParts(world)
    // The writer has opened the spool, and its write comes only after the file was taken, frozen
    // and sent.
    const path = `${writer.state.path}/spool.jsonl`
    const late = world.effects.files.openSync(path, 'a')
    await openParts(world, { transport: collector }).delivery.deliver()
    expect(numbersIn(collector.kept.values()).toSorted()).toEqual(numbers)
    spool(writer, [8])
    const line = world.effects.files.readFileSync(path, 'utf8').trim()
    world.effects.files.rmSync(path)
    world.effects.files.writeSync(late, `\n${line}\n`)
    world.effects.files.closeSync(late)
    await deliverAll()
    expect(numbersIn(collector.kept.values()).toSorted()).toEqual([...numbers, 8])
    expect(writer.state.list('').filter((name) => /^(?:spent|claimed|frozen)/.test(name))).toEqual(
      []
    )
  })
})
