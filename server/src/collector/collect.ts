/**
 * The one path of a record from its wire to the inbox: contract, identity, validation, duplicates,
 * durable, outcome.
 */
import { roundedInstant } from '#values/coarsening'
import { DAY_MS, dayOf, HOUR_MS } from '#values/days'
import type { JsonKind, ShapeOf, Violation } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Append, Appended, DuplicateMark, InboxRows, Tombstones } from '../inbox/inbox.ts'
import type { Decoded, DroppedEarly, DuplicateRule, Outcome } from '../protocols/protocol.ts'
import type { Dropped, Instant, KeptRecord, Token, WireRecord, WireSource } from '../record.ts'
import {
  lostByClient,
  pastTable,
  quarantineLine,
  quarantineTable,
  recordLine,
  recordTable
} from '../storage/tables/rows.ts'
import { importedAt, type ImportedAt } from './history/imported-at.ts'
import { addTo, noCounts, type ProductCounts, type RunningCounts } from './counts.ts'
import type { DriftLedger } from './drift.ts'
import type { Keyring } from './secret/keyring.ts'
import { judgeRecord } from './judge.ts'
import type { CollectorLimits } from './limits.ts'
import { isPublishedName, type Catalogue } from './published-names.ts'
import { type Sender, senderOf } from './sender.ts'
import { noteStatements, type AskedStatements, type StatementShapes } from './statements.ts'
import type { Tail } from './tail.ts'
import type { Trials } from './trials.ts'

export type DecodedRecords = Decoded & { readonly is: 'records' }

export interface Collector {
  /**
   * Resolves once everything that the contracts keep is fsynced. Rejects with the inbox's error,
   * and then nothing was kept or counted as drift.
   */
  collect(
    decoded: DecodedRecords,
    meta: {
      readonly protocol: string
      readonly receivedAt: Instant
      /** Its network has sent more than its share: kept, and marked. */
      readonly isOverBudget?: boolean
      /** It was kept elsewhere: its own time stands for that of receipt, and it is no news. */
      readonly isImport?: boolean
      /** In memory while it is answered, and no longer. */
      readonly network?: string | undefined
      /** What an edge calls this request: handed on twice, it is kept once. */
      readonly handover?: string
    }
  ): Promise<readonly Outcome[]>
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
  readonly trials: Pick<Trials, 'isRunning' | 'judge'>
  readonly statements: StatementShapes
  /** Whoever wonders whether our own clock is right hears what senders' clocks say. */
  readonly hear: (sender: string, saidAt: Instant) => void
  readonly effects: Effects
  readonly limits: CollectorLimits
}

type Part = { readonly mark: DuplicateMark | undefined; readonly rows: InboxRows[] }

/**
 * What is to be said about a record once its part is durable: only where there is more to say than
 * that it was kept.
 */
interface Remark {
  readonly sender: Sender
  /** The record's declared name; undefined when nothing of it was kept. */
  readonly name: string | undefined
  /** Only while somebody looks. */
  readonly record: KeptRecord | undefined
  readonly violations: readonly Violation[]
  /** Why nothing of it was kept, where no violation says it. */
  readonly because: Dropped['code'] | undefined
  readonly part: number
}

/**
 * One request on its way. Raw fields and kept records are let go of before the wait for the disk:
 * only numbers and remarks wait.
 */
interface Request {
  readonly protocol: string
  readonly receivedAt: Instant
  readonly isOverBudget: boolean
  readonly isImport: boolean
  readonly network: string | undefined
  readonly duplicates: DuplicateRule
  readonly saidAt: Instant | undefined
  readonly mark: DuplicateMark | undefined
  /** Of the whole request, where an edge handed it on. */
  readonly once: DuplicateMark | undefined
  /** Each once. */
  readonly senders: Sender[]
  /**
   * Of each record, in order: made at their length, since a list that grows takes room for
   * seventeen.
   */
  readonly outcomes: Outcome[]
  readonly senderOf: (Sender | undefined)[]
  readonly partOf: number[]
  /** How many records have been judged. */
  judged: number
  remarks: Remark[] | undefined
}

type Meta = Pick<
  Request,
  'protocol' | 'receivedAt' | 'isOverBudget' | 'isImport' | 'network' | 'once'
>

const NO_PART = -1
const NOTHING: readonly never[] = []
const NOTHING_NEW: Appended = { fresh: NOTHING }
const KEPT_WHOLE: Outcome = Object.freeze({ is: 'kept', dropped: NOTHING })
const UNKNOWN_PRODUCT = '(unknown)'

export function createCollector(services: CollectorServices): Collector {
  return new InboxCollector(services)
}

