/** Who is told of a newer version, in which words, and what switches it off? */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProduct } from '../src/product.ts'
import { fixture, openWorld, serversAsked, type World } from './world.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')

/** The releases that are offered next, signed as a collector would. */
function feedOf(releases: readonly object[]): string {
  const day = 86_400_000
  const signed = JSON.stringify({
    candor: 1,
    product: 'acme',
    issued: new Date(Date.now() - 60_000).toISOString(),
    expires: new Date(Date.now() + 14 * day).toISOString(),
    releases,
    advisories: []
  })
  const signature = sign(null, Buffer.from(signed), privateKey).toString('base64')
  return JSON.stringify({ signed, signatures: [{ key: 'k1', algorithm: 'Ed25519', signature }] })
}

describe.each(serversAsked())('PostgreSQL %s', (_version, bin) => {
  let world: World
  let folder: string
  let server: Server
  let asked = 0
  const sql = (database: string, text: string): string => world.cluster.sql(database, text)
  const hints = (since: number): readonly string[] =>
    world.cluster
      .log()
      .slice(since)
      .split('\n')
      .filter((line) => /up-to-date|up to date/.test(line))
  beforeAll(async () => {
    server = createServer((_request, response) => {
      asked += 1
      response.end(
        feedOf([
          { version: '9.1.0', date: '2026-01-01' },
          { version: '10.0.0', date: '2026-02-01', supports: { postgresql: [99] } }
        ])
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    folder = mkdtempSync(join(tmpdir(), 'candor-versions-'))
    const key = publicKey.export({ format: 'jwk' }).x ?? ''
    const path = join(folder, 'acme.yaml')
    writeFileSync(
      path,
      `${readFileSync(fixture('acme.yaml'), 'utf8')}releases:
  url: http://127.0.0.1:${port}/feed.json
  keys: [{ id: k1, key: ${Buffer.from(key, 'base64url').toString('base64')} }]
`
    )
    world = await openWorld(bin, loadProduct(path))
  })
  afterAll(async () => {
    await world.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is told in the server’s log, in the page’s words, and in a view, once a day', async () => {
    world.create('behind')
    const since = world.cluster.log().length
    expect(await world.look('behind')).toMatchObject({ is: 'sent' })
    expect(hints(since)).toEqual([
      expect.stringMatching(/LOG: {2}the "acme" extension is not up-to-date$/),
      expect.stringMatching(
        /HINT: {2}The most up-to-date version is 9\.1\.0, the installed version is 0\.1\.0\.$/
      )
    ])
    expect(
      sql(
        'behind',
        `SELECT installed, newest, is_up_to_date FROM candor.version_status WHERE product = 'acme'`
      )
    ).toBe('0.1.0|9.1.0|f')
    expect(await world.look('behind')).toMatchObject({ is: 'not due' })
    expect(hints(since)).toHaveLength(2)
  })

  it('goes on with telemetry off, and ends with its own switch or the job', async () => {
    world.create('quiet')
    sql('postgres', `ALTER DATABASE quiet SET acme.telemetry_level = 'off'`)
    sql('postgres', `ALTER DATABASE quiet SET acme.version_check = 'off'`)
    const [since, before, sent] = [
      world.cluster.log().length,
      asked,
      world.collector.requests.length
    ]
    const look = async (): Promise<string> => (await world.look('quiet')).is
    expect(await look()).toBe('off')
    sql('postgres', 'ALTER DATABASE quiet RESET acme.version_check')
    sql('quiet', 'DELETE FROM acme.telemetry_job')
    expect(await look()).toBe('off')
    expect([hints(since).length, asked - before]).toEqual([0, 0])
    sql('quiet', 'INSERT INTO acme.telemetry_job DEFAULT VALUES')
    expect(await look()).toBe('off')
    expect([hints(since).length, asked - before]).toEqual([2, 1])
    expect(world.collector.requests).toHaveLength(sent)
    expect(sql('quiet', 'SELECT newest FROM candor.version_status')).toBe('9.1.0')
  })

  it('is one line for nobody who is up to date', async () => {
    world.create('ahead')
    sql(
      'ahead',
      'CREATE OR REPLACE FUNCTION acme.telemetry_version() RETURNS text LANGUAGE sql AS $$ ' +
        "SELECT '9.1.0' $$"
    )
    const since = world.cluster.log().length
    expect(await world.look('ahead')).toMatchObject({ is: 'sent' })
    expect(hints(since)).toEqual([])
    expect(sql('ahead', 'SELECT is_up_to_date FROM candor.version_status')).toBe('t')
  })
})
