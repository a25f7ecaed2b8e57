/** Which values does a declared field have, and how often each? */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, recordsColumn } from '../../asking/column.ts'
import { absentIn, compared, comparedColumns } from '../../asking/compared.ts'
import { invalid } from '../../asking/invalid.ts'
import {
  allFilters,
  type ChosenField,
  type Dimension,
  keyParameter
} from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { among } from '../../reading/conditions.ts'
import { toldBy } from '../../knowing/counts.ts'
import { byLines, fieldDimension } from '../../reading/dimension.ts'
import { find } from '../../reading/find.ts'
import { countsRecords, whyNotCounted } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { knownOf, stateOf } from '../../knowing/known.ts'
import { ofParameter, rowsOf } from '../../reading/latest.ts'
import { eachOf, valueSource, who } from '../../reading/source.ts'

interface ValueCount {
  readonly value: unknown
  readonly records: number
  readonly installations: number
  /** Of a map of numbers. */
  readonly sum?: number
}

export const breakdown: Question = {
  name: 'breakdown',
  title: 'Breakdown',
  says: 'which values a field has, and how often',
  explains:
    'Counts the values of any declared field, most frequent first: over every record that ' +
    'declares it, or (of=latest) over the latest such record of each installation in the ' +
    'span. share is of those that tell the field; the others are the row without a value, ' +
    'and have no share. ' +
    'A list counts under each of its values and a map under each of its keys, a map of ' +
    'numbers also with their sum, so shares of these may add up to more than one, and are of ' +
    'all records that could have had one; an empty one counts under none. key chooses among ' +
    'the keys of a map; lines puts versions together (17.2 under 17.x). ' +
    'Installations up to 2,000 are counted exactly, more within about 1 ' +
    '%; of=latest is exact.',
  chart: 'bars',
  parameters: [
    { name: 'field', says: 'the field', type: 'field', required: true },
    ofParameter,
    keyParameter,
    {
      name: 'lines',
      says: 'of a field that holds a version: each by itself, or those of a line together',
      type: 'choice',
      values: ['version', 'minor', 'major'],
      default: 'version'
    },
    { name: 'top', says: 'how many values are shown', type: 'count', default: '100' }
  ],
  common: [...allFilters, 'compare'],
  async answer(given) {
    const { asked, notes: cut } = living(given)
    const chosen = asked.chosen.field('field') as ChosenField
    const { field, records } = chosen
    const of = asked.chosen.word('of') === 'latest' ? 'latest' : 'records'
    const top = asked.chosen.count('top')
    const keys = asked.chosen.words('key')
    const by = dimensionOf(asked, chosen)
    const { are, notes, shown } = rowsOf(asked, { records, of, columns: [field.column] })
    const why = whyNotCounted(asked, 'all')
    const values =
      are === 'latest'
        ? ['installations']
        : why === undefined
          ? ['records', 'installations']
          : ['records']
    const counted = [...values, ...(field.pairs === undefined ? [] : ['sum'])]
    const columns = comparedColumns(asked, columnsOf(chosen, counted), counted)
    const known = await knownOf(asked)
    const compare = { per: { unit: undefined }, keys: ['value'], values: counted, known }
    const found = await compared(asked, compare, async (span) => {
      if (stateOf(known, span) === 'lost') return { rows: [], absent: () => null }
      const statements = statementsOf({ ...asked, span }, chosen, of)
      const rows = await find<ValueCount>(asked, statements.values)
      const total = await totalOf(asked, chosen, rows, statements.total)
      return {
        rows: rows.map((row) => rowOf(row, are, total)),
        absent: absentIn(known, undefined, span)
      }
    })
    return {
      columns,
      rows: found.rows.slice(0, top).map((row) => cells(columns, row)),
      notes: [
        ...cut,
        are === 'latest'
          ? `The latest ${records.join(', ')} of each installation in the span.`
          : countsRecords,
        ...notes,
        ...(found.rows.some(({ value }) => value === null)
          ? ['The row without a value does not tell it; share is of those that do.']
          : []),
        ...(found.rows.length > top
          ? [`${found.rows.length - top} more values are not shown; top shows more.`]
          : []),
        ...(why === undefined || of === 'latest' ? [] : [why]),
        ...found.notes
      ],
      sql: toShow(statement(chosen, by, { from: shown, keys }))
    } satisfies Answer
  }
}