class InboxCollector implements Collector {
  readonly #services: CollectorServices
  readonly #counts = new Map<string, RunningCounts>()
  readonly #unanswered = new WeakMap<DecodedRecords, Token>()
  readonly #tables = new Map<string, string>()
  /** Of the request that is being judged, which nearly always asks for nothing, and leaves it. */
  #asked: AskedStatements = new Map()
  #note = noteStatements(this.#asked)
  readonly #isDeleted = (deletion: string): boolean =>
    this.#services.inbox.tombstones.has('deletion', deletion)

  constructor(services: CollectorServices) {
    this.#services = services
  }

  collect(
    decoded: DecodedRecords,
    {
      protocol,
      receivedAt,
      isOverBudget = false,
      isImport = false,
      network,
      handover
    }: Parameters<Collector['collect']>[1]
  ): Promise<readonly Outcome[]> {
    const once = handover === undefined ? undefined : this.#handoverMark(handover, receivedAt)
    const meta = { protocol, receivedAt, isOverBudget, isImport, network, once }
    const asked = this.#asked
    const judgement = this.#judgement(decoded, meta, this.#note)
    if (asked.size === 0) return this.#append(decoded, judgement)
    this.#asked = new Map()
    this.#note = noteStatements(this.#asked)
    // A statement is stored as its shape or not at all, so its request waits and is judged again.
    return this.#services.statements
      .shapesOf(asked)
      .then((shapeOf) => this.#append(decoded, this.#judgement(decoded, meta, shapeOf)))
  }

  #judgement(
    decoded: DecodedRecords,
    meta: Meta,
    shapeOf: ShapeOf
  ): { readonly request: Request; readonly parts: Part[] } {
    const parts: Part[] = []
    const request = this.#newRequest(decoded, meta)
    this.#judgeAll(decoded.records, request, parts, shapeOf)
    this.#quarantine(decoded.dropped, request, parts)
    return { request, parts }
  }

