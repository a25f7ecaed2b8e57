/**
 * One request of a client as an edge hands it on: what the contract keeps of it, with ids that only
 * the collector may turn into tokens. Written at the edge, read strictly at the collector.
 */
import type { JsonKind, Violation, ViolationCode } from '@candor/contract'
import { DAY_MS } from '#values/days'
import { isObject, parseJson } from '../protocols/json.ts'
import type { Decoded, DroppedEarly, DuplicateRule } from '../protocols/protocol.ts'
import type { Dropped, Instant, WireRecord, WireSource } from '../record.ts'

type DecodedRecords = Decoded & { readonly is: 'records' }

export interface Handover {
  /** A UUID that the edge made up: handed on twice, it is kept once. */
  readonly id: string
  readonly protocol: string
  readonly receivedAt: Instant
  readonly decoded: DecodedRecords
}

type SenderText = Exclude<keyof WireSource, 'sdk' | 'environment' | 'lost'>

/** By name, so that whatever a sender may come to say is handed on as well. */
const texts = Object.keys({
  product: true,
  installation: true,
  account: true,
  lineage: true,
  session: true,
  window: true,
  version: true,
  level: true,
  acceptedTerms: true,
  contract: true,
  deletion: true,
  scope: true
} satisfies Readonly<Record<SenderText, true>>)

/**
 * Of an undeclared name, which waits in memory. Ids may be as long as the clients' own, within the
 * whole: a token is made of each at once.
 */
const undeclaredLengthMax = 1_024
/** As long as any wire's own; what an edge says beyond it would be remembered for ever. */
const ttlMsMax = 31 * DAY_MS
const recordsMax = 10_000
const foundMax = 101

export function writeHandover({ id, protocol, receivedAt, decoded }: Handover): string {
  const senders: WireSource[] = []
  const numbers = new Map<WireSource, number>()
  const numberOf = (source: WireSource): number => {
    let number = numbers.get(source)
    if (number === undefined) numbers.set(source, (number = senders.push(source) - 1))
    return number
  }
  const records = decoded.records.map(({ source, ...record }) => ({
    ...record,
    wire: undefined,
    sender: numberOf(source)
  }))
  const { dropped, duplicates, saidAt } = decoded
  return JSON.stringify({
    v: 1,
    id,
    protocol,
    receivedAt,
    saidAt,
    duplicates,
    senders,
    records,
    dropped
  })
}

/** Undefined for what no edge of this version writes. Never throws. */
export function readHandover(text: string): Handover | undefined {
  const said = parseJson(text)
  if (!isObject(said) || said['v'] !== 1) return undefined
  const { id, protocol, receivedAt, saidAt } = said
  const duplicates = duplicatesIn(said['duplicates'])
  const senders = listOf(said['senders'], senderIn)
  const dropped = listOf(said['dropped'], droppedIn)
  if (!isText(id) || !isText(protocol) || !isNumber(receivedAt)) return undefined
  if (duplicates === undefined || senders === undefined || dropped === undefined) return undefined
  const records = listOf(said['records'], (record) => recordIn(record, senders))
  if (records === undefined) return undefined
  const decoded: DecodedRecords = {
    is: 'records',
    records,
    dropped,
    duplicates,
    saidAt: isNumber(saidAt) ? saidAt : undefined
  }
  return { id, protocol, receivedAt, decoded }
}

function duplicatesIn(said: unknown): DuplicateRule | undefined {
  if (!isObject(said)) return undefined
  const { by, key, scope } = said
  if (by === 'none') return { by }
  if (!isNumber(said['ttlMs'])) return undefined
  const ttlMs = Math.min(Math.max(said['ttlMs'], 0), ttlMsMax)
  if (by === 'record') return { by, ttlMs }
  if (by !== 'request' || !isText(key) || typeof scope !== 'string') return undefined
  return { by, ttlMs, key, scope }
}

