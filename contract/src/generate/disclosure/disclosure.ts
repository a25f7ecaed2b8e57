/**
 * Everything that a product's users are told about its telemetry, as data: what the page is printed
 * from, and its machine-readable twin.
 */
import type { Contract, Control, Digest, RecordDeclaration, Stream } from '../../form/contract.ts'
import { exampleReport } from '../schema/example.ts'
import { changesOf, type Change } from './changes.ts'
import { exceptionsOf, type Exception } from './exceptions.ts'
import { discloseFields, type DisclosedField, type WordLists } from './disclosed-fields.ts'

export interface Disclosure {
  readonly candor: 1
  readonly kind: 'disclosure'
  readonly product: string
  readonly title: string
  readonly purpose: string
  readonly contact: string | undefined
  readonly source: string | undefined
  readonly retired: boolean
  readonly contract: Digest
  readonly terms: Digest
  readonly consent: Contract['consent']
  readonly questions: readonly { readonly name: string; readonly asks: string }[]
  readonly environment: readonly { readonly part: string; readonly says: string }[]
  readonly presence: readonly string[]
  readonly records: readonly DisclosedRecord[]
  /** Fields that several records have, told once. */
  readonly shared: readonly {
    readonly name: string
    readonly records: readonly string[]
    readonly fields: readonly DisclosedField[]
  }[]
  /** Words of enums that are too many for a table. */
  readonly lists: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly never: Contract['never']
  readonly example: ReturnType<typeof exampleReport>
  readonly identity: Contract['identity']
  /** Fields that link records with each other. */
  readonly links: readonly { readonly field: string; readonly links: string }[]
  readonly recipients: Contract['recipients']
  readonly location: string | undefined
  readonly retention: {
    readonly records: string
    readonly aggregates: string
    readonly recordsDays: number
    readonly aggregatesDays: number
    /** Undefined where the contract does not say it. */
    readonly backups?: string
    readonly backupsDays?: number
  }
  readonly appeal: string | undefined
  readonly publication: Contract['publication']
  readonly endpoint: Contract['endpoint']
  readonly delivery: Contract['delivery']
  readonly controls: readonly Control[]
  readonly versionCheck: Contract['versionCheck']
  /** Rules of the check that the contract waives. */
  readonly exceptions: readonly Exception[]
  readonly changes: readonly Change[]
  /** Records and fields that are collected until a day only. */
  readonly ends: readonly { readonly on: string; readonly what: string }[]
  /** Of an edition's page: what it sends beside all that stands above, required streams first. */
  readonly edition?: {
    readonly name: string
    readonly says: string
    readonly streams: readonly DisclosedStream[]
  }
  /** Of the open edition's page: the others, each of which has a page of its own. */
  readonly editions?: readonly {
    readonly name: string
    readonly title: string
    readonly says: string
    readonly requires: readonly string[]
  }[]
}

export interface DisclosedStream {
  readonly name: string
  readonly required: Stream['required']
  readonly account: string | undefined
  /** The stream as a contract of its own has it. */
  readonly disclosure: Disclosure
}

export interface DisclosedRecord {
  readonly name: string
  readonly kind: RecordDeclaration['kind']
  readonly when: string
  readonly level: string
  readonly serves: readonly string[]
  readonly since: string | undefined
  readonly owner: string | undefined
  readonly expires: string | undefined
  readonly every: string | undefined
  /** Beside its fields: under no id, how exactly, of how many, and what kind of thing it is. */
  readonly telling: Pick<RecordDeclaration, 'identity' | 'time' | 'sample' | 'sensitivity'>
  readonly aliases: readonly string[]
  /** `of` is the authored group that the fields came from; undefined for the record's own. */
  readonly fields: readonly {
    readonly of: string | undefined
    readonly fields: readonly DisclosedField[]
  }[]
  /** Names of `shared`. */
  readonly shares: readonly string[]
}

/**
 * @example
 * const disclosure = discloseContract(contract)
 * disclosure.records.map((record) => record.when)
 */
export function discloseContract(contract: Contract): Disclosure {
  const lists: WordLists = new Map()
  const records = openRecords(contract)
  const groups = authoredGroups(contract)
  const shared = groups.filter((group) => group.records.length > 1)
  return {
    candor: 1,
    kind: 'disclosure',
    product: contract.product,
    title: contract.title,
    purpose: contract.purpose,
    contact: contract.contact,
    source: contract.source,
    retired: contract.retired,
    contract: contract.digest,
    terms: contract.terms,
    consent: contract.consent,
    questions: [...contract.questions].map(([name, asks]) => ({ name, asks })),
    environment: contract.environment.map((part) => ({ part, says: environmentSays[part] })),
    presence: contract.presence,
    records: records.map((record) => {
      const parts = new Map<string | undefined, string[]>()
      for (const name of record.fields.keys()) {
        const group = groups.find(
          (each) => each.records.includes(record) && each.fields.includes(name)
        )
        if (group !== undefined && shared.includes(group)) continue
        parts.set(group?.name, [...(parts.get(group?.name) ?? []), name])
      }
      return {
        name: record.name,
        kind: record.kind,
        when: record.when,
        level: record.level,
        serves: record.serves,
        since: record.since,
        owner: record.owner,
        expires: record.expires,
        every: record.every?.says,
        telling: tellingOf(record),
        aliases: record.aliases,
        fields: [...parts].map(([of, fields]) => ({
          of,
          fields: discloseFields(fields, [record], lists)
        })),
        shares: shared.filter((group) => group.records.includes(record)).map((group) => group.name)
      }
    }),
    shared: shared.map((group) => ({
      name: group.name,
      records: group.records.map((record) => record.name),
      fields: discloseFields(group.fields, group.records, lists)
    })),
    lists: [...lists.values()],
    never: contract.never,
    example: exampleReport(contract, records[0]),
    identity: contract.identity,
    links: linksOf(records),
    recipients: contract.recipients,
    location: contract.location,
    retention: { ...contract.retention, ...retentionInWords(contract) },
    publication: contract.publication,
    appeal: contract.appeal,
    endpoint: contract.endpoint,
    delivery: contract.delivery,
    controls: contract.controls,
    versionCheck: contract.versionCheck,
    exceptions: exceptionsOf(contract),
    changes: changesOf(records),
    ends: endsOf(records),
    ...editionsOf(contract)
  }
}

