/** Which deletions were asked for, and until when they must be applied again after a restore. */
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import type { Bytes } from './disk/databases.ts'
import { FORMAT } from './entries/entry.ts'
import type { Tombstone, TombstoneCounts, Tombstones } from './inbox.ts'

export class StoredTombstones implements Tombstones {
  readonly #stored: Bytes
  readonly #write: (write: () => void) => Promise<void>
  readonly #max: number
  readonly #strangersMax: number
  /** By product, kind and digest, in the order in which they were asked for. */
  readonly #byKey = new Map<string, Tombstone>()
  /** By kind and digest: of how many products. */
  readonly #products = new Map<string, number>()
  #strangers = 0

  constructor(options: {
    readonly stored: Bytes
    readonly write: (write: () => void) => Promise<void>
    readonly max: number
    readonly strangersMax: number
  }) {
    this.#stored = options.stored
    this.#write = options.write
    this.#max = options.max
    this.#strangersMax = options.strangersMax
    const all = [...this.#stored.getRange({})].flatMap(({ value }) => decodeTombstone(value) ?? [])
    for (const tombstone of all.toSorted((one, other) => one.requestedAt - other.requestedAt))
      this.#remember(tombstone)
  }

  async add(tombstones: readonly Tombstone[]): Promise<void> {
    const known = (tombstone: Tombstone): Tombstone | undefined => this.#byKey.get(keyOf(tombstone))
    // A key that is asked for again is looked for again; that it was found once is not forgotten.
    const wanted = tombstones.map((tombstone) => {
      const before = known(tombstone)
      return before?.wasFound === true
        ? { ...tombstone, wasFound: true, expiresAt: before.expiresAt }
        : tombstone
    })
    const added = wanted.filter((tombstone) => known(tombstone) === undefined)
    const strangers = added.filter(isStrangers).length
    const room = this.#strangersMax - this.#strangers
    const gone = strangers > room ? this.#lookedFor(strangers - room) : []
    if (
      this.#strangers - gone.length + strangers > this.#strangersMax ||
      this.#byKey.size - gone.length + added.length > this.#max
    ) {
      throw new CandorError('INBOX_FULL', 'Too many deletion requests are being remembered.', {
        details: { max: this.#max }
      })
    }
    await this.#put(wanted, gone)
  }

  has(kind: Tombstone['kind'], digest: string): boolean {
    return this.#products.has(shortKey(kind, digest))
  }

  list(product?: string): readonly Tombstone[] {
    const all = [...this.#byKey.values()]
    return product === undefined ? all : all.filter((tombstone) => tombstone.product === product)
  }

  async applied(tombstones: readonly Tombstone[], at: Instant): Promise<void> {
    await this.#put(
      tombstones.flatMap((tombstone) => {
        const known = this.#byKey.get(keyOf(tombstone))
        // What was asked for again meanwhile is still to be done.
        return known?.requestedAt === tombstone.requestedAt ? [{ ...known, appliedAt: at }] : []
      })
    )
  }

  async found(
    tombstones: readonly Tombstone[],
    expiresAt: (of: Tombstone) => Instant
  ): Promise<void> {
    await this.#put(
      tombstones.flatMap((tombstone) => {
        const known = this.#byKey.get(keyOf(tombstone))
        return known === undefined || known.wasFound === true
          ? []
          : [{ ...known, wasFound: true, expiresAt: expiresAt(known) }]
      })
    )
  }

  counts(): TombstoneCounts {
    let pending = 0
    let oldestPendingAt: Instant | undefined
    for (const { appliedAt, requestedAt } of this.#byKey.values()) {
      if (appliedAt !== undefined) continue
      pending++
      if (oldestPendingAt === undefined || requestedAt < oldestPendingAt)
        oldestPendingAt = requestedAt
    }
    return {
      pending,
      oldestPendingAt,
      strangers: this.#strangers,
      strangersMax: this.#strangersMax
    }
  }

  async removeExpired(now: Instant): Promise<void> {
    await this.#put(
      [],
      this.list().filter(({ expiresAt }) => expiresAt <= now)
    )
  }

  /** The oldest of strangers that were looked for in vain: all that they still do is wait. */
  #lookedFor(count: number): readonly Tombstone[] {
    const found: Tombstone[] = []
    for (const tombstone of this.#byKey.values()) {
      if (found.length === count) break
      if (isStrangers(tombstone) && tombstone.appliedAt !== undefined) found.push(tombstone)
    }
    return found
  }

  async #put(tombstones: readonly Tombstone[], gone: readonly Tombstone[] = []): Promise<void> {
    if (tombstones.length + gone.length === 0) return
    await this.#write(() => {
      for (const tombstone of gone) void this.#stored.remove(Buffer.from(keyOf(tombstone)))
      for (const tombstone of tombstones)
        void this.#stored.put(Buffer.from(keyOf(tombstone)), encodeTombstone(tombstone))
    })
    for (const tombstone of gone) this.#forget(tombstone)
    for (const tombstone of tombstones) this.#remember(tombstone)
  }

  #remember(tombstone: Tombstone): void {
    const key = keyOf(tombstone)
    const before = this.#byKey.get(key)
    if (before !== undefined && isStrangers(before)) this.#strangers--
    if (isStrangers(tombstone)) this.#strangers++
    const short = shortKey(tombstone.kind, tombstone.digest)
    if (!this.#byKey.has(key)) this.#products.set(short, (this.#products.get(short) ?? 0) + 1)
    this.#byKey.set(key, tombstone)
  }

  #forget(tombstone: Tombstone): void {
    const known = this.#byKey.get(keyOf(tombstone))
    if (known === undefined) return
    this.#byKey.delete(keyOf(tombstone))
    if (isStrangers(known)) this.#strangers--
    const short = shortKey(tombstone.kind, tombstone.digest)
    const left = (this.#products.get(short) ?? 1) - 1
    if (left === 0) this.#products.delete(short)
    else this.#products.set(short, left)
  }
}

function isStrangers({ wasFound, isOperators }: Tombstone): boolean {
  return wasFound !== true && isOperators !== true
}

const kinds: readonly string[] = ['deletion', 'installation', 'account', 'lineage']

export function encodeTombstone(tombstone: Tombstone): Buffer {
  return Buffer.from(String.fromCharCode(FORMAT) + JSON.stringify(tombstone), 'utf8')
}

/** Undefined for anything that `encodeTombstone` did not write. Never throws. */
export function decodeTombstone(value: Buffer): Tombstone | undefined {
  if (value[0] !== FORMAT) return undefined
  let read: unknown
  try {
    read = JSON.parse(value.toString('utf8', 1))
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null) return undefined
  const { product, kind, digest, requestedAt, expiresAt, appliedAt, wasFound, isOperators } =
    read as Record<string, unknown>
  if (
    typeof product !== 'string' ||
    typeof digest !== 'string' ||
    typeof kind !== 'string' ||
    !kinds.includes(kind)
  )
    return undefined
  if (typeof requestedAt !== 'number' || typeof expiresAt !== 'number') return undefined
  return {
    product,
    kind: kind as Tombstone['kind'],
    digest,
    requestedAt,
    expiresAt,
    ...(typeof appliedAt === 'number' && { appliedAt }),
    ...(wasFound === true && { wasFound }),
    ...(isOperators === true && { isOperators })
  }
}

function keyOf({ product, kind, digest }: Tombstone): string {
  return `${product}/${kind}/${digest}`
}

function shortKey(kind: Tombstone['kind'], digest: string): string {
  return `${kind}/${digest}`
}
