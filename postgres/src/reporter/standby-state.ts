/**
 * When did this standby report last? It can't write into its database, so the reporter remembers it
 * in a file of its own.
 */
import { join } from 'node:path'
import type { Effects } from '../effects.ts'
import type { JobState } from './look.ts'

const none: JobState = { runs: 0, failures: 0, nextAt: undefined, versionCheckedAt: undefined }

export function readStandbyState(folder: string, files: Effects['files']): JobState {
  try {
    const kept: unknown = JSON.parse(files.read(fileIn(folder)) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return none
    const number = (name: keyof JobState): number | undefined => {
      const value = (kept as Readonly<Record<string, unknown>>)[name]
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    }
    return {
      runs: number('runs') ?? 0,
      failures: number('failures') ?? 0,
      nextAt: number('nextAt'),
      versionCheckedAt: number('versionCheckedAt')
    }
  } catch {
    return none
  }
}

export function writeStandbyState(folder: string, state: JobState, files: Effects['files']): void {
  files.write(fileIn(folder), JSON.stringify(state))
}

function fileIn(folder: string): string {
  return join(folder, 'standby.json')
}
