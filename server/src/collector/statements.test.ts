/**
 * A statement is stored as its shape or its kind, and its text never, whatever happens to the
 * thread.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anonymize, openShapeThread, type ShapeThreadOptions } from '@candor/sql'
import { afterEach, expect, it } from 'vitest'
import { createStatementShapes, noteStatements, type AskedStatements } from './statements.ts'
import { openTestCollector, sampleContract, type TestCollector } from './collector.test-support.ts'

const secret = 'Kowalski47'
const contract = sampleContract.replace(
  '    fields:\n',
  `    fields:
      query: { type: sql-shape, dialect: any, says: the shape of what failed }
      kind_of_query: { type: sql-shape, says: what kind of statement failed, from: query }
`
)
const patient: ShapeThreadOptions = {
  deadlineMs: 20_000,
  statementMs: 20_000,
  waitingMax: 10,
  waitingCharactersMax: 1_000_000
}
const opened: TestCollector[] = []
async function open(options: Parameters<typeof openTestCollector>[0] = {}): Promise<TestCollector> {
  const collector = await openTestCollector({ contracts: [contract], ...options })
  opened.push(collector)
  return collector
}
afterEach(() => Promise.all(opened.splice(0).map((collector) => collector.close())))

const record = (query: unknown): Parameters<TestCollector['collect']>[0][number] => ({
  source: { product: 'sample', level: undefined },
  wire: 'client',
  name: 'load',
  fields: { query }
})

async function queriesOf(collector: TestCollector): Promise<unknown[]> {
  return (await collector.rows()).map(({ query }) => query)
}

it('keeps the shape where the contract names a dialect, and the kind where it names none', async () => {
  const collector = await open()
  await collector.collect([
    record(`SELECT name FROM users WHERE mail = '${secret}'`),
    record("SELECT * FROM `anon_id_4` LIMIT '<anonymized>'"),
    record(`CREATE TABLE "${secret}" (a ${secret}[])`),
    record('<redacted: parsing failed>'),
    record('create_table'),
    record(7)
  ])
  const rows = await collector.rows()
  expect(rows.map(({ query, kind_of_query }) => [query, kind_of_query])).toEqual([
    ['SELECT c1 FROM t1 WHERE c2 = ?', 'select'],
    ['SELECT * FROM t1 LIMIT ?', 'select'],
    ['CREATE TABLE t1 (c1 d1[])', 'create_table'],
    ['unparsed', 'unparsed'],
    ['create_table', 'create_table'],
    [undefined, undefined]
  ])
})

it('has nothing of a statement in any file', async () => {
  const collector = await open()
  await collector.collect(
    [`SELECT ${secret}()`, `SELEC ${secret}`, `ALTER USER x PASSWORD '${secret}'`].map(record)
  )
  const files = (await readdir(collector.folder, { recursive: true, withFileTypes: true })).filter(
    (file) => file.isFile()
  )
  const texts = await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  )
  expect(texts.some((text) => text.includes('SELECT f1()'))).toBe(true)
  expect(texts.filter((text) => text.toLowerCase().includes(secret.toLowerCase()))).toEqual([])
})

it('keeps the kind alone while too many statements wait, and what it answered is kept', async () => {
  const thread = openShapeThread({ ...patient, waitingMax: 1, waitingCharactersMax: 1_000 })
  const collector = await open({ anonymizer: thread })
  const outcomes = await collector.collect([
    record(`SELECT ${secret}`),
    record(`INSERT INTO ${secret} VALUES (1)`)
  ])
  expect(outcomes.map(({ is }) => is)).toEqual(['kept', 'kept'])
  expect((await queriesOf(collector)).filter((query) => query === 'insert')).toHaveLength(1)
  await thread.close()
})

it('counts what has a shape, and why the others have none', async () => {
  const thread = openShapeThread(patient)
  const shapes = createStatementShapes(thread)
  const asked: AskedStatements = new Map()
  const note = noteStatements(asked)
  for (const text of [
    'SELECT a',
    'SELECT b',
    'SELEC',
    'DROP OPERATOR <%%> (int, int)',
    'create_table'
  ])
    note({ text, dialect: 'postgres' })
  await shapes.shapesOf(asked)
  await shapes.shapesOf(new Map([...asked].slice(0, 1)))
  expect(shapes.counts()).toEqual({ shape: 3, NOT_PARSED: 1, NOT_STABLE: 1 })
  await thread.close()
})

it('keeps the kind alone when the thread gives up', async () => {
  const thread = openShapeThread({ ...patient, deadlineMs: 1 })
  const collector = await open({ anonymizer: thread })
  await collector.collect([record(`SELECT ${`${secret}, `.repeat(10_000)} a`)])
  expect(await queriesOf(collector)).toEqual(['select'])
  await thread.close()
})

it('counts a request once, though it is judged twice', async () => {
  let calls = 0
  const collector = await open({
    anonymizer: {
      anonymize: (sql, options) => {
        calls += 1
        return anonymize(sql, options)
      }
    }
  })
  await collector.collect([record('SELECT 1'), record('SELECT 1')])
  expect(calls).toBe(1)
  expect(collector.collector.counts().get('sample')).toMatchObject({ received: 2, kept: 2 })
})
