/**
 * What arrives that nobody declared? The drift ledger: counted by name, JSON kind and reason; the
 * name itself only once it can't be private.
 */
import { DAY_MS } from '#values/days'
import type { JsonKind, Violation } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Append, Appended } from '../inbox/inbox.ts'
import type { Instant, Token } from '../record.ts'
import { driftLine, type DriftRow, driftTable, lostByClient } from '../storage/tables/rows.ts'
import type { Keyring } from './secret/keyring.ts'
import type { CollectorLimits } from './limits.ts'
import { type Catalogue, isPublishedName } from './published-names.ts'

type DriftReason = Violation['code'] | 'UNKNOWN_CONTRACT' | typeof lostByClient

/** Something undeclared, raw: it stays in memory, under a bound, until it is counted. */
interface Undeclared {
  readonly product: string
  /** The record that it came in, if that is declared. */
  readonly record: string | undefined
  readonly name: string
  readonly kind: JsonKind
  readonly reason: DriftReason
  /** True when the name is printed in a contract or is one of our own words. */
  readonly declared: boolean
  readonly insideCollection: boolean
  readonly installation: Token | undefined
  /**
   * Where known: installations are made up as easily as names. It is in memory for a day at most.
   */
  readonly network?: string | undefined
  /** Which version of the product its sender told. */
  readonly version?: string | undefined
  readonly at: Instant
  /** Once, unless it says more. */
  readonly times?: number
}

export interface DriftLedger {
  count(undeclared: Undeclared): void
  /** Hands what was counted to the inbox. What the inbox refuses is kept for the next time. */
  flush(): Promise<void>
  close(): Promise<void>
}

interface SeenName {
  readonly name: string
  readonly digest: Token
  readonly mayBeShown: 'yes' | 'never' | 'once-common'
  readonly installations: Set<Token>
  /** The number of the UTC day on which it last came. */
  day: number
}

interface PendingCount {
  readonly row: Omit<DriftRow, 'name' | 'count'>
  readonly seen: SeenName
  count: number
}

const OTHER = '(other)'
// Each key of a path must look like a word of a program; a person's name with a capital, a host
// name or a sentence does not.
const plainPath = /^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,3}$/

export function createDriftLedger(options: {
  readonly catalogue: Catalogue
  readonly keyring: Pick<Keyring, 'name'>
  readonly inbox: { append(append: Append): Promise<Appended> }
  readonly effects: Pick<Effects, 'clock'>
  readonly limits: CollectorLimits
}): DriftLedger {
  return new InboxDriftLedger(options)
}

class InboxDriftLedger implements DriftLedger {
  readonly #options: Parameters<typeof createDriftLedger>[0]
  readonly #names = new Map<string, Map<string, SeenName>>()
  /** How many names of this day came first from whom, by product and sender. */
  readonly #introduced = new Map<string, number>()
  #pending = new Map<string, PendingCount>()
  #flushing: Promise<void> = Promise.resolve()
  #cancel: () => void
  #isClosed = false
  #day = { number: Number.NaN, text: '' }

  constructor(options: Parameters<typeof createDriftLedger>[0]) {
    this.#options = options
    this.#cancel = this.#later()
  }

