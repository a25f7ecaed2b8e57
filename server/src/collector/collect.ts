/** The one path of a record from its wire to the inbox: contract, identity, validation, duplicates, durable, outcome. */
import type { JsonKind, Violation } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Append, Appended, DuplicateMark, InboxRows, Tombstones } from '../inbox/inbox.ts'
import type { Decoded, DroppedEarly, DuplicateRule, Outcome } from '../protocols/protocol.ts'
import type { Dropped, Instant, KeptRecord, Token, WireRecord, WireSource } from '../record.ts'
import { quarantineLine, quarantineTable, recordLine, recordTable } from '../storage/rows.ts'
import { addTo, noCounts, type ProductCounts, type RunningCounts } from './counts.ts'
import type { DriftLedger } from './drift.ts'
import type { Keyring } from './keyring.ts'
import type { CollectorLimits } from './limits.ts'
import type { Catalogue } from './published-names.ts'
import { type Sender, senderOf } from './sender.ts'
import type { Tail } from './tail.ts'

export type DecodedRecords = Decoded & { readonly is: 'records' }

export interface Collector {
  /** Resolves once everything that the contracts keep is fsynced. Rejects with the inbox's error, and then nothing was kept or counted as drift. */
  collect(decoded: DecodedRecords, meta: { readonly protocol: string; readonly receivedAt: Instant }): Promise<readonly Outcome[]>
  /** To be called when the answer to this request went out whole. */
  answered(decoded: DecodedRecords): void
  /** By product. */
  counts(): ReadonlyMap<string, ProductCounts>
}

export interface CollectorServices {
  readonly catalogue: Catalogue
  readonly keyring: Keyring
  readonly inbox: {
    append(append: Append): Promise<Appended>
    answered(digests: readonly Token[]): void
    readonly tombstones: Pick<Tombstones, 'has'>
  }
  readonly drift: Pick<DriftLedger, 'count'>
  readonly tail: Tail
  readonly effects: Effects
  readonly limits: CollectorLimits
}

type Part = { readonly mark: DuplicateMark | undefined; readonly rows: InboxRows[] }

/** What one record has become before it is durable; `part` says with which part of the append it stands or falls. */
interface Judged {
  readonly sender: Sender | undefined
  readonly product: string
  readonly record: KeptRecord | undefined
  readonly name: string | undefined
  readonly violations: readonly Violation[]
  readonly outcome: Outcome
  readonly part: number
}

const NO_PART = -1
const NOTHING: readonly never[] = []
const KEPT_WHOLE: Outcome = Object.freeze({ is: 'kept', dropped: NOTHING })
const UNKNOWN_PRODUCT = '(unknown)'
const shownToItsSender = /^[A-Za-z0-9_.-]{1,128}$/

export function createCollector(services: CollectorServices): Collector {
  return new InboxCollector(services)
}

class InboxCollector implements Collector {
  readonly #services: CollectorServices
  readonly #counts = new Map<string, RunningCounts>()
  readonly #unanswered = new WeakMap<DecodedRecords, Token>()
  readonly #tables = new Map<string, string>()

  constructor(services: CollectorServices) {
    this.#services = services
  }

  async collect(
    decoded: DecodedRecords,
    { protocol, receivedAt }: { protocol: string; receivedAt: Instant }
  ): Promise<readonly Outcome[]> {
    const { inbox } = this.#services
    const { records, duplicates } = decoded
    const requestMark = this.#requestMark(decoded, receivedAt)
    const parts: Part[] = []
    const judged: Judged[] = []
    let source: WireSource | undefined
    let sender: Sender | undefined
    for (const record of records) {
      if (record.source !== source) {
        source = record.source
        sender = this.#sender(record, receivedAt)
      }
      judged.push(this.#judge(record, sender, { protocol, receivedAt, duplicates, requestMark, parts }))
    }
    this.#quarantine(decoded.dropped, receivedAt, requestMark, parts)
    const fresh = parts.length === 0 ? NOTHING : (await inbox.append({ parts })).fresh
    if (requestMark?.whileUnanswered === true) this.#unanswered.set(decoded, requestMark.digest)
    this.#countEarly(decoded.dropped)
    let noted: Sender | undefined
    for (const each of judged) {
      this.#note(each, each.part === NO_PART || fresh[each.part] === true, { protocol, receivedAt }, each.sender !== noted)
      noted = each.sender
    }
    return judged.map(({ outcome }) => outcome)
  }

  answered(decoded: DecodedRecords): void {
    const digest = this.#unanswered.get(decoded)
    if (digest !== undefined) this.#services.inbox.answered([digest])
  }

  counts(): ReadonlyMap<string, ProductCounts> {
    return this.#counts
  }

  #sender({ source, wire }: WireRecord, receivedAt: Instant): Sender | undefined {
    const { catalogue, keyring, effects } = this.#services
    const entry = catalogue.product(source.product)
    if (entry === undefined) return undefined
    return senderOf(source, { entry, wire, keyring, receivedAt, random: effects.random })
  }

