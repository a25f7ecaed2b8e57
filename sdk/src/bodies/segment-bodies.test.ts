import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FieldForm } from '../form.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { WireRecord } from '../wire.ts'
import {
  answered,
  openParts,
  playCollector,
  spool,
  type PlayedCollector
} from '../deliver/delivery.test-support.ts'
import { waitingBodies } from './outbox.ts'

const text = (says: string, at?: string): FieldForm => ({
  says,
  type: { is: 'pattern', pattern: '^.{1,40}$', lengthMax: 40 },
  ...(at === undefined ? {} : { at })
})
const session = 'b7e23ec2-9af2-4c1b-8a40-1b1d6b3c5f10'
const dayMs = 86_400_000

describe('Segment’s wire', () => {
  let world: World
  let collector: PlayedCollector
  beforeEach(() => {
    world = openWorld()
    collector = playCollector()
  })
  afterEach(() => world.remove())

  function open(
    endpoint: string,
    kind: 'none' | 'persistent' = 'none',
    options: { readonly writeKey?: string } = { writeKey: 'a-key-of-my-own' }
  ): ReturnType<typeof openParts> {
    world.variables['READYSET_TELEMETRY'] = 'on'
    return openParts(world, {
      transport: collector,
      form: {
        product: 'readyset',
        title: 'ReadySet',
        identity: { kind, account: { from: 'RS_API_KEY' }, says: 'a session' },
        environment: ['class', 'os', 'os_version', 'cpu'],
        records: {
          adapter_start: {
            kind: 'event',
            when: 'The adapter was launched.',
            level: 'basic',
            fields: {
              adapter_version: text('its version'),
              db_backend: text('the kind of database'),
              edition: text('which edition', 'context.product.edition'),
              build: text('which build', 'properties.release.commit_id')
            }
          }
        }
      },
      options: { endpoint, ...options }
    })
  }

  const records = (count: number): WireRecord[] =>
    Array.from({ length: count }, (_, seq) => ({
      seq,
      name: 'adapter_start',
      at: '2026-11-20T11:00:00.000Z',
      fields: {
        adapter_version: '1.2.0',
        db_backend: 'postgres',
        edition: 'cloud',
        build: 'abcdef0'
      }
    }))
  const environment = { class: 'service', os: 'linux', os_version: '6.1', cpu: 8 }
  const messagesOf = (body: string | undefined): Record<string, unknown>[] => {
    const parsed = JSON.parse(body ?? '{}') as { batch?: Record<string, unknown>[] }
    return parsed.batch ?? [parsed as Record<string, unknown>]
  }

  it('has each record as the track call that the product’s page publishes', async () => {
    const parts = open('https://api.segment.io/v1/track')
    spool(parts, [], { account: 'my-key', run: { session, environment, records: records(2) } })
    collector.answers = [answered(200, { success: true }), answered(200, { success: true })]
    expect(await parts.delivery.deliver()).toEqual({
      is: 'sent',
      reports: 2,
      records: 2,
      dropped: []
    })
    const schema = JSON.parse(
      readFileSync(new URL('fixtures/readyset-track-schema.json', import.meta.url), 'utf8')
    ) as object
    const validate = new Ajv({
      formats: { 'date-time': (value: string) => !Number.isNaN(Date.parse(value)) }
    }).compile(schema)
    for (const { url, headers, body } of collector.requests) {
      expect(url).toBe('https://api.segment.io/v1/track')
      expect(headers['Authorization']).toBe(
        `Basic ${Buffer.from('a-key-of-my-own:').toString('base64')}`
      )
      expect(validate(JSON.parse(body ?? '')), JSON.stringify(validate.errors)).toBe(true)
    }
    const sent = collector.requests.flatMap(({ body }) => messagesOf(body))
    expect(sent.find(({ messageId }) => messageId === `${session}-0`)).toEqual({
      type: 'track',
      messageId: `${session}-0`,
      anonymousId: session,
      userId: 'my-key',
      event: 'adapter_start',
      properties: {
        adapter_version: '1.2.0',
        db_backend: 'postgres',
        release: { commit_id: 'abcdef0' }
      },
      timestamp: '2026-11-20T11:00:00.000Z',
      context: {
        product: { edition: 'cloud' },
        library: { name: 'readyset', version: '1.26.0' },
        app: { name: 'ReadySet', version: '1.26.0', environment: { class: 'service', cpu: 8 } },
        os: { name: 'linux', version: '6.1' }
      }
    })
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(2)
  })

  it('goes in batches where the address is a host or names them, with the installation’s id where there is one', async () => {
    for (const [endpoint, url] of [
      ['https://api.segment.io', 'https://api.segment.io/v1/batch'],
      ['https://segment.example/eu/v1/batch', 'https://segment.example/eu/v1/batch']
    ] as const) {
      const parts = open(endpoint, 'persistent')
      spool(parts, [], { run: { session, environment, records: records(300) } })
      collector.requests.length = 0
      collector.answers = Array.from({ length: 10 }, () => answered(200, { success: true }))
      expect(await parts.delivery.deliver({ asked: true })).toMatchObject({
        is: 'sent',
        records: 300
      })
      expect(collector.requests.length).toBeLessThan(5)
      for (const request of collector.requests) {
        expect(request.url).toBe(url)
        expect(Buffer.byteLength(request.body ?? '')).toBeLessThan(500 * 1024)
      }
      const [message] = messagesOf(collector.requests[0]?.body)
      expect(message?.['anonymousId']).toBe(parts.identity.installation())
      expect(message?.['userId']).toBeUndefined()
    }
  })

  it('is the same bytes when it is sent again, and is done with any 2xx', async () => {
    const parts = open('https://api.segment.io')
    spool(parts, [], { run: { session, environment, records: records(3) } })
    collector.answers = [answered(503), answered(204, '')]
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept' })
    world.clock += 2 * dayMs
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent', records: 3 })
    expect(collector.requests[0]?.body).toBe(collector.requests[1]?.body)
  })

  it('keeps to itself what was frozen for the other wire', async () => {
    const native = open('https://collector.example', 'none', {})
    spool(native, [], { run: { session, environment, records: records(1) } })
    native.delivery.freeze()
    const parts = open('https://api.segment.io')
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept', because: 'endpoint' })
    expect(waitingBodies(parts.state)).toHaveLength(1)
    expect(collector.requests).toEqual([])
  })
})
