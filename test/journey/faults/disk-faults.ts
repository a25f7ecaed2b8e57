/** Disks that are full, slow, or give back other bytes than were written. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from '../world/candor-server.ts'
import { startLoad } from '../world/clients.ts'
import { engineOf } from '../world/engine-process.ts'
import { rowOf, type Chance, type Row } from './ledger.ts'

const mib = 2 ** 20

/** Filled to random heights while loader, merges and mutations write: each meets the end. */
export async function diskIsFull(chance: Chance): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-full-'))
  const data = join(folder, 'data')
  const ballast = join(data, 'ballast')
  mkdirSync(data)
  const options = ['-t', 'tmpfs', '-o', 'size=1300m', 'tmpfs', data]
  if (spawnSync('mount', options).status !== 0)
    throw new Error('a disk of its own needs the right to mount one: run it as root on Linux')
  const fill = (leave: number): void => {
    const file = openSync(ballast, 'a')
    const zeros = Buffer.alloc(mib)
    try {
      for (let free = freeOf(data); free > leave; free = freeOf(data))
        writeSync(file, zeros, 0, Math.min(mib, free - leave))
    } finally {
      closeSync(file)
    }
  }
  const server = await startServer({ folder })
  await untilStoreIs(server, 'ready')
  const load = startLoad(server.url, { clients: 2 })
  const times = chance.isLong ? 20 : 2
  for (let time = 0; time < times; time++) {
    await sleep(chance.between(200, 1_500))
    fill(chance.between(0, 1) === 0 ? 0 : chance.between(0, 64) * 4_096)
    await sleep(chance.between(1_000, 4_000))
    truncateSync(ballast, 0)
    await sleep(chance.between(500, 2_000))
  }
  await load.stop()
  const row = await rowOf('disk full at random heights', times, server, load)
  await server.kill('SIGTERM')
  execFileSync('umount', [data])
  rmSync(folder, { recursive: true, force: true })
  return row
}

function freeOf(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

/** The tables are there: hundreds of syncs. */
async function untilPrepared(server: RunningServer): Promise<void> {
  await untilStoreIs(server, 'ready')
  await eventually(
    () => runCandor(server, ['query', 'SELECT count() FROM dlt']),
    ({ code }) => code === 0
  )
}

/** Each sync takes a fifth of a second longer, as on a disk that is worn out or shared. */
export async function diskIsSlow(chance: Chance): Promise<Row> {
  const slow = ['fdatasync', 'fsync', 'msync'].join(',')
  const delay = ['-e', `trace=${slow}`, '-e', `inject=${slow}:delay_enter=200000`]
  const first = await startServer()
  await untilPrepared(first)
  await first.kill('SIGTERM')
  const { folder, port } = first
  const server = await startServer({
    folder,
    port,
    under: ['strace', '-f', '-qq', '-o', '/dev/null', ...delay]
  })
  const load = startLoad(server.url, { clients: 3 })
  await sleep(chance.isLong ? 60_000 : 5_000)
  await load.stop()
  const row = await rowOf('slow disk (0.2 s a sync)', 1, server, load)
  // The tracer hands signals on to nobody: it ends when the server does.
  const traced = engineOf(server)
  if (traced !== undefined) process.kill(traced, 'SIGKILL')
  await removeServer(server)
  return row
}

/**
 * A part of one table is other bytes than were written: reports come in, other tables answer, and
 * the doctor says what is wrong.
 */
export async function partIsDamaged(chance: Chance): Promise<Row> {
  let server = await startServer()
  const { folder, port } = server
  const before = startLoad(server.url, { clients: 1, pauseMs: 5 })
  await sleep(2_000)
  await before.stop()
  await eventually(
    async () => (await query(server, 'SELECT count() AS n FROM daily')).rows[0]?.['n'],
    (rows) => Number(rows) > 0
  )
  await server.kill('SIGTERM')
  damage(
    realpathSync(join(folder, 'data', 'engine', 'store', 'data', 'candor', 'daily_states')),
    chance
  )
  server = await startServer({ folder, port })
  await untilStoreIs(server, 'ready')
  const load = startLoad(server.url, { clients: 1, pauseMs: 5 })
  await sleep(2_000)
  await load.stop()
  await runCandor(server, ['query', 'SELECT * FROM daily'])
  const { out } = await runCandor(server, ['doctor'])
  const says = /✗ (store: .*damaged.*)/.exec(out)?.[1]
  if (says === undefined) throw new Error(`the doctor says nothing of the damage:\n${out}`)
  const row = await rowOf('damaged part of the engine', 1, server, load, says.slice(0, 60))
  await removeServer(server)
  return row
}

function damage(folder: string, chance: Chance): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  for (const name of files.filter((each) => each.endsWith('.bin'))) {
    const path = join(folder, name)
    const { size } = statSync(path)
    overwrite(path, Math.floor(size / 3), Math.min(64, size), chance)
  }
}

function overwrite(path: string, at: number, length: number, chance: Chance): void {
  const file = openSync(path, 'r+')
  const bytes = Buffer.from(Array.from({ length }, () => chance.between(0, 255)))
  writeSync(file, bytes, 0, length, at)
  fsyncSync(file)
  closeSync(file)
}

/**
 * Pages of the inbox are other bytes than were written: the server does not start, and says which
 * folder and what to do, instead of ending in the middle of something.
 */
export async function inboxIsDamaged(chance: Chance): Promise<Row> {
  let server = await startServer()
  const { folder, port } = server
  const before = startLoad(server.url, { clients: 1 })
  await sleep(2_000)
  await before.stop()
  await server.kill('SIGKILL')
  const inbox = join(folder, 'data', 'inbox')
  const file = join(inbox, 'inbox.lmdb')
  const pages = Math.floor(statSync(file).size / 4_096)
  for (let page = 2; page < pages; page++) overwrite(file, page * 4_096, 64, chance)
  const refused = await startServer({ folder, port }).catch((error: unknown) => String(error))
  if (typeof refused !== 'string') throw new Error('it started on an inbox that is damaged')
  const says = /INBOX_DAMAGED[^]*?inbox/.exec(refused)?.[0]
  if (says === undefined) throw new Error(`the start says nothing of the damage:\n${refused}`)
  // As it advises: what the store has is still there, and reports come in again.
  execFileSync('mv', [inbox, `${inbox}.damaged`])
  const { code, out } = await runCandor(server, ['inbox', 'salvage', `${inbox}.damaged`])
  if (code !== 0 || !/lost +\d+ pages/.test(out)) throw new Error(`nothing was salvaged:\n${out}`)
  server = await startServer({ folder, port })
  const load = startLoad(server.url, { clients: 1, pauseMs: 5 })
  await sleep(2_000)
  await load.stop()
  const row = await rowOf('damaged pages of the inbox', pages - 2, server, load, says.slice(0, 60))
  await removeServer(server)
  return row
}
