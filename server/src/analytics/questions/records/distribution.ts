/** How are the numbers of a field spread? */
import { list, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { allFilters, type ChosenField, keyParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { binsFor, type Scale } from '../../reading/bins.ts'
import type { AskableField } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'
import { countsRecords, whyNotCounted } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { bucketed } from './bucketed.ts'
import { ofParameter, type Rows, rowsOf } from '../../reading/latest.ts'
import { countedQuantiles, type Numbers, numbersByDay, numbersOf } from '../../reading/numbers.ts'
import { who } from '../../reading/source.ts'

interface Summary {
  readonly total: number
  readonly given: number
  readonly least: number
  readonly most: number
  readonly smallest: number
  readonly mean: number
}

/** All that both ways to show it need. */
interface Found {
  readonly field: AskableField
  readonly numbers: Numbers
  /** Undefined where the records themselves are read. */
  readonly counted: Numbers | undefined
  readonly shown: Numbers
  readonly summary: Summary
  readonly what: 'records' | 'installations' | 'values'
  /** How many of them a bin has. */
  readonly measure: (numbers: Numbers) => Sql
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
    'Shows the numbers of a field as a histogram, or (show=quantiles) as their least, ' +
    'greatest, mean and quantiles, in the unit that the contract declares; over every record ' +
    'that declares the field, or (of=latest) over the latest such record of each ' +
    'installation in the span. Of a map of numbers, each key’s number counts, or those of ' +
    'the keys that are named (key). Records without a number are left out and told in a ' +
    'note. ' +
    'A bin counts records, or (count=installations) how many installations ever had a number ' +
    'in it. Bins have round bounds, the lower one included: whole for whole numbers, powers ' +
    'of two for bytes; where values are spread over several powers of ten, so are the bins. ' +
    'Where all numbers are the same, that one is the only row. Quantiles are interpolated ' +
    'between neighbours. They are exact up to a million values, and for any number of them ' +
    'where the contract rounds to few; else they are within about one percent of rank. What ' +
    'the contract rounds is shown as rounded. Of a distribution only the counts of its buckets ' +
    'were told: these are its bins, and quantiles are interpolated within them.',
  chart: 'histogram',
  parameters: [
    { name: 'field', says: 'the number', type: 'number-field', required: true },
    ofParameter,
    keyParameter,
    {
      name: 'count',
      says: 'what a bin counts',
      type: 'choice',
      values: ['records', 'installations'],
      default: 'records'
    },
    {
      name: 'show',
      says: 'how to show it',
      type: 'choice',
      values: ['histogram', 'quantiles'],
      default: 'histogram'
    }
  ],
  common: allFilters,
  async answer(given) {
    const { asked, notes: cut } = living(given)
    const { field, records } = asked.chosen.field('field') as ChosenField
    const of = asked.chosen.word('of') === 'latest' ? 'latest' : 'records'
    const source = rowsOf(asked, { records, of, columns: [field.column] })
    if (field.buckets !== undefined) {
      const spread = await bucketed(asked, { field, buckets: field.buckets, from: source.from })
      return { ...spread, notes: [...cut, ...source.notes, ...spread.notes] } satisfies Answer
    }
    const found = await foundIn(asked, { field, records, source })
    const { summary, what } = found
    const isHistogram = asked.chosen.word('show') === 'histogram'
    const columns = isHistogram ? histogramColumns(field, what) : quantileColumns(field)
    const notes = [
      ...cut,
      source.are === 'latest'
        ? `The latest ${records.join(', ')} of each installation in the span.`
        : countsRecords,
      ...source.notes,
      ...givenNote(summary, field, source),
      ...(field.coarsened === undefined ? [] : [`Its contract keeps it ${field.coarsened}.`])
    ]
    if (summary.given === 0) return { columns, rows: [], notes } satisfies Answer
    const shown = isHistogram ? await histogram(asked, found) : await spread(asked, found)
    return { columns, ...shown, notes: [...notes, ...shown.notes] } satisfies Answer
  }
}

async function foundIn(
  asked: Asked,
  {
    field,
    records,
    source
  }: { readonly field: AskableField; readonly records: readonly string[]; readonly source: Rows }
): Promise<Found> {
  const keys = asked.chosen.words('key')
  const areInstallations = asked.chosen.word('count') === 'installations'
  const why = areInstallations ? whyNotCounted(asked, 'all') : undefined
  const isDistinct = areInstallations && why === undefined && source.are === 'records'
  const counted =
    source.are === 'records' && !isDistinct && field.pairs === undefined
      ? numbersByDay(asked, field, records)
      : undefined
  const numbers = counted ?? numbersOf(field, source.from, keys)
  const { number } = numbers
  const [row] = await find<Summary>(
    asked,
    sql`
      SELECT ${numbers.total} AS total, ${numbers.given} AS given, min(${number}) AS least,
        max(${number}) AS most, minIf(${number}, ${number} > 0) AS smallest,
        ${numbers.mean} AS mean
      ${numbers.from}`
  )
  return {
    field,
    numbers,
    counted,
    shown: numbersOf(field, source.shown, keys),
    summary: {
      total: Number(row?.total ?? 0),
      given: Number(row?.given ?? 0),
      least: Number(row?.least ?? 0),
      most: Number(row?.most ?? 0),
      smallest: Number(row?.smallest ?? 0),
      mean: Number(row?.mean ?? 0)
    },
    what:
      isDistinct || (source.are === 'latest' && field.pairs === undefined)
        ? 'installations'
        : field.pairs === undefined
          ? 'records'
          : 'values',
    measure: isDistinct ? () => sql`uniqExact(${raw(who)})` : ({ given }) => given
  }
}

function histogramColumns(field: AskableField, what: Found['what']): readonly AnswerColumn[] {
  const unit = field.unit === undefined ? {} : { unit: field.unit }
  const titles = { records: 'Records', installations: 'Installations', values: 'Values' }
  return [
    { name: 'from', title: 'From', type: 'number', ...unit },
    { name: 'to', title: 'To below', type: 'number', ...unit },
    { name: what, title: titles[what], type: 'integer' },
    { name: 'share', title: 'Share', type: 'share' }
  ]
}

function quantileColumns(field: AskableField): readonly AnswerColumn[] {
  const unit = field.unit === undefined ? {} : { unit: field.unit }
  return [
    { name: 'statistic', title: 'Statistic', type: 'text' },
    { name: 'value', title: field.name, type: 'number', ...unit }
  ]
}

function givenNote(
  { total, given }: Summary,
  { pairs }: AskableField,
  { are }: Rows
): readonly string[] {
  if (pairs !== undefined)
    return [
      `${given} numbers, one for each key of each of the ` +
        `${are === 'latest' ? 'latest records' : 'records'}.`
    ]
  const what = are === 'latest' ? 'installations' : 'records'
  const without = total - given
  return [
    `${given} ${what} have a number${without > 0 ? `, ${without} have none and are left out` : ''}.`
  ]
}

type Shown = Pick<Answer, 'rows' | 'notes' | 'sql'>

async function histogram(asked: Asked, found: Found): Promise<Shown> {
  const { numbers, shown, summary, what, measure } = found
  const { least, most, smallest } = summary
  const isOne = least === most
  const bounds = binsFor({
    min: least,
    max: most,
    smallest: smallest > 0 ? smallest : undefined,
    scale: scaleOf(found.field)
  })
  const statement = (of: Numbers): Sql => sql`
    SELECT
      roundDown(
        assumeNotNull(${of.number}),
        CAST([${list(bounds)}], 'Array(Float64)')
      ) AS bin,
      ${measure(of)} AS counted
    ${of.from}
      AND ${of.number} IS NOT NULL
    GROUP BY bin
    ORDER BY bin`
  const rows = await find<{ bin: number; counted: number }>(asked, statement(numbers))
  const counts = new Map(rows.map(({ bin, counted }) => [Number(bin), Number(counted)]))
  const total = await wholeOf(asked, found)
  return {
    rows: bounds.map((from, index): AnswerRow => {
      const count = counts.get(from) ?? 0
      const to = isOne ? from : (bounds[index + 1] ?? null)
      return { from, to, [what]: count, share: total === 0 ? null : count / total }
    }),
    notes: [
      ...(isOne ? [`All of them are ${least}.`] : []),
      ...(what === 'installations' && found.counted === undefined
        ? ['An installation counts in each bin that it ever had a number in.']
        : [])
    ],
    sql: toShow(statement(shown))
  }
}

/** Of how many a share is: of all numbers, or of all installations that told one. */
async function wholeOf(asked: Asked, { numbers, summary, measure }: Found): Promise<number> {
  const [row] = await find<{ counted: number }>(
    asked,
    sql`
      SELECT ${measure(numbers)} AS counted
      ${numbers.from}
        AND ${numbers.number} IS NOT NULL`
  )
  return Number(row?.counted ?? summary.given)
}

function scaleOf({ unit, type }: AskableField): Scale {
  if (unit === 'bytes') return 'binary'
  return type.is === 'integer' || (type.is === 'map' && type.values.is === 'integer')
    ? 'whole'
    : 'decimal'
}

async function spread(asked: Asked, { numbers, counted, shown, summary }: Found): Promise<Shown> {
  const isExact = counted !== undefined || summary.given <= exactMax
  const aggregate = raw(isExact ? 'quantilesExactInclusive' : 'quantilesTDigest')
  const statement = ({ number, from }: Numbers): Sql => sql`
    SELECT ${aggregate}(${list(quantiles)})(${number}) AS quantiles
    ${from}`
  const values =
    counted === undefined
      ? ((await find<{ quantiles: readonly number[] }>(asked, statement(numbers)))[0]?.quantiles ??
        [])
      : await countedQuantiles(asked, counted, { total: summary.given, quantiles })
  return {
    rows: [
      { statistic: 'least', value: summary.least },
      ...quantiles.map((quantile, index) => ({
        statistic: `p${Math.round(quantile * 100)}`,
        value: values[index] ?? null
      })),
      { statistic: 'greatest', value: summary.most },
      { statistic: 'mean', value: summary.mean }
    ],
    notes: [isExact ? 'Quantiles are exact.' : 'Quantiles are within about one percent of rank.'],
    sql: toShow(statement(shown))
  }
}
