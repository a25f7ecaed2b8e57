/**
 * What the reporter takes from the world around it, as parameters: clock, chance and a place to say
 * things.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { env } from 'node:process'

export interface Effects {
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to 1. */
  random(): number
  /** What a reader of the log should see: a notice, once. */
  log(line: string): void
  /** What nobody needs to see while all is well, or while it is not. */
  debug(line: string): void
  readonly files: {
    exists(path: string): boolean
    /** Undefined if it can't be read. */
    read(path: string): string | undefined
    /** 0600, in folders that nobody else may open. */
    write(path: string, text: string): void
  }
}

export const systemEffects: Omit<Effects, 'log' | 'debug'> = {
  now: () => Date.now(),
  random: () => Math.random(),
  files: {
    exists: existsSync,
    read(path) {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
    write(path, text) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      writeFileSync(path, text, { mode: 0o600 })
    }
  }
}

/** Where this reporter keeps what waits and what it was told, unless it is told where. */
export function stateFolderOf(product: string): string {
  const state = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(state) ? state : join(homedir(), '.local', 'state'), product, 'postgres')
}
