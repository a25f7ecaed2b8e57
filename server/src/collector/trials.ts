/**
 * What would another contract keep of what comes in now? Counted while somebody asks, under names
 * that contracts have; no value is kept, and nothing is stored.
 */
import type { CompiledContract, KeptFields, Validation, Violation } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Instant, WireRecord } from '../record.ts'
import type { CollectorLimits } from './limits.ts'
import { isPublishedName } from './published-names.ts'
import type { Sender } from './sender.ts'

export interface Trials {
  readonly isRunning: boolean
  /** Undefined: so many run already. */
  begin(candidate: CompiledContract): Trial | undefined
  /** Holds what was just collected against what is tried. */
  judge(
    records: readonly WireRecord[],
    senderOf: readonly (Sender | undefined)[],
    receivedAt: Instant
  ): void
}

export interface Trial {
  counts(): TrialCounts
  end(): void
}

/** How often: of records that came since the trial began, duplicates too. */
export interface TrialCounts {
  readonly judged: number
  /** Came faster than they are judged. */
  readonly skipped: number
  readonly records: readonly TriedRecord[]
  readonly fields: readonly TriedField[]
  readonly refused: readonly TriedRefusal[]
}

interface TriedRecord {
  readonly record: string
  readonly today: number
  readonly kept: number
}

interface TriedField extends TriedRecord {
  /** The column. */
  readonly field: string
  /** Kept by both, and said more coarsely or otherwise by the one that is tried. */
  readonly reduced: number
  /** Kept today only. */
  readonly lost: number
  /** Kept by the one that is tried only. */
  readonly gained: number
}

/** What the one that is tried leaves out of what is sent, and how often it is left out today. */
interface TriedRefusal {
  /** null: a record that it does not declare. */
  readonly record: string | null
  /** null: a name that no contract has. */
  readonly name: string | null
  readonly reason: Violation['code']
  readonly today: number
  readonly tried: number
}

type Running<Counts> = { -readonly [Key in keyof Counts]: Counts[Key] }

export function createTrials({
  effects,
  limits
}: {
  readonly effects: Pick<Effects, 'clock'>
  readonly limits: CollectorLimits
}): Trials {
  const running = new Set<RunningTrial>()
  let second = 0
  let judged = 0
  return {
    get isRunning() {
      return running.size > 0
    },
    begin(candidate) {
      if (running.size >= limits.trialsMax) return undefined
      const trial = new RunningTrial(candidate, () => running.delete(trial))
      running.add(trial)
      return trial
    },
    judge(records, senderOf, receivedAt) {
      const now = Math.floor(effects.clock.now() / 1_000)
      if (now !== second) [second, judged] = [now, 0]
      for (const [index, record] of records.entries()) {
        const sender = senderOf[index]
        if (sender === undefined || sender.compiled.contract.retired) continue
        const isTooMuch = ++judged > limits.trialRecordsPerSecondMax
        for (const trial of running)
          if (isTooMuch) trial.passOver(sender)
          else trial.judge(record, sender, receivedAt)
      }
    }
  }
}

class RunningTrial implements Trial {
  readonly #candidate: CompiledContract
  readonly end: () => void
  readonly #records = new Map<string, Running<TriedRecord>>()
  readonly #fields = new Map<string, Running<TriedField>>()
  readonly #refused = new Map<string, Running<TriedRefusal>>()
  #judged = 0
  #skipped = 0

  constructor(candidate: CompiledContract, end: () => void) {
    this.#candidate = candidate
    this.end = end
  }

  counts(): TrialCounts {
    return {
      judged: this.#judged,
      skipped: this.#skipped,
      records: [...this.#records.values()].map((each) => ({ ...each })),
      fields: [...this.#fields.values()].map((each) => ({ ...each })),
      refused: [...this.#refused.values()].map((each) => ({ ...each }))
    }
  }

  passOver({ product }: Sender): void {
    if (product === this.#candidate.contract.product) this.#skipped++
  }

  judge(record: WireRecord, sender: Sender, at: Instant): void {
    if (sender.product !== this.#candidate.contract.product) return
    this.#judged++
    const { wire, name, fields, others, source } = record
    const input = { name, wire, fields, others, level: source.level, at, rekey: sender.rekey }
    const today = sender.compiled.validate(input)
    const tried = this.#candidate.validate(input)
    const known = nameOf(today) ?? nameOf(tried)
    if (known !== undefined) {
      const counts = entry(this.#records, known, () => ({ record: known, today: 0, kept: 0 }))
      if (today.is === 'kept') counts.today++
      if (tried.is === 'kept') counts.kept++
      this.#compare(known, fieldsOf(today), fieldsOf(tried))
    }
    this.#refuse(known ?? null, sender, today.violations, 'today')
    this.#refuse(known ?? null, sender, tried.violations, 'tried')
  }

  #compare(record: string, today: KeptFields, tried: KeptFields): void {
    for (const field of new Set([...Object.keys(today), ...Object.keys(tried)])) {
      const counts = entry(this.#fields, `${record}/${field}`, () => ({
        record,
        field,
        today: 0,
        kept: 0,
        reduced: 0,
        lost: 0,
        gained: 0
      }))
      const [isToday, isTried] = [field in today, field in tried]
      if (isToday) counts.today++
      if (isTried) counts.kept++
      if (isToday && !isTried) counts.lost++
      else if (!isToday) counts.gained++
      else if (JSON.stringify(today[field]) !== JSON.stringify(tried[field])) counts.reduced++
    }
  }

  // Names that no contract has are one: there could be as many as a sender likes.
  #refuse(
    record: string | null,
    sender: Sender,
    violations: readonly Violation[],
    by: 'today' | 'tried'
  ): void {
    for (const { code, field, declared, insideCollection } of violations) {
      const mayBeShown = declared || (!insideCollection && this.#isKnown(sender, field))
      const name = mayBeShown ? field : null
      const counts = entry(this.#refused, `${record ?? ''}/${name ?? ''}/${code}`, () => ({
        record,
        name,
        reason: code,
        today: 0,
        tried: 0
      }))
      counts[by]++
    }
  }

  #isKnown({ compiled }: Sender, name: string): boolean {
    const published = new Map([[compiled.contract.digest, compiled]])
    return isPublishedName({ newest: this.#candidate, published }, name)
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}

function nameOf(validation: Validation): string | undefined {
  return validation.is === 'kept' ? validation.name : undefined
}

function fieldsOf(validation: Validation): KeptFields {
  return validation.is === 'kept' ? validation.fields : {}
}
