import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStateFolder, type StateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { startSchedule, type Scheduled } from './schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Timers that run when the world's clock passes them. */
interface Clockwork {
  readonly state: StateFolder
  start(scheduled: Partial<Scheduled>): () => void
  /** Lets time pass, a timer at a time. */
  pass(ms: number): Promise<void>
  readonly timers: number
}

let world: World
let taken: unknown[]
let clockwork: Clockwork
beforeEach(() => {
  world = openWorld()
  taken = []
  clockwork = openClockwork()
})
afterEach(() => world.remove())

function openClockwork(chance = 0.5): Clockwork {
  const timers = new Map<object, { readonly at: number; readonly call: () => void }>()
  const state = openStateFolder({ product: 'demo', effects: world.effects })
  const effects = {
    now: () => world.clock,
    after(delay: number, call: () => void) {
      const key = {}
      timers.set(key, { at: world.clock + delay, call })
      return () => void timers.delete(key)
    },
    randomBytes: (count: number) => new Uint8Array(count).fill(chance * 256)
  }
  return {
    state,
    start: (scheduled) =>
      startSchedule(
        { state, effects },
        {
          name: 'shape',
          gather: () => ({ at: world.clock }),
          schedule: { everyHours: 24 },
          record: (fields) => taken.push(fields),
          mayRecord: () => true,
          ...scheduled
        }
      ),
    async pass(ms) {
      const end = world.clock + ms
      for (;;) {
        const [next] = [...timers].toSorted(([, one], [, other]) => one.at - other.at)
        if (next === undefined || next[1].at > end) break
        timers.delete(next[0])
        world.clock = Math.max(world.clock, next[1].at)
        next[1].call()
        await settled()
      }
      world.clock = end
    },
    get timers() {
      return timers.size
    }
  }
}

/** Promises that follow one another. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

describe('a snapshot that is due every day', () => {
  it('comes first within an hour, at a moment of chance, and then at the same moment of each day', async () => {
    const began = world.clock
    clockwork.start({})
    await clockwork.pass(5 * DAY)
    const first = began + HOUR / 2
    expect(taken.map((each) => Math.round(((each as { at: number }).at - first) / 60_000))).toEqual(
      [0, 1, 2, 3, 4].map((day) => day * 24 * 60)
    )
  })

  it('is not sent again because its program starts again', async () => {
    const stop = clockwork.start({})
    await clockwork.pass(HOUR)
    stop()
    for (let restart = 0; restart < 20; restart += 1) {
      const stopAgain = clockwork.start({})
      await clockwork.pass(HOUR)
      stopAgain()
    }
    expect(taken).toHaveLength(1)
  })

  it('that was missed while nothing ran is sent once, and then at its own moment again', async () => {
    const stop = clockwork.start({})
    await clockwork.pass(HOUR)
    stop()
    world.clock += 10 * DAY + 5 * HOUR
    clockwork.start({})
    await clockwork.pass(HOUR)
    expect(taken).toHaveLength(2)
    await clockwork.pass(DAY)
    expect(taken).toHaveLength(3)
    expect(((taken[2] as { at: number }).at - (taken[0] as { at: number }).at) % DAY).toBeLessThan(
      60_000
    )
  })

  it('is each database’s own', async () => {
    for (const of of ['one', 'two'])
      clockwork.start({ schedule: { everyHours: 24, of }, gather: () => ({ of }) })
    await clockwork.pass(2 * DAY)
    expect(taken).toHaveLength(4)
    expect(clockwork.state.read('schedule.json')).not.toMatch(/one|two/)
  })

  it('is gathered by one of two processes', async () => {
    clockwork.start({})
    clockwork.start({})
    await clockwork.pass(3 * DAY)
    expect(taken).toHaveLength(3)
  })

  it('stops when it is told to', async () => {
    const stop = clockwork.start({})
    stop()
    await clockwork.pass(3 * DAY)
    expect([taken.length, clockwork.timers]).toEqual([0, 0])
  })
})

describe('gathering that fails', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no connection')
      }
    ],
    ['rejects', () => Promise.reject(new Error('no connection'))],
    ['never ends', () => new Promise(() => {})],
    ['gives no fields', () => 'nothing']
  ])(
    'because it %s is tried again a few times a day, less and less often, and never in a storm',
    async (_how, gather) => {
      let tries = 0
      clockwork.start({
        gather: () => {
          tries += 1
          return gather()
        }
      })
      await clockwork.pass(DAY)
      expect(tries).toBeGreaterThan(3)
      expect(tries).toBeLessThan(15)
      const before = tries
      await clockwork.pass(10 * DAY)
      expect(tries - before).toBeLessThan(16)
      expect(taken).toEqual([])
    }
  )

  it('once is made good soon', async () => {
    let tries = 0
    clockwork.start({
      gather: () => {
        if ((tries += 1) === 1) throw new Error('restarting')
        return { tries }
      }
    })
    await clockwork.pass(2 * HOUR)
    expect(taken).toEqual([{ tries: 2 }])
  })
})

describe('without a yes', () => {
  it('nothing is gathered; after it, soon', async () => {
    let may = false
    let tries = 0
    clockwork.start({ mayRecord: () => may, gather: () => ({ tries: (tries += 1) }) })
    await clockwork.pass(3 * DAY)
    expect(tries).toBe(0)
    may = true
    await clockwork.pass(HOUR)
    expect(taken).toEqual([{ tries: 1 }])
  })
})

describe('what it finds on the disk', () => {
  it.each(['', '[]', 'null', '{"shape 0.1":"soon"}', '{"shape 0.1', '{"shape": 9e99}'])(
    'may be anything: %s',
    async (text) => {
      clockwork.state.write('schedule.json', text)
      clockwork.start({})
      await clockwork.pass(2 * HOUR)
      expect(taken).toHaveLength(1)
    }
  )
  it('may be nothing, on a disk that takes nothing', async () => {
    world.diskRefuses = 'EROFS'
    clockwork.start({})
    await clockwork.pass(3 * DAY)
    expect(taken).toHaveLength(3)
  })
  it('may be a lock that a dead process left', async () => {
    clockwork.state.write('schedule.lock', String(world.clock - HOUR))
    clockwork.start({})
    await clockwork.pass(2 * HOUR)
    expect(taken).toHaveLength(1)
  })
  it.each([0.3, 1, 1.4, 1.9])(
    'may come from a clock that was ahead by %d days, and is late by none of them',
    async (days) => {
      const ahead = world.clock
      world.clock += days * DAY
      const stop = clockwork.start({})
      await clockwork.pass(2 * HOUR)
      stop()
      taken.length = 0
      world.clock = ahead
      clockwork.start({})
      await clockwork.pass(2 * HOUR)
      expect(taken).toHaveLength(1)
    }
  )
  it('may come from a clock that was years ahead', async () => {
    const ahead = world.clock
    world.clock += 400 * DAY
    clockwork.start({})()
    world.clock = ahead
    clockwork.start({})
    await clockwork.pass(2 * DAY)
    expect(taken.length).toBeGreaterThan(0)
  })
})
