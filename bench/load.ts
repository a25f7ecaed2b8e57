/**
 * A load generator of its own process: so many keep-alive connections, one request outstanding on
 * each, every request with a fresh id patched
 * into bytes that were made once. Ready-made generators cost as much processor time as the server
 * does, which on two cores would be measured too.
 */
import { connect, type Socket } from 'node:net'
import { shapes } from './shapes.ts'

export interface LoadRequest {
  readonly port: number
  readonly shape: string
  readonly connections: number
  readonly seconds: number
  /** Requests a second in all, or as many as there can be. */
  readonly perSecond?: number
}

export interface LoadResult {
  readonly requests: number
  readonly failed: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * A server that leaves a connection without an answer for so long is broken, not slow: the slowest
 * overload answer takes a second.
 */
const answerMsMax = 30_000
/**
 * Latencies are counted in steps of 20 µs up to ten seconds: two megabytes, however long the run.
 */
const stepsPerMs = 50
const steps = 10_000 * stepsPerMs
const placeholder = 'f'.repeat(24)
const memberPlaceholder = 'e'.repeat(8)
/** As many installations as dlt says report in a month. */
const fleetSize = 50_000

process.on('message', (request: LoadRequest) => {
  run(request).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
      process.exit(1)
    }
  )
})
process.on('disconnect', () => process.exit(0))

async function run({
  port,
  shape: name,
  connections,
  seconds,
  perSecond
}: LoadRequest): Promise<LoadResult> {
  const shape = shapes.find((candidate) => candidate.name === name)
  if (shape === undefined) throw new Error(`no shape ${name}`)
  const body = shape.body(placeholder, memberPlaceholder)
  const head = Object.entries({
    Host: `127.0.0.1:${port}`,
    ...shape.headers,
    'Content-Length': String(Buffer.byteLength(body))
  })
  const text =
    `POST ${shape.path} ` +
    `HTTP/1.1\r\n${head.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n${body}`
  const places = placesOf(text)
  const latencies = new Uint32Array(steps)
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  const salt = Math.floor(Math.random() * 0xffffffff)
  let requests = 0
  let failed = 0
  let counter = 0
  let due = 0

  const drive = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const bytes = Buffer.from(text)
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let sentAt = 0
      const send = (): void => {
        if (performance.now() >= endsAt) {
          socket.end()
          return resolve()
        }
        if (perSecond !== undefined) {
          // Open model: latency counts from when the request was due, so that a stalled server
          // can't hide its stalls.
          const mine = startedAt + (due++ * 1000) / perSecond
          const wait = mine - performance.now()
          if (wait > 0.5) return void setTimeout(() => fire(mine), wait)
          return fire(mine)
        }
        fire(performance.now())
      }
      const fire = (at: number): void => {
        sentAt = at
        patch(bytes, places, salt, counter++)
        socket.write(bytes)
      }
      socket.on('connect', send)
      socket.on('data', (chunk) => {
        // Every answer of both servers is one small write with a Content-Length; none is split on
        // loopback.
        const step = Math.min(steps - 1, Math.floor((performance.now() - sentAt) * stepsPerMs))
        latencies[step] = (latencies[step] ?? 0) + 1
        requests += 1
        if (chunk[9] !== 0x32) failed += 1
        send()
      })
      socket.setTimeout(
        answerMsMax + (perSecond === undefined ? 0 : (1000 * connections) / perSecond),
        () => reject(new Error(`a ${name} request has had no answer for ${answerMsMax / 1000} s`))
      )
      socket.on('close', () => {
        if (performance.now() < endsAt)
          reject(new Error(`the server closed a connection that was sending ${name} requests`))
      })
      socket.on('error', reject)
    })
  await Promise.all(Array.from({ length: connections }, drive))
  const at = (share: number): number => {
    let left = requests * share
    const step = latencies.findIndex((count) => (left -= count) < 0)
    return (step < 0 ? 0 : step + 1) / stepsPerMs
  }
  return {
    requests,
    failed,
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99)
  }
}

interface Places {
  readonly unique: readonly { readonly at: number; readonly from: number }[]
  readonly member: readonly number[]
}

/** Where the id stands (whole, or as the first part of a UUID) and where the installation does. */
function placesOf(text: string): Places {
  const bytes = Buffer.from(text)
  const unique: { at: number; from: number }[] = []
  const member: number[] = []
  for (let at = bytes.indexOf('ffffffff'); at >= 0; at = bytes.indexOf('ffffffff', at + 8)) {
    unique.push({ at, from: 0 })
    if (bytes.toString('latin1', at, at + 16) === placeholder.slice(0, 16)) {
      unique.push({ at: at + 8, from: 8 })
      at += 16
    }
  }
  for (
    let at = bytes.indexOf(memberPlaceholder);
    at >= 0;
    at = bytes.indexOf(memberPlaceholder, at + 8)
  )
    member.push(at)
  return { unique, member }
}

function patch(bytes: Buffer, places: Places, salt: number, count: number): void {
  const hex = (number: number): string => (number >>> 0).toString(16).padStart(8, '0')
  const id = hex(salt + count) + hex(salt)
  for (const { at, from } of places.unique) bytes.write(id.slice(from, from + 8), at, 8, 'latin1')
  const member = hex(count % fleetSize)
  for (const at of places.member) bytes.write(member, at, 8, 'latin1')
}
