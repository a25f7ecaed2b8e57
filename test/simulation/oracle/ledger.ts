/**
 * What did people say, and what did programs record? Written down where it happens, by the world
 * and by nothing of the product.
 */
import type { ContractVersion, Level } from '../world/contract-versions.ts'
import type { Process } from '../world/machine.ts'

/** Each has its place in the order of facts. */
type Fact = { readonly order: number; readonly by: Process } & (
  | { readonly is: 'yes'; readonly version: ContractVersion; readonly level: Level; holds: boolean }
  | { readonly is: 'no'; holds: boolean }
  | { readonly is: 'local'; holds: boolean }
  /** By the machine's clock; once its time is over, a clock that is set back takes nothing away. */
  | {
      readonly is: 'notice'
      readonly version: ContractVersion
      readonly clock: number
      hadItsTime: boolean
    }
  /** A run whose variables say yes. */
  | { readonly is: 'variable'; readonly version: ContractVersion }
)

/** One of the sets of terms that may be in force, and how far. */
interface Agreed {
  readonly version: ContractVersion
  readonly level: Level
}

/** What users of one installation said, and what was told to them. */
export class UsersWord {
  readonly #facts: Fact[] = []
  /** When the machine's policy began to say no, by true time. */
  policyNoSince: number | undefined

  add(fact: Fact): Fact {
    this.#facts.push(fact)
    return fact
  }

  /** Whether somebody said no, or to keep it here, between two facts. */
  refusedBetween(from: number, to: number): boolean {
    return this.#facts.some(
      (fact) => fact.is === 'no' && fact.holds && fact.order > from && fact.order < to
    )
  }

  /** Nobody said no, or to keep it here: then a yes to what has changed is a yes. */
  mayAccept(process: Process): boolean {
    const word = this.#lastWord(process)
    return word === undefined || word.is === 'yes'
  }

  levelBefore(process: Process): Level {
    const word = this.#lastWord(process)
    return word?.is === 'yes' ? word.level : 'basic'
  }

  #lastWord(process: Process, before = this.#facts): Fact | undefined {
    return before.findLast(
      (fact) =>
        (fact.is === 'yes' || fact.is === 'no' || fact.is === 'local') &&
        (fact.holds || fact.by === process)
    )
  }

  /**
   * What may be in force for a process, by what a person could know: no word, a notice that had its
   * time, or the last word. None: nothing may be recorded or sent.
   */
  inForce(
    process: Process,
    { order, now }: { readonly order: number; readonly now: number }
  ): readonly Agreed[] {
    const { version, says, runs } = process.options
    if (says === 'off') return []
    if (this.policyNoSince !== undefined && now - this.policyNoSince > policyHeardMs) return []
    const before = this.#facts.filter((fact) => fact.order < order)
    const word = this.#lastWord(process, before)
    // A run's own variable is stronger than what its user chose for all, unless that was no.
    if (word?.is === 'no' || (word?.is === 'local' && says !== 'on')) return []
    const since = word?.order ?? 0
    const level: Level = word?.is === 'yes' ? word.level : 'basic'
    const agreed: Agreed[] =
      word?.is === 'yes'
        ? [{ version: word.version, level }]
        : word?.is === 'local'
          ? [{ version: word.by.options.version, level }]
          : []
    const later = before.filter((fact) => fact.order > since)
    if (version.asks === 'opt-out')
      for (const fact of later)
        if (fact.is === 'notice' && this.#hadItsTime(fact, process, runs))
          agreed.push({ version: fact.version, level })
    if (says === 'on')
      // The first that could be kept holds; which one that was, only the disk knows.
      for (const fact of later)
        if (fact.is === 'variable') agreed.push({ version: fact.version, level })
    return agreed.filter(({ version: { recipients } }) =>
      version.recipients.every((name) => recipients.includes(name))
    )
  }

  #hadItsTime(
    notice: Fact & { readonly is: 'notice' },
    process: Process,
    runs: 'program' | 'service'
  ): boolean {
    if (runs === 'program') return notice.by !== process && notice.order < process.began
    // Whoever read it on a terminal could have said no there, and then.
    const graceMs =
      notice.by.options.runs === 'program'
        ? 0
        : process.options.version.form.consent.graceHours * 3_600_000
    notice.hadItsTime ||= process.machine.clock() >= notice.clock + graceMs
    return notice.hadItsTime
  }
}

/** A service looks at the machine's policy once a minute. */
const policyHeardMs = 60_000

export interface Recorded {
  readonly n: number
  readonly tag: string
  readonly order: number
  readonly at: number
  readonly process: Process
  readonly word: UsersWord
  /** It has to arrive: nothing happened to its machine, and its user had said yes. */
  isOwed: boolean
  /** Hashes of deletion keys that reports with it carried. */
  readonly deletions: Set<string>
  isAcknowledged: boolean
  /** By codes of answers with 2xx. */
  readonly refusals: Set<string>
  /** By true time, when it is answered first. */
  arrivedAt: number | undefined
  answeredAt: number | undefined
}

/** What a client of somebody else's sent; it has no ledger of consent but its own claim. */
export interface Foreign {
  readonly n: number
  readonly tag: string
  readonly level: Level
  /** Hashes of deletion keys that its report carries. */
  readonly deletions: ReadonlySet<string>
  isAcknowledged: boolean
  arrivedAt: number | undefined
  answeredAt: number | undefined
}

export class Ledger {
  readonly records = new Map<number, Recorded>()
  readonly foreign = new Map<number, Foreign>()
  readonly byTag = new Map<string, number>()
  /** When each deletion was accepted, by true time and the hash of its key. */
  readonly deletions = new Map<string, number>()
  /** Hashes of keys whose deletion reached the collector, whatever was heard of it. */
  readonly askedDeletions = new Set<string>()
  /** Raw ids that were seen on the wire. */
  readonly rawIds = new Set<string>()
  #last = 0

  next(): { readonly n: number; readonly tag: string } {
    this.#last += 1
    const n = this.#last
    // Digits that no counter has, so that a tag is found nowhere by chance.
    const digits = (n * 2_654_435_761 + 78_364_164_096).toString(36)
    const tag = `zq${digits.padStart(10, '0').slice(-10)}`
    this.byTag.set(tag, n)
    return { n, tag }
  }
}
