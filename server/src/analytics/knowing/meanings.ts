/**
 * From which day on does a field of an answer mean something else, because clients of a new version
 * send it so?
 */
import type { MeaningChange } from '@candor/contract'
import { all, date, raw, sql } from '../../storage/sql.ts'
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
  const told = await Promise.all(
    changes.map(async ({ field, change }) => {
      const { begun, firstOld, lastOld } = await heard(asked, { field, change, span })
      if (begun === null || begun > span.last || firstOld === null || lastOld === null) return []
      const says = `\`${field.name}\` means something else since ${change.since}: ${change.says}.`
      const older =
        `Older clients are among these numbers until ${lastOld}: a filter by version counts one ` +
        'meaning alone.'
      return begun > span.first
        ? [{ mark: [{ day: begun, says, isBreak: true as const }], note: older }]
        : [{ mark: [], note: `${says} ${older}` }]
    })
  )
  const found = told.flat()
  return { marks: found.flatMap(({ mark }) => mark), notes: found.map(({ note }) => note) }
}

/** Whoever states no version is on neither side. A filter by version may leave one side alone. */
async function heard(
  { product, chosen, storage }: Asked,
  {
    field,
    change,
    span
  }: { readonly field: AskableField; readonly change: MeaningChange; readonly span: Span }
): Promise<Heard> {
  const order = raw(versionOrder('s.version'))
  const since = raw(versionOrder(quoteText(change.since)))
  const ofVersions = chosen.filters.filter(({ dimension }) => dimension.daily === 'version')
  const [row] = await find<Heard>(
    { storage },
    sql`
      SELECT
        toString(minIfOrNull(day, isNew)) AS begun,
        toString(minIfOrNull(day, NOT isNew AND isAsked)) AS firstOld,
        toString(maxIfOrNull(day, NOT isNew AND isAsked)) AS lastOld
      FROM (
        SELECT s.day AS day, ${order} >= ${since} AS isNew,
          s.day BETWEEN ${date(span.first)} AND ${date(span.last)} AS isAsked
        FROM ${raw(dailyTable.name)} AS s
        WHERE ${all([
          sql`s.product = ${product.contract.product}`,
          raw('s.version IS NOT NULL'),
          raw('NOT s.over_budget'),
          among(raw('s.name'), field.records),
          ...dailyConditions(ofVersions, 's.')
        ])}
        GROUP BY s.day, s.version
      )`
  )
  return row ?? { begun: null, firstOld: null, lastOld: null }
}
