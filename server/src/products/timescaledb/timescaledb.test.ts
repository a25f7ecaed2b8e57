/**
 * Whether every TimescaleDB since 0.12 can report and hears an answer that it can parse, and
 * whether only what the contract names is kept.
 */
import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileContract, parseContract } from '@candor/contract'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Decoded,
  type Newest,
  type Outcome,
  type Protocol,
  faults
} from '../../protocols/protocol.ts'
import type { WireRecord } from '../../record.ts'
import {
  contractIn,
  recordedRequest,
  requestWith,
  validated
} from '../recorded-requests.test-support.ts'
import { lintAnswer, readAsClient } from './answer-parser.ts'
import type { AccountAnswers } from '../accounts.ts'
import { testProduct } from '../test-product.test-support.ts'
import { product } from './product.ts'
import { shortSignature } from './report.ts'
import { timescaledbProtocol } from './timescaledb-protocol.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const fixtures = join(folder, 'fixtures')
const contract = contractIn(folder)
const ids = {
  db_uuid: '14a304a9-2e2e-4f8e-a495-443513034479',
  timescaledb_version: '2.28.3',
  postgresql_version: '15.20'
}

function offering(version: string | undefined): Newest {
  return { newest: () => version }
}

function protocolOffering(newest: Newest): Protocol {
  return timescaledbProtocol({ product: 'timescaledb', newest, accounts: undefined })
}

const protocol = protocolOffering(offering(undefined))

function decodedAs(decoded: Decoded): Decoded & { is: 'records' } {
  if (decoded.is !== 'records') throw new Error(`decoded as ${decoded.is}`)
  return decoded
}

function recordOf(decoded: Decoded): WireRecord {
  const [record] = decodedAs(decoded).records
  if (record === undefined) throw new Error('no record')
  return record
}

function reported(report: Readonly<Record<string, unknown>>): WireRecord {
  return recordOf(
    protocol.decode(requestWith('/v1/metrics', JSON.stringify({ ...ids, ...report })))
  )
}

function kept(report: Readonly<Record<string, unknown>>): unknown {
  const validation = validated(contract, reported(report))
  expect(validation).toMatchObject({ is: 'kept', violations: [] })
  return validation.is === 'kept' ? validation.fields : undefined
}

function answerTo(
  report: Readonly<Record<string, unknown>>,
  newest: Newest,
  outcome: Outcome = { is: 'kept', dropped: [] }
): Answer {
  const asked = protocolOffering(newest)
  return asked.accepted(
    decodedAs(asked.decode(requestWith('/v1/metrics', JSON.stringify({ ...ids, ...report })))),
    [outcome]
  )
}

