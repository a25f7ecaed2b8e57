/**
 * Which queries go to the upstream database, and may they be cached? A list in a file stands for
 * the adapter's own look at its traffic.
 */
import { readFileSync } from 'node:fs'
import { anonymize, type SqlShape } from '@candor/sql'

interface ProxiedQuery {
  /** The text that the adapter saw; stays in this process. */
  readonly text: string
  /** What it does, without any name or value. */
  readonly shape: SqlShape
  readonly status: string
}

interface Table {
  /** Its name; stays in this process. */
  readonly name: string
  readonly shape: SqlShape
}

export interface Traffic {
  readonly queries: readonly ProxiedQuery[]
  readonly tables: readonly Table[]
}

interface Written {
  readonly queries?: readonly { text: string; status: string }[]
  /** A name, or the whole statement that made the table. */
  readonly tables?: readonly string[]
}

/** The database that the adapter stands in front of is PostgreSQL. */
const dialect = 'postgres'

/** Undefined: the file is not there or cannot be read, as when nothing has been asked yet. */
export async function readTraffic(path: string): Promise<Traffic | undefined> {
  const read = readWritten(path)
  if (read === undefined) return undefined
  return {
    queries: await Promise.all(
      (read.queries ?? []).map(async ({ text, status }) => ({
        text,
        status,
        shape: await anonymize(text, { dialect })
      }))
    ),
    tables: await Promise.all(
      (read.tables ?? []).map(async (name) => ({
        name,
        shape: await anonymize(/^create\b/i.test(name) ? name : `CREATE TABLE "${name}" ()`, {
          dialect
        })
      }))
    )
  }
}

export function countQueries(path: string): number {
  return readWritten(path)?.queries?.length ?? 0
}

function readWritten(path: string): Written | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Written
  } catch {
    return undefined
  }
}
