/** A host is never held up: statements are reduced in a thread, within bounds that it sets. */
import { afterEach, expect, it } from 'vitest'
import { openShapeThread, type ShapeThread, type ShapeThreadOptions } from './shape-thread.ts'

const bounds: ShapeThreadOptions = {
  deadlineMs: 20_000,
  statementMs: 20_000,
  waitingMax: 10,
  waitingCharactersMax: 3_000_000
}
const opened: ShapeThread[] = []
const open = (options: Partial<ShapeThreadOptions> = {}): ShapeThread => {
  const thread = openShapeThread({ ...bounds, ...options })
  opened.push(thread)
  return thread
}
afterEach(() => Promise.all(opened.splice(0).map((thread) => thread.close())))

it('reduces statements in order, in both dialects', async () => {
  const thread = open()
  const shapes = await Promise.all([
    thread.anonymize("SELECT a FROM b WHERE c = 'x'", { dialect: 'postgres' }),
    thread.anonymize("SELECT a FROM b WHERE c = 'x'", { dialect: 'mysql' }),
    thread.anonymize('SELEC', { dialect: 'mysql' })
  ])
  expect(shapes.map(({ shape }) => shape)).toEqual([
    'SELECT c1 FROM t1 WHERE c2 = $1',
    'SELECT c1 FROM t1 WHERE c2 = ?',
    'other'
  ])
})

it('tells the kind alone of what comes while too many wait', async () => {
  const thread = open({ waitingMax: 2 })
  const shapes = await Promise.all(
    ['SELECT 1', 'SELECT 2', 'INSERT INTO a VALUES (1)'].map((sql) =>
      thread.anonymize(sql, { dialect: 'mysql' })
    )
  )
  expect(shapes.map(({ shape, problems }) => [shape, ...problems])).toEqual([
    ['SELECT ?'],
    ['SELECT ?'],
    ['insert', 'OVERLOADED']
  ])
})

/** Half a second of a machine that does nothing else. */
const slow = `SELECT ${'a,'.repeat(500_000)}a`

it('gives up the one statement that takes too long, and none of those that wait behind it', async () => {
  const thread = open({ statementMs: 250 })
  const dialect = 'postgres'
  const asked = [slow, 'SELECT a', 'SELECT b FROM c', slow, 'SELECT 1']
  const shapes = await Promise.all(asked.map((sql) => thread.anonymize(sql, { dialect })))
  expect(shapes[0]).toMatchObject({ shape: 'select', problems: ['TOO_SLOW'] })
  expect(shapes[3]).toMatchObject({ shape: 'select', problems: ['TOO_SLOW'] })
  expect(shapes[1]?.shape).toBe('SELECT c1')
  expect(shapes[2]?.shape).toBe('SELECT c1 FROM t1')
  expect(shapes[4]?.shape).toBe('SELECT $1')
})

it('tells the kind alone of what has waited too long, and goes on', async () => {
  const thread = open({ deadlineMs: 1 })
  expect(await thread.anonymize(slow, { dialect: 'mysql' })).toMatchObject({
    shape: 'select',
    problems: ['TOO_SLOW']
  })
  const next = open()
  expect((await next.anonymize('SELECT a', { dialect: 'mysql' })).shape).toBe('SELECT c1')
})

it('answers what waits when it is closed', async () => {
  const thread = open()
  const waiting = thread.anonymize('SELECT 1', { dialect: 'postgres' })
  await thread.close()
  expect((await waiting).shape).toBe('select')
  expect((await thread.anonymize('SELECT 1', { dialect: 'postgres' })).problems).toEqual([
    'OVERLOADED'
  ])
})