/** What every edition sends. */
function openRecords({ records, edition }: Contract): readonly RecordDeclaration[] {
  const streams = edition === undefined ? [] : [...edition.streams.values()]
  return [...records.values()].filter(
    ({ name }) => !streams.some((stream) => stream.contract.records.has(name))
  )
}

/** Of an edition its own streams; of the open one, which others there are. */
function editionsOf({ edition, editions }: Contract): Pick<Disclosure, 'edition' | 'editions'> {
  if (edition !== undefined)
    return {
      edition: {
        name: edition.name,
        says: edition.says,
        streams: [...edition.streams.values()].map((stream) => ({
          name: stream.name,
          required: stream.required,
          account: stream.account,
          disclosure: discloseContract(stream.contract)
        }))
      }
    }
  if (editions.size === 0) return {}
  return {
    editions: [...editions.values()].map(({ name, title, says, streams }) => ({
      name,
      title,
      says,
      requires: [...streams.values()].flatMap((stream) =>
        stream.required === undefined ? [] : [stream.name]
      )
    }))
  }
}

/** What is gone from the collector may lie in a copy of it: a page that is silent would deceive. */
export function backupsInWords({ backups }: Disclosure['retention']): string {
  if (backups === undefined)
    return 'How long backups hold what was deleted is not said: whoever runs the collector knows.'
  return backups === 'none'
    ? 'No backups are made: what is deleted is nowhere.'
    : `Backups hold what was deleted for at most ${backups} more.`
}

function tellingOf(record: RecordDeclaration): DisclosedRecord['telling'] {
  const { identity, time, sample, sensitivity } = record
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(time === undefined ? {} : { time }),
    ...(sample === undefined ? {} : { sample }),
    ...(sensitivity === undefined ? {} : { sensitivity })
  }
}

/** As the collector keeps them; it knows no finer. */
const environmentSays: Readonly<Record<Contract['environment'][number], string>> = {
  class: 'how it runs: `interactive`, `service`, `batch` or `unknown`',
  automation: 'whether a program runs it: `none`, `ci`, `agent`, `test` or `unknown`',
  container: 'whether it runs in a container: `true`, `false` or `unknown`',
  os: 'the operating system, if it is a known one; else `other`',
  os_version: "the first two numbers of the system's version",
  arch: "the processor's architecture, if it is a known one; else `other`",
  runtime: 'the language that runs it, with the first two numbers of its version',
  cpu: 'how many processors there are, rounded down to a power of two, at most 128'
}

interface Group {
  readonly name: string
  readonly fields: readonly string[]
  readonly records: readonly RecordDeclaration[]
}

/**
 * A small group is read faster where it is used than behind a link, unless that is nearly
 * everywhere.
 */
const inPlace = { fieldsMax: 3, recordsMax: 6 }

/** The authored groups, which were named for readers; a published contract has them too. */
function authoredGroups(contract: Contract): readonly Group[] {
  const document = members(contract.document)
  return Object.entries(members(document['groups'])).flatMap(([name, authored]) => {
    const fields = Object.keys(members(authored))
    const records = [...contract.records.values()].filter((record) => {
      const uses = members(members(document[`${record.kind}s`])[record.name])['uses']
      return uses === name || (Array.isArray(uses) && uses.includes(name))
    })
    const isSmall = fields.length <= inPlace.fieldsMax && records.length <= inPlace.recordsMax
    return records.length === 0 || isSmall ? [] : [{ name, fields, records }]
  })
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

function linksOf(records: readonly RecordDeclaration[]): Disclosure['links'] {
  const links = new Map<string, string>()
  for (const record of records)
    for (const field of record.fields.values())
      if (field.links !== undefined) links.set(field.name, field.links)
  return [...links].map(([field, says]) => ({ field, links: says }))
}

/** `25 months` as it was authored, and the days that it means. */
function retentionInWords(contract: Contract): {
  readonly records: string
  readonly aggregates: string
  readonly backups?: string
} {
  const authored = members(members(contract.document)['retention'])
  const { backupsDays } = contract.retention
  const words = (text: unknown, days: number): string =>
    typeof text !== 'string' || text === `${days} days` ? `${days} days` : `${text} (${days} days)`
  return {
    records: words(authored['records'], contract.retention.recordsDays),
    aggregates: words(authored['aggregates'], contract.retention.aggregatesDays),
    ...(backupsDays === undefined
      ? {}
      : { backups: backupsDays === 0 ? 'none' : words(authored['backups'], backupsDays) })
  }
}

function endsOf(records: readonly RecordDeclaration[]): Disclosure['ends'] {
  const isDay = (text: string | undefined): text is string =>
    text !== undefined && /^\d{4}-/.test(text)
  return records
    .flatMap((record) => [
      ...(isDay(record.expires) ? [{ on: record.expires, what: record.name }] : []),
      ...[...record.fields.values()].flatMap((field) =>
        isDay(field.expires) && field.expires !== record.expires
          ? [{ on: field.expires, what: `${record.name}.${field.name}` }]
          : []
      )
    ])
    .sort((one, other) => (one.on < other.on ? -1 : one.on > other.on ? 1 : 0))
}
