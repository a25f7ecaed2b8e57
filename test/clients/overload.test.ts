/**
 * What do clients that others made do while a collector is overloaded? With CLIENTS=overload their
 * programs run against a server that says 429 or 503, and `docs/reference/overload.md` is written
 * from what arrived.
 */
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { root } from '../journey/world/candor-server.ts'
import { clients, installedBy, programOf, type Client } from './clients.ts'
import { overloadPage, type OverloadRow, type Watched } from './overload-page.ts'
import { requirementsOf } from './registries.ts'
import { installClient, runProgram } from './run-client.ts'

/** Whoever is overloaded for a moment, and whoever is for as long as anybody watches. */
const scenarios = [
  { name: '429 twice', status: 429, times: 2 },
  { name: '503 twice', status: 503, times: 2 },
  { name: '429 for ever', status: 429, times: Infinity },
  { name: '503 for ever', status: 503, times: Infinity }
] as const

// A page of a browser tells nothing of its end, and a data pipeline's reports are no events.
const watched =
  process.env['CLIENTS'] === 'overload'
    ? clients.filter(({ language, product }) => language !== 'browser' && product === 'acme')
    : []
const watchedMs = 40_000
const rows: OverloadRow[] = []

afterAll(() => {
  if (watched.length === 0 || rows.length < watched.length) return
  const page = overloadPage(rows, { day: new Date().toISOString().slice(0, 10) })
  writeFileSync(join(root, 'docs', 'reference', 'overload.md'), page)
})

it.each(watched.map((client) => ({ client, name: client.name })))(
  '$name is watched under overload',
  async ({ client }) => {
    const [version = ''] = client.versions
    const requirements = installedBy(client) ?? requirementsOf(client, version)
    const folder = await installClient(client, requirements)
    const seen: Watched[] = []
    for (const { status, times } of scenarios)
      seen.push(await watch({ client, folder, status, times }))
    rows.push({ client: client.name, version, seen })
    expect(seen.every(({ attempts }) => attempts > 0)).toBe(true)
  },
  10 * 60_000
)

it('is told as what was kept or lost, after how many attempts, and how they were spaced', () => {
  const kept = { attempts: 3, waitsMs: [3_010, 2_980], took: true, ended: true, lastedMs: 6_000 }
  const lost = { attempts: 1, waitsMs: [], took: false, ended: true, lastedMs: 400 }
  const goesOn = {
    attempts: 8,
    waitsMs: Array(7).fill(500),
    took: false,
    ended: false,
    lastedMs: 1
  }
  const row = { client: 'posthog', version: '7.0.0', seen: [kept, lost, goesOn, kept] }
  expect(overloadPage([row], { day: '2026-11-30' })).toContain(
    '| posthog | 7.0.0 | kept: 3 attempts, waits 3.0, 3.0 s | lost after 0.4 s: 1 attempt | ' +
      'goes on: 8 attempts, waits 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, … s | ' +
      'kept: 3 attempts, waits 3.0, 3.0 s |'
  )
})

async function watch({
  client,
  folder,
  status,
  times
}: {
  readonly client: Client
  readonly folder: string
  readonly status: 429 | 503
  readonly times: number
}): Promise<Watched> {
  const began = Date.now()
  const arrivals: number[] = []
  let took = false
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const isEvent = /command_run/.test(textOf(body))
      if (isEvent) arrivals.push(Date.now())
      if (!isEvent || arrivals.length > times) {
        took ||= isEvent
        const isProto = request.headers['content-type'] === 'application/x-protobuf'
        return response
          .writeHead(200, {
            'Content-Type': isProto ? 'application/x-protobuf' : 'application/json'
          })
          .end(isProto ? '' : '{"success":true,"status":1}')
      }
      return response
        .writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '3' })
        .end('{"code":"OVERLOADED","message":"Nothing can be kept right now.","success":false}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const program = programOf(client, url)
    const { code } = await runProgram(client, { folder, program, msMax: watchedMs })
    return {
      attempts: arrivals.length,
      waitsMs: arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? at)),
      took,
      ended: code !== -1,
      lastedMs: Date.now() - (arrivals[0] ?? began)
    }
  } finally {
    await closed(server)
  }
}

function textOf(body: Buffer): string {
  try {
    return gunzipSync(body).toString('latin1')
  } catch {
    return body.toString('latin1')
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
