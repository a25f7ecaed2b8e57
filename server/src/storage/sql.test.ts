import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEngine, type TestEngine } from './engine.test-support.ts'
import { inLines } from './sql-lines.ts'
import { all, date, id, join, list, raw, sql, toRun, toShow } from './sql.ts'

describe('a statement', () => {
  it('keeps its lines, and pieces of several lines are indented where they stand', () => {
    const each = sql`
      SELECT installation, max(day) AS latest
      FROM reports
      WHERE product = ${'acme'} AND day >= ${date('2026-11-01')}
      GROUP BY installation`
    const whole = sql`
      SELECT latest, count() AS installations
      FROM (${each}) AS each
      GROUP BY latest
      LIMIT ${10}`
    expect(toShow(whole)).toBe(`SELECT latest, count() AS installations
FROM (
  SELECT installation, max(day) AS latest
  FROM reports
  WHERE product = 'acme' AND day >= '2026-11-01'
  GROUP BY installation
) AS each
GROUP BY latest
LIMIT 10`)
  })

  it('leaves out lines that only nothing stands on', () => {
    expect(
      toShow(sql`
      SELECT 1
      ${undefined}
      ${raw('')}
      LIMIT 1`)
    ).toBe('SELECT 1\nLIMIT 1')
  })

  it('puts columns that do not fit on one line on a line each, and conditions likewise', () => {
    const columns = Array.from({ length: 12 }, (_, index) => id(`a_column_${index}`))
    const shown = toShow(sql`
      SELECT ${join(columns)}
      FROM t
      WHERE ${all(columns.map((column) => sql`${column} > ${1}`))}`)
    expect(shown.split('\n').slice(0, 3)).toEqual(['SELECT', '  `a_column_0`,', '  `a_column_1`,'])
    expect(shown).toContain('WHERE\n  `a_column_0` > 1\n  AND `a_column_1` > 1')
    expect(toShow(sql`SELECT ${join([raw('a'), undefined, raw('b')])} WHERE ${all([])}`)).toBe(
      'SELECT a, b WHERE true'
    )
  })

  it('fills lines with values', () => {
    const shown = toShow(sql`SELECT x IN (${list(Array.from({ length: 50 }, (_, n) => `v${n}`))})`)
    expect(shown.split('\n').length).toBeLessThan(8)
    for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('binds a value once, however often it stands there', () => {
    expect(toRun(sql`SELECT ${'a'}, ${'b'}, ${'a'}, ${date('2026-11-20')}, ${null}`)).toEqual({
      sql: 'SELECT {p0:String}, {p1:String}, {p0:String}, {p2:Date}, NULL',
      parameters: { p0: 'a', p1: 'b', p2: '2026-11-20' }
    })
  })
})

describe('a value', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await openTestEngine()
  })
  afterAll(() => engine.close())

  it('comes back as it went in, bound or written, whatever it holds', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }).filter((some) => !some.includes('\0')),
      fc.constantFrom(`'`, `\\'`, '\\', '\n\n  x', '{p0:String}', '`', '-- x', '\t', '/*', ' \n')
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (one, other) => {
        const statement = sql`
          SELECT ${one} AS one, ${other} AS other
          WHERE ${one} = ${one}`
        const expected = [{ one, other }]
        const deadlineMs = 10_000
        expect(await engine.query({ ...toRun(statement), deadlineMs })).toEqual(expected)
        expect(await engine.query({ sql: toShow(statement), deadlineMs })).toEqual(expected)
      }),
      { numRuns: 60 }
    )
  })
})

it('breaks lines that are too long between their parts, and changes nothing but spaces', () => {
  const long = Array.from({ length: 30 }, (_, index) => `f(a_${index}, 'x, (y AND z')`)
  const statement = `SELECT if(g(${long.join(', ')}), 'a\\', b', [${long.join(', ')}]) AS x
FROM t
WHERE ${long.join(' AND ')}`
  const lines = inLines(statement).split('\n')
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(110)
  expect(lines.length).toBeLessThan(40)
  const plain = (text: string): string => text.replaceAll(/\s+/g, '')
  expect(plain(lines.join('\n'))).toBe(plain(statement))
})
