/**
 * The real collector: its routes, validation, inbox on a real disk, loader and jobs, put together
 * as `server/src/app/` does, under a clock, a disk and a store that the simulation moves.
 */
import * as realFiles from 'node:fs'
import type * as promisedFiles from 'node:fs/promises'
import { join } from 'node:path'
import { createCollector } from '../../../server/src/collector/collect.ts'
import { createDeletions } from '../../../server/src/collector/deletion.ts'
import { createDriftLedger } from '../../../server/src/collector/drift.ts'
import { ingestRoute } from '../../../server/src/collector/ingest-route.ts'
import { collectorLimits } from '../../../server/src/collector/limits.ts'
import { createMalformedBodies } from '../../../server/src/collector/malformed.ts'
import { openKeyring } from '../../../server/src/collector/secret/keyring.ts'
import { createStatementShapes } from '../../../server/src/collector/statements.ts'
import { createTail } from '../../../server/src/collector/tail.ts'
import { createTrials } from '../../../server/src/collector/trials.ts'
import type { Clock, Effects } from '../../../server/src/effects.ts'
import { Budgets } from '../../../server/src/http/budgets.ts'
import type { HttpRoute } from '../../../server/src/http/route.ts'
import { openInbox } from '../../../server/src/inbox/open-inbox.ts'
import { openPlausibleClock, type PlausibleClock } from '../../../server/src/plausible-clock.ts'
import { mountRoutes, retirement } from '../../../server/src/products/mount.ts'
import type { Product } from '../../../server/src/products/product.ts'
import { createDeletions as deletionRoute } from '../../../server/src/protocols/native/deletions.ts'
import { startStoreJobs } from '../../../server/src/storage/jobs/store-jobs.ts'
import type { NetworkAnswer } from '../../../sdk/src/network/transport.ts'
import type { Judge } from '../oracle/judge.ts'
import type { Chance } from './chance.ts'
import { product, type ContractVersion } from './contract-versions.ts'
import { SlowDisk, type DiskState } from './inbox-disk.ts'
import type { Arrived } from './network.ts'
import { slowly, type Store, type StoreState } from './stores.ts'
import type { Timeline } from './timeline.ts'

/**
 * A loader that looks each second and a lock that beats each fifth make a simulated day of ninety
 * thousand events: each pause of the collector lasts this long at least.
 */
const pauseMsMin = 1_200_000
/** Nobody here sends as much as a network may. */
const share = { burst: 1_000_000, perHour: 1_000_000 }
export const writeKey = 'simkey'

export interface CollectorOptions {
  readonly folder: string
  readonly timeline: Timeline
  readonly chance: Chance
  readonly judge: Judge
  readonly store: Store
  /** Published so far, the newest last. */
  readonly published: () => readonly ContractVersion[]
  /** What its operator asks of clients. */
  readonly pace: { readonly every?: number } | undefined
}

/** One process of it. */
interface Incarnation {
  isAlive: boolean
  isOpen: boolean
  routes: readonly HttpRoute[]
  clock: PlausibleClock | undefined
  readonly disk: SlowDisk
  readonly parts: { close(): Promise<unknown> }[]
  readonly gone: Promise<undefined>
  readonly tellGone: () => void
}

export class Collector {
  readonly disk: DiskState = { isFailing: false, isLow: false, isSlow: true }
  readonly storeState: StoreState = { isAway: false, silent: 0 }
  /** Milliseconds by which its clock is wrong. */
  clockIsAhead = 0
  readonly #options: CollectorOptions
  /** Folders that are there: they are asked for again at each look at the clock. */
  readonly #made = new Set<string>()
  /** It dies within so many commits and calls of the store from now. */
  #diesAtCall = Number.POSITIVE_INFINITY
  #running: Incarnation | undefined
  #touchedAt: number

  constructor(options: CollectorOptions) {
    this.#options = options
    this.#touchedAt = options.timeline.now
  }

