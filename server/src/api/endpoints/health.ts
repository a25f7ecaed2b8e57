/**
 * How the collector fares: what comes in, what waits, what the store holds, and what was not kept.
 */
import { z } from 'zod'
import { DAY_MS } from '#values/days'
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import { partsOf, storedDatabase } from '../../storage/cluster/cluster.ts'
import { recordTable } from '../../storage/tables/rows.ts'
import type { Storage, StorageState } from '../../storage/storage.ts'
import type { Reach } from '../access/scope.ts'
import { check, shownChecks, type KnownCheck } from '../doctor/doctor.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import { keepAnswers } from '../kept-answer.ts'
import type { ApiProduct } from './products.ts'
import { instant, named, whole } from '../describe/shapes.ts'

export interface HealthServices {
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query' | 'state' | 'cluster'>
  readonly products: (reach: Reach) => ReadonlyMap<string, ApiProduct>
  readonly health: HealthSources
  readonly checks: () => Promise<readonly KnownCheck[]>
}

export interface HealthSources {
  readonly inbox: () => {
    readonly entriesWaiting: number
    readonly bytesWaiting: number
    readonly oldestWaitingAt: Instant | undefined
    readonly refusing: string | undefined
  }
  readonly inboxBytesMax: number
  readonly disk: () => Promise<{ readonly free: number; readonly total: number }>
  readonly pulse: Pick<Pulse, 'perSecond' | 'engineRestarts'>
  /** In the last seven days; undefined: of all products. */
  readonly quarantined: (products: readonly string[] | undefined) => Promise<number>
  /** Records and fields that were not kept, by reason, since the start. */
  readonly dropped: (isAmong: (product: string) => boolean) => ReadonlyMap<string, number>
}

const keptMs = 10_000
const deadlineMs = 30_000

const answer = named('Health', () =>
  z.strictObject({
    ingest: z.strictObject({ perSecond: z.number().min(0), last24h: whole().nullable() }),
    lagSeconds: z.number().min(0),
    /** Of the whole collector, as is the disk; null for whoever sees some of its products only. */
    inbox: z
      .strictObject({
        entries: whole(),
        bytes: whole(),
        limitBytes: whole(),
        refusing: z.string().nullable()
      })
      .nullable(),
    engine: z.strictObject({
      state: z.enum(['starting', 'ready', 'unreachable']),
      kind: z.enum(['embedded', 'remote']),
      since: instant(),
      restarts: whole()
    }),
    disk: z.strictObject({ freeBytes: whole(), totalBytes: whole() }).nullable(),
    storage: z.array(stored()),
    quarantine: whole().nullable(),
    /** Since the server started. */
    dropped: z.array(z.strictObject({ reason: z.string(), count: whole() })),
    doctor: z.array(check())
  })
)
const stored = named('StoredProduct', () =>
  z.strictObject({
    product: z.string(),
    rows: whole(),
    bytes: whole(),
    oldest: instant().nullable(),
    recordsDays: whole()
  })
)

export function healthEndpoint(services: HealthServices): Endpoint {
  let answers: ReturnType<typeof keepAnswers<StoredState>> | undefined
  return endpoint({
    method: 'GET',
    path: '/api/v1/health',
    says: 'what comes in, waits and is stored, what was dropped, and the doctor’s checks',
    scope: 'read',
    answer,
    async handle({ reach }) {
      const { effects, health } = services
      const now = effects.clock.now()
      answers ??= keepAnswers<StoredState>(effects.clock, { ms: keptMs, keysMax: 100 })
      // The rest is worth most just when the store does not answer.
      const seen = [...services.products(reach).keys()]
      const stored = await answers
        .of(reach.isAll ? '' : seen.join(' '), () => storedState(services, reach, now))
        .catch(() => undefined)
      const [disk, checks] = await Promise.all([health.disk(), services.checks()])
      const { entriesWaiting, bytesWaiting, oldestWaitingAt, refusing } = health.inbox()
      const { is, engine, since } = services.storage.state()
      return json({
        ingest: { perSecond: health.pulse.perSecond(reach.has), last24h: stored?.last24h ?? null },
        lagSeconds: oldestWaitingAt === undefined ? 0 : Math.max(0, (now - oldestWaitingAt) / 1000),
        inbox: reach.isAll
          ? {
              entries: entriesWaiting,
              bytes: bytesWaiting,
              limitBytes: health.inboxBytesMax,
              refusing: refusing ?? null
            }
          : null,
        engine: {
          state: is,
          kind: engine,
          since: new Date(since).toISOString(),
          restarts: health.pulse.engineRestarts()
        },
        disk: reach.isAll ? { freeBytes: disk.free, totalBytes: disk.total } : null,
        storage: stored?.storage ?? [],
        quarantine: stored?.quarantine ?? null,
        dropped: [...health.dropped(reach.has)]
          .map(([reason, count]) => ({ reason, count }))
          .sort((one, other) => other.count - one.count),
        doctor: shownChecks(checks, reach)
      })
    }
  })
}

