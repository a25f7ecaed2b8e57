/**
 * How is a message counted once that two collectors of one store have kept, as happens where a
 * client's retry reaches another collector? Before rows are loaded, their marks are claimed in a
 * table of the store; of claims that mean the same message, the first one is loaded.
 */
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Instant, Token } from '../../record.ts'
import type { Storage } from '../storage.ts'
import { quoteText } from '../tables/column-types.ts'
import { messageClaimsTable } from '../tables/side-tables.ts'
import type { LoaderBlock } from './loader.ts'
import { deleteRows } from './mutate.ts'

export interface SharedMarksOptions {
  readonly storage: Pick<Storage, 'insert' | 'query' | 'command' | 'cluster'>
  /** Which collector this is. */
  readonly inbox: string
  /**
   * How far apart two rows of a table may have come with the same mark and still be one message.
   * Undefined: this protocol's marks say nothing about other collectors.
   */
  readonly windowMs: (table: string, protocol: string) => number | undefined
  readonly effects: Pick<Effects, 'clock'>
}

/**
 * A claim is dated before it is written. Whoever looks so much later sees all that are dated before
 * their own, as long as none takes longer to be written.
 */
const settledMs = 1_000
const deadlineMs = 30_000
/** Of one statement, which may have 256 KiB. */
const askedAtOnce = 4_000
/** The longest that a mark holds, and a day more. */
const rememberedMs = 31 * 86_400_000

interface MarkedRow {
  readonly digest: Token
  readonly receivedAt: Instant
  readonly windowMs: number
}

interface Claim {
  readonly digest: Token
  readonly inbox: string
  readonly received: Instant
  readonly claimed: Instant
}

export class SharedMarks {
  readonly #options: SharedMarksOptions

  constructor(options: SharedMarksOptions) {
    this.#options = options
  }

  /** The blocks without the rows that another collector loads; a block may have none left. */
  async distinct(blocks: readonly LoaderBlock[]): Promise<readonly LoaderBlock[]> {
    const rows = blocks.map((block) => this.#markedRows(block))
    const marked = rows.flatMap((ofBlock) => ofBlock.filter((row) => row !== undefined))
    if (marked.length === 0) return blocks
    await this.#claim(blocks, marked)
    await this.#options.effects.clock.sleep(settledMs)
    const claims = await this.#claimsOf([...new Set(marked.map(({ digest }) => digest))])
    return blocks.map((block, index) => this.#without(block, rows[index] ?? [], claims))
  }

  /** Claims that nothing can be held against any more. */
  async forget(now: Instant): Promise<void> {
    await deleteRows(
      this.#options.storage,
      messageClaimsTable.name,
      `received_at < fromUnixTimestamp64Milli(toInt64(${now - rememberedMs}))`
    )
  }

  #markedRows({ table, lines }: LoaderBlock): readonly (MarkedRow | undefined)[] {
    const windows = new Map<string, number | undefined>()
    return linesOf(lines).map((line) => {
      const [, received, protocol = '', digest] = marks.exec(line) ?? []
      if (digest === undefined) return undefined
      if (!windows.has(protocol)) windows.set(protocol, this.#options.windowMs(table, protocol))
      const windowMs = windows.get(protocol)
      return windowMs === undefined ? undefined : { digest, receivedAt: Number(received), windowMs }
    })
  }

  /** Claiming the same again changes nothing: the first date stays. */
  async #claim(blocks: readonly LoaderBlock[], marked: readonly MarkedRow[]): Promise<void> {
    const { storage, inbox } = this.#options
    // The store's own clock: those of collectors differ.
    const [clock] = await storage.query<{ now: number }>({
      sql: 'SELECT toUnixTimestamp64Milli(now64(3)) AS now',
      deadlineMs,
      lane: 'control'
    })
    const lines = new Set(
      marked.map(
        ({ digest, receivedAt }) =>
          `{"digest":"${digest}","inbox":"${inbox}","received_at":${receivedAt},` +
          `"claimed_at":${Number(clock?.now)}}\n`
      )
    )
    await storage.insert({
      table: messageClaimsTable.name,
      token: `claims/${blocks.map(({ token }) => token).join('+')}`,
      lines: Buffer.from([...lines].join('')),
      deadlineMs
    })
  }

  async #claimsOf(digests: readonly Token[]): Promise<ReadonlyMap<Token, readonly Claim[]>> {
    const found = new Map<Token, Claim[]>()
    for (let from = 0; from < digests.length; from += askedAtOnce) {
      const some = digests
        .slice(from, from + askedAtOnce)
        .map(quoteText)
        .join(', ')
      const claims = await this.#options.storage.query<Claim>({
        sql: `SELECT digest, inbox, toUnixTimestamp64Milli(received_at) AS received,
            toUnixTimestamp64Milli(min(claimed_at)) AS claimed
          FROM ${messageClaimsTable.name}
          WHERE digest IN (${some})
          GROUP BY digest, inbox, received_at
          ORDER BY claimed, inbox, received`,
        deadlineMs,
        lane: 'control'
      })
      for (const claim of claims) {
        const alike = found.get(claim.digest)
        if (alike === undefined) found.set(claim.digest, [claim])
        else alike.push(claim)
      }
    }
    return found
  }

  #without(
    block: LoaderBlock,
    rows: readonly (MarkedRow | undefined)[],
    claims: ReadonlyMap<Token, readonly Claim[]>
  ): LoaderBlock {
    const lines = linesOf(block.lines)
    const kept = lines.filter((_, index) => {
      const row = rows[index]
      return row === undefined || this.#isOurs(row, claims.get(row.digest) ?? [])
    })
    if (kept.length === lines.length) return block
    return { ...block, rows: kept.length, lines: Buffer.from(kept.join('')) }
  }

  /** As every collector decides it from the same claims: in their order, each against the loaded. */
  #isOurs({ receivedAt, windowMs }: MarkedRow, claims: readonly Claim[]): boolean {
    const { inbox } = this.#options
    const loaded: Claim[] = []
    for (const claim of claims) {
      // Among its own, a collector has judged already.
      const isKnown = loaded.some(
        (one) => one.inbox !== claim.inbox && Math.abs(one.received - claim.received) <= windowMs
      )
      if (claim.inbox === inbox && claim.received === receivedAt) return !isKnown
      if (!isKnown) loaded.push(claim)
    }
    throw new CandorError('STORAGE_UNAVAILABLE', 'The store does not show what was just claimed.')
  }
}

/** What `recordLine` writes of each record, in its order; no value of a client's comes before. */
const marks = /^\{"received_at":(\d+),.*?"protocol":"([\w-]+)".*?,"message_digest":"([0-9a-f]{32})"/

function linesOf(lines: Buffer): readonly string[] {
  return lines.toString().match(/[^\n]*\n/g) ?? []
}
