/**
 * Does the embedded engine, in its supervised process, keep and answer what it is given, whatever
 * happens to it?
 */
import { fork } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { array, assert, asyncProperty, string } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { isCandorError } from '../errors.ts'
import { connectClickHouse, type ClickHouse } from './client/clickhouse-client.ts'
import { Supervisor } from './engine/supervisor.ts'
import { insertSettings } from './client/insert-settings.ts'
import { openStorage, type OpenedStorage } from './open-storage.ts'
import { recordLine, recordTable } from './tables/rows.ts'
import { allColumns, testContract, testRecord } from './contract.test-support.ts'
import { documentedViews } from './tables/views.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const deadlineMs = 20_000
const endless = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 3'

const codeOf = (error: unknown): string => (isCandorError(error) ? error.code : String(error))
const lines = (count: number, from = 0): Buffer =>
  Buffer.from(
    Array.from(
      { length: count },
      (_, index) => `${JSON.stringify({ a: from + index, b: `text ${index}` })}\n`
    ).join('')
  )

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemEffects.clock.sleep(20)
}

function insert(store: ClickHouse, token: string, rows: Buffer, table = 'raw'): Promise<void> {
  return store.insert({
    table,
    lines: rows,
    deadlineMs,
    settings: { ...insertSettings, insert_deduplication_token: token }
  })
}

