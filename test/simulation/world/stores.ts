/**
 * Where do blocks go in the end? Into a store in memory that keeps the loader's contract (a token
 * counts once), or into the real engine; and both are sometimes slow, away, or silent.
 */
import { openTestEngine, type TestEngine } from '../../../server/src/storage/engine.test-support.ts'
import { applyRetention } from '../../../server/src/storage/jobs/retention.ts'
import { eraseFromStore, type Erasure } from '../../../server/src/storage/jobs/erase.ts'
import { quarantineTable, recordTable } from '../../../server/src/storage/tables/rows.ts'
import { incomingName } from '../../../server/src/storage/tables/tables.ts'
import { retentionTable, startsTable } from '../../../server/src/storage/tables/side-tables.ts'
import type { Storage } from '../../../server/src/storage/storage.ts'
import { CandorError } from '../../../server/src/errors.ts'
import type { StoredRow } from '../oracle/judge.ts'
import type { Chance } from './chance.ts'
import { product, recordsDays } from './contract-versions.ts'
import type { Timeline } from './timeline.ts'

type Run = Pick<Storage, 'insert' | 'query' | 'command' | 'migrate'>

export interface Store extends Run {
  readonly erase: typeof eraseFromStore<Erasure>
  readonly retain: typeof applyRetention
  rows(): Promise<readonly StoredRow[]>
  close(): Promise<void>
}

type Line = Readonly<Record<string, unknown>>

const ownFields = ['n', 'tag', 'engine', 'size', 'rows']
const DAY_MS = 86_400_000

function storedRow(line: Line): StoredRow {
  const fields = Object.fromEntries(
    ownFields.flatMap((name) => {
      const value = line[name]
      return value === undefined || value === null ? [] : [[name, value]]
    })
  )
  return {
    n: Number(line['n']),
    tag: String(line['tag']),
    receivedAt: Number(line['received_at']),
    contract: String(line['contract']),
    fields
  }
}

/** What can't be read is no row of a record; its bytes are looked at on the inbox's disk. */
function lineOf(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return {}
  }
}

/** A row with such a number is refused for its data, as ClickHouse refuses what it can't parse. */
function isPoison(line: Line): boolean {
  return typeof line['n'] === 'number' && line['n'] % 89 === 13
}

export function openMemoryStore(): Store {
  const tokens = new Set<string>()
  const starts = new Map<unknown, { readonly start: unknown; readonly at: unknown }>()
  let records: Line[] = []
  /** Rows that were refused, beside whatever else is in quarantine. */
  let refused: Line[] = []
  const dayOf = (at: unknown): number => Math.floor(Number(at) / DAY_MS)

  return {
    migrate: () => Promise.resolve([]),
    insert({ table, token, lines }) {
      if (tokens.has(`${table} ${token}`)) return Promise.resolve()
      const rows = lines
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line)
      if (table === incomingName(recordTable(product))) {
        if (rows.some(isPoison))
          return Promise.reject(
            new CandorError('STORAGE_REFUSED', 'The store refused a block for its data.')
          )
        records.push(...rows)
      } else if (table === quarantineTable) {
        for (const { row } of rows)
          if (typeof row === 'string' && row.startsWith('{"')) refused.push(lineOf(row))
      }
      tokens.add(`${table} ${token}`)
      return Promise.resolve()
    },
    query<Row>({ sql, parameters = {} }: Parameters<Storage['query']>[0]) {
      const start = starts.get(parameters['inbox'])
      if (sql.includes(startsTable.name))
        return Promise.resolve((start === undefined ? [] : [start]) as unknown as readonly Row[])
      if (sql.includes(retentionTable.name))
        return Promise.resolve([{ product }] as unknown as readonly Row[])
      throw new Error(`the store in memory does not know: ${sql}`)
    },
    command({ sql, parameters = {} }) {
      if (!sql.includes(startsTable.name))
        throw new Error(`the store in memory does not know: ${sql}`)
      starts.set(parameters['inbox'], { start: parameters['start'], at: parameters['at'] })
      return Promise.resolve()
    },
    erase<Requested extends Erasure>(_run: unknown, erasures: readonly Requested[]) {
      const names = (line: Line, { kind, digest, requestedAt }: Erasure): boolean =>
        line[kind] === digest && (kind === 'deletion' || Number(line['received_at']) <= requestedAt)
      const found = erasures.filter((erasure) =>
        [...records, ...refused].some((line) => names(line, erasure))
      )
      const stays = (line: Line): boolean => !erasures.some((erasure) => names(line, erasure))
      const before = records.length
      records = records.filter(stays)
      refused = refused.filter(stays)
      return Promise.resolve({ records: before - records.length, found })
    },
    retain(_run, now) {
      const first = dayOf(now - recordsDays * DAY_MS)
      records = records.filter((line) => dayOf(line['received_at']) >= first)
      refused = refused.filter((line) => dayOf(line['received_at']) >= first)
      return Promise.resolve([])
    },
    rows: () =>
      Promise.resolve([...records, ...refused].filter(({ n }) => n !== undefined).map(storedRow)),
    close: () => Promise.resolve()
  }
}

