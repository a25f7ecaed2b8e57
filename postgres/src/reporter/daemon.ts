/** Which databases are looked at, and how often? One after the other, until somebody says stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Effects } from '../effects.ts'
import type { Product } from '../product.ts'
import { openSession } from './session.ts'
import { visitDatabase, type Visit } from './visit.ts'

export interface ReporterInput {
  readonly product: Product
  readonly dsn: string | undefined
  /** Each database of the server that connections may be made to, instead of the DSN's alone. */
  readonly isForAll: boolean
  readonly isNow: boolean
  readonly stateFolder: string
  readonly effects: Effects
}

export interface Visited {
  /** Undefined: the one that the DSN names. */
  readonly database: string | undefined
  readonly visit: Visit | { readonly is: 'failed'; readonly says: string }
}

/** One look at each database. Never rejects: what can't be reached is an answer like any other. */
export async function lookOnce(input: ReporterInput): Promise<readonly Visited[]> {
  const { effects } = input
  const visited: Visited[] = []
  let databases: readonly (string | undefined)[] = [undefined]
  try {
    if (input.isForAll) databases = await databasesOf(input.dsn)
  } catch (error) {
    return [{ database: undefined, visit: { is: 'failed', says: wordsOf(error) } }]
  }
  for (const database of databases) {
    try {
      const place = { dsn: input.dsn, ...(database === undefined ? {} : { database }) }
      visited.push({ database, visit: await visitDatabase({ ...input, place }) })
    } catch (error) {
      visited.push({ database, visit: { is: 'failed', says: wordsOf(error) } })
    }
    const last = visited.at(-1)
    if (last !== undefined) effects.debug(sentenceOf(last))
  }
  return visited
}

/** Looks again and again; ends soon after the signal, when the look that is under way has ended. */
export async function lookForever(
  input: ReporterInput,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal }
): Promise<void> {
  while (!signal.aborted) {
    await lookOnce(input)
    // Reporters of one server that were started together do not look together.
    const waitMs = everyMs * (0.9 + input.effects.random() / 5)
    await sleep(waitMs, undefined, { signal }).catch(() => {})
  }
}

async function databasesOf(dsn: string | undefined): Promise<readonly string[]> {
  const session = await openSession({ dsn })
  try {
    const rows = await session.read<{ datname: string }>(
      `SELECT datname FROM pg_database
       WHERE datallowconn AND NOT datistemplate
         AND has_database_privilege(oid, 'CONNECT')
       ORDER BY datname`
    )
    return rows.map(({ datname }) => datname)
  } finally {
    await session.close().catch(() => {})
  }
}

/** For whoever runs it by hand, and for nobody's log. */
export function sentenceOf({ database, visit }: Visited): string {
  const place = database === undefined ? '' : `${database}: `
  switch (visit.is) {
    case 'not installed':
      return `${place}telemetry is not installed in this database`
    case 'not trusted':
      return `${place}an ordinary role owns the schema; a superuser runs nothing of it`
    case 'off':
      return `${place}telemetry is off: nothing was read, nothing was sent`
    case 'no job':
      return `${place}there is no telemetry job: nothing was read, nothing was sent`
    case 'not due':
      return `${place}the next report is due at ${new Date(visit.at).toISOString()}`
    case 'undecided':
      return `${place}nothing is sent yet: ${visit.says}`
    case 'taken':
      return `${place}another reporter is at it`
    case 'sent': {
      const { length } = visit.reports
      const what = length === 1 ? 'a report' : `${length} reports`
      return `${place}sent ${what}: SELECT * FROM candor.sent shows it`
    }
    case 'kept':
    case 'failed':
      return `${place}not sent: ${visit.says}`
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Several addresses of one name fail together, with nothing in the common message.
  const { errors } = error as { readonly errors?: readonly unknown[] }
  return error.message === '' && errors !== undefined ? wordsOf(errors[0]) : error.message
}
