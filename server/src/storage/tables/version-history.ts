/**
 * Which version had the sender of a record that stated none? Found once for what a store kept
 * before it knew such versions.
 */
import { quoteName, quoteText } from './column-types.ts'
import type { ProductSchema } from './product-schema.ts'
import { recordTable } from './rows.ts'
import type { StorageRun } from '../storage.ts'
import { snapshotTable } from './tables.ts'

const deadlineMs = 60_000
// Two mutations over all records of a product; a deadline's end finds them going on, and the next
// start waits for them again.
const holdMsMax = 600_000

const history = 'version_history'

/**
 * Does nothing once it was done. Killed half-way, the next start goes on: what has a version is not
 * looked at again.
 */
export async function holdVersions(run: StorageRun, schema: ProductSchema): Promise<void> {
  const { product, hasSnapshots } = schema
  for (const table of [recordTable(product), ...(hasSnapshots ? [snapshotTable(product)] : [])])
    if (await hasUnknown(run, table, 'true')) await holdVersionsIn(run, table, recordTable(product))
}

async function holdVersionsIn(run: StorageRun, table: string, records: string): Promise<void> {
  const isMute = 'version IS NULL AND coalesce(installation, account) IS NOT NULL'
  if (await hasUnknown(run, table, isMute)) {
    await writeHistory(run, {
      records,
      mute: `SELECT coalesce(installation, account) FROM ${table} WHERE ${isMute}`
    })
    // A mutation runs in no database.
    const [place] = await run.query<{ name: string }>({
      sql: 'SELECT currentDatabase() AS name',
      deadlineMs,
      lane: 'control'
    })
    const said = `joinGet(${quoteText(`${place?.name}.${history}`)}, 'versions',
      assumeNotNull(coalesce(installation, account)))`
    const last = `arrayLast(one -> one.1 <= occurred_at, ${said}).2`
    await mutate(
      run,
      `ALTER TABLE ${table}
      UPDATE version = ${last}, version_from = 'installation'
      WHERE version_from = '' AND ${isMute} AND ${last} != ''`
    )
    await run.command({ sql: `DROP TABLE ${quoteName(history)}`, deadlineMs })
  }
  await mutate(
    run,
    `ALTER TABLE ${table}
    UPDATE version_from = if(version IS NULL, 'none', 'record')
    WHERE version_from = ''`
  )
}

/**
 * Of senders that were mute once: what they stated, and the first moment of each day on which they
 * did.
 */
async function writeHistory(
  run: StorageRun,
  { records, mute }: { readonly records: string; readonly mute: string }
): Promise<void> {
  const said = "Array(Tuple(DateTime64(3, 'UTC'), String))"
  await run.command({
    sql: `CREATE OR REPLACE TABLE ${history} (who String, versions ${said})
      ENGINE = Join(ANY, LEFT, who)`,
    deadlineMs
  })
  await run.command({
    sql: `INSERT INTO ${history} (who, versions)
      SELECT who, arraySort(groupArray((at, version))) AS versions
      FROM (
        SELECT assumeNotNull(coalesce(installation, account)) AS who,
          CAST(assumeNotNull(r.version), 'String') AS version, min(occurred_at) AS at
        FROM ${records} AS r
        WHERE r.version IS NOT NULL AND r.version_from != 'installation'
          AND coalesce(installation, account) IN (${mute})
        GROUP BY who, version, toDate(occurred_at)
      )
      GROUP BY who`,
    deadlineMs: holdMsMax
  })
}

async function hasUnknown(run: StorageRun, table: string, condition: string): Promise<boolean> {
  const rows = await run.query<{ found: number }>({
    sql: `SELECT 1 AS found FROM ${table} WHERE version_from = '' AND ${condition} LIMIT 1`,
    deadlineMs,
    lane: 'control'
  })
  return rows.length > 0
}

function mutate(run: StorageRun, sql: string): Promise<void> {
  return run.command({
    sql: `${sql} SETTINGS mutations_sync = 1, allow_nondeterministic_mutations = 1`,
    deadlineMs: holdMsMax
  })
}
