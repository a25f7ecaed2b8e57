/**
 * The data folder's disk fills up: clients are told, nothing that was answered is lost, and the
 * server lives to see room again.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, readiness, startServer, type RunningServer } from './world/candor-server.ts'
import { faultsOf, startLoad } from './world/clients.ts'
import { expectAllKept, expectOverloadAnswers } from './world/overload-answers.ts'

const MIB = 2 ** 20

const folder = mkdtempSync(join(tmpdir(), 'candor-disk-'))
const data = join(folder, 'data')

/** The floor of 1 GiB, and some room above it. */
function mount(): void {
  mkdirSync(data)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1300m', 'tmpfs', data], {
    stdio: 'ignore'
  })
  if (status !== 0)
    throw new Error(
      'this test fills a disk of its own, so it needs the right to mount one: run it as root ' +
        'on Linux'
    )
}

describe('a disk that fills up', () => {
  const ballast = join(data, 'ballast')
  let server: RunningServer
  const free = (): number => {
    const { bavail, bsize } = statfsSync(data)
    return bavail * bsize
  }
  /** Leaves so much room. */
  const fill = (bytesFree: number): void => {
    const file = openSync(ballast, 'a')
    const zeros = Buffer.alloc(MIB)
    try {
      while (free() > bytesFree) writeSync(file, zeros, 0, Math.min(MIB, free() - bytesFree))
    } finally {
      closeSync(file)
    }
  }
  const empty = (): void => truncateSync(ballast, 0)

  beforeAll(async () => {
    mount()
    server = await startServer({ folder })
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    execFileSync('umount', [data])
    rmSync(folder, { recursive: true, force: true })
  })

  it('is told to each client below the floor of 1 GiB, and forgotten once there is room', async () => {
    await expectAllKept(server.port)
    fill(900 * MIB)
    await eventually(
      () => readiness(server),
      ({ ready }) => !ready
    )
    expect(await readiness(server)).toMatchObject({
      status: 503,
      ready: false,
      because: 'disk-low'
    })
    await expectOverloadAnswers(server.port)
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    empty()
    await expectAllKept(server.port)
    expect(await readiness(server)).toMatchObject({ status: 200, ready: true })
  })

  it('may fill up to its last byte under load: the server lives, and has what it answered once', async () => {
    const load = startLoad(server.url, { clients: 2 })
    await sleep(500)
    fill(0)
    await sleep(4_000)
    expect(server.process.exitCode).toBeNull()
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    expect(await readiness(server)).toMatchObject({ ready: false })
    expect(load.refused.length).toBeGreaterThan(0)
    empty()
    const answered = load.answered.get('native')?.size ?? 0
    await eventually(
      () => Promise.resolve(load.answered.get('native')?.size ?? 0),
      (size) => size > answered
    )
    await load.stop()
    // Of these, 204 is for dlt's own clients, which hang on anything else; its header says that
    // nothing was kept.
    expect(new Set(load.refused)).toEqual(new Set([503, 204]))
    expect(await faultsOf(server, load)).toEqual([])
  })

  it('does not keep the server from starting below the floor', async () => {
    await server.kill('SIGTERM')
    fill(500 * MIB)
    server = await startServer({ folder })
    expect(await readiness(server)).toMatchObject({ ready: false, because: 'disk-low' })
    await expectOverloadAnswers(server.port)
    empty()
    await expectAllKept(server.port)
  })
})