  #judge(
    wireRecord: WireRecord,
    sender: Sender | undefined,
    request: {
      readonly protocol: string
      readonly receivedAt: Instant
      readonly duplicates: DuplicateRule
      readonly requestMark: DuplicateMark | undefined
      readonly parts: Part[]
    }
  ): Judged {
    if (sender === undefined) return droppedWhole(UNKNOWN_PRODUCT, undefined, 'RECORD_NOT_IN_CONTRACT')
    const { product, compiled } = sender
    if (compiled.contract.retired) return droppedWhole(product, sender, 'PRODUCT_RETIRED')
    if (sender.deletion !== undefined && this.#services.inbox.tombstones.has('deletion', sender.deletion)) {
      return droppedWhole(product, sender, 'DELETED')
    }
    const { wire, name, fields } = wireRecord
    const validation = compiled.validate({ name, wire, fields, level: wireRecord.source.level, rekey: sender.rekey })
    const { violations } = validation
    if (validation.is === 'dropped') {
      const outcome: Outcome = { is: 'dropped', dropped: violations.map((violation) => toldTo(wire, violation)) }
      return { sender, product, record: undefined, name: undefined, violations, outcome, part: NO_PART }
    }
    const { receivedAt, duplicates, requestMark, parts } = request
    const mark = duplicates.by === 'record' ? this.#recordMark(wireRecord, sender, duplicates.ttlMs, receivedAt) : undefined
    const occurred = this.#occurred(wireRecord, receivedAt)
    const record: KeptRecord = {
      product,
      name: validation.name,
      kind: validation.kind,
      installation: sender.installation,
      account: sender.account,
      lineage: sender.lineage,
      session: sender.session,
      window: sender.window,
      keyEpoch: this.#services.keyring.epoch,
      receivedAt,
      occurredAt: occurred.at,
      occurredFrom: occurred.from,
      version: sender.version,
      environment: sender.environment,
      level: sender.level,
      contract: compiled.contract.digest,
      sdk: sender.sdk,
      protocol: request.protocol,
      seq: isSequence(wireRecord.seq) ? wireRecord.seq : undefined,
      messageDigest: (mark ?? requestMark)?.digest,
      deletion: sender.deletion,
      fields: validation.fields
    }
    const part = this.#keep(record, mark ?? requestMark, mark === undefined, parts)
    const outcome: Outcome =
      violations.length === 0 ? KEPT_WHOLE : { is: 'kept', dropped: violations.map((violation) => toldTo(wire, violation)) }
    return { sender, product, record, name: validation.name, violations, outcome, part }
  }

  // Records that share a mark, or have none, share a part; their lines are one text per table.
  #keep(record: KeptRecord, mark: DuplicateMark | undefined, isShared: boolean, parts: Part[]): number {
    const row: InboxRows = { table: this.#table(record.product), rows: 1, lines: recordLine(record) }
    const last = parts.at(-1)
    if (!isShared || last === undefined || last.mark !== mark) return parts.push({ mark, rows: [row] }) - 1
    addRow(last.rows, row)
    return parts.length - 1
  }

  #table(product: string): string {
    let table = this.#tables.get(product)
    if (table === undefined) this.#tables.set(product, (table = recordTable(product)))
    return table
  }

  #requestMark({ duplicates, records }: DecodedRecords, receivedAt: Instant): DuplicateMark | undefined {
    if (duplicates.by !== 'request' && duplicates.by !== 'unanswered') return undefined
    const [first] = records
    if (first === undefined) return undefined
    const digest = this.#services.keyring.duplicate(first.source.product, duplicates.scope, duplicates.key)
    const expiresAt = receivedAt + duplicates.ttlMs
    return duplicates.by === 'unanswered' ? { digest, expiresAt, whileUnanswered: true } : { digest, expiresAt }
  }

  #recordMark({ duplicateOf }: WireRecord, sender: Sender, ttlMs: number, receivedAt: Instant): DuplicateMark | undefined {
    if (duplicateOf === undefined) return undefined
    return {
      digest: this.#services.keyring.duplicate(sender.product, sender.duplicateScope, duplicateOf),
      expiresAt: receivedAt + ttlMs
    }
  }

  #occurred(
    { occurredAt, skewApplied }: WireRecord,
    receivedAt: Instant
  ): { readonly at: Instant; readonly from: KeptRecord['occurredFrom'] } {
    if (occurredAt === undefined || !Number.isFinite(occurredAt)) return { at: receivedAt, from: 'none' }
    const at = Math.round(occurredAt)
    const { occurredPastMaxMs, occurredFutureMaxMs } = this.#services.limits
    if (at < receivedAt - occurredPastMaxMs || at > receivedAt + occurredFutureMaxMs) return { at: receivedAt, from: 'clamped' }
    return { at, from: skewApplied === true ? 'corrected' : 'sent' }
  }

  #quarantine(early: readonly DroppedEarly[], receivedAt: Instant, requestMark: DuplicateMark | undefined, parts: Part[]): void {
    for (const { product, code, name, bytes } of early) {
      if (this.#services.catalogue.product(product) === undefined) continue
      const lines = quarantineLine({ product, code, record: name, bytes, row: undefined, receivedAt })
      const row = { table: quarantineTable, rows: 1, lines }
      const last = parts.at(-1)
      if (last !== undefined && last.mark === requestMark) addRow(last.rows, row)
      else parts.push({ mark: requestMark, rows: [row] })
    }
  }

  #countEarly(early: readonly DroppedEarly[]): void {
    for (const { product, code, events = 1 } of early) {
      const counts = this.#countsOf(this.#services.catalogue.product(product) === undefined ? UNKNOWN_PRODUCT : product)
      counts.received += events
      addTo(counts.dropped, code, events)
    }
  }

  #note(
    judged: Judged,
    isFresh: boolean,
    { protocol, receivedAt }: { protocol: string; receivedAt: Instant },
    isNewSender: boolean
  ): void {
    const { sender, product, record, violations, outcome } = judged
    const counts = this.#countsOf(product)
    counts.received++
    if (!isFresh) {
      counts.duplicate++
      return
    }
    if (outcome.is === 'kept') counts.kept++
    else addTo(counts.dropped, outcome.dropped[0]?.code ?? 'RECORD_NOT_IN_CONTRACT')
    if (outcome.is === 'kept') for (const { code } of outcome.dropped) addTo(counts.fieldsDropped, code)
    if (sender !== undefined && isNewSender) this.#countSenderDrift(sender, receivedAt)
    if (sender !== undefined && violations.length > 0) this.#countDrift(judged, sender, receivedAt)
    if (this.#services.tail.isWatched) this.#tell(record, violations, product, protocol, receivedAt, outcome)
  }

  #countDrift({ product, name, violations }: Judged, sender: Sender, at: Instant): void {
    for (const { field, kind, code, declared, insideCollection } of violations) {
      const { installation } = sender
      this.#services.drift.count({
        product,
        record: name,
        name: field,
        kind,
        reason: code,
        declared,
        insideCollection,
        installation,
        at
      })
    }
  }

  #countSenderDrift(sender: Sender, at: Instant): void {
    const { product, installation } = sender
    const common = { product, record: undefined, insideCollection: false, installation, at }
    if (sender.isContractUnknown) {
      this.#services.drift.count({ ...common, name: '(contract)', kind: 'string', reason: 'UNKNOWN_CONTRACT', declared: true })
    }
    for (const { name, value } of sender.undeclaredParts) {
      this.#services.drift.count({ ...common, name, kind: kindOf(value), reason: 'FIELD_NOT_IN_CONTRACT', declared: false })
    }
  }

  #tell(
    record: KeptRecord | undefined,
    violations: readonly Violation[],
    product: string,
    protocol: string,
    at: Instant,
    outcome: Outcome
  ): void {
    const dropped =
      violations.length === 0
        ? outcome.dropped
        : violations.map(({ code, field, declared }) => (declared ? { code, field } : { code }))
    if (record === undefined) this.#services.tail.dropped({ product, protocol, at, dropped })
    else this.#services.tail.kept(record, dropped)
  }

  #countsOf(product: string): RunningCounts {
    let counts = this.#counts.get(product)
    if (counts === undefined) this.#counts.set(product, (counts = noCounts()))
    return counts
  }
}

function droppedWhole(product: string, sender: Sender | undefined, code: Dropped['code']): Judged {
  return {
    sender,
    product,
    record: undefined,
    name: undefined,
    violations: NOTHING,
    outcome: { is: 'dropped', dropped: [{ code }] },
    part: NO_PART
  }
}

function addRow(rows: InboxRows[], row: InboxRows): void {
  const at = rows.findIndex(({ table }) => table === row.table)
  const same = rows[at]
  if (same === undefined) rows.push(row)
  else rows[at] = { table: row.table, rows: same.rows + row.rows, lines: same.lines + row.lines }
}

// Our own SDK is told its own word back, so that a maintainer finds the field; a client that can't read the answer is told nothing.
function toldTo(wire: 'native' | 'client', { code, field, declared, insideCollection }: Violation): Dropped {
  const mayBeTold = declared || (wire === 'native' && !insideCollection && shownToItsSender.test(field))
  return mayBeTold ? { code, field } : { code }
}

function isSequence(seq: number | undefined): boolean {
  return seq !== undefined && Number.isSafeInteger(seq) && seq >= 0
}

function kindOf(value: unknown): JsonKind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const kind = typeof value
  return kind === 'boolean' || kind === 'number' || kind === 'string' ? kind : 'object'
}