  #append(
    decoded: DecodedRecords,
    { request, parts }: { readonly request: Request; readonly parts: Part[] }
  ): Promise<readonly Outcome[]> {
    const { mark, senderOf, receivedAt } = request
    const { trials } = this.#services
    if (trials.isRunning) trials.judge(decoded.records, senderOf, receivedAt)
    if (mark?.whileUnanswered === true) this.#unanswered.set(decoded, mark.digest)
    return this.#settle(
      parts.length === 0 && request.once === undefined
        ? undefined
        : this.#services.inbox.append(
            request.once === undefined ? { parts } : { parts, once: request.once }
          ),
      request,
      decoded.dropped
    )
  }

  // A function that waits keeps all that it was given, so what is raw and what was kept are not
  // given to this one.
  async #settle(
    appended: Promise<Appended> | undefined,
    request: Request,
    dropped: readonly DroppedEarly[]
  ): Promise<readonly Outcome[]> {
    const { fresh, isKnown = false } = appended === undefined ? NOTHING_NEW : await appended
    // A queue that delivers twice is no client that sends twice.
    if (isKnown) return request.outcomes
    // What an import was made of is in its own tally, and no part of today's figures.
    if (request.isImport) return request.outcomes
    this.#countEarly(dropped)
    this.#count(request, fresh)
    return request.outcomes
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

  #newRequest(decoded: DecodedRecords, meta: Meta): Request {
    const { duplicates, records, saidAt } = decoded
    const { protocol, receivedAt, isOverBudget, isImport, network, once } = meta
    // Written out, not spread: spreading alone took a tenth of a request's time.
    return {
      protocol,
      receivedAt,
      isOverBudget,
      isImport,
      network,
      once,
      duplicates,
      saidAt,
      mark: this.#requestMark(decoded, receivedAt),
      senders: [],
      outcomes: Array<Outcome>(records.length),
      senderOf: Array<Sender | undefined>(records.length),
      partOf: Array<number>(records.length),
      judged: 0,
      remarks: undefined
    }
  }

  #judgeAll(
    records: readonly WireRecord[],
    request: Request,
    parts: Part[],
    shapeOf: ShapeOf
  ): void {
    let source: WireSource | undefined
    let sender: Sender | undefined
    for (const record of records) {
      if (record.source !== source) {
        source = record.source
        sender = this.#sender(record, request.receivedAt)
        if (sender !== undefined) request.senders.push(sender)
      }
      this.#judge(record, sender, request, parts, shapeOf)
    }
  }

  #judge(
    wireRecord: WireRecord,
    sender: Sender | undefined,
    request: Request,
    parts: Part[],
    shapeOf: ShapeOf
  ): void {
    if (sender === undefined) return dropWhole(request, sender, 'RECORD_NOT_IN_CONTRACT')
    const { compiled } = sender
    // Whose past was erased may report again, but its past does not come back.
    if (request.isImport && this.#wasErased(sender)) return dropWhole(request, sender, 'DELETED')
    const judgement = judgeRecord(wireRecord, sender, {
      at: request.receivedAt,
      isDeleted: this.#isDeleted,
      shapeOf
    })
    if (judgement.is === 'refused') return dropWhole(request, sender, judgement.because)
    const { validation, violations, dropped } = judgement
    if (validation.is === 'dropped') {
      judged(request, sender, { is: 'dropped', dropped }, NO_PART)
      remark(request, {
        sender,
        name: undefined,
        record: undefined,
        violations,
        because: undefined,
        part: NO_PART
      })
      return
    }
    const { duplicates } = request
    const declared = compiled.contract.records.get(validation.name)
    const imported = request.isImport
      ? importedAt(ownTime(wireRecord, declared?.time), request.receivedAt, compiled.contract)
      : undefined
    if (imported?.is === 'dropped') return dropWhole(request, sender, imported.because)
    const receivedAt = imported?.at ?? request.receivedAt
    const mark =
      duplicates.by === 'record'
        ? this.#recordMark(wireRecord, sender, duplicates.ttlMs, receivedAt)
        : undefined
    const occurred = this.#occurred(wireRecord, receivedAt, declared?.time)
    const record = this.#recordOf(wireRecord, sender, request, {
      validation,
      receivedAt,
      occurred,
      mark,
      isImported: imported !== undefined
    })
    const part =
      mark === undefined
        ? this.#keepTogether(record, request.mark, parts, imported?.isOnlyCounted)
        : this.#keepAlone(record, mark, parts)
    const outcome = keptAs(dropped, occurred.from === 'clamped', imported)
    judged(request, sender, outcome, part)
    if (imported !== undefined) return
    const { isWatched } = this.#services.tail
    if (violations.length > 0 || isWatched) {
      remark(request, {
        sender,
        name: validation.name,
        record: isWatched ? record : undefined,
        violations,
        because: undefined,
        part
      })
    }
  }

  #recordOf(
    { seq }: WireRecord,
    sender: Sender,
    request: Request,
    judgement: {
      readonly validation: { name: string; kind: KeptRecord['kind']; fields: KeptRecord['fields'] }
      readonly receivedAt: Instant
      readonly occurred: { readonly at: Instant; readonly from: KeptRecord['occurredFrom'] }
      readonly mark: DuplicateMark | undefined
      readonly isImported: boolean
    }
  ): KeptRecord {
    const { validation, receivedAt, occurred, mark, isImported } = judgement
    return {
      product: sender.product,
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
      contract: sender.compiled.contract.digest,
      sdk: sender.sdk,
      protocol: request.protocol,
      seq: isSequence(seq) ? seq : undefined,
      messageDigest: (mark ?? request.mark)?.digest,
      deletion: sender.deletion,
      isOverBudget: request.isOverBudget,
      acceptedTerms: sender.acceptedTerms,
      isImported,
      fields: validation.fields
    }
  }

  #wasErased({ installation, account, lineage }: Sender): boolean {
    const { tombstones } = this.#services.inbox
    return Object.entries({ installation, account, lineage }).some(
      ([kind, token]) =>
        token !== undefined && tombstones.has(kind as 'installation' | 'account' | 'lineage', token)
    )
  }

  #keepAlone(
    record: KeptRecord,
    mark: DuplicateMark | undefined,
    parts: Part[],
    isOnlyCounted = false
  ): number {
    return parts.push({ mark, rows: [this.#rowOf(record, isOnlyCounted)] }) - 1
  }

  // Records that share a mark, or have none, share a part; their lines are one text per table.
  #keepTogether(
    record: KeptRecord,
    mark: DuplicateMark | undefined,
    parts: Part[],
    isOnlyCounted = false
  ): number {
    const last = parts.at(-1)
    if (last === undefined || last.mark !== mark)
      return this.#keepAlone(record, mark, parts, isOnlyCounted)
    addRow(last.rows, this.#rowOf(record, isOnlyCounted))
    return parts.length - 1
  }

  #rowOf(record: KeptRecord, isOnlyCounted: boolean): InboxRows {
    const table = isOnlyCounted ? pastTable(record.product) : this.#table(record.product)
    return { table, rows: 1, lines: recordLine(record) }
  }

  #table(product: string): string {
    let table = this.#tables.get(product)
    if (table === undefined) this.#tables.set(product, (table = recordTable(product)))
    return table
  }

  #requestMark(
    { duplicates, records }: DecodedRecords,
    receivedAt: Instant
  ): DuplicateMark | undefined {
    if (duplicates.by !== 'request' && duplicates.by !== 'unanswered') return undefined
    const [first] = records
    if (first === undefined) return undefined
    const digest = this.#services.keyring.duplicate(
      first.source.product,
      duplicates.scope,
      duplicates.key
    )
    const expiresAt = receivedAt + duplicates.ttlMs
    return duplicates.by === 'unanswered'
      ? { digest, expiresAt, whileUnanswered: true }
      : { digest, expiresAt }
  }

  // No queue holds what it was given for longer.
  #handoverMark(handover: string, receivedAt: Instant): DuplicateMark {
    const digest = this.#services.keyring.duplicate('', 'handover', handover)
    return { digest, expiresAt: receivedAt + this.#services.limits.handoverMs }
  }

  #recordMark(
    { duplicateOf }: WireRecord,
    sender: Sender,
    ttlMs: number,
    receivedAt: Instant
  ): DuplicateMark | undefined {
    if (duplicateOf === undefined) return undefined
    return {
      digest: this.#services.keyring.duplicate(sender.product, sender.duplicateScope, duplicateOf),
      expiresAt: receivedAt + ttlMs
    }
  }

  #occurred(
    { occurredAt, skewApplied }: WireRecord,
    receivedAt: Instant,
    coarse: 'hour' | 'day' | undefined
  ): { readonly at: Instant; readonly from: KeptRecord['occurredFrom'] } {
    if (occurredAt === undefined || !Number.isFinite(occurredAt))
      return { at: receivedAt, from: 'none' }
    const isCorrected = skewApplied === true
    const at = isCorrected
      ? coarsenedCorrected(occurredAt, coarse)
      : coarsenedTime(occurredAt, coarse)
    const { occurredPastMaxMs, occurredFutureMaxMs } = this.#services.limits
    if (at < receivedAt - occurredPastMaxMs || at > receivedAt + occurredFutureMaxMs)
      return { at: receivedAt, from: 'clamped' }
    return { at, from: isCorrected ? 'corrected' : 'sent' }
  }

  #quarantine(early: readonly DroppedEarly[], { receivedAt, mark }: Request, parts: Part[]): void {
    for (const { product, code, name, bytes, isOnlyCounted = false } of early) {
      const entry = this.#services.catalogue.product(product)
      if (isOnlyCounted || entry === undefined) continue
      const lines = quarantineLine({
        product,
        code,
        // An edge's word for it is not enough: anybody can hand on.
        record: name !== undefined && isPublishedName(entry, name) ? name : undefined,
        bytes,
        row: undefined,
        receivedAt
      })
      const row = { table: quarantineTable, rows: 1, lines }
      const last = parts.at(-1)
      if (last !== undefined && last.mark === mark) addRow(last.rows, row)
      else parts.push({ mark, rows: [row] })
    }
  }

  #countEarly(early: readonly DroppedEarly[]): void {
    for (const { product, code, events = 1 } of early) {
      const counts = this.#countsOf(
        this.#services.catalogue.product(product) === undefined ? UNKNOWN_PRODUCT : product
      )
      counts.received += events
      addTo(counts.dropped, code, events)
    }
  }

  #count(
    {
      outcomes,
      senderOf,
      partOf,
      senders,
      remarks,
      protocol,
      receivedAt,
      saidAt,
      network
    }: Request,
    fresh: readonly boolean[]
  ): void {
    for (let index = 0; index < outcomes.length; index++) {
      const outcome = outcomes[index] as Outcome
      const counts = this.#countsOf(senderOf[index]?.product ?? UNKNOWN_PRODUCT)
      counts.received++
      if (outcome.is === 'dropped')
        addTo(counts.dropped, outcome.dropped[0]?.code ?? 'RECORD_NOT_IN_CONTRACT')
      else if (fresh[partOf[index] ?? NO_PART] !== true) counts.duplicate++
      else {
        counts.kept++
        for (const { code } of outcome.dropped) addTo(counts.fieldsDropped, code)
      }
    }
    if (fresh.length === 0 || fresh.includes(true))
      for (const sender of senders) {
        this.#countSender(sender, receivedAt)
        if (saidAt !== undefined && sender.installation !== undefined)
          this.#services.hear(network ?? sender.installation, saidAt)
      }
    for (const remark of remarks ?? NOTHING) {
      if (remark.part !== NO_PART && fresh[remark.part] !== true) continue
      this.#countDrift(remark, receivedAt, network)
      if (this.#services.tail.isWatched) this.#tell(remark, protocol, receivedAt)
    }
  }

  #countDrift(
    { sender: { product, installation, version }, name, violations }: Remark,
    at: Instant,
    network: string | undefined
  ): void {
    for (const { field, kind, code, declared, insideCollection } of violations) {
      this.#services.drift.count({
        product,
        record: name,
        name: field,
        kind,
        reason: code,
        declared,
        insideCollection,
        installation,
        version,
        network,
        at
      })
    }
  }

  #countSender(sender: Sender, at: Instant): void {
    const { product, installation, version, lost } = sender
    const common = {
      product,
      record: undefined,
      insideCollection: false,
      installation,
      version,
      at
    }
    if (lost > 0) {
      this.#countsOf(product).lost += lost
      this.#services.drift.count({
        ...common,
        name: '(lost)',
        kind: 'null',
        reason: lostByClient,
        declared: true,
        times: lost
      })
    }
    if (sender.isContractUnknown) {
      this.#services.drift.count({
        ...common,
        name: '(contract)',
        kind: 'string',
        reason: 'UNKNOWN_CONTRACT',
        declared: true
      })
    }
    for (const { name, value } of sender.undeclaredParts) {
      this.#services.drift.count({
        ...common,
        name,
        kind: kindOf(value),
        reason: 'FIELD_NOT_IN_CONTRACT',
        declared: false
      })
    }
  }

  #tell(
    { record, sender, violations, because, part }: Remark,
    protocol: string,
    at: Instant
  ): void {
    // Kept, but read before anybody watched: to say that it was dropped would be wrong, and what it
    // held is gone.
    if (record === undefined && part !== NO_PART) return
    const said = violations.map(({ code, field, declared }) =>
      declared ? { code, field } : { code }
    )
    const dropped = because === undefined ? said : [{ code: because }]
    if (record === undefined)
      this.#services.tail.dropped({ product: sender.product, protocol, at, dropped })
    else this.#services.tail.kept(record, dropped)
  }

  #countsOf(product: string): RunningCounts {
    let counts = this.#counts.get(product)
    if (counts === undefined) this.#counts.set(product, (counts = noCounts()))
    return counts
  }
}

