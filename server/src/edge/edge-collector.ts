/**
 * Takes the collector's place at an edge: holds each record against its contract, and hands on what
 * the contract keeps instead of storing it.
 */
import type { ShapeOf, Violation } from '@candor/contract'
import type { Collector, DecodedRecords } from '../collector/collect.ts'
import { judgeRecord } from '../collector/judge.ts'
import type { Catalogue } from '../collector/published-names.ts'
import { narrowedSource, senderOf, type Sender } from '../collector/sender.ts'
import type { DroppedEarly, DuplicateRule, Outcome } from '../protocols/protocol.ts'
import type { Dropped, WireRecord, WireSource } from '../record.ts'
import type { Handover } from './handover.ts'

export interface EdgeServices {
  readonly catalogue: Catalogue
  /** Resolves once it is as safe as this edge can make it; rejects with a CandorError. */
  readonly hand: (handover: Handover) => Promise<void>
  /** Of what is only compared, and goes on in the place of what it was made of. */
  readonly digest: (text: string | Buffer) => string
  readonly newId: () => string
  /** Leaves out what whoever runs this edge does not let go on. Default: all of it goes on. */
  readonly withhold?: Withhold
}

export interface Withhold {
  /** Of a record that the contract keeps. Undefined: nothing of it goes on. */
  record(
    record: WireRecord
  ): { readonly record: WireRecord; readonly withheld: readonly string[] } | undefined
  /** Whether nothing of this product goes on, not even that something came. */
  isAllOf(product: string): boolean
}

/** An undeclared name stays where it was sent from: only that there was one goes on. */
const undeclaredName = 'undeclared_at_an_edge'

/** Nothing is turned into a token here: who can do that is the collector. Values stay as they are. */
const noToken = (): string => ''
const noKeyring = {
  installation: noToken,
  account: noToken,
  lineage: noToken,
  session: noToken,
  field: ({ value }: { readonly value: string }) => value
}
const sameText: ShapeOf = ({ text }) => text

export function createEdgeCollector(
  services: EdgeServices
): Pick<Collector, 'collect' | 'answered'> {
  const { hand, digest, newId } = services

  return {
    async collect(decoded, { protocol, receivedAt }) {
      const kept = keep(decoded, receivedAt, services)
      const { records, dropped } = kept
      if (records.length > 0 || dropped.length > 0)
        await hand({
          id: newId(),
          protocol,
          receivedAt,
          decoded: { ...kept, duplicates: handedRule(decoded.duplicates, digest) }
        })
      return kept.outcomes
    },
    // A request is known here only until it is answered.
    answered: () => undefined
  }
}

function keep(
  decoded: DecodedRecords,
  at: number,
  { catalogue, digest, withhold }: EdgeServices
): Omit<DecodedRecords, 'duplicates'> & { readonly outcomes: readonly Outcome[] } {
  const records: WireRecord[] = []
  const outcomes: Outcome[] = []
  const counts = new Map<string, DroppedEarly>()
  const refuse = (product: string, code: Dropped['code'], dropped: readonly Dropped[]): void => {
    outcomes.push({ is: 'dropped', dropped })
    const { events = 0 } = counts.get(`${product} ${code}`) ?? {}
    counts.set(`${product} ${code}`, {
      product,
      code,
      bytes: 0,
      events: events + 1,
      isOnlyCounted: true
    })
  }
  let source: WireSource | undefined
  let sender: { readonly whole: Sender; readonly narrow: WireSource } | undefined
  for (const record of decoded.records) {
    if (record.source !== source) {
      source = record.source
      sender = senderIn(record, at, { catalogue, digest })
    }
    const { product } = record.source
    if (sender === undefined) {
      refuse(product, 'RECORD_NOT_IN_CONTRACT', [{ code: 'RECORD_NOT_IN_CONTRACT' }])
      continue
    }
    const judgement = judgeRecord(record, sender.whole, {
      at,
      isDeleted: () => false,
      shapeOf: sameText
    })
    if (judgement.is === 'refused') {
      refuse(product, judgement.because, [{ code: judgement.because }])
      continue
    }
    const { validation, violations, dropped } = judgement
    if (validation.is === 'dropped') {
      refuse(product, violations[0]?.code ?? 'RECORD_NOT_IN_CONTRACT', dropped)
      continue
    }
    const held: WireRecord = {
      source: sender.narrow,
      wire: 'kept',
      name: validation.name,
      occurredAt: record.occurredAt,
      skewApplied: record.skewApplied,
      fields: validation.fields,
      seq: record.seq,
      duplicateOf: record.duplicateOf,
      found: violations.map(withoutName)
    }
    const narrowed = withhold === undefined ? { record: held, withheld: [] } : withhold.record(held)
    if (narrowed === undefined) outcomes.push({ is: 'dropped', dropped: [{ code: 'WITHHELD' }] })
    else {
      const withheld = narrowed.withheld.map((field): Dropped => ({ code: 'WITHHELD', field }))
      outcomes.push({ is: 'kept', dropped: [...dropped, ...withheld] })
      records.push(narrowed.record)
    }
  }
  return {
    is: 'records',
    records,
    dropped: [...decoded.dropped, ...counts.values()].filter(
      ({ product }) => withhold?.isAllOf(product) !== true
    ),
    saidAt: decoded.saidAt,
    outcomes
  }
}

function senderIn(
  { source, wire }: WireRecord,
  receivedAt: number,
  { catalogue, digest }: Pick<EdgeServices, 'catalogue' | 'digest'>
): { readonly whole: Sender; readonly narrow: WireSource } | undefined {
  const entry = catalogue.product(source.product)
  if (entry === undefined) return undefined
  const whole = senderOf(source, {
    entry,
    wire,
    keyring: noKeyring,
    receivedAt,
    random: noBytes
  })
  return { whole, narrow: narrowedSource(source, whole, digest) }
}

/**
 * A body may hold what the contract does not keep, so its hash goes on in its place. Whether an
 * answer arrived is not known here, so what depends on it is kept each time.
 */
function handedRule(rule: DuplicateRule, digest: EdgeServices['digest']): DuplicateRule {
  if (rule.by === 'unanswered') return { by: 'none' }
  return rule.by === 'request' && typeof rule.key !== 'string'
    ? { ...rule, key: digest(rule.key) }
    : rule
}

function withoutName(violation: Violation): Violation {
  return violation.declared ? violation : { ...violation, field: undeclaredName }
}

function noBytes(): Buffer {
  return Buffer.alloc(0)
}
