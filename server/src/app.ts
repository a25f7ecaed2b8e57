/**
 * Puts the parts together: the one file that knows which concrete parts exist, in which order they
 * start, and how they stop.
 */
import { join } from 'node:path'
import type { CompiledContract } from '@candor/contract'
import { Access } from './api/access/access.ts'
import { createApi } from './api/api.ts'
import { openAudit } from './api/access/audit.ts'
import { examine } from './api/endpoints/doctor.ts'
import { Pulse } from './api/endpoints/health.ts'
import { createMetrics, type MetricSources } from './api/endpoints/metrics.ts'
import { checkedByHost } from './api/mount.ts'
import { createPublicRoutes, getRoute } from './api/endpoints/public-routes.ts'
import { writeServerFile } from './api/server-file.ts'
import { createSite } from './api/site/site.ts'
import { createCollector, type Collector } from './collector/collect.ts'
import { createDeletions } from './collector/deletion.ts'
import { createDriftLedger } from './collector/drift.ts'
import { ingestRoute } from './collector/ingest-route.ts'
import { openKeyring } from './collector/keyring.ts'
import { collectorLimits } from './collector/limits.ts'
import { createRequestCounts } from './collector/request-counts.ts'
import { createTail } from './collector/tail.ts'
import { isLoopback, readTlsFiles, type Config } from './config.ts'
import type { Effects } from './effects.ts'
import { CandorError, isCandorError } from './errors.ts'
import type { HttpRoute } from './http/route.ts'
import { createHttpServer, type HttpServer } from './http/server.ts'
import type { Inbox } from './inbox/inbox.ts'
import { openInbox } from './inbox/open-inbox.ts'
import type { Log } from './log.ts'
import { loadProducts, problemLine, refusalOf } from './products/load.ts'
import { mountRoutes, retirement } from './products/mount.ts'
import type { Product } from './products/product.ts'
import { createDeletions as createDeletionRoute } from './protocols/native/deletions.ts'
import { openFeed } from './releases/feed.ts'
import { feedRoute } from './releases/feed-route.ts'
import { openReleases } from './releases/open-releases.ts'
import { openStorage, type StorageOptions } from './storage/open-storage.ts'
import type { Storage } from './storage/storage.ts'
import { startStoreJobs } from './storage/jobs/store-jobs.ts'
import type { StartMemory } from './storage/jobs/went-back.ts'

export interface App {
  readonly urls: { readonly ingest: string; readonly admin: string }
  /**
   * Rejects when what is kept could never be loaded: a contract that the store can't hold. Requests
   * are answered from the start, whether the store is there yet or not.
   */
  readonly failed: Promise<never>
  /** True while no record was ever kept. */
  isEmpty(): Promise<boolean>
  /** Resolves once nothing waits to be loaded. */
  untilLoaded(): Promise<void>
  /** A link that signs whoever opens it in as the operator: once, within ten minutes. */
  signInLink(): string
  /**
   * Stops accepting, answers what is in flight, loads what waits for a bounded time, and gives the
   * data folder back.
   */
  close(): Promise<void>
}

export interface AppOptions {
  readonly config: Config
  readonly effects: Effects
  readonly log: Log
}

/** How long requests in flight may take to end when the server is asked to stop. */
const drainMs = 5_000
/**
 * How long a question that comes right after the start waits for the tables, before the store's own
 * error answers it.
 */
const preparedMsMax = 15_000

export async function startApp({ config, effects, log }: AppOptions): Promise<App> {
  const started = new Started(log)
  try {
    return await assemble({ config, effects, log }, started)
  } catch (error) {
    await started.close()
    throw error
  }
}

