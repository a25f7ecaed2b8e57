/**
 * `clickhouse: url`: the store is somebody else's machine, which wants a password and is sometimes
 * away.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startClickHouse, type ClickHouseServer } from './world/clickhouse-server.ts'
import {
  ask,
  readiness,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { countsOf, faultsOf, startLoad } from './world/clients.ts'

const password = 'a pass:word'

describe('a remote ClickHouse', () => {
  let clickHouse: ClickHouseServer
  let server: RunningServer
  beforeAll(async () => {
    clickHouse = await startClickHouse({ loader: password, reader: 'another' })
    server = await startServer({
      configuration: `clickhouse:
  url: '${clickHouse.url}'
  user: loader
  password_file: ./clickhouse.password
  reader_user: reader
  reader_password_file: ./reader.password
`,
      files: { 'clickhouse.password': `${password}\n`, 'reader.password': 'another\n' }
    })
  })
  afterAll(async () => {
    await removeServer(server)
    await clickHouse.stop()
  })

  it('is used with the password of the file, which is nowhere else, and no engine is started', async () => {
    const load = startLoad(server.url, { clients: 1, pauseMs: 10 })
    await untilStoreIs(server, 'ready')
    await sleep(1_000)
    await load.stop()
    expect(await faultsOf(server, load)).toEqual([])
    expect((await ask(server, 'events', 'dlt')).rows.length).toBeGreaterThan(0)
    expect(server.printed()).not.toContain(password)
    expect(existsSync(join(server.data, 'engine'))).toBe(false)
  })

  it('may be away while reports come in, and across a restart: the loader catches up', async () => {
    await clickHouse.shut()
    await untilStoreIs(server, 'unreachable')
    const load = startLoad(server.url, { clients: 1, pauseMs: 10 })
    await sleep(500)
    expect(await readiness(server)).toEqual({ status: 200, ready: true, store: 'unreachable' })
    const { code, error } = await runCandor(server, ['ask', 'events', '--product', 'dlt'])
    expect(code).toBe(1)
    expect(error).toContain('STORAGE_UNAVAILABLE')
    await server.kill('SIGKILL')
    server = await startServer({ folder: server.folder, port: server.port })
    await sleep(500)
    await load.stop()
    await clickHouse.open()
    expect(await faultsOf(server, load)).toEqual([])
    for (const product of ['dlt', 'dblab']) {
      const { records, aggregated } = await countsOf(server, product)
      expect(aggregated, product).toBe(records)
    }
  })

  it('that refuses the password is told as unreachable, and takes nothing down', async () => {
    writeFileSync(join(server.folder, 'clickhouse.password'), 'wrong')
    await server.kill('SIGTERM')
    server = await startServer({ folder: server.folder, port: server.port })
    await untilStoreIs(server, 'unreachable')
    const load = startLoad(server.url, { clients: 1, pauseMs: 10 })
    await sleep(300)
    await load.stop()
    expect(load.refused).toEqual([])
    writeFileSync(join(server.folder, 'clickhouse.password'), password)
    await server.kill('SIGTERM')
    server = await startServer({ folder: server.folder, port: server.port })
    expect(await faultsOf(server, load)).toEqual([])
  })

  it('is not waited for when its password file is missing: the start says which file', async () => {
    const started = startServer({
      configuration: `clickhouse: { url: '${clickHouse.url}', password_file: ./nowhere }\n`
    })
    await expect(started).rejects.toThrow(/CONFIG_INVALID[^]*clickhouse\.password_file .*nowhere/)
  })
})
