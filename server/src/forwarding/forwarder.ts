/**
 * Hands one product's records to one recipient: deletions first, then what came since, in order and
 * at least once, however long the recipient is away.
 */
import { DAY_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import { codeOf } from '../errors.ts'
import type { Tombstone } from '../inbox/inbox.ts'
import type { Log } from '../log.ts'
import type { Instant } from '../record.ts'
import type { Storage } from '../storage/storage.ts'
import { NotTaken, type ForwardedRecord, type Recipient } from './forwarded.ts'
import { rowsAfter, settledAt, type KeptRows, type Place } from './kept-rows.ts'
import { noteDeletions } from './owed-deletions.ts'
import type { Places, Standing } from './places.ts'
import {
  namedRecipient,
  withinTerms,
  type Contracts,
  type OutsideId,
  type StoredRow
} from './within-terms.ts'

export interface ForwarderOptions {
  readonly product: string
  readonly to: string
  readonly kind: string
  /** Names of records; undefined: all. None: it is told of deletions alone. */
  readonly records: readonly string[] | undefined
  readonly recipient: Recipient
  /** Its deletions name users alone. */
  readonly knowsUsersAlone: boolean
  readonly contracts: () => Contracts
  readonly outside: OutsideId
  readonly storage: Pick<Storage, 'query' | 'cluster' | 'unsettledMs'>
  readonly tombstones: () => readonly Tombstone[]
  readonly places: Places
  readonly effects: Pick<Effects, 'clock' | 'random'>
  readonly log: Pick<Log, 'warn' | 'info'>
  readonly signal: AbortSignal
  /** Instead of the recipient's own, for a test. */
  readonly pauseMs?: number | undefined
}

export interface ForwarderState {
  readonly product: string
  readonly to: string
  readonly kind: string
  /** False: the published contract does not name it, so no record goes. */
  readonly isNamed: boolean
  /** Since when it takes nothing, and what it does instead; undefined: it is well. */
  readonly failing: { readonly since: Instant; readonly says: string } | undefined
  /** Everything that came before this was looked at. */
  readonly reachedAt: Instant
  readonly refused: Standing['refused']
  readonly owed: number
  /** Since the start: taken, told deletions, refused, and why what stays stays. */
  readonly counts: ReadonlyMap<string, number>
}

const retryMsMin = 1_000
const retryMsMax = 900_000
const deletionsMax = 500
/** Beyond this it takes next to nothing as it is: then it stands until somebody looks. */
const refusedMax = 100
const refusedAgainMs = DAY_MS

export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #standing: Standing
  readonly #counts = new Map<string, number>()
  #failing: ForwarderState['failing']
  #attempts = 0
  /** One after the other: two at once would owe each deletion twice. */
  #noting: Promise<unknown> = Promise.resolve()

  constructor(options: ForwarderOptions, standing: Standing) {
    this.#options = options
    this.#standing = standing
  }

  state(): ForwarderState {
    const { product, to, kind } = this.#options
    return {
      product,
      to,
      kind,
      isNamed: this.#isNamed(),
      failing: this.#failing,
      reachedAt: this.#standing.place.at,
      refused: this.#standing.refused,
      owed: this.#standing.owed.length,
      counts: this.#counts
    }
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    const { effects, signal, recipient, pauseMs = recipient.pace.pauseMs } = this.#options
    while (!signal.aborted) {
      const next = await this.#carefully()
      if (next === 'more') continue
      await effects.clock.sleep(next === 'idle' ? pauseMs : next, signal)
    }
  }

  /** Before the rows go by which it is known whom a deletion names. Durable once it resolves. */
  noteDeletions(): Promise<void> {
    const noted = this.#noting.then(() => this.#noteNow())
    this.#noting = noted.catch(() => undefined)
    return noted
  }

  async #noteNow(): Promise<void> {
    const { product, outside, storage, knowsUsersAlone, places, tombstones } = this.#options
    const isNew = await noteDeletions(this.#standing, tombstones(), {
      product,
      outside,
      storage: knowsUsersAlone ? storage : undefined
    })
    if (isNew) await places.save()
  }

  /** One step; the pause behind it in milliseconds where it failed. */
  async #carefully(): Promise<'more' | 'idle' | number> {
    const { effects, product, to, log, signal } = this.#options
    try {
      const next = await this.#turn()
      if (this.#failing !== undefined) log.info({ product, to }, 'a recipient takes records again')
      this.#failing = undefined
      this.#attempts = 0
      return next
    } catch (error) {
      if (signal.aborted) return 'idle'
      const isTheirs = error instanceof NotTaken
      const says = isTheirs ? error.says : `${codeOf(error)} here, not there`
      if (this.#failing?.says !== says) log.warn({ product, to, says }, 'a recipient takes nothing')
      this.#failing = { since: this.#failing?.since ?? effects.clock.now(), says }
      const backoff = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(this.#attempts++, 20))
      // Half of it by chance: recipients that were away are not all asked at once.
      const jittered = (backoff * (256 + (effects.random(1)[0] ?? 0))) / 512
      return Math.max(jittered, isTheirs ? (error.retryAfterMs ?? 0) : 0)
    }
  }

  async #turn(): Promise<'more' | 'idle'> {
    await this.noteDeletions()
    if (this.#standing.owed.length > 0) {
      await this.#tellDeletions()
      return 'more'
    }
    if (!this.#isNamed() || this.#options.records?.length === 0) return 'idle'
    if (await this.#tryRefused()) return 'more'
    return this.#sendNext()
  }

  async #tellDeletions(): Promise<void> {
    const { recipient, places } = this.#options
    const some = this.#standing.owed.slice(0, deletionsMax)
    try {
      await recipient.forget(some, batchName(some[0]?.id ?? '', Date.parse(some[0]?.before ?? '')))
    } catch (error) {
      // A deletion is never given up: whoever refuses it is tried again, and told of by the doctor.
      throw error instanceof NotTaken ? new NotTaken('later', `deletion: ${error.says}`) : error
    }
    this.#standing.owed.splice(0, some.length)
    this.#count('deletion', some.length)
    await places.save()
  }

  async #sendNext(): Promise<'more' | 'idle'> {
    const { storage, places } = this.#options
    const settled = await settledAt(storage)
    // The store's clock was set back: what came since lies before the place, and goes once more.
    if (settled < this.#standing.place.at) this.#standing.place = { at: settled, hash: '0' }
    const { place: after } = this.#standing
    const found = await this.#read(after, undefined)
    if (found.rows.length === 0) return 'idle'
    try {
      await this.#send(found, after)
    } catch (error) {
      if (!(error instanceof NotTaken) || error.because !== 'content') throw error
      this.#refuse(error, after, found)
    }
    this.#standing.place = found.place
    await places.save()
    return found.isMore ? 'more' : 'idle'
  }

  #refuse(error: NotTaken, after: Place, { place: until, rows }: KeptRows): void {
    const { product, to, effects, log } = this.#options
    if (this.#standing.refused.length >= refusedMax)
      throw new NotTaken('later', `${error.says} to ${refusedMax} batches; nothing more is tried`)
    const at = effects.clock.now()
    const refused = { after, until, records: rows.length, says: error.says, at }
    this.#standing.refused.push(refused)
    this.#count('refused', rows.length)
    log.warn({ product, to, says: error.says, records: rows.length }, 'a batch was refused')
  }

  /** Once a day, and so after a start a day later at most: perhaps the recipient was mended. */
  async #tryRefused(): Promise<boolean> {
    const { effects, places } = this.#options
    const now = effects.clock.now()
    const due = this.#standing.refused.find(({ at }) => now - at >= refusedAgainMs)
    if (due === undefined) return false
    // Before it is sent: whoever refuses it again is not asked again at once.
    due.at = now
    await places.save()
    let { after } = due
    try {
      for (;;) {
        const found = await this.#read(after, due.until)
        if (found.rows.length === 0) break
        await this.#send(found, after)
        after = found.place
      }
      this.#standing.refused.splice(this.#standing.refused.indexOf(due), 1)
    } catch (error) {
      if (!(error instanceof NotTaken) || error.because !== 'content') throw error
      due.after = after
    }
    await places.save()
    return true
  }

  #read(after: Place, until: Place | undefined): Promise<KeptRows> {
    const { product, records, recipient, storage } = this.#options
    const { recordsMax: rowsMax } = recipient.pace
    return rowsAfter(storage, { product, after, until, rowsMax, records })
  }

  async #send({ rows }: KeptRows, after: Place): Promise<void> {
    const { recipient, contracts, to, outside } = this.#options
    const known = contracts()
    const isGone = this.#goneNow()
    const seen = new Map<string, number>()
    const records: ForwardedRecord[] = []
    const outcomes: string[] = []
    for (const { _at: _, _hash: hash, ...row } of rows as readonly StoredRow[]) {
      // Records that are alike in everything are two records.
      const text = `${String(hash)} ${JSON.stringify(row)}`
      const copy = seen.get(text) ?? 0
      seen.set(text, copy + 1)
      if (isGone(row)) {
        outcomes.push('deleted')
        continue
      }
      const id = outside('record', `${copy} ${text}`)
      const fitting = withinTerms(row, known, { to, id, outside })
      if (fitting.is === 'forwarded') records.push(fitting.record)
      outcomes.push(fitting.is === 'forwarded' ? 'sent' : fitting.because)
    }
    if (records.length > 0) {
      await this.#noteSent()
      await recipient.send(records, batchName(after.hash, after.at))
    }
    for (const outcome of outcomes) this.#count(outcome, 1)
  }

  /** Before it goes: what is answered by nobody may have been taken. */
  async #noteSent(): Promise<void> {
    if (this.#standing.hasSent) return
    this.#standing.hasSent = true
    await this.#options.places.save()
  }

  /** What was taken back a moment ago may still lie in the store. */
  #goneNow(): (row: StoredRow) => boolean {
    const tombstones = this.#options.tombstones()
    if (tombstones.length === 0) return () => false
    const askedAt = new Map(
      tombstones.map(({ kind, digest, requestedAt }) => [`${kind}/${digest}`, requestedAt])
    )
    return (row) => {
      if (askedAt.has(`deletion/${String(row['deletion'])}`)) return true
      const received = Date.parse(`${String(row['received_at']).replace(' ', 'T')}Z`)
      return (['installation', 'account', 'lineage'] as const).some(
        (kind) => received <= (askedAt.get(`${kind}/${String(row[kind])}`) ?? -1)
      )
    }
  }

  #isNamed(): boolean {
    return namedRecipient(this.#options.contracts(), this.#options.to) !== undefined
  }

  #count(outcome: string, by: number): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + by)
  }
}

/** Of where it begins, so that an object that is written again is the same one. */
function batchName(hash: string, at: Instant): string {
  return `${String(at).padStart(15, '0')}-${hash}`
}