  count(undeclared: Undeclared): void {
    const { product, record, kind, reason, installation, version, at, times = 1 } = undeclared
    const day = this.#dayOf(at)
    const seen = this.#seenName(undeclared)
    seen.day = this.#day.number
    if (
      installation !== undefined &&
      seen.installations.size < this.#options.limits.driftInstallationsMin
    )
      seen.installations.add(installation)
    const isCrowded = this.#pending.size >= this.#options.limits.driftRowsMax
    // When there is no room left, who sent it is the first thing to be let go of.
    const sender = isCrowded ? '' : `${installation ?? ''}/${version ?? ''}`
    const key = `${product}/${day}/${record ?? ''}/${seen.digest}/${kind}/${reason}/${sender}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) pending.count += times
    else if (!isCrowded) this.#pending.set(key, this.#newCount(undeclared, seen, day))
    else this.#countOther({ ...undeclared, day, receivedAt: at }, times)
  }

  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow())
    return this.#flushing
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel()
    await this.flush()
  }

  #later(): () => void {
    return this.#options.effects.clock.after(this.#options.limits.driftFlushMs, () => {
      void this.flush()
      if (!this.#isClosed) this.#cancel = this.#later()
    })
  }

  #seenName({ product, name, declared, insideCollection, ...from }: Undeclared): SeenName {
    const { catalogue, keyring, limits } = this.#options
    let names = this.#names.get(product)
    if (names === undefined) this.#names.set(product, (names = new Map()))
    // A key of a collection is never the same as a name elsewhere, though it may look so: its
    // senders must not make it common.
    const key = insideCollection ? `[]${name}` : name
    const known = names.get(key)
    if (known !== undefined && (known.mayBeShown !== 'never' || !declared)) return known
    const entry = catalogue.product(product)
    const isPublished =
      declared || (!insideCollection && entry !== undefined && isPublishedName(entry, name))
    // Declared names are as many as the contract has; strangers' names have a bound.
    if (!isPublished && (names.size >= limits.driftNamesMax || !this.#mayIntroduce(product, from)))
      return otherName(names, keyring, product)
    const isPlain = !insideCollection && plainPath.test(name)
    const seen: SeenName = {
      name,
      digest: keyring.name(product, name),
      mayBeShown: isPublished ? 'yes' : isPlain ? 'once-common' : 'never',
      installations: new Set(),
      day: this.#day.number
    }
    names.set(key, seen)
    return seen
  }

  /** One sender may not take the names that all share. */
  #mayIntroduce(
    product: string,
    { installation, network }: Pick<Undeclared, 'installation' | 'network'>
  ): boolean {
    const key = `${product}/${network ?? installation ?? ''}`
    const introduced = this.#introduced.get(key) ?? 0
    if (introduced >= this.#options.limits.driftNamesOfOneMax) return false
    this.#introduced.set(key, introduced + 1)
    return true
  }

  /** What nobody sent for a whole day makes room for what they send now. */
  #forget(today: number): void {
    this.#introduced.clear()
    for (const names of this.#names.values())
      for (const [key, { day }] of names) if (day < today - 1) names.delete(key)
  }

  #newCount(
    { product, record, kind, reason, installation, version, at, times = 1 }: Undeclared,
    seen: SeenName,
    day: string
  ): PendingCount {
    return {
      row: {
        product,
        day,
        record,
        nameDigest: seen.digest,
        kind,
        reason,
        installation,
        version,
        receivedAt: at
      },
      seen,
      count: times
    }
  }

  #dayOf(at: Instant): string {
    const number = Math.floor(at / DAY_MS)
    if (number !== this.#day.number) {
      this.#day = { number, text: new Date(at).toISOString().slice(0, 10) }
      this.#forget(number)
    }
    return this.#day.text
  }

  // Beyond the bound only one row per product, day and reason is added, so the bound holds but for
  // a few.
  #countOther(
    {
      product,
      day,
      reason,
      receivedAt
    }: Pick<DriftRow, 'product' | 'day' | 'reason' | 'receivedAt'>,
    times: number
  ): void {
    const key = `${product}/${day}/${OTHER}/${reason}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) {
      pending.count += times
      return
    }
    const names = this.#names.get(product) ?? new Map<string, SeenName>()
    const seen = otherName(names, this.#options.keyring, product)
    const row = { product, day, nameDigest: seen.digest, kind: 'null', reason, receivedAt } as const
    this.#pending.set(key, {
      row: { ...row, record: undefined, installation: undefined, version: undefined },
      seen,
      count: times
    })
  }

  async #flushNow(): Promise<void> {
    if (this.#pending.size === 0) return
    const taken = this.#pending
    this.#pending = new Map()
    let lines = ''
    for (const { row, seen, count } of taken.values())
      lines += driftLine({ ...row, name: this.#shownName(seen), count })
    try {
      await this.#options.inbox.append({
        parts: [{ mark: undefined, rows: [{ table: driftTable, rows: taken.size, lines }] }]
      })
    } catch {
      // The inbox refuses for a reason that it tells by its own state; the counts wait.
      this.#putBack(taken)
    }
  }

  #putBack(taken: Map<string, PendingCount>): void {
    const newer = this.#pending
    this.#pending = taken
    for (const [key, pending] of newer) {
      const older = taken.get(key)
      if (older !== undefined) older.count += pending.count
      else if (taken.size < this.#options.limits.driftRowsMax) taken.set(key, pending)
      else this.#countOther(pending.row, pending.count)
    }
  }

  #shownName({ name, mayBeShown, installations }: SeenName): string | undefined {
    if (mayBeShown === 'yes') return name
    return mayBeShown === 'once-common' &&
      installations.size >= this.#options.limits.driftInstallationsMin
      ? name
      : undefined
  }
}

function otherName(
  names: Map<string, SeenName>,
  keyring: Pick<Keyring, 'name'>,
  product: string
): SeenName {
  let other = names.get(OTHER)
  if (other?.mayBeShown !== 'yes') {
    other = {
      name: OTHER,
      digest: keyring.name(product, OTHER),
      mayBeShown: 'yes',
      installations: new Set(),
      day: 0
    }
    names.set(OTHER, other)
  }
  return other
}
