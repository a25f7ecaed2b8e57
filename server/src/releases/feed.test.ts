import { createHash, createPublicKey, verify } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects, type Effects } from '../effects.ts'
import type { CandorError } from '../errors.ts'
import type { HttpAnswer, HttpRequest } from '../http/route.ts'
import { feedRoute } from './feed-route.ts'
import { openFeed, type Feed } from './feed.ts'
import { createKeys, readKeys, rotateKeys, type PublicKey } from './keys.ts'
import type { ReleaseFile } from './release-file.ts'

const { files } = systemEffects
let folder: string
let now = Date.parse('2026-11-20T15:00:00Z')
const effects: Effects = { ...systemEffects, clock: { ...systemEffects.clock, now: () => now } }
const file: ReleaseFile = { releases: [{ version: '1.0.0', date: '2026-01-01' }], advisories: [] }
let current: { file: ReleaseFile; changedAt: number } | undefined
let problems: CandorError[]
/** Of the releases file. */
let problem: string | undefined
const open = new Set<Feed>()
beforeEach(async () => {
  folder = join(await files.mkdtemp(join(tmpdir(), 'candor-keys-')), 'keys')
  now = Date.parse('2026-11-20T15:00:00Z')
  current = { file, changedAt: Date.parse('2026-10-01T00:00:00Z') }
  problems = []
  problem = undefined
})
afterEach(async () => {
  for (const feed of open) await feed.close()
  open.clear()
  await files.rm(join(folder, '..'), { recursive: true })
})
async function start(): Promise<Feed> {
  const feed = await openFeed({
    releases: { of: () => current, problem: () => problem },
    keysFolder: folder,
    effects,
    problem: (error) => void problems.push(error)
  })
  open.add(feed)
  return feed
}
const signedOf = (feed: Feed): { readonly body: string; readonly etag: string } | undefined => {
  const told = feed.of('thing')
  return told.is === 'signed' ? told.feed : undefined
}
const bodyOf = (feed: Feed): string | undefined => signedOf(feed)?.body
/** What a client does: only with what it was given, and node:crypto. */
function check(
  body: string,
  trusted: readonly PublicKey[]
): { product: string; issued: string; expires: string; releases: unknown } {
  const { signed, signatures } = JSON.parse(body) as {
    signed: string
    signatures: { key: string; algorithm: string; signature: string }[]
  }
  const good = signatures.some(({ key: id, signature }) => {
    const trust = trusted.find((key) => key.id === id)
    if (trust === undefined) return false
    const key = createPublicKey({
      key: {
        kty: 'OKP',
        crv: 'Ed25519',
        x: Buffer.from(trust.key, 'base64').toString('base64url')
      },
      format: 'jwk'
    })
    return verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64'))
  })
  if (!good) throw new Error('not signed by a trusted key')
  return JSON.parse(signed) as never
}

describe('a feed', () => {
  it('is signed by the current key, and expires', async () => {
    const keys = await createKeys({ folder, effects })
    const feed = await start()
    const body = bodyOf(feed) ?? ''
    expect(check(body, keys.public)).toEqual({
      candor: 1,
      product: 'thing',
      issued: '2026-11-20T00:00:00.000Z',
      expires: '2026-12-04T00:00:00.000Z',
      releases: file.releases,
      advisories: []
    })
    expect(() => check(body.replace('1.0.0', '6.6.6'), keys.public)).toThrow('not signed')
    expect(() => check(body, [keys.public[1]])).toThrow('not signed')
    expect(feed.publicKeys()).toEqual(keys.public)
  })

  it('is the same bytes for everybody, for the whole day and on every collector', async () => {
    await createKeys({ folder, effects })
    const [one, other] = [await start(), await start()]
    const body = bodyOf(one)
    now += 6 * 3_600_000
    expect(bodyOf(one)).toBe(body)
    expect(bodyOf(other)).toBe(body)
    now += 6 * 3_600_000
    expect(bodyOf(one)).not.toBe(body)
  })

  it('that changes is newer than what it replaces', async () => {
    const keys = await createKeys({ folder, effects })
    const feed = await start()
    const before = signedOf(feed)
    current = { file: { ...file, releases: [] }, changedAt: now - 500 }
    const after = signedOf(feed)
    expect(after?.etag).not.toBe(before?.etag)
    expect(check(after?.body ?? '', keys.public)).toMatchObject({
      issued: '2026-11-20T14:59:59.000Z',
      releases: []
    })
  })

  it('of a product without releases says so, signed', async () => {
    const keys = await createKeys({ folder, effects })
    current = undefined
    expect(check(bodyOf(await start()) ?? '', keys.public)).toMatchObject({
      releases: []
    })
  })

  it('is still trusted after a change of keys by whoever knew the next one', async () => {
    const before = await createKeys({ folder, effects })
    const feed = await start()
    const after = await rotateKeys({ folder, effects })
    await feed.refresh()
    expect(after.public[0].key).toBe(before.public[1].key)
    expect(check(bodyOf(feed) ?? '', before.public)).toMatchObject({ product: 'thing' })
    await rotateKeys({ folder, effects })
    await feed.refresh()
    expect(() => check(bodyOf(feed) ?? '', before.public)).toThrow('not signed')
  })
})

