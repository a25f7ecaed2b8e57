/** The machine's clock jumps by hours and by years, while the server runs and while it does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { root, removeServer, startServer, untilStoreIs } from '../world/candor-server.ts'
import { startLoad } from '../world/clients.ts'
import { rowOf, type Chance, type Row } from './ledger.ts'

const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs
const jumps = [10 * yearMs, -6 * yearMs, 2 * hourMs, -hourMs, 400 * 24 * hourMs]

export async function clockJumps(chance: Chance): Promise<Row> {
  const beside = mkdtempSync(join(tmpdir(), 'candor-clock-'))
  const file = join(beside, 'shift')
  const set = (shiftMs: number): void => writeFileSync(file, String(shiftMs))
  set(0)
  const shift = pathToFileURL(join(root, 'test', 'journey', 'faults', 'clock-shift.mjs')).href
  const environment = { NODE_OPTIONS: `--import=${shift}`, FAULTS_CLOCK: file }
  let server = await startServer({ environment })
  const { folder, port } = server
  await untilStoreIs(server, 'ready')
  const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
  await sleep(2_000)
  const times = chance.isLong ? 20 : 3
  for (let time = 0; time < times; time++) {
    const jump = jumps[chance.between(0, jumps.length - 1)] ?? 0
    const isStopped = chance.between(0, 1) === 1
    if (isStopped) await server.kill(chance.between(0, 1) === 1 ? 'SIGKILL' : 'SIGTERM')
    set(jump)
    if (isStopped) server = await startServer({ folder, port, environment })
    await sleep(chance.between(500, 2_000))
    // The first retention comes two minutes after a start: once in the long run it is waited for.
    if (chance.isLong && time === times - 1) await sleep(130_000)
    set(0)
    await sleep(chance.between(200, 1_000))
  }
  await load.stop()
  const row = await rowOf('clock jumps', times, server, load)
  await removeServer(server)
  rmSync(beside, { recursive: true, force: true })
  return row
}