  start(): void {
    if (this.#running !== undefined) return
    const it = this.#incarnate()
    this.#running = it
    this.#options.timeline.note('collector: starts')
    void this.#open(it).catch((error: unknown) => {
      if (it.isAlive) this.#options.judge.fault(error)
    })
  }

  /** It is killed in the middle of a commit, or of a call of the store. */
  killWithin(calls: number, whenDead: () => void): void {
    this.#diesAtCall = calls
    this.#whenDead = whenDead
  }

  /** Nobody kills it any more. */
  calmDown(): void {
    this.#diesAtCall = Number.POSITIVE_INFINITY
    this.clockIsAhead = 0
    Object.assign(this.disk, { isFailing: false, isLow: false, isSlow: false })
    Object.assign(this.storeState, { isAway: false, silent: 0 })
  }

  /** As `kill -9` does: nothing of it happens any more, and its files are as they are. */
  kill(): void {
    const it = this.#running
    if (it === undefined) return
    this.#running = undefined
    it.isAlive = false
    it.tellGone()
    this.#options.timeline.note('collector: killed')
    void this.#options.timeline.real(this.#bury(it))
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    const it = this.#running
    if (it === undefined || !it.isOpen) return
    it.isOpen = false
    for (const part of it.parts.toReversed()) await part.close()
    if (!it.isAlive) return
    this.#running = undefined
    it.isAlive = false
    it.tellGone()
    this.#options.timeline.note('collector: stopped')
  }

  /** Undefined: the connection was refused, or cut. */
  async receive({ path, headers, body }: Arrived): Promise<NetworkAnswer | undefined> {
    const { judge, timeline, chance } = this.#options
    const it = this.#running
    if (it?.clock === undefined || !it.isOpen) return undefined
    const route = it.routes.find((each) => each.method === 'POST' && each.path === path)
    if (route === undefined) throw new Error(`no route for ${path}`)
    const onAnswered: ((whole: boolean) => void)[] = []
    const handled = Promise.resolve(
      route.handle(
        { path, query: '', headers, body: Buffer.from(body), receivedAt: it.clock.now() },
        {
          network: `203.0.113.${chance.between(1, 254)}`,
          onAnswered: (call) => void onAnswered.push(call),
          onLeft: () => undefined
        }
      )
    ).catch((error: unknown) => {
      if (it.isAlive) judge.fault(error)
      return undefined
    })
    const answer = await Promise.race([handled, it.gone])
    if (answer === undefined || !it.isAlive) return undefined
    for (const call of onAnswered) call(true)
    const text = answer.body.toString()
    timeline.note(`collector: ${path} ${answer.status} ${text.length}`)
    return {
      is: 'answered',
      status: answer.status,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value])
      ),
      body: text
    }
  }

  /** Each file of its disk. */
  readDisk(read: (name: string, bytes: Buffer) => void): void {
    const { folder } = this.#options
    for (const name of realFiles.readdirSync(folder, { recursive: true }).map(String)) {
      if (name.endsWith('-lock') || name === 'secret') continue
      const path = join(folder, name)
      if (realFiles.statSync(path).isFile()) read(name, realFiles.readFileSync(path))
    }
  }

  readonly #called = (tookMs: number): void => {
    this.#diesAtCall -= 1
    if (this.#diesAtCall > 0) return
    this.#diesAtCall = Number.POSITIVE_INFINITY
    const { timeline, chance } = this.#options
    timeline.after(tookMs * chance.fraction(), () => {
      this.kill()
      this.#whenDead()
    })
  }

  #whenDead = (): void => {}

  #incarnate(): Incarnation {
    let tellGone = (): void => {}
    const gone = new Promise<undefined>((resolve) => {
      tellGone = () => resolve(undefined)
    })
    const { timeline, chance } = this.#options
    const it: Incarnation = {
      isAlive: true,
      isOpen: false,
      routes: [],
      clock: undefined,
      disk: new SlowDisk({
        timeline,
        chance,
        state: this.disk,
        isAlive: () => it.isAlive,
        called: this.#called
      }),
      parts: [],
      gone,
      tellGone
    }
    return it
  }

  async #bury(it: Incarnation): Promise<void> {
    await it.disk.close()
    // The kernel knows that its holder is gone; here the holder is this very process.
    realFiles.rmSync(join(this.#options.folder, 'data', 'inbox', 'lock'), { force: true })
  }

  #effects(it: Incarnation): Effects {
    const { timeline, chance } = this.#options
    const after: Clock['after'] = (delayMs, call) =>
      timeline.after(Math.max(delayMs, pauseMsMin), () => {
        if (it.isAlive) call()
      })
    const clock: Clock = {
      now: () => timeline.now + this.clockIsAhead,
      after,
      sleep: (delayMs, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve()
          const done = (): void => {
            cancel()
            signal?.removeEventListener('abort', done)
            resolve()
          }
          const cancel = after(delayMs, done)
          signal?.addEventListener('abort', done)
        })
    }
    return { clock, random: (count) => chance.bytes(count), files: this.#files(it) }
  }

  /** At once, because a thread's round trip for each small file takes longer than all else. */
  #files(it: Incarnation): Effects['files'] {
    const { timeline } = this.#options
    const own: Readonly<Record<string, (...given: never[]) => unknown>> = {
      utimes: () => undefined,
      mkdir: (path: string) => {
        if (!this.#made.has(path)) realFiles.mkdirSync(path, { recursive: true, mode: 0o700 })
        this.#made.add(path)
      },
      statfs: () => ({ bavail: this.disk.isLow ? 1 : 1_000_000, blocks: 2_000_000, bsize: 4_096 }),
      // The real disk has the real time.
      stat: (path: string) => Object.assign(realFiles.statSync(path), { mtimeMs: this.#touchedAt })
    }
    const calls = realFiles as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>
    return new Proxy({} as typeof promisedFiles, {
      get: (_none, name: string) => {
        const call = (own[name] ?? calls[`${name}Sync`]) as (...given: unknown[]) => unknown
        return (...given: unknown[]): Promise<unknown> => {
          if (!it.isAlive) return new Promise(() => {})
          if (name !== 'stat') this.#touchedAt = timeline.now + this.clockIsAhead
          return new Promise((resolve) => resolve(call(...given)))
        }
      }
    })
  }

  async #open(it: Incarnation): Promise<void> {
    const { folder, timeline, chance, judge, store, published, pace } = this.#options
    const data = join(folder, 'data')
    const say = (fields: object, message?: string): void =>
      judge.text('a log line', JSON.stringify({ ...fields, message }))
    const log = { info: say, warn: say, error: say, debug: say }
    const raw = this.#effects(it)
    const clock = await openPlausibleClock({
      path: join(data, 'clock'),
      trace: join(data, 'inbox', 'inbox.lmdb'),
      effects: raw,
      log
    })
    const effects = { ...raw, clock }
    const limits = collectorLimits
    const products = productsOf(published())
    const catalogue = { product: (name: string) => products.get(name) }
    const inbox = await openInbox({ folder: join(data, 'inbox'), effects, disk: it.disk })
    const keyring = await openKeyring({ path: join(folder, 'secret'), dataFolder: data, effects })
    const drift = createDriftLedger({ catalogue, keyring, inbox, effects, limits })
    const collector = createCollector({
      catalogue,
      keyring,
      inbox,
      drift,
      tail: createTail({ effects, limits }),
      trials: createTrials({ effects, limits }),
      statements: createStatementShapes({
        anonymize: () => Promise.reject(new Error('no SQL here'))
      }),
      hear: (sender, saidAt) => clock.hear(sender, saidAt),
      effects,
      limits
    })
    const deletions = createDeletions({ catalogue, keyring, inbox, effects, limits })
    const memory = join(data, 'store-start')
    const jobs = startStoreJobs({
      storage: slowly(store, {
        timeline,
        chance,
        state: this.storeState,
        isAlive: () => it.isAlive,
        called: this.#called
      }),
      source: inbox,
      memory: {
        read: () => effects.files.readFile(memory, 'utf8').catch(() => undefined),
        write: (start) => effects.files.writeFile(memory, start, { mode: 0o600 })
      },
      tombstones: {
        ...deletions.pendingTombstones,
        beforeErasing: () => Promise.resolve(),
        eraseFromInbox: () => deletions.eraseFromInbox()
      },
      contracts: published().map((version) => version.collector),
      effects,
      log,
      erase: store.erase,
      retain: store.retain
    })
    jobs.prepared.catch((error: unknown) => judge.fault(error))
    it.parts.push(clock, inbox, drift, deletions, jobs)
    it.routes = routesOf(products, { collector, deletions, inbox, effects, pace })
    it.clock = clock
    it.isOpen = it.isAlive
  }
}

