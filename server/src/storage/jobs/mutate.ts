/** How are rows really erased: by a mutation that rewrites the parts which hold them. */
import type { StorageRun } from '../storage.ts'

// Ten minutes are many gigabytes. What a deadline cuts off goes on in the engine, and the next run
// finds it done.
export const mutationMsMax = 600_000

/**
 * Looks first, because a mutation that finds nothing still waits for every part. Returns how many
 * rows there were. `condition` can't be bound: put no text of a client into it.
 */
export async function deleteRows(
  run: StorageRun,
  table: string,
  condition: string
): Promise<number> {
  const [found] = await run.query<{ found: number }>({
    sql: `SELECT toUInt32(count()) AS found FROM ${table} WHERE ${condition}`,
    deadlineMs: mutationMsMax,
    lane: 'control'
  })
  if (found === undefined || found.found === 0) return 0
  await run.command({
    sql: `ALTER TABLE ${table} DELETE WHERE ${condition} SETTINGS mutations_sync = 1`,
    deadlineMs: mutationMsMax
  })
  return found.found
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
  await run.command({
    sql: `ALTER TABLE ${table} MODIFY SETTING finished_mutations_to_keep = 1`,
    deadlineMs: mutationMsMax
  })
  // The one that is kept is the last, so that one which names nobody has to follow.
  await run.command({
    sql: `ALTER TABLE ${table} DELETE WHERE 0 SETTINGS mutations_sync = 1`,
    deadlineMs: mutationMsMax
  })
  return rows
}
