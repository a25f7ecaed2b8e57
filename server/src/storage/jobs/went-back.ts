/**
 * Did the store go back in time: was it restored from a backup, or replaced by an empty one, since
 * this collector last started?
 */
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import type { StorageRun } from '../storage.ts'
import { startsTable } from '../tables/side-tables.ts'

/** What the collector itself remembers of its last start, outside the store. */
export interface StartMemory {
  read(): Promise<string | undefined>
  write(start: string): Promise<void>
}

const deadlineMs = 30_000

/**
 * Undefined: the store has seen the last start. Else the start that it saw last, before which it
 * lacks nothing; 0 when it has seen none.
 * What was loaded since may be missing, and what was erased since may be there again.
 */
export async function wentBackTo(
  run: StorageRun,
  inbox: string,
  memory: StartMemory
): Promise<Instant | undefined> {
  const last = await memory.read()
  if (last === undefined) return undefined
  const [seen] = await run.query<{ start: string; at: number }>({
    sql:
      `SELECT start, toUnixTimestamp64Milli(at) AS at FROM ${startsTable.name} FINAL WHERE ` +
      'inbox = {inbox:String}',
    parameters: { inbox },
    deadlineMs,
    lane: 'control'
  })
  return seen?.start === last ? undefined : Number(seen?.at ?? 0)
}

/**
 * The store first: killed in between, the next start replays a little that is there already, which
 * counts once all the same.
 */
export async function rememberStart(
  run: StorageRun,
  inbox: string,
  {
    memory,
    effects
  }: { readonly memory: StartMemory; readonly effects: Pick<Effects, 'clock' | 'random'> }
): Promise<void> {
  const start = effects.random(16).toString('hex')
  await run.command({
    sql:
      `INSERT INTO ${startsTable.name} (inbox, start, at) VALUES ({inbox:String}, ` +
      '{start:String}, fromUnixTimestamp64Milli({at:Int64}))',
    parameters: { inbox, start, at: effects.clock.now() },
    deadlineMs
  })
  await memory.write(start)
}
