/** How are numbers spread of which only the counts by bucket were told? */
import { type Sql, sql, toShow } from '../../../storage/sql.ts'
import type { Answer, AnswerRow, Asked } from '../../asking/question.ts'
import type { AskableField } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]

interface Bucket {
  readonly from: number
  /** Null: the last one has no end. */
  readonly to: number | null
  readonly count: number
}

export async function bucketed(
  asked: Asked,
  {
    field,
    buckets,
    from
  }: { readonly field: AskableField; readonly buckets: readonly number[]; readonly from: Sql }
): Promise<Answer> {
  const statement = sql`
    SELECT n.pair.1 AS bucket, sum(toFloat64(n.pair.2)) AS counted
    FROM (
      SELECT arrayJoin(${field.pairs ?? sql`[]`}) AS pair
      ${from}
    ) AS n
    GROUP BY bucket`
  const rows = await find<{ bucket: string; counted: number }>(asked, statement)
  const counts = new Map(rows.map(({ bucket, counted }) => [bucket, Number(counted)]))
  const found = buckets.map((bound, index): Bucket => ({
    from: bound,
    to: buckets[index + 1] ?? null,
    count: counts.get(String(bound)) ?? 0
  }))
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const unit = field.unit === undefined ? {} : { unit: field.unit }
  const isHistogram = asked.chosen.word('show') === 'histogram'
  return {
    columns: isHistogram
      ? [
          { name: 'from', title: 'From', type: 'number', ...unit },
          { name: 'to', title: 'To below', type: 'number', ...unit },
          { name: 'values', title: 'Values', type: 'integer' },
          { name: 'share', title: 'Share', type: 'share' }
        ]
      : [
          { name: 'statistic', title: 'Statistic', type: 'text' },
          { name: 'value', title: field.name, type: 'number', ...unit }
        ],
    rows: total === 0 ? [] : isHistogram ? histogram(found, total) : spread(found, total),
    notes: [
      `${total} numbers, of which only their bucket was told.`,
      ...(isHistogram || total === 0
        ? []
        : ['Quantiles lie within their bucket, and are interpolated there; the last has no end.'])
    ],
    sql: toShow(statement)
  }
}

function histogram(found: readonly Bucket[], total: number): readonly AnswerRow[] {
  return found.map(({ from, to, count }) => ({ from, to, values: count, share: count / total }))
}

function spread(found: readonly Bucket[], total: number): readonly AnswerRow[] {
  const filled = found.filter(({ count }) => count > 0)
  return [
    { statistic: 'least', value: filled[0]?.from ?? null },
    ...quantiles.map((quantile) => ({
      statistic: `p${Math.round(quantile * 100)}`,
      value: quantileOf(filled, total, quantile)
    })),
    { statistic: 'greatest', value: filled.at(-1)?.to ?? null }
  ]
}

/** As if a bucket's numbers lay evenly in it; of one without an end, its beginning. */
function quantileOf(filled: readonly Bucket[], total: number, quantile: number): number | null {
  const place = total * quantile
  let before = 0
  for (const { from, to, count } of filled) {
    if (before + count >= place)
      return to === null ? from : from + ((to - from) * Math.max(0, place - before)) / count
    before += count
  }
  return filled.at(-1)?.from ?? null
}
