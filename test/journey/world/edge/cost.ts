/**
 * What does a request cost at an edge? Processor time of `workerd` over many of them, queue and
 * broker included, and of a worker's first. Run by `npm run edge-cost`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeServer, runCandor, startServer } from '../candor-server.ts'
import { startEdge, type RunningEdge } from './workerd.ts'

interface Asked {
  readonly name: string
  readonly path: string
  /** Each is another report. */
  readonly body: (number: number) => string
}

const requests = 1_000
const warmUp = 300
/** Of which the least is told: on a busy machine the others say who else was there. */
const starts = 5
const atOnce = 8

const dltEvent = (number: number): object => ({
  type: 'track',
  messageId: `message-${number}`,
  anonymousId: `${number % 100}`.padStart(32, 'a'),
  event: 'pipeline_load',
  timestamp: new Date().toISOString(),
  properties: {
    elapsed: 2.2,
    success: true,
    destination_name: 'duckdb',
    destination_type: 'dlt.destinations.duckdb',
    pipeline_name_hash: 'OpVShb3cX7qQAmOZSbV8',
    transaction_id: '39c3b69c858836c36b9b7c6e046eb391'
  },
  context: { ci_run: false, cpu: 2, library: { name: 'dlt', version: '1.31.0' } }
})
const native = (number: number): object => ({
  candor: 1,
  product: 'dlt',
  report: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  installation: `${number % 100}`.padStart(32, 'b'),
  runs: [
    {
      session: '00000000-0000-4000-8000-000000000000',
      version: '1.31.0',
      consent: { level: 'pipelines' },
      environment: { class: 'batch', automation: 'none', container: false, os: 'linux' },
      records: [{ seq: 0, name: 'pipeline_load', fields: { elapsed: 2.2, success: true } }]
    }
  ]
})
const shapes: readonly Asked[] = [
  {
    name: 'an event of dlt',
    path: '/in/dlt',
    body: (number) => JSON.stringify(dltEvent(number))
  },
  {
    name: 'a native report',
    path: '/v1/reports',
    body: (number) => JSON.stringify(native(number))
  },
  {
    name: 'a batch of 100 events',
    path: '/in/dlt/v1/batch',
    body: (number) =>
      JSON.stringify({
        batch: Array.from({ length: 100 }, (_, index) => dltEvent(number * 100 + index))
      })
  }
]

const folder = mkdtempSync(join(tmpdir(), 'candor-edge-cost-'))
const server = await startServer()
let edge: RunningEdge | undefined
try {
  const built = await runCandor(server, [
    'edge',
    'build',
    '--collector',
    server.url,
    '--out',
    folder
  ])
  if (built.code !== 0) throw new Error(built.error)
  const firsts: number[] = []
  for (let start = 0; start < starts; start += 1) {
    await edge?.close()
    edge = await startEdge(folder, server.url)
    const idle = cpuMs(edge.pid)
    for (const shape of shapes.slice(0, 1)) await ask(edge.port, shape, start, 1)
    firsts.push(cpuMs(edge.pid) - idle)
  }
  print({ what: 'the first request of a worker', starts, cpuMs: rounded(Math.min(...firsts)) })
  if (edge === undefined) throw new Error('no worker was started')
  const { pid, port } = edge
  for (const shape of shapes) {
    await ask(port, shape, 0, warmUp)
    const before = cpuMs(pid)
    await ask(port, shape, warmUp, requests)
    const each = (cpuMs(pid) - before) / requests
    print({ what: shape.name, requests, cpuMs: rounded(each) })
  }
} finally {
  await edge?.close()
  await removeServer(server)
  rmSync(folder, { recursive: true, force: true })
}

/** Of all threads of a process; to the nanosecond, where `stat` counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
}

async function ask(
  port: number,
  { path, body }: Asked,
  from: number,
  count: number
): Promise<void> {
  let next = from
  const one = async (): Promise<void> => {
    while (next < from + count) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: body(next++)
      })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`the edge answered ${answer.status}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one))
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}

function print(figure: object): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`)
}
