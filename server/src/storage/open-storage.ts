/** Opens the store, embedded or remote, and gives the server its one way to it. */
import { createRequire } from 'node:module'
import type { CompiledContract } from '@candor/contract'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { type ClickHouse, connectClickHouse, type Settings } from './client/clickhouse-client.ts'
import { engineDatabase } from './engine/engine-settings.ts'
import { type EngineLog, Supervisor } from './engine/supervisor.ts'
import { Changes } from './changes.ts'
import { elsewhereMs, InFlight } from './in-flight.ts'
import { insertSettings } from './client/insert-settings.ts'
import { type Cluster, clusterOf, clusterSettings } from './cluster/cluster.ts'
import { heldInCluster } from './cluster/cluster-schema.ts'
import { migrate } from './tables/migrate.ts'
import { watchRemote } from './client/remote-watch.ts'
import type { Storage, StorageQuery, StorageState } from './storage.ts'
import { runUserSql } from './user-sql/user-sql.ts'
import { readerGrants } from './user-sql/reader-grants.ts'
import { readerRights } from './user-sql/reader-rights.ts'
import { narrowDatabase, OpenedProducts } from './user-sql/narrow-views.ts'
import { UserSeats } from './user-sql/user-seats.ts'
import { viewNames } from './tables/views.ts'

export interface StorageOptions {
  readonly effects: Effects
  readonly engine:
    | { readonly is: 'embedded'; readonly folder: string }
    | {
        readonly is: 'remote'
        readonly url: string
        readonly user: string
        readonly password: string
        readonly database: string
        /** The name of a cluster that it belongs to, over which its tables are spread. */
        readonly cluster?: string | undefined
        /** Who runs the SQL that users wrote; without one, none is run. */
        readonly reader?: { readonly user: string; readonly password: string } | undefined
        /** The same of those who may see some products only. */
        readonly guest?: { readonly user: string; readonly password: string } | undefined
      }
  /** Whose views an embedded engine lets users' SQL read. */
  readonly contracts: readonly CompiledContract[]
  readonly log: EngineLog
  /** Makes the secrets that open some products: known to nobody who may ask. */
  readonly guestKey: string
}

export interface OpenedStorage extends Storage {
  /** Resolves when the store first answered or first failed to: look at `state()`. */
  readonly started: Promise<void>
}

/**
 * The engine is twenty times as large as all else together, so that whoever has a ClickHouse of
 * their own need not install it.
 */
function assertEngineIsInstalled(): void {
  try {
    createRequire(import.meta.url).resolve('chdb')
  } catch (cause) {
    throw new CandorError(
      'CONFIG_INVALID',
      'The embedded ClickHouse is not installed here. Install it beside the server (npm ' +
        'install chdb), or name a ClickHouse of your own: ' +
        'CANDOR_CLICKHOUSE=https://clickhouse.internal:8443',
      { cause }
    )
  }
}

/**
 * At once, because ingest must not wait for it. A store that is not there yet is looked for until
 * `close()`.
 */
export function openStorage({
  effects,
  engine,
  contracts,
  log,
  guestKey
}: StorageOptions): OpenedStorage {
  if (engine.is === 'embedded') {
    assertEngineIsInstalled()
    const supervisor = new Supervisor({
      effects,
      folder: engine.folder,
      log,
      readerGrants: readerGrants(engineDatabase, viewNames(contracts))
    })
    const clickHouse = connectClickHouse(
      { is: 'embedded', socketPath: supervisor.socketPath },
      effects
    )
    const readers = {
      reader: clickHouse,
      guest: clickHouse,
      database: engineDatabase,
      guestKey,
      granted: new Set(viewNames(contracts))
    }
    return storageOver(clickHouse, readers, effects, {
      // Nobody else writes into the engine's folder: it is locked.
      changes: new Changes(),
      started: supervisor.started(),
      state: () => ({ ...supervisor.state(), engine: 'embedded', damage: clickHouse.damage() }),
      close: async () => {
        await supervisor.close()
        await clickHouse.close()
      }
    })
  }
  const cluster =
    engine.cluster === undefined ? undefined : clusterOf(engine.cluster, engine.database)
  const address = cluster === undefined ? engine : { ...engine, settings: clusterSettings }
  const clickHouse = connectClickHouse(address, effects)
  const shards =
    cluster === undefined
      ? clickHouse
      : connectClickHouse({ ...address, database: cluster.shards }, effects)
  const reader =
    engine.reader === undefined
      ? undefined
      : connectClickHouse({ ...address, ...engine.reader }, effects)
  const guest =
    engine.guest === undefined
      ? undefined
      : connectClickHouse(
          { ...address, ...engine.guest, database: narrowDatabase(engine.database) },
          effects
        )
  const readers = { reader, guest, database: engine.database, guestKey }
  const watch = watchRemote(clickHouse, effects, log)
  return storageOver(clickHouse, readers, effects, {
    cluster,
    shards,
    started: watch.started,
    state: () => ({
      ...watch.state(),
      engine: 'remote',
      damage: clickHouse.damage() ?? reader?.damage()
    }),
    close: async () => {
      await watch.close()
      await clickHouse.close()
      await shards.close()
      await reader?.close()
      await guest?.close()
    }
  })
}

