/** Does another process that lives hold this file? It names that process; a dead one holds none. */
import { hostname } from 'node:os'
import type { Effects } from '../../effects.ts'

export type LockedFile =
  | ({ readonly is: 'mine' } & FileLock)
  | { readonly is: 'taken'; readonly by: Holder | undefined }

export interface FileLock {
  /** A process that had it before ended without giving it back. */
  readonly wasLeft: boolean
  release(): Promise<void>
}

export interface Holder {
  readonly pid: number
  readonly host: string
  /** Tells a process from a later one with the same number: containers always start at 1. */
  readonly born: string
}

const HEARTBEAT_MS = 5_000
// A holder on another host (a volume shared by two containers) can't be asked; four missed
// heartbeats mean that it is gone.
const SILENCE_MS_MAX = 20_000
const ATTEMPTS_MAX = 5
const READ_AGAIN_MS = 20

export async function lockFile(path: string, effects: Effects): Promise<LockedFile> {
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    born: (await bornOf(process.pid, effects)) ?? ''
  }
  let wasLeft = false
  for (let attempt = 1; ; attempt++) {
    if (await create(path, mine, effects)) return { is: 'mine', wasLeft, ...keep(path, effects) }
    const holder = await readHolder(path, effects)
    if (
      attempt === ATTEMPTS_MAX ||
      (holder !== undefined && (await isAlive(path, holder, mine, effects)))
    )
      return { is: 'taken', by: holder }
    // An empty file may be one that another process is just writing: look again before taking it
    // for the remains of a crash.
    if (holder === undefined && attempt < ATTEMPTS_MAX - 1) await effects.clock.sleep(READ_AGAIN_MS)
    else {
      wasLeft = true
      await effects.files.rm(path, { force: true })
    }
  }
}

async function create(path: string, mine: Holder, effects: Effects): Promise<boolean> {
  try {
    await effects.files.writeFile(path, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function keep(path: string, effects: Effects): Pick<FileLock, 'release'> {
  let cancel: () => void
  let beating: Promise<void> = Promise.resolve()
  const beat = (): void => {
    const now = effects.clock.now() / 1_000
    beating = effects.files.utimes(path, now, now).catch(() => undefined)
    cancel = effects.clock.after(HEARTBEAT_MS, beat)
  }
  cancel = effects.clock.after(HEARTBEAT_MS, beat)
  return {
    async release() {
      cancel()
      await beating
      await effects.files.rm(path, { force: true })
    }
  }
}

async function readHolder(path: string, effects: Effects): Promise<Holder | undefined> {
  try {
    const read: unknown = JSON.parse(await effects.files.readFile(path, 'utf8'))
    if (typeof read !== 'object' || read === null) return undefined
    const { pid, host, born } = read as Record<string, unknown>
    return typeof pid === 'number' && typeof host === 'string' && typeof born === 'string'
      ? { pid, host, born }
      : undefined
  } catch {
    return undefined
  }
}

async function isAlive(
  path: string,
  holder: Holder,
  mine: Holder,
  effects: Effects
): Promise<boolean> {
  if (holder.host === mine.host) {
    const born = await bornOf(holder.pid, effects)
    return born !== undefined && born === holder.born
  }
  try {
    return effects.clock.now() - (await effects.files.stat(path)).mtimeMs < SILENCE_MS_MAX
  } catch {
    return false
  }
}

// Linux says when a process started; elsewhere it can only be asked whether it lives.
async function bornOf(pid: number, effects: Effects): Promise<string | undefined> {
  try {
    const stat = await effects.files.readFile(`/proc/${pid}/stat`, 'latin1')
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Killed, but its parent has not looked yet.
    if (afterName[0] === 'Z' || afterName[0] === 'X') return undefined
    const boot = await effects.files.readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    return `${boot.trim()}/${afterName[19] ?? ''}`
  } catch {
    return process.platform === 'linux' ? undefined : bornByAsking(pid)
  }
}

function bornByAsking(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    return isCode(error, 'EPERM') ? 'alive' : undefined
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
