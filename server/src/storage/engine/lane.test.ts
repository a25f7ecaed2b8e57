/**
 * Do statements share their sessions fairly, within bounds, and is a session that nothing can stop
 * told apart?
 */
import type { Session } from 'chdb'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Lane } from './lane.ts'
import type { Statement } from './statement.ts'

interface Running {
  readonly sql: string
  readonly end: (error?: Error) => void
}

const killed: string[] = []
let running: Running[] = []
let stuck = 0

beforeEach(() => {
  vi.useFakeTimers()
  killed.length = 0
  running = []
  stuck = 0
})
afterEach(() => {
  vi.useRealTimers()
})

const forever = (): AbortSignal => new AbortController().signal

function queryAsync(sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      running = running.filter((one) => one.end !== end)
      if (error === undefined) resolve({ bytes: () => Buffer.from(sql), rowsRead: 1, bytesRead: 1 })
      else reject(error)
    }
    running.push({ sql, end })
  })
}

function session(): Session {
  return { queryAsync, close: () => undefined } as unknown as Session
}

function lane(sessions: number): Lane {
  return new Lane({
    sessions,
    base: new Map(),
    openSession: (index) => ({ session: session(), mark: `m${index}` }),
    kill: async (mark) => void killed.push(mark),
    onStuck: () => stuck++
  })
}

function statement(sql: string, deadlineMs = 1000): Statement {
  return {
    work: { is: 'text', sql },
    lane: 'question',
    format: 'TSV',
    deadlineMs,
    settings: new Map()
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

it('runs as many as there are sessions, and the others in their order', async () => {
  const two = lane(2)
  const all = ['a', 'b', 'c', 'd'].map((sql) => two.run(statement(sql), forever()))
  await settle()
  expect(running.map(({ sql }) => sql)).toEqual(['a', 'b'])
  running[1]?.end()
  await settle()
  expect(running.map(({ sql }) => sql)).toEqual(['a', 'c'])
  while (running.length > 0) {
    running[0]?.end()
    await settle()
  }
  expect((await Promise.all(all)).map(({ is }) => is)).toEqual(['done', 'done', 'done', 'done'])
  await two.close()
})

it('refuses the sixty-sixth: one runs and sixty-four wait', async () => {
  const one = lane(1)
  const answers = Array.from({ length: 65 }, (_, index) =>
    one.run(statement(`${index}`), forever())
  )
  expect(await one.run(statement('too many'), forever())).toMatchObject({ is: 'failed', code: 202 })
  while (running.length > 0) {
    running[0]?.end()
    await settle()
  }
  expect((await Promise.all(answers)).every(({ is }) => is === 'done')).toBe(true)
})

it('counts waiting towards the deadline, and forgets who has gone', async () => {
  const one = lane(1)
  const first = one.run(statement('first', 10_000), forever())
  const leaving = new AbortController()
  const late = one.run(statement('late', 500), forever())
  const left = one.run(statement('left', 5000), leaving.signal)
  await vi.advanceTimersByTimeAsync(500)
  expect(await late).toMatchObject({ code: 159 })
  leaving.abort()
  expect(await left).toMatchObject({ code: 159 })
  running[0]?.end()
  expect(await first).toMatchObject({ is: 'done' })
  expect(running).toEqual([])
})

it('kills at the deadline, cleans the session, and then gives it to the next', async () => {
  const one = lane(1)
  const slow = one.run(statement('slow'), forever())
  const next = one.run(statement('next', 60_000), forever())
  await vi.advanceTimersByTimeAsync(1249)
  expect(killed).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(killed).toEqual(['m0'])
  running[0]?.end(new Error('Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)'))
  await settle()
  expect(running.map(({ sql }) => sql)).toEqual(['SELECT 1'])
  running[0]?.end()
  expect(await slow).toMatchObject({ is: 'failed', code: 394 })
  await settle()
  expect(running.map(({ sql }) => sql)).toEqual(['next'])
  running[0]?.end()
  expect(await next).toMatchObject({ is: 'done' })
  expect(stuck).toBe(0)
})

it('says that the engine is stuck when a killed statement still runs ten seconds later', async () => {
  const one = lane(1)
  void one.run(statement('wedged'), forever())
  await vi.advanceTimersByTimeAsync(11_249)
  expect(stuck).toBe(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(stuck).toBe(1)
})
