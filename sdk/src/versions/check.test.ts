import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answered, openParts } from '../deliver/delivery.test-support.ts'
import type { NetworkAnswer, NetworkRequest } from '../network/transport.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { VersionStatus } from '../telemetry.ts'
import { checkVersions } from './check.ts'
import { readFeed } from './feed.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
const id = createHash('sha256').update(raw).digest('hex').slice(0, 16)
const other = generateKeyPairSync('ed25519')
const dayMs = 86_400_000

const content = (now: number, change: object = {}): object => ({
  candor: 1,
  product: 'dlt',
  issued: new Date(now - dayMs).toISOString(),
  expires: new Date(now + 13 * dayMs).toISOString(),
  releases: [
    { version: '1.26.0', date: '2026-10-01' },
    { version: '1.27.0', date: '2026-11-01' },
    { version: '1.28.0rc1', date: '2026-11-10' },
    { version: '1.29.0', date: '2026-11-11', withdrawn: true },
    { version: 'nonsense', date: '2026-11-11' }
  ],
  advisories: [
    {
      id: 'A-1',
      date: '2026-11-01',
      level: 'high',
      title: 'Old',
      url: 'https://a.example/1',
      affected: '>=1.20.0 <1.26.3',
      fixed: '1.26.3'
    },
    {
      id: 'A-2',
      date: '2026-11-01',
      level: 'low',
      title: 'Other',
      url: 'https://a.example/2',
      affected: '<1.0.0 || 1.25.0'
    },
    {
      id: 'A-3',
      date: '2026-11-01',
      level: 'low',
      title: 'Taken back',
      url: 'https://a.example/3',
      affected: '*',
      withdrawn: true
    },
    {
      id: 'A-4',
      date: '2026-11-01',
      level: 'info',
      title: 'All\u001b[31m',
      url: 'javascript:alert(1)',
      affected: '*'
    }
  ],
  ...change
})
const signed = (document: object, key = privateKey, keyId = id): string => {
  const text = JSON.stringify(document)
  const signature = sign(null, Buffer.from(text), key).toString('base64')
  return JSON.stringify({
    signed: text,
    signatures: [{ key: keyId, algorithm: 'Ed25519', signature }]
  })
}

