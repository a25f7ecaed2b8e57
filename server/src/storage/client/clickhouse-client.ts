/** How does the server talk to ClickHouse, wherever it runs? */
import { strict as assert } from 'node:assert'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { ClickHouseLogLevel, createClient, type ResultSet } from '@clickhouse/client'
import type { Effects } from '../../effects.ts'
import { engineDatabase, type LaneName } from '../engine/engine-settings.ts'
import type { StorageDamage } from '../storage.ts'
import { quoteName } from '../tables/column-types.ts'
import { type Attempt, storageError } from './storage-errors.ts'

export type ClickHouseAddress =
  | { readonly is: 'embedded'; readonly socketPath: string }
  | {
      readonly is: 'remote'
      readonly url: string
      readonly user: string
      readonly password: string
      readonly database: string
      /** Of every statement; one's own win. */
      readonly settings?: Settings
    }

export type Settings = Readonly<Record<string, string | number>>

export interface ClickHouseRequest {
  readonly sql: string
  readonly lane: LaneName
  readonly deadlineMs: number
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  readonly settings?: Settings
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/** Each call throws a CandorError of StorageErrorCode, and nothing else. */
export interface ClickHouse {
  insert(request: {
    readonly table: string
    /** Undefined: as the lines name them. */
    readonly columns?: readonly string[]
    readonly format?: 'JSONEachRow' | 'Native'
    readonly lines: Buffer
    readonly deadlineMs: number
    readonly settings: Settings
  }): Promise<void>
  rows<Row>(request: ClickHouseRequest): Promise<Row[]>
  /** The answer as bytes in a format of ClickHouse's. A reader who stays away too long is left. */
  stream(request: ClickHouseRequest & { readonly format: string }): Promise<Readable>
  /** One JSON document: `meta`, `data`. */
  document<Document>(request: ClickHouseRequest): Promise<Document>
  /**
   * The answer of an EXPLAIN, which would take a format behind it for a part of what it explains.
   */
  lines(request: ClickHouseRequest): Promise<readonly string[]>
  command(request: ClickHouseRequest): Promise<void>
  isThere(deadlineMs: number): Promise<boolean>
  /** The last file of it that could not be read as it was written. */
  damage(): StorageDamage | undefined
  close(): Promise<void>
}

// The answer to a statement that ended at its deadline still has to come back.
const answerGraceMs = 2_000
// More than the lanes take: a load must not wait in this process behind questions.
const connectionsMax = 256
// The client's own timeout is on silence; the deadline of each call decides.
const silentMsMax = 3_600_000

/** For a piece of an answer that a slow line takes: 60 MB at 100 KB/s. */
const readMsMax = 600_000

export function connectClickHouse(
  address: ClickHouseAddress,
  effects: Pick<Effects, 'clock' | 'random'>
): ClickHouse {
  const target =
    address.is === 'embedded'
      ? {
          url: 'http://embedded:80',
          database: engineDatabase,
          http_agent: socketAgent(address.socketPath)
        }
      : {
          url: address.url,
          username: address.user,
          password: address.password,
          database: address.database,
          clickhouse_settings: address.settings ?? {}
        }
  const client = createClient({
    ...target,
    application: 'candor',
    request_timeout: silentMsMax,
    max_open_connections: connectionsMax,
    // Its warnings quote statements and what went wrong with their rows.
    log: { level: ClickHouseLogLevel.OFF }
  })

  let damage: StorageDamage | undefined

  async function call<Answer>(
    attempt: Attempt,
    { lane, deadlineMs, signal }: Pick<ClickHouseRequest, 'lane' | 'deadlineMs' | 'signal'>,
    run: (common: Common) => Promise<Answer>
  ): Promise<Answer> {
    const timeout = new AbortController()
    const cancel = effects.clock.after(deadlineMs + answerGraceMs, () => timeout.abort())
    try {
      return await run({
        abort_signal:
          signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, signal]),
        query_id: `${lane}-${effects.random(16).toString('hex')}`
      })
    } catch (error) {
      const told = storageError(error, attempt, timeout.signal.aborted)
      if (told.details['damaged'] === 1)
        damage = { name: String(told.details['name']), at: effects.clock.now() }
      throw told
    } finally {
      cancel()
    }
  }

  /** Runs a statement that answers, and reads its answer in the given form. */
  function asked<Format extends 'JSONEachRow' | 'JSONCompact', Answer>(
    request: ClickHouseRequest,
    format: Format,
    read: (result: ResultSet<Format>) => Promise<Answer>
  ): Promise<Answer> {
    return call('statement', request, async (common) => {
      const clickhouse_settings = settingsOf(request)
      const query = { ...common, ...parametersOf(request), query: request.sql, clickhouse_settings }
      return read(await client.query({ ...query, format }))
    })
  }

  return {
    insert: ({ table, columns = [], format = 'JSONEachRow', lines, deadlineMs, settings }) =>
      call('insert', { lane: 'load', deadlineMs }, async (common) => {
        assert(/^[A-Za-z0-9_]+$/.test(table))
        // Not client.insert(): that would encode every row anew.
        const { stream } = await client.exec({
          ...common,
          query: `INSERT INTO ${table}${into(columns)} FORMAT ${format}`,
          values: Readable.from([lines], { objectMode: false }),
          clickhouse_settings: {
            max_execution_time: deadlineMs / 1000,
            wait_end_of_query: 1,
            ...settings
          }
        })
        // The answer is empty, but its connection is free only once that was read.
        await finished(stream.resume())
      }),
    rows: <Row>(request: ClickHouseRequest) =>
      asked(request, 'JSONEachRow', (result) => result.json<Row>()),
    document: <Document>(request: ClickHouseRequest) =>
      asked(request, 'JSONCompact', async (result) => JSON.parse(await result.text()) as Document),
    stream: async ({ format, ...request }) => {
      const stream = await call('statement', request, async (common) => {
        const clickhouse_settings: Settings = { ...settingsOf(request), default_format: format }
        const query = { ...common, ...parametersOf(request), query: request.sql }
        return (await client.exec({ ...query, clickhouse_settings })).stream
      })
      const cancel = effects.clock.after(readMsMax, () => stream.destroy())
      stream.once('close', cancel)
      return stream
    },
    lines: (request) =>
      call('statement', request, async (common) => {
        const clickhouse_settings: Settings = {
          ...settingsOf(request),
          default_format: 'TabSeparatedRaw'
        }
        const { stream } = await client.exec({ ...common, query: request.sql, clickhouse_settings })
        return (await text(stream)).replace(/\n$/, '').split('\n')
      }),
    command: (request) =>
      call('statement', request, async (common) => {
        const clickhouse_settings = settingsOf(request)
        await client.command({
          ...common,
          ...parametersOf(request),
          query: request.sql,
          clickhouse_settings
        })
      }),
    async isThere(deadlineMs) {
      try {
        await call('statement', { lane: 'control', deadlineMs }, async (common) => {
          const answer = await client.ping({ ...common, select: true })
          if (!answer.success) throw answer.error
        })
        return true
      } catch {
        return false
      }
    },
    damage: () => damage,
    close: () => client.close()
  }
}

function into(columns: readonly string[]): string {
  return columns.length === 0 ? '' : ` (${columns.map(quoteName).join(', ')})`
}

interface Common {
  readonly abort_signal: AbortSignal
  readonly query_id: string
}

function settingsOf({ deadlineMs, settings }: ClickHouseRequest): Settings {
  return {
    max_execution_time: deadlineMs / 1000,
    // Counts are far below 2^53, and a number should come back as one.
    output_format_json_quote_64bit_integers: 0,
    // An error that comes after the first rows would otherwise arrive inside them.
    wait_end_of_query: 1,
    cancel_http_readonly_queries_on_client_close: 1,
    ...settings
  }
}

function parametersOf({ parameters }: ClickHouseRequest): {
  query_params?: Record<string, unknown>
} {
  return parameters === undefined ? {} : { query_params: { ...parameters } }
}

function socketAgent(socketPath: string): Agent {
  return Object.assign(new Agent({ keepAlive: true, maxSockets: connectionsMax }), {
    createConnection: (): Socket => connect(socketPath)
  })
}
