/**
 * Do copies of an installation share an id? Only what no single installation can do is evidence of
 * it.
 */
import { addDays } from '#values/days'
import { CandorError } from '../../errors.ts'
import { all, date, raw, type Sql, sql } from '../../storage/sql.ts'
import { environmentDaysTable, installationDaysTable } from '../../storage/tables/tables.ts'
import { productView } from '../../storage/tables/views.ts'
import type { Asked } from '../asking/question.ts'
import { among } from '../reading/conditions.ts'
import { type AskableField, fieldsOf } from '../reading/fields.ts'
import { find } from '../reading/find.ts'
import { who } from '../reading/source.ts'

/**
 * Of the last week alone: that is enough to say that there are some, and a year of reports would
 * have to be read for all.
 */
const daysBack = 7
/** Once could be a restored backup or a rolled back upgrade. */
const returnsMin = 2

export async function copiesNote(asked: Asked): Promise<readonly string[]> {
  const { identity, product } = asked.product.contract
  if (identity.kind !== 'persistent') return []
  const look = (): Promise<number | undefined> => countOf(asked)
  const count = await asked.facts.of(`copies of ${product} ${asked.span.last}`, look)
  if (count === undefined)
    return ['Whether copies share an id is not known: the store did not tell in time.']
  if (count === 0) return []
  const ids = count === 1 ? 'One id was' : `${count} ids were`
  return [
    `${ids} used by several installations at once in the last ${daysBack} days (versions, ` +
      'lineages or counters that go to and fro): copies count as one, so the true number is ' +
      'higher.'
  ]
}

/** What is only said beside an answer must not cost the answer; undefined: the store failed. */
async function countOf(asked: Asked): Promise<number | undefined> {
  try {
    return await sharedIds(asked)
  } catch (error) {
    if (error instanceof CandorError && error.code.startsWith('STORAGE_')) return undefined
    throw error
  }
}

/**
 * By any of three signs: two versions in turn within a day, two lineages in turn, counters that
 * fall and return.
 */
async function sharedIds(asked: Asked): Promise<number> {
  const signs = [
    versionsInTurn(asked),
    ...(asked.product.contract.identity.lineage ? [lineagesInTurn(asked)] : []),
    ...countersInTurn(asked)
  ]
  const union = signs.reduce(
    (before, next) => sql`
    ${before}
    UNION ALL
    ${next}`
  )
  const [row] = await find<{ shared: number }>(
    asked,
    sql`
      SELECT uniqExact(id) AS shared
      FROM (${union})`
  )
  return Number(row?.shared ?? 0)
}

/**
 * One version, the other, the one again and the other again: an upgrade that is rolled back goes to
 * and fro once.
 */
function versionsInTurn(asked: Asked): Sql {
  return sql`
    SELECT installation AS id
    FROM (
      SELECT installation, day, version, min(e.first_at) AS began, max(e.last_at) AS ended
      FROM ${raw(environmentDaysTable.name)} AS e
      WHERE e.product = ${asked.product.contract.product} AND e.version IS NOT NULL
        AND ${lastDays(asked, raw('e.day'))}
      GROUP BY installation, day, version
    )
    GROUP BY installation, day
    HAVING count() > 1 AND arrayExists(
      (from, to) -> arrayExists(
        (other, until) -> from < other AND other < to AND to < until,
        groupArray(began), groupArray(ended)
      ),
      groupArray(began), groupArray(ended)
    )`
}

/** More than one lineage on each of several days: a dump that was restored changes it once. */
function lineagesInTurn(asked: Asked): Sql {
  return sql`
    SELECT installation AS id
    FROM (
      SELECT installation, day, arrayDistinct(arrayFlatten(groupArray(d.lineages))) AS lineages
      FROM ${raw(installationDaysTable.name)} AS d
      WHERE d.product = ${asked.product.contract.product} AND ${lastDays(asked, raw('d.day'))}
      GROUP BY installation, day
    )
    GROUP BY installation
    HAVING countIf(length(lineages) > 1) >= ${returnsMin}`
}

function countersInTurn(asked: Asked): readonly Sql[] {
  const { contract } = asked.product
  const snapshots = [...contract.records.values()].flatMap(({ kind, name }) =>
    kind === 'snapshot' ? [name] : []
  )
  const counters = fieldsOf(asked.product).filter((field) => isCounter(field, snapshots))
  if (counters.length === 0) return []
  return [
    sql`
      SELECT assumeNotNull(${raw(who)}) AS id
      FROM (
        SELECT *
        FROM ${raw(productView(contract.product))}
        WHERE ${all([
          among(raw('name'), snapshots),
          raw(`${who} IS NOT NULL`),
          lastDays(asked, raw('toDate(occurred_at)')),
          sql`toDate(received_at) >= ${date(addDays(asked.span.last, -daysBack))}`
        ])}
        ORDER BY occurred_at
      ) AS r
      GROUP BY id
      HAVING ${fallsAndReturns(counters)}`
  ]
}

/**
 * What is counted since the beginning of a thing, so that it can only grow: by its name, since no
 * contract says it yet.
 */
function isCounter({ name, pairs, records }: AskableField, snapshots: readonly string[]): boolean {
  return (
    pairs !== undefined &&
    /\.total_\w+$/.test(name) &&
    !name.endsWith('_duration') &&
    records.every((record) => snapshots.includes(record))
  )
}

/**
 * A job that is dropped and made anew begins at zero once; copies fall back again and again, and
 * return.
 */
function fallsAndReturns(counters: readonly AskableField[]): Sql {
  const [first] = counters
  if (first?.pairs === undefined) return raw('false')
  const values = sql`groupArray(arraySum(p -> assumeNotNull(p.2), ${first.pairs}))`
  return sql`
    arrayCount(
      (value, next, later) -> next < value AND later >= value,
      arrayResize(${values}, greatest(length(${values}) - 2, 0)),
      arraySlice(arrayResize(${values}, greatest(length(${values}) - 1, 0)), 2),
      arraySlice(${values}, 3)
    ) >= ${returnsMin}`
}

function lastDays({ span }: Asked, day: Sql): Sql {
  return sql`${day} BETWEEN ${date(addDays(span.last, 1 - daysBack))} AND ${date(span.last)}`
}
