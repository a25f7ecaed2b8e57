/** Which values does a declared field have, and how often each? */
import { installationsColumn, recordsColumn } from '../../asking/column.ts'
import { compared, comparedColumns, comparedNote } from '../../asking/compared.ts'
import { fieldDimension } from '../../reading/dimension.ts'
import { countsRecords, whyNotCounted } from '../../reading/identity.ts'
import { ofParameter, rowsOf } from '../../reading/latest.ts'
import { allFilters, type ChosenField } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { valueSource } from '../../reading/source.ts'

interface Row {
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
    'Counts the values of any declared field, most frequent first: over every record that declares it, or (of=latest) over the latest such record of each installation in the span. share is of all those records, also of the ones without a value, which are the row without one. ' +
    'A list counts under each of its values and a map under each of its keys, a map of numbers also with their sum, so shares of these may add up to more than one, and an empty one counts under none. Installations up to 2,000 are counted exactly, more within about 1 %; of=latest is exact.',
  chart: 'bars',
  parameters: [
    { name: 'field', says: 'the field', type: 'field', required: true },
    ofParameter,
    { name: 'top', says: 'how many values are shown', type: 'count', default: '100' }
  ],
  common: [...allFilters, 'compare'],
  async answer(asked) {
    const chosen = asked.chosen.field('field') as ChosenField
    const { field, records } = chosen
    const of = asked.chosen.word('of') === 'latest' ? 'latest' : 'records'
    const top = asked.chosen.count('top')
    const { are, notes, shown } = rowsOf(asked, { records, of, columns: [field.column] })
    const why = whyNotCounted(asked, 'all')
    const values =
      are === 'latest'
        ? ['installations']
        : why === undefined
          ? ['records', 'installations']
          : ['records']
    const sums = isSummed(chosen) ? ['sum'] : []
    const all = await compared(
      asked,
      { unit: undefined, keys: ['value'], values: [...values, ...sums] },
      async (span) => {
        const statements = statementsOf({ ...asked, span }, chosen, of)
        const found = await asked.storage.query<Row>({
          sql: statements.values,
          deadlineMs: questionDeadlineMs
        })
        const total = await totalOf(asked, chosen, found, statements.total)
        return found.map((row) => rowOf(row, are, total, values))
      }
    )
    const columns: readonly AnswerColumn[] = [
      {
        name: 'value',
        title: field.name,
        type: valueType(chosen),
        ...(field.unit === undefined ? {} : { unit: field.unit })
      },
      ...(values.includes('records') ? [recordsColumn] : []),
      ...(values.includes('installations') ? [installationsColumn] : []),
      ...(sums.length > 0 ? ([{ name: 'sum', title: 'Sum', type: 'number' }] as const) : []),
      { name: 'share', title: 'Share', type: 'share' }
    ]
    return {
      columns: comparedColumns(asked, columns, [...values, ...sums]),
      rows: all.slice(0, top),
      notes: [
        are === 'latest'
          ? `The latest ${records.join(', ')} of each installation in the span.`
          : countsRecords,
        ...notes,
        ...(all.length > top
          ? [`${all.length - top} more values are not shown; top shows more.`]
          : []),
        ...(why === undefined || of === 'latest' ? [] : [why]),
        ...comparedNote(asked, undefined)
      ],
      sql: statement(chosen, shown)
    } satisfies Answer
  }
}

function rowOf(
  row: Row,
  are: 'records' | 'latest',
  total: number,
  values: readonly string[]
): AnswerRow {
  const records = Number(row.records)
  return {
    value: row.value,
    ...(values.includes('records') ? { records } : {}),
    ...(values.includes('installations')
      ? { installations: are === 'latest' ? records : Number(row.installations) }
      : {}),
    ...(row.sum === undefined ? {} : { sum: Number(row.sum) }),
    share: total === 0 ? 0 : records / total
  }
}

function statementsOf(
  asked: Asked,
  chosen: ChosenField,
  of: 'records' | 'latest'
): { readonly values: string; readonly total: string } {
  const { field, records } = chosen
  const by = fieldDimension(field, records)
  const counted = of === 'records' ? valueSource(asked, { span: asked.span, by }) : undefined
  const named = counted && valueSource(asked, { span: asked.span, names: records, areNamed: true })
  if (counted !== undefined && named !== undefined)
    return {
      values: `SELECT ${counted.dimension(by)} AS value, ${counted.records} AS records, ${counted.installations} AS installations ${counted.from} GROUP BY value ORDER BY records DESC, toString(value)`,
      total: `SELECT ${named.records} AS records ${named.from}`
    }
  const { from } = rowsOf(asked, { records, of, columns: [field.column] })
  return { values: statement(chosen, from), total: `SELECT count() AS records ${from}` }
}

function statement(chosen: ChosenField, from: string): string {
  const { sql, type } = chosen.field
  const value =
    type.is === 'list'
      ? `arrayJoin(${sql})`
      : type.is === 'map'
        ? `arrayJoin(mapKeys(${sql}))`
        : sql
  const counts = 'count() AS records, ifNull(uniqCombined64(installation), 0) AS installations'
  if (!isSummed(chosen))
    return `SELECT ${value} AS value, ${counts} ${from} GROUP BY value ORDER BY records DESC, toString(value)`
  const pairs = `SELECT installation, arrayJoin(arrayZip(mapKeys(${sql}), mapValues(${sql}))) AS pair ${from}`
  return `SELECT tupleElement(pair, 1) AS value, ${counts}, sum(toFloat64(tupleElement(pair, 2))) AS sum FROM (${pairs}) GROUP BY value ORDER BY records DESC, toString(value)`
}

/** A map of numbers: how often each key is there, and what its numbers add up to. */
function isSummed({ field: { type } }: ChosenField): boolean {
  return type.is === 'map' && (type.values.is === 'integer' || type.values.is === 'number')
}

/**
 * Where each record counts under one value, all values together are all records; those without a
 * list or a map are in no row.
 */
async function totalOf(
  { storage }: Asked,
  { field }: ChosenField,
  found: readonly Row[],
  sql: string
): Promise<number> {
  if (field.type.is !== 'list' && field.type.is !== 'map')
    return found.reduce((sum, { records }) => sum + Number(records), 0)
  const [row] = await storage.query<{ records: number }>({ sql, deadlineMs: questionDeadlineMs })
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
