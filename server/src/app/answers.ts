/**
 * Opens what the operator and their readers may ask: API, dashboard, metrics,
 * and what doctor and the health page look at.
 */
import { join } from 'node:path'
import { Access } from '../api/access/access.ts'
import { OidcSignIn } from '../api/access/oidc.ts'
import type { OriginRules } from '../api/access/origin.ts'
import type { Audit } from '../api/access/audit.ts'
import { createApi } from '../api/api.ts'
import { Pulse } from '../api/endpoints/health.ts'
import { createMetrics, type Metrics, type MetricSources } from '../api/endpoints/metrics.ts'
import { getRoute } from '../api/endpoints/public-routes.ts'
import { checkedByHost } from '../api/mount.ts'
import { createSite } from '../api/site/site.ts'
import type { FieldUse } from '../api/field-use.ts'
import { openSaved } from '../boards/saved.ts'
import type { Collector } from '../collector/collect.ts'
import { replayRows } from '../collector/quarantine.ts'
import { senderTokensOf } from '../collector/deletion.ts'
import { isLoopback } from '../config/loopback.ts'
import { systemNetwork, type Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { HttpRoute } from '../http/route.ts'
import type { HttpState } from '../http/server.ts'
import { createMover, type Mover } from '../storage/move/mover.ts'
import type { Storage } from '../storage/storage.ts'
import { createBackups } from './backups.ts'
import { budgetStates, diskOf, examineParts, type ExaminedParts } from './examine.ts'
import type { Intake } from './intake.ts'
import type { Keeping } from './keep.ts'
import { allContracts, type Products } from './products.ts'
import type { Publications } from './publishing.ts'
import type { PartOptions, Started } from './started.ts'

export interface Answers {
  readonly access: Access
  readonly metrics: Metrics
  readonly routes: {
    readonly metrics: HttpRoute
    readonly api: readonly HttpRoute[]
    readonly site: readonly HttpRoute[]
  }
}

export interface AnswersOptions {
  readonly token: string
  /** True where API and dashboard are spoken to over TLS. */
  readonly isEncrypted: boolean
  /** The reports' own first. */
  readonly doors: () => readonly HttpState[]
  readonly ingest: () => string
}

/**
 * How long a question that comes right after the start waits for the tables,
 * before it is told that they are not there yet.
 */
const preparedMsMax = 15_000

export async function openAnswers(
  options: PartOptions,
  products: Products,
  parts: ExaminedParts &
    Pick<Intake, 'requests' | 'writeKeys' | 'accounts' | 'addAdvisory' | 'productOf'> & {
      readonly fieldUse: FieldUse
      readonly publications: Publications
      readonly audit: Audit
    },
  { token, isEncrypted, doors, ingest }: AnswersOptions,
  started: Started
): Promise<Answers> {
  const { config, effects } = options
  const { inbox, collector, tail, trials, storage, store } = parts
  const { releases, requests, budgets } = parts
  const { clock } = effects
  const catalogue = { product: (name: string) => products.get(name) }
  const onLoopback = isLoopback(config.admin.host)
  const guards = {
    origins: { onLoopback, hosts: config.dashboardHosts },
    headers: { isStrictlyEncrypted: isEncrypted && !onLoopback }
  }
  const access = await openAccess(options, { token, isEncrypted, origins: guards.origins })
  started.add(access, (it) => it.close())
  const metrics = createMetrics({
    inbox: () => inbox.state(),
    store: () => storage.state(),
    doors,
    budgets: () => budgetStates(budgets),
    records: () => recordCounts(collector),
    requests: () => requests.list(),
    statements: () => parts.statements.counts(),
    forwarding: () => parts.forwarding?.state() ?? [],
    productOf: (route) => parts.productOf(route),
    isClockBelieved: () => clock.state().is === 'believed',
    now: () => clock.now()
  })
  const pulse = started.add(
    new Pulse(clock, {
      kept: () => new Map([...collector.counts()].map(([product, { kept }]) => [product, kept])),
      engine: () => storage.state()
    }),
    (it) => it.close()
  )
  const { routes } = createApi({
    access,
    oidc: openSignIn(options),
    oidcConfig: () => config.oidc,
    audit: parts.audit,
    effects,
    clock,
    storage: patient(storage, store.prepared, effects),
    products: () => products,
    ingest,
    writeKeys: parts.writeKeys,
    accounts: parts.accounts,
    addAdvisory: parts.addAdvisory,
    publications: parts.publications,
    releases,
    installations: installationsOf(products, parts, clock),
    pendingErasures: (product) =>
      parts.deletions.pendingTombstones.list().filter((one) => one.product === product),
    oldestWaitingAt: () => inbox.state().oldestWaitingAt,
    counts: (product) => collector.counts().get(product),
    fieldUse: parts.fieldUse,
    trials,
    imports: parts.imports,
    backups: createBackups({ config, effects, inbox, storage, store }),
    mover: openMover(options, products, parts, started),
    replayRows: (rows) => replayRows(rows, { catalogue, keyring: parts.keyring, inbox, effects }),
    subscribe: (filter, listener) => tail.subscribe(filter, listener),
    checks: () => examineParts(options, products, parts, doors),
    health: {
      inbox: () => inbox.state(),
      inboxBytesMax: config.inbox.bytesMax,
      disk: () => diskOf(config.data, effects),
      pulse,
      quarantined: (among) => store.quarantined(among),
      dropped: (isAmong) => droppedCounts(collector, isAmong)
    },
    headers: guards.headers,
    saved: await savedOf(options, access)
  })
  return {
    access,
    metrics,
    routes: {
      metrics: checkedByHost(metricsRoute(metrics, access, products), guards),
      api: routes,
      site: createSite({ effects, ...guards })
    }
  }
}

function openAccess(
  { config, effects }: PartOptions,
  {
    token,
    ...doors
  }: { readonly token: string; readonly isEncrypted: boolean; readonly origins: OriginRules }
): Promise<Access> {
  return Access.open({
    folder: config.data,
    operatorToken: token,
    ...doors,
    oidc: () => config.oidc,
    effects
  })
}

/** Undefined: the store is somebody's server already. */
function openMover(
  { config, effects }: PartOptions,
  products: Products,
  { storage, store, inbox }: Pick<Keeping, 'storage' | 'store' | 'inbox'>,
  started: Started
): Mover | undefined {
  if (config.clickhouse !== undefined) return undefined
  const mover = createMover({
    storage,
    whileStill: (work) => store.whileStill(work),
    inbox: inbox.id,
    replayMs: config.inbox.replayMs,
    contracts: () => allContracts(products),
    effects
  })
  return started.add(mover, (it) => it.close())
}

function openSignIn({ config, effects }: PartOptions): OidcSignIn {
  return new OidcSignIn({
    config: () => config.oidc,
    secret: config.oidcClientSecret,
    network: systemNetwork,
    effects
  })
}

function savedOf({ config, effects }: PartOptions, access: Access): ReturnType<typeof openSaved> {
  return openSaved({
    path: join(config.data, 'boards.json'),
    effects,
    isTokenLive: (token) => access.tokens.isLive(token)
  })
}

function installationsOf(
  products: Products,
  { keyring, deletions }: Pick<Keeping, 'keyring' | 'deletions'>,
  clock: Effects['clock']
): Parameters<typeof createApi>[0]['installations'] {
  return {
    tokensOf: (product, id) => {
      const { contract } = products.get(product)?.newest ?? {}
      return contract === undefined
        ? []
        : senderTokensOf(contract, id, { keyring, now: clock.now() })
    },
    requestErasure: (product, tokens) => deletions.requestErasure(product, tokens),
    pendingSince: (product, tokens) => deletions.pendingSince(product, tokens)
  }
}

/**
 * Without a token, as Prometheus asks: once anybody's access ends at some products, products and
 * their routes are told only to a token that may see them.
 */
function metricsRoute(metrics: Metrics, access: Access, products: Products): HttpRoute {
  return getRoute('/metrics', async ({ headers }) => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: await (headers['authorization'] === undefined && !access.isShared()
      ? metrics.text()
      : metrics.text(access.readable(headers, (name) => products.get(name)?.streamOf).has))
  }))
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
    // The store's own words would be that there is no such table, as if the question were at fault.
    if (!isPrepared && storage.state().is === 'ready')
      throw new CandorError('STORAGE_UNAVAILABLE', 'The tables are being made; ask again soon.')
  }
  return {
    ...storage,
    async query(request) {
      await untilPrepared()
      return storage.query(request)
    },
    async stream(request) {
      await untilPrepared()
      return storage.stream(request)
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
function droppedCounts(
  collector: Collector,
  isAmong: (product: string) => boolean
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [product, { dropped, fieldsDropped }] of collector.counts()) {
    if (!isAmong(product)) continue
    for (const [reason, count] of [...Object.entries(dropped), ...Object.entries(fieldsDropped)])
      counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  return counts
}
