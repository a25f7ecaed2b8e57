/**
 * Labelled counters and distributions, from the contract to the answer: a program counts, the page
 * says so, the collector keeps counts and no number, and percentiles come of buckets.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { generateDisclosure, generateJavascript, parseContract } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  eventually,
  query,
  removeServer,
  root,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const contractText = `candor: 1
product: router
title: Router
purpose: To count.
recipients: [{ name: Router e.V., where: Germany, for: counting }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Numbers. } }
identity: { kind: persistent, random: true, says: a random id }
environment: []
questions: { speed: How fast is it? }
counters:
  served:
    when: An hour of serving is over.
    level: basic
    owner: routers
    expires: never, because it is the core
    serves: [speed]
    fields:
      latency:
        type: distribution
        exponential: { from: 1, factor: 10, count: 3 }
        unit: ms
        says: how long an answer took
      status: { type: labelled-counter, labels: [ok, failed], says: how it ended }
controls: [{ variable: ROUTER_TELEMETRY, off: "off" }]
`

describe('what is counted by label and by bucket', () => {
  let server: RunningServer
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-counts-'))
    mkdirSync(join(folder, 'router'))
    writeFileSync(join(folder, 'router', 'contract.yaml'), contractText)
    server = await startServer({ folder, configuration: 'products: [router]\n' })
  })
  afterAll(() => removeServer(server))

  it('is sent by a program and answered by label, as a histogram and as percentiles', async () => {
    const parsed = parseContract(contractText)
    if (!('contract' in parsed)) throw new Error(JSON.stringify(parsed))
    const sdk = pathToFileURL(join(root, 'sdk', 'dist', 'esm', 'index.js')).href
    const client = generateJavascript(parsed.contract).replaceAll("'@candor/sdk'", `'${sdk}'`)
    writeFileSync(join(folder, 'telemetry.mjs'), client)
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { createTelemetry } from './telemetry.mjs'
const telemetry = createTelemetry({ version: '1.0.0', endpoint: '${server.url}' })
const serve = (latency) => telemetry.count('served', { latency, status: 'ok' })
for (let index = 0; index < 95; index += 1) serve(index < 50 ? 0.5 : 12)
telemetry.count('served', { latency: [150, 180, 400, 700, 5], status: { failed: 4, strange: 1 } })
console.log((await telemetry.flush()).is)
`
    )
    const { stdout, stderr } = spawnSync('node', [join(folder, 'main.mjs')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: join(folder, 'user'), ROUTER_TELEMETRY: 'on' }
    })
    expect([stdout, stderr]).toEqual(['sent\n', ''])
    await eventually(
      () => ask(server, 'events', 'router'),
      ({ rows }) => Number(rows[0]?.['records']) === 1
    )
    const { rows } = await query(server, 'SELECT latency, status FROM router')
    expect(rows).toEqual([
      {
        latency: { 0: 50, 1: 1, 10: 45, 100: 4 },
        status: { ok: 95, failed: 4, other: 1 }
      }
    ])
    const asked = async (...words: readonly string[]): Promise<readonly object[]> => {
      const { out, error } = await runCandor(server, [
        'ask',
        ...words,
        '--product',
        'router',
        '--format',
        'json'
      ])
      expect(error).toBe('')
      return (JSON.parse(out) as { readonly rows: readonly object[] }).rows
    }
    expect(await asked('distribution', '--field', 'latency')).toEqual([
      { from: 0, to: 1, values: 50, share: 0.5 },
      { from: 1, to: 10, values: 1, share: 0.01 },
      { from: 10, to: 100, values: 45, share: 0.45 },
      { from: 100, to: null, values: 4, share: 0.04 }
    ])
    const quantiles = await asked('distribution', '--field', 'latency', '--show', 'quantiles')
    expect(quantiles).toContainEqual({ statistic: 'p50', value: 1 })
    expect(quantiles).toContainEqual({ statistic: 'p75', value: 58 })
    expect(quantiles).toContainEqual({ statistic: 'p99', value: 100 })
    const labels = await asked('breakdown', '--field', 'status')
    expect(labels).toMatchObject([
      { value: 'failed', sum: 4 },
      { value: 'ok', sum: 95 },
      { value: 'other', sum: 1 }
    ])
  })

  it('is told to users as what it is: counts, and none of the numbers', () => {
    const parsed = parseContract(contractText)
    if (!('contract' in parsed)) throw new Error(JSON.stringify(parsed))
    const page = generateDisclosure(parsed.contract)
    expect(page).toContain('only how many fell into each range, and none of the numbers themselves')
    expect(page).toContain('the ranges begin at 0, 1, 10, 100 ms')
    expect(page).toContain('how often each of these came: `ok`, `failed`')
  })
})
