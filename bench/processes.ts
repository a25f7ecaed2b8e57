/**
 * Starts what is measured on the cores that it may use, and reads how much processor time each
 * process took.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadRequest, LoadResult } from './load.ts'

const here = import.meta.dirname
const root = join(here, '..', '..')
export const serverCore = '0'
export const otherCores = '1'

/** Linux says so in `getconf CLK_TCK`; it has been 100 on every machine since 2.6. */
const ticksPerSecond = 100
const tmpfsMagic = 0x01021994
/** For the answers that are still out when the time is over. */
const loadSlackMs = 60_000
/** A server that has been told to stop writes what waits and then ends. */
const stopMsMax = 60_000

export async function startFloor(port: number): Promise<ChildProcess> {
  const child = spawn(
    'taskset',
    ['-c', serverCore, process.execPath, join(here, 'floor.js'), String(port)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    }
  )
  await new Promise((resolve) => child.once('message', resolve))
  return child
}

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const child = spawn('taskset', ['-c', otherCores, process.execPath, join(here, 'load.js')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  child.send(request)
  const late = new AbortController()
  try {
    return await Promise.race([
      new Promise<LoadResult>((resolve, reject) => {
        child.once('message', (message) => resolve(message as LoadResult))
        child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)))
      }),
      sleep(request.seconds * 1000 + loadSlackMs, undefined, { signal: late.signal }).then(
        () =>
          Promise.reject(
            new Error(`the load generator did not end ${loadSlackMs / 1000} s after its time`)
          ),
        () => new Promise<never>(() => undefined)
      )
    ])
  } finally {
    late.abort()
    child.kill()
  }
}

export interface MeasuredServer {
  /** Where reports go in. */
  readonly url: string
  readonly port: number
  /** Of API and metrics. */
  readonly adminUrl: string
  readonly token: string
  readonly pid: number
  readonly enginePid: number | undefined
  readonly folder: string
  stop(): Promise<void>
}

/**
 * The main process alone on one core and its engine on the others, or both wherever the machine
 * puts them.
 */
export async function startCandor({
  isPinned = true,
  releases = {},
  products = []
}: {
  readonly isPinned?: boolean
  /** Folders of further products. */
  readonly products?: readonly string[]
  /** Files of releases, by product. */
  readonly releases?: Readonly<Record<string, string>>
} = {}): Promise<MeasuredServer> {
  const folder = mkdtempSync(join(root, '.bench-'))
  const token = 'bench-token-0123456789abcdef'
  writeFileSync(
    join(folder, 'candor.yaml'),
    `write_keys:\n  dlt: [{ key: dlt-bench }]\nproducts: ${JSON.stringify(products)}\n`
  )
  mkdirSync(join(folder, 'releases'))
  for (const [product, file] of Object.entries(releases))
    writeFileSync(join(folder, 'releases', `${product}.yaml`), file)
  const program = [
    process.execPath,
    join(root, 'server', 'bin', 'candor.js'),
    'serve',
    '--port',
    '0',
    '--admin-port',
    '0'
  ]
  const [command = '', ...args] = isPinned ? ['taskset', '-c', serverCore, ...program] : program
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, CANDOR_TOKEN: token },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const { ingest: url, url: adminUrl } = await untilReady(
    join(folder, 'data', 'server.json'),
    child
  )
  const pid = child.pid as number
  const enginePid = childrenOf(pid)[0]
  if (isPinned && enginePid !== undefined)
    spawnSync('taskset', ['-a', '-c', '-p', otherCores, String(enginePid)])
  return {
    url,
    port: Number(new URL(url).port),
    adminUrl,
    token,
    pid,
    enginePid,
    folder,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const killing = setTimeout(() => {
        console.error('bench: the server did not stop within a minute, and is killed')
        child.kill('SIGKILL')
      }, stopMsMax)
      await ended
      clearTimeout(killing)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** How long until nothing waits for the store, in milliseconds. */
export async function untilLoaded(server: MeasuredServer, msMax = 120_000): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const metrics = await (
      await fetch(`${server.adminUrl}/metrics`, {
        headers: { authorization: `Bearer ${server.token}` },
        signal: AbortSignal.timeout(60_000)
      })
    ).text()
    const waiting = Number(/^candor_inbox_entries_waiting (\d+)/m.exec(metrics)?.[1] ?? Number.NaN)
    if (waiting === 0) return Math.round(performance.now() - startedAt)
    if (performance.now() - startedAt > msMax) return Number.POSITIVE_INFINITY
    await sleep(50)
  }
}

interface Addresses {
  readonly url: string
  readonly ingest: string
}

async function untilReady(file: string, child: ChildProcess): Promise<Addresses> {
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt += 1) {
    await sleep(100)
    try {
      const addresses = JSON.parse(readFileSync(file, 'utf8')) as Addresses
      if ((await fetch(`${addresses.ingest}/readyz`)).ok) return addresses
    } catch {
      // It is not there yet.
    }
  }
  throw new Error('the server is not ready after a minute')
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        return (
          Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${candidate}/stat`, 'latin1'))?.[1]) === pid
        )
      } catch {
        return false
      }
    })
}

/** Seconds of processor time, user and system, since the process started. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The disk that everything is measured on: refuses memory, since an fsync there costs nothing. */
export function diskFigures(): { readonly fileSystem: string; readonly fdatasyncP50Ms: number } {
  const folder = mkdtempSync(join(root, '.bench-disk-'))
  try {
    if (statfsSync(folder).type === tmpfsMagic)
      throw new Error('this folder is in memory (tmpfs): run the bench on a disk')
    const file = openSync(join(folder, 'probe'), 'w')
    const times = Array.from({ length: 101 }, () => {
      writeSync(file, Buffer.alloc(4096))
      const before = performance.now()
      fdatasyncSync(file)
      return performance.now() - before
    })
    closeSync(file)
    const { stdout } = spawnSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' })
    return {
      fileSystem: stdout.trim(),
      fdatasyncP50Ms: Math.round((times.toSorted((a, b) => a - b)[50] ?? 0) * 1000) / 1000
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
