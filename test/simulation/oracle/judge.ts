/**
 * Was every promise kept? Looks at what leaves machines, what a collector answers, what lies in the
 * store and on its disk, and holds it against the ledger.
 */
import { hash } from 'node:crypto'
import {
  levels,
  mark,
  recordsDays,
  tagShape,
  type ContractVersion,
  type Level
} from '../world/contract-versions.ts'
import type { Process } from '../world/machine.ts'
import type { Timeline } from '../world/timeline.ts'
import { Ledger, type Foreign, type Recorded, type UsersWord } from './ledger.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** What the collector promises when it takes a deletion. */
const goneAfterMs = 72 * HOUR_MS
/**
 * Retention runs four times a day, and a day expires whole; the inbox keeps what was loaded for 72
 * hours, and is copied once a day.
 */
const expiredAfterMs = (recordsDays + 1) * DAY_MS + 12 * HOUR_MS

/**
 * The loader looks every twenty minutes here, and halves a block that is refused each time. While
 * the store is away now and then, it takes longer.
 */
const loadedAfterMs = 6 * HOUR_MS
/** A pause after failures, a period, what an operator asks for, and the next run after that. */
const arrivedAfterMs = 4.5 * DAY_MS

interface WireRecord {
  readonly seq: number
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}
interface WireReport {
  readonly report: string
  readonly installation?: string
  readonly deletion?: string
  readonly runs: readonly {
    readonly contract: string
    readonly session: string
    readonly consent: { readonly level: string }
    readonly records: readonly WireRecord[]
  }[]
}

export interface StoredRow {
  readonly n: number
  readonly tag: string
  readonly receivedAt: number
  readonly contract: string
  readonly fields: Readonly<Record<string, unknown>>
}

export type Promised =
  | 'exactly once'
  | 'nothing undeclared'
  | 'nothing beyond consent'
  | 'nothing after off'
  | 'gone is gone'
  | 'only quieter'
  | 'no herd'
  | 'no fault'

/** What was promised, and is not so. */
export interface Failure {
  readonly promise: Promised
  readonly how: string
  readonly at: number
}

export class Judge {
  readonly ledger = new Ledger()
  failure: Failure | undefined
  readonly #timeline: Timeline
  readonly #versions: readonly ContractVersion[]
  /** How often each came that a run tells at its end: reports, answers, codes of what was dropped. */
  readonly figures = new Map<string, number>()

  readonly #fleet: number | undefined
  readonly #meeting = new Set<string>()
  #metAt: number
  readonly #began: number

  /** `fleet`: so many installations whose programs start at the same second. */
  constructor(timeline: Timeline, versions: readonly ContractVersion[], fleet?: number) {
    this.#timeline = timeline
    this.#versions = versions
    this.#fleet = fleet
    this.#metAt = timeline.now
    this.#began = timeline.now
  }

