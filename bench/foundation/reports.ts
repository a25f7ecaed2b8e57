/** Sends reports of many installations at fixed times, whatever the answers do. */
import { createHash, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { productName } from './products.ts'

/** Of all products together: each reports again once all have. */
export const installations = 1_000_000
export const recordsAReport = 5

export interface Sent {
  readonly answered: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const answerMsMax = 30_000
const commands = ['build', 'test', 'deploy']

/** Reports are due evenly: programs choose a moment at random, and a million of them are even. */
export async function sendReports({
  port,
  perSecond,
  seconds,
  products
}: {
  readonly port: number
  readonly perSecond: number
  readonly seconds: number
  readonly products: number
}): Promise<Sent> {
  // Each installation connects anew, as programs do, so that no connection is kept.
  const agent = new Agent({ keepAlive: false, maxSockets: 512 })
  const times: number[] = []
  let failed = 0
  const startedAt = performance.now()
  const wanted = Math.round(perSecond * seconds)
  const running = new Set<Promise<void>>()
  for (let index = 0; index < wanted; index++) {
    const due = startedAt + (index * 1_000) / perSecond
    const wait = due - performance.now()
    if (wait > 1) await sleep(wait)
    const one = (async () => {
      if (await send(agent, port, bodyOf(index, products))) times.push(performance.now() - due)
      else failed++
    })()
    running.add(one)
    void one.finally(() => running.delete(one))
  }
  await Promise.all(running)
  agent.destroy()
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10
  return { answered: times.length, failed, p50Ms: at(0.5), p99Ms: at(0.99) }
}

function send(agent: Agent, port: number, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path: '/v1/reports',
        method: 'POST',
        timeout: answerMsMax,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      },
      (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode === 200))
      }
    )
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(false))
    sent.end(body)
  })
}

/** Whose turn it is goes round: at the rate of life, once a day. */
function bodyOf(index: number, products: number): string {
  const member = index % installations
  const now = new Date().toISOString()
  return JSON.stringify({
    candor: 1,
    product: productName(member % products),
    report: randomUUID(),
    sdk: { name: 'candor-ts', version: '0.1.0' },
    installation: createHash('sha256').update(`${member}`).digest('hex').slice(0, 32),
    runs: [
      {
        session: randomUUID(),
        version: `1.${member % 7}.0`,
        consent: { level: 'basic' },
        environment: {
          class: 'interactive',
          automation: 'none',
          container: member % 3 === 0,
          os: member % 4 === 0 ? 'darwin' : 'linux',
          arch: member % 2 === 0 ? 'x64' : 'arm64'
        },
        records: Array.from({ length: recordsAReport }, (_, seq) => ({
          seq,
          name: 'command_run',
          at: now,
          fields: {
            command: commands[(member + seq) % commands.length],
            success: seq > 0,
            elapsed: 0.5 + seq
          }
        }))
      }
    ]
  })
}
