/**
 * How long does each question take, and the dashboard's overview, with one, ten and fifty million
 * records in the embedded engine?
 */
import { readFileSync, statfsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, diskFigures, startCandor, type MeasuredServer } from '../processes.ts'
import { askOf, filtered, isOfOverview, pages, releasesFile, type Ask } from './asked.ts'
import { firstViews } from './browser.ts'
import { engineAt, fillFleet, type Run } from './fleet.ts'
import { startReports } from './reports.ts'

const million = 1_000_000
/**
 * As `design.md` sets them for the overview: for each of its questions, asked anew, and for the
 * whole page as a reader meets it. The others are stated beside it.
 */
const bars = { p95Ms: 200, atRecords: 10 * million, growth: 2, growsAtRecords: 50 * million }
/** What a browser makes of it: the first view of the overview, with ten million records. */
const browser = { name: 'overview-in-a-browser', p95Ms: 500 }
/** Enough for a p95; a question that takes long is asked less often, so that the whole ends. */
const runs = { max: 40, min: 8, secondsMax: 20 }
const askMsMax = 60_000
/**
 * Merges of fifty million records end within a few minutes; what was not merged by then is measured
 * as it is.
 */
const settleMsMax = 600_000
/** Twice what a record takes with its aggregates and its parts before they are merged. */
const bytesPerRecordMax = 600

export interface QuestionMeasurement {
  readonly records: readonly number[]
  readonly only: readonly string[] | undefined
  readonly print: (figure: object) => void
}

