/**
 * Which processes still live in a sandbox, whoever started them? Each is known by the home that it
 * was given.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Sandbox } from './sandbox.ts'

/** One that has ended and that nobody has asked after lives no more. */
export function processesIn({ home }: Pick<Sandbox, 'home'>): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isIn(pid, home))
}

export function killIn(sandbox: Pick<Sandbox, 'home'>): void {
  for (const pid of processesIn(sandbox)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
  }
}

function isIn(pid: number, home: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return variables.includes(`HOME=${home}`)
  } catch {
    return false
  }
}
