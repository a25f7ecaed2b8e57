/**
 * Opens what strangers may ask: where reports go in, deletions, signed feeds,
 * and what is public about this collector.
 */
import { join } from 'node:path'
import { createPublicRoutes } from '../api/endpoints/public-routes.ts'
import { ingestRoute } from '../collector/ingest-route.ts'
import { collectorLimits } from '../collector/limits.ts'
import { createMalformedBodies } from '../collector/malformed.ts'
import { createRequestCounts, type RequestCounts } from '../collector/counts.ts'
import { Budgets } from '../http/budgets.ts'
import type { HttpRoute } from '../http/route.ts'
import { openAccounts, type Accounts } from '../products/accounts.ts'
import { mountRoutes, retirement, type MountedRoute } from '../products/mount.ts'
import type { Product } from '../products/product.ts'
import { openWriteKeys, type WriteKeys } from '../products/write-keys.ts'
import { createDeletions, type DeletionRoute } from '../protocols/native/deletions.ts'
import { feedRoute } from '../releases/feed-route.ts'
import { openFeed, type Feed } from '../releases/feed.ts'
import { addAdvisory as addToFile } from '../releases/add-release.ts'
import type { Advisory } from '../releases/release-file.ts'
import { openReleases, type Releases } from '../releases/open-releases.ts'
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import type { CandorError } from '../errors.ts'
import type { Keeping } from './keep.ts'
import { bundleOf, type EdgeBundle } from '../edge/bundle.ts'
import { bundleRoute } from '../edge/bundle-route.ts'
import { handoverRoute } from '../edge/receive.ts'
import { edgeKeyOf, type EdgeKey } from '../edge/unseal.ts'
import { offeredReleases } from '../releases/newest.ts'
import type { Products } from './products.ts'
import type { AppOptions, Started } from './started.ts'

export interface Intake {
  readonly releases: Releases
  readonly feed: Feed
  readonly requests: RequestCounts
  readonly writeKeys: WriteKeys
  /** Undefined where none are kept. */
  readonly accounts: Accounts | undefined
  /** In the file and in the feed once it resolves. */
  readonly addAdvisory: (product: string, advisory: Advisory) => Promise<void>
  readonly budgets: {
    readonly kibibytes: Budgets
    readonly records: Budgets
    readonly deletionKeys: Budgets
  }
  /** Whose the route of that path is; undefined: every product's. */
  readonly productOf: (route: string) => string | undefined
  /** What is sent here: reports, and requests for deletion. */
  readonly reports: () => readonly HttpRoute[]
  /** What anybody may read, through either door. */
  readonly open: readonly HttpRoute[]
}

export async function openIntake(
  { config, effects, log }: AppOptions,
  products: Products,
  { inbox, collector, deletions, storage, keyring }: Keeping,
  started: Started
): Promise<Intake> {
  // A stream has no releases and no write keys of its own: its product has them.
  const released = (): readonly Product[] =>
    [...products.values()].filter(({ streamOf }) => streamOf === undefined)
  const problem = ({ code, message }: CandorError): void => log.warn({ code }, message)
  const releases = started.add(
    await openReleases({
      folder: config.releases,
      lastGood: join(config.data, 'last-good-releases'),
      products: released,
      effects,
      problem
    }),
    (it) => it.close()
  )
  const feed = started.add(
    await openFeed({ releases, keysFolder: config.keys, effects, problem }),
    (it) => it.close()
  )
  const malformed = createMalformedBodies({ inbox, effects, limits: collectorLimits })
  const requests = createRequestCounts()
  const budgets = openBudgets(config, effects)
  const writeKeys = await openWriteKeys({
    path: join(config.data, 'write-keys.json'),
    products: () => released().map(({ name }) => name),
    configured: config.writeKeys,
    effects
  })
  const accounts = await accountsOf(config, keyring, effects)
  const mount = (): readonly MountedRoute[] =>
    mountRoutes({
      products,
      newest: releases,
      accounts,
      writeKeys,
      scheme: config.tls === undefined ? 'http' : 'https',
      paths: config.paths,
      paces: config.paces
    })
  let mounted = mount()
  const pathsOf = (name: string): readonly string[] =>
    mounted.filter(({ product }) => product === name).map(({ route }) => route.path)
  const edgeKey = edgeKeyOf(keyring.edgeSeed())
  const deletionRoute = withBudget(
    createDeletions({
      productOf: (name) => retirement(products, name),
      requestDeletion: async (request) => void (await deletions.requestDeletion(request))
    }),
    budgets.deletionKeys
  )
  const reports = (): readonly HttpRoute[] => {
    mounted = mount()
    return [
      ...mounted.map(({ route, product }) =>
        ingestRoute(route, { collector, requests, malformed, budgets }, product)
      ),
      deletionRoute,
      handoversOf({ key: edgeKey, collector, requests, budgets, mounted, config })
    ]
  }
  const readable = [
    ...createPublicRoutes({
      products: () =>
        [...products.values()].map(({ newest, published, name }) => ({
          newest,
          published,
          paths: pathsOf(name)
        })),
      notReady: () => inbox.state().refusing,
      store: () => storage.state().is,
      feedKeys: () => feed.publicKeys()
    }),
    feedRoute({ feed, products: released }),
    bundleRoute(() => bundleFor({ config, products, releases, writeKeys, accounts, key: edgeKey }))
  ]
  const addAdvisory = async (name: string, advisory: Advisory): Promise<void> => {
    const product = products.get(name)
    if (product === undefined) return
    await addToFile({ folder: config.releases, product, advisory, effects })
    await releases.refresh()
  }
  return {
    releases,
    feed,
    requests,
    budgets,
    writeKeys,
    accounts,
    addAdvisory,
    productOf: (path) => productOfPath(path, mounted, products),
    reports,
    open: readable
  }
}

