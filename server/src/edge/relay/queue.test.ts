import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DAY_MS } from '#values/days'
import { systemEffects, type Effects } from '../../effects.ts'
import type { Ask, SealedHandover } from '../handing-on.ts'
import { openQueue, type RelayQueue } from './queue.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} } as unknown as Parameters<
  typeof openQueue
>[0]['log']
const message = (name: string): SealedHandover => ({ id: name, box: `box of ${name}` })

/** A collector that keeps all but what it can't read; `isAway` cuts it off. */
function collectorOf(unreadable: ReadonlySet<string>): {
  readonly ask: Ask
  readonly kept: string[]
  isAway: boolean
} {
  const kept: string[] = []
  const state = {
    kept,
    isAway: false,
    ask: (async (_url, { body }) => {
      if (state.isAway) throw new Error('away')
      const { handovers } = JSON.parse(String(body)) as { handovers: readonly SealedHandover[] }
      const taken = handovers.map(({ id }) => id).filter((id) => !unreadable.has(id))
      kept.push(...taken)
      const text = JSON.stringify({ kept: taken, refused: [] })
      return { status: 200, headers: new Headers(), body: Buffer.from(text) }
    }) as Ask
  }
  return state
}

/** Sleeps pass at once, one turn each. */
function fastEffects(): { readonly effects: Effects; advance(ms: number): void } {
  let ahead = 0
  const now = (): number => Date.now() + ahead
  return {
    effects: {
      ...systemEffects,
      clock: {
        ...systemEffects.clock,
        now,
        sleep: (_ms, signal) =>
          signal?.aborted === true
            ? Promise.resolve()
            : new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    advance: (ms) => void (ahead += ms)
  }
}

describe("a relay's queue", () => {
  const folders: string[] = []
  let queue: RelayQueue | undefined
  afterEach(async () => {
    await queue?.close()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  const open = async (ask: Ask, effects: Effects, folder = newFolder()): Promise<RelayQueue> => {
    const collector = { url: 'http://collector', token: undefined, ask }
    queue = await openQueue({ folder, bytesMax: 2 ** 20, collector, effects, log: quiet })
    return queue
  }
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'candor-relay-queue-'))
    folders.push(folder)
    return folder
  }
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 2_000 && !isSo(); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(isSo()).toBe(true)
  }

  it('keeps what waits over a restart, and hands it on in order', async () => {
    const folder = newFolder()
    const collector = collectorOf(new Set())
    const { effects } = fastEffects()
    collector.isAway = true
    const first = await open(collector.ask, effects, folder)
    for (const name of ['a', 'b', 'c']) await first.add(message(name))
    await until(() => first.state().awaySince !== undefined)
    await first.close()
    collector.isAway = false
    const second = await open(collector.ask, effects, folder)
    await until(() => second.state().oldestWaitingAt === undefined)
    expect(collector.kept).toEqual(['a', 'b', 'c'])
    expect(second.state()).toMatchObject({ handedOn: 3, awaySince: undefined })
  })

  it('sets aside what the collector cannot read, tries it again, and holds up nothing else', async () => {
    const unreadable = new Set(['b'])
    const collector = collectorOf(unreadable)
    const { effects, advance } = fastEffects()
    const opened = await open(collector.ask, effects)
    for (const name of ['a', 'b', 'c']) await opened.add(message(name))
    await until(() => opened.state().handedOn === 2)
    await until(() => opened.state().unreadable === 1)
    unreadable.clear()
    advance(3_700_000)
    await opened.add(message('d'))
    await until(() => opened.state().oldestWaitingAt === undefined)
    expect(collector.kept.toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(opened.state().unreadable).toBe(0)
  })

  it('gives up what the collector would no longer know by its id', async () => {
    const collector = collectorOf(new Set())
    const { effects, advance } = fastEffects()
    collector.isAway = true
    const opened = await open(collector.ask, effects)
    await opened.add(message('old'))
    advance(14 * DAY_MS + 1)
    await opened.add(message('new'))
    collector.isAway = false
    await until(() => opened.state().oldestWaitingAt === undefined)
    expect(collector.kept).toEqual(['new'])
    expect(opened.state().givenUp).toBe(1)
  })

  it('tells since when the collector is away, also once something was given up meanwhile', async () => {
    const collector = collectorOf(new Set())
    const { effects, advance } = fastEffects()
    collector.isAway = true
    const opened = await open(collector.ask, effects)
    await opened.add(message('old'))
    await until(() => opened.state().awaySince !== undefined)
    const { awaySince } = opened.state()
    advance(14 * DAY_MS + 1)
    await until(() => opened.state().givenUp === 1)
    expect(opened.state().awaySince).toBe(awaySince)
  })
})
