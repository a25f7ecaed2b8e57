/**
 * How fast is durable, validated, deduplicated ingest beside a server that only parses JSON, and
 * how soon can it be asked about?
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { cpus, loadavg } from 'node:os'
import {
  cpuSeconds,
  diskFigures,
  otherCores,
  runLoad,
  serverCore,
  startCandor,
  startFloor,
  untilLoaded,
  type MeasuredServer
} from './processes.ts'
import type { LoadResult } from './load.ts'
import { shapes, type Shape } from './shapes.ts'

const floorPort = 4799
const connections = 128
/** Until the code that a shape needs is compiled: otherwise a short run measures the compiler. */
const warmUpSeconds = 3
/** The floor does not change with time, so a sustained run need not hold it for as long. */
const floorSecondsMax = 20
/**
 * Nothing that is asked here takes a quarter of it, so that a server which does not answer is named
 * instead of waited for.
 */
const answerMsMax = 60_000
/** Of the floor, or of themselves. */
const bars = {
  single: 0.55,
  batch: 0.3,
  batchEventsPerSecond: 100_000,
  finalLagMs: 2000,
  p99Ms: 50,
  queryableP99Ms: 2000
}

export interface Measurement {
  readonly seconds: number
  readonly only: readonly string[] | undefined
  readonly print: (figure: object) => void
}

export async function measureIngest({ seconds, only, print }: Measurement): Promise<void> {
  print({
    bench: 'machine',
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    loadAverage: loadavg()[0],
    node: process.version,
    serverCore,
    otherCores,
    connections,
    seconds,
    ...diskFigures()
  })
  const floor = await startFloor(floorPort)
  const server = await startCandor()
  try {
    for (const shape of shapes.filter(({ name }) => only === undefined || only.includes(name))) {
      const perSecond = await measureShape(shape, {
        floor: floor.pid as number,
        server,
        seconds,
        print
      })
      if (shape.name === 'native') await measureAnswers(server, perSecond * 0.8, { seconds, print })
    }
  } finally {
    floor.disconnect()
    await server.stop()
  }
}

/**
 * The floor is measured before and after the server, so that a neighbour who comes or goes touches
 * both.
 */
async function measureShape(
  { name, eventsPerRequest }: Shape,
  {
    floor,
    server,
    seconds,
    print
  }: { floor: number; server: MeasuredServer } & Omit<Measurement, 'only'>
): Promise<number> {
  const load = (port: number, forSeconds: number): Promise<LoadResult> =>
    runLoad({ port, shape: name, connections, seconds: forSeconds })
  const loadFloor = (): Promise<Measured> =>
    measured(floor, () => load(floorPort, Math.min(seconds, floorSecondsMax) / 2))
  await load(floorPort, warmUpSeconds)
  await load(server.port, warmUpSeconds)
  const before = await loadFloor()
  const engineBefore = engineSeconds(server)
  const own = await measured(server.pid, () => load(server.port, seconds))
  const finalLagMs = await untilLoaded(server)
  const engine = engineSeconds(server) - engineBefore
  const after = await loadFloor()

  const { requests, failed, p50Ms, p99Ms } = own.result
  const perSecond = requests / own.result.seconds
  const floorRequests = before.result.requests + after.result.requests
  const floorPerSecond = floorRequests / (before.result.seconds + after.result.seconds)
  const cpuMicros = (own.cpuSeconds * 1e6) / requests
  const floorCpuMicros = ((before.cpuSeconds + after.cpuSeconds) * 1e6) / floorRequests
  const isBatch = eventsPerRequest > 1
  const bar = isBatch ? bars.batch : bars.single
  const eventsPerSecond = Math.round(perSecond * eventsPerRequest)
  const ratio = perSecond / floorPerSecond
  print({
    bench: 'ingest',
    shape: name,
    requestsPerSecond: Math.round(perSecond),
    eventsPerSecond,
    floorRequestsPerSecond: Math.round(floorPerSecond),
    ratio: rounded(ratio),
    cpuRatio: rounded(floorCpuMicros / cpuMicros),
    bar,
    holds:
      ratio >= bar &&
      finalLagMs <= bars.finalLagMs &&
      failed === 0 &&
      (!isBatch || eventsPerSecond >= bars.batchEventsPerSecond),
    cpuMicrosPerRequest: {
      server: rounded(cpuMicros),
      floor: rounded(floorCpuMicros),
      engine: rounded((engine * 1e6) / requests)
    },
    // A CPU-second per million events is a microsecond per event.
    cpuSecondsPerMillionEvents: {
      server: rounded(cpuMicros / eventsPerRequest),
      engine: rounded((engine * 1e6) / requests / eventsPerRequest)
    },
    eventsPerServerCpuSecond: Math.round((1e6 * eventsPerRequest) / cpuMicros),
    failed,
    p50Ms,
    p99Ms,
    finalLagMs
  })
  return perSecond
}