async function accountsOf(
  { accounts: path }: Config,
  keyring: Pick<Keeping['keyring'], 'tokensInAllEpochs'>,
  effects: Effects
): Promise<Accounts | undefined> {
  if (path === undefined) return undefined
  const tokensOf = (product: string, raw: string): readonly string[] =>
    keyring.tokensInAllEpochs('account', product, raw)
  return openAccounts({ path, tokensOf, effects })
}

function productOfPath(
  path: string,
  mounted: readonly MountedRoute[],
  products: Products
): string | undefined {
  const own = mounted.find(({ route }) => route.path === path)?.product
  const below = /^\/in\/([^/*]+)/.exec(path)?.[1]
  return own ?? (below !== undefined && products.has(below) ? below : undefined)
}

function handoversOf({
  mounted,
  config,
  budgets,
  ...services
}: Pick<Parameters<typeof handoverRoute>[0], 'key' | 'collector' | 'requests'> & {
  readonly mounted: readonly MountedRoute[]
  readonly config: Config
  readonly budgets: Intake['budgets']
}): HttpRoute {
  return handoverRoute({
    ...services,
    protocols: new Set(mounted.map(({ route }) => route.protocol.name)),
    tokens: config.edgeTokens,
    budgets
  })
}

/** What edges have to know, as it is now. */
function bundleFor({
  config,
  products,
  releases,
  writeKeys,
  accounts,
  key
}: Pick<Intake, 'releases' | 'writeKeys' | 'accounts'> & {
  readonly config: Config
  readonly products: Products
  readonly key: EdgeKey
}): EdgeBundle {
  return bundleOf({
    publicKey: key.publicKey,
    accounts: accounts !== undefined,
    products,
    writeKeys: writeKeys.list(),
    paths: config.paths,
    paces: config.paces,
    offered: (name) => {
      const file = releases.of(name)?.file
      return file === undefined ? [] : offeredReleases(file)
    }
  })
}

function withBudget(deletions: DeletionRoute, keys: Budgets): HttpRoute {
  return {
    ...deletions,
    handle: (request, { network }) =>
      deletions.handle(request, (count) => keys.take(network, 'keys', count) !== 'far-over')
  }
}

/** What is above the share is marked, and what is this far above it is turned away. */
const farAbove = 25

/**
 * Seven gigabytes an hour, 64 MiB at once: what reading may cost, whatever is in it. A fleet behind
 * one address sends a hundredth of it.
 */
const kibibytes = { burst: 65_536, perHour: 7_340_032 }

/**
 * A hundred machines that are given back at once, ten times over; what is remembered of strangers
 * holds an hour of two hundred networks.
 */
const deletionKeys = { burst: 1_000, perHour: 2_000 }

function openBudgets({ network }: Config, { clock }: Effects): Intake['budgets'] {
  const perHour = network.recordsPerHour
  // A fleet that was upgraded reports at once: a third of an hour's share at any time.
  const share = { burst: Math.ceil(perHour / 3), perHour }
  const most = { burst: share.burst * farAbove, perHour: perHour * farAbove }
  return {
    kibibytes: new Budgets(clock, { share: kibibytes, most: kibibytes }),
    records: new Budgets(clock, { share, most }),
    deletionKeys: new Budgets(clock, { share: deletionKeys, most: deletionKeys })
  }
}
