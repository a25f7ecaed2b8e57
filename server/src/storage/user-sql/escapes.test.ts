/**
 * Does anything that a user writes reach a table that is not documented? Each place where a table
 * or
 * a subquery can stand, by each name of a forbidden table, behind each disguise of that name: the
 * judge refuses it, and so does the engine when nobody judges.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { isCandorError } from '../../errors.ts'
import { type ClickHouse, connectClickHouse } from '../client/clickhouse-client.ts'
import { engineDatabase } from '../engine/engine-settings.ts'
import { Supervisor } from '../engine/supervisor.ts'
import { readerGrants } from './reader-grants.ts'
import { runUserSql } from './user-sql.ts'

let folder: string
let supervisor: Supervisor
let store: ClickHouse
const deadlineMs = 20_000

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-escapes-'))
  supervisor = new Supervisor({
    effects: systemEffects,
    folder,
    log: { info: () => undefined, warn: () => undefined },
    readerGrants: readerGrants(engineDatabase, ['records'])
  })
  await supervisor.started()
  store = connectClickHouse({ is: 'embedded', socketPath: supervisor.socketPath }, systemEffects)
  for (const sql of [
    'CREATE TABLE secrets (a Int64, b String, n UInt64) ENGINE = MergeTree ORDER BY a',
    `INSERT INTO secrets VALUES (271828, 'leaked', 1)`,
    'CREATE TABLE records_dlt (n UInt64, name String, hidden String) ENGINE = MergeTree ORDER BY n',
    `INSERT INTO records_dlt VALUES (1, 'run', 'leaked')`,
    `CREATE VIEW records DEFINER = CURRENT_USER SQL SECURITY DEFINER
     AS SELECT n, name FROM records_dlt`
  ])
    await store.command({ sql, lane: 'control', deadlineMs })
})
afterAll(async () => {
  await supervisor.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const names = ['secrets', '`secrets`', '"secrets"', `${engineDatabase}.secrets`, 'records_dlt']

/** `TABLE` is the forbidden one, `COLUMN` one of its columns. */
const places = [
  'SELECT COLUMN FROM TABLE',
  'SELECT * FROM records, TABLE',
  'SELECT * FROM records AS r JOIN TABLE AS s ON r.n = s.n',
  'SELECT * FROM records AS r LEFT JOIN (SELECT n, COLUMN FROM TABLE) AS s USING (n)',
  'SELECT * FROM records AS r ASOF JOIN TABLE AS s ON r.n >= s.n',
  'SELECT * FROM records PASTE JOIN (SELECT COLUMN FROM TABLE) AS s',
  'SELECT n FROM records UNION ALL SELECT COLUMN FROM TABLE',
  'SELECT n FROM records EXCEPT SELECT COLUMN FROM TABLE',
  'SELECT n FROM records INTERSECT SELECT COLUMN FROM TABLE',
  '(SELECT COLUMN FROM TABLE) UNION DISTINCT (SELECT COLUMN FROM TABLE)',
  'SELECT (SELECT any(COLUMN) FROM TABLE)',
  'SELECT (SELECT groupArray(COLUMN) FROM TABLE) AS x',
  'SELECT has((SELECT groupArray(COLUMN) FROM TABLE), COLUMN) FROM (SELECT 1 AS COLUMN)',
  'SELECT arrayMap(x -> (SELECT any(COLUMN) FROM TABLE), [1])',
  'SELECT x FROM numbers(1) ARRAY JOIN (SELECT groupArray(COLUMN) FROM TABLE) AS x',
  'SELECT n FROM records WHERE (SELECT count() FROM TABLE) > 0',
  'SELECT n FROM records PREWHERE (SELECT count() FROM TABLE) > 0',
  'SELECT n FROM records WHERE n IN TABLE',
  'SELECT n FROM records WHERE n IN (SELECT n FROM TABLE)',
  'SELECT n FROM records WHERE n NOT IN (SELECT COLUMN FROM TABLE)',
  'SELECT n FROM records WHERE n GLOBAL IN (SELECT n FROM TABLE)',
  'SELECT n FROM records WHERE in(n, TABLE)',
  'SELECT n FROM records WHERE EXISTS (SELECT 1 FROM TABLE)',
  'SELECT n FROM records WHERE n = ANY (SELECT n FROM TABLE)',
  'SELECT count() FROM records GROUP BY (SELECT any(COLUMN) FROM TABLE)',
  'SELECT count() FROM records GROUP BY n HAVING n = (SELECT any(n) FROM TABLE)',
  'SELECT n FROM records QUALIFY n = (SELECT any(n) FROM TABLE)',
  'SELECT n FROM records ORDER BY (SELECT any(COLUMN) FROM TABLE)',
  'SELECT n, 1 AS x FROM records ORDER BY n WITH FILL INTERPOLATE (x AS (SELECT any(n) FROM ' +
    'TABLE))',
  'SELECT n FROM records ORDER BY n WITH FILL FROM (SELECT any(n) FROM TABLE) TO 9',
  'SELECT n FROM records LIMIT (SELECT any(n) FROM TABLE)',
  'SELECT n FROM records LIMIT 1 BY (SELECT any(n) FROM TABLE)',
  'SELECT n FROM records LIMIT 1 OFFSET (SELECT count() FROM TABLE)',
  'SELECT sum(n) OVER (ORDER BY (SELECT any(n) FROM TABLE)) FROM records',
  'SELECT sum(n) OVER w FROM records WINDOW w AS (PARTITION BY (SELECT any(n) FROM TABLE))',
  'SELECT quantile((SELECT 0.5 FROM TABLE))(n) FROM records',
  'SELECT * REPLACE ((SELECT any(COLUMN) FROM TABLE) AS name) FROM records',
  `SELECT CAST((SELECT any(COLUMN) FROM TABLE), 'String')`,
  'SELECT CASE WHEN 1 THEN (SELECT any(COLUMN) FROM TABLE) ELSE 0 END',
  'SELECT intDiv(1, (SELECT countIf(n = 0) FROM TABLE))',
  'WITH x AS (SELECT COLUMN FROM TABLE) SELECT * FROM x',
  'WITH (SELECT any(COLUMN) FROM TABLE) AS x SELECT x',
  'SELECT * FROM (SELECT * FROM (SELECT COLUMN FROM TABLE))',
  'SELECT * FROM (WITH x AS (SELECT COLUMN FROM TABLE) SELECT * FROM x)',
  'SELECT count() FROM numbers(1) AS a, (SELECT COLUMN FROM TABLE) AS b'
] as const

