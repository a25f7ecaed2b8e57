/**
 * From which day on does a field of an answer mean something else, because clients of a new version
 * send it so?
 */
import type { MeaningChange } from '@candor/contract'
import { all, date, join, raw, type Sql, sql } from '../../storage/sql.ts'
import { quoteText } from '../../storage/tables/column-types.ts'
import { dailyTable } from '../../storage/tables/tables.ts'
import { versionOrder } from '../../storage/tables/version-order.ts'
import type { Asked, Mark } from '../asking/question.ts'
import { among, dailyConditions } from '../reading/conditions.ts'
import type { AskableField } from '../reading/fields.ts'
import { find } from '../reading/find.ts'
import type { Span } from '../reading/span.ts'

export interface Meanings {
  /** Days of the span from which on the other meaning is among the numbers. */
  readonly marks: readonly Mark[]
  readonly notes: readonly string[]
}

interface Heard {
  /** The first day on which a client told the new meaning; null: none did so yet. */
  readonly begun: string | null
  /** Days of the span on which clients still told the old one. */
  readonly firstOld: string | null
  readonly lastOld: string | null
}

interface Changed {
  readonly field: AskableField
  readonly change: MeaningChange
}

/** Nothing where all numbers of the span have one meaning: no client of the other was heard. */
export async function meaningsIn(
  asked: Asked,
  fields: readonly AskableField[],
  span: Span = asked.span
): Promise<Meanings> {
  const distinct = new Map(fields.map((field) => [field.name, field]))
  const changes = [...distinct.values()].flatMap((field) =>
    field.changed.map((change) => ({ field, change }))
  )
  if (changes.length === 0) return { marks: [], notes: [] }
  const heard = await heardOf(asked, changes, span)
  const found = changes.flatMap((one) => {
    const { field, change } = one
    const { begun, firstOld, lastOld } = heard.get(keyOf(one)) ?? unheard
    if (begun === null || begun > span.last || firstOld === null || lastOld === null) return []
    const says = `\`${field.name}\` means something else since ${change.since}: ${change.says}.`
    const older =
      `Older clients are among these numbers until ${lastOld}: a filter by version counts one ` +
      'meaning alone.'
    return begun > span.first
      ? [{ mark: [{ day: begun, says, isBreak: true as const }], note: older }]
      : [{ mark: [], note: `${says} ${older}` }]
  })
  return { marks: found.flatMap(({ mark }) => mark), notes: found.map(({ note }) => note) }
}

const unheard: Heard = { begun: null, firstOld: null, lastOld: null }

/** Fields of the same records that changed with the same version were heard on the same days. */
function keyOf({ field, change }: Changed): string {
  return JSON.stringify([change.since, field.records])
}

/**
 * All changes in one look: a report of hundreds of fields may have changed dozens of them. Whoever
 * states no version is on neither side. A filter by version may leave one side alone.
 */
async function heardOf(
  { product, chosen, storage }: Asked,
  changes: readonly Changed[],
  span: Span
): Promise<ReadonlyMap<string, Heard>> {
  const distinct = [...new Map(changes.map((one) => [keyOf(one), one])).values()]
  const ofVersions = chosen.filters.filter(({ dimension }) => dimension.daily === 'version')
  const [row = {}] = await find<Readonly<Record<string, string | null>>>(
    { storage },
    sql`
      SELECT ${join(distinct.flatMap(daysOf))}
      FROM (
        SELECT s.name AS name, ${raw(versionOrder('s.version'))} AS stated,
          min(s.day) AS first,
          minIfOrNull(s.day, ${within(span)}) AS first_asked,
          maxIfOrNull(s.day, ${within(span)}) AS last_asked
        FROM ${raw(dailyTable.name)} AS s
        WHERE ${all([
          sql`s.product = ${product.contract.product}`,
          raw('s.version IS NOT NULL'),
          raw('NOT s.over_budget'),
          among(raw('s.name'), [...new Set(distinct.flatMap(({ field }) => field.records))]),
          ...dailyConditions(ofVersions, 's.')
        ])}
        GROUP BY s.name, s.version
      )`
  )
  return new Map(
    distinct.map((one, index) => [
      keyOf(one),
      {
        begun: row[`begun_${index}`] ?? null,
        firstOld: row[`first_old_${index}`] ?? null,
        lastOld: row[`last_old_${index}`] ?? null
      }
    ])
  )
}

function daysOf({ field, change }: Changed, index: number): readonly Sql[] {
  const isDeclared = among(raw('name'), field.records)
  const isNew = sql`stated >= ${raw(versionOrder(quoteText(change.since)))}`
  const day = (aggregate: string, column: string, condition: Sql, name: string): Sql =>
    sql`
      toString(${raw(aggregate)}(${raw(column)}, ${isDeclared} AND ${condition}))
        AS ${raw(`${name}_${index}`)}`
  return [
    day('minIfOrNull', 'first', isNew, 'begun'),
    day('minIfOrNull', 'first_asked', sql`NOT ${isNew}`, 'first_old'),
    day('maxIfOrNull', 'last_asked', sql`NOT ${isNew}`, 'last_old')
  ]
}

function within({ first, last }: Span): Sql {
  return sql`s.day BETWEEN ${date(first)} AND ${date(last)}`
}
