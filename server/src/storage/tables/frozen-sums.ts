/** What do the rows that were frozen of one period, by several runs, say together? */
import { raw, sql } from '../sql.ts'
import { frozenTable } from './side-tables.ts'

/** What came after a period was frozen: by reports that were late, or by an import. */
export const lateSource = 'late'
export const importSource = 'import:'

/**
 * Records add up. Of distinct installations the greatest number is one that there were at least:
 * `late_records` came when the ids of those before them were forgotten.
 */
export const frozenSums = sql`
  SELECT
    f.product AS product, f.period AS period, f.start AS start, f.dimension AS dimension,
    f.value AS value, sum(f.records) AS records, max(f.installations) AS installations,
    max(f.key_epoch) AS key_epoch, max(f.frozen_at) AS frozen_at,
    toUInt64(
      sum(f.records) - argMin(f.records, (f.source = ${lateSource}, f.frozen_at))
    ) AS late_records
  FROM ${raw(frozenTable.name)} AS f FINAL
  GROUP BY f.product, f.period, f.start, f.dimension, f.value`
