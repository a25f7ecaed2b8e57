/** A server that is asked to stop, one that may not start, and what each leaves behind. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import {
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { faultsOf, nativeReport, startLoad } from './world/clients.ts'
import { parseAnswer } from './world/raw-request.ts'

describe('a server that is asked to stop', () => {
  let server: RunningServer | undefined
  afterEach(async () => {
    if (server !== undefined) await removeServer(server)
  })

  it('ends with 0 and soon, answers what it has begun to read, and has kept what it answered', async () => {
    server = await startServer()
    await untilStoreIs(server, 'ready')
    const { port, folder, data } = server
    expect(statSync(join(data, 'server.json')).mode & 0o777).toBe(0o600)
    expect(statSync(data).mode & 0o077).toBe(0)

    const body = JSON.stringify(nativeReport({ at: Date.now(), level: 'pipelines' }))
    const half = connect({ port, host: '127.0.0.1' })
    half.write(
      'POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: ' +
        `application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 40)}`
    )
    const answered = new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = []
      half.on('data', (chunk: Buffer) => chunks.push(chunk))
      half.once('close', () => resolve(Buffer.concat(chunks)))
    })
    const load = startLoad(server.url, { clients: 2 })
    await sleep(500)
    const startedAt = performance.now()
    const stopped = server.kill('SIGTERM')
    await sleep(50)
    half.write(body.slice(40))
    expect(parseAnswer(await answered).status).toBe(200)
    await stopped
    expect(server.process.exitCode).toBe(0)
    // Requests in flight have 5 s, the loader as long, the engine 15 s; whoever supervises this
    // process should wait for 30.
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(existsSync(join(data, 'server.json'))).toBe(false)

    server = await startServer({ folder, port })
    await load.stop()
    expect(load.refused).toEqual([])
    expect(await faultsOf(server, load)).toEqual([])
  })

  it('ends as well where its store was never there', async () => {
    server = await startServer({
      configuration: `clickhouse: { url: 'http://127.0.0.1:9', user: candor }\n`
    })
    const startedAt = performance.now()
    await server.kill('SIGTERM')
    expect(server.process.exitCode).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })

  it('while it starts ends as well', async () => {
    server = await startServer()
    await server.kill('SIGTERM')
    expect(server.process.exitCode).toBe(0)
  })
})

describe('a server that may not start', () => {
  const nowhere = { folder: '/tmp', data: '/tmp' }
  let server: RunningServer | undefined
  afterEach(async () => {
    if (server !== undefined) await removeServer(server)
    server = undefined
  })

  it('says whose the data folder is, and leaves the other one alone', async () => {
    server = await startServer()
    const before = readFileSync(join(server.data, 'server.json'), 'utf8')
    const second = await runCandor(server, ['serve', '--port', '0'])
    expect(second.code).toBe(1)
    expect(second.error).toContain('INBOX_LOCKED')
    expect(second.error).toContain(`process ${server.process.pid} `)
    expect(second.error).toContain('--data')
    expect(readFileSync(join(server.data, 'server.json'), 'utf8')).toBe(before)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  })

  it('says who has the port', async () => {
    server = await startServer()
    const second = await runCandor(server, [
      'serve',
      '--port',
      String(server.port),
      '--data',
      './other'
    ])
    expect(second.code).toBe(1)
    expect(second.error).toMatch(/LISTEN_FAILED[^]*--port/)
  })

  it.each([
    [['serve', '--prot', '4700'], {}, '--port'],
    [['serve', '--inbox-byte-max', '1GiB'], {}, '--inbox-bytes-max'],
    [['sreve'], {}, 'serve'],
    [['serve'], { CANDOR_PROT: '4700' }, 'CANDOR_PORT']
  ] as const)('names what is nearest to %j %j', async (parameters, environment, nearest) => {
    const { code, error } = await runCandor(nowhere, parameters, environment)
    expect(code).not.toBe(0)
    expect(error).toMatch(new RegExp(`Did you mean [^]*${nearest}`))
  })

  it('names the nearest question of the server that is asked', async () => {
    server = await startServer()
    const { code, error } = await runCandor(server, ['ask', 'evnts', '--product', 'dlt'])
    expect(code).not.toBe(0)
    expect(error).toMatch(/did you mean "?events/i)
  })

  it('names the nearest key of its file, with every other problem at once', async () => {
    const started = startServer({
      configuration: 'prot: 4700\nhots: 0.0.0.0\ninbox: { bytes_max: much }\n'
    })
    await expect(started).rejects.toThrow(/CONFIG_INVALID[^]*`port`[^]*`host`[^]*bytes_max/)
  })
})
