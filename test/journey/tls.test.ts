/**
 * TLS by configuration, so that a client with a compiled-in https address can be caught by its
 * name; and what listening beyond loopback asks for.
 */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintAnswer, readAsClient } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  ask,
  eventually,
  removeServer,
  root,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { cert, certifiedName as name, key } from './world/certificate.ts'

describe('TLS', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      configuration: 'tls: { cert: ./cert.pem, key: ./key.pem }\n',
      files: { 'cert.pem': cert, 'key.pem': key }
    })
  })
  afterAll(() => removeServer(server))

  it('carries the HTTP/1.0 report of a TimescaleDB that was caught by its name, and its whole answer', async () => {
    const report = readFileSync(
      join(root, 'server/src/products/timescaledb/fixtures/capture-2.22.1.http')
    )
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = []
      const socket = connect(
        { host: '127.0.0.1', port: server.port, servername: name, ca: cert },
        () => socket.write(report)
      )
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.once('error', reject)
      socket.once('close', () => resolve(Buffer.concat(chunks)))
    })
    expect(lintAnswer(bytes)).toEqual([])
    expect(readAsClient(bytes)).toMatchObject({ is: 'behind', newest: expect.any(String) })
  })

  it('is what the command line speaks, too, where it trusts the certificate', async () => {
    expect(server.url).toMatch(/^https:/)
    const { rows } = await eventually(
      () =>
        ask(server, 'events', 'timescaledb', undefined, {
          NODE_EXTRA_CA_CERTS: join(server.folder, 'cert.pem')
        }),
      (answer) => answer.rows.length > 0
    )
    expect(rows.map((row) => Number(row['records']))).toEqual([1])
  })

  it('says which file is missing or is no key', async () => {
    const other = (configuration: string): Promise<RunningServer> =>
      startServer({ configuration, files: { 'cert.pem': cert } })
    await expect(other('tls: { cert: ./cert.pem, key: ./nowhere.pem }\n')).rejects.toThrow(
      /TLS_UNREADABLE[^]*nowhere\.pem/
    )
    await expect(other('tls: { cert: ./cert.pem, key: ./cert.pem }\n')).rejects.toThrow(
      /TLS_UNREADABLE[^]*private key/
    )
    await expect(other('tls: { cert: ./cert.pem }\n')).rejects.toThrow(
      /CONFIG_INVALID[^]*the key is missing/
    )
  })
})

describe('listening beyond loopback', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address
  let server: RunningServer | undefined
  afterAll(async () => {
    if (server !== undefined) await removeServer(server)
  })

  it('is refused without TLS, with the two ways out', async () => {
    const started = startServer({ flags: ['--host', '0.0.0.0'] })
    await expect(started).rejects.toThrow(/LISTEN_UNSAFE[^]*tls[^]*--insecure/)
  })

  it('with --insecure warns, and keeps API and metrics to an address of their own', async () => {
    const insecure = await startServer({ flags: ['--host', '0.0.0.0', '--insecure'] })
    server = insecure
    expect(insecure.printed()).toMatch(/WARNING .*without TLS/)
    const { url: admin } = JSON.parse(readFileSync(join(insecure.data, 'server.json'), 'utf8')) as {
      url: string
    }
    expect(new URL(admin).hostname).toBe('127.0.0.1')
    const ingest = `http://127.0.0.1:${/listens on http:\/\/[^:]+:(\d+)/.exec(insecure.printed())?.[1]}`
    expect(ingest).not.toBe(admin)
    const authorization = `Bearer ${insecure.token}`
    const status = async (base: string, path: string): Promise<number> =>
      (await fetch(`${base}${path}`, { headers: { authorization } })).status
    for (const path of ['/metrics', '/api/v1/questions/events?product=dlt', '/api/v1/doctor']) {
      expect(await status(ingest, path), path).toBe(404)
      expect(await status(admin, path), path).not.toBe(404)
    }
    expect(await status(ingest, '/livez')).toBe(200)
    expect(await status(admin, '/v1/reports')).toBe(404)
    // Where this machine has another address, the API is not on it either.
    if (outside !== undefined) {
      await expect(fetch(`http://${outside}:${new URL(admin).port}/livez`)).rejects.toThrow()
      expect(await status(`http://${outside}:${new URL(ingest).port}`, '/livez')).toBe(200)
    }
    expect((await ask(insecure, 'events', 'dlt')).rows).toEqual([])
  })
})
