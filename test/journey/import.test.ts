/**
 * Years of events from Segment and PostHog come in: each into its day, once however often it is
 * cut off, and nothing of it is news of today.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'

const dayMs = 86_400_000
const today = new Date().toISOString().slice(0, 10)
const daysAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString()

/** As Segment's archives hold it. */
function segmentLine(who: number, days: number): string {
  return JSON.stringify({
    type: 'track',
    event: 'pipeline_load',
    messageId: `m-${who}-${days}`,
    anonymousId: `installation-${who}`,
    originalTimestamp: daysAgo(days),
    timestamp: daysAgo(days),
    sentAt: daysAgo(days),
    receivedAt: daysAgo(days),
    channel: 'server',
    writeKey: 'k',
    context: { ci_run: false, library: { name: 'dlt', version: '1.20.0' } },
    properties: { elapsed: 2.5, success: true, hostname: 'db1.internal' }
  })
}

/** As PostHog's batch exports write it. */
function posthogLine(who: number, days: number): string {
  return JSON.stringify({
    uuid: `0190-${who}-${days}`,
    event: 'pipeline_load',
    distinct_id: `installation-${who}`,
    timestamp: daysAgo(days),
    created_at: daysAgo(days),
    properties: JSON.stringify({ elapsed: 3, success: false, $lib: 'posthog-python' })
  })
}

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
  await untilStoreIs(server, 'ready')
}, 90_000)
afterAll(() => removeServer(server))

async function answer(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const response = await fetch(`${server.adminUrl}/api/v1/questions/${path}`, {
    headers: { authorization: `Bearer ${server.token}` }
  })
  return ((await response.json()) as { rows: readonly Readonly<Record<string, unknown>>[] }).rows
}

async function importFile(name: string): Promise<string> {
  const told = await runCandor(server, ['import', '--product', 'dlt', '--from', name])
  expect([told.code, told.error]).toEqual([0, ''])
  return told.out
}

async function records(): Promise<number> {
  const { rows } = await query(server, 'SELECT count() AS n FROM dlt')
  return Number(rows[0]?.['n'])
}

/** Of one installation a day: two years, which is more than the contract keeps records. */
const years = Array.from({ length: 730 }, (_, days) => days + 1)

it('keeps times as they are, and tells what it kept, counted and dropped', async () => {
  const lines = [
    ...years.map((days) => segmentLine(days % 7, days)),
    ...years.slice(0, 40).map((days) => posthogLine(100 + (days % 3), days)),
    '{ this is no JSON',
    JSON.stringify({ type: 'track', event: 'never_declared', timestamp: daysAgo(3) }),
    segmentLine(1, 5_000)
  ]
  writeFileSync(join(server.folder, 'archive.ndjson'), `${lines.join('\n')}\n`)
  const told = await importFile('archive.ndjson')
  expect(told).toContain('773 events')
  expect(told).toMatch(/TOO_OLD +1\n/)
  expect(told).toMatch(/EVENT_MALFORMED +1\n/)
  expect(told).toMatch(/RECORD_NOT_IN_CONTRACT +1\n/)
  const kept = Number(/kept +(\d+) as records/.exec(told)?.[1])
  const counted = Number(/counted +(\d+) that/.exec(told)?.[1])
  expect(kept + counted).toBe(770)
  expect(counted).toBeGreaterThan(300)
  expect(await eventually(records, (n) => n === kept)).toBe(kept)
  const { rows } = await query(
    server,
    'SELECT countIf(toDate(received_at) = toDate(occurred_at)) AS alike, count() AS n FROM dlt'
  )
  expect(rows[0]?.['alike']).toEqual(rows[0]?.['n'])
}, 120_000)

it('keeps each piece once, whoever sends it again', async () => {
  const before = await records()
  await importFile('archive.ndjson')
  const again = await fetch(`${server.adminUrl}/v1/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      product: 'dlt',
      import: 'mine',
      chunk: 0,
      isLast: false,
      events: [JSON.parse(segmentLine(1, 20))]
    })
  })
  expect(await again.json()).toMatchObject({ next: 1, kept: 1 })
  await server.kill('SIGKILL')
  const { folder } = server
  // The tally is lost with the crash, and the record is not: it is there once all the same.
  writeFileSync(join(folder, 'data', 'imports.json'), '[]')
  server = await startServer({ folder })
  await untilStoreIs(server, 'ready')
  writeFileSync(join(folder, 'one.ndjson'), segmentLine(1, 20))
  const told = await runCandor(
    server,
    'import --product dlt --from one.ndjson --id mine'.split(' ')
  )
  expect(told.out).toContain('1 as records')
  await eventually(records, (n) => n === before + 1)
  expect(await records()).toBe(before + 1)
}, 120_000)

it('does not take a file that breaks off for a whole one', async () => {
  const whole = gzipSync(years.map((days) => segmentLine(days, 3)).join('\n'))
  writeFileSync(join(server.folder, 'cut.ndjson.gz'), whole.subarray(0, whole.length / 2))
  const told = await runCandor(server, 'import --product dlt --from cut.ndjson.gz'.split(' '))
  expect(told.code).not.toBe(0)
  expect(told.error).toContain("cut.ndjson.gz can't be read to its end.")
  expect(told.out).toBe('')
}, 60_000)

it('makes counts of what is older than records are kept, of each period', async () => {
  const first = daysAgo(730).slice(0, 10)
  const rows = await eventually(
    () => answer(`active-installations?product=dlt&unit=month&since=${first}`),
    (found) => Number(found[1]?.['records']) > 0,
    60
  )
  const [, second] = rows
  expect(Number(second?.['records'])).toBeGreaterThanOrEqual(28)
  expect(second).toMatchObject({ installations: 7 })
  const days = await answer(`active-installations?product=dlt&since=${first}`)
  const sum = days.reduce((total, row) => total + Number(row['records'] ?? 0), 0)
  expect(sum).toBe(771)
}, 120_000)

it('is no news of today', async () => {
  const ingestion = await answer(`ingestion?product=dlt&since=${today}`)
  expect(ingestion.at(-1)?.['kept'] ?? 0).toBe(0)
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
  expect(metrics).not.toMatch(/candor_records_total\{product="dlt",outcome="kept"\} [1-9]/)
  const doctor = await runCandor(server, ['clock'])
  expect(doctor.out).toContain('as the machine says')
  const weeks = await answer('new-returning-lost?product=dlt&unit=week')
  expect(weeks.at(-1)?.['new'] ?? 0).toBe(0)
})

it('without a token says what was set to now', async () => {
  const response = await fetch(`${server.url}/v1/import`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('dlt:').toString('base64')}` },
    body: JSON.stringify({ batch: [JSON.parse(segmentLine(1, 300))] })
  })
  expect(await response.json()).toMatchObject({ success: true, clamped: 1 })
  const refused = await fetch(`${server.adminUrl}/v1/import`, { method: 'POST', body: '{}' })
  expect(refused.status).toBe(401)
})
