/**
 * What a client of each wire format sends, and how it goes on when it is not answered: each record
 * can be found again by the millisecond at which it happened.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { query, type RunningServer } from './candor-server.ts'

export type Wire = keyof typeof wires

/** What the command line needs to find it. */
type Asked = Pick<RunningServer, 'data' | 'folder'>

interface Sent {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Client {
  readonly product: string
  /** The value of the column `protocol`. */
  readonly protocol: string
  /**
   * Sends the same bytes until they are answered; else it sends once and forgets, as engines of
   * DBLab do.
   */
  readonly retries: boolean
  send(at: number): Sent
}

const hourMs = 3_600_000
const json = { 'content-type': 'application/json' }

const wires = {
  native: {
    product: 'dlt',
    protocol: 'native',
    retries: true,
    send: (at) => ({
      path: '/v1/reports',
      headers: json,
      body: JSON.stringify(nativeReport({ at, level: 'pipelines' }))
    })
  },
  segment: {
    product: 'dlt',
    protocol: 'segment',
    retries: true,
    send: (at) => ({
      path: '/v1/track',
      headers: { ...json, authorization: `Basic ${Buffer.from('dlt:').toString('base64')}` },
      body: JSON.stringify({
        anonymousId: 'b'.repeat(32),
        messageId: randomUUID(),
        event: 'pipeline_load',
        properties: { success: true },
        timestamp: new Date(at).toISOString()
      })
    })
  },
  dblab: {
    product: 'dblab',
    protocol: 'dblab',
    retries: false,
    send: (at) => ({
      path: '/rpc/telemetry_event',
      headers: {},
      body: JSON.stringify({
        instance_id: 'c6fgs68hmvj3sm2pbphg',
        event_time: new Date(at).toISOString(),
        event_type: 'clone_reset',
        event_data: { id: '2b887d9ff18be11c707f121218fc83dbdabae700', cloning_time: 0.8 }
      })
    })
  }
} as const satisfies Record<string, Client>

/** One run with one record of dlt; the rest is its contract's. */
export function nativeReport({
  at,
  product = 'dlt',
  name = 'pipeline_load',
  fields = {},
  installation = 'a'.repeat(32),
  deletion,
  level
}: {
  readonly at: number
  readonly product?: string
  readonly name?: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly installation?: string
  readonly deletion?: string
  readonly level?: string
}): object {
  return {
    candor: 1,
    product,
    report: randomUUID(),
    sdk: { name: 'journey', version: '1.0.0' },
    installation,
    ...(deletion === undefined ? {} : { deletion }),
    runs: [
      {
        session: randomUUID(),
        version: '1.26.0',
        environment: {},
        ...(level === undefined
          ? {}
          : { consent: { level, accepted: `sha256:${'0'.repeat(64)}` } }),
        records: [{ seq: 1, name, at: new Date(at).toISOString(), fields }]
      }
    ]
  }
}

export interface Load {
  /** When its first record happened. */
  readonly from: number
  /** By wire: when the records happened whose requests were answered as kept. */
  readonly answered: ReadonlyMap<Wire, ReadonlySet<number>>
  /**
   * When the records happened that nobody sends again, though no answer said that they are kept:
   * they may be.
   */
  readonly givenUp: ReadonlySet<number>
  /** The other answers' statuses. */
  readonly refused: readonly number[]
  /** Resolves once every client has had its last answer. */
  stop(): Promise<void>
}

/** Several clients of each wire that send one request after the other. */
export function startLoad(
  url: string,
  {
    clients = 3,
    pauseMs = 0,
    wanted = ['native', 'segment', 'dblab'],
    more = () => ({}),
    took = () => undefined
  }: {
    readonly clients?: number
    readonly pauseMs?: number
    readonly wanted?: readonly Wire[]
    /** Further headers, such as those of a proxy. */
    readonly more?: () => Readonly<Record<string, string>>
    /** Is told how long each answer took. */
    readonly took?: (ms: number) => void
  } = {}
): Load {
  const answered = new Map<Wire, Set<number>>(wanted.map((wire) => [wire, new Set()]))
  const givenUp = new Set<number>()
  const refused: number[] = []
  // A day ago, so that no record of another test, nor of the future, has the same millisecond.
  const from = Date.now() - 24 * hourMs
  let at = from
  let isOver = false

  const attempt = async ({ path, headers, body }: Sent): Promise<'kept' | 'dropped' | 'failed'> => {
    const request = {
      method: 'POST',
      headers: { ...headers, ...more() },
      body,
      signal: AbortSignal.timeout(5_000)
    }
    const from = performance.now()
    const response = await fetch(`${url}${path}`, request)
      .then(async (answer) => ({
        status: answer.status,
        headers: answer.headers,
        text: await answer.text()
      }))
      .catch(() => undefined)
    if (response === undefined) return 'failed'
    took(performance.now() - from)
    const dropped = response.headers.get('candor-dropped')
    if (response.status < 300 && dropped === null) return 'kept'
    refused.push(response.status)
    if (dropped === 'overload') return 'dropped'
    if (response.status >= 500) return 'failed'
    // The request is at fault, and so is this file.
    throw new Error(`${path} was answered ${response.status} ${response.text}`)
  }
  const client = async (wire: Wire): Promise<void> => {
    while (!isOver) {
      at += 1
      const own = at
      const sent = wires[wire].send(own)
      let outcome = await attempt(sent)
      while (outcome === 'failed' && wires[wire].retries) {
        await sleep(50)
        outcome = await attempt(sent)
      }
      if (outcome === 'kept') answered.get(wire)?.add(own)
      else givenUp.add(own)
      await sleep(outcome === 'kept' ? pauseMs : 50)
    }
  }
  const running = Promise.all(
    wanted.flatMap((wire) => Array.from({ length: clients }, () => client(wire)))
  )
  // Told by `stop`; until then the others go on.
  running.catch(() => (isOver = true))
  return {
    from,
    answered,
    givenUp,
    refused,
    async stop() {
      isOver = true
      await running
    }
  }
}

/**
 * What is wrong with what is kept of a load: answered records that are missing, and records that
 * are there more than once. Empty: nothing.
 */
export async function faultsOf(
  server: Asked,
  { from, answered, givenUp }: Pick<Load, 'from' | 'answered' | 'givenUp'>,
  seconds = 60
): Promise<readonly string[]> {
  const faults: string[] = []
  for (const [wire, wanted] of answered) {
    const endsAt = Date.now() + seconds * 1000
    let stored = await copies(server, wire)
    while ([...wanted].some((at) => !stored.has(at)) && Date.now() < endsAt) {
      await sleep(300)
      stored = await copies(server, wire)
    }
    for (const at of wanted)
      if (!stored.has(at)) faults.push(`${wire}: ${at} was answered and is missing`)
    for (const [at, count] of stored) {
      if (count !== 1) faults.push(`${wire}: ${at} is there ${count} times`)
      const isOurs = at >= from && at < from + hourMs
      if (isOurs && !wanted.has(at) && !givenUp.has(at))
        faults.push(`${wire}: ${at} is there and was not answered`)
    }
  }
  return faults
}

/** Records as rows, and as what the aggregates made of them when they were loaded. */
export async function countsOf(
  server: Asked,
  product: string
): Promise<{ readonly records: number; readonly aggregated: number }> {
  const { rows } = await query(
    server,
    `SELECT (SELECT count() FROM ${product}) AS records, (SELECT sum(records) FROM daily ` +
      `WHERE product = '${product}') AS aggregated`
  )
  return { records: Number(rows[0]?.['records']), aggregated: Number(rows[0]?.['aggregated']) }
}

async function copies(server: Asked, wire: Wire): Promise<ReadonlyMap<number, number>> {
  const { product, protocol } = wires[wire]
  const { rows } = await query(
    server,
    `SELECT toUnixTimestamp64Milli(occurred_at) AS at, count() AS copies FROM ${product}
     WHERE protocol = '${protocol}' AND occurred_from IN ('sent', 'corrected') GROUP BY at`
  )
  return new Map(rows.map((row) => [Number(row['at']), Number(row['copies'])]))
}
