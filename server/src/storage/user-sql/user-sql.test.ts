/** Can a user's SQL answer questions, and nothing else? */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { array, assert, asyncProperty, constantFrom, property, string } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { isCandorError } from '../../errors.ts'
import { type ClickHouse, connectClickHouse } from '../client/clickhouse-client.ts'
import { engineDatabase } from '../engine/engine-settings.ts'
import { Supervisor } from '../engine/supervisor.ts'
import { readerGrants } from './reader-grants.ts'
import { readSql } from './sql-tokens.ts'
import type { UserRows } from '../storage.ts'
import { runUserSql } from './user-sql.ts'

const problemOf = (sql: string, deadlineMs = 10_000): Promise<unknown> =>
  ask(sql, 10, deadlineMs).catch((problem: unknown) => problem)

const views = ['records', 'daily', 'huge']
let folder: string
let supervisor: Supervisor
let store: ClickHouse

const ask = (sql: string, rowsMax = 1000, deadlineMs = 10_000): Promise<UserRows> =>
  runUserSql(store, views, { sql, rowsMax, deadlineMs })
const outcomeOf = (sql: string): Promise<string> =>
  ask(sql).then(
    (answer) => `answered ${JSON.stringify(answer.rows)}`,
    (error: unknown) => (isCandorError(error) ? error.code : String(error))
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-sql-'))
  supervisor = new Supervisor({
    effects: systemEffects,
    folder,
    log: { info: () => undefined, warn: () => undefined },
    readerGrants: readerGrants(engineDatabase, views)
  })
  await supervisor.started()
  store = connectClickHouse({ is: 'embedded', socketPath: supervisor.socketPath }, systemEffects)
  await writeFile(join(folder, 'file.csv'), '1,leaked\n')
  for (const sql of [
    'CREATE TABLE secrets (a Int64, b String) ENGINE = MergeTree ORDER BY a',
    `INSERT INTO secrets VALUES (271828, 'leaked')`,
    'CREATE TABLE records_dlt (product String, name String, day Date, at DateTime64(3), ' +
      'version Nullable(String), n UInt64, list Array(Int64), fields Map(String, String), ' +
      'place Tuple(city String, floor Int32)) ENGINE = MergeTree ORDER BY n',
    "INSERT INTO records_dlt SELECT 'dlt', 'run', '2026-11-01', '2026-11-01 00:00:00.000', " +
      "'1.2', number, [number, 2], map('os', 'linux'), ('Paris', 3) FROM numbers(10)",
    'CREATE VIEW records DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT * FROM records_dlt',
    'CREATE VIEW daily DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT day, count() AS ' +
      'records FROM records_dlt GROUP BY day',
    'CREATE VIEW huge DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT number FROM ' +
      'numbers(6000000000)'
  ]) {
    await store.command({ sql, lane: 'control', deadlineMs: 10_000 })
  }
})
afterAll(async () => {
  await supervisor.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

describe('answers', () => {
  it.each([
    'SELECT count() FROM records',
    'select Count(*), SUM(n), uniq(name) from records;',
    '-- how many\nSELECT product, count() AS c /* by product */ FROM records GROUP BY ' +
      'product ORDER BY c DESC LIMIT 5',
    'WITH recent AS (SELECT * FROM records WHERE day > now() - INTERVAL 900 DAY) SELECT day, ' +
      'count() FROM recent GROUP BY day ORDER BY day WITH FILL',
    'WITH 5 AS least, (SELECT max(n) FROM records) AS most SELECT n FROM records WHERE n ' +
      'BETWEEN least AND most',
    'SELECT r.name, d.records FROM records AS r LEFT JOIN daily AS d ON r.day = d.day',
    'SELECT r.name FROM records r JOIN (SELECT day FROM daily) d USING (day)',
    'SELECT n FROM records UNION ALL SELECT records FROM daily',
    '(SELECT n FROM records) INTERSECT (SELECT n FROM records WHERE n > 5) EXCEPT SELECT 7',
    "SELECT fields['os'] AS os, list[1], place.city, place.2 FROM records WHERE fields['os'] " +
      "IN ('linux', 'darwin')",
    'SELECT arrayMap(x -> x + 1, list), arraySum(list), has(list, 2) FROM records',
    'SELECT name, item FROM records ARRAY JOIN list AS item',
    "SELECT CASE WHEN n > 5 THEN 'much' ELSE 'little' END AS how, n > 5 ? 1 : 0, if(n = 1, " +
      "'one', 'more') FROM records",
    'SELECT n, sum(n) OVER (PARTITION BY day ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ' +
      'ROW), row_number() OVER w FROM records WINDOW w AS (ORDER BY n)',
    'SELECT quantile(0.5)(n), quantilesExact(0.1, 0.9)(n), countIf(n > 2), uniqExactIf(name, ' +
      'n > 1), sumOrNullIf(n, 0), argMax(name, n) FROM records',
    'SELECT DISTINCT ON (day) * EXCEPT (fields) FROM records',
    `SELECT COLUMNS('^n'), records.* FROM records`,
    'SELECT * REPLACE (n + 1 AS n) FROM records',
    "SELECT toStartOfMonth(day) AS month, dateDiff('day', day, today()), formatDateTime(at, " +
      "'%Y-%m'), extract(YEAR FROM day), day + INTERVAL 1 MONTH FROM records",
    "SELECT name LIKE '%r_n', name ILIKE 'RUN', NOT n, -n, n::String, CAST(n AS Int32), " +
      "version IS NULL, coalesce(version, 'none') FROM records",
    `SELECT 'it''s; -- not /* a comment', "name", \`name\` AS \`The name\` FROM records`,
    'SELECT day, n, count() FROM records GROUP BY GROUPING SETS ((day), (n))',
    'SELECT day, count() FROM records GROUP BY day WITH ROLLUP HAVING count() > 0 QUALIFY 1',
    'SELECT number FROM numbers(10)',
    'SELECT n FROM records WHERE n IN (SELECT records FROM daily) AND EXISTS (SELECT 1 FROM ' +
      'daily) ORDER BY 1 LIMIT 2 BY n LIMIT 3 OFFSET 0',
    'WITH few AS (SELECT n FROM records LIMIT 2) SELECT * FROM records WHERE n IN few',
    "SELECT count() FROM records WHERE (product, name) IN (('dlt', 'run'))",
    'SELECT n FROM records ORDER BY n DESC NULLS LAST LIMIT 1 WITH TIES',
    'SELECT topK(3)(name), groupUniqArray(name), sumMap(map(name, n)) FROM records'
  ])('%s', async (sql) => {
    const answer = await ask(sql)
    expect(answer.columns.length).toBeGreaterThan(0)
  })

  it('gives names, types and rows, and says that there were more', async () => {
    expect(
      await ask('SELECT n, toString(n) AS text, n % 2 = 0 AS even FROM records ORDER BY n', 2)
    ).toEqual({
      columns: [
        { name: 'n', type: 'UInt64' },
        { name: 'text', type: 'String' },
        { name: 'even', type: 'UInt8' }
      ],
      rows: [
        { n: 0, text: '0', even: 1 },
        { n: 1, text: '1', even: 0 }
      ],
      truncated: true
    })
    expect(await ask('SELECT n FROM records', 10)).toMatchObject({ truncated: false })
  })

  it('gives what is no number as what it is, and not as nothing', async () => {
    const { rows } = await ask('SELECT 1/0 AS more, 0/0 AS none, -1/0 AS less, 1/2 AS half')
    expect(rows).toEqual([{ more: 'inf', none: 'nan', less: '-inf', half: 0.5 }])
  })

  it('gives an integer that no JSON number holds as text', async () => {
    expect(
      (await ask('SELECT toUInt64(18446744073709551615) AS large, toInt64(-5) AS small')).rows
    ).toEqual([{ large: '18446744073709551615', small: -5 }])
  })
})

const attacks = (): readonly string[] => [
  // These are other tables.
  'SELECT * FROM secrets',
  'SELECT * FROM records_dlt',
  `SELECT * FROM ${engineDatabase}.secrets`,
  'SELECT * FROM `secrets`',
  'SELECT * FROM system.tables',
  'SELECT * FROM `system`.`settings`',
  'SELECT * FROM "system.settings"',
  'SELECT * FROM information_schema.tables',
  'SELECT * FROM default.`/etc/passwd`',
  'SELECT * FROM `file.csv`',
  'SELECT * FROM records, secrets',
  'SELECT * FROM records JOIN secrets ON 1 = 1',
  'SELECT (SELECT b FROM secrets)',
  'SELECT 1 IN (SELECT a FROM secrets)',
  'SELECT n IN secrets FROM records',
  'SELECT n IN system.one FROM records',
  `SELECT in(n, ${engineDatabase}.secrets) FROM records`,
  'SELECT a FROM (WITH secrets AS (SELECT 1 AS a) SELECT a FROM secrets) AS inner, secrets',
  'SELECT * FROM (WITH secrets AS (SELECT 1 AS a) SELECT a FROM secrets) UNION ALL SELECT a ' +
    'FROM secrets',
  'SELECT secrets AS (1), a FROM secrets',
  'SELECT * FROM records UNION ALL SELECT * FROM secrets',
  'SELECT * FROM records EXCEPT SELECT * FROM secrets',
  'SELECT exists(SELECT 1 FROM secrets)',
  'SELECT * FROM records ORDER BY (SELECT a FROM secrets)',
  'SELECT * FROM records LIMIT (SELECT a FROM secrets)',
  'SELECT * FROM (SELECT * FROM (SELECT * FROM secrets))',
  'WITH x AS (SELECT * FROM secrets) SELECT * FROM x',
  // Leaving the parentheses.
  'SELECT 1) UNION ALL SELECT b FROM secrets WHERE (1',
  'SELECT 1) UNION ALL (SELECT b FROM secrets',
  'SELECT 1) AS x, (SELECT b FROM secrets',
  'SELECT 1 -- \n) UNION ALL SELECT b FROM secrets WHERE (1',
  `SELECT '\\') UNION ALL SELECT b FROM secrets WHERE ('1'`,
  `SELECT '''') UNION ALL SELECT b FROM secrets -- '`,
  'SELECT `\\`) UNION ALL SELECT b FROM secrets -- `',
  'SELECT 1 /*',
  'SELECT 1 /* /* */ , b FROM secrets /* */',
  'SELECT 1) LIMIT 5 -- ',
  'SELECT 1 # ) UNION ALL SELECT b FROM secrets',
  'SELECT 1 \u2212\u2212 ) x',
  'SELECT \u2018x\u2019',
  'SELECT $$x$$',
  'SELECT $a$ ) UNION ALL SELECT b FROM secrets $a$',
  // These are more than one statement, or another kind.
  'SELECT 1; SELECT b FROM secrets',
  'SELECT 1; DROP TABLE secrets',
  'DROP TABLE secrets',
  'INSERT INTO secrets VALUES (2, 3)',
  'ALTER TABLE secrets DELETE WHERE 1',
  'TRUNCATE TABLE secrets',
  'CREATE TABLE x (a Int8) ENGINE = Memory',
  'SET readonly = 0',
  'USE system',
  'SHOW TABLES',
  'DESCRIBE TABLE secrets',
  'EXPLAIN SELECT 1',
  'SYSTEM SHUTDOWN',
  'KILL QUERY WHERE 1',
  'graph = 1 SELECT 1',
  'SELECT 1 PARALLEL WITH SELECT b FROM secrets',
  'SELECT * FROM (EXPLAIN SELECT 1)',
  'SELECT * FROM (DESCRIBE TABLE secrets)',
  'FROM secrets SELECT *',
  'VALUES (1)',
  // Writing, formats, settings, parameters.
  `SELECT 1 INTO OUTFILE '${folder}/stolen'`,
  `SELECT 1 into\toutfile '${folder}/stolen' FORMAT CSV`,
  `SELECT 1 INTO/**/OUTFILE '${folder}/stolen'`,
  `(SELECT 1) INTO OUTFILE '${folder}/stolen'`,
  'SELECT 1 FORMAT Null',
  'SELECT 1 SETTINGS readonly = 0',
  'SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)',
  'SELECT {a:String}',
  'SELECT @@version',
  // Table functions.
  `SELECT * FROM file('${folder}/file.csv')`,
  `SELECT * FROM url('http://127.0.0.1:1/x', CSV)`,
  `SELECT * FROM remote('127.0.0.1', system.one)`,
  `SELECT * FROM s3('http://127.0.0.1:1/x')`,
  `SELECT * FROM executable('id', TabSeparated, 'x String')`,
  `SELECT * FROM merge('${engineDatabase}', '.*')`,
  `SELECT * FROM cluster('default', system.one)`,
  `SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')`,
  'SELECT * FROM view(SELECT * FROM secrets)',
  `SELECT * FROM values('a Int8', 1)`,
  `SELECT * FROM input('a Int8')`,
  `SELECT * FROM \`file\`('${folder}/file.csv')`,
  'SELECT * FROM generateRandom()',
  'SELECT * FROM numbers(1000000001)',
  'SELECT * FROM numbers(1, 1000000000)',
  'SELECT * FROM numbers(toUInt64(1e12))',
  'SELECT * FROM zeros(1000000000000)',
  'SELECT * FROM loop(secrets)',
  // Functions.
  `SELECT file('${folder}/file.csv')`,
  `SELECT "file"('${folder}/file.csv')`,
  'SELECT sleep(3)',
  'SELECT SLEEP(3)',
  'SELECT sleepEachRow(3) FROM records',
  'SELECT hostName()',
  'SELECT currentUser()',
  'SELECT currentDatabase()',
  'SELECT version()',
  'SELECT uptime()',
  `SELECT getSetting('readonly')`,
  `SELECT getMacro('x')`,
  `SELECT getServerSetting('path')`,
  `SELECT dictGet('secrets', 'b', 1)`,
  `SELECT joinGet('secrets', 'b', 1)`,
  `SELECT hasColumnInTable('${engineDatabase}', 'secrets', 'b')`,
  `SELECT arrayMap(x -> file(x), ['${folder}/file.csv'])`,
  `SELECT arrayReduce('sum', [1])`,
  'SELECT * APPLY (hostName) FROM records',
  'SELECT * APPLY (x -> sleep(1)) FROM records',
  `SELECT COLUMNS('n') APPLY toString FROM records`,
  'SELECT filesystemAvailable()',
  `SELECT demangle('x')`,
  `SELECT repeat('x', 1000000000)`,
  `SELECT formatRow('CSV', 1)`,
  'SELECT user FROM (SELECT user() AS user)',
  'SELECT countMerge(x) FROM records',
  // By another door.
  'TABLE secrets',
  'SELECT * FROM (TABLE secrets)',
  'WITH records AS (SELECT * FROM secrets) SELECT * FROM records',
  'SELECT b FROM records ARRAY JOIN (SELECT groupArray(b) FROM secrets) AS b',
  'SELECT n FROM records PREWHERE (SELECT a FROM secrets) = 1',
  'SELECT n FROM records ORDER BY n WITH FILL FROM (SELECT a FROM secrets) TO 300000',
  'SELECT n, 1 AS x FROM records ORDER BY n WITH FILL INTERPOLATE (x AS (SELECT b FROM secrets))',
  'SELECT n FROM records LIMIT 1 BY (SELECT a FROM secrets)',
  'SELECT quantile((SELECT a FROM secrets))(n) FROM records',
  'SELECT sum(n) OVER (ORDER BY (SELECT a FROM secrets)) FROM records',
  'SELECT n FROM records WINDOW w AS (PARTITION BY (SELECT b FROM secrets))',
  'SELECT * REPLACE ((SELECT b FROM secrets) AS name) FROM records',
  `SELECT CAST((SELECT b FROM secrets), 'String')`,
  'SELECT n FROM records GROUP BY GROUPING SETS (((SELECT a FROM secrets), n))',
  'SELECT n FROM records WHERE n = ANY (SELECT a FROM secrets)',
  'SELECT n FROM records WHERE n GLOBAL IN (SELECT a FROM secrets)',
  'SELECT n FROM records ASOF JOIN secrets ON records.n >= secrets.a',
  'SELECT n FROM records PASTE JOIN (SELECT * FROM secrets) AS s',
  'SELECT n FROM records CROSS JOIN (WITH x AS (SELECT * FROM secrets) SELECT * FROM x) AS s',
  'SELECT n FROM records(n = 1)',
  'SELECT _part, _partition_id, _part_offset FROM records',
  'SELECT * FROM \u0455ecrets',
  'SELECT * FROM records\uff1b DROP TABLE secrets',
  'SELECT\u00a0*\u00a0FROM\u00a0secrets',
  'SELECT 1 \u2028; SELECT b FROM secrets',
  'SELECT * FROM "records" UNION DISTINCT SELECT * FROM "\\x73ecrets"',
  "SELECT 'x' 'y') UNION ALL SELECT b FROM secrets WHERE ('1",
  // Statements that are none of a reader.
  'EXISTS TABLE secrets',
  'CHECK TABLE secrets',
  'OPTIMIZE TABLE secrets FINAL',
  'DETACH TABLE secrets PERMANENTLY',
  'RENAME TABLE secrets TO records2',
  'EXCHANGE TABLES secrets AND records_dlt',
  'DELETE FROM secrets WHERE 1',
  'UPDATE secrets SET b = 1 WHERE 1',
  `BACKUP TABLE secrets TO File('${folder}/stolen')`,
  `RESTORE TABLE secrets FROM File('${folder}/stolen')`,
  'GRANT ALL ON *.* TO default',
  'SET ROLE ALL',
  'EXECUTE AS default SELECT 1',
  'BEGIN TRANSACTION',
  'UNDROP TABLE secrets',
  'CREATE FUNCTION steal AS x -> file(x)',
  'CREATE TEMPORARY TABLE records (a Int8)',
  `SELECT 1 INTO OUTFILE '${folder}/stolen' APPEND AND STDOUT`,
  `SELECT 1 INTO OUTFILE '${folder}/stolen' TRUNCATE COMPRESSION 'gzip'`,
  `INSERT INTO FUNCTION file('${folder}/stolen') SELECT 1`,
  `SELECT 1 SETTINGS dialect = 'kusto'`,
  `SELECT * FROM records SETTINGS additional_table_filters = {'records': '1'}`,
  `SELECT 1 FORMAT CSV SETTINGS output_format_parallel_formatting = 0`,
  // Further table functions.
  `SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))`,
  `SELECT * FROM mergeTreeIndex('${engineDatabase}', 'secrets')`,
  `SELECT * FROM mergeTreeProjection('${engineDatabase}', 'secrets', 'p')`,
  `SELECT * FROM dictionary('secrets')`,
  `SELECT * FROM sqlite('${folder}/x.db', 'x')`,
  `SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')`,
  `SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')`,
  `SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'x String')`,
  `SELECT * FROM odbc('DSN=x', 'a', 'b')`,
  `SELECT * FROM jdbc('jdbc:x', 'a', 'b')`,
  `SELECT * FROM iceberg('http://127.0.0.1:1/x')`,
  `SELECT * FROM deltaLake('http://127.0.0.1:1/x')`,
  `SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'x String')`,
  `SELECT * FROM azureBlobStorage('http://127.0.0.1:1', 'c', 'x')`,
  `SELECT * FROM gcs('http://127.0.0.1:1/x')`,
  `SELECT * FROM urlCluster('default', 'http://127.0.0.1:1/x', 'CSV')`,
  `SELECT * FROM fileCluster('default', '${folder}/file.csv', 'CSV')`,
  `SELECT * FROM clusterAllReplicas('default', system.one)`,
  `SELECT * FROM remoteSecure('127.0.0.1:1', system.one)`,
  `SELECT * FROM format(CSV, '1')`,
  `SELECT * FROM null('x Int8')`,
  `SELECT * FROM fuzzQuery('SELECT 1')`,
  `SELECT * FROM fuzzJSON('{}')`,
  `SELECT * FROM timeSeriesData('secrets')`,
  `SELECT * FROM Python('x')`,
  // Functions that tell of the machine, keep it busy or read what is not theirs.
  'SELECT serverUUID()',
  'SELECT fqdn(), tcpPort(), displayName()',
  'SELECT getOSKernelVersion()',
  'SELECT buildId(), revision()',
  'SELECT queryID(), connectionId()',
  'SELECT currentProfiles(), currentRoles()',
  `SELECT globalVariable('version')`,
  `SELECT getClientHTTPHeader('authorization')`,
  'SELECT showCertificate()',
  'SELECT filesystemCapacity()',
  `SELECT regionToName(toUInt32(1))`,
  `SELECT catboostEvaluate('/etc/passwd', 1)`,
  `SELECT structureToProtobufSchema('a Int8', 'x')`,
  'SELECT addressToLine(1)',
  `SELECT throwIf(1, 'x')`,
  `SELECT initializeAggregation('sum', 1)`,
  `SELECT hasThreadFuzzer()`,
  `SELECT generateRandomStructure(100000)`,
  `SELECT arrayMap(x -> sleep(1), range(10))`,
  'SELECT randomString(1000000000)',
  `SELECT leftPad('x', 1000000000)`,
  `SELECT space(1000000000)`,
  // Too much.
  'WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x) SELECT * FROM x',
  `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`,
  `SELECT ${'1 + '.repeat(4900)}1`,
  'x'.repeat(30_000),
  'SELECT range(1000000000)',
  'SELECT arrayMap(x -> arrayMap(y -> range(10000), range(10000)), range(1000))',
  // Nothing at all.
  '',
  ' ;; ',
  'SELECT',
  'SELECT * FROM',
  'SELECT nothing FROM records',
  'SELECT \0',
  '(((',
  'WITH'
]

describe('refuses', () => {
  it('every known way to something else, with a code and without running it', async () => {
    const outcomes = new Map<string, string>()
    for (const sql of attacks()) outcomes.set(sql, await outcomeOf(sql))
    const through = [...outcomes].filter(
      ([, outcome]) => outcome !== 'QUERY_REFUSED' && outcome !== 'QUERY_INVALID'
    )
    expect(through).toEqual([])
    await expect(access(join(folder, 'stolen'))).rejects.toThrow('ENOENT')
    expect(
      await store.rows({
        sql: 'SELECT count() AS n FROM secrets',
        lane: 'control',
        deadlineMs: 5000
      })
    ).toEqual([{ n: 1 }])
  })

  it('says where it cannot be read, and which name is none', async () => {
    expect(await problemOf(`/* ü */ SELECT 'ü', n FROM records WHERE )`)).toMatchObject({
      code: 'QUERY_INVALID',
      message: 'The query cannot be read at character 42.'
    })
    expect(await problemOf('SELECT nothing FROM records')).toMatchObject({
      code: 'QUERY_INVALID',
      message: 'The query names nothing, which is no column or view here.'
    })
  })

  it('a query that takes too long', async () => {
    const slow =
      'SELECT count() FROM numbers(1000000) AS a, numbers(1000000) AS b WHERE ' +
      'sipHash64(a.number, b.number) = 1'
    expect(await problemOf(slow, 400)).toMatchObject({ code: 'QUERY_TIMEOUT' })
  })

  it('a query that reads more rows than any question does, before it reads them', async () => {
    expect(await problemOf('SELECT sum(number) FROM huge')).toMatchObject({
      code: 'QUERY_REFUSED',
      details: { code: 158 }
    })
  })

  it(
    'nobody else while a statement heeds no kill: it holds its own seat, and ends no engine',
    {
      timeout: 60_000
    },
    async () => {
      const pid = supervisor.pid()
      // The engine looks up from each row; the two comparisons of this one take twenty seconds.
      const letters = (more: string): string =>
        `arrayStringConcat(arrayMap(x -> ${more}, range(30000)))`
      const deaf =
        `SELECT arrayMap(i -> editDistance(${letters("'ab'")}, ` +
        `${letters("concat('b', char(97 + i))")}), range(2))`
      const outcome = store
        .rows({ sql: deaf, lane: 'user', deadlineMs: 500 })
        .catch((error: unknown) => (isCandorError(error) ? error.code : error))
      await systemEffects.clock.sleep(12_500)
      expect(await outcome).toBe('STORAGE_TIMEOUT')
      expect(supervisor.pid()).toBe(pid)
      expect(await ask('SELECT count() AS n FROM records')).toMatchObject({ rows: [{ n: 10 }] })
    }
  )

  it('whatever pieces of SQL chance puts together, unless it reads only what is documented', async () => {
    const piece = constantFrom(
      'SELECT', '*', 'b', 'FROM', 'secrets', 'records', '(', ')', ',', 'UNION ALL', 'WITH', 'AS', 'x', "'", '"', '`', '\\', '--', '/*', '*/', '\n', ';', 'IN', 'JOIN', 'system.one', '1', 'LIMIT', 'INTO OUTFILE', 'SETTINGS readonly=0', 'file', 'WHERE', "'a'"
    ) // prettier-ignore
    const statement = array(piece, { maxLength: 14 }).map((pieces) =>
      ['SELECT', ...pieces].join(' ')
    )
    await assert(
      asyncProperty(statement, async (sql) => {
        const outcome = await outcomeOf(sql)
        expect(outcome).not.toMatch(/leaked|271828/)
        expect(outcome).toMatch(/^(?:QUERY_REFUSED|QUERY_INVALID|answered)/)
      }),
      { numRuns: 200 }
    )
  })
})

describe('the reading of characters', () => {
  it('never throws, and lets nothing through that could end the statement or begin a comment', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 200 }), (sql) => {
        const reading = readSql(`SELECT ${sql}`)
        if (reading.is !== 'plain') return
        const bare = reading.sql.replaceAll(/'(?:[^'\\]|\\[\s\S]|'')*'|`[^`]*`|"[^"]*"/g, ' ')
        expect(bare).not.toMatch(/[^\s!-~]|[;{}$#\\'"`]|--|\/\*/)
      }),
      { numRuns: 2000 }
    )
  })
})
