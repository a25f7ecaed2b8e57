/** What a command may touch; `candor contract` hands its own in. */
import type { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'

export interface World {
  readonly effects: {
    readonly clock: { now(): number }
    readonly files: {
      readonly mkdir: typeof mkdir
      readonly readdir: typeof readdir
      readonly readFile: typeof readFile
      readonly stat: typeof stat
      readonly writeFile: typeof writeFile
    }
  }
  readonly network: { readonly fetch: typeof globalThis.fetch }
  /** What relative paths are relative to. */
  readonly folder: string
  readonly out: (text: string) => void
  /** All of standard input, as text. */
  readonly readInput: () => Promise<string>
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}