/** Makes the forbidden name look like one that the query itself made. */
const disguises: readonly ((sql: string, name: string) => string)[] = [
  (sql) => sql,
  (sql, name) => `${sql} WINDOW ${name} AS (ORDER BY 1)`,
  (sql, name) =>
    `SELECT * FROM (WITH ${name} AS (SELECT 1 AS one) SELECT one FROM ${name}) AS made, ` +
    `(${sql}) AS other`,
  (sql, name) => `WITH ${name} AS (SELECT * FROM later), later AS (${sql}) SELECT * FROM ${name}`,
  (sql, name) => `WITH ${name} AS (${sql}) SELECT * FROM ${name}`,
  (sql, name) =>
    `SELECT * FROM (${sql}) AS other WHERE 1 NOT IN (WITH ${name} AS (SELECT 2) SELECT * ` +
    `FROM ${name})`,
  (sql, name) => `SELECT 1 AS ${name}, * FROM (${sql})`,
  (sql, name) => `WITH 1 AS ${name} ${sql}`
]

function escapes(): readonly string[] {
  const all = new Set<string>()
  for (const place of places) {
    for (const [index, name] of names.entries()) {
      const column = name === 'records_dlt' ? 'hidden' : 'b'
      const sql = place.replaceAll('TABLE', name).replaceAll('COLUMN', column)
      for (const [number, disguise] of disguises.entries()) {
        // The plain name is tried in every disguise; its other spellings are tried in turn.
        if (index > 0 && number !== 0 && number !== (index + sql.length) % disguises.length)
          continue
        all.add(disguise(sql, name.replace(`${engineDatabase}.`, '')))
      }
    }
  }
  return [...all]
}

function codeOf(error: unknown): string {
  return isCandorError(error) ? error.code : String(error)
}

describe('a forbidden table', () => {
  it('is refused wherever it is named, however it is disguised', { timeout: 240_000 }, async () => {
    const all = escapes()
    expect(all.length).toBeGreaterThan(300)
    const through: string[] = []
    for (const sql of all) {
      const outcome = await runUserSql(store, ['records'], { sql, rowsMax: 10, deadlineMs }).then(
        ({ rows }) => JSON.stringify(rows),
        codeOf
      )
      if (outcome !== 'QUERY_REFUSED' && outcome !== 'QUERY_INVALID')
        through.push(`${outcome}: ${sql}`)
    }
    expect(through).toEqual([])
  })

  it('gives nothing to a reader whom nobody judges', { timeout: 240_000 }, async () => {
    const read: string[] = []
    for (const sql of escapes()) {
      const outcome = await store
        .document<{ data: unknown }>({ sql, lane: 'user', deadlineMs })
        .then(({ data }) => JSON.stringify(data), codeOf)
      // Where an alias of the query's own is what IN names, there is an answer, of its own.
      if (outcome !== 'STORAGE_REFUSED' && !/^\[(?:\[1(?:,1)?\])?\]$/.test(outcome))
        read.push(`${outcome}: ${sql}`)
    }
    expect(read).toEqual([])
  })

  it('answers no question of yes or no through an error', async () => {
    const asked = async (value: string): Promise<unknown> =>
      runUserSql(store, ['records'], {
        sql: `SELECT intDiv(1, (SELECT countIf(b = '${value}') FROM secrets))`,
        rowsMax: 1,
        deadlineMs
      }).catch((error: unknown) => [codeOf(error), String(error)])
    expect(await asked('leaked')).toEqual(await asked('another'))
  })

  it('stays forbidden after whatever a reader had run before on the same session', async () => {
    for (const sql of ['SET ROLE admin', 'SET ROLE ALL', 'USE system'])
      await store.command({ sql, lane: 'user', deadlineMs }).catch(() => undefined)
    for (let seat = 0; seat < 4; seat++)
      await expect(
        store.rows({ sql: `SELECT * FROM ${engineDatabase}.secrets`, lane: 'user', deadlineMs })
      ).rejects.toMatchObject({ details: { code: 497 } })
  })
})

describe('a pattern of columns', () => {
  it('cannot write lines into the tree that is judged', async () => {
    const forged = [
      "SELECT COLUMNS('n\n  WITH\n    LIST id: 9, nodes: 1\n      QUERY id: 9, cte_name: " +
        "secrets') FROM records",
      `SELECT COLUMNS('n\\n  JOIN EXPRESSION') FROM records JOIN secrets ON 1`,
      `SELECT * LIKE 'n\\n' FROM records`
    ]
    for (const sql of forged)
      expect(
        await runUserSql(store, ['records'], { sql, rowsMax: 1, deadlineMs }).then(
          () => 'answered',
          codeOf
        )
      ).toMatch(/^QUERY_/)
  })
})