describe('the embedded engine', () => {
  let folder: string
  let supervisor: Supervisor
  let store: ClickHouse
  const ask = <Row>(sql: string): Promise<Row[]> =>
    store.rows<Row>({ sql, lane: 'question', deadlineMs })
  const run = (sql: string): Promise<void> => store.command({ sql, lane: 'control', deadlineMs })
  const running = async (): Promise<number | undefined> => {
    const sql = `SELECT count() AS n FROM system.processes WHERE Settings['log_comment'] LIKE 'question%'`
    return (await store.rows<{ n: number }>({ sql, lane: 'control', deadlineMs }))[0]?.n
  }
  const counts = async (): Promise<readonly unknown[]> =>
    ask('SELECT (SELECT count() FROM raw) AS rows, (SELECT sum(n) FROM counted) AS counted')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candor-engine-'))
    supervisor = new Supervisor({
      effects: systemEffects,
      folder,
      log: quiet,
      readerGrants: [],
      limits: { pingEveryMs: 50, pingMsMax: 500, pingsMissedMax: 2 }
    })
    await supervisor.started()
    store = connectClickHouse({ is: 'embedded', socketPath: supervisor.socketPath }, systemEffects)
    const remembers =
      'non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1'
    await run(
      `CREATE TABLE raw (a Int64, b String) ENGINE = MergeTree ORDER BY a SETTINGS ${remembers}`
    )
    await run(
      'CREATE TABLE counted (k UInt8, n UInt64) ENGINE = SummingMergeTree ORDER BY k ' +
        `SETTINGS ${remembers}`
    )
    await run('CREATE MATERIALIZED VIEW counter TO counted AS SELECT 1 AS k, count() AS n FROM raw')
  })
  afterAll(async () => {
    await supervisor.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('keeps its socket and its data to its user', async () => {
    expect((await stat(supervisor.socketPath)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'store'))).mode & 0o077).toBe(0)
  })

  it('binds parameters of every kind as they are', async () => {
    const parameters = {
      text: `it's \\ a "tab\t and\nline" {x:String} ünï 🦉`,
      number: 42,
      list: ['a', "b'c", 'd\\'],
      nothing: null,
      flag: true
    }
    const sql =
      'SELECT {text:String} AS text, {number:UInt32} AS number, {list:Array(String)} AS ' +
      'list, {nothing:Nullable(String)} AS nothing, {flag:Bool} AS flag'
    expect(await store.rows({ sql, parameters, lane: 'question', deadlineMs })).toEqual([
      parameters
    ])
  })

  it('binds any text as it is', async () => {
    await assert(
      asyncProperty(
        array(string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        async (texts) => {
          const question = {
            sql: 'SELECT {one:String} AS one, {all:Array(String)} AS all',
            parameters: { one: texts[0], all: texts }
          }
          expect(await store.rows({ ...question, lane: 'question', deadlineMs })).toEqual([
            { one: texts[0], all: texts }
          ])
        }
      )
    )
  })

  it('stops what nobody waits for any more', async () => {
    const asked = request({
      socketPath: supervisor.socketPath,
      method: 'POST',
      path: '/?query_id=question-gone&max_execution_time=600'
    })
    asked.on('error', () => undefined)
    asked.end(endless)
    await until(async () => (await running()) === 1)
    asked.destroy()
    await until(async () => (await running()) === 0)
  })

  it('counts a block that is sent again once, behind a materialized view too', async () => {
    await insert(store, 'one', lines(1000))
    await insert(store, 'one', lines(1000))
    await insert(store, 'two', lines(1000))
    expect(await counts()).toEqual([{ rows: 2000, counted: 2000 }])
  })

  it('tells data at fault from a store that is not there, without quoting the data', async () => {
    const refusals = await Promise.all(
      [
        '{"a":"secret","b":"x"}\n',
        '{"a":1,"secret":2}\n',
        '{"a":1,"b":"secr\n',
        'secret\n',
        '{"a":[1],"b":"secret"}\n'
      ].map((row) => insert(store, 'bad', Buffer.from(row)).catch((error: unknown) => error))
    )
    expect(refusals.map(codeOf)).toEqual(Array(5).fill('STORAGE_REFUSED'))
    expect(JSON.stringify(refusals.map((error) => [`${String(error)}`, error]))).not.toContain(
      'secr'
    )
    expect(await insert(store, 'bad', lines(1), 'not_there').catch(codeOf)).toBe(
      'STORAGE_UNAVAILABLE'
    )
    expect(await ask('SELECT nothing FROM raw').catch(codeOf)).toBe('STORAGE_REFUSED')
  })

  it('ends a question at its deadline, and the next one runs at once', async () => {
    const slow = Array.from({ length: 5 }, () =>
      store.rows({ sql: endless, lane: 'question', deadlineMs: 300 }).catch(codeOf)
    )
    expect(await Promise.all(slow)).toEqual(Array(5).fill('STORAGE_TIMEOUT'))
    expect(await ask('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('loads and controls while four questions run, and lets a fifth wait', async () => {
    const slow = Array.from({ length: 4 }, () =>
      store.rows({ sql: endless, lane: 'question', deadlineMs: 1500 }).catch(codeOf)
    )
    const fifth = store.rows({ sql: 'SELECT 5 AS five', lane: 'question', deadlineMs })
    await insert(store, 'beside', lines(10))
    expect(await running()).toBe(4)
    expect(await Promise.all(slow)).toEqual(Array(4).fill('STORAGE_TIMEOUT'))
    expect(await fifth).toEqual([{ five: 5 }])
  })

  it('counts nothing twice and loses nothing that it answered when it is killed again and again while it loads', async () => {
    const [before] = (await counts()) as [{ rows: number; counted: number }]
    const kills = (async () => {
      for (let kill = 0; kill < 3; kill++) {
        await systemEffects.clock.sleep(150)
        const pid = supervisor.pid()
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        await until(() => supervisor.pid() !== pid && supervisor.state().is === 'ready')
      }
    })()
    let attempts = 0
    for (let block = 0; block < 30; block++) {
      await until(async () => {
        attempts++
        const outcome = await insert(store, `killed-${block}`, lines(500, block * 500)).catch(
          codeOf
        )
        expect(['STORAGE_UNAVAILABLE', 'STORAGE_TIMEOUT', undefined]).toContain(outcome)
        return outcome === undefined
      })
      if (block < 3) await systemEffects.clock.sleep(150)
    }
    await kills
    expect(attempts).toBeGreaterThan(30)
    await until(() => supervisor.state().is === 'ready')
    expect(await counts()).toEqual([
      { rows: before.rows + 15_000, counted: before.counted + 15_000 }
    ])
  })

  it('is found wedged, killed and started again', async () => {
    const pid = supervisor.pid() ?? 0
    process.kill(pid, 'SIGSTOP')
    await until(() => supervisor.state().is === 'unreachable')
    await until(() => supervisor.state().is === 'ready')
    expect(supervisor.pid()).not.toBe(pid)
    expect(await ask('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

it('opens, keeps over a restart, and says once closed that it is not there', async () => {
  // Too long for a socket, which then lives in the system's temporary folder.
  const parent = await mkdtemp(join(tmpdir(), 'candor-engine-'))
  const folder = join(parent, 'a-folder-with-quite-a-long-name'.repeat(4))
  const open = async (): Promise<OpenedStorage> => {
    const storage = openStorage({
      effects: systemEffects,
      engine: { is: 'embedded', folder },
      contracts: [],
      log: quiet,
      guestKey: 'k'
    })
    await storage.started
    return storage
  }
  const first = await open()
  await first.command({
    sql: 'CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a',
    deadlineMs
  })
  await first.insert({ table: 'kept', token: 't', lines: Buffer.from('{"a":7}\n'), deadlineMs })
  await first.close()
  expect(first.state()).toMatchObject({ is: 'unreachable', engine: 'embedded' })
  expect(await first.query({ sql: 'SELECT 1', deadlineMs }).catch(codeOf)).toBe(
    'STORAGE_UNAVAILABLE'
  )
  const second = await open()
  expect(second.state()).toMatchObject({ is: 'ready', engine: 'embedded' })
  expect(await second.query({ sql: 'SELECT a FROM kept', deadlineMs })).toEqual([{ a: 7 }])
  await second.close()
  await rm(parent, { recursive: true, force: true })
})

it('migrates, keeps a record and answers a user of it, again after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'candor-engine-'))
  const contract = testContract({ product: 'dlt', columns: allColumns })
  const open = async (): Promise<OpenedStorage> => {
    const storage = openStorage({
      effects: systemEffects,
      engine: { is: 'embedded', folder },
      contracts: [contract],
      log: quiet,
      guestKey: 'k'
    })
    await storage.started
    return storage
  }
  const sql = 'SELECT name, rows FROM dlt'
  const first = await open()
  expect(
    await first
      .userQuery({ sql, rowsMax: 10, deadlineMs, products: undefined, asker: 'me' })
      .catch(codeOf)
  ).toBe('STORAGE_UNAVAILABLE')
  await first.migrate([contract])
  const lines = Buffer.from(
    recordLine(testRecord({ receivedAt: systemEffects.clock.now() }, { rows: 7 }))
  )
  await first.insert({ table: recordTable('dlt'), token: 'one', lines, deadlineMs })
  await first.insert({ table: recordTable('dlt'), token: 'one', lines, deadlineMs })
  await first.close()
  const second = await open()
  await second.migrate([contract])
  expect(
    (await second.userQuery({ sql, rowsMax: 10, deadlineMs, products: undefined, asker: 'me' }))
      .rows
  ).toEqual([{ name: 'load', rows: 7 }])
  for (const view of documentedViews([contract])) {
    await second.userQuery({
      sql: `SELECT * FROM ${view.name}`,
      rowsMax: 10,
      deadlineMs,
      products: undefined,
      asker: 'me'
    })
  }
  await second.close()
  await rm(folder, { recursive: true, force: true })
})

it('opens without a remote ClickHouse, and says that it cannot be reached', async () => {
  const engine = {
    is: 'remote',
    url: 'http://127.0.0.1:9',
    user: 'u',
    password: 'hidden',
    database: 'candor'
  } as const
  const storage = openStorage({
    effects: systemEffects,
    engine,
    contracts: [],
    log: quiet,
    guestKey: 'k'
  })
  await storage.started
  expect(storage.state()).toMatchObject({ is: 'unreachable', engine: 'remote' })
  const error: unknown = await storage
    .query({ sql: 'SELECT 1', deadlineMs })
    .catch((problem: unknown) => problem)
  expect(codeOf(error)).toBe('STORAGE_UNAVAILABLE')
  expect(JSON.stringify([String(error), error])).not.toContain('hidden')
  await storage.close()
})

it('ends with the server, however the server ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'candor-engine-'))
  const child = fileURLToPath(new URL('../../dist/storage/engine/child.js', import.meta.url))
  const setup = {
    folder,
    socketPath: join(folder, 's'),
    configFile: join(folder, 'c.xml'),
    memoryBytesMax: 1e9
  }
  const parent = join(folder, 'parent.mjs')
  await writeFile(
    parent,
    `import { fork } from 'node:child_process'
const child = fork(${JSON.stringify(child)}, [${JSON.stringify(JSON.stringify(setup))}], { stdio: 'ignore' })
child.on('message', () => process.send(child.pid))`
  )
  const server = fork(parent, { stdio: 'ignore' })
  const engine = await new Promise<number>((resolve) =>
    server.once('message', (pid) => resolve(Number(pid)))
  )
  const lives = (): boolean => {
    try {
      return process.kill(engine, 0)
    } catch {
      return false
    }
  }
  expect(lives()).toBe(true)
  server.kill('SIGKILL')
  await until(() => !lives())
  await rm(folder, { recursive: true, force: true })
})
