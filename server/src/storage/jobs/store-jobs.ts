/**
 * What goes on beside the requests while the server runs: tables are made, blocks are loaded,
 * deletions carried out, and what is old expires.
 */
import type { CompiledContract } from '@candor/contract'
import type { Effects } from '../../effects.ts'
import { CandorError, isCandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import { eraseFromStore, type Erasure } from './erase.ts'
import { startLoader, type LoaderLog, type LoaderSource, type LoaderState } from './loader.ts'
import { applyRetention, countPast, pastDue } from './retention.ts'
import type { HeldProduct, Storage } from '../storage.ts'
import { recordTable } from '../tables/rows.ts'
import { type DeletionExchange, SharedDeletions } from './shared-deletions.ts'
import { SharedMarks, type SharedMarksOptions } from './shared-marks.ts'
import { rememberStart, wentBackTo, type StartMemory } from './went-back.ts'

export interface StoreJobsOptions<Tombstone extends Erasure> {
  readonly storage: Storage & { readonly started: Promise<void> }
  readonly source: LoaderSource & {
    readonly id: string
    sweep(now: Instant): Promise<void>
    compact(): Promise<boolean>
    replay(since: Instant): Promise<number>
  }
  readonly memory: StartMemory
  readonly tombstones: {
    /** What is still to be erased. */
    list(): readonly Tombstone[]
    /** That, and what was erased already: a restored store holds it again. */
    all(): readonly Tombstone[]
    applied(tombstones: readonly Tombstone[], at: Instant): Promise<void>
    /** The store held something that these name. */
    found(tombstones: readonly Tombstone[]): Promise<void>
    /** Whoever must know what goes looks before it goes. */
    beforeErasing(): Promise<void>
    /** Waiting entries first: else the loader would bring back what the store has just erased. */
    eraseFromInbox(): Promise<number>
  }
  /** Undefined: no other collector loads into this store. */
  readonly shared?:
    | {
        readonly deletions: DeletionExchange
        /** Undefined: a client's retry always reaches the same collector. */
        readonly windowMs: SharedMarksOptions['windowMs'] | undefined
      }
    | undefined
  readonly contracts: readonly CompiledContract[]
  /** Products of whose imports more is to come. Undefined where nothing is imported. */
  readonly importsOpen?: (oldestWaitingAt: Instant | undefined) => ReadonlySet<string>
  readonly effects: Pick<Effects, 'clock' | 'random'>
  readonly log: LoaderLog
  /** How it is erased and expired; another store than ClickHouse has other words for it. */
  readonly erase?: typeof eraseFromStore<Tombstone>
  readonly retain?: typeof applyRetention
}

export interface StoreJobs {
  /**
   * Resolves once the tables are there, however long the store is away. Rejects when a contract
   * can't be stored at all.
   */
  readonly prepared: Promise<void>
  /** Why the tables are not there yet, as far as that is known. */
  waitsFor(): string | undefined
  /**
   * Makes tables and columns for these contracts; loading stands still meanwhile, so that no view
   * misses a block. Of products that the store can't hold it takes what `instead` gives, in the
   * same pause: a block that waits for a held table would end no later pause. Throws where the
   * store is away.
   */
  adopt(
    contracts: readonly CompiledContract[],
    instead: (held: readonly HeldProduct[]) => readonly CompiledContract[]
  ): Promise<readonly HeldProduct[]>
  /** Runs it while nothing is loaded, erased or expired. */
  whileStill<Done>(work: () => Promise<Done>): Promise<Done>
  /** Products that the store can't hold: what they send waits in the inbox. */
  held(): readonly HeldProduct[]
  /** Undefined until the tables are there. */
  loaderState(): LoaderState | undefined
  /** True while no record was ever kept. */
  isEmpty(): Promise<boolean>
  /** In the last seven days; undefined: of all products. */
  quarantined(products: readonly string[] | undefined): Promise<number>
  /**
   * Runs `work` while nothing is loaded, erased or expired: what the inbox holds as loaded is in
   * the store, and nothing else.
   */
  whileQuiet<Done>(work: () => Promise<Done>): Promise<Done>
  close(): Promise<void>
}

const retryMs = 1_000
const sweepMs = 60_000
// Deletion is promised within 72 hours; an hour lets one mutation, which rewrites parts, serve many
// requests.
const erasureMs = 3_600_000
// Longer than any insert may take with its retries' deadline: no block that was read before still
// travels.
const settledMs = 300_000
const firstRetentionMs = 120_000
// What was erased is readable in the inbox's file until it is copied: at most daily, within the 72
// hours that are promised.
const firstCompactionMs = 2 * 3_600_000
const compactionMs = 24 * 3_600_000
const retentionMs = 6 * 3_600_000
// Whoever has imported looks at once; a look that finds nothing is one small question.
const importMs = 15_000
const questionMs = 30_000
// Long before the hour in which a deletion is carried out, and seldom enough to cost nothing.
const shareMs = 10_000

export function startStoreJobs<Tombstone extends Erasure>(
  options: StoreJobsOptions<Tombstone>
): StoreJobs {
  const { storage, source, memory, tombstones, contracts, importsOpen, effects, log } = options
  const { erase: eraseFrom = eraseFromStore<Tombstone>, retain: expire = applyRetention } = options
  const shared =
    options.shared === undefined
      ? undefined
      : new SharedDeletions(storage, options.shared.deletions)
  const windowMs = options.shared?.windowMs
  const marks =
    windowMs === undefined
      ? undefined
      : new SharedMarks({ storage, inbox: source.id, windowMs, effects })
  const closing = new AbortController()
  let loader: ReturnType<typeof startLoader> | undefined
  let hasGoneBack = false
  let isRemembered = false
  let held: readonly HeldProduct[] = []
  // Jobs that change what is in the store run one after the other.
  let lastJob: Promise<unknown> = Promise.resolve()
  let waitsFor: CandorError | undefined
  let tellPrepared!: (error?: unknown) => void
  const prepared = new Promise<void>((resolve, reject) => {
    tellPrepared = (error) => (error === undefined ? resolve() : reject(error))
  })
  const ended = new Promise<void>((resolve) =>
    closing.signal.addEventListener('abort', () => resolve(), { once: true })
  )
  // Whoever started the server hears of it; the jobs only end.
  prepared.catch(() => undefined)

  const jobs = [
    prepare(),
    repeat('sweep', { firstMs: sweepMs, everyMs: sweepMs }, () =>
      source.sweep(effects.clock.now())
    ),
    repeat('erasure', { firstMs: erasureMs, everyMs: erasureMs }, () => inTurn(erase)),
    // Soon after the start as well: a server that is restarted every night must expire records too.
    repeat('compaction', { firstMs: firstCompactionMs, everyMs: compactionMs }, async () => {
      if (await source.compact()) log.info({}, 'the inbox was copied without what is gone')
    }),
    repeat('imports', { firstMs: importMs, everyMs: importMs }, importPast),
    repeat('retention', { firstMs: firstRetentionMs, everyMs: retentionMs }, retain),
    ...(shared === undefined
      ? []
      : [repeat('sharing', { firstMs: shareMs, everyMs: shareMs }, () => inTurn(share))])
  ]

  return {
    prepared,
    waitsFor: () => waitsFor?.message,
    adopt: (next, instead) =>
      inTurn(() =>
        paused(async () => {
          const refused = await storage.migrate(next)
          held = refused.length === 0 ? refused : await storage.migrate(instead(refused))
          return refused
        })
      ),
    whileStill: (work) => inTurn(() => paused(work)),
    held: () => held,
    loaderState: () => loader?.state(),
    async isEmpty() {
      const [row] = await storage.query<{ records: number }>({
        sql: 'SELECT sum(records) AS records FROM daily_states',
        deadlineMs: questionMs
      })
      return Number(row?.records ?? 0) === 0
    },
    async quarantined(products) {
      const [row] = await storage.query<{ rows: number }>({
        // Bodies that could not be read are anybody's, and no news.
        sql:
          'SELECT count() AS rows FROM quarantine WHERE received_at > now() - INTERVAL 7 DAY ' +
          'AND reason IS NULL AND ({all:Bool} OR has({products:Array(String)}, product))',
        parameters: { all: products === undefined, products: products ?? [] },
        deadlineMs: questionMs
      })
      return Number(row?.rows ?? 0)
    },
    whileQuiet: (work) => inTurn(() => paused(work)),
    async close() {
      closing.abort()
      await loader?.close()
      await Promise.all(jobs)
    }
  }

  async function prepare(): Promise<void> {
    await Promise.race([storage.started, ended])
    while (!closing.signal.aborted) {
      try {
        held = await storage.migrate(contracts)
        waitsFor = undefined
        for (const { product, says } of held)
          log.warn(
            { code: 'PRODUCT_INVALID', product },
            `nothing of this product is loaded: ${says}`
          )
        // So that what somebody took back while the store was away never reaches it.
        if (tombstones.list().length > 0) await tombstones.eraseFromInbox()
        await bringForward()
        // Nobody would stop a loader that starts now.
        if (closing.signal.aborted) return
        const isHeld = (table: string): boolean =>
          held.some(({ product }) => recordTable(product) === table)
        loader = startLoader({
          source,
          storage,
          effects,
          log,
          isHeld,
          ...(marks && { distinct: (blocks) => marks.distinct(blocks) })
        })
        // What was asked for before a restart, or what a restored backup brought back.
        await erase().catch((error: unknown) =>
          log.warn({ code: codeOf(error) }, 'deletions wait for the store')
        )
        return tellPrepared()
      } catch (error) {
        if (!isCandorError(error)) return tellPrepared(error)
        if (storage.state().is === 'ready' && waitsFor?.code !== error.code)
          log.warn({ code: error.code }, `the tables are not there; trying again: ${error.message}`)
        waitsFor = error
      }
      await effects.clock.sleep(retryMs, closing.signal)
    }
  }

  /**
   * A store that was restored from a backup, or that is a new one, gets again what was loaded
   * since.
   */
  async function bringForward(): Promise<void> {
    const since = await wentBackTo(storage, source.id, memory)
    if (since === undefined) return
    hasGoneBack = true
    const blocks = await source.replay(since)
    log.warn(
      { blocks },
      'the store is older than the inbox: what was loaded since is loaded again, and ' +
        'deletions are carried out again'
    )
  }

  function inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
    const done = lastJob.then(work)
    lastJob = done.catch(() => undefined)
    return done
  }

  async function paused<Done>(work: () => Promise<Done>): Promise<Done> {
    if (loader === undefined)
      throw new CandorError('STORAGE_UNAVAILABLE', 'The tables are being made; try again soon.')
    return loader.whilePaused(work)
  }

  async function importPast(): Promise<void> {
    if (loader === undefined || importsOpen === undefined) return
    const due = await pastDue(storage, importsOpen(source.state().oldestWaitingAt))
    if (due.length === 0) return
    const at = { now: effects.clock.now(), by: source.id }
    const counted = await inTurn(() => paused(() => countPast(storage, due, at)))
    for (const product of counted)
      log.info({ product }, 'what an import brought of days that have expired was counted')
  }

  async function retain(): Promise<void> {
    // To come back six hours later would be never, where a server is restarted more often and its
    // store starts slowly.
    await Promise.race([prepared, ended])
    if (loader === undefined || closing.signal.aborted) return
    const expired = await inTurn(() =>
      expire(storage, effects.clock.now(), { alone: paused, by: source.id })
    )
    await inTurn(async () => marks?.forget(effects.clock.now()))
    for (const { product, ...went } of expired)
      log.info({ product, ...went }, 'what has lived its time was frozen and erased')
  }

  async function share(): Promise<void> {
    if (loader !== undefined) await shared?.exchange(effects.clock.now())
  }

  async function erase(): Promise<void> {
    if (loader === undefined) return
    const pending = hasGoneBack ? tombstones.all() : tombstones.list()
    if (pending.length > 0) await eraseNow(pending)
    if (isRemembered) return
    hasGoneBack = false
    await rememberStart(storage, source.id, { memory, effects })
    isRemembered = true
  }

  async function eraseNow(pending: readonly Tombstone[]): Promise<void> {
    const startedAt = effects.clock.now()
    await tombstones.beforeErasing()
    await tombstones.eraseFromInbox()
    const { records, found } = await eraseFrom(storage, pending)
    await tombstones.found(found)
    if (records > 0) log.info({ records, requests: found.length }, 'deletions were carried out')
    // A block that the loader already held when the deletion came may land after this; so what is
    // younger is erased once more, next time.
    await tombstones.applied(
      pending.filter(({ requestedAt }) => requestedAt < startedAt - settledMs),
      effects.clock.now()
    )
  }

  async function repeat(
    name: string,
    { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
    job: () => Promise<void>
  ): Promise<void> {
    let failures = 0
    await effects.clock.sleep(firstMs, closing.signal)
    while (!closing.signal.aborted) {
      try {
        await job()
        failures = 0
      } catch (error) {
        failures += 1
        log.warn({ code: codeOf(error), job: name }, 'a job will be tried again')
      }
      // A whole pause after one failure would leave records there beyond their time.
      const pauseMs = failures === 0 ? everyMs : Math.min(everyMs, firstMs * 2 ** (failures - 1))
      await effects.clock.sleep(pauseMs, closing.signal)
    }
  }
}

function codeOf(error: unknown): string {
  return isCandorError(error) ? error.code : 'INTERNAL'
}
