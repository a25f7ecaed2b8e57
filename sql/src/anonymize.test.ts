/**
 * What a shape is: equal for equal structure, SQL again, and there for any input in bounded time.
 */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anonymize } from './anonymize.ts'
import type { Dialect, SqlShape } from './shape.ts'

const postgres = (sql: string): Promise<SqlShape> => anonymize(sql, { dialect: 'postgres' })
const mysql = (sql: string): Promise<SqlShape> => anonymize(sql, { dialect: 'mysql' })
const dialects: readonly Dialect[] = ['postgres', 'mysql']

describe('a shape', () => {
  it.each(dialects)('says what a statement does, of %s', async (dialect) => {
    const sql =
      'SELECT u.name, count(*) FROM users u JOIN orders AS o ON o.owner = u.id WHERE u.mail ' +
      "= 'a' AND o.total > 10 GROUP BY u.name LIMIT 5"
    const result = await anonymize(sql, { dialect })
    const hole = dialect === 'mysql' ? ['?', '?', '?'] : ['$1', '$2', '$3']
    expect(result).toMatchObject({
      shape:
        'SELECT t1.c1, count(*) FROM t2 AS t1 JOIN t3 AS t4 ON t4.c2 = t1.c3 ' +
        `WHERE t1.c4 = ${hole[0] ?? ''} AND t4.c5 > ${hole[1] ?? ''} GROUP ` +
        `BY t1.c1 LIMIT ${hole[2] ?? ''}`,
      kind: 'select',
      tables: 4,
      columns: 5,
      functions: 0,
      holes: ['string', 'number', 'number'],
      problems: []
    })
    expect(result.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  })

  const alike: readonly (readonly [Dialect, string, string])[] = [
    ['postgres', 'select A from B where c=1', "SELECT x FROM y WHERE z = 'text' -- why"],
    ['postgres', 'SELECT a FROM b c', 'select "x"\nfrom y as z;'],
    ['postgres', 'SELECT 1 IN (1, 2, 3)', 'SELECT 1 IN ($1)'],
    ['postgres', "SELECT a IN ('x'::uuid, 'y'::uuid) FROM b", "SELECT a IN ('x'::uuid) FROM b"],
    ['postgres', 'INSERT INTO a VALUES (1, 2), (3, 4)', 'INSERT INTO b VALUES ($1, $2)'],
    ['postgres', 'CREATE TABLE a (b varchar(3))', 'CREATE TABLE x (y varchar(400))'],
    [
      'postgres',
      "SELECT * FROM `anon_id_0` WHERE `anon_id_7` = '<anonymized>'",
      'SELECT * FROM a WHERE b = 3'
    ],
    ['mysql', 'select `A` from B where c=1', "SELECT x FROM y WHERE z = 'text' # why"],
    ['mysql', 'SELECT a FROM b c', 'select x from y as z;'],
    ['mysql', 'SELECT a IN (1, 2, 3) FROM b', 'SELECT a IN (?) FROM b'],
    ['mysql', 'INSERT INTO a VALUES (1, -2), (3, NULL)', 'INSERT INTO b VALUES (?, ?)'],
    ['mysql', 'SELECT COUNT(*), NOW() FROM a', 'select count(*), now() from b'],
    [
      'mysql',
      "SELECT `anon_id_1` AS `anon_id_2` FROM `anon_id_0` WHERE `anon_id_1` = '<anonymized>' " +
        "LIMIT '<anonymized>'",
      'SELECT foo AS renamed_foo FROM bar WHERE foo = 7 LIMIT 100'
    ],
    ['mysql', 'SELECT `anon_id_1` FROM `anon_id_0` LIMIT $1', 'SELECT a FROM b LIMIT ?'],
    [
      'mysql',
      'SELECT `anon_id_1` FROM `anon_id_0` WHERE (`anon_id_2` = $1)',
      'SELECT a FROM b WHERE (c = 12)'
    ],
    [
      'mysql',
      "CREATE TABLE `anon_id_1` (`anon_id_2` INT) COMMENT='<anonymized>'",
      "CREATE TABLE posts (id INT) COMMENT='Arbitrary'"
    ]
  ]
  it.each(alike)('is the same for what is built alike (%s): %s', async (dialect, one, other) => {
    const first = await anonymize(one, { dialect })
    const second = await anonymize(other, { dialect })
    expect(first.problems).toEqual([])
    expect(second.shape).toBe(first.shape)
    expect(second.fingerprint).toBe(first.fingerprint)
  })

  const unlike: readonly (readonly [Dialect, string, string])[] = [
    ['postgres', 'SELECT a, a FROM b', 'SELECT a, c FROM b'],
    ['postgres', 'SELECT a FROM b', 'SELECT DISTINCT a FROM b'],
    ['postgres', 'SELECT a FROM b ORDER BY a', 'SELECT a FROM b ORDER BY a DESC'],
    ['postgres', 'SELECT lower(a) FROM b', 'SELECT upper(a) FROM b'],
    ['postgres', 'SELECT f(a) FROM b', 'SELECT lower(a) FROM b'],
    ['postgres', 'SELECT a = $1 OR b = $1 FROM c', 'SELECT a = $1 OR b = $2 FROM c'],
    ['postgres', 'SELECT a IN (b, 1) FROM c', 'SELECT a IN (1) FROM c'],
    ['postgres', 'CREATE TABLE a (b int)', 'CREATE TABLE a (b text)'],
    ['mysql', 'SELECT a, a FROM b', 'SELECT a, c FROM b'],
    ['mysql', 'SELECT a FROM b JOIN c USING (d)', 'SELECT a FROM b LEFT JOIN c USING (d)'],
    ['mysql', 'SELECT f(a) FROM b', 'SELECT lower(a) FROM b'],
    ['mysql', 'CREATE TABLE a (b INT)', 'CREATE TABLE a (b INT UNSIGNED)']
  ]
  it.each(unlike)('differs where the structure does (%s): %s', async (dialect, one, other) => {
    const first = await anonymize(one, { dialect })
    const second = await anonymize(other, { dialect })
    expect([...first.problems, ...second.problems]).toEqual([])
    expect(second.fingerprint).not.toBe(first.fingerprint)
  })

  it('keeps the words that a client has already reduced a statement to', async () => {
    expect(await mysql('create_table')).toMatchObject({ shape: 'create_table', problems: [] })
    expect(await mysql('<redacted: parsing failed>')).toMatchObject({
      shape: 'unparsed',
      problems: ['ALREADY_REDACTED']
    })
    expect(await postgres('<anonymized: create view failed to parse>')).toMatchObject({
      shape: 'unparsed'
    })
  })

  it('does not follow the letters of names: any names give one shape', async () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/)
    for (const dialect of dialects) {
      const quote = dialect === 'mysql' ? '`' : '"'
      const written = (names: readonly string[]): string => {
        const [a = '', b = '', c = ''] = names.map((part) => `${quote}${part}${quote}`)
        return `SELECT ${a}.${b}, max(${c}) FROM ${a} WHERE ${c} = 1 GROUP BY ${b}`
      }
      const expected = (await anonymize(written(['x', 'y', 'z']), { dialect })).shape
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(name, { minLength: 3, maxLength: 3 }),
          async (names) => (await anonymize(written(names), { dialect })).shape === expected
        ),
        { numRuns: 200 }
      )
    }
  })
})