function columnsOf(chosen: ChosenField, counted: readonly string[]): readonly AnswerColumn[] {
  const { name, unit, pairs } = chosen.field
  const ofUnit = unit === undefined ? {} : { unit }
  return [
    { name: 'value', title: name, type: valueType(chosen), ...(pairs === undefined ? ofUnit : {}) },
    ...(counted.includes('records') ? [recordsColumn] : []),
    ...(counted.includes('installations') ? [installationsColumn] : []),
    ...(pairs === undefined
      ? []
      : ([{ name: 'sum', title: 'Sum', type: 'number', ...ofUnit }] as const)),
    { name: 'share', title: 'Share', type: 'share' }
  ]
}

function rowOf(row: ValueCount, are: 'records' | 'latest', total: number): AnswerRow {
  const records = Number(row.records)
  return {
    value: row.value,
    records,
    installations: are === 'latest' ? records : toldBy(Number(row.installations), records),
    ...(row.sum === undefined ? {} : { sum: Number(row.sum) }),
    share: total === 0 || row.value === null ? null : records / total
  }
}

function statementsOf(
  asked: Asked,
  chosen: ChosenField,
  of: 'records' | 'latest'
): { readonly values: Sql; readonly total: Sql } {
  const { field, records } = chosen
  const by = dimensionOf(asked, chosen)
  const { span } = asked
  const counted =
    of === 'records' ? valueSource(asked, { span, names: records, by: [by] }) : undefined
  const named = counted && valueSource(asked, { span, names: records, areNamed: true })
  if (counted !== undefined && named !== undefined)
    return {
      values: sql`
        SELECT ${counted.value(by)} AS value, ${counted.records} AS records,
          ${counted.installations} AS installations
        ${counted.from}
        GROUP BY value
        ORDER BY records DESC, toString(value)`,
      total: sql`SELECT ${named.records} AS records ${named.from}`
    }
  const { from } = rowsOf(asked, { records, of, columns: [field.column] })
  return {
    values: statement(chosen, by, { from, keys: asked.chosen.words('key') }),
    total: sql`
      SELECT count() AS records
      ${from}`
  }
}

function dimensionOf({ chosen }: Asked, { field, records }: ChosenField): Dimension {
  const by = fieldDimension(field, records)
  const lines = chosen.word('lines')
  if (lines !== 'minor' && lines !== 'major') return by
  if (field.type.is === 'word' && field.values === undefined) return byLines(by, lines)
  throw invalid(`"lines" is of fields that hold a version, and ${field.name} holds none`)
}

function statement(
  { field }: Pick<ChosenField, 'field'>,
  by: Dimension,
  { from, keys }: { readonly from: Sql; readonly keys: readonly string[] }
): Sql {
  const counts = sql`count() AS records, ifNull(uniqCombined64(${raw(who)}), 0) AS installations`
  if (field.pairs === undefined)
    return sql`
      SELECT ${eachOf(by)} AS value, ${counts}
      ${from}
      GROUP BY value
      ${keys.length === 0 ? undefined : sql`HAVING ${among(raw('value'), keys)}`}
      ORDER BY records DESC, toString(value)`
  return sql`
    SELECT tupleElement(pair, 1) AS value, ${counts}, sum(toFloat64(tupleElement(pair, 2))) AS sum
    FROM (
      SELECT ${raw(who)}, arrayJoin(${field.pairs}) AS pair
      ${from}
    )
    ${keys.length === 0 ? undefined : sql`WHERE ${among(raw('tupleElement(pair, 1)'), keys)}`}
    GROUP BY value
    ORDER BY records DESC, toString(value)`
}

/**
 * Where each record counts under one value, those that tell one; of lists and maps all records,
 * since an empty one tells that there is nothing.
 */
async function totalOf(
  asked: Asked,
  { field }: ChosenField,
  found: readonly ValueCount[],
  total: Sql
): Promise<number> {
  if (field.type.is !== 'list' && field.type.is !== 'map')
    return found.reduce(
      (sum, { records, value }) => sum + (value === null ? 0 : Number(records)),
      0
    )
  const [row] = await find<{ records: number }>(asked, total)
  return Number(row?.records ?? 0)
}

function valueType({ field: { type } }: ChosenField): AnswerColumn['type'] {
  const one = type.is === 'list' ? type.of : type
  switch (one.is) {
    case 'boolean':
    case 'integer':
    case 'number':
    case 'timestamp':
      return one.is
    default:
      return 'text'
  }
}
