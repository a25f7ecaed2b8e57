/** Do two stores hold the same in a table, however its rows are merged? */
import type { StorageRun } from '../storage.ts'
import { quoteName } from '../tables/column-types.ts'
import type { MovedTable } from './snapshot.ts'

const deadlineMs = 600_000

export interface Contents {
  readonly rows: number
  /** Of all values that do not depend on the order in which rows were merged. */
  readonly digest: string
}

/** `from` is the table, as SQL. */
export async function contentsOf(
  run: Pick<StorageRun, 'query'>,
  { engine, columns }: MovedTable,
  from: string
): Promise<Contents> {
  const values = columns.flatMap(({ name, type }) => comparable(quoteName(name), type))
  const [found] = await run.query<{ rows: number; digest: string }>({
    sql: `SELECT toUInt64(count()) AS rows,
        toString(groupBitXor(sipHash64(tuple(${values.join(', ')})))) AS digest
      FROM ${from}${engine === 'MergeTree' ? '' : ' FINAL'}`,
    deadlineMs
  })
  return { rows: Number(found?.rows), digest: found?.digest ?? '' }
}

/** Where several values are the latest, or only some of a set are kept, each merge may differ. */
function comparable(name: string, type: string): readonly string[] {
  if (/\b(?:argMax|argMin|groupUniqArrayArray)\b/.test(type)) return []
  return [type.startsWith('AggregateFunction') ? `finalizeAggregation(${name})` : name]
}
