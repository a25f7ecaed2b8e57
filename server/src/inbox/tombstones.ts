/** Which deletions were asked for, and until when they must be applied again after a restore. */
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import type { Bytes } from './databases.ts'
import { FORMAT } from './entry.ts'
import type { Tombstone, Tombstones } from './inbox.ts'

export class StoredTombstones implements Tombstones {
  readonly #stored: Bytes
  readonly #write: (write: () => void) => Promise<void>
  readonly #max: number
  /** By product, kind and digest. */
  readonly #byKey = new Map<string, Tombstone>()
  /** By kind and digest: of how many products. */
  readonly #products = new Map<string, number>()

  constructor(options: {
    readonly stored: Bytes
    readonly write: (write: () => void) => Promise<void>
    readonly max: number
  }) {
    this.#stored = options.stored
    this.#write = options.write
    this.#max = options.max
    for (const { value } of this.#stored.getRange({})) {
      const tombstone = decodeTombstone(value)
      if (tombstone !== undefined) this.#remember(tombstone)
    }
  }

  async add(tombstones: readonly Tombstone[]): Promise<void> {
    if (this.#byKey.size + tombstones.length > this.#max) {
      throw new CandorError('INBOX_FULL', 'Too many deletion requests are being remembered.', {
        details: { max: this.#max }
      })
    }
    await this.#put(tombstones)
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
      tombstones
        .filter((tombstone) => this.#byKey.has(keyOf(tombstone)))
        .map((tombstone) => ({ ...tombstone, appliedAt: at }))
    )
  }

  async removeExpired(now: Instant): Promise<void> {
    const expired = this.list().filter(({ expiresAt }) => expiresAt <= now)
    if (expired.length === 0) return
    await this.#write(() => {
      for (const tombstone of expired) void this.#stored.remove(Buffer.from(keyOf(tombstone)))
    })
    for (const tombstone of expired) this.#forget(tombstone)
  }

  async #put(tombstones: readonly Tombstone[]): Promise<void> {
    if (tombstones.length === 0) return
    await this.#write(() => {
      for (const tombstone of tombstones)
        void this.#stored.put(Buffer.from(keyOf(tombstone)), encodeTombstone(tombstone))
    })
    for (const tombstone of tombstones) this.#remember(tombstone)
  }

  #remember(tombstone: Tombstone): void {
    const key = keyOf(tombstone)
    const short = shortKey(tombstone.kind, tombstone.digest)
    if (!this.#byKey.has(key)) this.#products.set(short, (this.#products.get(short) ?? 0) + 1)
    this.#byKey.set(key, tombstone)
  }

  #forget(tombstone: Tombstone): void {
    if (!this.#byKey.delete(keyOf(tombstone))) return
    const short = shortKey(tombstone.kind, tombstone.digest)
    const left = (this.#products.get(short) ?? 1) - 1
    if (left === 0) this.#products.delete(short)
    else this.#products.set(short, left)
  }
}

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
  const { product, kind, digest, requestedAt, expiresAt, appliedAt } = read as Record<
    string,
    unknown
  >
  if (
    typeof product !== 'string' ||
    typeof digest !== 'string' ||
    (kind !== 'deletion' && kind !== 'installation')
  )
    return undefined
  if (typeof requestedAt !== 'number' || typeof expiresAt !== 'number') return undefined
  return {
    product,
    kind,
    digest,
    requestedAt,
    expiresAt,
    ...(typeof appliedAt === 'number' && { appliedAt })
  }
}

function keyOf({ product, kind, digest }: Tombstone): string {
  return `${product}/${kind}/${digest}`
}

function shortKey(kind: Tombstone['kind'], digest: string): string {
  return `${kind}/${digest}`
}
