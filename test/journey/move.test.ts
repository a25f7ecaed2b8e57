/**
 * `candor move`: the embedded store becomes a ClickHouse server while reports come in, though the
 * collector is killed in the middle; and nothing is missing there, or there twice.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startClickHouse, type ClickHouseServer } from './world/clickhouse-server.ts'
import {
  eventually,
  removeServer,
  runCandor,
  startServer,
  untilTablesAre,
  type RunningServer
} from './world/candor-server.ts'
import { countsOf, faultsOf, startLoad, type Load } from './world/clients.ts'

describe('a store that grows out of its collector', () => {
  let clickHouse: ClickHouseServer
  let server: RunningServer
  let load: Load
  beforeAll(async () => {
    server = await startServer()
    clickHouse = await startClickHouse({ loader: 'secret', reader: 'another' })
    writeFileSync(join(server.folder, 'clickhouse.password'), 'secret')
    writeFileSync(join(server.folder, 'reader.password'), 'another')
    load = startLoad(server.url, { clients: 1, pauseMs: 10 })
    await untilTablesAre(server)
    await eventually(
      () => countsOf(server, 'dlt'),
      ({ records }) => records > 20
    )
  }, 300_000)
  afterAll(async () => {
    await removeServer(server)
    await clickHouse.stop()
  })

  const move = (): ReturnType<typeof runCandor> =>
    runCandor(server, [
      'move',
      '--to',
      clickHouse.url,
      '--user',
      'loader',
      '--password-file',
      './clickhouse.password'
    ])

  it('is moved though the collector is killed in the middle, and counted in both', async () => {
    const cutOff = move()
    await eventually(
      () => Promise.resolve(clickHouse.blocks()),
      (blocks) => blocks >= 3
    )
    await server.kill('SIGKILL')
    expect((await cutOff).code).not.toBe(0)
    const { folder, port } = server
    server = await startServer({ folder, port })
    await untilTablesAre(server)
    const { code, out, error } = await eventually(move, (moved) => moved.code === 0)
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toMatch(/✓ records_dlt: the same \d+ in both stores/)
    expect(out).toContain(`url: ${clickHouse.url}`)
    // What comes from here on is not in the copy.
    await sleep(500)
  }, 300_000)

  it('has all that came before, meanwhile and since, each once, when the collector starts there', async () => {
    const { folder, port } = server
    await server.kill('SIGTERM')
    server = await startServer({
      folder,
      port,
      configuration: `clickhouse:
  url: '${clickHouse.url}'
  user: loader
  password_file: ./clickhouse.password
  reader_user: reader
  reader_password_file: ./reader.password
`
    })
    await untilTablesAre(server)
    await sleep(500)
    await load.stop()
    expect(await faultsOf(server, load, 180)).toEqual([])
    for (const product of ['dlt', 'dblab']) {
      const { records, aggregated } = await countsOf(server, product)
      expect(aggregated, product).toBe(records)
    }
  }, 300_000)

  it('is not moved into records of somebody else, nor from a server', async () => {
    expect(await move()).toMatchObject({ code: 1 })
  })
})
