/** How are rows really erased: by a mutation that rewrites the parts which hold them. */
import { list, raw, sql, toRun } from '../sql.ts'
import type { StorageRun } from '../storage.ts'
import { quoteName } from '../tables/column-types.ts'
import { CandorError } from '../../errors.ts'
import { onCluster } from '../cluster/cluster.ts'

// Ten minutes are many gigabytes. What a deadline cuts off goes on in the engine, and the next run
// finds it done.
export const mutationMsMax = 600_000

/** A condition can't be bound: put no text of a client into it. */
export interface Deletion {
  readonly table: string
  readonly condition: string
}

export interface BegunDeletions {
  /** How many rows each condition found. */
  readonly found: readonly number[]
  /** Resolves once the rows are gone. */
  readonly gone: () => Promise<void>
}

/**
 * Looks first, because a mutation that finds nothing still waits for every part. Returns how many
 * rows there were. `condition` can't be bound: put no text of a client into it.
 */
export async function deleteRows(
  run: StorageRun,
  table: string,
  condition: string
): Promise<number> {
  const { found, gone } = await beginDeletions(run, [{ table, condition }])
  await gone()
  return found[0] ?? 0
}

/**
 * One mutation a table, whatever is deleted from it, and all of them at once: each rewrites its
 * parts whole, so that one after the other would cost as often. Rows that come from now on stay.
 */
export async function beginDeletions(
  run: StorageRun,
  deletions: readonly Deletion[]
): Promise<BegunDeletions> {
  const found = new Map<Deletion, number>()
  const begun: string[] = []
  for (const table of new Set(deletions.map((deletion) => deletion.table))) {
    const ours = deletions.filter((deletion) => deletion.table === table)
    const counts = ours.map(({ condition }) => `toUInt32(countIf(${condition}))`)
    const [row] = await run.query<{ found: readonly number[] }>({
      sql:
        `SELECT [${counts.join(', ')}] AS found FROM ${quoteName(table)} WHERE ` +
        ours.map(({ condition }) => `(${condition})`).join(' OR '),
      deadlineMs: mutationMsMax,
      lane: 'control'
    })
    ours.forEach((deletion, index) => found.set(deletion, row?.found[index] ?? 0))
    const due = ours.filter((deletion) => (found.get(deletion) ?? 0) > 0)
    if (due.length === 0) continue
    begun.push(table)
    const goes = due.map(({ condition }) => `(${condition})`).join(' OR ')
    await alter(run, table, `DELETE WHERE ${goes} ${settingsOf(run, 'begun')}`)
  }
  return {
    found: deletions.map((deletion) => found.get(deletion) ?? 0),
    gone: () => untilGone(run, begun)
  }
}

const lookMs = 50

/**
 * Until what was begun is done, by a run that was killed too. The engine waits between two looks,
 * since this room has no clock.
 */
async function untilGone(run: StorageRun, tables: readonly string[]): Promise<void> {
  // Of a cluster each statement has waited for all replicas.
  if (tables.length === 0 || run.cluster !== undefined) return
  for (let looked = 0; looked < mutationMsMax / lookMs; looked++) {
    const [row] = await run.query<{ left: number; failed: string }>({
      ...toRun(sql`
        SELECT toUInt32(count()) AS left, anyIf(table, latest_fail_reason != '') AS failed,
          sleep(${raw(String(lookMs / 1_000))})
        FROM system.mutations
        WHERE database = currentDatabase() AND NOT is_done
          AND table IN (${list(tables)})`),
      deadlineMs: mutationMsMax,
      lane: 'control'
    })
    if (row === undefined || row.left === 0) return
    if (row.failed !== '')
      throw new CandorError('STORAGE_UNAVAILABLE', `Rows of ${row.failed} could not be erased yet.`)
  }
  throw new CandorError('STORAGE_TIMEOUT', 'The store is still erasing.')
}

/** Of what is stored: on one server, or on each replica of each shard. */
function alter(run: StorageRun, table: string, change: string): Promise<void> {
  return run.command({
    sql: `ALTER TABLE ${quoteName(table)}${onCluster(run.cluster)} ${change}`,
    deadlineMs: mutationMsMax,
    place: 'shards'
  })
}

/**
 * A cluster's statement ends when every replica has done it, since what is promised to be gone is
 * gone from all disks, and no table tells of all replicas what they still have to do. A condition
 * that looks into another table is, to replicas, one that may differ between them; what expired in
 * one has expired in all.
 */
function settingsOf({ cluster }: StorageRun, until: 'begun' | 'done'): string {
  if (cluster !== undefined)
    return 'SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1'
  return `SETTINGS mutations_sync = ${until === 'done' ? 1 : 0}`
}

/**
 * The same where the condition names somebody: the engine writes each mutation into a file of its
 * own and keeps the last hundred, so that whoever was erased would be named there.
 */
export async function eraseRows(
  run: StorageRun,
  table: string,
  condition: string
): Promise<number> {
  const rows = await deleteRows(run, table, condition)
  if (rows === 0) return 0
  await alter(run, table, 'MODIFY SETTING finished_mutations_to_keep = 1')
  // The one that is kept is the last, so that one which names nobody has to follow.
  await alter(run, table, `DELETE WHERE 0 ${settingsOf(run, 'done')}`)
  return rows
}
