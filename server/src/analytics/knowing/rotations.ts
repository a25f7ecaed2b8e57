/**
 * On which days of a span did all ids change, because the operator gave the collector a new secret
 * for them?
 */
import { raw, sql } from '../../storage/sql.ts'
import { frozenTable } from '../../storage/tables/side-tables.ts'
import { valueStatesTable } from '../../storage/tables/tables.ts'
import type { Asked, Mark } from '../asking/question.ts'
import { find } from '../reading/find.ts'

/** Around such a day, one installation is two: no count of installations can tell. */
export async function rotationsIn(asked: Asked): Promise<readonly Mark[]> {
  const { identity, product } = asked.product.contract
  if (identity.kind === 'none') return []
  const { first, last } = asked.span
  const days = await asked.facts.of(`rotations of ${product}`, () => rotationDays(asked))
  return days
    .filter((day) => day >= first && day <= last)
    .map((day) => ({
      day,
      says:
        'ids rotated (keys rotate --ids): whoever reported before and after counts as two ' +
        'installations.'
    }))
}

async function rotationDays(asked: Asked): Promise<readonly string[]> {
  const { product } = asked.product.contract
  const rows = await find<{ day: string; epoch: number }>(
    asked,
    sql`
      SELECT toString(min(day)) AS day, epoch
      FROM (
        SELECT v.day AS day, max(v.key_epoch) AS epoch
        FROM ${raw(valueStatesTable.name)} AS v
        WHERE v.product = ${product} AND v.dimension = 'all' AND v.record IS NULL
        GROUP BY v.day
        UNION ALL
        SELECT f.start AS day, f.key_epoch AS epoch
        FROM ${raw(frozenTable.name)} AS f
        WHERE f.product = ${product} AND f.period = 'day' AND f.dimension = 'all'
      )
      GROUP BY epoch
      ORDER BY epoch`
  )
  // The first epoch is where records begin, and no change of anything.
  return rows.slice(1).map(({ day }) => day)
}
