/**
 * Measures how many statements a second `@candor/sql` reduces on one core, beside the parsers
 * alone.
 */
import { createRequire } from 'node:module'
import { anonymize } from '@candor/sql'
import type { Measurement } from './ingest.ts'

const bar = 10_000

const short: readonly string[] = [
  'SELECT name FROM users WHERE id = 42',
  "SELECT * FROM events WHERE kind = 'x' LIMIT 10",
  "INSERT INTO users (id, name) VALUES (1, 'ann')",
  "UPDATE users SET name = 'bob' WHERE id = 7",
  'DELETE FROM sessions WHERE expires < now()',
  "SELECT count(*) FROM orders WHERE total > 10 AND state IN ('a', 'b')"
]

const large: Readonly<Record<string, string>> = {
  values: `INSERT INTO a VALUES ${'(1, 2),'.repeat(140_000)}(1, 2)`,
  columns: `SELECT ${'a,'.repeat(500_000)}a`,
  nesting: `SELECT ${'('.repeat(500_000)}1`,
  operators: `SELECT 1${' + 1'.repeat(250_000)}`,
  text: `SELECT '${'x'.repeat(1_000_000)}'`
}

interface Parser {
  parse(sql: string, dialect: string): unknown
  parseSync(sql: string): unknown
}

export async function measureSql({ seconds, print }: Measurement): Promise<void> {
  // From the package's own folder: what it does with them is measured beside what they do alone.
  const require = createRequire(createRequire(import.meta.url).resolve('@candor/sql'))
  const postgres = require('libpg-query') as Parser & { loadModule(): Promise<void> }
  const mysql = require('@guanmingchiu/sqlparser-ts') as Parser & { init(): Promise<void> }
  await postgres.loadModule()
  await mysql.init()
  const parsers = {
    postgres: (sql: string): unknown => postgres.parseSync(sql),
    mysql: (sql: string): unknown => mysql.parse(sql, 'mysql')
  }
  for (const dialect of ['postgres', 'mysql'] as const) {
    const floor = await perCpuSecond(seconds, (index) => parsers[dialect](statement(index)))
    const rate = await perCpuSecond(seconds, (index) => anonymize(statement(index), { dialect }))
    // A name that no statement had before makes no new shape; another list of columns does.
    const unseen = await perCpuSecond(seconds, (index) =>
      anonymize(`SELECT ${columns(index)} FROM a WHERE b = ${String(index)}`, { dialect })
    )
    const unseenShort = await perCpuSecond(seconds, (index) =>
      anonymize(newStatement(index), { dialect })
    )
    print({
      measure: 'sql',
      dialect,
      perCpuSecond: rate,
      perCpuSecondOfNewShortShapes: unseenShort,
      perCpuSecondOfNewShapes: unseen,
      floor,
      ratio: Number((rate / floor).toFixed(2)),
      bar,
      holds: rate >= bar
    })
    for (const [name, sql] of Object.entries(large)) {
      const begun = performance.now()
      const { problems } = await anonymize(sql, { dialect })
      print({
        measure: 'sql-1mb',
        dialect,
        name,
        ms: Math.round(performance.now() - begun),
        rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
        problems
      })
    }
  }
}

function statement(index: number): string {
  return short[index % short.length] ?? ''
}

/** Short, and built like none of the 13,823 before it. */
function newStatement(index: number): string {
  const calls = ['lower', 'upper', 'length', 'abs', 'max', 'min', 'count', 'sum']
  const signs = ['=', '<', '>', '<=', '>=', '<>']
  const ends = ['', ' ORDER BY a', ' ORDER BY a DESC', ' LIMIT 10', ' ORDER BY b', ' FOR UPDATE']
  let left = index
  const next = (words: readonly string[]): string => {
    const word = words[left % words.length] ?? ''
    left = Math.floor(left / words.length)
    return word
  }
  const columns = `${next(calls)}(a), ${next(calls)}(b)`
  return `SELECT ${columns} FROM t WHERE c ${next(signs)} 4 AND d ${next(signs)} 'x'${next(ends)}`
}

/** Ten columns, each of two kinds of value: a thousand shapes. */
function columns(index: number): string {
  return Array.from({ length: 10 }, (_, bit) =>
    (index >> bit) % 2 === 1 ? 'c' : `max(c${String(bit)})`
  ).join(', ')
}

/** Of one core, the best of five parts: what others do on the machine hardly shows. */
async function perCpuSecond(seconds: number, call: (index: number) => unknown): Promise<number> {
  for (let index = 0; index < 2_000; index += 1) await call(index)
  let best = 0
  for (let part = 0; part < 5; part += 1) {
    const until = performance.now() + (seconds * 1_000) / 5
    const before = process.cpuUsage()
    let done = 0
    while (performance.now() < until) {
      await call(done)
      done += 1
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.max(best, done / ((user + system) / 1e6))
  }
  return Math.round(best)
}
