/**
 * An operator's own product, without a fork: scaffolded, named in candor.yaml, reported on three
 * wires, widened, retired.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder, type AcmeFolder } from './world/acme.ts'
import {
  ask,
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { nativeReport } from './world/clients.ts'

const configuration = `products: [acme]
write_keys:
  acme: [{ key: acme }, { key: compiled-in }, { key: second-key }, { key: leaked-key, revoked: true }]
paths: { /from-acme: acme }
`
const fields = { command: 'build', success: true, elapsed: 2.25 }

describe("an operator's own product", () => {
  let acme: AcmeFolder
  let server: RunningServer
  const post = (path: string, body: object, key?: string): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` })
      },
      body: JSON.stringify(body)
    })
  const restart = async (): Promise<void> => {
    await server.kill('SIGTERM')
    server = await startServer({ folder: acme.folder, port: server.port })
  }
  const track = (properties: object = fields): object => ({
    anonymousId: 'one-of-many',
    event: 'command_run',
    properties
  })
  const records = async (wanted: number): Promise<number> => {
    const count = async (): Promise<number> =>
      (await ask(server, 'events', 'acme')).rows.reduce(
        (sum, row) => sum + Number(row['records']),
        0
      )
    return eventually(count, (found) => found >= wanted)
  }
  const published = async (): Promise<readonly string[]> => {
    const { products } = (await (
      await fetch(`${server.url}/.well-known/telemetry.json`)
    ).json()) as {
      products: readonly { product: string; contracts: readonly string[] }[]
    }
    return products.find(({ product }) => product === 'acme')?.contracts ?? []
  }

  beforeAll(async () => {
    acme = await acmeFolder()
    server = await startServer({ folder: acme.folder, configuration })
  })
  afterAll(() => removeServer(server))

  it('is scaffolded with what to do next, and never over what is there', async () => {
    expect(acme.scaffolded).toMatchObject({ code: 0, error: '' })
    expect(acme.scaffolded.out).toContain('products: [acme]')
    const before = readFileSync(join(acme.folder, 'acme', 'contract.yaml'), 'utf8')
    const again = await runCandor(server, ['init', 'acme'])
    expect(again.code).toBe(1)
    expect(readFileSync(join(acme.folder, 'acme', 'contract.yaml'), 'utf8')).toBe(before)
  })

  it('speaks native, Segment and its own paths at once', async () => {
    const report = nativeReport({ at: Date.now(), product: 'acme', name: 'command_run', fields })
    const native = await post('/v1/reports', report)
    expect(native.status).toBe(200)
    expect(await native.json()).toMatchObject({ accepted: 1, dropped: [] })
    for (const [path, key] of [
      ['/v1/track', 'acme'],
      ['/v1/track', 'compiled-in'],
      ['/v1/track', 'second-key'],
      ['/in/acme', undefined],
      ['/from-acme', undefined]
    ] as const) {
      const answer = await post(path, track(), key)
      expect({ path, key, status: answer.status, body: await answer.json() }).toEqual({
        path,
        key,
        status: 200,
        body: { success: true }
      })
      expect(answer.headers.get('candor-dropped')).toBeNull()
    }
    expect(await records(6)).toBe(6)
    const { rows } = await query(
      server,
      "SELECT protocol, count() AS n FROM acme WHERE command = 'build' AND success GROUP BY " +
        'protocol ORDER BY protocol'
    )
    expect(rows.map((row) => [row['protocol'], Number(row['n'])])).toEqual([
      ['native', 1],
      ['segment', 5]
    ])
  })

  it('keeps nothing of a key that was revoked or never given out, and says so in a header', async () => {
    for (const key of ['leaked-key', 'guessed-key']) {
      const answer = await post('/v1/track', track(), key)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('candor-dropped')).toBe('unknown-key')
    }
    expect((await post('/v1/track', track(), 'acme')).headers.get('candor-dropped')).toBeNull()
    // It comes later than both, and alone.
    expect(await records(7)).toBe(7)
    expect(await (await fetch(`${server.adminUrl}/metrics`)).text()).toContain(
      'candor_requests_total{protocol="segment",outcome="unknown-key"} 2'
    )
  })

  it('may be widened: a restart adds the column, old rows stay, and both contracts can be read', async () => {
    const before = await published()
    expect(before).toHaveLength(1)
    expect((await runCandor(server, ['contract', 'publish', 'acme'])).code).toBe(0)
    expect(
      (
        await post(
          '/v1/reports',
          nativeReport({
            at: Date.now(),
            product: 'acme',
            name: 'command_run',
            fields: { retries: 3 }
          })
        )
      ).status
    ).toBe(200)
    expect(await records(8)).toBe(8)
    acme.edit(
      '      elapsed:',
      '      retries: { type: integer, min: 0, max: 100, says: how often it tried }\n      elapsed:'
    )
    await restart()
    const kept = await post(
      '/v1/reports',
      nativeReport({ at: Date.now(), product: 'acme', name: 'command_run', fields: { retries: 3 } })
    )
    expect(await kept.json()).toMatchObject({ accepted: 1, dropped: [] })
    expect(await records(9)).toBe(9)
    const { rows } = await query(
      server,
      'SELECT retries, count() AS n FROM acme GROUP BY retries ORDER BY retries NULLS FIRST'
    )
    expect(rows.map((row) => [row['retries'], Number(row['n'])])).toEqual([
      [null, 8],
      [3, 1]
    ])
    const after = await published()
    expect(after).toHaveLength(2)
    expect(after).toContain(before[0])
    for (const path of after) {
      const answer = await fetch(`${server.url}${path}`)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toContain('immutable')
      expect(await answer.json()).toMatchObject({ candor: 1, product: 'acme' })
    }
    expect((await fetch(`${server.url}/contracts/acme/${'0'.repeat(64)}.json`)).status).toBe(404)
  })

  it('says where its contract is wrong instead of starting, and changes nothing', async () => {
    acme.edit('type: integer, min: 0', 'type: integr, min: 0')
    await server.kill('SIGTERM')
    await expect(startServer({ folder: acme.folder })).rejects.toThrow(
      /PRODUCT_INVALID[^]*acme\/contract\.yaml:\d+:\d+ /
    )
    acme.edit('type: integr, min: 0', 'type: boolean')
    acme.edit('type: boolean, max: 100', 'type: boolean')
    // The column holds numbers: only the store knows that it can't hold this. It is the only one.
    const started = await startServer({ folder: acme.folder })
    await untilStoreIs(started, 'ready')
    await eventually(
      () => Promise.resolve(started.printed()),
      (printed) => /PRODUCT_INVALID[^]*retries/.test(printed)
    )
    expect((await ask(started, 'events', 'dlt')).rows).toBeDefined()
    const doctor = await runCandor(started, ['doctor'])
    expect(doctor.out).toMatch(/✗ tables of acme: nothing of it is loaded.*retries/)
    expect(started.process.exitCode).toBeNull()
    await started.kill('SIGTERM')
    acme.edit('retries: { type: boolean', 'retries: { type: integer, min: 0, max: 100')
    server = await startServer({ folder: acme.folder, port: server.port })
    expect(await records(9)).toBe(9)
  })

  it('once retired mutes its clients in exact words, and keeps nothing more', async () => {
    acme.edit('product: acme\n', 'product: acme\nretired: true\n')
    await restart()
    const answer = await post(
      '/v1/reports',
      nativeReport({ at: Date.now(), product: 'acme', name: 'command_run', fields })
    )
    expect(answer.status).toBe(410)
    expect(await answer.text()).toBe('{"candor":1,"product":"acme","retired":true}')
    const segment = await post('/v1/track', track(), 'acme')
    expect({ status: segment.status, dropped: segment.headers.get('candor-dropped') }).toEqual({
      status: 200,
      dropped: 'contract'
    })
    // Its users may still have theirs deleted.
    expect((await post('/v1/deletions', { product: 'acme', keys: ['k'.repeat(43)] })).status).toBe(
      202
    )
    expect(await records(9)).toBe(9)
    expect(existsSync(join(server.data, 'server.json'))).toBe(true)
    rmSync(join(acme.folder, 'acme'), { recursive: true })
  })
})
