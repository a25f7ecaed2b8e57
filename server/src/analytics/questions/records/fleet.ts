/**
 * What is the whole fleet now: sums, quantiles and shares over the latest record of each
 * installation?
 */
import { CandorError } from '../../../errors.ts'
import { dimensionColumn } from '../../asking/column.ts'
import { exactMax } from './distribution.ts'
import { type AskableField, fieldsOf, isNumber } from '../../reading/fields.ts'
import { rowsOf } from '../../reading/latest.ts'
import { allFilters, type Dimension } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'

/**
 * Its columns are many: the value told apart, how many records, then five for each field that was
 * sent.
 */
type Row = Readonly<Record<string, unknown>>

const quantiles = [0.5, 0.9]

export const fleet: Question = {
  name: 'fleet',
  title: 'The fleet now',
  says: 'sums, quantiles and shares over each installation’s latest record',
  explains:
    'Takes the latest record of one name (the snapshot, where the contract has one) of each installation that sent it within the span, and adds up its numbers: of each field how many installations sent it, the sum, half of them have at most p50 and nine of ten at most p90, the greatest, and the share of them whose value is above zero, or true. ' +
    'An installation that sent no such field is in no number of it. Sums and shares are exact; quantiles are exact up to a million installations. Copies that share an id count once, with what the last of them sent.',
  chart: 'numbers',
  parameters: [
    { name: 'record', says: 'whose latest ones; the snapshot if there is one', type: 'record' },
    { name: 'field', says: 'only this number or yes-or-no', type: 'field' },
    { name: 'by', says: 'each value of this by itself', type: 'dimension' }
  ],
  common: allFilters,
  async answer(asked) {
    const record = recordOf(asked)
    const by = asked.chosen.dimension('by')
    const fields = fieldsFor(asked, record)
    const source = rowsOf(asked, {
      records: [record],
      of: 'latest',
      columns: [
        ...fields.map(({ column }) => column),
        ...(by === undefined ? [] : [by.field?.column ?? by.sql])
      ]
    })
    const counted = source.are === 'latest' ? 'installations' : 'records'
    // Which rows have a field costs little; of hundreds of fields most may never have been sent.
    const [size] = await asked.storage.query<Row>({
      sql: `SELECT ${['count() AS total', ...fields.map(({ sql }, index) => `count(${sql}) AS n${index}`)].join(', ')} ${source.from}`,
      deadlineMs: questionDeadlineMs
    })
    const total = Number(size?.['total'] ?? 0)
    const sent = fields.filter((_, index) => Number(size?.[`n${index}`] ?? 0) > 0)
    const isExact = total <= exactMax
    const rows =
      total === 0
        ? []
        : await asked.storage.query<Row>({
            sql: statement(sent, by, source.from, isExact),
            deadlineMs: questionDeadlineMs
          })
    const columns: readonly AnswerColumn[] = [
      { name: 'field', title: 'Field', type: 'text' },
      ...(by === undefined ? [] : [dimensionColumn(by)]),
      {
        name: counted,
        title: counted === 'records' ? 'Records' : 'Installations',
        type: 'integer'
      },
      { name: 'sum', title: 'Sum', type: 'number' },
      { name: 'p50', title: 'Half have at most', type: 'number' },
      { name: 'p90', title: 'Nine of ten have at most', type: 'number' },
      { name: 'greatest', title: 'Greatest', type: 'number' },
      { name: 'share', title: 'Share above zero', type: 'share' },
      { name: 'unit', title: 'Unit', type: 'text' }
    ]
    return {
      columns,
      rows: fields.flatMap((field) =>
        rows.map((row) => rowOf(field, sent.indexOf(field), row, by, counted))
      ),
      notes: [
        source.are === 'latest'
          ? `The latest ${record} of each of ${total} installations that sent one in the span.`
          : `${total} records.`,
        ...source.notes,
        ...(isExact ? [] : ['Quantiles are within about one percent of rank.'])
      ],
      ...(fields.length === 1 ? { sql: statement(fields, by, source.shown, isExact) } : {})
    } satisfies Answer
  }
}

function recordOf({ chosen, product }: Asked): string {
  const [named] = chosen.records('record')
  if (named !== undefined) return named
  const own = chosen.field('field')?.records
  const records = [...product.contract.records.values()]
  const found =
    records.find(({ kind, name }) => kind === 'snapshot' && own?.includes(name) !== false)?.name ??
    (own?.length === 1 ? own[0] : undefined)
  if (found !== undefined) return found
  throw new CandorError(
    'PARAMETER_INVALID',
    `This contract declares no snapshot: "record" says whose latest ones; for example record=${records.map(({ name }) => name)[0] ?? ''}`
  )
}

function fieldsFor({ chosen, product }: Asked, record: string): readonly AskableField[] {
  const named = chosen.field('field')
  const all = fieldsOf(product).filter(
    (field) => isSummable(field) && field.records.includes(record)
  )
  if (named === undefined) return all
  if (all.some(({ name }) => name === named.field.name)) return [named.field]
  const choices = all.map(({ name }) => name).join(', ')
  throw new CandorError(
    'PARAMETER_INVALID',
    `"field" must be a number or yes-or-no of ${record}; breakdown counts other fields. There are: ${choices}`
  )
}

function isSummable(field: AskableField): boolean {
  return isNumber(field) || field.type.is === 'boolean'
}

function statement(
  fields: readonly AskableField[],
  by: Dimension | undefined,
  from: string,
  isExact: boolean
): string {
  const aggregate = isExact ? 'quantilesExactInclusive' : 'quantilesTDigest'
  const each = fields.flatMap(({ sql }, index) => {
    const number = `toFloat64(${sql})`
    return [
      `count(${sql}) AS n${index}`,
      `sum(${number}) AS sum${index}`,
      `${aggregate}(${quantiles.join(', ')})(${number}) AS q${index}`,
      `max(${number}) AS max${index}`,
      `countIf(${number} > 0) AS above${index}`
    ]
  })
  const value = by === undefined ? [] : [`${by.isList ? `arrayJoin(${by.sql})` : by.sql} AS value`]
  const select = [...value, 'count() AS rows', ...each].join(', ')
  return `SELECT ${select} ${from}${by === undefined ? '' : ' GROUP BY value ORDER BY rows DESC, toString(value) LIMIT 100'}`
}

function rowOf(
  field: AskableField,
  index: number,
  row: Row,
  by: Dimension | undefined,
  counted: string
): AnswerRow {
  const count = Number(row[`n${index}`] ?? 0)
  const [p50, p90] = (row[`q${index}`] ?? []) as readonly (number | null)[]
  const isNumeric = isNumber(field)
  const orNull = (value: unknown): number | null =>
    count === 0 || !isNumeric ? null : Number(value)
  return {
    field: field.name,
    ...(by === undefined ? {} : { [by.name]: row['value'] }),
    [counted]: count,
    sum: orNull(row[`sum${index}`]),
    p50: orNull(p50),
    p90: orNull(p90),
    greatest: orNull(row[`max${index}`]),
    share: count === 0 ? null : Number(row[`above${index}`]) / count,
    unit: field.unit ?? null
  }
}