interface Measured {
  readonly result: LoadResult
  readonly cpuSeconds: number
}

async function measured(pid: number, load: () => Promise<LoadResult>): Promise<Measured> {
  const before = cpuSeconds(pid)
  const result = await load()
  return { result, cpuSeconds: cpuSeconds(pid) - before }
}

function engineSeconds({ enginePid }: MeasuredServer): number {
  return enginePid === undefined ? 0 : cpuSeconds(enginePid)
}

/** At four fifths of the load that it bears, with four heavy questions running all the time. */
async function measureAnswers(
  server: MeasuredServer,
  perSecond: number,
  { seconds, print }: Omit<Measurement, 'only'>
): Promise<void> {
  const stop = new AbortController()
  const questions = Promise.all(Array.from({ length: 4 }, () => keepAsking(server, stop.signal)))
  const queryable: number[] = []
  const probes = probe(server, stop.signal, queryable)
  const load = await runLoad({
    port: server.port,
    shape: 'native',
    connections,
    seconds,
    perSecond
  })
  stop.abort()
  const asked = (await questions).reduce((sum, count) => sum + count, 0)
  await probes
  const sorted = queryable.toSorted((one, other) => one - other)
  print({
    bench: 'answer-latency',
    shape: 'native',
    requestsPerSecond: Math.round(load.requests / load.seconds),
    heavyQuestionsAnswered: asked,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    barMs: bars.p99Ms,
    holds: load.p99Ms <= bars.p99Ms
  })
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  print({
    bench: 'time-to-queryable',
    probes: sorted.length,
    p50Ms: Math.round(sorted[sorted.length >> 1] ?? Number.NaN),
    p99Ms: Math.round(p99),
    barMs: bars.queryableP99Ms,
    holds: p99 <= bars.queryableP99Ms
  })
}

async function keepAsking(server: MeasuredServer, signal: AbortSignal): Promise<number> {
  let answered = 0
  while (!signal.aborted) {
    const rows = await ask(
      server,
      'SELECT version, automation, uniqExact(installation) AS installations, avg(elapsed) AS ' +
        'mean, quantiles(0.5, 0.99)(elapsed) AS spread FROM dlt GROUP BY version, automation'
    )
    if (rows !== undefined) answered += 1
  }
  return answered
}

/** Sends a record that no other has the number of, and waits until a query sees it. */
async function probe(server: MeasuredServer, signal: AbortSignal, times: number[]): Promise<void> {
  for (let number = 1; !signal.aborted; number += 1) {
    const seq = 1_000_000_000 + number
    const report = {
      candor: 1,
      product: 'dlt',
      report: crypto.randomUUID(),
      sdk: { name: 'bench', version: '0.1.0' },
      runs: [
        {
          session: crypto.randomUUID(),
          version: '1.26.0',
          consent: { level: 'pipelines' },
          environment: {},
          records: [{ seq, name: 'pipeline_load', fields: {} }]
        }
      ]
    }
    const response = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(answerMsMax)
    })
    const answer = await response.text()
    if (!response.ok || !answer.includes('"accepted":1'))
      throw new Error(`a probe was answered ${response.status}: ${answer}`)
    const answeredAt = performance.now()
    while (!signal.aborted) {
      const rows = await ask(server, `SELECT count() AS found FROM dlt WHERE seq = ${seq}`)
      if (Number(rows?.[0]?.['found'] ?? 0) > 0) {
        times.push(performance.now() - answeredAt)
        break
      }
      await sleep(20)
    }
  }
}

async function ask(
  server: MeasuredServer,
  sql: string
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const response = await fetch(`${server.adminUrl}/api/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ sql, rowsMax: 1000 }),
    signal: AbortSignal.timeout(answerMsMax)
  })
  const answer = (await response.json()) as {
    rows?: readonly Readonly<Record<string, unknown>>[]
    code?: string
    message?: string
  }
  // A question that ran out of time is a figure; one that is wrong would be asked and refused all
  // the time, and measured instead.
  if (response.status === 400)
    throw new Error(`a question was refused: ${answer.code} ${answer.message}`)
  return answer.rows
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100
}