interface Quantiles {
  readonly runs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

interface Times extends Quantiles {
  /**
   * Processor time of server and engine for one asking: on a machine that others use too, it hardly
   * changes.
   */
  readonly cpuMs: number
}

export async function measureQuestions({
  records,
  only,
  print
}: QuestionMeasurement): Promise<void> {
  const sizes = records.map((millions) => Math.round(millions * million)).toSorted((a, b) => a - b)
  print({
    bench: 'machine',
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    load: load(),
    node: process.version,
    ...diskFigures()
  })
  const server = await startCandor({
    isPinned: false,
    releases: { dlt: releasesFile(Date.now()) }
  })
  const interrupted = (): void => void server.stop().then(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  try {
    const free = statfsSync(server.folder)
    if (free.bavail * free.bsize < (sizes.at(-1) ?? 0) * bytesPerRecordMax)
      throw new Error(
        `${Math.ceil(((sizes.at(-1) ?? 0) * bytesPerRecordMax) / 2 ** 30)} GiB of free disk ` +
          'are needed'
      )
    const engine = engineAt(socketOf(server))
    const named = [...(await questionsOf(server)), ...Object.keys({ ...filtered, ...pages })]
    const wanted = [...named, browser.name].filter((name) => only?.includes(name) ?? true)
    const found = new Map<string, Quantiles[]>()
    let filled = 0
    for (const size of sizes) {
      await fill(engine, server, { from: filled, to: size, print })
      filled = size
      await measureSize(server, size, {
        names: wanted,
        atTen: sizes.indexOf(bars.atRecords),
        found,
        print
      })
    }
    printTable(sizes, found)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
    await server.stop()
  }
}

interface Measuring {
  readonly names: readonly string[]
  /** Which of the sizes the bar of larger ones follows from; −1: none of them. */
  readonly atTen: number
  readonly found: Map<string, Quantiles[]>
  readonly print: (figure: object) => void
}

async function measureSize(
  server: MeasuredServer,
  size: number,
  { names, atTen, found, print }: Measuring
): Promise<void> {
  const tell = (bench: string, asked: string, figures: Quantiles, barMs: number | undefined) => {
    const held = barMs === undefined ? {} : { barMs, holds: figures.p95Ms <= barMs }
    print({ bench, asked, records: size, ...figures, ...held, load: load() })
    found.set(asked, [...(found.get(asked) ?? []), figures])
  }
  const reports = startReports(server)
  try {
    for (const name of names.filter((one) => one !== browser.name)) {
      const bar = hasBar(name) ? barMs(size, found.get(name)?.[atTen]) : undefined
      const page = pages[name]
      if (page === undefined)
        tell('question', name, await ofQuestion(server, filtered[name] ?? askOf(name)), bar)
      else tell('page', name, await ofPage(server, page), bar)
    }
  } finally {
    await reports.stop()
  }
  if (names.includes(browser.name))
    tell('browser', browser.name, summary(await firstViews(server)), browser.p95Ms)
}

function hasBar(name: string): boolean {
  return name === browser.name || name in pages || isOfOverview(name)
}

/** The store each time, and then as readers ask, who are given again what still holds. */
async function ofQuestion(
  server: MeasuredServer,
  ask: Ask
): Promise<Times & { readonly againP50Ms: number }> {
  const anew = await timesOf(server, () => get(server, ask, { isAnew: true }))
  const again = await timesOf(server, () => get(server, ask))
  return { ...anew, againP50Ms: again.p50Ms }
}

/** As a reader meets it, and once more of the store alone. */
async function ofPage(
  server: MeasuredServer,
  asks: readonly Ask[]
): Promise<Times & { readonly requests: number; readonly anewP50Ms: number }> {
  const all = (isAnew: boolean) => () =>
    Promise.all(asks.map((ask) => get(server, ask, { isAnew })))
  const anew = await timesOf(server, all(true))
  const met = await timesOf(server, all(false))
  return { requests: asks.length, ...met, anewP50Ms: anew.p50Ms }
}

/**
 * Undefined: the design says nothing of so many. What missed its bar at ten million does not raise
 * the next one.
 */
function barMs(size: number, atTen: Quantiles | undefined): number | undefined {
  if (size <= bars.atRecords) return bars.p95Ms
  return size <= bars.growsAtRecords
    ? round(Math.min(atTen?.p95Ms ?? bars.p95Ms, bars.p95Ms) * bars.growth)
    : undefined
}

async function fill(
  engine: Run,
  server: MeasuredServer,
  {
    from,
    to,
    print
  }: { readonly from: number; readonly to: number; readonly print: (figure: object) => void }
): Promise<void> {
  const began = performance.now()
  const contracts = {
    dlt: await digestOf(server, 'dlt'),
    timescaledb: await digestOf(server, 'timescaledb')
  }
  await fillFleet(engine, { from, to, contracts }, Date.now())
  const fillSeconds = secondsSince(began)
  const settling = performance.now()
  const isSettled = await settle(engine)
  const [sums] = await engine(`SELECT
    sumIf(rows, table = 'records_dlt') AS records, sumIf(rows, table = 'records_timescaledb') AS reports,
    sumIf(bytes_on_disk, table = 'records_dlt') AS record_bytes, sum(bytes_on_disk) AS bytes, count() AS parts
    FROM system.parts WHERE database = currentDatabase() AND active`)
  const [fleet] = await engine(
    `SELECT uniqExact(installation) AS installations FROM installation_states WHERE product = 'dlt'`
  )
  print({
    bench: 'fill',
    records: Number(sums?.['records']),
    installations: Number(fleet?.['installations']),
    timescaledbReports: Number(sums?.['reports']),
    fillSeconds,
    recordsPerSecond: Math.round((to - from) / fillSeconds),
    // Until the engine has merged what months would have brought bit by bit.
    settleSeconds: secondsSince(settling),
    isSettled,
    bytesOnDisk: Number(sums?.['bytes']),
    bytesPerRecord: round(Number(sums?.['record_bytes']) / Number(sums?.['records'])),
    parts: Number(sums?.['parts']),
    load: load()
  })
}

async function settle(engine: Run): Promise<boolean> {
  const began = performance.now()
  for (let quiet = 0; quiet < 3;) {
    if (performance.now() - began > settleMsMax) return false
    await sleep(1000)
    const [row] = await engine('SELECT count() AS merges FROM system.merges')
    quiet = Number(row?.['merges']) === 0 ? quiet + 1 : 0
  }
  return true
}

async function timesOf(server: MeasuredServer, ask: () => Promise<unknown>): Promise<Times> {
  // What nobody asked for a while is on disk only; a dashboard that is opened every morning finds
  // it in memory the second time.
  await ask()
  const times: number[] = []
  const began = performance.now()
  const spent = cpuOf(server)
  while (
    times.length < runs.max &&
    (times.length < runs.min || performance.now() - began < runs.secondsMax * 1000)
  ) {
    const before = performance.now()
    await ask()
    times.push(performance.now() - before)
  }
  const cpuMs = round(((cpuOf(server) - spent) * 1000) / times.length)
  return { ...summary(times), cpuMs }
}

function summary(times: readonly number[]): Quantiles {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)
  return { runs: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95) }
}