  /** One of a fleet reports by itself. */
  meets(installation: string): void {
    const { now } = this.#timeline
    if (this.#fleet === undefined) return
    if (now - this.#metAt > HOUR_MS) {
      this.#meeting.clear()
      this.#metAt = now
    }
    this.#meeting.add(installation)
    // All begin together, and a period later they are apart.
    if (now - this.#began > 0.5 * DAY_MS && this.#meeting.size > this.#fleet * 0.75)
      this.broken('no herd', `${this.#meeting.size} of ${this.#fleet} report at once`)
  }

  count(what: string): void {
    this.figures.set(what, (this.figures.get(what) ?? 0) + 1)
  }

  /** A request on its way out of a machine, from the SDK. */
  leaves(process: Process, word: UsersWord, path: string, body: string): void {
    if (body.includes(mark))
      this.broken('nothing undeclared', `${process.id} sends what no contract names`)
    if (path !== '/v1/reports') return
    const report = JSON.parse(body) as WireReport
    const now = { order: this.#timeline.tick(), now: this.#timeline.now }
    if (report.installation !== undefined) this.ledger.rawIds.add(report.installation)
    if (word.inForce(process, now).length === 0)
      this.broken('nothing after off', `${process.id} sends a report, and nobody says yes`)
    for (const run of report.runs) {
      this.ledger.rawIds.add(run.session)
      for (const { fields } of run.records) this.#mayLeave(process, report, fields, now)
    }
  }

  #mayLeave(
    process: Process,
    report: WireReport,
    fields: Readonly<Record<string, unknown>>,
    now: { readonly order: number; readonly now: number }
  ): void {
    const n = Number(fields['n'])
    const record = this.ledger.records.get(n)
    if (record === undefined || record.tag !== fields['tag'])
      return this.broken(
        'nothing undeclared',
        `${process.id} sends a record that nobody made: ${n}`
      )
    if (report.deletion !== undefined) record.deletions.add(report.deletion.replace('sha256:', ''))
    const then = record.word.inForce(record.process, { order: record.order, now: record.at })
    if (then.length === 0)
      this.broken('nothing beyond consent', `${n} was recorded before anybody agreed, and is sent`)
    if (record.word.refusedBetween(record.order, now.order))
      this.broken('nothing after off', `${n} was recorded before a no, and is sent after it`)
    const agreed = record.word.inForce(process, now)
    if (agreed.length === 0)
      this.broken('nothing after off', `${process.id} sends ${n}, and nobody says yes`)
    for (const [name, value] of Object.entries(fields))
      for (const sets of [then, agreed])
        if (!sets.some(({ version, level }) => isWithin(version, level, name, value)))
          this.broken('nothing beyond consent', `${n} has ${name}, which was not agreed to`)
  }

  /** What reached the collector: it may be kept from then on, whatever becomes of the answer. */
  arrives(request: string): void {
    let report: Partial<WireReport>
    try {
      report = JSON.parse(request) as Partial<WireReport>
    } catch {
      return
    }
    for (const { records = [] } of report.runs ?? [])
      for (const { fields } of records) {
        const n = Number(fields['n'])
        const known = this.ledger.records.get(n) ?? this.ledger.foreign.get(n)
        if (known !== undefined) known.arrivedAt ??= this.#timeline.now
      }
  }

  /** A report that reached the collector, and the whole of its answer. */
  answered(
    request: string,
    { status, body }: { readonly status: number; readonly body: string }
  ): void {
    this.count(`answered ${status}`)
    if (status !== 200) return
    const report = JSON.parse(request) as WireReport
    const answer = JSON.parse(body) as {
      readonly accepted: number
      readonly dropped: readonly { run: number; seq: number; code: string; field?: string }[]
    }
    const records = report.runs.flatMap((run, index) =>
      run.records.map((record) => ({ run, index, record }))
    )
    const whole = answer.dropped.filter(({ code }) => wholeRecords.has(code))
    const refused = new Map(whole.map((each) => [`${each.run}/${each.seq}`, each.code]))
    if (records.length - refused.size > answer.accepted)
      this.broken(
        'exactly once',
        `an answer takes ${answer.accepted} of ${records.length}, and names ${refused.size}`
      )
    for (const { index, run, record } of records) {
      const n = Number(record.fields['n'])
      const known = this.ledger.records.get(n) ?? this.ledger.foreign.get(n)
      if (known === undefined) continue
      const code = refused.get(`${index}/${record.seq}`)
      known.answeredAt ??= this.#timeline.now
      if (code === undefined) known.isAcknowledged = true
      else {
        this.count(`dropped ${code}`)
        this.#isTrue(code, record, run, report)
        if ('refusals' in known) known.refusals.add(code)
      }
    }
  }

  #isTrue(
    code: string,
    record: WireRecord,
    run: WireReport['runs'][number],
    report: WireReport
  ): void {
    // A contract that nobody published is read as the newest.
    const version =
      this.#versions.find(({ form }) => form.digest === run.contract) ??
      this.#versions.find(({ expires }) => expires !== undefined)
    const truth: Readonly<Record<string, () => boolean>> = {
      EXPIRED: () =>
        version?.expires !== undefined &&
        this.#timeline.now >= Date.parse(version.expires) - DAY_MS,
      DELETED: () => this.ledger.askedDeletions.has(report.deletion?.replace('sha256:', '') ?? ''),
      RECORD_NOT_IN_CONTRACT: () => record.name !== 'work'
    }
    if (truth[code]?.() !== true)
      this.broken('exactly once', `${record.fields['n']} is dropped as ${code}, which is not true`)
  }

  /** It may be carried out from then on, though whoever asked was cut off. */
  deletionArrives(request: string): void {
    for (const key of keysIn(request)) this.ledger.askedDeletions.add(hash('sha256', key, 'hex'))
  }

  /** Somebody revealed their keys, and was told that it will be done. */
  deletionAccepted(request: string): void {
    for (const key of keysIn(request))
      this.ledger.deletions.set(hash('sha256', key, 'hex'), this.#timeline.now)
  }

  /** All that the store holds. `isAtEnd`: everything that is owed has had its time. */
  store(rows: readonly StoredRow[], isAtEnd: boolean): void {
    const { now } = this.#timeline
    const seen = new Set<number>()
    for (const row of rows) {
      if (seen.has(row.n)) this.broken('exactly once', `${row.n} is in the store twice`)
      seen.add(row.n)
      const known = this.ledger.records.get(row.n) ?? this.ledger.foreign.get(row.n)
      if (known === undefined || known.tag !== row.tag)
        return this.broken('nothing undeclared', `the store has ${row.n}, which nobody made`)
      this.#fieldsOf(row)
      for (const digest of known.deletions)
        if (now - (this.ledger.deletions.get(digest) ?? now) > goneAfterMs)
          this.broken('gone is gone', `${row.n} was deleted, and is in the store`)
      if (now - row.receivedAt > expiredAfterMs)
        this.broken('gone is gone', `${row.n} has expired, and is in the store`)
      const version = this.#versions.find(({ form }) => form.digest === row.contract)
      if (version?.expires !== undefined && row.receivedAt >= Date.parse(version.expires) + DAY_MS)
        this.broken('nothing beyond consent', `${row.n} is kept, and its contract had ended`)
    }
    for (const record of [...this.ledger.records.values(), ...this.ledger.foreign.values()])
      this.#isThere(record, seen, isAtEnd)
  }

  #isThere(record: Foreign | Recorded, seen: ReadonlySet<number>, isAtEnd: boolean): void {
    const { n, isAcknowledged, arrivedAt = 0, answeredAt, deletions } = record
    const wasDeleted = [...deletions].some((digest) => this.ledger.askedDeletions.has(digest))
    const mayHaveGone = wasDeleted || this.#timeline.now - arrivedAt > (recordsDays - 1) * DAY_MS
    const hasHadTime =
      this.#timeline.now - (answeredAt ?? 0) > (isAtEnd ? loadedAfterMs : 8 * loadedAfterMs)
    if (isAcknowledged && hasHadTime && !mayHaveGone && !seen.has(n))
      this.broken('exactly once', `${n} was answered with 2xx, and is not in the store`)
    if (
      isAtEnd &&
      'isOwed' in record &&
      record.isOwed &&
      this.#timeline.now - record.at > arrivedAfterMs &&
      !isAcknowledged &&
      record.refusals.size === 0
    )
      this.broken(
        'exactly once',
        `${n} was recorded with a yes, nothing happened to its machine, and it never arrived`
      )
  }

  #fieldsOf({ n, fields, contract }: StoredRow): void {
    const version = this.#versions.find(({ form }) => form.digest === contract)
    const level = this.ledger.foreign.get(n)?.level
    const isForeign = this.ledger.foreign.has(n)
    for (const [name, value] of Object.entries(fields)) {
      const declared = version?.fields[name]
      if (declared === undefined)
        this.broken(
          'nothing undeclared',
          `the store has ${name} of ${n}, which its contract does not name`
        )
      else if (isForeign && !isWithin(version as ContractVersion, level ?? 'basic', name, value))
        this.broken(
          'nothing beyond consent',
          `the store has ${name} of ${n}, above the level that was stated`
        )
    }
  }

