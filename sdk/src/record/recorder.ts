/**
 * How does a record get from a program's call into the spool, without the program noticing? Copied
 * at once, read and written when its turn is over.
 */
import { isRefused, isUndecided, records, sends, type ConsentState } from '../consent/decision.ts'
import type { AllowedRecord, Telling } from '../consent/agreed-type.ts'
import { notToBeSentFile } from '../consent/waiting.ts'
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm, EnvironmentPart, RecordForm, StreamForm } from '../form.ts'
import { machineMark } from '../identity/installation-file.ts'
import { randomUuid } from '../identity/uuid.ts'
import { limits } from '../limits.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Fields, RecordOptions } from '../telemetry.ts'
import type { WireRecord, WireRun, WireValue } from '../wire.ts'
import type { Loss } from './scalars.ts'
import { snapshot, snapshotMembers } from './snapshot.ts'
import { appendToSpool } from './spool.ts'
import { compileFields, type Others, type ReadFields, type ReadingRules } from './validate.ts'
import { compileWithin } from './within-agreed.ts'

/** What is asked of consent. */
interface RecordingConsent {
  decision(): { readonly state: ConsentState }
  /** As `decision`, but looks first whether somebody said something meanwhile. */
  refresh(): { readonly state: ConsentState }
  /** Paths of the fields that may travel; undefined if the record may not. */
  allows(record: string): AllowedRecord | undefined
  environmentParts(): ReadonlySet<EnvironmentPart>
  level(): string | undefined
  acceptedTerms(): string | undefined
}

/** What is asked of identity; nothing of it is called before consent allows a record. */
interface RecordingIdentity {
  session(now: number): { readonly id: string; readonly startsNew?: boolean }
  windowName(now: number): string | undefined
  account(): string | undefined
  streamAccount(from: string | undefined): string | undefined
  hashName(field: string, value: string): string
}

export interface RecorderInput {
  readonly form: ContractForm
  readonly version: string
  readonly state: StateFolder
  readonly consent: RecordingConsent
  readonly identity: () => RecordingIdentity
  readonly environment: () => Surroundings
  readonly effects: Effects
  readonly context?: Fields | (() => Fields) | undefined
  /** The share of events that the collector asked for: 1 for all. */
  readonly share?: () => number
  /** After records were spooled. */
  readonly onSpooled?: () => void
}

export interface Recorder {
  record(name: string, fields: object, options?: RecordOptions): void
  /** Writes what waits in memory. Synchronous; never throws. */
  flush(): void
  /** What is kept in memory while nothing is decided: for the preview only. */
  held(): readonly Pending[]
  /** Forgets what waits in memory. */
  forget(): void
  lose(cause: Loss, count?: number): void
  /** Not yet in a line of the spool. */
  lostCount(): number
  pendingCount(): number
}

export interface Pending {
  readonly name: string
  readonly form: RecordForm
  readonly fields: Record<string, unknown>
  readonly at: number
}

interface FieldReading {
  readonly read: ReadFields
  readonly telling: Telling
}

/** A line fits into one report with all that stands around it. */
const lineBytesMax = 48 * 1024

interface Consented {
  readonly level: string
  readonly accepted: string
}

/** What shares a report: under one id or none, and of one stream or the open edition. */
interface Part {
  readonly isNameless: boolean
  readonly stream: StreamForm | undefined
}

export function createRecorder(input: RecorderInput): Recorder {
  return new TurnRecorder(input)
}

class TurnRecorder implements Recorder {
  readonly #input: RecorderInput
  readonly #form: ContractForm
  readonly #consent: RecordingConsent
  readonly #effects: Effects
  readonly #forms: ReadonlyMap<string, RecordForm>
  readonly #streams: ReadonlyMap<string, StreamForm>
  readonly #compiled = new Map<
    string,
    { readonly allowed: AllowedRecord; readonly read: ReadFields }
  >()
  readonly #lost = new Map<Loss, number>()
  #pending: Pending[] = []
  /** Recorded before anything is decided: to be looked at, never to be sent. */
  #held: Pending[] = []
  #isScheduled = false
  #seq = 0
  #session = ''
  #context: Record<string, unknown> | undefined
  #salt: string | undefined
  #machine: string | undefined

