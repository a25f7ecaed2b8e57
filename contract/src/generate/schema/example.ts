/**
 * What does a report of this product look like? An example with made-up values, the same each time,
 * of which the collector keeps all.
 */
import { compareVersionTexts } from '#values/version-order'
import type {
  Coarsen,
  Contract,
  EnvironmentPart,
  FieldDeclaration,
  FieldType,
  RecordDeclaration
} from '../../form/contract.ts'
import { patternExample } from './pattern-example.ts'

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

const instant = '2026-01-05T09:30:00.000Z'
const uuid = '6f1c2a9e-5b7d-4c3a-9e21-0d4b8f7a6c15'
const token = 'c0ffee5eed1e55a11ce5ca1ab1e0ddba'

/** The fields that our SDK sends with a record. */
export function exampleFields(
  record: Pick<RecordDeclaration, 'fields'>
): Readonly<Record<string, Json>> {
  return fieldsOf(record.fields)
}

/** A whole report on the native wire, version 1, with the record of the given name. */
export function exampleReport(
  contract: Contract,
  record: RecordDeclaration | undefined
): { readonly [key: string]: Json } {
  const { identity, environment, consent } = contract
  const environmentSent = environment.map((part): [EnvironmentPart, Json] => [
    part,
    environmentExamples[part]
  ])
  return {
    candor: 1,
    product: contract.product,
    report: 'a3d0c5b2-7e14-4f69-8b3d-52c9e0f1a784',
    sdk: { name: 'candor-ts', version: '0.1.0' },
    ...(identity.sdkKind === 'none' ? {} : { installation: uuid }),
    ...(identity.lineage ? { lineage: uuid } : {}),
    ...(identity.sdkKind === 'window' ? { window: '2026-W02' } : {}),
    deletion: `sha256:${token.repeat(2)}`,
    runs: [
      {
        session: '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed',
        version: newestVersion(contract),
        contract: contract.digest,
        consent: { level: consent.levels.at(-1)?.name ?? 'all', accepted: contract.terms },
        ...(environmentSent.length === 0
          ? {}
          : { environment: Object.fromEntries(environmentSent) }),
        records:
          record === undefined
            ? []
            : [
                {
                  seq: 0,
                  name: record.name,
                  at: instant,
                  fields: exampleFields(record) as { [key: string]: Json }
                }
              ]
      }
    ]
  }
}

const environmentExamples: Readonly<Record<EnvironmentPart, Json>> = {
  class: 'service',
  automation: 'none',
  container: true,
  os: 'linux',
  os_version: '6.1',
  arch: 'x64',
  runtime: 'node 20.19',
  cpu: 8
}

function newestVersion(contract: Contract): string {
  const versions = [...contract.records.values()].flatMap((record) =>
    [record.since, ...[...record.fields.values()].map((field) => field.since)].flatMap(
      (since) => since ?? []
    )
  )
  return versions.sort(compareVersionTexts).at(-1) ?? '1.0.0'
}

function fieldsOf(fields: ReadonlyMap<string, FieldDeclaration>): Record<string, Json> {
  const wanted = new Map<string, readonly string[]>()
  for (const field of fields.values())
    for (const [other, values] of field.onlyWhen ?? []) wanted.set(other, values)
  const example: Record<string, Json> = {}
  for (const field of fields.values()) {
    if (field.sdk === 'never' || field.collector === 'drops') continue
    const value = valueOf(field.type, field.name, wanted.get(field.name))
    if (!isEmpty(value)) example[field.name] = value
  }
  return example
}

function valueOf(type: FieldType, name: string, wanted?: readonly string[]): Json {
  switch (type.is) {
    case 'boolean':
      return true
    case 'integer':
      return Math.round(
        coarse(within(integers[type.unit ?? ''] ?? 4, type.min, type.max), type.coarsen)
      )
    case 'number':
      return coarse(within(1.5, type.min, type.max), type.coarsen)
    case 'duration': {
      const perSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }[type.unit]
      return Math.round(coarse(Math.min(42.5, type.max), type.coarsen) * perSecond * 1e3) / 1e3
    }
    case 'timestamp':
      return {
        second: instant,
        minute: instant,
        hour: '2026-01-05T09:00:00.000Z',
        day: '2026-01-05T00:00:00.000Z'
      }[type.round ?? 'second']
    case 'version':
      return '1.26.0'
        .split('.')
        .slice(0, type.parts ?? 3)
        .join('.')
    case 'enum':
      return (
        type.values.find((value) => wanted?.includes(value.toLowerCase())) ??
        type.values.find((value) => !['none', 'other', 'unknown'].includes(value)) ??
        type.values[0] ??
        'other'
      )
    case 'pattern':
      return patternExample(type.pattern, type.lengthMax) ?? 'other'
    case 'uuid':
      return type.form === 'uuid' ? uuid : uuid.replaceAll('-', '')
    case 'keyed-hash':
      return token.slice(0, type.lengthMax)
    case 'sql-shape':
      return 'select'
    case 'string':
      return name.replaceAll('_', ' ').slice(0, type.lengthMax)
    case 'list':
      return type.itemsMax === 0 ? [] : [valueOf(type.of, name)]
    case 'map': {
      const key =
        type.keys.is === 'enum'
          ? type.keys.values[0]
          : patternExample(type.keys.pattern, type.keys.lengthMax)
      return key === undefined || type.entriesMax === 0 ? {} : { [key]: valueOf(type.values, name) }
    }
    case 'object':
      return fieldsOf(type.fields)
  }
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && Object.keys(value).length === 0
}

const integers: Readonly<Record<string, number>> = { bytes: 536_870_912, rows: 120_000, bits: 64 }

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

/** Already as coarse as the collector makes it, so that what is sent is what is kept. */
function coarse(value: number, coarsen: Coarsen | undefined): number {
  switch (coarsen?.by) {
    case undefined:
      return value
    case 'digits':
      return Number(value.toPrecision(coarsen.digits))
    case 'nearest':
      return Number((Math.round(value / coarsen.step) * coarsen.step).toPrecision(15))
    case 'bucket':
      return coarsen.bounds.filter((bound) => bound <= value).at(-1) ?? coarsen.bounds[0] ?? 0
  }
}