  /** The bytes of one file of the collector, or a line that it logged. */
  disk(name: string, bytes: Buffer): void {
    const text = bytes.toString('latin1')
    this.text(name, text)
    const { now } = this.#timeline
    for (const [tag] of text.matchAll(tagShape)) {
      const n = this.ledger.byTag.get(tag)
      const record = n === undefined ? undefined : this.ledger.records.get(n)
      const foreign = n === undefined ? undefined : this.ledger.foreign.get(n)
      for (const digest of (record ?? foreign)?.deletions ?? [])
        if (now - (this.ledger.deletions.get(digest) ?? now) > goneAfterMs)
          this.broken('gone is gone', `${n} was deleted, and is readable in ${name}`)
      const answeredAt = (record ?? foreign)?.answeredAt
      if (answeredAt !== undefined && now - answeredAt > expiredAfterMs)
        this.broken('gone is gone', `${n} has expired, and is readable in ${name}`)
    }
  }

  text(name: string, text: string): void {
    if (text.includes(mark)) this.broken('nothing undeclared', `${name} has what no contract names`)
    if (text.includes('203.0.113.')) this.broken('nothing undeclared', `${name} has an address`)
    for (const [id] of text.matchAll(uuidShape))
      if (this.ledger.rawIds.has(id))
        this.broken('nothing undeclared', `${name} has an id as it was sent`)
  }

  /** Our own code failed where it should not. */
  fault(error: unknown): void {
    this.broken('no fault', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  /** The first counts: what breaks after it may follow from it. */
  broken(promise: Promised, how: string): void {
    if (this.failure !== undefined) return
    this.failure = { promise, how, at: this.#timeline.now }
    this.#timeline.note(`BROKEN ${promise}: ${how}`)
  }
}

function keysIn(request: string): readonly string[] {
  try {
    const { keys } = JSON.parse(request) as { readonly keys?: unknown }
    return Array.isArray(keys) ? keys.map(String) : []
  } catch {
    return []
  }
}

/** Codes that say that nothing of a record was kept; others are of one of its fields. */
const wholeRecords = new Set(['RECORD_NOT_IN_CONTRACT', 'EXPIRED', 'PRODUCT_RETIRED', 'DELETED'])

const uuidShape = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

function isWithin(version: ContractVersion, level: Level, name: string, value: unknown): boolean {
  const declared = version.fields[name]
  if (declared === undefined || levels.indexOf(declared.level) > levels.indexOf(level)) return false
  if (declared.words !== undefined)
    return value === 'other' || declared.words.includes(value as string)
  return (
    declared.max === undefined || (typeof value === 'number' && value >= 0 && value <= declared.max)
  )
}
