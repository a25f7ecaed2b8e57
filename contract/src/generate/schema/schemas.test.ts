import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contractOf, frame } from '../../../test/frame.ts'
import type { Contract } from '../../form/contract.ts'
import { exampleFields, exampleReport } from './example.ts'
import { generateJsonSchema } from './json-schema.ts'
import { generateOpenapi } from './openapi.ts'

const products = new URL('../../../../server/src/products/', import.meta.url)
const built = readdirSync(products, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(
    ({ name }) =>
      [name, contractOf(readFileSync(new URL(`${name}/contract.yaml`, products), 'utf8'))] as const
  )
const readyset = built.find(([name]) => name === 'readyset')?.[1] as Contract
const dlt = built.find(([name]) => name === 'dlt')?.[1] as Contract

function validatorOf(schema: object): (value: unknown) => readonly unknown[] {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    formats: { 'date-time': true, uuid: true },
    keywords: ['x-unit']
  })
  const validate = ajv.compile(schema)
  return (value) => (validate(value) ? [] : (validate.errors ?? []))
}

describe.each(built)('the JSON Schema of %s', (_name, contract) => {
  const errorsOf = validatorOf(JSON.parse(generateJsonSchema(contract)) as object)

  it('takes an example of each record', () => {
    for (const record of contract.records.values()) {
      const sent = {
        seq: 1,
        name: record.name,
        at: '2026-01-05T09:30:00.000Z',
        fields: exampleFields(record)
      }
      expect(errorsOf(sent)).toEqual([])
      expect(errorsOf({ seq: 1, name: record.name })).toEqual([])
    }
  })
  it('refuses a record that no contract names, and a field that this one does not name', () => {
    const [record] = contract.records.values()
    expect(errorsOf({ seq: 1, name: 'nobody_declared_it' })).not.toEqual([])
    expect(errorsOf({ seq: 1, name: record?.name, fields: { hostname: 'db1' } })).not.toEqual([])
  })
})

it('takes counts by label and bucket, and the rest that is added up, as the SDK sends them', () => {
  const counting = contractOf(`${frame}events:
  served:
    when: It served.
    fields:
      latency: { type: distribution, buckets: [0, 1, 10], unit: ms }
      status: { type: labelled-counter, labels: [ok, failed] }
      codes: { type: map, keys: { pattern: '^[a-z]$', max_length: 1 }, values: { type: integer }, max_entries: 1, others: sum }
`)
  const errorsOf = validatorOf(JSON.parse(generateJsonSchema(counting)) as object)
  const errorsOfFields = (fields: object): readonly unknown[] =>
    errorsOf({ seq: 1, name: 'served', fields })
  expect(
    errorsOfFields({
      latency: { 0: 1, 10: 2 },
      status: { ok: 1, failed: 2, other: 3 },
      codes: { a: 1, other: 4 }
    })
  ).toEqual([])
  for (const wrong of [{ latency: { 5: 1 } }, { status: { odd: 1 } }, { codes: { AA: 1 } }])
    expect(errorsOfFields(wrong)).not.toEqual([])
})

describe('the JSON Schema', () => {
  const contract = contractOf(`${frame}events:
  loaded:
    when: It loaded.
    fields:
      size: { type: integer, min: 0, max: 10 }
      took: { type: duration, unit: ms, max: 10 }
      day: { type: timestamp }
      build: { type: version }
      word: { type: enum, values: [some], other: collapse }
      strict: { type: enum, values: [some] }
      commit: { type: pattern, pattern: '^[a-f]{2}$' }
      run: { type: uuid, form: hex32 }
      words: { type: list, of: { type: enum, values: [a] }, max_items: 1 }
      tree: { type: map, keys: [left], values: { type: integer }, max_entries: 1 }
      pool: { type: object, fields: { kind: { type: boolean }, label: { sdk: never, collector: drops, because: people name it } } }
      old: { type: boolean, sdk: never, because: old clients only }
`)
  const errorsOf = validatorOf(JSON.parse(generateJsonSchema(contract)) as object)

  it.each<[string, unknown, unknown]>([
    ['size', 10, 11],
    ['size', 0, '3'],
    ['took', 10_000, 10_001],
    ['day', '2026-01-05T09:30:00Z', '2026-01-05 09:30:00+00'],
    ['build', '1.2.3-rc.1', 'of my host'],
    ['word', 'other', 'none'],
    ['strict', 'some', 'other'],
    ['commit', 'ab', 'abc'],
    ['run', 'c0ffee5eed1e55a11ce5ca1ab1e0ddba', 'c0ffee5e-ed1e-55a1-1ce5-ca1ab1e0ddba'],
    ['words', ['a'], ['a', 'a']],
    ['words', [], ['b']],
    ['tree', { left: 1 }, { right: 1 }],
    ['pool', { kind: true }, { kind: true, label: 'mine' }]
  ])('holds %s to its type and bounds: %j is valid, %j is not', (field, valid, drifted) => {
    expect(errorsOf({ seq: 0, name: 'loaded', fields: { [field]: valid } })).toEqual([])
    expect(errorsOf({ seq: 0, name: 'loaded', fields: { [field]: drifted } })).not.toEqual([])
  })
  it('has nothing that only existing clients send', () => {
    expect(errorsOf({ seq: 0, name: 'loaded', fields: { old: true } })).not.toEqual([])
  })
})

interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly post: {
          readonly responses: Readonly<Record<string, { readonly description: string }>>
        }
      }
    >
  >
  readonly components: {
    readonly schemas: Readonly<
      Record<
        string,
        { readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>> }
      >
    >
  }
}

/** A schema of the description, its references read within it. */
function componentOf(contract: Contract, name: string): (value: unknown) => readonly unknown[] {
  const text = JSON.stringify(parse(generateOpenapi(contract))).replaceAll(
    '#/components/schemas/',
    '#/$defs/'
  )
  const { components } = JSON.parse(text) as OpenApi
  return validatorOf({ $ref: `#/$defs/${name}`, $defs: components.schemas })
}

describe('the OpenAPI description', () => {
  it.each(built)(
    'of %s has the parts that the specification asks for, and every reference leads somewhere',
    (_name, contract) => {
      const text = generateOpenapi(contract)
      const description = parse(text) as OpenApi
      expect(description).toMatchObject({ openapi: '3.1.0', info: { version: contract.digest } })
      expect(Object.keys(description.paths)).toEqual(['/v1/track', '/v1/reports'])
      for (const { post } of Object.values(description.paths))
        for (const response of Object.values(post.responses))
          expect(response.description).not.toBe('')
      for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
        expect(description.components.schemas).toHaveProperty(name)
    }
  )
  it.each(built)('of %s takes the example report', (_name, contract) => {
    const errorsOf = componentOf(contract, 'Report')
    for (const record of contract.records.values())
      expect(errorsOf(exampleReport(contract, record))).toEqual([])
  })
  it('names every event and property that the page of ReadySet names, where its clients send them', () => {
    const { TrackBody, Properties } = (parse(generateOpenapi(readyset)) as OpenApi).components
      .schemas
    expect(TrackBody?.properties['event']?.enum).toEqual(
      expect.arrayContaining(['adapter_start', 'schema', 'upstream_connected'])
    )
    expect(Object.keys(Properties?.properties ?? {})).toEqual(
      expect.arrayContaining([
        'adapter_version',
        'commit_id',
        'db_backend',
        'deployment_env',
        'docker_version',
        'proxied_query',
        'query_id',
        'schema',
        'server_version'
      ])
    )
    const event = {
      anonymousId: 'a',
      event: 'adapter_start',
      properties: { db_backend: 'postgresql', adapter_version: '1.30.0' },
      timestamp: '2026-01-05T09:30:00Z'
    }
    expect(componentOf(readyset, 'TrackBody')(event)).toEqual([])
    for (const part of ['anonymousId', 'event', 'timestamp'] as const)
      expect(componentOf(readyset, 'TrackBody')({ ...event, [part]: undefined })).not.toEqual([])
    expect(
      componentOf(readyset, 'TrackBody')({ ...event, event: 'nobody_declared_it' })
    ).not.toEqual([])
  })
  it('puts what a contract takes from the event itself beside the properties', () => {
    const { TrackBody, Properties } = (parse(generateOpenapi(dlt)) as OpenApi).components.schemas
    expect(Object.keys(TrackBody?.properties ?? {})).toContain('context')
    expect(Object.keys(Properties?.properties ?? {})).toContain('elapsed')
  })
})
