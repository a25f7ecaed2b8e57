/** What the contract page says of records and fields is what the store really holds. */
import type { FieldDeclaration } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordLine } from '../../storage/tables/rows.ts'
import { testContract, testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { startTestApi, type TestApi } from '../api.test-support.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-11-20T12:00:00Z')

function field(
  name: string,
  changes: Partial<FieldDeclaration> = {}
): readonly [string, FieldDeclaration] {
  const declared: FieldDeclaration = {
    name,
    type: {
      is: 'enum',
      values: ['postgres', 'duckdb'],
      aliases: new Map(),
      strip: [],
      ignoreCase: false,
      matches: new Map(),
      other: 'collapse'
    },
    says: `what ${name} is`,
    level: 'all',
    serves: ['destinations'],
    since: undefined,
    owner: undefined,
    expires: undefined,
    sdk: 'sends',
    collector: 'keeps',
    because: undefined,
    from: [name],
    onlyWhen: undefined,
    changed: [],
    links: undefined,
    ...changes
  }
  return [name, declared]
}

const compiled = testContract({
  records: [
    { name: 'load', kind: 'event' },
    { name: 'report', kind: 'snapshot' },
    { name: 'never_sent', kind: 'event' }
  ]
})
const fields = new Map([
  field('destination'),
  field('elapsed', { type: { is: 'duration', unit: 'ms', max: 10, coarsen: undefined } }),
  field('extensions', {
    type: { is: 'list', of: { is: 'version', parts: undefined }, itemsMax: 3 }
  }),
  field('host', { collector: 'drops', because: 'It names a machine.' })
])
Object.assign(compiled.contract.records.get('load') as object, { fields })

let engine: TestEngine
let api: TestApi
beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([compiled])
  const on = (daysAgo: number, installation: number, name: string, said = {}): string => {
    const at = now - daysAgo * dayMs
    return recordLine(
      testRecord({ installation: token(installation), receivedAt: at, occurredAt: at, name }, said)
    )
  }
  const lines = [
    on(0, 1, 'load', { destination: 'postgres', elapsed: 1, extensions: ['a'] }),
    on(1, 2, 'load', { destination: 'duckdb', extensions: [] }),
    on(2, 2, 'load', {}),
    on(3, 2, 'load', {}),
    on(20, 3, 'load', { elapsed: 1 }),
    on(40, 4, 'report', {}),
    on(5, 5, 'report', {})
  ]
  await engine.insert({
    table: 'incoming_dlt',
    token: 'a',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
  const product = {
    newest: compiled,
    published: new Map([[compiled.contract.digest, compiled]]),
    folder: '/nowhere'
  }
  const none = {
    contract: {
      ...compiled.contract,
      product: 'quiet',
      identity: { ...compiled.contract.identity, kind: 'none' }
    }
  }
  const quiet = { ...product, newest: { ...compiled, ...none } as typeof compiled }
  await engine.migrate([compiled, quiet.newest])
  api = await startTestApi({
    changes: {
      storage: { ...engine, state: () => ({ is: 'ready', engine: 'embedded', since: 0 }) } as never,
      products: () =>
        new Map([
          ['dlt', product],
          ['quiet', quiet]
        ]),
      releases: {
        newest: () => '1.2.0',
        of: () => ({
          file: {
            releases: [{ version: '1.2.0', date: '2026-11-01' }],
            advisories: [
              {
                id: 'A-1',
                date: '2026-11-02',
                level: 'high',
                title: 'T',
                url: 'https://example.com',
                affected: '<1.2.0'
              }
            ]
          }
        })
      }
    }
  })
  api.moveClock(now - Date.now())
})
afterAll(async () => {
  await api.close()
  await engine.close()
})

describe('a product', () => {
  it('is listed with what is kept of it', async () => {
    const { body } = await api.ask('/api/v1/products')
    expect(body['products']).toMatchObject([
      {
        product: 'dlt',
        identity: 'persistent',
        records: 7,
        firstSeen: expect.stringMatching(/^2026-/),
        lastSeen: '2026-11-20T12:00:00.000Z',
        newest: '1.2.0'
      },
      { product: 'quiet', identity: 'none', records: 0, firstSeen: null, lastSeen: null }
    ])
  })

  it('says of each record which share of the installations sends it, and when one was last seen', async () => {
    const { body } = await api.ask('/api/v1/products/dlt')
    expect(body['records']).toMatchObject([
      { name: 'load', observedShare: 3 / 4, lastSeen: '2026-11-20', records30d: 5 },
      { name: 'report', observedShare: 1 / 4, lastSeen: '2026-11-15', records30d: 1 },
      { name: 'never_sent', observedShare: 0, lastSeen: null, records30d: 0 }
    ])
    expect(body).toMatchObject({
      digest: 'sha256:00',
      published: [{ digest: 'sha256:00', firstSeen: '2026-10-11T12:00:00.000Z' }]
    })
  })

  it('says of each field how often it is there, in which unit, and what it serves', async () => {
    const { body } = await api.ask('/api/v1/products/dlt')
    const [load] = body['records'] as readonly { readonly fields: readonly object[] }[]
    expect(load?.fields).toMatchObject([
      {
        name: 'destination',
        type: 'enum',
        values: ['postgres', 'duckdb'],
        observedShare: 2 / 4,
        lastSeen: '2026-11-20'
      },
      {
        name: 'elapsed',
        type: 'duration',
        unit: 's',
        observedShare: 1 / 4,
        lastSeen: '2026-11-20'
      },
      {
        name: 'extensions',
        type: 'list of version',
        observedShare: 1 / 4,
        questions: ['destinations']
      },
      {
        name: 'host',
        type: null,
        collector: 'drops',
        because: 'It names a machine.',
        observedShare: null,
        lastSeen: null
      }
    ])
  })

  it('of which nothing ever came has no shares instead of wrong ones', async () => {
    const { body } = await api.ask('/api/v1/products/quiet')
    expect(body['records']).toMatchObject([{ observedShare: null, lastSeen: null }, {}, {}])
  })

  it('tells its releases and advisories as the version check knows them', async () => {
    expect((await api.ask('/api/v1/products/dlt/releases')).body).toEqual({
      newest: '1.2.0',
      releases: [{ version: '1.2.0', date: '2026-11-01' }],
      advisories: [
        {
          id: 'A-1',
          date: '2026-11-02',
          severity: 'high',
          title: 'T',
          url: 'https://example.com',
          affected: '<1.2.0'
        }
      ],
      support: []
    })
  })

  it('that nobody knows is answered with the nearest', async () => {
    for (const path of ['', '/disclosure', '/releases']) {
      const { status, code, text } = await api.ask(`/api/v1/products/dit${path}`)
      expect([status, code, text.includes('dlt')]).toEqual([404, 'PRODUCT_UNKNOWN', true])
    }
  })
})

describe('health', () => {
  it('tells what is stored and what came in the last day', async () => {
    const { body } = await api.ask('/api/v1/health')
    expect(body).toMatchObject({
      // The one of a day ago to the millisecond may be in or out.
      ingest: { perSecond: 0 },
      engine: { state: 'ready', kind: 'embedded', restarts: 0 },
      storage: [
        { product: 'dlt', rows: 7, oldest: '2026-10-11T12:00:00.000Z', recordsDays: 90 },
        { product: 'quiet', rows: 0, oldest: null }
      ],
      quarantine: 0
    })
    expect([1, 2]).toContain((body['ingest'] as { last24h: number }).last24h)
    expect((body['storage'] as readonly { bytes: number }[])[0]?.bytes).toBeGreaterThan(100)
  })
})
