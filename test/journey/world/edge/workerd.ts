/**
 * Runs a built edge in `workerd`, the runtime of Cloudflare's workers, with a stand-in for the
 * platform's queue: a second worker that keeps messages in memory and delivers them when asked.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../candor-server.ts'

export interface RunningEdge {
  readonly port: number
  readonly pid: number
  /** Hands every waiting message to the edge's consumer, each so many times; what is not taken
   * waits on. */
  deliver(times?: number): Promise<{ readonly taken: number; readonly waiting: number }>
  /** What the queue holds, as bytes of the platform. */
  waiting(): Promise<readonly string[]>
  /** From now on the queue takes nothing. */
  refuse(isRefusing: boolean): Promise<void>
  close(): Promise<void>
}

/** Takes what the `queue` binding posts, and calls the consumer as the platform does. */
const broker = `
let waiting = []
let isRefusing = false
export default {
  async fetch(request, { CONSUMER }) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/waiting')
      return Response.json(waiting.map(({ body }) => JSON.stringify(body)))
    if (pathname === '/refuse') {
      isRefusing = searchParams.get('is') === 'true'
      return new Response()
    }
    if (pathname === '/deliver') {
      const times = Number(searchParams.get('times'))
      const messages = Array.from({ length: times }, () => waiting).flat()
      const left = new Map(waiting.map((message) => [message.id, message]))
      for (let from = 0; from < messages.length; from += 100) {
        const some = messages.slice(from, from + 100)
        const result = await CONSUMER.queue('candor-handovers', some)
        const retried = new Set(result.retryMessages.map(({ msgId }) => msgId))
        for (const { id } of some) if (!retried.has(id) && !result.retryBatch.retry) left.delete(id)
      }
      const taken = waiting.length - left.size
      waiting = [...left.values()]
      return Response.json({ taken, waiting: waiting.length })
    }
    const text = await request.text()
    if (isRefusing) return new Response('the queue takes nothing', { status: 503 })
    const body = JSON.parse(text)
    waiting.push({ id: crypto.randomUUID(), timestamp: new Date(), body, attempts: 1 })
    const metrics = { backlogCount: waiting.length, backlogBytes: 0, oldestMessageTimestamp: 0 }
    return Response.json({ metadata: { metrics } })
  }
}
`

/** As workers are deployed today: what `nodejs_compat` has of Node is there without a word. */
const compatibility = `compatibilityDate = "2026-11-01"`

/** `folder` is what `candor edge build` wrote. */
export async function startEdge(folder: string, collector: string): Promise<RunningEdge> {
  const token = /^CANDOR_EDGE_TOKEN=(.*)$/m.exec(readFileSync(join(folder, '.dev.vars'), 'utf8'))
  writeFileSync(join(folder, 'broker.js'), broker)
  writeFileSync(
    join(folder, 'workerd.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "broker", worker = .broker),
    (name = "network", network = (allow = ["public", "private", "local"]))
  ],
  sockets = [
    (name = "reports", address = "127.0.0.1:0", http = (), service = "edge"),
    (name = "broker", address = "127.0.0.1:0", http = (), service = "broker")
  ]
);
const edge :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "candor-edge.js", esModule = embed "candor-edge.js"),
    (name = "bundle.json", json = embed "bundle.json")
  ],
  ${compatibility},
  bindings = [
    (name = "COLLECTOR", text = ${JSON.stringify(collector)}),
    (name = "CANDOR_EDGE_TOKEN", text = ${JSON.stringify(token?.[1] ?? '')}),
    (name = "HANDOVERS", queue = "broker")
  ],
  globalOutbound = "network"
);
const broker :Workerd.Worker = (
  modules = [(name = "broker.js", esModule = embed "broker.js")],
  ${compatibility},
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "CONSUMER", service = "edge")]
);
`
  )
  const workerd = createRequire(join(root, 'package.json')).resolve('workerd/bin/workerd')
  const child = spawn(
    workerd,
    ['serve', '--experimental', '--control-fd=3', join(folder, 'workerd.capnp')],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] }
  )
  let printed = ''
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ports = await new Promise<Map<string, number>>((resolve, reject) => {
    const found = new Map<string, number>()
    let told = ''
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}:\n${printed}`)))
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      for (const line of told.split('\n').slice(0, -1)) {
        const event = JSON.parse(line) as { event: string; socket?: string; port?: number }
        if (event.socket !== undefined && event.port !== undefined)
          found.set(event.socket, event.port)
      }
      told = told.slice(told.lastIndexOf('\n') + 1)
      if (found.size === 2) resolve(found)
    })
  })
  const control = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${ports.get('broker')}${path}`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the broker answered ${answer.status}: ${text}\n${printed}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const port = ports.get('reports') ?? 0
  return {
    port,
    pid: child.pid ?? 0,
    deliver: (times = 1) =>
      control(`/deliver?times=${times}`) as ReturnType<RunningEdge['deliver']>,
    waiting: () => control('/waiting') as Promise<readonly string[]>,
    refuse: async (isRefusing) => void (await control(`/refuse?is=${isRefusing}`)),
    async close() {
      if (child.exitCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
  }
}