describe('any input', () => {
  it.each(dialects)(
    'is answered with a shape or a kind, and never rejects: %s',
    async (dialect) => {
      const words = "SELECT FROM a ( ) , ' \" ` $$ $1 ? -- /* */ \\ = . 1 :: @ ; é 0x E' IN VALUES"
      const pieces = fc.constantFrom(...words.split(' '), ' ', '\n', '\u0000', '\ud800')
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.array(pieces, { maxLength: 30 }).map((list) => list.join('')),
            fc.string()
          ),
          async (sql) => {
            const first = await anonymize(sql, { dialect })
            const second = await anonymize(first.shape, { dialect })
            return second.shape === first.shape && second.fingerprint === first.fingerprint
          }
        ),
        { numRuns: 1_000 }
      )
    }
  )

  it('may be no text at all, in a program without types', async () => {
    const hostile = { toString: () => assert.fail('it was read') }
    const given: readonly unknown[] = [undefined, null, 7, [], hostile]
    for (const sql of given as readonly string[])
      expect(await mysql(sql)).toMatchObject({ shape: 'other' })
  })

  it('may be many at once, one of which hurts the parser', async () => {
    const hurts = `SELECT 1${' + 1'.repeat(4_000)}`
    const sound = 'SELECT a FROM b'
    for (const dialect of dialects) {
      const shapes = await Promise.all(
        [sound, hurts, sound, hurts, sound].map((sql) => anonymize(sql, { dialect }))
      )
      expect(shapes.map(({ shape }) => shape)).toEqual([
        'SELECT c1 FROM t1',
        'select',
        'SELECT c1 FROM t1',
        'select',
        'SELECT c1 FROM t1'
      ])
    }
  })

  const nested = (open: string, close: string, times: number): string =>
    `SELECT ${open.repeat(times)}1${close.repeat(times)}`
  const large: readonly (readonly [string, string, string])[] = [
    ['half a million values', `SELECT a IN (${'1,'.repeat(400_000)}1) FROM b`, 'SELECT'],
    ['many rows', `INSERT INTO a VALUES ${"(1,'x'),".repeat(100_000)}(1,'x')`, 'INSERT INTO t1'],
    ['a long text', `SELECT '${'x'.repeat(900_000)}'`, 'SELECT'],
    ['many columns', `SELECT ${'a,'.repeat(300_000)}a FROM b`, 'select'],
    ['deep brackets', nested('(', ')', 100_000), 'select'],
    ['deep queries', nested('(SELECT ', ')', 50_000), 'select'],
    ['deep cases', nested('CASE WHEN ', ' THEN 1 END', 20_000), 'select'],
    ['a long sum', `SELECT 1${' + 1'.repeat(200_000)}`, 'select'],
    ['a sum that fills a stack', `SELECT 1${' + 1'.repeat(4_000)}`, 'select'],
    ['many NOTs', `SELECT ${'NOT '.repeat(200_000)}true`, 'select'],
    ['more than is looked at', `SELECT '${'x'.repeat(2_000_000)}'`, 'select'],
    ['comments without end', '/*'.repeat(300_000), 'other'],
    ['quotes', "'".repeat(999_999), 'other']
  ]
  it.each(dialects.flatMap((dialect) => large.map((row) => [dialect, ...row] as const)))(
    'of %s is bounded: %s',
    async (dialect, _says, sql, begins) => {
      const { shape } = await anonymize(sql, { dialect })
      expect(shape.slice(0, begins.length)).toBe(begins)
      // The parser that was hurt is replaced: what comes next is reduced as ever.
      expect((await anonymize('SELECT a FROM b', { dialect })).shape).toBe('SELECT c1 FROM t1')
    }
  )
})
