/**
 * How does a deletion that one collector was asked for reach every other that loads into the same
 * store? Each writes what it was asked into a table there, and hears what the others wrote.
 */
import type { Instant } from '../../record.ts'
import { quoteText } from '../tables/column-types.ts'
import type { StorageRun } from '../storage.ts'
import { deletionRequestsTable } from '../tables/side-tables.ts'
import type { Erasure } from './erase.ts'
import { deleteRows } from './mutate.ts'

/** A digest, never what it is made of. */
interface SharedDeletion extends Erasure {
  readonly expiresAt: Instant
  readonly isOperators?: boolean
}

export interface DeletionExchange {
  /** All that this collector was asked for and still remembers. */
  all(): readonly SharedDeletion[]
  /** What others were asked for; what is known already changes nothing. */
  heard(deletions: readonly SharedDeletion[]): Promise<void>
}

const deadlineMs = 60_000
/** As many as one statement names: strangers choose how many keys there are. */
const toldAtOnce = 1_000
/** Collectors' clocks and a store that was away: what was told in it is heard twice. */
const overlapMs = 600_000

/** Remembers, between its runs, what was told and heard. */
export class SharedDeletions {
  readonly #run: StorageRun
  readonly #exchange: DeletionExchange
  readonly #told = new Set<string>()
  #heardUntil: Instant = 0

  constructor(run: StorageRun, exchange: DeletionExchange) {
    this.#run = run
    this.#exchange = exchange
  }

  async exchange(now: Instant): Promise<void> {
    await this.#hear()
    await this.#tell()
    await deleteRows(
      this.#run,
      deletionRequestsTable.name,
      `expires_at < fromUnixTimestamp64Milli(${now})`
    )
  }

  async #hear(): Promise<void> {
    const rows = await this.#run.query<Row>({
      sql: `SELECT product, kind, digest, by_operator,
          toUnixTimestamp64Milli(requested_at) AS asked,
          toUnixTimestamp64Milli(expires_at) AS until, toUnixTimestamp64Milli(told_at) AS told
        FROM ${deletionRequestsTable.name} FINAL
        WHERE told_at > fromUnixTimestamp64Milli({since:Int64})`,
      parameters: { since: Math.max(0, this.#heardUntil - overlapMs) },
      deadlineMs,
      lane: 'control'
    })
    const own = new Set(this.#exchange.all().map(keyOf))
    const heard = rows.map(({ product, kind, digest, by_operator, asked, until }) => ({
      product,
      kind,
      digest,
      requestedAt: Number(asked),
      expiresAt: Number(until),
      ...(by_operator && { isOperators: true })
    }))
    for (const one of heard) this.#told.add(keyOf(one))
    await this.#exchange.heard(heard.filter((one) => !own.has(keyOf(one))))
    this.#heardUntil = Math.max(this.#heardUntil, ...rows.map(({ told }) => Number(told)))
  }

  async #tell(): Promise<void> {
    const all = this.#exchange.all()
    const news = all.filter((one) => !this.#told.has(keyOf(one)))
    for (let from = 0; from < news.length; from += toldAtOnce) {
      const some = news.slice(from, from + toldAtOnce)
      await this.#run.command({
        sql:
          `INSERT INTO ${deletionRequestsTable.name} ` +
          '(product, kind, digest, by_operator, requested_at, expires_at, told_at) VALUES ' +
          some.map(valuesOf).join(', '),
        deadlineMs
      })
      for (const one of some) this.#told.add(keyOf(one))
    }
    const known = new Set(all.map(keyOf))
    for (const key of this.#told) if (!known.has(key)) this.#told.delete(key)
  }
}

interface Row {
  readonly product: string
  readonly kind: Erasure['kind']
  readonly digest: string
  readonly by_operator: boolean
  readonly asked: number
  readonly until: number
  readonly told: number
}

/** Asked for again later is another request: what came between is erased by it too. */
function keyOf({ product, kind, digest, requestedAt }: Erasure): string {
  return `${product}/${kind}/${digest}/${requestedAt}`
}

function valuesOf(deletion: SharedDeletion): string {
  const { product, kind, digest, requestedAt, expiresAt, isOperators = false } = deletion
  const at = (instant: Instant): string =>
    `fromUnixTimestamp64Milli(toInt64(${Math.min(instant, farthest)}))`
  const texts = [product, kind, digest].map(quoteText).join(', ')
  return `(${texts}, ${isOperators}, ${at(requestedAt)}, ${at(expiresAt)}, now64(3))`
}

/** ClickHouse's instants end in 2299; a key that is spent for ever is so for longer than it. */
const farthest = Date.UTC(2299, 0, 1)
