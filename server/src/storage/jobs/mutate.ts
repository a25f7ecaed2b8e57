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
