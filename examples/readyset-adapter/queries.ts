/**
 * Which queries go to the upstream database, and may they be cached? A list in a file stands for
 * the adapter's own look at its traffic.
 */
import { readFileSync } from 'node:fs'

interface ProxiedQuery {
  /** The text that the adapter saw; stays in this process. */
  readonly text: string
  /** Its shape, without any name or value: a fixed sample until Candor's SQL package makes it. */
  readonly shape: string
  readonly status: string
}

export interface Traffic {
  readonly queries: readonly ProxiedQuery[]
  readonly tables: readonly string[]
}

/** Undefined: the file is not there or cannot be read, as when nothing has been asked yet. */
export function readTraffic(path: string): Traffic | undefined {
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as {
      queries?: readonly { text: string; status: string }[]
      tables?: readonly string[]
    }
    return {
      queries: (read.queries ?? []).map(({ text, status }) => ({
        text,
        status,
        shape: 'SELECT ? FROM ? WHERE ? = ?'
      })),
      tables: read.tables ?? []
    }
  } catch {
    return undefined
  }
}
