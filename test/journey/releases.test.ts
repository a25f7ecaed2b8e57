/**
 * Releases are edited beside the running server: the version check, the native answer and the
 * signed feed take them up.
 */
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAsClient } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  eventually,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { nativeReport } from './world/clients.ts'
import { sendRaw } from './world/raw-request.ts'

interface Feed {
  readonly signed: string
  readonly signatures: readonly {
    readonly key: string
    readonly algorithm: string
    readonly signature: string
  }[]
}
interface FeedKey {
  readonly id: string
  readonly key: string
  readonly use: string
}

const report = readFileSync(
  join(root, 'server/src/products/timescaledb/fixtures/capture-2.22.1.http')
)
// What stands before the 32 bytes of an Ed25519 key in its usual wrapping.
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

describe('releases', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  const toTimescale = async (): Promise<string> =>
    JSON.stringify(readAsClient((await sendRaw(server.port, report)).bytes))
  const toNative = async (): Promise<unknown> => {
    const body = JSON.stringify(nativeReport({ at: Date.now(), level: 'pipelines' }))
    const answer = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body
    })
    return ((await answer.json()) as { readonly newest?: string }).newest
  }
  const feed = (
    product = 'timescaledb',
    headers: Readonly<Record<string, string>> = {}
  ): Promise<Response> => fetch(`${server.url}/v1/feed/${product}.json`, { headers })
  const keys = async (): Promise<readonly FeedKey[]> =>
    (
      (await (await fetch(`${server.url}/.well-known/telemetry.json`)).json()) as {
        feedKeys: readonly FeedKey[]
      }
    ).feedKeys
  /** As a client does that pins the public keys; undefined when no signature holds. */
  const trusted = (
    { signed, signatures }: Feed,
    pinned: readonly FeedKey[]
  ):
    | { readonly releases: readonly { version: string }[]; readonly product: string }
    | undefined => {
    const holds = signatures.some(({ key: id, signature }) => {
      const pin = pinned.find((known) => known.id === id)
      if (pin === undefined) return false
      const key = createPublicKey({
        key: Buffer.concat([spkiPrefix, Buffer.from(pin.key, 'base64')]),
        format: 'der',
        type: 'spki'
      })
      return verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64'))
    })
    return holds
      ? (JSON.parse(signed) as { releases: readonly { version: string }[]; product: string })
      : undefined
  }

  it('that are added are told without a restart, to each platform its own', async () => {
    // The recorded database runs on PostgreSQL 15, which 2.29 has left behind.
    const before = await toTimescale()
    expect(before).toContain('2.28.3')
    const added = await runCandor(server, [
      'release',
      'add',
      '2.99.0',
      '--product',
      'timescaledb',
      '--supports',
      'postgresql=99'
    ])
    const others = 'postgresql 16, 17, 18 goes on being told'
    expect(added).toMatchObject({ code: 0, error: expect.stringContaining(others) })
    expect(
      (
        await runCandor(server, [
          'release',
          'add',
          '2.98.1',
          '--product',
          'timescaledb',
          '--supports',
          'postgresql=15,16'
        ])
      ).code
    ).toBe(0)
    expect(await eventually(toTimescale, (answer) => answer !== before)).toContain('2.98.1')
    expect(await toNative()).toBeUndefined()
    expect((await runCandor(server, ['release', 'add', '1.27.0', '--product', 'dlt'])).code).toBe(0)
    expect(await eventually(toNative, (newest) => newest !== undefined)).toBe('1.27.0')
  })

  it('are signed once there are keys: whoever pins one can check each byte, and trusts the next key already', async () => {
    const none = await feed()
    expect({ status: none.status, body: await none.json() }).toMatchObject({
      status: 404,
      body: { code: 'KEYS_MISSING' }
    })
    expect(await runCandor(server, ['keys', 'create'])).toMatchObject({ code: 0, error: '' })
    const first = await eventually(feed, ({ status }) => status === 200)
    const pinned = await keys()
    expect(pinned.map(({ use }) => use)).toEqual(['current', 'next'])
    const document = (await first.json()) as Feed
    expect(trusted(document, pinned)).toMatchObject({ product: 'timescaledb' })
    expect(trusted(document, pinned)?.releases.map(({ version }) => version)).toContain('2.98.1')
    expect(
      trusted({ ...document, signed: document.signed.replace('2.98.1', '2.98.2') }, pinned)
    ).toBeUndefined()

    expect((await runCandor(server, ['keys', 'create'])).code).toBe(1)
    expect((await runCandor(server, ['keys', 'rotate'])).code).toBe(0)
    const etag = first.headers.get('etag')
    const second = await eventually(feed, ({ headers }) => headers.get('etag') !== etag)
    const rotated = (await second.json()) as Feed
    expect(rotated.signatures[0]?.key).toBe(pinned[1]?.id)
    expect(trusted(rotated, pinned)).toBeDefined()
  })

  it('are cacheable: the same bytes for everybody, and 304 for who has them', async () => {
    const first = await feed()
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]+"$/)
    expect(first.headers.get('cache-control')).toContain('public')
    expect(await (await feed()).text()).toBe(await first.text())
    const again = await feed('timescaledb', { 'if-none-match': etag })
    expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' })
    expect((await feed('nobody')).status).toBe(404)
  })

  it('that can not be read leave the last good ones in place, and a line in the log', async () => {
    const path = join(server.folder, 'releases', 'timescaledb.yaml')
    const good = readFileSync(path, 'utf8')
    const before = await toTimescale()
    writeFileSync(path, 'releases: [{ version: 2.30')
    await eventually(
      () => Promise.resolve(server.printed()),
      (text) => text.includes('RELEASES_INVALID')
    )
    expect(server.printed()).toContain('RELEASES_INVALID')
    expect(await toTimescale()).toBe(before)
    expect((await feed()).status).toBe(200)
    writeFileSync(path, good.replaceAll('2.98.1', '2.98.7'))
    expect(await eventually(toTimescale, (answer) => answer !== before)).toContain('2.98.7')
  })
})
