/**
 * What does a foundation pay that collects for a hundred products? Their installations report at
 * the rate of life, or at a multiple of it, and every process's time, memory and disk is read.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  cpuSeconds,
  diskFigures,
  startCandor,
  untilLoaded,
  type MeasuredServer
} from '../processes.ts'
import { contractOf, productName } from './products.ts'
import { installations, recordsAReport, sendReports, type Sent } from './reports.ts'

export interface FoundationMeasurement {
  readonly minutes: number
  /** How many times as fast as in life. */
  readonly times: number
  readonly print: (figure: object) => void
}

const products = 100
/** A client of ours reports once a day at most; each day of a week is more than most are used. */
const reportsAWeek = 7
const weekSeconds = 7 * 86_400

const tablesMsMax = 600_000
const lagMsMax = 600_000
/**
 * What "a foundation for ten euros a month" may take: 2 cores, 4 GB. A hundred products are a
 * hundred blocks, one after the other, so that a record is asked about within a minute.
 */
const bars = { coresMax: 2, memoryBytesMax: 4e9, p99Ms: 50, queryableMs: 60_000 }

export async function measureFoundation({
  minutes,
  times,
  print
}: FoundationMeasurement): Promise<void> {
  const perSecond = ((installations * reportsAWeek) / weekSeconds) * times
  print({
    bench: 'foundation',
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    loadAverage: loadavg()[0],
    products,
    installationsAWeek: installations,
    reportsPerSecond: rounded(perSecond),
    recordsPerSecond: rounded(perSecond * recordsAReport),
    minutes,
    ...diskFigures()
  })
  const folder = mkdtempSync(join(import.meta.dirname, '..', '..', '..', '.bench-products-'))
  let server: MeasuredServer | undefined
  try {
    server = await startCandor({ isPinned: false, products: writeProducts(folder) })
    const tablesSeconds = await untilTables(server)
    print({ bench: 'foundation-start', tablesSeconds })
    const before = readFigures(server)
    const sent = await sendReports({
      port: server.port,
      perSecond,
      seconds: minutes * 60,
      products
    })
    const lagMs = await untilLoaded(server, lagMsMax)
    print(figuresOf(before, readFigures(server), { sent, lagMs, minutes, perSecond }))
    print({ bench: 'foundation-disk', ...diskOf(server) })
  } finally {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The first start makes the tables and views of all products. */
async function untilTables({ adminUrl, token }: MeasuredServer): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const { ok } = await fetch(`${adminUrl}/api/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ sql: 'SELECT count() FROM records', rowsMax: 1 })
    })
    if (ok) return Math.round((performance.now() - startedAt) / 1_000)
    if (performance.now() - startedAt > tablesMsMax) throw new Error('no tables after ten minutes')
    await sleep(1_000)
  }
}

function writeProducts(folder: string): readonly string[] {
  return Array.from({ length: products }, (_, index) => {
    const own = join(folder, productName(index))
    mkdirSync(own)
    writeFileSync(join(own, 'contract.yaml'), contractOf(index))
    return own
  })
}

interface Figures {
  readonly server: number
  readonly engine: number
  readonly serverBytes: number
  readonly engineBytes: number
}

function readFigures({ pid, enginePid }: MeasuredServer): Figures {
  return {
    server: cpuSeconds(pid),
    engine: enginePid === undefined ? 0 : cpuSeconds(enginePid),
    serverBytes: residentBytes(pid),
    engineBytes: enginePid === undefined ? 0 : residentBytes(enginePid)
  }
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

function figuresOf(
  before: Figures,
  after: Figures,
  run: {
    readonly sent: Sent
    readonly lagMs: number
    readonly minutes: number
    readonly perSecond: number
  }
): object {
  const { sent, lagMs, minutes, perSecond } = run
  const seconds = minutes * 60
  const cores = (after.server - before.server + after.engine - before.engine) / seconds
  const memoryBytes = after.serverBytes + after.engineBytes
  return {
    bench: 'foundation-run',
    reports: sent.answered,
    records: sent.answered * recordsAReport,
    asked: Math.round(perSecond * seconds),
    failed: sent.failed,
    p50Ms: sent.p50Ms,
    p99Ms: sent.p99Ms,
    lagMs,
    serverCores: rounded((after.server - before.server) / seconds),
    engineCores: rounded((after.engine - before.engine) / seconds),
    memoryMegabytes: { server: mega(after.serverBytes), engine: mega(after.engineBytes) },
    bars,
    holds:
      sent.failed === 0 &&
      cores <= bars.coresMax &&
      memoryBytes <= bars.memoryBytesMax &&
      lagMs <= bars.queryableMs &&
      sent.p99Ms <= bars.p99Ms
  }
}

/** What the data folder takes, parts as they are, so soon after they came. */
function diskOf({ folder }: MeasuredServer): object {
  const megabytes = (part: string): number => {
    const path = join(folder, 'data', part)
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    // A file that is merged away meanwhile takes nothing.
    const blocks = files.map(
      (file) => statSync(join(path, file), { throwIfNoEntry: false })?.blocks
    )
    return mega(blocks.reduce<number>((sum, some = 0) => sum + some * 512, 0))
  }
  return { inboxMegabytes: megabytes('inbox'), engineMegabytes: megabytes('engine') }
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e6)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