async function assemble({ config, effects, log }: AppOptions, started: Started): Promise<App> {
  const { clock, files } = effects
  const products = await readProducts(config, effects, log)
  const catalogue = { product: (name: string) => products.get(name) }
  const tls = await readTlsFiles(config, files)

  const wasUsed = await files.stat(join(config.data, 'inbox')).then(
    () => true,
    () => false
  )
  await files.mkdir(config.data, { recursive: true, mode: 0o700 })
  const { bytesMax, replayMs } = config.inbox
  const inbox = started.add(
    await openInbox({
      folder: join(config.data, 'inbox'),
      effects,
      limits: { bytesMax, replayMs }
    }),
    (it) => it.close()
  )
  const keyring = await openKeyring({ path: config.secret, dataFolder: config.data, effects })
  if (keyring.isNew && wasUsed)
    log.warn(
      { secret: config.secret },
      'a new secret was made for data that another one made tokens for: no installation is recognised again, unless the old file is put back'
    )
  const problem = ({ code, message }: CandorError): void => log.warn({ code }, message)
  const released = (): readonly Product[] => [...products.values()]
  const releases = started.add(
    await openReleases({ folder: config.releases, products: released, effects, problem }),
    (it) => it.close()
  )
  const feed = started.add(
    await openFeed({ releases, keysFolder: config.keys, effects, problem }),
    (it) => it.close()
  )
  const storage = started.add(
    openStorage({ effects, engine: await engineOf(config, effects), log }),
    (it) => it.close()
  )

  const limits = collectorLimits
  const tail = createTail({ effects, limits })
  const drift = started.add(
    createDriftLedger({ catalogue, keyring, inbox, effects, limits }),
    (it) => it.close()
  )
  const collector = createCollector({ catalogue, keyring, inbox, drift, tail, effects, limits })
  const deletions = started.add(
    createDeletions({ catalogue, keyring, inbox, effects, limits }),
    (it) => it.close()
  )
  const store = started.add(
    startStoreJobs({
      storage,
      source: inbox,
      memory: startMemory(join(config.data, 'store-start'), effects),
      tombstones: {
        ...deletions.pendingTombstones,
        eraseFromInbox: () => deletions.eraseFromInbox()
      },
      contracts: allContracts(products),
      effects,
      log
    }),
    (it) => it.close()
  )

  const requests = createRequestCounts()
  const token = config.token ?? effects.random(24).toString('base64url')
  const servers: HttpServer[] = []
  const connections = (): { connections: number; silent: number } => {
    const states = servers.map((server) => server.state())
    return {
      connections: sum(states.map((state) => state.connections)),
      silent: sum(states.map((state) => state.silent))
    }
  }
  const metrics = createMetrics({
    inbox: () => inbox.state(),
    store: () => storage.state().is,
    connections,
    records: () => recordCounts(collector),
    requests: () => requests.list(),
    now: () => clock.now()
  })
  const hooks = {
    answered: (route: HttpRoute | undefined, status: number, receivedAt: number) =>
      metrics.answered(route?.path ?? '(none)', status, (clock.now() - receivedAt) / 1000),
    fault: (error: unknown) =>
      log.error({ code: codeOf(error), stack: stackOf(error) }, 'a request could not be answered')
  }
  const mounted = mountRoutes({
    products,
    newest: releases,
    writeKeys: config.writeKeys,
    paths: config.paths
  })
  const ingest: HttpRoute[] = [
    ...mounted.map(({ route }) => ingestRoute(route, { collector, requests })),
    createDeletionRoute({
      productOf: (name) => retirement(products, name),
      requestDeletion: async (request) => void (await deletions.requestDeletion(request))
    }),
    ...createPublicRoutes({
      products: () =>
        [...products.values()].map(({ newest, published, name }) => ({
          newest,
          published,
          paths: mounted.filter(({ product }) => product === name).map(({ route }) => route.path)
        })),
      notReady: () => inbox.state().refusing,
      store: () => storage.state().is,
      feedKeys: () => feed.publicKeys()
    }),
    feedRoute({ feed, products: released })
  ]
  const checks = (): ReturnType<typeof examine> =>
    examine({
      inbox: () => inbox.state(),
      store: () => storage.state(),
      disk: () => diskOf(config.data, effects),
      products: () =>
        [...products.values()].map(({ name, newest, published }) => ({
          name,
          records: newest.contract.records.size,
          contracts: published.size,
          hasReleases: releases.newest(name) !== undefined
        })),
      hasFeedKeys: () => feed.publicKeys().length > 0,
      isSafelyListening: () => isLoopback(config.host) || tls !== undefined,
      quarantined: () => store.quarantined(),
      now: () => clock.now()
    })
  const pulse = started.add(
    new Pulse(clock, {
      kept: () => sum([...collector.counts().values()].map(({ kept }) => kept)),
      engine: () => storage.state()
    }),
    (it) => it.close()
  )
  const onLoopback = isLoopback((config.admin ?? config).host)
  // No certificate is for 127.0.0.1: where the API is alone on loopback, the command line and a
  // browser could not trust it there.
  const apiTls = config.admin !== undefined && onLoopback ? undefined : tls
  const guards = {
    origins: { onLoopback, hosts: config.dashboardHosts },
    headers: { isStrictlyEncrypted: apiTls !== undefined && !onLoopback }
  }
  const access = await Access.open({
    folder: config.data,
    operatorToken: token,
    origins: guards.origins,
    isEncrypted: apiTls !== undefined,
    effects
  })
  started.add(access, (it) => it.tokens.close())
  const metricsRoute = getRoute('/metrics', async () => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: await metrics.text()
  }))
  const { routes: apiRoutes } = createApi({
    access,
    audit: openAudit({ path: join(config.data, 'audit.ndjson'), effects }),
    effects,
    storage: patient(storage, store.prepared, effects),
    products: () => products,
    releases,
    installations: {
      tokensOf: (product, id) => keyring.installationInAllEpochs(product, id),
      requestErasure: (product, tokens) => deletions.requestErasure(product, tokens)
    },
    counts: (product) => collector.counts().get(product),
    subscribe: (filter, listener) => tail.subscribe(filter, listener),
    checks,
    health: {
      inbox: () => inbox.state(),
      inboxBytesMax: bytesMax,
      disk: () => diskOf(config.data, effects),
      pulse,
      quarantined: () => store.quarantined(),
      dropped: () => droppedCounts(collector)
    },
    headers: guards.headers
  })
  const api: HttpRoute[] = [
    checkedByHost(metricsRoute, guards),
    ...apiRoutes,
    ...createSite({ effects, ...guards })
  ]

  const isApart = config.admin !== undefined
  const main = createHttpServer({
    routes: isApart ? ingest : [...ingest, ...api],
    clock,
    hooks,
    tls
  })
  servers.push(main)
  const { url: ingestUrl } = await main.listen({ host: config.host, port: config.port })
  started.add(main, (it) => it.close({ deadlineMs: drainMs }))
  let adminUrl = ingestUrl
  if (config.admin !== undefined) {
    const admin = createHttpServer({
      routes: [...api, ...ingest.filter(({ path }) => path === '/livez' || path === '/readyz')],
      clock,
      hooks,
      tls: apiTls
    })
    servers.push(admin)
    adminUrl = (await admin.listen(config.admin)).url
    started.add(admin, (it) => it.close({ deadlineMs: drainMs }))
  }
  started.add(await writeServerFile(config.data, { url: adminUrl, token }, effects), (remove) =>
    remove()
  )

  const failed = store.prepared.then(() => new Promise<never>(() => undefined))
  // Its owner may still be busy when it rejects.
  failed.catch(() => undefined)
  return {
    urls: { ingest: ingestUrl, admin: adminUrl },
    failed,
    isEmpty: async () => {
      await store.prepared
      return store.isEmpty()
    },
    untilLoaded: () => untilLoaded(inbox, effects),
    signInLink: () => `${adminUrl}${access.operatorLink()}`,
    close: () => started.close()
  }
}

