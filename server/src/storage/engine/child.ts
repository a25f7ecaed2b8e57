/**
 * The process that holds the embedded engine: it lives exactly as long as the server that started
 * it, and says nothing.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { Session } from 'chdb'
import {
  engineConfig,
  engineDatabase,
  guestDatabase,
  guestRole,
  type LaneName,
  laneSessions,
  laneSettings,
  readerRole,
  sessionArguments,
  usersConfig
} from './engine-settings.ts'
import { engineServer } from './engine-server.ts'
import { Lane } from './lane.ts'

/** What the supervisor starts the child with, as JSON in its first argument. */
export interface ChildSetup {
  /** The engine's own folder. */
  readonly folder: string
  readonly socketPath: string
  readonly configFile: string
  readonly usersFile: string
  /** Where it may write backups, and read them. */
  readonly backupsFolder: string
  readonly memoryBytesMax: number
  /** What SQL that users wrote may do. */
  readonly readerGrants: readonly string[]
}

/** What the child tells its supervisor. */
export type ChildMessage =
  | { readonly is: 'ready' }
  | { readonly is: 'failed'; readonly code: number }

const beforeOf: Partial<Record<LaneName, readonly string[]>> = {
  user: [`SET ROLE ${readerRole}`],
  guest: [`SET ROLE ${guestRole}`, `USE ${guestDatabase}`]
}

const endAtOnce = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

// Everything that was answered is synced to disk, so that the quickest end is also a safe one.
process.on('disconnect', endAtOnce)
process.umask(0o077)
giveWay()

try {
  start(JSON.parse(process.argv[2] ?? '') as ChildSetup)
} catch (error) {
  const code = Number(/Code: (\d+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? 1000)
  process.send?.({ is: 'failed', code } satisfies ChildMessage, undefined, {}, endAtOnce)
}

/** Ingest comes first: threads that the engine starts from here on give way to it. */
function giveWay(): void {
  try {
    setPriority(10)
  } catch {
    // Where a service may not change priorities, it works without one.
  }
}

function start(setup: ChildSetup): void {
  const { folder, socketPath, configFile, usersFile, memoryBytesMax, readerGrants } = setup
  const { backupsFolder } = setup
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(usersFile, usersConfig(readerGrants))
  writeFileSync(configFile, engineConfig({ memoryBytesMax, usersFile, backupsFolder }))
  const open = (mark: string): Session => {
    const session = new Session(folder, { connectionArgs: sessionArguments({ configFile, mark }) })
    session.query(`CREATE DATABASE IF NOT EXISTS ${engineDatabase} ENGINE = Atomic`)
    session.query(`CREATE DATABASE IF NOT EXISTS ${guestDatabase} ENGINE = Atomic`)
    session.query(`USE ${engineDatabase}`)
    return session
  }
  // A session of its own, so that a kill never waits behind what it is to kill.
  const killer = open('killer')
  const kill = async (mark: string): Promise<void> => {
    await killer
      .queryAsync(`KILL QUERY WHERE Settings['log_comment'] = '${mark}' ASYNC`)
      .catch(() => undefined)
  }
  const lane = (name: LaneName): Lane =>
    new Lane({
      sessions: laneSessions[name],
      base: laneSettings(name, memoryBytesMax),
      openSession: (index) => ({ session: open(`${name}-${index}`), mark: `${name}-${index}` }),
      kill,
      // A user's statement that heeds no kill holds its own seat, and nobody else's.
      onStuck: name === 'user' || name === 'guest' ? () => undefined : endAtOnce,
      before: beforeOf[name] ?? []
    })
  const lanes = {
    load: lane('load'),
    control: lane('control'),
    question: lane('question'),
    user: lane('user'),
    guest: lane('guest')
  }
  const server = engineServer(lanes)
  server.listen(socketPath, () => {
    chmodSync(socketPath, 0o600)
    process.send?.({ is: 'ready' } satisfies ChildMessage)
  })
  const drain = async (): Promise<void> => {
    server.close()
    server.closeIdleConnections()
    await Promise.all(Object.values(lanes).map((each) => each.close()))
    killer.close()
    // The last answers are written in this turn.
    setImmediate(() => process.exit(0))
  }
  process.once('SIGTERM', () => void drain())
  // A terminal's interrupt reaches the whole group; the server drains first and then sends SIGTERM.
  process.on('SIGINT', () => undefined)
}
