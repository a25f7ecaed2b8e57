/**
 * Writes what is kept as the JSON lines that its table takes. The only place that knows the tables'
 * own columns.
 */
import { type ColumnValue, environmentParts, reservedColumns } from '@candor/contract'
import type { Instant, KeptEnvironment, KeptRecord, Token } from '../../record.ts'

/**
 * The columns that every record has, whatever its contract declares. What computes some of them
 * stands in `column-types.ts`.
 */
export const baseColumns = [...reservedColumns, ...environmentParts] as const
export type BaseColumn = (typeof baseColumns)[number]

const reserved: ReadonlySet<string> = new Set(baseColumns)

/** `records_` and the product's name, dashes as underscores. */
export function recordTable(product: string): string {
  return `records_${product.replaceAll('-', '_')}`
}

/** Where records go that are older than they are kept: only counts of them come out of it. */
export function pastTable(product: string): string {
  return `past_${product.replaceAll('-', '_')}`
}

/**
 * The column of a declared field: its own name, or `field_<name>` where a base column has that name
 * already.
 */
export function fieldColumn(field: string): string {
  return reserved.has(field) ? `field_${field}` : field
}

/** One line, ending in \n. It is on the hot path, so it makes no copies of `fields`. */
export function recordLine(record: KeptRecord): string {
  const { fields, seq, messageDigest } = record
  let line =
    `${sharedPart(record)},"occurred_at":${record.occurredAt},` +
    `"occurred_from":"${record.occurredFrom}","kind":"${record.kind}"${namePart(record.name)}`
  if (seq !== undefined) line += `,"seq":${seq}`
  if (messageDigest !== undefined) line += `,"message_digest":"${messageDigest}"`
  for (const field in fields) line += fieldKey(field) + valueText(fields[field])
  return `${line}}\n`
}

/**
 * Rows inserted here are counted by day, name and reason in `drift_states`; nothing reads the table
 * itself.
 */
export const driftTable = 'drift_rows'

/** The reason of rows that count what clients say they lost before they could send it. */
export const lostByClient = 'LOST_BY_CLIENT'

/**
 * A count of something undeclared that arrived. `name` is shown only if it may be; else
 * `nameDigest` stands for it.
 */
export interface DriftRow {
  readonly product: string
  /** `2026-11-20` */
  readonly day: string
  readonly record: string | undefined
  readonly name: string | undefined
  readonly nameDigest: Token
  readonly kind: string
  readonly reason: string
  readonly installation: Token | undefined
  /** The sender's version of the product, where it told one. */
  readonly version?: string | undefined
  readonly count: number
  readonly receivedAt: Instant
}

export function driftLine(row: DriftRow): string {
  const { receivedAt, nameDigest, ...rest } = row
  return textLine({ ...rest, name_digest: nameDigest, received_at: receivedAt })
}

export const quarantineTable = 'quarantine_rows'

/** Of what could not be read far enough to know whose it is. */
export const unknownProduct = '(unknown)'

/** Something that could not become a row. Holds no value that a client sent, but declared ones. */
export interface QuarantineRow {
  readonly product: string
  readonly code: string
  /** What was wrong with a body that could not be read, in our own words, and at which byte. */
  readonly reason?: string | undefined
  readonly place?: number | undefined
  readonly record: string | undefined
  readonly bytes: number
  /** For a row that the store refused: the scrubbed row. */
  readonly row: string | undefined
  readonly receivedAt: Instant
}

export function quarantineLine(row: QuarantineRow): string {
  const { receivedAt, ...rest } = row
  return textLine({ ...rest, received_at: receivedAt })
}

/** Absent members are left out by JSON itself. It is not on the hot path. */
function textLine(row: Readonly<Record<string, string | number | undefined>>): string {
  return `${wellFormed(JSON.stringify(row))}\n`
}

// oxlint-disable-next-line no-control-regex -- control characters are just what JSON must escape
const needsCare = /["\\\u0000-\u001f\ud800-\udfff]/

function quoted(text: string): string {
  return needsCare.test(text) ? wellFormed(JSON.stringify(text)) : `"${text}"`
}

/**
 * ClickHouse refuses the escape of a lone half of a surrogate pair. An escaped backslash is matched
 * first, so that its `ud800` stays text.
 */
function wellFormed(json: string): string {
  return json.includes('\\ud')
    ? json.replace(
        /(\\\\)|\\ud[89a-f][0-9a-f]{2}/g,
        (_, backslash: string | undefined) => backslash ?? '\\ufffd'
      )
    : json
}

function valueText(value: ColumnValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return numberText(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return wellFormed(JSON.stringify(value))
    default:
      return 'null'
  }
}

/**
 * Whole numbers above 1e21 print with an exponent that an Int64 column refuses: then the row is
 * quarantined, as it should be.
 */
function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null'
}

