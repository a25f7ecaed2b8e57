/** Whether PostHog's libraries can report here by another host name alone. */
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer, Decoded, Outcome, Protocol } from '../protocol.ts'
import { createPosthog } from './posthog.ts'

const receivedAt = Date.UTC(2026, 10, 20, 12)
const posthog = createPosthog({
  resolveKey: (key) => (key === 'phc_acme' ? 'acme' : undefined),
  declares: (_product, name) => name === '$pageview'
})
const routes = [...posthog.routes, ...posthog.below('acme')]

function protocolAt(path: string): Protocol {
  const found = routes.find((route) => route.path === path)
  if (found === undefined) throw new Error(`no route ${path}`)
  return found.protocol
}

function posted(
  body: unknown,
  {
    path = '/batch',
    query = '',
    headers = {}
  }: { path?: string; query?: string; headers?: Record<string, string> } = {}
): Decoded {
  const bytes =
    typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : JSON.stringify(body)
  return protocolAt(path).decode({
    path,
    query,
    headers,
    body: Buffer.from(bytes),
    receivedAt
  })
}

function records(decoded: Decoded): (Decoded & { is: 'records' })['records'] {
  if (decoded.is !== 'records') throw new Error(`not records but ${decoded.is}`)
  return decoded.records
}

const event = (more: object = {}): object => ({
  event: 'cli_run',
  distinct_id: 'user-1',
  uuid: 'f4579e46-ec8a-41ce-a209-86dee5731216',
  timestamp: '2026-11-20T11:59:58.000Z',
  properties: {
    command: 'up',
    n: 3,
    $lib: 'posthog-node',
    $lib_version: '5.70.0',
    $os: 'Linux',
    $os_version: '12',
    $app_version: '2.1.0',
    $geoip_disable: true
  },
  ...more
})
const batch = (...events: unknown[]): object => ({
  api_key: 'phc_acme',
  batch: events,
  sent_at: '2026-11-20T12:00:00.000Z'
})

describe('an event', () => {
  it('is a record: who, what, when, by which library, in which version', () => {
    expect(records(posted(batch(event())))).toMatchObject([
      {
        name: 'cli_run',
        fields: { command: 'up', n: 3 },
        occurredAt: receivedAt - 2_000,
        source: {
          product: 'acme',
          installation: 'user-1',
          version: '2.1.0',
          sdk: { name: 'posthog-node', version: '5.70.0' },
          environment: { os: 'Linux', os_version: '12' }
        }
      }
    ])
  })

  it('has no field of the library’s own, whatever it is called', () => {
    const [record] = records(posted(batch(event({ properties: { $ip: '10.0.0.1', token: 't' } }))))
    expect(record?.fields).toEqual({})
  })

  it('may come alone, as a list, packed by the browser, or as a form', () => {
    const alone = { api_key: 'phc_acme', ...event() }
    const ofBrowser = { ...event(), properties: { token: 'phc_acme', command: 'up' }, offset: 500 }
    const packed = gzipSync(JSON.stringify([ofBrowser]))
    const inBase64 = Buffer.from(JSON.stringify(alone)).toString('base64')
    const asForm = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    for (const decoded of [
      posted(alone, { path: '/capture' }),
      posted([ofBrowser], { path: '/e' }),
      posted(packed, { path: '/i/v0/e', query: 'compression=gzip-js&_=1' }),
      posted(inBase64, { path: '/i/v0/e' }),
      posted(`data=${encodeURIComponent(inBase64)}`, asForm),
      posted(`data=${inBase64}&compression=base64`, asForm),
      posted(`ver=1.2.3&data=${encodeURIComponent(JSON.stringify(alone))}`, asForm),
      posted(`data=${encodeURIComponent(packed.toString('base64'))}&compression=gzip-js`, asForm)
    ])
      expect(records(decoded)).toMatchObject([{ name: 'cli_run', fields: { command: 'up' } }])
  })

  it('is read as curl sends it, which calls JSON a form unless it is told otherwise', () => {
    const text = 'a=b&data=c + d'
    const alone = { api_key: 'phc_acme', ...event({ properties: { command: text } }) }
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', ''])
      expect(
        records(posted(alone, { path: '/i/v0/e', headers: { 'content-type': type } }))
      ).toMatchObject([{ fields: { command: text } }])
  })

  it('says when it was by how long ago it was, where there is no time', () => {
    const [record] = records(posted(batch(event({ timestamp: undefined, offset: 60_000 }))))
    expect(record?.occurredAt).toBe(receivedAt - 60_000)
  })

  it('that a library sends of itself is none, unless it is declared', () => {
    const events = ['$feature_flag_called', 'cli_run', '$pageview', '$identify'].map((name) =>
      event({ event: name })
    )
    expect(records(posted(batch(...events))).map(({ name }) => name)).toEqual([
      'cli_run',
      '$pageview'
    ])
  })

  it('sent again is known by its id', () => {
    const [one, again, other] = [event(), event(), event({ uuid: 'other' })].map(
      (each) => records(posted(batch(each)))[0]?.duplicateOf
    )
    expect(one).toBe(again)
    expect(other).not.toBe(one)
  })
})

describe('an answer', () => {
  const of = (decoded: Decoded): Answer => {
    if (decoded.is === 'records') throw new Error('records')
    return decoded.answer
  }
  const kept: Outcome = { is: 'kept', dropped: [] }

  it('is success, which says what was not kept', () => {
    const decoded = posted(batch(event(), 7, event()))
    if (decoded.is !== 'records') throw new Error(decoded.is)
    const answer = protocolAt('/batch').accepted(decoded, [kept, kept])
    expect([answer.status, JSON.parse(String(answer.body))]).toEqual([
      200,
      { status: 1, kept: 2, dropped: [{ index: 1, code: 'EVENT_MALFORMED' }] }
    ])
  })

  it('to an unknown key keeps nothing, and is no error that a library would print', () => {
    expect(of(posted({ ...batch(event()), api_key: 'phc_other' }))).toMatchObject({
      status: 200,
      headers: { 'Candor-Dropped': 'unknown-key' }
    })
    expect(records(posted({ batch: [event()] }, { path: '/in/acme/batch' }))).toHaveLength(1)
  })

  it('to a question about flags is empty, and valid for every version of it', () => {
    for (const path of ['/flags', '/decide', '/in/acme/flags'])
      expect(JSON.parse(String(of(posted({}, { path })).body))).toMatchObject({
        flags: {},
        featureFlags: {},
        errorsWhileComputingFlags: false
      })
  })

  it('is never 5xx, whatever the bytes', () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value))
    const events = fc
      .array(fc.record({ event: fc.jsonValue(), properties: fc.jsonValue() }, { requiredKeys: [] }))
      .map((all) => JSON.stringify(batch(...all)))
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), json, events),
        fc.constantFrom('', 'compression=gzip-js', 'compression=base64'),
        fc.constantFrom('', 'application/x-www-form-urlencoded'),
        (body, query, type) => {
          const decoded = posted(Buffer.from(body as string), {
            query,
            headers: type === '' ? {} : { 'content-type': type }
          })
          if (decoded.is !== 'records') expect(decoded.answer.status).toBeLessThan(500)
        }
      )
    )
  })
})