/** ClickHouse itself, in this process; one at a time. */
export async function openEngineStore(timeline: Timeline): Promise<Store> {
  const engine: TestEngine = await openTestEngine()
  const real =
    <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    (...given: Given): Promise<Result> =>
      timeline.real(call(...given))
  return {
    insert: real((block) => engine.insert(block)),
    query: <Row>(request: Parameters<Storage['query']>[0]) =>
      timeline.real(engine.query<Row>(request)),
    command: real((request) => engine.command(request)),
    migrate: real((products) => engine.migrate(products)),
    erase: eraseFromStore,
    retain: applyRetention,
    async rows() {
      const columns = (
        await engine.rows<{ name: string }>(
          `SELECT name FROM system.columns
            WHERE database = currentDatabase() AND table = '${recordTable(product)}'`
        )
      ).map(({ name }) => name)
      const present = ownFields.filter((name) => columns.includes(name))
      const lines = await engine.rows<Line>(
        `SELECT ${present.join(', ')}, contract, toUnixTimestamp64Milli(received_at) AS received_at
        FROM ${recordTable(product)}`
      )
      return lines.map(storedRow)
    },
    close: () => engine.close()
  }
}

/** How the store is at this time. */
export interface StoreState {
  /** Nothing reaches it. */
  isAway: boolean
  /** How often an insert is kept and its answer lost. */
  silent: number
}

/** The same store, as far away as it is in a real network. */
export function slowly(
  store: Store,
  {
    timeline,
    chance,
    state,
    isAlive,
    called: heard
  }: {
    readonly timeline: Timeline
    readonly chance: Chance
    readonly state: StoreState
    readonly isAlive: () => boolean
    /** Each call, and how long it takes. */
    readonly called: (tookMs: number) => void
  }
): Storage & { readonly started: Promise<void> } {
  const away = (): CandorError => new CandorError('STORAGE_UNAVAILABLE', 'The store is away.')
  /** Whoever is killed meanwhile gets no answer; whether the call was heard is chance. */
  async function called<Result>(call: () => Promise<Result>): Promise<Result> {
    const never = new Promise<never>(() => {})
    const isHeardFirst = chance.is(0.5)
    const tookMs = chance.is(0.1) ? chance.between(100, 30_000) : chance.between(1, 100)
    if (isAlive()) heard(tookMs)
    const pause = async (): Promise<void> => {
      await timeline.pause(tookMs)
      if (!isAlive()) await never
    }
    if (!isAlive()) return never
    if (!isHeardFirst) await pause()
    if (state.isAway) throw away()
    const isSilent = chance.is(state.silent)
    const result = await call()
    if (isHeardFirst) await pause()
    if (isSilent) throw new CandorError('STORAGE_TIMEOUT', 'The store did not answer in time.')
    return result
  }
  return {
    started: Promise.resolve(),
    migrate: (products) => called(() => store.migrate(products)),
    insert: (block) =>
      called(async () => {
        await store.insert(block)
        timeline.note(`store: ${block.table} ${block.lines.length}`)
      }),
    query: <Row>(request: Parameters<Storage['query']>[0]) =>
      called(() => store.query<Row>(request)),
    command: (request) => called(() => store.command(request)),
    stream: () => Promise.reject(away()),
    unsettledMs: () => 0,
    userQuery: () => Promise.reject(away()),
    readerRights: () => Promise.resolve('missing'),
    state: () => ({
      is: state.isAway ? 'unreachable' : 'ready',
      engine: 'remote',
      since: timeline.now
    }),
    close: () => Promise.resolve()
  }
}
