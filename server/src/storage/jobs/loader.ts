/**
 * Moves what the inbox holds into the store: each block once, in order, whatever happens to the
 * store meanwhile.
 */
import type { Effects } from '../../effects.ts'
import { CandorError, isCandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import { driftTable, quarantineLine, quarantineTable, recordTable } from '../tables/rows.ts'
import type { Storage } from '../storage.ts'
import { retentionTable } from '../tables/side-tables.ts'
import { incomingName } from '../tables/tables.ts'

/** What the loader needs of the inbox. */
export interface LoaderSource {
  nextBlocks(limits: {
    readonly rowsMax: number
    readonly bytesMax: number
  }): Promise<readonly LoaderBlock[]>
  loaded(token: string): Promise<void>
  split(token: string): Promise<boolean>
  state(): { readonly oldestWaitingAt: Instant | undefined }
}

export interface LoaderBlock {
  readonly token: string
  readonly table: string
  readonly rows: number
  readonly bytes: number
  readonly lines: Buffer
  readonly oldestAt: Instant
}

export interface LoaderLog {
  info(fields: Readonly<Record<string, string | number>>, message: string): void
  warn(fields: Readonly<Record<string, string | number>>, message: string): void
}

export interface LoaderLimits {
  readonly rowsMax: number
  readonly bytesMax: number
  /**
   * Between two looks at the inbox while blocks come smaller than `rowsBusy`. With larger ones the
   * loader goes on at once.
   */
  readonly intervalMs: number
  readonly rowsBusy: number
  readonly insertMsMax: number
  readonly retryMsMin: number
  readonly retryMsMax: number
  readonly closeMsMax: number
  /** A block's insert and its retries take at most so long where the store is well. */
  readonly pauseMsMax: number
}

/**
 * A record waits one interval and one insert (0.1 s small, 0.6 s for 50,000 rows) until it is
 * queryable: below two seconds. Below `rowsBusy`
 * that is 216,000 blocks in the inbox's 72 hours of replay, above it at most three blocks a second:
 * both within `blocksRemembered`.
 */
export const loaderLimits: LoaderLimits = {
  rowsMax: 50_000,
  bytesMax: 33_554_432,
  intervalMs: 1_200,
  rowsBusy: 20_000,
  insertMsMax: 30_000,
  retryMsMin: 250,
  retryMsMax: 10_000,
  closeMsMax: 5_000,
  pauseMsMax: 90_000
}

export interface Loader {
  /** How long the oldest waiting entry has waited, in milliseconds. */
  lag(): number
  state(): LoaderState
  /**
   * Runs `work` while no block is sent, and of none it is unknown whether the store has it. Rejects
   * with STORAGE_UNAVAILABLE where that is not reached in time. No two may run at a time.
   */
  whilePaused<Done>(work: () => Promise<Done>): Promise<Done>
  /** Loads what waits, for a bounded time; the rest waits in the inbox. */
  close(): Promise<void>
}

export interface LoaderState {
  readonly rowsLoaded: number
  readonly blocksLoaded: number
  readonly rowsQuarantined: number
  /** The code of the store's last refusal to take a block, until it takes one again. */
  readonly failing: string | undefined
}

export interface LoaderOptions {
  readonly source: LoaderSource
  readonly storage: Pick<Storage, 'insert' | 'query'>
  readonly effects: Pick<Effects, 'clock'>
  readonly log: LoaderLog
  readonly limits?: LoaderLimits
  /** Tables that nothing can be loaded into; their blocks wait. */
  readonly isHeld?: (table: string) => boolean
  /** Takes away the rows that other collectors of the same store load; a block may have none left. */
  readonly distinct?: (blocks: readonly LoaderBlock[]) => Promise<readonly LoaderBlock[]>
}

export function startLoader({
  source,
  storage,
  effects,
  log,
  limits = loaderLimits,
  isHeld = () => false,
  distinct = (blocks) => Promise.resolve(blocks)
}: LoaderOptions): Loader {
  const { clock } = effects
  const closing = new AbortController()
  let [rowsLoaded, blocksLoaded, rowsQuarantined, attempts] = [0, 0, 0, 0]
  let failing: string | undefined
  // Blocks that may be in the store without our knowing it: sent, and not answered yet.
  const undecided = new Set<string>()
  let pause: { readonly begun: () => void; readonly over: Promise<void> } | undefined
  let closeBy = Number.POSITIVE_INFINITY

  /**
   * One block of each table. Pauses are for the caller to make: undefined when there is more to do
   * at once.
   */
  async function round(): Promise<number | undefined> {
    const blocks = await source.nextBlocks({ rowsMax: limits.rowsMax, bytesMax: limits.bytesMax })
    let busy = false
    for (const block of await distinct(blocks.filter(({ table }) => !isHeld(table)))) {
      if (clock.now() >= closeBy) return undefined
      const outcome = await load(block)
      if (outcome === 'later') return retryDelay()
      if (
        outcome === 'split' ||
        block.rows >= limits.rowsBusy ||
        block.bytes >= limits.bytesMax / 2
      )
        busy = true
    }
    return busy ? undefined : limits.intervalMs
  }

  async function load(block: LoaderBlock): Promise<'loaded' | 'split' | 'later'> {
    undecided.add(block.token)
    try {
      if (block.rows > 0) await insert(incomingName(block.table), block.token, block.lines)
    } catch (error) {
      if (!isCandorError(error)) throw error
      return error.code === 'STORAGE_REFUSED' ? refused(block) : later(error.code)
    }
    await settled(block)
    rowsLoaded += block.rows
    return 'loaded'
  }

  /**
   * For its data: halved until the row at fault is alone. That row has been scrubbed, so it may be
   * kept beside the others.
   */
  async function refused(block: LoaderBlock): Promise<'split'> {
    if (await source.split(block.token)) {
      undecided.delete(block.token)
      return 'split'
    }
    if (block.table !== quarantineTable)
      await insert(
        quarantineTable,
        `${block.token}/quarantine`,
        Buffer.from(await quarantined(block))
      )
    log.warn(
      { table: block.table, code: 'STORAGE_REFUSED' },
      'The store refused a row for its data; it is in quarantine.'
    )
    rowsQuarantined += block.rows
    await settled(block)
    return 'split'
  }

  async function quarantined(block: LoaderBlock): Promise<string> {
    const row = block.lines.toString()
    const parsed = JSON.parse(row) as Readonly<Record<string, unknown>>
    const product =
      block.table === driftTable ? String(parsed['product']) : await productOf(block.table)
    const name = block.table === driftTable ? undefined : String(parsed['name'])
    return quarantineLine({
      product,
      code: 'STORAGE_REFUSED',
      record: name,
      bytes: block.bytes,
      row,
      receivedAt: block.oldestAt
    })
  }

  function insert(table: string, token: string, lines: Buffer): Promise<void> {
    return storage.insert({ table, token, lines, deadlineMs: limits.insertMsMax })
  }

  async function productOf(table: string): Promise<string> {
    const rows = await storage.query<{ product: string }>({
      sql: `SELECT product FROM ${retentionTable.name} FINAL`,
      deadlineMs: limits.insertMsMax,
      lane: 'control'
    })
    return rows.find(({ product }) => recordTable(product) === table)?.product ?? table
  }

  async function settled(block: LoaderBlock): Promise<void> {
    await source.loaded(block.token)
    undecided.delete(block.token)
    blocksLoaded++
    if (failing !== undefined) log.info({ code: failing }, 'The store takes blocks again.')
    failing = undefined
    attempts = 0
  }

  function later(code: string): 'later' {
    if (failing !== code)
      log.warn({ code }, 'The store takes no blocks; what is kept waits in the inbox.')
    failing = code
    attempts++
    return 'later'
  }

  function retryDelay(): number {
    return failing === 'STORAGE_FULL'
      ? limits.retryMsMax
      : Math.min(limits.retryMsMax, limits.retryMsMin * 2 ** Math.min(attempts - 1, 16))
  }

  async function careful(): Promise<number | undefined> {
    try {
      return await round()
    } catch (error) {
      if (!isCandorError(error)) throw error
      later(error.code)
      return retryDelay()
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      if (pause !== undefined && undecided.size === 0) {
        pause.begun()
        await pause.over
        continue
      }
      const pauseMs = await careful()
      if (pauseMs !== undefined) await clock.sleep(pauseMs, closing.signal)
    }
    // What waits now goes while the store takes it; the first pause means that nothing waits or
    // that the store does not.
    while (clock.now() < closeBy && (await careful()) === undefined);
  }

  const running = run()
  return {
    lag() {
      const oldest = source.state().oldestWaitingAt
      return oldest === undefined ? 0 : Math.max(0, clock.now() - oldest)
    },
    state: () => ({ rowsLoaded, blocksLoaded, rowsQuarantined, failing }),
    async whilePaused(work) {
      let begun!: () => void
      let end!: () => void
      const waits = new Promise<'paused'>((resolve) => (begun = () => resolve('paused')))
      const over = new Promise<void>((resolve) => (end = resolve))
      closing.signal.addEventListener('abort', end, { once: true })
      pause = { begun, over }
      const late = new AbortController()
      try {
        const isLate = clock.sleep(limits.pauseMsMax, late.signal)
        if ((await Promise.race([waits, isLate, over])) !== 'paused')
          throw new CandorError(
            'STORAGE_UNAVAILABLE',
            'The store takes no blocks, so that it is not known what is in it; try again later.'
          )
        return await work()
      } finally {
        late.abort()
        pause = undefined
        end()
        closing.signal.removeEventListener('abort', end)
      }
    },
    async close() {
      closeBy = clock.now() + limits.closeMsMax
      closing.abort()
      // An insert that outlasts this is cut off with the store; its token makes sure that the next
      // start's attempt counts once.
      const ended = new AbortController()
      await Promise.race([running, clock.sleep(limits.closeMsMax, ended.signal)])
      // A timer that nobody waits for would keep the process for the rest of its time.
      ended.abort()
    }
  }
}
