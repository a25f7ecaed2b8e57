/**
 * Simulated installations of any contract, on the native wire: proportions are invented, and values
 * are such as the contract allows.
 */
import { exampleReport, type CompiledContract, type FieldType } from '@candor/contract'
import { windowOf } from '#values/windows'
import type { Chance } from './chance.ts'
import { lagOf, lifeOf, versionOn, type Member, type Release, type Send } from './member.ts'

export const ownReleases: readonly Release[] = [
  ['1.0.0', -200],
  ['1.1.0', 8],
  ['1.2.0', 56]
]

type Json = ReturnType<typeof exampleReport>[string]
type JsonObject = Readonly<Record<string, Json>>

const headers = { 'content-type': 'application/json' }
const hourMs = 3_600_000

export function ownMember({ contract }: CompiledContract, chance: Chance, days: number): Member {
  const life = lifeOf(chance, days)
  const lag = lagOf(chance, 14)
  const installation = chance.uuid()
  const isAutomated = chance.happens(0.2)
  const environment: JsonObject = {
    class: isAutomated ? 'batch' : chance.pick(['interactive', 'service']),
    automation: isAutomated ? chance.pick(['ci', 'agent']) : 'none',
    container: isAutomated || chance.happens(0.4),
    os: chance.weighted([
      ['linux', 7],
      ['darwin', 3],
      ['windows', 2]
    ]),
    arch: chance.pick(['x64', 'arm64'])
  }
  const habits = [...contract.records.values()].map((record) => ({
    record,
    // A snapshot is sent daily; what happens, happens to some and not every day.
    perDay:
      record.kind === 'snapshot'
        ? 1
        : chance.weighted([
            [0, 2],
            [1, 3],
            [4, 1]
          ])
  }))
  return {
    day(day, { chance: today, startsAt, isWeekend }): readonly Send[] {
      if (day < life.from || day > life.to) return []
      if (isWeekend && !isAutomated && today.happens(0.5)) return []
      return habits.flatMap(({ record, perDay }): readonly Send[] =>
        Array.from({ length: perDay }, (_, seq) => {
          const hour = record.kind === 'snapshot' ? 3 : today.whole(7, 21)
          const at = new Date(startsAt + hour * hourMs).toISOString()
          const example = exampleReport(contract, record)
          const run = (example['runs'] as readonly JsonObject[])[0] ?? {}
          const sample = (run['records'] as readonly JsonObject[])[0] ?? {}
          const body = {
            ...example,
            report: today.uuid(),
            ...('installation' in example ? { installation } : {}),
            ...('window' in example
              ? { window: windowOf(startsAt, contract.identity.days ?? 7) }
              : {}),
            runs: [
              {
                ...run,
                session: today.uuid(),
                version: versionOn(day, ownReleases, lag),
                ...('environment' in run
                  ? { environment: onlyOf(run['environment'] as JsonObject, environment) }
                  : {}),
                records: [
                  {
                    ...sample,
                    seq,
                    at,
                    fields: fieldsOf(
                      sample['fields'] as JsonObject,
                      today,
                      (name) => record.fields.get(name)?.type
                    )
                  }
                ]
              }
            ]
          }
          return { hour, path: '/v1/reports', headers, body: JSON.stringify(body) }
        })
      )
    }
  }
}

/** The example has each part that the contract names. */
function onlyOf(example: JsonObject, own: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, own[name] ?? value])
  )
}

/** Some fields are not told each time. */
function fieldsOf(
  example: JsonObject,
  chance: Chance,
  typeOf: (name: string) => FieldType | undefined
): JsonObject {
  return Object.fromEntries(
    Object.entries(example)
      .filter(() => chance.happens(0.95))
      .map(([name, value]) => [name, varied(typeOf(name), value, chance)])
  )
}

function varied(type: FieldType | undefined, example: Json, chance: Chance): Json {
  switch (type?.is) {
    case 'boolean':
      return chance.happens(0.9)
    case 'enum':
      return chance.weighted(type.values.map((value, index) => [value, 1 / (index + 1)] as const))
    case 'integer':
      return Math.round(within(chance.skewed(Number(example)), type.min, type.max))
    case 'number':
      return within(chance.skewed(Number(example)), type.min, type.max)
    case 'duration':
      return Math.min(chance.skewed(Number(example)), type.max)
    case 'object':
      return fieldsOf(example as JsonObject, chance, (name) => type.fields.get(name)?.type)
    case undefined:
    case 'timestamp':
    case 'version':
    case 'pattern':
    case 'uuid':
    case 'keyed-hash':
    case 'sql-shape':
    case 'string':
    case 'list':
    case 'map':
      return example
  }
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
