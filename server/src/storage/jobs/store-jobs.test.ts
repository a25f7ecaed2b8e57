import { describe, expect, it } from 'vitest'
import { systemEffects, type Clock } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Erasure } from './erase.ts'
import { startStoreJobs, type StoreJobs } from './store-jobs.ts'
import type { HeldProduct, Storage } from '../storage.ts'

const quiet = { info: () => undefined, warn: () => undefined }

type Given = Parameters<typeof startStoreJobs>[0]

interface TestJobs {
  readonly jobs: StoreJobs
  /** What was asked of the inbox and the store, in order. */
  readonly asked: string[]
}

function start(
  migrate: () => Promise<readonly HeldProduct[] | void>,
  pending: readonly Erasure[] = [],
  lastStart?: string,
  { effects = systemEffects, retain }: Pick<Partial<Given>, 'effects' | 'retain'> = {}
): TestJobs {
  const asked: string[] = []
  const jobs = startStoreJobs({
    storage: {
      started: Promise.resolve(),
      migrate: () => {
        asked.push('migrate')
        return migrate().then((held) => held ?? [])
      },
      state: () => ({ is: 'ready', engine: 'embedded', since: 0 }),
      query: () => Promise.resolve([]),
      command: () => Promise.resolve()
    } as unknown as Storage & { started: Promise<void> },
    source: {
      id: 'inbox',
      replay: (since) => {
        asked.push(`replay since ${since}`)
        return Promise.resolve(0)
      },
      nextBlocks: () => {
        asked.push('nextBlocks')
        return Promise.resolve([])
      },
      loaded: () => Promise.resolve(),
      split: () => Promise.resolve(false),
      state: () => ({ oldestWaitingAt: undefined }),
      sweep: () => Promise.resolve(),
      compact: () => Promise.resolve(false)
    },
    memory: { read: () => Promise.resolve(lastStart), write: () => Promise.resolve() },
    tombstones: {
      beforeErasing: () => Promise.resolve(),
      list: () => pending,
      all: () => pending,
      applied: () => Promise.resolve(),
      found: () => Promise.resolve(),
      eraseFromInbox: () => {
        asked.push('eraseFromInbox')
        return Promise.resolve(0)
      }
    },
    importsOpen: () => new Set<string>(),
    contracts: [],
    effects,
    ...(retain === undefined ? {} : { retain }),
    log: quiet
  })
  return { jobs, asked }
}

it('starts no loader when it is closed while the tables are made', async () => {
  let finish: (() => void) | undefined
  const { jobs, asked } = start(() => new Promise<void>((resolve) => (finish = resolve)))
  while (finish === undefined) await systemEffects.clock.sleep(1)
  const closed = jobs.close()
  finish()
  await closed
  expect(asked).toEqual(['migrate'])
})

it('loads once the tables are there, and not after it was closed', async () => {
  const { jobs, asked } = start(() => Promise.resolve())
  await jobs.prepared
  await jobs.close()
  const before = asked.length
  expect(asked.slice(0, 2)).toEqual(['migrate', 'nextBlocks'])
  await systemEffects.clock.sleep(20)
  expect(asked.length).toBe(before)
})

it('takes what was taken back out of the inbox before anything of it is loaded', async () => {
  const digest = '0'.repeat(64)
  const { jobs, asked } = start(
    () => Promise.resolve(),
    [{ product: 'dlt', kind: 'deletion', digest, requestedAt: 0 }]
  )
  await jobs.prepared
  await jobs.close()
  expect(asked.slice(0, 3)).toEqual(['migrate', 'eraseFromInbox', 'nextBlocks'])
})

it('holds back the product that the store can not hold, and loads all others', async () => {
  const held = [{ product: 'acme', says: 'a column would change its type' }]
  const { jobs, asked } = start(() => Promise.resolve(held))
  await jobs.prepared
  expect(jobs.held()).toEqual(held)
  await jobs.close()
  expect(asked.slice(0, 2)).toEqual(['migrate', 'nextBlocks'])
})

it('gives a store that has not seen the last start what was loaded since, before anything new', async () => {
  const { jobs, asked } = start(() => Promise.resolve(), [], 'a start that the store does not know')
  await jobs.prepared
  await jobs.close()
  expect(asked.indexOf('replay since 0')).toBeGreaterThan(asked.indexOf('migrate'))
  expect(asked.indexOf('replay since 0')).toBeLessThan(asked.indexOf('nextBlocks'))
})

describe('retention', () => {
  const minuteMs = 60_000
  const hourMs = 60 * minuteMs

  /** Wakes what sleeps in the order of its times. A loader that looks each second looks rarely. */
  function clockOfOurs(): { readonly clock: Clock; until(time: number): Promise<void> } {
    let now = 0
    const asleep = new Set<{ readonly at: number; readonly wake: () => void }>()
    const clock: Clock = {
      now: () => now,
      after: (delayMs, wake) => {
        const sleeper = { at: now + Math.max(delayMs, minuteMs), wake }
        asleep.add(sleeper)
        return () => void asleep.delete(sleeper)
      },
      sleep: (delayMs, signal) =>
        new Promise((resolve) => {
          const done = (): void => {
            cancel()
            signal?.removeEventListener('abort', done)
            resolve()
          }
          const cancel = clock.after(delayMs, done)
          signal?.addEventListener('abort', done)
        })
    }
    return {
      clock,
      async until(time) {
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve))
          const [next] = [...asleep].toSorted((one, other) => one.at - other.at)
          if (next === undefined || next.at > time) break
          asleep.delete(next)
          now = next.at
          next.wake()
        }
        now = time
      }
    }
  }

  it('runs as soon as a store that starts slowly is there, and then four times a day', async () => {
    const { clock, until } = clockOfOurs()
    const ran: number[] = []
    const { jobs } = start(async () => clock.sleep(47 * minuteMs), [], undefined, {
      effects: { ...systemEffects, clock },
      retain: () => Promise.resolve(ran.push(clock.now() / minuteMs)).then(() => [])
    })
    await until(13 * hourMs)
    expect(ran).toEqual([47, 47 + 360, 47 + 720])
    await jobs.close()
  })

  it('that fails is tried again soon, and then ever more rarely, at least four times a day', async () => {
    const { clock, until } = clockOfOurs()
    const tried: number[] = []
    const { jobs } = start(() => Promise.resolve(), [], undefined, {
      effects: { ...systemEffects, clock },
      retain: () => {
        tried.push(clock.now() / minuteMs)
        const away = new CandorError('STORAGE_UNAVAILABLE', 'The store is away.')
        return tried.length > 10 ? Promise.resolve([]) : Promise.reject(away)
      }
    })
    await until(30 * hourMs)
    expect(tried.map((at, index) => at - (tried[index - 1] ?? 0))).toEqual([
      2, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360
    ])
    await jobs.close()
  })
})