/** What has started, to be stopped in the opposite order. */
class Started {
  readonly #stops: (() => Promise<unknown>)[] = []
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  add<Part>(part: Part, stop: (part: Part) => Promise<unknown>): Part {
    this.#stops.push(() => stop(part))
    return part
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) {
      await stop().catch((error: unknown) =>
        this.#log.error({ code: codeOf(error) }, 'a part did not stop cleanly')
      )
    }
  }
}

async function readProducts(
  config: Config,
  effects: Effects,
  log: Log
): Promise<ReadonlyMap<string, Product>> {
  const { products, problems } = await loadProducts({
    folders: config.products,
    files: effects.files
  })
  const refusal = refusalOf(problems)
  if (refusal !== undefined) throw refusal
  for (const problem of problems) log.warn({ code: problem.code }, problemLine(problem))
  const known = new Map(products.map((product) => [product.name, product]))
  const wanted = [
    ...config.paths.values(),
    ...[...config.writeKeys.values()].map(({ product }) => product)
  ]
  const unknown = [...new Set(wanted.filter((name) => !known.has(name)))]
  if (unknown.length > 0) {
    throw new CandorError(
      'CONFIG_INVALID',
      `\`paths\` or \`write_keys\` name products that are not there: ${unknown.join(', ')}. There are: ${[...known.keys()].join(', ')}`
    )
  }
  return known
}