function ownTime(
  { occurredAt }: WireRecord,
  coarse: 'hour' | 'day' | undefined
): Instant | undefined {
  return occurredAt === undefined ? undefined : coarsenedTime(occurredAt, coarse)
}

function keptAs(
  dropped: readonly Dropped[],
  isClamped: boolean,
  imported: (ImportedAt & { readonly is: 'kept' }) | undefined
): Outcome {
  if (dropped.length === 0 && !isClamped && imported === undefined) return KEPT_WHOLE
  return {
    is: 'kept',
    dropped,
    ...(isClamped && { isClamped: true }),
    ...(imported !== undefined && {
      imported: { day: dayOf(imported.at), isOnlyCounted: imported.isOnlyCounted }
    })
  }
}

function judged(
  request: Request,
  sender: Sender | undefined,
  outcome: Outcome,
  part: number
): void {
  const index = request.judged++
  request.outcomes[index] = outcome
  request.senderOf[index] = sender
  request.partOf[index] = part
}

function remark(request: Request, made: Remark): void {
  if (request.remarks === undefined) request.remarks = [made]
  else request.remarks.push(made)
}

function dropWhole(request: Request, sender: Sender | undefined, because: Dropped['code']): void {
  judged(request, sender, { is: 'dropped', dropped: [{ code: because }] }, NO_PART)
  if (sender !== undefined)
    remark(request, {
      sender,
      name: undefined,
      record: undefined,
      violations: NOTHING,
      because,
      part: NO_PART
    })
}

function addRow(rows: InboxRows[], row: InboxRows): void {
  const at = rows.findIndex(({ table }) => table === row.table)
  const same = rows[at]
  if (same === undefined) rows.push(row)
  else rows[at] = { table: row.table, rows: same.rows + row.rows, lines: same.lines + row.lines }
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

/** As coarse as the contract says, whatever the client did. */
function coarsenedTime(at: Instant, coarse: 'hour' | 'day' | undefined): Instant {
  return coarse === undefined ? Math.round(at) : roundedInstant(at, coarse)
}

/**
 * A client whose clock is wrong by seconds has told the beginning of its day: corrected, that is
 * the evening before, and means the day still.
 */
function coarsenedCorrected(at: Instant, coarse: 'hour' | 'day' | undefined): Instant {
  const half = coarse === 'day' ? DAY_MS / 2 : HOUR_MS / 2
  return coarsenedTime(coarse === undefined ? at : at + half, coarse)
}