/** As the server writes it: exact length, names as given, head and body at once. */
function bytesOf({ status, headers, body }: Answer): Buffer {
  const all = {
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
    Date: 'Fri, 20 Nov 2026 12:00:00 GMT',
    Connection: 'close'
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`
  )
}

await testProduct({
  name: 'timescaledb',
  accepted: () => ({ status: 200, headers: { 'Content-Type': 'application/json' } }),
  // No client retries, and two identical reports are two reports.
  duplicates: () => ({ by: 'none' }),
  overloaded: { status: 503 },
  named: /acme|joe/i,
  read: ['db_uuid', 'exported_db_uuid', 'timescaledb_version', 'postgresql_version']
})

describe('recorded reports', () => {
  it('tells copies of a database by the id that dumps carry along', () => {
    const { source } = recordOf(protocol.decode(recordedRequest(fixtures, 'capture-2.22.1')))
    expect(source).toMatchObject({
      installation: 'ec1f37c8-7443-4eb6-b63c-f1c03603204d',
      lineage: 'cf6346ba-b7f5-4604-b60a-a23df90853e0',
      version: '2.22.1',
      environment: {
        class: 'service',
        automation: 'unknown',
        container: 'unknown',
        os: 'linux',
        os_version: '6.18.44-fc-v595',
        arch: 'x64'
      }
    })
  })

  it('flags an id that reports more often than once an hour and at two restarts', () => {
    expect(contract.contract.records.get('report')?.every?.perDayMax).toBe(26)
    expect(contract.contract.identity.random).toBe(false)
  })
})

describe('what a report says in several ways', () => {
  it('keeps numbers and booleans that version 1 wrote as text', () => {
    expect(
      kept({
        data_volume: '65982148',
        num_hypertables: '3',
        related_extensions: { pg_prometheus: 'false', PostGIS: 'true' }
      })
    ).toMatchObject({
      data_volume: 65_982_148,
      hypertables_num_relations: 3,
      related_extensions_pg_prometheus: false,
      related_extensions_postgis: true
    })
  })

  it('keeps one duration for the four interval styles of PostgreSQL', () => {
    for (const total_duration of [
      '00:00:00.017818',
      '@ 0.017818 secs',
      '0:00:00.017818',
      'PT0.017818S'
    ]) {
      expect(kept({ stats_by_job_type: { policy_retention: { total_duration } } })).toMatchObject({
        stats_by_job_type: { policy_retention: { total_duration: 0.017818 } }
      })
    }
  })

  it('reads an offset of hours alone, as TimescaleDB writes it', () => {
    expect(kept({ installed_time: '2026-11-20T11:24:42+00' })).toMatchObject({
      installed_time: '2026-11-20T11:24:42.000Z'
    })
    expect(kept({ installed_time: '2000-04-17 10:56:59.427738-04' })).toMatchObject({
      installed_time: '2000-04-17T14:56:59.000Z'
    })
  })

  it('takes a null for absent, as of functions at the level no_functions', () => {
    expect(kept({ functions_used: null, replication: null, db_metadata: null })).not.toHaveProperty(
      'functions_used'
    )
  })
})

describe('an enterprise licence', () => {
  const licence = {
    id: '490FB260-A292-4AD9-9AA2-0360835791B8',
    kind: 'trial',
    edition: 'enterprise',
    start_time: '2018-08-31 20:00:00-04',
    end_time: '2018-09-30 20:00:00-04'
  }
  const stream = contract.contract.editions.get('enterprise')?.streams.get('license')?.contract
  if (stream === undefined) throw new Error('there is no such stream')
  const compiled = compileContract(stream)

  function heard(license: unknown, accounts: AccountAnswers | undefined): readonly WireRecord[] {
    const body = JSON.stringify({ ...ids, license })
    const asked = timescaledbProtocol({
      product: 'timescaledb',
      newest: offering('2.28.3'),
      accounts
    })
    const decoded = decodedAs(asked.decode(requestWith('/v1/metrics', body)))
    const outcomes = decoded.records.map((): Outcome => ({ is: 'kept', dropped: [] }))
    // What the operator's file says of an account is nothing to a database.
    expect(readAsClient(bytesOf(asked.accepted(decoded, outcomes)))).toEqual({ is: 'up-to-date' })
    return decoded.records
  }

  const keepsAccounts: AccountAnswers = { find: () => undefined }

  it('is kept of its customer and database where accounts are, and of nobody elsewhere', () => {
    const [report, licensed, ...more] = heard(licence, keepsAccounts)
    expect(more).toEqual([])
    expect(licensed?.source).toEqual({
      product: 'timescaledb-license',
      installation: ids.db_uuid,
      version: ids.timescaledb_version,
      account: licence.id
    })
    expect(licensed && validated(compiled, licensed)).toMatchObject({
      is: 'kept',
      fields: {
        license_kind: 'trial',
        license_start_time: '2018-09-01T00:00:00.000Z',
        license_end_time: '2018-10-01T00:00:00.000Z'
      },
      violations: []
    })
    for (const record of [report, ...heard(licence, undefined)])
      expect(record && validated(contract, record)).toMatchObject({
        is: 'kept',
        fields: { license_edition: 'enterprise' },
        violations: []
      })
    expect(heard(licence, undefined)).toHaveLength(1)
  })

  it('is never in the open telemetry, which tells the edition alone', () => {
    const [report] = heard(licence, keepsAccounts)
    const validation = report && validated(contract, report)
    expect(validation?.is === 'kept' && validation.fields).toEqual({
      postgresql_version: '15.20',
      license_edition: 'enterprise'
    })
  })

  it.each([
    undefined,
    null,
    'enterprise',
    { edition: 'community' },
    { ...licence, edition: 'community' },
    { ...licence, id: undefined },
    { ...licence, id: ' ' },
    { ...licence, id: 7 },
    { ...licence, id: 'x'.repeat(129) }
  ])('is none where a report says %j', (license) => {
    expect(heard(license, keepsAccounts)).toHaveLength(1)
  })

  it('tells of parts that nobody knows once, as drift of the report', () => {
    const [report, licensed] = heard({ ...licence, holder: 'ACME' }, keepsAccounts)
    expect(report && validated(contract, report).violations).toEqual([
      expect.objectContaining({ code: 'FIELD_NOT_IN_CONTRACT' })
    ])
    expect(licensed && validated(compiled, licensed).violations).toEqual([])
  })
})

describe('the level', () => {
  it.each([
    [null, 'no_functions'],
    [{}, 'basic'],
    [{ 'pg_catalog.count()': 2 }, 'basic'],
    [undefined, undefined]
  ])('is told by functions_used: %j', (functions_used, level) => {
    const decoded = protocol.decode(
      requestWith('/v1/metrics', JSON.stringify({ ...ids, functions_used }))
    )
    expect(recordOf(decoded).source.level).toBe(level)
  })
})

describe('what users named', () => {
  it('sums up functions in schemas that users named, wherever the schema stands', () => {
    const functions_used = {
      'pg_catalog.count()': 2,
      'public.show_chunks(pg_catalog.regclass,pg_catalog."any")': 3,
      'acme.time_bucket(interval)': 5,
      'public.st_area(acme.geometry)': 7,
      'public.st_area(acme_public.geometry)': 11,
      'public.st_area("acme,pg_catalog".geometry)': 13,
      'public."Acme"(integer)': 17
    }
    expect(kept({ functions_used })).toMatchObject({
      functions_used: {
        'pg_catalog.count()': 2,
        'public.show_chunks(regclass,"any")': 3,
        'public.time_bucket(interval)': 5,
        other: 48
      }
    })
  })

  it('knows the extension’s own functions in whatever schema it was created', () => {
    expect(
      ['acme_ts.time_bucket(interval)', '"Acme.Inc".first(anyelement,"any")', 'acme.mine()'].map(
        shortSignature
      )
    ).toEqual(['public.time_bucket(interval)', 'public.first(anyelement,"any")', 'acme.mine()'])
  })

  it('shortens a signature only where a known schema stands before a type', () => {
    expect(shortSignature('pg_catalog.text(pg_catalog.name,public.geometry[])')).toBe(
      'pg_catalog.text(name,geometry[])'
    )
    expect(shortSignature('public.f(acme_public.t,acme.t)')).toBe('public.f(acme_public.t,acme.t)')
    expect(shortSignature('pg_catalog.now')).toBe('pg_catalog.now')
  })

  it('sums up error codes that users invented and access methods that nobody knows', () => {
    const kinds = {
      user_defined_action: { '0A000': 1, TS110: 2, P0001: 3, ACME1: 4, '22JOE': 5, '42joe': 6 }
    }
    expect(kept({ errors_by_sqlerrcode: kinds })).toMatchObject({
      errors_by_sqlerrcode: { user_defined_action: { '0A000': 1, TS110: 2, P0001: 3, other: 15 } }
    })
    expect(
      kept({
        access_methods: {
          heap: { pages: 1, instances: 2 },
          acme: { pages: 3, instances: 4 },
          am2: { pages: 5, instances: 6 }
        }
      })
    ).toMatchObject({
      access_methods: { heap: { pages: 1, instances: 2 }, other: { pages: 8, instances: 10 } }
    })
  })

  it('counts the metadata of operators, and names none of it', () => {
    expect(
      kept({ db_metadata: { owner: 'joe', env: 'prod' }, instance_metadata: { cloud: 'acme' } })
    ).toEqual({
      postgresql_version: '15.20',
      db_metadata_others: 2,
      instance_metadata_cloud: 'other'
    })
  })

  it('takes the id that multi-node releases flag by themselves for no flag of an operator’s', () => {
    const flagged = { dist_uuid: '14a304a9-2e2e-4f8e-a495-443513034479' }
    expect(kept({ db_metadata: flagged })).toEqual({ postgresql_version: '15.20' })
    expect(kept({ db_metadata: { ...flagged, env: 'prod' } })).toMatchObject({
      db_metadata_others: 1
    })
  })

  it('keeps the metadata that an operator names in a copy of the contract, and counts the rest', () => {
    const text = readFileSync(join(folder, 'contract.yaml'), 'utf8')
    const named = 'env: { type: enum, values: [prod, test], says: what the database is for }'
    const parsed = parseContract(text.replace('        dist_uuid:', `        ${named}\n$&`))
    if (parsed.is === 'invalid')
      throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
    const record = reported({ db_metadata: { env: 'prod', owner: 'joe' } })
    expect(validated(compileContract(parsed.contract), record)).toMatchObject({
      fields: { db_metadata_env: 'prod', db_metadata_others: 1 },
      violations: []
    })
  })
})

describe('answers', () => {
  const versions = ['2.29.2', '1.0.0-rc1', `${'1'.repeat(128)}`]

  it('says whether a newer release is there for the reported PostgreSQL', () => {
    const asked: unknown[] = []
    const newest: Newest = {
      newest: (...question) => {
        asked.push(question)
        return '2.28.3'
      }
    }
    expect(answerTo({}, newest)).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: '{"current_timescaledb_version":"2.28.3","is_up_to_date":true}'
    })
    expect(
      answerTo({ timescaledb_version: '2.28.2', postgresql_version: '9.6' }, newest).body
    ).toBe('{"current_timescaledb_version":"2.28.3","is_up_to_date":false}')
    expect(asked).toEqual([
      ['timescaledb', { name: 'postgresql', major: 15 }],
      ['timescaledb', { name: 'postgresql', major: 9 }]
    ])
  })

  it('offers nothing for a PostgreSQL that it cannot read: it might not run there', () => {
    for (const postgresql_version of ['acme', undefined, 16, ''])
      expect(
        answerTo({ timescaledb_version: '2.20.0', postgresql_version }, offering('2.28.3')).body
      ).toBe('{"current_timescaledb_version":"2.20.0","is_up_to_date":true}')
  })

  it('never calls a version old without knowing a newer one that the client would accept', () => {
    for (const offered of [undefined, '', '2.0+1', 'x_y', '1'.repeat(129), '2.0\r\nX: y']) {
      expect(answerTo({}, offering(offered)).body).toBe(
        '{"current_timescaledb_version":"2.28.3","is_up_to_date":true}'
      )
    }
    expect(answerTo({ timescaledb_version: '<b>"\n' }, offering(undefined)).body).toBe(
      '{"current_timescaledb_version":"","is_up_to_date":true}'
    )
  })

  it('are all parsed by the client, whatever happens', () => {
    const accepted = [undefined, ...versions].flatMap((version) => [
      answerTo({}, offering(version)),
      answerTo({}, offering(version), {
        is: 'dropped',
        dropped: [{ code: 'RECORD_NOT_IN_CONTRACT' }]
      })
    ])
    for (const answer of accepted) {
      expect(lintAnswer(bytesOf(answer))).toEqual([])
      expect(['up-to-date', 'behind']).toContain(readAsClient(bytesOf(answer)).is)
    }
    const refusal = protocol.decode(requestWith('/v1/metrics', 'no report'))
    const refused = [
      ...faults.map((fault) => protocol.refusals[fault]),
      refusal.is === 'refused' ? refusal.answer : undefined
    ]
    for (const answer of [
      ...refused,
      protocol.overloaded('overload'),
      protocol.overloaded('storage')
    ]) {
      if (answer === undefined) throw new Error('not refused')
      expect(lintAnswer(bytesOf(answer))).toEqual([])
      expect(readAsClient(bytesOf(answer))).toEqual({
        is: 'unexpected-status',
        status: answer.status
      })
    }
  })

  it('are 413 for a body too large, 503 when nothing can be kept, and never 2xx before that', () => {
    expect(protocol.refusals['too-large'].status).toBe(413)
    expect(protocol.overloaded('storage').status).toBe(503)
    expect(answerTo({}, offering('2.29.2'), { is: 'dropped', dropped: [] }).headers).toMatchObject({
      'Candor-Dropped': 'contract'
    })
  })
})

describe('hostile bodies', () => {
  it('are refused when they are no report', () => {
    for (const body of [
      '',
      'null',
      '[]',
      '"x"',
      '{}',
      '{"db_uuid":1}',
      '{"db_uuid":"x","timescaledb_version":"2"}',
      '['.repeat(100_000)
    ]) {
      expect(protocol.decode(requestWith('/v1/metrics', body))).toMatchObject({
        is: 'refused',
        code: 'REPORT_UNREADABLE',
        answer: { status: 400 }
      })
    }
  })

  it('in another encoding cost only the texts that hold it', () => {
    const body = Buffer.concat([
      Buffer.from(`${JSON.stringify(ids).slice(0, -1)},"data_volume":5,"os_name_pretty":"`),
      Buffer.from([0xe9, 0xff]),
      Buffer.from('"}')
    ])
    const validation = validated(
      contract,
      recordOf(protocol.decode(requestWith('/v1/metrics', body)))
    )
    expect(validation).toMatchObject({
      is: 'kept',
      fields: { data_volume: 5, os_name_pretty: 'other' },
      violations: []
    })
  })

  it('never make the decoder throw, nor an answer 5xx', () => {
    const report = fc.dictionary(
      fc.oneof(
        fc.constantFrom('db_uuid', 'functions_used', 'relations', '__proto__', 'constructor'),
        fc.string()
      ),
      fc.jsonValue({ maxDepth: 6 })
    )
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.json(),
      report.map((fields) => JSON.stringify({ ...fields, ...ids }))
    )
    fc.assert(
      fc.property(body, (bytes) => {
        const decoded = protocol.decode(requestWith('/v1/metrics', bytes))
        if (decoded.is === 'refused') {
          expect(decoded.answer.status).toBe(400)
          return
        }
        for (const record of decodedAs(decoded).records) validated(contract, record)
        expect(
          lintAnswer(bytesOf(protocol.accepted(decodedAs(decoded), [{ is: 'kept', dropped: [] }])))
        ).toEqual([])
      })
    )
  })
})

describe('routes', () => {
  it('are the one that is compiled in, and /in/timescaledb for what was built from the page', () => {
    const services = {
      product: 'timescaledb',
      newest: offering(undefined),
      accounts: undefined,
      segmentFor: (): never => {
        throw new Error('not used by TimescaleDB')
      }
    }
    expect(product.routes?.(services)).toMatchObject([
      {
        method: 'POST',
        path: '/v1/metrics',
        protocol: { name: 'timescaledb', bodyBytesMax: 4_194_304 }
      }
    ])
    expect(product.inbound?.(services).name).toBe('timescaledb')
  })
})
