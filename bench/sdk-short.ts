/**
 * Do programs deliver that are over before any answer can come, nearby and over long lines, and
 * what does that cost them?
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDistantCollector, type DistantCollector } from './sdk-networks.ts'
import type { MeasuredSdk, ProgramFolder } from './sdk-programs.ts'

const works = [
  ['0 ms', ''],
  ['20 ms', 'await new Promise((done) => setTimeout(done, 20))'],
  ['50 ms', 'await new Promise((done) => setTimeout(done, 50))'],
  ['200 ms', 'await new Promise((done) => setTimeout(done, 200))'],
  [
    '500 ms without a pause',
    'for (const until = performance.now() + 500; performance.now() < until;);'
  ],
  [
    '3 s without a pause',
    'for (const until = performance.now() + 3000; performance.now() < until;);'
  ]
] as const
const roundTrips = [0, 50, 200, 800]
const runsOf = { cell: 8, cost: 15 }
/** Whoever sends for a program ends within ten seconds. */
const arrivalMs = 10_000
const bars = { nothingDueMs: 2, dueCpuMs: 12 }

type Tell = (
  figure: { readonly bench: string; readonly sdk: string } & Record<string, unknown>,
  row: string
) => void

/**
 * Eight homes a cell, each of somebody who has said yes; loopback in plain, all else over https.
 */
export async function measureShortPrograms(
  folder: ProgramFolder,
  sdk: MeasuredSdk,
  tell: Tell
): Promise<void> {
  const certificate = makeCertificate(folder.path)
  for (const roundTripMs of roundTrips) {
    const collector = await openDistantCollector({
      certificate: roundTripMs === 0 ? undefined : certificate,
      roundTripMs
    })
    try {
      for (const [work, text] of works) {
        const path = programOf(folder, sdk, work, text)
        collector.bodies.length = 0
        const half = runsOf.cell / 2
        for (let round = 0; round < 2; round += 1)
          await Promise.all(Array.from({ length: half }, () => runOnce(folder, path, collector)))
        const arrived = await collector.arrived(runsOf.cell, arrivalMs)
        const line = roundTripMs === 0 ? 'loopback' : `https, ${roundTripMs} ms of round trip`
        tell(
          {
            bench: 'sdk-short',
            sdk: sdk.name,
            work,
            roundTripMs,
            arrived,
            of: runsOf.cell,
            bar: runsOf.cell,
            holds: arrived === runsOf.cell
          },
          `${work}, ${line}: ${arrived} of ${runsOf.cell}`
        )
      }
    } finally {
      collector.close()
    }
  }
  await measureCost(folder, sdk, tell)
}

/**
 * Pairs with an empty program, the least of each, since on a shared machine the rest is others'.
 */
async function measureCost(folder: ProgramFolder, sdk: MeasuredSdk, tell: Tell): Promise<void> {
  const collector = await openDistantCollector({ roundTripMs: 0 })
  const measured = (body: string): string =>
    `${body}
await new Promise(setImmediate)
const before = process.cpuUsage()
const began = performance.now()
process.on('exit', () => {
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify([(user + system) / 1000, performance.now() - began]))
})`
  const own = folder.program(sdk, 'cost', measured(`${sdk.opens}\nconst n = 1\n${sdk.records}`))
  const empty = folder.program({ ...sdk, imports: '' }, 'cost-empty', measured(''))
  const found = { empty: [] as Cost[], nothing: [] as Cost[], due: [] as Cost[] }
  try {
    for (let run = 0; run < runsOf.cost; run += 1) {
      found.empty.push(await costOf(folder, empty, collector))
      found.nothing.push(await costOf(folder, own, collector, Date.now() + 3_600_000))
      found.due.push(await costOf(folder, own, collector))
    }
  } finally {
    collector.close()
  }
  const least = (costs: readonly Cost[], at: 0 | 1): number =>
    Math.min(...costs.map((cost) => cost[at]))
  const round = (value: number): number => Math.round(value * 100) / 100
  const nothingMs = round(least(found.nothing, 1) - least(found.empty, 1))
  const dueCpuMs = round(least(found.due, 0) - least(found.empty, 0))
  tell(
    {
      bench: 'sdk-short-exit',
      sdk: sdk.name,
      nothingDueMs: nothingMs,
      dueCpuMs,
      dueMs: round(least(found.due, 1) - least(found.empty, 1)),
      bars,
      holds: nothingMs <= bars.nothingDueMs && dueCpuMs <= bars.dueCpuMs
    },
    `at its end: ${nothingMs} ms where nothing is due, ${dueCpuMs} ms of processor where ` +
      'something is'
  )
}

type Cost = readonly [cpuMs: number, wallMs: number]

async function costOf(
  folder: ProgramFolder,
  path: string,
  collector: DistantCollector,
  next?: number
): Promise<Cost> {
  return JSON.parse(await runOnce(folder, path, collector, next)) as Cost
}

function programOf(folder: ProgramFolder, sdk: MeasuredSdk, work: string, text: string): string {
  const body = `${sdk.opens}\nconst n = 1\n${sdk.records}\n${text}`
  return folder.program(sdk, `short-${work.replaceAll(' ', '-')}`, body)
}

/** Resolves with what it printed. */
function runOnce(
  folder: ProgramFolder,
  path: string,
  collector: DistantCollector,
  next?: number
): Promise<string> {
  const home = folder.home()
  const state = join(home, '.local/state/bench/telemetry')
  mkdirSync(state, { recursive: true })
  writeFileSync(join(state, 'consent.json'), '{"candor":1,"says":"on"}')
  if (next !== undefined) writeFileSync(join(state, 'delivery.json'), JSON.stringify({ next }))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, collector.url], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        NODE_EXTRA_CA_CERTS: join(folder.path, 'cert.pem')
      },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.on('error', reject)
    child.on('close', () => resolve(out))
  })
}

/** For this run alone; its private key never leaves the folder. */
function makeCertificate(path: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(path, 'key.pem'), join(path, 'cert.pem')]
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench ' +
    `-addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`
  const { status, stderr } = spawnSync('openssl', words.split(' '), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl is needed for https: ${stderr}`)
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}