function cpuOf({ pid, enginePid }: MeasuredServer): number {
  return cpuSeconds(pid) + (enginePid === undefined ? 0 : cpuSeconds(enginePid))
}

/** The answer's text, read whole. A question that is refused would be measured as a quick one. */
async function get(
  { adminUrl: url, token }: MeasuredServer,
  { path, parameters }: Ask,
  { isAnew = false } = {}
): Promise<string> {
  const query = new URLSearchParams(parameters).toString()
  const response = await fetch(`${url}/api/v1/${path}${query === '' ? '' : `?${query}`}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(isAnew ? { 'cache-control': 'no-cache' } : {})
    },
    signal: AbortSignal.timeout(askMsMax)
  })
  const body = await response.text()
  if (!response.ok)
    throw new Error(`${path}?${query} was answered ${response.status}: ${body.slice(0, 500)}`)
  return body
}

async function questionsOf(server: MeasuredServer): Promise<readonly string[]> {
  const body = JSON.parse(await get(server, { path: 'questions', parameters: {} })) as {
    questions: readonly { name: string }[]
  }
  return body.questions.map(({ name }) => name)
}

async function digestOf(server: MeasuredServer, product: string): Promise<string> {
  return (
    JSON.parse(await get(server, { path: `products/${product}`, parameters: {} })) as {
      digest: string
    }
  ).digest
}

/** The engine is told in its first argument where to listen. */
function socketOf({ enginePid }: MeasuredServer): string {
  const setup = readFileSync(`/proc/${enginePid}/cmdline`, 'utf8')
    .split('\0')
    .find((argument) => argument.startsWith('{'))
  return (JSON.parse(setup ?? '{}') as { socketPath: string }).socketPath
}

function printTable(
  sizes: readonly number[],
  found: ReadonlyMap<string, readonly Quantiles[]>
): void {
  const head = [
    'p50 / p95, ms',
    ...sizes.map((size) => `${size / million} million`),
    `at ${bars.atRecords / million} million`
  ]
  const atTen = sizes.indexOf(bars.atRecords)
  const rows = [...found].map(([name, times]) => {
    const isHeld = times.every(
      ({ p95Ms }, index) =>
        p95Ms <=
        (name === browser.name
          ? browser.p95Ms
          : (barMs(sizes[index] ?? 0, times[atTen]) ?? Number.POSITIVE_INFINITY))
    )
    return [
      name,
      ...times.map(({ p50Ms, p95Ms }) => `${p50Ms.toFixed(0)} / ${p95Ms.toFixed(0)}`),
      hasBar(name) ? (isHeld ? 'holds' : 'MISSED') : 'no bar'
    ]
  })
  const all = [[...head.slice(0, -1), `${bars.p95Ms}, × ${bars.growth}`], ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  for (const row of all)
    console.error(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
}

/** Of the last minute: on a machine that others use too, times say who else was there. */
function load(): number {
  return round(loadavg()[0] ?? 0)
}

function secondsSince(began: number): number {
  return round((performance.now() - began) / 1000)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