describe('keys', () => {
  it('are for their owner alone', async () => {
    await createKeys({ folder, effects })
    expect((await files.stat(join(folder, 'feed.json'))).mode & 0o777).toBe(0o600)
    expect((await files.stat(folder)).mode & 0o777).toBe(0o700)
    await rotateKeys({ folder, effects })
    expect((await files.stat(join(folder, 'feed.json'))).mode & 0o777).toBe(0o600)
    expect(await files.readdir(folder)).toEqual(['feed.json'])
    await files.chmod(join(folder, 'feed.json'), 0o644)
    await expect(readKeys({ folder, effects })).rejects.toMatchObject({
      code: 'KEYS_INVALID',
      message: expect.stringContaining('chmod 600')
    })
  })

  it('are never overwritten, and nothing rotates that is not there', async () => {
    await expect(rotateKeys({ folder, effects })).rejects.toMatchObject({ code: 'KEYS_MISSING' })
    const { public: keys } = await createKeys({ folder, effects })
    await expect(createKeys({ folder, effects })).rejects.toMatchObject({ code: 'KEYS_INVALID' })
    expect((await readKeys({ folder, effects }))?.public).toEqual(keys)
    expect(keys[0].id).toBe(
      createHash('sha256').update(Buffer.from(keys[0].key, 'base64')).digest('hex').slice(0, 16)
    )
  })

  it.each(['', '{}', '{"candor":1,"current":"x","next":"y"}', '[]'])(
    'that are none are told without quoting them (%j)',
    async (text) => {
      await files.mkdir(folder)
      await files.writeFile(join(folder, 'feed.json'), text, { mode: 0o600 })
      const feed = await start()
      await feed.refresh()
      expect(feed.of('thing')).toEqual({ is: 'no-keys' })
      expect(problems.map(({ code, cause }) => [code, cause])).toEqual([
        ['KEYS_INVALID', undefined]
      ])
    }
  )

  it('that appear while the server runs are used', async () => {
    const feed = await start()
    expect(feed.of('thing')).toEqual({ is: 'no-keys' })
    await createKeys({ folder, effects })
    await feed.refresh()
    expect(feed.of('thing').is).toBe('signed')
  })
})

const ask = (feed: Feed, path: string, headers: HttpRequest['headers'] = {}): HttpAnswer =>
  feedRoute({ feed, products: () => [{ name: 'thing' }] }).handle(
    { path, query: '', headers, body: Buffer.alloc(0), receivedAt: now },
    { network: undefined, onAnswered: () => undefined, onLeft: () => undefined }
  ) as HttpAnswer

describe('GET /v1/feed/<product>.json', () => {
  it('can be cached, and asked whether it changed', async () => {
    await createKeys({ folder, effects })
    const feed = await start()
    const answer = ask(feed, '/v1/feed/thing.json')
    const etag = answer.headers['ETag'] ?? ''
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'Cache-Control': 'public, max-age=3600' }
    })
    expect(ask(feed, '/v1/feed/thing.json', { 'if-none-match': `"x", W/${etag}` })).toMatchObject({
      status: 304,
      body: '',
      headers: { ETag: etag }
    })
    expect(ask(feed, '/v1/feed/thing.json', { 'if-none-match': '"x"' }).status).toBe(200)
  })

  it('is 503, and nothing empty is signed, while the releases can not be read and never could', async () => {
    await createKeys({ folder, effects })
    current = undefined
    problem = "thing.yaml can't be used"
    expect(ask(await start(), '/v1/feed/thing.json')).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '3600' },
      body: expect.stringContaining('RELEASES_INVALID')
    })
  })

  it('is 404 with a code for a product that is none, and where there are no keys', async () => {
    const feed = await start()
    expect(ask(feed, '/v1/feed/other.json')).toMatchObject({
      status: 404,
      body: expect.stringContaining('PRODUCT_UNKNOWN')
    })
    expect(ask(feed, '/v1/feed/thing')).toMatchObject({ status: 404 })
    expect(ask(feed, '/v1/feed/thing.json')).toMatchObject({
      status: 404,
      body: expect.stringContaining('candor keys create')
    })
  })
})