describe('the version check', () => {
  let world: World
  let requests: NetworkRequest[]
  let answers: NetworkAnswer[]
  beforeEach(() => {
    world = openWorld()
    requests = []
    answers = []
  })
  afterEach(() => world.remove())

  function check(
    version = '1.26.0',
    keys = [{ id, key: raw.toString('base64') }],
    platform: Record<string, string> = {}
  ): Promise<VersionStatus> {
    const parts = openParts(world, {
      form: { versionCheck: { says: 'Looks for new versions.', keys } }
    })
    return checkVersions({
      ...parts,
      version,
      platform,
      transport: {
        send(request) {
          requests.push(request)
          return Promise.resolve(answers.shift() ?? { is: 'failed', says: 'no network' })
        },
        close() {}
      }
    })
  }

  it('tells the newest release, whether this one is older, and which advisories concern it', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    expect(await check()).toEqual({
      is: 'known',
      newest: '1.27.0',
      outdated: true,
      advisories: [
        { id: 'A-1', title: 'Old', severity: 'high', fixed: '1.26.3', url: 'https://a.example/1' },
        { id: 'A-4', title: 'All [31m', severity: 'info', fixed: undefined, url: undefined }
      ],
      says: '1.27.0 is available, this is 1.26.0; 2 advisories concern it'
    })
    expect(requests).toMatchObject([
      {
        method: 'GET',
        url: 'https://collector.example/v1/feed/dlt.json',
        headers: { Accept: 'application/json' }
      }
    ])
    expect(Object.keys(requests[0]?.headers ?? {})).toEqual(['Accept'])
    expect(requests[0]?.body).toBeUndefined()
  })

  it('answers a newer version, and one that is none, for what they are', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    expect(await check('1.28.0.dev3')).toMatchObject({
      outdated: false,
      newest: '1.27.0',
      advisories: [{ id: 'A-4' }]
    })
    expect(await check('main')).toMatchObject({
      outdated: undefined,
      newest: '1.27.0',
      advisories: []
    })
  })

  it('answers the same with telemetry off, and its own switch is another', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    const on = await check()
    world.variables['DLT_TELEMETRY'] = 'off'
    answers = [answered(200, signed(content(world.clock)))]
    expect(await check()).toEqual(on)
    world.variables['DLT_VERSION_CHECK'] = 'off'
    requests = []
    expect(await check()).toMatchObject({
      is: 'off',
      says: expect.stringContaining('DLT_VERSION_CHECK')
    })
    expect(requests).toEqual([])
  })

  it('asks once in a day or so, with what it has, and believes what it has until that expires', async () => {
    answers = [answered(200, signed(content(world.clock)), { etag: '"e1"' })]
    const first = await check()
    world.clock += 0.7 * dayMs
    expect(await check()).toEqual(first)
    expect(requests).toHaveLength(1)
    world.clock += 0.6 * dayMs
    answers = [{ is: 'answered', status: 304, headers: { etag: '"e1"' }, body: '' }]
    expect(await check()).toEqual(first)
    expect(requests[1]?.headers).toEqual({ Accept: 'application/json', 'If-None-Match': '"e1"' })
    world.clock += 2 * dayMs
    expect(await check()).toEqual(first)
    world.clock += 20 * dayMs
    expect(await check()).toMatchObject({ is: 'unknown' })
    // Without anything to keep, it does not say that it had something.
    expect(requests.at(-1)?.headers).toEqual({ Accept: 'application/json' })
  })

  it('asks a broken address once an hour at most', async () => {
    for (let call = 0; call < 5; call += 1) expect(await check()).toMatchObject({ is: 'unknown' })
    expect(requests).toHaveLength(1)
    world.clock += 2 * 3_600_000
    await check()
    expect(requests).toHaveLength(2)
  })

  it.each([
    [
      'of a key that the contract does not name',
      (now: number) => signed(content(now), other.privateKey, 'f'.repeat(16))
    ],
    [
      'of a stranger who says to be the key',
      (now: number) => signed(content(now), other.privateKey)
    ],
    [
      'that was changed after it was signed',
      (now: number) => signed(content(now)).replace('1.27.0', '1.27.9')
    ],
    [
      'that has expired',
      (now: number) => signed(content(now, { expires: new Date(now).toISOString() }))
    ],
    ['that never expires', (now: number) => signed(content(now, { expires: undefined }))],
    ['of another product', (now: number) => signed(content(now, { product: 'other' }))],
    [
      'that nobody signed',
      (now: number) => JSON.stringify({ signed: JSON.stringify(content(now)), signatures: [] })
    ],
    ['that is a page', () => '<html>']
  ])('ignores a list %s', async (_, make) => {
    answers = [answered(200, make(world.clock))]
    expect(await check()).toMatchObject({ is: 'unknown', newest: undefined, advisories: [] })
  })

  it('does not go back to an older list, which could hide an advisory', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    const first = await check()
    world.clock += 2 * dayMs
    const older = content(world.clock, {
      issued: new Date(world.clock - 5 * dayMs).toISOString(),
      advisories: []
    })
    answers = [answered(200, signed(older))]
    expect(await check()).toEqual(first)
  })

  it('is hidden from nobody by a list that was signed while its server’s clock was ahead', async () => {
    const ahead = {
      issued: new Date(world.clock + 400 * dayMs).toISOString(),
      expires: new Date(world.clock + 414 * dayMs).toISOString()
    }
    answers = [answered(200, signed(content(world.clock, ahead)))]
    expect(await check()).toMatchObject({ newest: '1.27.0' })
    world.clock += 2 * dayMs
    const later = { releases: [{ version: '1.27.0' }, { version: '1.30.0' }] }
    answers = [answered(200, signed(content(world.clock, later)))]
    expect(await check()).toMatchObject({ newest: '1.30.0' })
  })

  it('forgets nothing that a list has lost without a word, and what is withdrawn at once', async () => {
    const first = content(world.clock) as { advisories: { id: string }[] }
    answers = [answered(200, signed(first))]
    const known = await check()
    for (let day = 0; day < 3; day += 1) {
      world.clock += 2 * dayMs
      answers = [answered(200, signed(content(world.clock, { releases: [], advisories: [] })))]
      expect(await check()).toEqual(known)
      // From the disk, as another process finds it.
      expect(await check()).toEqual(known)
    }
    world.clock += 2 * dayMs
    const taken = first.advisories.map((advisory) => ({ ...advisory, withdrawn: true }))
    answers = [answered(200, signed(content(world.clock, { advisories: taken })))]
    expect(await check()).toMatchObject({ newest: '1.27.0', advisories: [] })
  })

  it.each([
    [{}, '3.0.0'],
    [{ postgresql: '17.1' }, '3.0.0'],
    [{ postgresql: '15.4 (Debian)' }, '2.0.0'],
    [{ postgresql: 'unknown' }, '3.0.0']
  ])('on %j names the newest that runs there', async (platform, newest) => {
    const releases = [
      { version: '3.0.0', supports: { postgresql: [16, 17] } },
      { version: '2.0.0', supports: { postgresql: [15, 16] } }
    ]
    answers = [answered(200, signed(content(world.clock, { releases })))]
    const keys = [{ id, key: raw.toString('base64') }]
    expect(await check('1.0.0', keys, platform)).toMatchObject({ newest, outdated: true })
  })

  it('names of several lines the fix that is nearest, and leaves out what this system can’t have', async () => {
    const about = { date: '2026-11-01', level: 'high', title: 'Old', url: 'https://a.example/1' }
    const many = {
      ...about,
      id: 'A-1',
      affected: '*',
      fixed: '2.1.0',
      fixed_versions: ['1.26.3', '1.27.1', '2.1.0']
    }
    const elsewhere = { ...about, id: 'A-2', affected: '*', platforms: { os: ['windows'] } }
    const here = { ...about, id: 'A-3', affected: '*', platforms: { os: ['Linux'], x: [1] } }
    answers = [answered(200, signed(content(world.clock, { advisories: [many, elsewhere, here] })))]
    expect((await check()).advisories).toMatchObject([
      { id: 'A-1', fixed: '1.26.3' },
      { id: 'A-3' }
    ])
  })

  it.each([
    ['2020-01-31', '2020-06-30', '; its support ended on 2020-06-30'],
    ['2020-01-31', 'tba', '; it has got no security fixes since 2020-01-31'],
    ['2999-01-31', '2999-06-30', '; security fixes until 2999-01-31'],
    ['tba', 'tba', '']
  ])('says how long this version is supported: %s, %s', async (security, end, says) => {
    const support = [
      { versions: '<1.0.0', end_of_security_support: '1999-01-01', end_of_life: '1999-01-01' },
      { versions: '>=1.26.0', end_of_security_support: security, end_of_life: end }
    ]
    answers = [answered(200, signed(content(world.clock, { support, advisories: [] })))]
    expect((await check()).says).toBe(`1.27.0 is available, this is 1.26.0${says}`)
  })

  it('is asked again though a clock that was fast has written when', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    world.clock += 1.5 * dayMs
    await check()
    world.clock -= 1.5 * dayMs
    answers = [
      answered(200, signed(content(world.clock + dayMs, { releases: [{ version: '9.0.0' }] })))
    ]
    expect(await check()).toMatchObject({ newest: '9.0.0' })
  })

  it('believes nobody where the contract names no key', async () => {
    expect(await check('1.26.0', [])).toMatchObject({
      is: 'unknown',
      says: expect.stringContaining('key')
    })
    expect(requests).toEqual([])
  })

  it('takes keys in their usual wrapping too', async () => {
    answers = [answered(200, signed(content(world.clock)))]
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    expect(await check('1.26.0', [{ id, key: spki }])).toMatchObject({ is: 'known' })
  })

  it('reads any text without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const keys = [{ id, key: raw.toString('base64') }]
        expect(readFeed(text, { product: 'dlt', keys, now: 0 }).is).toBe('ignored')
        expect(
          readFeed(signed(JSON.parse(JSON.stringify({ text }))), { product: 'dlt', keys, now: 0 })
            .is
        ).toBe('ignored')
      })
    )
  })
})