/** The newest last: of several contracts of one product it counts for retention. */
function allContracts(products: ReadonlyMap<string, Product>): readonly CompiledContract[] {
  return [...products.values()].flatMap(({ published, newest }) => [
    ...[...published.values()].filter((contract) => contract !== newest),
    newest
  ])
}

async function engineOf(
  { clickhouse, data }: Config,
  { files }: Effects
): Promise<StorageOptions['engine']> {
  if (clickhouse === undefined) return { is: 'embedded', folder: join(data, 'engine') }
  const { url, user = 'default', passwordFile, database = 'candor' } = clickhouse
  const password =
    passwordFile === undefined
      ? ''
      : await files.readFile(passwordFile, 'utf8').catch((cause: unknown) => {
          throw new CandorError(
            'CONFIG_INVALID',
            `clickhouse.password_file ${passwordFile} can't be read.`,
            { cause }
          )
        })
  return { is: 'remote', url, user, password: password.trim(), database }
}

function patient(storage: Storage, prepared: Promise<void>, { clock }: Effects): Storage {
  let isPrepared = false
  void prepared.then(
    () => (isPrepared = true),
    () => undefined
  )
  const untilPrepared = async (): Promise<void> => {
    if (isPrepared) return
    const over = new AbortController()
    await Promise.race([prepared.catch(() => undefined), clock.sleep(preparedMsMax, over.signal)])
    over.abort()
  }
  return {
    ...storage,
    async query(request) {
      await untilPrepared()
      return storage.query(request)
    },
    async userQuery(request) {
      await untilPrepared()
      return storage.userQuery(request)
    }
  }
}

function recordCounts(collector: Collector): ReturnType<MetricSources['records']> {
  return [...collector.counts()].flatMap(([product, { kept, duplicate, dropped }]) =>
    Object.entries({ kept, duplicate, ...dropped }).map(([outcome, count]) => ({
      product,
      outcome,
      count
    }))
  )
}

/** Whole records and single fields alike, by reason. */
function droppedCounts(collector: Collector): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { dropped, fieldsDropped } of collector.counts().values()) {
    for (const [reason, count] of [...Object.entries(dropped), ...Object.entries(fieldsDropped)])
      counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  return counts
}

/**
 * One random name in a file: whether the store has seen it tells whether the store went back in
 * time.
 */
function startMemory(path: string, { files }: Effects): StartMemory {
  return {
    read: () => files.readFile(path, 'utf8').catch(() => undefined),
    write: (start) => files.writeFile(path, start, { mode: 0o600 })
  }
}

async function diskOf(
  folder: string,
  { files }: Effects
): Promise<{ readonly free: number; readonly total: number }> {
  const { bsize, bavail, blocks } = await files.statfs(folder)
  return { free: bsize * bavail, total: bsize * blocks }
}

async function untilLoaded(inbox: Inbox, { clock }: Effects): Promise<void> {
  while (inbox.state().entriesWaiting > 0) await clock.sleep(100)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function codeOf(error: unknown): string {
  return isCandorError(error) ? error.code : 'INTERNAL'
}

/** Of our own mistakes, without the message: it might quote what a client sent. */
function stackOf(error: unknown): string | undefined {
  return error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => /^\s+at /.test(line))
        .join('\n')
    : undefined
}