function senderIn(said: unknown): WireSource | undefined {
  if (!isObject(said) || !isText(said['product'])) return undefined
  const source: Record<string, unknown> = {}
  for (const name of texts) {
    const text = said[name]
    if (text === undefined) continue
    if (typeof text !== 'string') return undefined
    source[name] = text
  }
  const { sdk, environment, lost } = said
  if (isObject(sdk) && isText(sdk['name']) && typeof sdk['version'] === 'string')
    source['sdk'] = { name: sdk['name'], version: sdk['version'] }
  if (isObject(environment)) source['environment'] = environment
  if (isNumber(lost)) source['lost'] = lost
  return source as unknown as WireSource
}

function recordIn(said: unknown, senders: readonly WireSource[]): WireRecord | undefined {
  if (!isObject(said)) return undefined
  const { sender, name, occurredAt, skewApplied, fields, seq, duplicateOf, found = [] } = said
  const source = isNumber(sender) ? senders[sender] : undefined
  const violations = listOf(found, violationIn)
  if (source === undefined || !isText(name) || !isObject(fields)) return undefined
  if (violations === undefined || violations.length > foundMax) return undefined
  return {
    source,
    wire: 'kept',
    name,
    occurredAt: isNumber(occurredAt) ? occurredAt : undefined,
    skewApplied: skewApplied === true,
    fields,
    seq: isNumber(seq) ? seq : undefined,
    duplicateOf: isText(duplicateOf) ? duplicateOf : undefined,
    found: violations
  }
}

function violationIn(said: unknown): Violation | undefined {
  if (!isObject(said)) return undefined
  const { code, field, kind } = said
  if (!isCode(code) || !isText(field) || !isKind(kind)) return undefined
  if (field.length > undeclaredLengthMax) return undefined
  // Whoever says so need not be believed: the ledger looks the name up before it shows it.
  return { code, field, kind, declared: false, insideCollection: false }
}

function droppedIn(said: unknown): DroppedEarly | undefined {
  if (!isObject(said)) return undefined
  const { product, code, name, bytes, events, isOnlyCounted } = said
  if (!isText(product) || !isDropped(code) || !isCount(bytes)) return undefined
  return {
    product,
    code,
    bytes,
    ...(isText(name) ? { name } : {}),
    ...(isCount(events) ? { events } : {}),
    ...(isOnlyCounted === true ? { isOnlyCounted } : {})
  }
}

function listOf<Item>(
  said: unknown,
  read: (item: unknown) => Item | undefined
): readonly Item[] | undefined {
  if (!Array.isArray(said) || said.length > recordsMax) return undefined
  const items: Item[] = []
  for (const each of said as readonly unknown[]) {
    const item = read(each)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** What a column of whole numbers takes, and no batch comes near. */
function isCount(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value) && value >= 0 && value < 2 ** 32
}

/** Counted by name, so nothing else may be one. */
const codes: Readonly<Record<ViolationCode, true>> = {
  RECORD_NOT_IN_CONTRACT: true,
  FIELD_NOT_IN_CONTRACT: true,
  FIELD_WRONG_TYPE: true,
  FIELD_OUT_OF_BOUNDS: true,
  VALUE_NOT_IN_CONTRACT: true,
  KEY_NOT_IN_CONTRACT: true,
  TEXT_REMOVED: true,
  ABOVE_CONSENT: true,
  EXPIRED: true,
  LIMIT_EXCEEDED: true
}
/** What a relay withheld is told to its client alone. */
type HandedCode = Exclude<Dropped['code'], 'WITHHELD'>
const droppedCodes: Readonly<Record<HandedCode, true>> = {
  ...codes,
  EVENT_TOO_LARGE: true,
  TOO_MANY_EVENTS: true,
  EVENT_MALFORMED: true,
  PRODUCT_RETIRED: true,
  DELETED: true,
  TIME_MISSING: true,
  TOO_OLD: true
}
const kinds: Readonly<Record<JsonKind, true>> = {
  null: true,
  boolean: true,
  number: true,
  string: true,
  array: true,
  object: true
}

function isCode(value: unknown): value is ViolationCode {
  return typeof value === 'string' && Object.hasOwn(codes, value)
}

function isDropped(value: unknown): value is HandedCode {
  return typeof value === 'string' && Object.hasOwn(droppedCodes, value)
}

function isKind(value: unknown): value is JsonKind {
  return typeof value === 'string' && Object.hasOwn(kinds, value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
