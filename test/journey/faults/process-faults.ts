/** Processes that are killed, stopped, slowed down, started twice or away, under load. */
import { setTimeout as sleep } from 'node:timers/promises'
import { removeServer, startServer, untilStoreIs } from '../world/candor-server.ts'
import { startClickHouse } from '../world/clickhouse-server.ts'
import { startLoad } from '../world/clients.ts'
import { engineOf, killEngine, signalEngine } from '../world/engine-process.ts'
import { answeredOf, rowOf, type Chance, type Row } from './ledger.ts'

const answersMin = 10_000

/** Until enough was answered in the long run; a few times in the short one. */
function isEnough({ isLong }: Chance, times: number, answered: number): boolean {
  return isLong ? answered >= answersMin && times >= 20 : times >= 3
}

export async function serverIsKilled(chance: Chance): Promise<Row> {
  let server = await startServer()
  const { folder, port } = server
  const load = startLoad(server.url)
  let times = 0
  while (!isEnough(chance, times, answeredOf(load))) {
    if (times % 4 === 3) await untilStoreIs(server, 'ready')
    await sleep(chance.between(20, 1_500))
    await server.kill('SIGKILL')
    server = await startServer({ folder, port })
    times++
  }
  await load.stop()
  const row = await rowOf('kill -9 of the server', times, server, load)
  await removeServer(server)
  return row
}

export async function engineIsKilled(chance: Chance): Promise<Row> {
  const server = await startServer()
  const load = startLoad(server.url)
  let times = 0
  while (!isEnough(chance, times, answeredOf(load))) {
    await sleep(chance.between(0, 2_500))
    await killEngine(server)
    times++
  }
  await load.stop()
  const row = await rowOf('kill -9 of the engine', times, server, load)
  await removeServer(server)
  return row
}

/** Both at once, as when the machine loses its power; what was written is on the disk. */
export async function bothAreKilled(chance: Chance): Promise<Row> {
  let server = await startServer()
  const { folder, port } = server
  const load = startLoad(server.url)
  let times = 0
  while (!isEnough(chance, times, answeredOf(load))) {
    await untilStoreIs(server, 'ready')
    await sleep(chance.between(200, 2_500))
    await signalEngine(server, 'SIGKILL')
    await server.kill('SIGKILL')
    server = await startServer({ folder, port })
    times++
  }
  await load.stop()
  const row = await rowOf('kill -9 of both at once', times, server, load)
  await removeServer(server)
  return row
}

export async function engineIsWedged(chance: Chance): Promise<Row> {
  const server = await startServer()
  const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
  const times = chance.isLong ? 10 : 1
  for (let time = 0; time < times; time++) {
    await sleep(chance.between(0, 2_000))
    await signalEngine(server, 'SIGSTOP')
    await untilStoreIs(server, 'unreachable')
    await untilStoreIs(server, 'ready')
  }
  await load.stop()
  const row = await rowOf('engine wedged (SIGSTOP)', times, server, load)
  await removeServer(server)
  return row
}

/** It runs for a tenth of the time: answers come, late. */
export async function engineIsSlow(chance: Chance): Promise<Row> {
  const server = await startServer()
  await untilStoreIs(server, 'ready')
  const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
  const endsAt = Date.now() + (chance.isLong ? 120_000 : 8_000)
  let times = 0
  while (Date.now() < endsAt) {
    const engine = engineOf(server)
    if (engine !== undefined) {
      process.kill(engine, 'SIGSTOP')
      await sleep(chance.between(300, 900))
      if (engineOf(server) === engine) process.kill(engine, 'SIGCONT')
      times++
    }
    await sleep(chance.between(30, 100))
  }
  await load.stop()
  const row = await rowOf('slow engine', times, server, load)
  await removeServer(server)
  return row
}

/** A second server on the folder ends at once and harms nothing; nor does a dead one's lock. */
export async function serverIsStartedTwice(chance: Chance): Promise<Row> {
  let server = await startServer()
  const { folder, port } = server
  const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
  const times = chance.isLong ? 30 : 2
  for (let time = 0; time < times; time++) {
    await sleep(chance.between(0, 1_000))
    const second = await startServer({ folder }).catch((error: unknown) => String(error))
    if (typeof second !== 'string') throw new Error('a second server started on the same folder')
    if (!second.includes('INBOX_LOCKED')) throw new Error(`the second server said: ${second}`)
    await server.kill('SIGKILL')
    server = await startServer({ folder, port })
  }
  await load.stop()
  const row = await rowOf('two servers on a folder', times, server, load)
  await removeServer(server)
  return row
}

export async function remoteIsAway(chance: Chance): Promise<Row> {
  const clickHouse = await startClickHouse({ loader: 'loads', reader: 'reads' })
  const server = await startServer({
    configuration:
      `clickhouse: { url: '${clickHouse.url}', user: loader, password_file: ./loader, ` +
      'reader_user: reader, reader_password_file: ./reader }\n',
    files: { loader: 'loads', reader: 'reads' }
  })
  await untilStoreIs(server, 'ready')
  const load = startLoad(server.url, { clients: 2, pauseMs: 5 })
  const times = chance.isLong ? 20 : 2
  for (let time = 0; time < times; time++) {
    await sleep(chance.between(0, 2_000))
    await clickHouse.shut()
    await sleep(chance.between(0, 4_000))
    await clickHouse.open()
  }
  await load.stop()
  const row = await rowOf('remote ClickHouse away', times, server, load)
  await removeServer(server)
  await clickHouse.stop()
  return row
}