function storageOver(
  clickHouse: ClickHouse,
  { reader, guest, database, guestKey, granted }: Readers,
  effects: Pick<Effects, 'clock'>,
  life: {
    readonly changes?: Changes
    readonly cluster?: Cluster | undefined
    /** Finds what each shard of a cluster holds; the same as the store where there are none. */
    readonly shards?: ClickHouse
    readonly started: Promise<void>
    readonly state: () => StorageState
    readonly close: () => Promise<void>
  }
): OpenedStorage {
  let contracts: readonly CompiledContract[] = []
  const seats = new UserSeats()
  const { changes, cluster, shards = clickHouse } = life
  const inFlight = new InFlight(effects.clock)
  const run = {
    cluster,
    query: <Row>({ lane = 'question', ...request }: StorageQuery): Promise<readonly Row[]> =>
      clickHouse.rows<Row>({ ...request, lane }),
    stream: ({ lane = 'question', ...request }: Parameters<Storage['stream']>[0]) =>
      clickHouse.stream({ ...request, lane, settings: streamSettings }),
    command: ({ place, ...request }: Parameters<Storage['command']>[0]): Promise<void> =>
      (place === 'shards' ? shards : clickHouse)
        .command({ ...request, lane: 'control' })
        .finally(() => changes?.noteAll())
  }
  const opened = new OpenedProducts(run, guestKey)
  return {
    ...run,
    async migrate(products: readonly CompiledContract[]) {
      const held =
        cluster === undefined
          ? await migrate(run, products, guest === undefined ? undefined : database)
          : await heldInCluster(run, products, database)
      // Of a product that is held back, the view of before is still there.
      contracts = products
      return held
    },
    insert: ({ table, token, lines, deadlineMs }) =>
      inFlight
        .watch(() =>
          clickHouse.insert({
            table,
            lines,
            deadlineMs,
            settings: { ...insertSettings, insert_deduplication_token: token }
          })
        )
        // What failed to be answered may have been written.
        .finally(() => changes?.noteBlock(table, lines)),
    unsettledMs: () => (changes === undefined ? elsewhereMs() : inFlight.unsettledMs()),
    async userQuery(request) {
      const isNewer =
        granted !== undefined && !viewNames(contracts).every((one) => granted.has(one))
      // Of a product that came since, guests alone have a view: whoever sees all is one until then.
      const all = contracts.map(({ contract }) => contract.product)
      const products = request.products ?? (isNewer ? [...new Set(all)] : undefined)
      const asks = products === undefined ? reader : guest
      if (asks === undefined) throw products === undefined ? noReader() : noGuest()
      if (contracts.length === 0)
        throw new CandorError('STORAGE_UNAVAILABLE', 'The tables are being made; ask again soon.')
      const late = new AbortController()
      const cancel = effects.clock.after(request.deadlineMs, () => late.abort())
      const gone = request.signal
      try {
        return await seats.run(request.asker, {
          signal: gone === undefined ? late.signal : AbortSignal.any([late.signal, gone]),
          work: async () => {
            if (products === undefined) return runUserSql(asks, viewNames(contracts), request)
            const own = contracts.filter(({ contract }) => products.includes(contract.product))
            const opens = await opened.settingsFor(products)
            return runUserSql(asks, viewNames(own), { ...request, opens })
          }
        })
      } finally {
        cancel()
      }
    },
    readerRights: () => readerRights(reader),
    changes,
    started: life.started,
    state: life.state,
    close: life.close
  }
}

interface Readers {
  /** Who runs the SQL of whoever sees all products. */
  readonly reader: ClickHouse | undefined
  /** Who runs the SQL of all others. */
  readonly guest: ClickHouse | undefined
  readonly database: string
  readonly guestKey: string
  /** The views that its reader may read: chDB reads its users once, at its start. */
  readonly granted?: ReadonlySet<string>
}

function noGuest(): CandorError {
  return new CandorError(
    'QUERY_REFUSED',
    'SQL over some products alone needs a third user of this ClickHouse: `candor schema` prints ' +
      'how to make one, `clickhouse.guest_user` names it.'
  )
}

/** As other programs read it: instants as in RFC 3339, packed as each reader of Parquet unpacks. */
const streamSettings: Settings = {
  date_time_output_format: 'iso',
  output_format_parquet_compression_method: 'snappy'
}

function noReader(): CandorError {
  return new CandorError(
    'QUERY_REFUSED',
    'SQL of your own needs a second user of this ClickHouse, who may read the documented ' +
      'views alone: `candor schema` prints how to make one, `clickhouse.reader_user` names it.'
  )
}
