/** How are the numbers of a field spread? */
import { binsFor } from '../../reading/bins.ts'
import { countsRecords } from '../../reading/identity.ts'
import { ofParameter, rowsOf } from '../../reading/latest.ts'
import { countedQuantiles, type Numbers, numbersByDay, numbersOf } from '../../reading/numbers.ts'
import { allFilters, type ChosenField } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'

interface Summary {
  readonly total: number
  readonly given: number
  readonly least: number
  readonly most: number
  readonly smallest: number
  readonly mean: number
}

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
/**
 * Beyond, all values would have to be held in memory at once: a t-digest answers within about one
 * percent of rank.
 */
export const exactMax = 1_000_000

export const distribution: Question = {
  name: 'distribution',
  title: 'Distribution',
  says: 'how the numbers of a field are spread',
  explains:
    'Shows the numbers of a field as a histogram, or (show=quantiles) as their least, greatest, mean and quantiles, in the unit that the contract declares; over every record that declares the field, or (of=latest) over the latest such record of each installation in the span. Records without a number are left out and told in a note. ' +
    'Bins have round bounds, the lower one included; where values are spread over several powers of ten, so are the bins. Quantiles are interpolated between neighbours. They are exact up to a million values, and for any number of them where the contract rounds to few; else they are within about one percent of rank. What the contract rounds is shown as rounded.',
  chart: 'histogram',
  parameters: [
    { name: 'field', says: 'the number', type: 'number-field', required: true },
    ofParameter,
    {
      name: 'show',
      says: 'how to show it',
      type: 'choice',
      values: ['histogram', 'quantiles'],
      default: 'histogram'
    }
  ],
  common: allFilters,
  async answer(asked) {
    const { field, records } = asked.chosen.field('field') as ChosenField
    const of = asked.chosen.word('of') === 'latest' ? 'latest' : 'records'
    const source = rowsOf(asked, { records, of, columns: [field.column] })
    const single = numbersOf(field, source.from)
    const counted = of === 'records' ? numbersByDay(asked, field, records) : undefined
    const numbers = counted ?? single
    const { number } = numbers
    const [found] = await asked.storage.query<Summary>({
      sql: `SELECT ${numbers.total} AS total, ${numbers.given} AS given, min(${number}) AS least, max(${number}) AS most, minIf(${number}, ${number} > 0) AS smallest, ${numbers.mean} AS mean ${numbers.from}`,
      deadlineMs: questionDeadlineMs
    })
    const values = Number(found?.given ?? 0)
    const unit = field.unit === undefined ? {} : { unit: field.unit }
    const isHistogram = asked.chosen.word('show') === 'histogram'
    const what = source.are === 'latest' ? 'installations' : 'records'
    const columns: readonly AnswerColumn[] = isHistogram
      ? [
          { name: 'from', title: 'From', type: 'number', ...unit },
          { name: 'to', title: 'To below', type: 'number', ...unit },
          { name: what, title: what === 'records' ? 'Records' : 'Installations', type: 'integer' },
          { name: 'share', title: 'Share', type: 'share' }
        ]
      : [
          { name: 'statistic', title: 'Statistic', type: 'text' },
          { name: 'value', title: field.name, type: 'number', ...unit }
        ]
    const without = Number(found?.total ?? 0) - values
    const notes = [
      source.are === 'latest'
        ? `The latest ${records.join(', ')} of each installation in the span.`
        : countsRecords,
      ...source.notes,
      `${values} ${what} have a number${without > 0 ? `, ${without} have none and are left out` : ''}.`,
      ...(field.coarsened === undefined ? [] : [`Its contract keeps it ${field.coarsened}.`])
    ]
    if (found === undefined || values === 0) return { columns, rows: [], notes } satisfies Answer
    const summary = { min: Number(found.least), max: Number(found.most), mean: Number(found.mean) }
    if (isHistogram) {
      const smallest = Number(found.smallest)
      const bounds = binsFor({ ...summary, smallest: smallest > 0 ? smallest : undefined })
      const sql = (of: Numbers): string =>
        `SELECT roundDown(assumeNotNull(${of.number}), CAST([${bounds.join(', ')}], 'Array(Float64)')) AS bin, ${of.given} AS records ${of.from} AND ${of.number} IS NOT NULL GROUP BY bin ORDER BY bin`
      const rows = await asked.storage.query<{ bin: number; records: number }>({
        sql: sql(numbers),
        deadlineMs: questionDeadlineMs
      })
      const counts = new Map(rows.map(({ bin, records: count }) => [Number(bin), Number(count)]))
      return {
        columns,
        rows: bounds.map((from, index) => {
          const count = counts.get(from) ?? 0
          return { from, to: bounds[index + 1] ?? null, [what]: count, share: count / values }
        }),
        notes,
        sql: sql(numbersOf(field, source.shown))
      } satisfies Answer
    }
    const isExact = counted !== undefined || values <= exactMax
    const aggregate = isExact ? 'quantilesExactInclusive' : 'quantilesTDigest'
    const sql = ({ number, from }: Numbers): string =>
      `SELECT ${aggregate}(${quantiles.join(', ')})(${number}) AS quantiles ${from}`
    const spread =
      counted === undefined
        ? await quantilesOf(asked, sql(single))
        : await countedQuantiles(asked, counted, { total: values, quantiles })
    return {
      columns,
      rows: [
        { statistic: 'least', value: summary.min },
        ...quantiles.map((quantile, index) => ({
          statistic: nameOf(quantile),
          value: spread[index] ?? null
        })),
        { statistic: 'greatest', value: summary.max },
        { statistic: 'mean', value: summary.mean }
      ],
      notes: [
        ...notes,
        isExact ? 'Quantiles are exact.' : 'Quantiles are within about one percent of rank.'
      ],
      sql: sql(numbersOf(field, source.shown))
    } satisfies Answer
  }
}

async function quantilesOf({ storage }: Asked, sql: string): Promise<readonly number[]> {
  const [row] = await storage.query<{ quantiles: readonly number[] }>({
    sql,
    deadlineMs: questionDeadlineMs
  })
  return row?.quantiles ?? []
}

function nameOf(quantile: number): string {
  return `p${Math.round(quantile * 100)}`
}