interface StoredState {
  readonly last24h: number
  readonly storage: readonly AnswerOf<typeof stored>[]
  readonly quarantine: number
}

async function storedState(
  { storage, products, health }: HealthServices,
  reach: Reach,
  now: Instant
): Promise<StoredState> {
  const seen = products(reach)
  const names = [...seen.values()].map(({ newest: { contract } }) => contract)
  const [bytes, quarantine, tables] = await Promise.all([
    bytesByTable(storage),
    health.quarantined(reach.isAll ? undefined : [...seen.keys()]),
    Promise.all(
      names.map(async (contract) => ({
        contract,
        ...(await tableState(storage, contract.product, now))
      }))
    )
  ])
  return {
    last24h: tables.reduce((total, { day }) => total + day, 0),
    quarantine,
    storage: tables.map(({ contract: { product, retention }, rows, oldest }) => ({
      product,
      rows,
      bytes: bytes.get(recordTable(product)) ?? 0,
      oldest: rows === 0 ? null : new Date(oldest).toISOString(),
      recordsDays: retention.recordsDays
    }))
  }
}

async function bytesByTable(
  storage: Pick<Storage, 'query' | 'cluster'>
): Promise<ReadonlyMap<string, number>> {
  const rows = await storage.query<{ table: string; bytes: number }>({
    sql:
      `SELECT table, sum(bytes_on_disk) AS bytes FROM ${partsOf(storage.cluster)} WHERE active ` +
      `AND database = ${storedDatabase(storage.cluster)} GROUP BY table`,
    deadlineMs
  })
  return new Map(rows.map(({ table, bytes }) => [table, Number(bytes)]))
}

async function tableState(
  storage: Pick<Storage, 'query'>,
  product: string,
  now: Instant
): Promise<{ readonly rows: number; readonly oldest: number; readonly day: number }> {
  const table = recordTable(product)
  const [[whole], [recent]] = await Promise.all([
    storage.query<{ rows: number; oldest: number }>({
      sql:
        'SELECT count() AS rows, toUnixTimestamp64Milli(min(received_at)) AS oldest FROM ' +
        `${table}`,
      deadlineMs
    }),
    storage.query<{ rows: number }>({
      sql:
        `SELECT count() AS rows FROM ${table} WHERE received_at >= ` +
        "fromUnixTimestamp64Milli({from:Int64}, 'UTC')",
      parameters: { from: now - DAY_MS },
      deadlineMs
    })
  ])
  return {
    rows: Number(whole?.rows ?? 0),
    oldest: Number(whole?.oldest ?? 0),
    day: Number(recent?.rows ?? 0)
  }
}

const beatMs = 5_000
/** A minute: shorter spans jump, longer ones hide that something has stopped. */
const beatsMax = 12

/** Looks every five seconds, so that a rate and restarts can be told. */
export class Pulse {
  readonly #clock: Effects['clock']
  readonly #kept: () => ReadonlyMap<string, number>
  readonly #engine: () => StorageState
  readonly #beats: { readonly at: Instant; readonly kept: ReadonlyMap<string, number> }[] = []
  #restarts = 0
  #readySince: Instant | undefined
  #cancel: (() => void) | undefined

  constructor(
    clock: Effects['clock'],
    sources: {
      /** By product. */
      readonly kept: () => ReadonlyMap<string, number>
      readonly engine: () => StorageState
    }
  ) {
    this.#clock = clock
    this.#kept = sources.kept
    this.#engine = sources.engine
    this.#beat()
  }

  /** Records of these products kept in a second, over the last minute. */
  perSecond(isAmong: (product: string) => boolean): number {
    const sum = (kept: ReadonlyMap<string, number>): number =>
      [...kept].reduce((total, [product, count]) => total + (isAmong(product) ? count : 0), 0)
    const now = this.#clock.now()
    // The clock may have been set, or the machine asleep.
    const first = this.#beats.find(({ at }) => at < now && now - at <= (beatsMax + 1) * beatMs)
    return first === undefined
      ? 0
      : Math.round(((sum(this.#kept()) - sum(first.kept)) / ((now - first.at) / 1000)) * 10) / 10
  }

  /** How often the engine was there again after it had gone. */
  engineRestarts(): number {
    return this.#restarts
  }

  close(): Promise<void> {
    this.#cancel?.()
    return Promise.resolve()
  }

  #beat(): void {
    this.#beats.push({ at: this.#clock.now(), kept: this.#kept() })
    if (this.#beats.length > beatsMax) this.#beats.shift()
    const { is, since } = this.#engine()
    if (is === 'ready') {
      if (this.#readySince !== undefined && this.#readySince !== since) this.#restarts += 1
      this.#readySince = since
    }
    this.#cancel = this.#clock.after(beatMs, () => this.#beat())
  }
}