function routesOf(
  products: ReadonlyMap<string, Product>,
  {
    collector,
    deletions,
    inbox,
    effects,
    pace
  }: {
    readonly collector: ReturnType<typeof createCollector>
    readonly deletions: ReturnType<typeof createDeletions>
    readonly inbox: Awaited<ReturnType<typeof openInbox>>
    readonly effects: Effects
    readonly pace: CollectorOptions['pace']
  }
): readonly HttpRoute[] {
  const budget = (): Budgets => new Budgets(effects.clock, { share, most: share })
  const budgets = { kibibytes: budget(), records: budget() }
  const malformed = createMalformedBodies({ inbox, effects, limits: collectorLimits })
  const mounted = mountRoutes({
    products,
    newest: { newest: () => undefined },
    accounts: undefined,
    writeKeys: { resolve: (key) => (key === writeKey ? product : undefined) },
    scheme: 'https',
    paths: new Map(),
    paces: new Map(pace === undefined ? [] : [[product, pace]])
  })
  const route = deletionRoute({
    productOf: (name) => retirement(products, name),
    requestDeletion: (request) => deletions.requestDeletion(request)
  })
  return [
    ...mounted.map((each) =>
      ingestRoute(
        each.route,
        { collector, requests: { count: () => undefined }, malformed, budgets },
        each.product
      )
    ),
    { ...route, handle: (request) => route.handle(request, () => true) }
  ]
}

function productsOf(versions: readonly ContractVersion[]): ReadonlyMap<string, Product> {
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error('nothing is published')
  return new Map([
    [
      product,
      {
        name: product,
        newest: newest.collector,
        published: new Map(versions.map(({ collector }) => [collector.contract.digest, collector])),
        behaviour: {},
        folder: ''
      }
    ]
  ])
}