  constructor(input: RecorderInput) {
    this.#input = input
    this.#form = input.form
    this.#consent = input.consent
    this.#effects = input.effects
    this.#forms = new Map(Object.entries(input.form.records))
    this.#streams = new Map(
      (input.form.edition?.streams ?? []).flatMap((stream) =>
        stream.records.map((name): [string, StreamForm] => [name, stream])
      )
    )
  }

  record(name: string, fields: object, options?: RecordOptions): void {
    try {
      this.#add(name, fields, options)
    } catch {
      this.lose('invalid_value')
    }
  }

  flush(): void {
    this.#isScheduled = false
    if (this.#pending.length === 0 && this.#lost.size === 0) return
    const decision = this.#consent.refresh()
    const taken = this.#pending
    this.#pending = []
    if (!records(decision)) return this.#lost.clear()
    try {
      // To be looked at, and never sent: not by a later yes either.
      if (!sends(decision)) this.#input.state.createOnce(notToBeSentFile, '')
      this.#write(taken)
    } catch {
      this.lose('spool', taken.length)
    }
  }

  held(): readonly Pending[] {
    return this.#held
  }

  forget(): void {
    this.#pending = []
    this.#held = []
    this.#lost.clear()
  }

  /** Handed on as it is. */
  readonly lose = (cause: Loss, count = 1): void =>
    void this.#lost.set(cause, (this.#lost.get(cause) ?? 0) + count)

  lostCount(): number {
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0)
  }

  pendingCount(): number {
    return this.#pending.length
  }

  #namelessSalt(): string {
    return (this.#salt ??= randomUuid(this.#effects))
  }

  #copied(fields: object): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(fields)) {
      const value = (fields as Record<string, unknown>)[key]
      if (key === '__proto__') this.lose('undeclared')
      else
        copy[key] =
          typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
            ? value
            : snapshot(value)
    }
    return copy
  }

  #atOf(options: RecordOptions | undefined): number {
    const at = options?.at instanceof Date ? Date.prototype.getTime.call(options.at) : Number.NaN
    // Years that a date's text has room for.
    return Math.abs(at) <= 8.64e15 && at >= 0 && at < 253_402_300_800_000 ? at : this.#effects.now()
  }

  #add(name: string, fields: object, options: RecordOptions | undefined): void {
    const decision = this.#consent.decision()
    if (isRefused(decision)) return
    const record = this.#forms.get(name)
    if (record === undefined) return this.lose('undeclared')
    let copy: Record<string, unknown>
    try {
      copy = typeof fields === 'object' && fields !== null ? this.#copied(fields) : {}
    } catch {
      copy = snapshotMembers(fields, () => this.lose('invalid_value'))
    }
    const one: Pending = { name, form: record, fields: copy, at: this.#atOf(options) }
    if (isUndecided(decision)) {
      this.#held.push(one)
      if (this.#held.length > limits.undecidedRecordsMax) this.#held.shift()
      return
    }
    if (this.#pending.length >= limits.pendingRecordsMax) {
      this.#pending.shift()
      this.lose('overflow')
    }
    this.#pending.push(one)
    if (options?.durable === true) this.flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#effects.endOfTurn(() => this.flush())
    }
  }

  #readerFor(name: string, record: RecordForm, allowed: AllowedRecord): ReadFields {
    const known = this.#compiled.get(name)
    if (known?.allowed === allowed) return known.read
    const rules: ReadingRules = {
      allows: (path) => allowed.fields.has(path),
      // A token that is the same elsewhere would tie a nameless record to its installation.
      hashName: (field, value) =>
        this.#input
          .identity()
          .hashName(field, allowed.telling.isNameless ? `${this.#namelessSalt()}\n${value}` : value)
    }
    const read =
      allowed.agreed === undefined
        ? compileFields(record.fields, rules)
        : compileWithin(record.fields, allowed.agreed, rules)
    this.#compiled.set(name, { allowed, read })
    return read
  }

  #withContext(record: RecordForm, fields: Record<string, unknown>): Record<string, unknown> {
    if (this.#input.context === undefined) return fields
    if (this.#context === undefined) {
      this.#context = {}
      try {
        const given: unknown =
          typeof this.#input.context === 'function' ? this.#input.context() : this.#input.context
        this.#context = snapshotMembers(given, () => this.lose('invalid_value'))
      } catch {
        this.lose('invalid_value')
      }
    }
    for (const [name, value] of Object.entries(this.#context))
      if (
        Object.hasOwn(record.fields, name) &&
        (fields[name] === undefined || fields[name] === null)
      )
        fields[name] = value
    return fields
  }

  #wireRecord(
    { name, form: record, fields, at }: Pending,
    { read, telling, seq }: FieldReading & { readonly seq: number }
  ): string | undefined {
    const others: Others = {}
    const sent = read(this.#withContext(record, fields), this.lose, others)
    const text = JSON.stringify({
      seq,
      name,
      at: new Date(Math.floor(at / telling.timeMs) * telling.timeMs).toISOString(),
      fields: sent,
      ...(Object.keys(others).length === 0 ? {} : { others })
    } satisfies WireRecord)
    return text.length * 3 > limits.recordBytesMax &&
      Buffer.byteLength(text) > limits.recordBytesMax
      ? undefined
      : text
  }

  /** The line without its records: they and two brackets follow. */
  #headOf(consented: Consented, { isNameless, stream }: Part): string {
    const now = this.#effects.now()
    const identity = this.#input.identity()
    const { id } = isNameless ? { id: randomUuid(this.#effects) } : identity.session(now)
    if (!isNameless && id !== this.#session) {
      this.#session = id
      this.#seq = 0
    }
    const window = isNameless ? undefined : identity.windowName(now)
    const account =
      stream === undefined
        ? isNameless
          ? undefined
          : identity.account()
        : stream.account && identity.streamAccount(stream.account.from)
    const run: Omit<WireRun, 'records'> = {
      session: id,
      version: this.#input.version,
      contract: stream?.digest ?? this.#form.digest,
      consent: consented,
      environment: partsOf(this.#consent.environmentParts(), this.#input.environment())
    }
    this.#machine ??= this.#form.identity.kind === 'none' ? '' : machineMark(this.#effects.files)
    const head = JSON.stringify({
      written: now,
      ...(this.#machine === '' || isNameless ? {} : { machine: this.#machine }),
      ...(isNameless ? { nameless: true } : {}),
      ...(stream === undefined ? {} : { stream: stream.name }),
      ...(window === undefined ? {} : { window }),
      ...(account === undefined ? {} : { account }),
      run
    })
    return `${head.slice(0, -2)},"records":[`
  }

  #write(taken: readonly Pending[]): void {
    const level = this.#consent.level()
    const accepted = this.#consent.acceptedTerms()
    if (level === undefined || accepted === undefined) return
    const readings = taken.map((each) => this.#readingOf(each))
    if (!readings.some(Boolean) && this.#lost.size === 0) return
    const consented = { level, accepted }
    const texts: string[] = []
    for (const stream of [undefined, ...(this.#form.edition?.streams ?? [])])
      for (const isNameless of [false, true]) {
        const ofThese = taken.flatMap((each, index) => {
          const reading = readings[index]
          if (reading === undefined || this.#streams.get(each.name) !== stream) return []
          const hasNoName = reading.telling.isNameless || stream?.identity.kind === 'none'
          return hasNoName === isNameless ? [{ each, reading }] : []
        })
        if (ofThese.length > 0)
          texts.push(...this.#linesOf(consented, ofThese, { isNameless, stream }))
      }
    if (texts.length === 0 && this.#lost.size === 0) return
    if (texts.length === 0)
      texts.push(`${this.#headOf(consented, { isNameless: false, stream: undefined })}]}}`)
    const said = Object.fromEntries(this.#lost)
    // Said once, in the first line.
    if (this.#lost.size > 0)
      texts[0] = `{"lost":${JSON.stringify(said)},${(texts[0] ?? '').slice(1)}`
    const appended = appendToSpool({ state: this.#input.state, effects: this.#effects }, texts)
    if (appended === false) return this.lose('spool', taken.length)
    this.#lost.clear()
    if (appended > 0) this.lose('spool', appended)
    this.#input.onSpooled?.()
  }

  /** Undefined: it does not travel, by its user's word or by the share that is sent. */
  #readingOf({ name, form: record }: Pending): FieldReading | undefined {
    const allowed = this.#consent.allows(name)
    if (allowed === undefined) return undefined
    // Sums and the state of things are few already, and mean nothing in part.
    const share = record.kind === 'event' ? (this.#input.share?.() ?? 1) : 1
    const sample = Math.min(allowed.telling.sample, share)
    if (sample < 1 && chance(this.#effects) >= sample) return undefined
    return { read: this.#readerFor(name, record, allowed), telling: allowed.telling }
  }

  #linesOf(
    consented: Consented,
    these: readonly { readonly each: Pending; readonly reading: FieldReading }[],
    { isNameless, stream }: Part
  ): readonly string[] {
    const head = this.#headOf(consented, { isNameless, stream })
    const lines: string[][] = []
    let bytes = Number.POSITIVE_INFINITY
    let own = 0
    for (const { each, reading } of these) {
      const text = this.#wireRecord(each, { ...reading, seq: isNameless ? own : this.#seq })
      if (text === undefined) {
        this.lose('overflow')
        continue
      }
      if (isNameless) own += 1
      else this.#seq += 1
      bytes += Buffer.byteLength(text) + 1
      const last = lines.at(-1)
      if (last === undefined || bytes > lineBytesMax || last.length >= limits.reportRecordsMax) {
        lines.push([text])
        bytes = head.length * 3 + Buffer.byteLength(text)
      } else last.push(text)
    }
    return lines.map((each) => `${head}${each.join(',')}]}}`)
  }
}

/** What is declared and known of where it runs. */
export function partsOf(
  declared: ReadonlySet<EnvironmentPart>,
  surroundings: Surroundings
): WireRun['environment'] {
  const parts: Record<string, WireValue> = {}
  for (const part of declared) {
    const value = surroundings[part]
    if (value !== undefined) parts[part] = value
  }
  return parts
}

/** From 0, and below 1. */
function chance({ randomBytes }: Pick<Effects, 'randomBytes'>): number {
  const [high = 0, middle = 0, low = 0] = randomBytes(3)
  return (high * 65_536 + middle * 256 + low) / 16_777_216
}