/** Consecutive records mostly come from one sender, so what they share is written once. */
let lastShared: { readonly record: KeptRecord; readonly text: string; isFlat: boolean } | undefined

function sharedPart(record: KeptRecord): string {
  if (lastShared !== undefined && isSameSender(lastShared.record, record)) {
    // A text that was put together is kept as its thirty pieces until somebody reads it: each line
    // of a batch would copy each of them.
    lastShared.isFlat ||= anything.test(lastShared.text)
    return lastShared.text
  }
  const text = senderText(record)
  lastShared = { record, text, isFlat: false }
  return text
}

const anything = /^./

function isSameSender(a: KeptRecord, b: KeptRecord): boolean {
  return (
    a.installation === b.installation &&
    a.receivedAt === b.receivedAt &&
    a.session === b.session &&
    a.account === b.account &&
    a.lineage === b.lineage &&
    a.window === b.window &&
    a.keyEpoch === b.keyEpoch &&
    a.version === b.version &&
    a.level === b.level &&
    a.contract === b.contract &&
    a.protocol === b.protocol &&
    a.deletion === b.deletion &&
    a.isOverBudget === b.isOverBudget &&
    a.isImported === b.isImported &&
    a.acceptedTerms === b.acceptedTerms &&
    (a.sdk === b.sdk || (a.sdk?.name === b.sdk?.name && a.sdk?.version === b.sdk?.version)) &&
    (a.environment === b.environment || isSameEnvironment(a.environment, b.environment))
  )
}

function isSameEnvironment(a: KeptEnvironment, b: KeptEnvironment): boolean {
  return (
    a.class === b.class &&
    a.automation === b.automation &&
    a.container === b.container &&
    a.os === b.os &&
    a.osVersion === b.osVersion &&
    a.arch === b.arch &&
    a.runtime === b.runtime &&
    a.cpu === b.cpu
  )
}

function senderText(record: KeptRecord): string {
  const { environment, sdk } = record
  let text =
    `{"received_at":${record.receivedAt},"key_epoch":${record.keyEpoch},` +
    `"class":"${environment.class}","automation":"${environment.automation}",` +
    `"container":"${environment.container}"`
  text += contractPart(record.contract) + protocolPart(record.protocol)
  if (record.installation !== undefined) text += `,"installation":"${record.installation}"`
  if (record.account !== undefined) text += `,"account":"${record.account}"`
  if (record.lineage !== undefined) text += `,"lineage":"${record.lineage}"`
  if (record.session !== undefined) text += `,"session":"${record.session}"`
  if (record.window !== undefined) text += windowPart(record.window)
  if (record.version !== undefined) text += versionPart(record.version)
  if (environment.os !== undefined) text += osPart(environment.os)
  if (environment.osVersion !== undefined) text += osVersionPart(environment.osVersion)
  if (environment.arch !== undefined) text += archPart(environment.arch)
  if (environment.runtime !== undefined) text += runtimePart(environment.runtime)
  if (environment.cpu !== undefined && Number.isSafeInteger(environment.cpu))
    text += `,"cpu":${environment.cpu}`
  if (record.level !== undefined) text += levelPart(record.level)
  if (sdk !== undefined) text += sdkNamePart(sdk.name) + sdkVersionPart(sdk.version)
  if (record.deletion !== undefined) text += `,"deletion":"${record.deletion}"`
  if (record.acceptedTerms !== undefined) text += termsPart(record.acceptedTerms)
  if (record.isOverBudget === true) text += ',"over_budget":true'
  if (record.isImported === true) text += ',"imported":true'
  return text
}

const contractPart = remembered(columnText('contract'))
const protocolPart = remembered(columnText('protocol'))
const termsPart = remembered(columnText('accepted_terms'))
const windowPart = remembered(columnText('window'))
const versionPart = remembered(columnText('version'))

const osPart = remembered(columnText('os'))
const osVersionPart = remembered(columnText('os_version'))
const archPart = remembered(columnText('arch'))
const runtimePart = remembered(columnText('runtime'))
const levelPart = remembered(columnText('level'))
const sdkNamePart = remembered(columnText('sdk_name'))
const sdkVersionPart = remembered(columnText('sdk_version'))
const namePart = remembered(columnText('name'))
const fieldKey = remembered((field) => `,${JSON.stringify(fieldColumn(field))}:`)

function columnText(column: BaseColumn): (value: string) => string {
  return (value) => `,"${column}":${quoted(value)}`
}

/**
 * Few distinct texts come again and again. 4,096: many times what all contracts and living versions
 * have; what comes beyond is written anew each time.
 */
function remembered(write: (value: string) => string): (value: string) => string {
  const texts = new Map<string, string>()
  return (value) => {
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = write(value)
    if (texts.size < 4_096) texts.set(value, text)
    return text
  }
}
