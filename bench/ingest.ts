/** How fast is durable, validated, deduplicated ingest beside a server that only parses JSON, and how soon can it be asked about? */
import { setTimeout as sleep } from 'node:timers/promises'
import { cpus } from 'node:os'
import {
  cpuSeconds,
  diskFigures,
  otherCores,
  runLoad,
  serverCore,
  startCandor,
  startFloor,
  type MeasuredServer
} from './processes.ts'
import { shapes } from './shapes.ts'

const floorPort = 4799
const connections = 128
/** Of the floor, as `ARCHITECTURE.md` and the design set them. */
const bars = { single: 0.65, batch: 0.3, batchEventsPerSecond: 100_000, p99Ms: 50, queryableP99Ms: 2000 }

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
      const floorLoad = await runLoad({ port: floorPort, shape: shape.name, connections, seconds })
      const before = usage(server)
      const load = await runLoad({ port: server.port, shape: shape.name, connections, seconds })
      const lagMs = await untilLoaded(server)
      const after = usage(server)
      const perSecond = load.requests / load.seconds
      const floorPerSecond = floorLoad.requests / floorLoad.seconds
      const events = load.requests * shape.eventsPerRequest
      const ratio = perSecond / floorPerSecond
      const isBatch = shape.eventsPerRequest > 1
      print({
        bench: 'ingest',
        shape: shape.name,
        requestsPerSecond: Math.round(perSecond),
        eventsPerSecond: Math.round(perSecond * shape.eventsPerRequest),
        floorRequestsPerSecond: Math.round(floorPerSecond),
        ratio: rounded(ratio),
        bar: isBatch ? bars.batch : bars.single,
        holds: isBatch
          ? ratio >= bars.batch && perSecond * shape.eventsPerRequest >= bars.batchEventsPerSecond
          : ratio >= bars.single,
        failed: load.failed,
        p50Ms: load.p50Ms,
        p99Ms: load.p99Ms,
        finalLagMs: lagMs,
        cpuSecondsPerMillionEvents: {
          server: perMillion(after.server - before.server, events),
          engine: perMillion(after.engine - before.engine, events)
        }
      })
      if (shape.name === 'native') await measureAnswers(server, perSecond * 0.8, { seconds, print })
    }
  } finally {
    floor.disconnect()
    await server.stop()
  }
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
  const load = await runLoad({ port: server.port, shape: 'native', connections, seconds, perSecond })
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
      'SELECT version, automation, uniqExact(installation) AS installations, avg(elapsed) AS elapsed, quantiles(0.5, 0.99)(elapsed) AS spread FROM dlt GROUP BY version, automation'
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
          environment: {},
          records: [{ seq, name: 'pipeline_load', fields: {} }]
        }
      ]
    }
    const response = await fetch(`${server.url}/v1/reports`, { method: 'POST', body: JSON.stringify(report) })
    if (!response.ok) throw new Error(`a probe was answered ${response.status}: ${await response.text()}`)
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

async function untilLoaded(server: MeasuredServer): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })).text()
    const waiting = Number(/^candor_inbox_entries_waiting (\d+)/m.exec(metrics)?.[1] ?? Number.NaN)
    if (waiting === 0) return Math.round(performance.now() - startedAt)
    if (performance.now() - startedAt > 120_000) return Number.POSITIVE_INFINITY
    await sleep(50)
  }
}

async function ask(server: MeasuredServer, sql: string): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const response = await fetch(`${server.url}/api/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ sql, rowsMax: 1000 })
  })
  const answer = (await response.json()) as { rows?: readonly Readonly<Record<string, unknown>>[] }
  return answer.rows
}

function usage({ pid, enginePid }: MeasuredServer): { readonly server: number; readonly engine: number } {
  return { server: cpuSeconds(pid), engine: enginePid === undefined ? 0 : cpuSeconds(enginePid) }
}

function perMillion(seconds: number, events: number): number {
  return rounded((seconds * 1_000_000) / events)
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100
}
