/** How many records of each name there are, over time, or by what they are. */
import {
  dimensionColumn,
  installationsColumn,
  periodColumn,
  recordsColumn
} from '../../asking/column.ts'
import { compared, comparedColumns, comparedNote } from '../../asking/compared.ts'
import { frozenCounts, fuller } from '../../reading/frozen.ts'
import { countsRecords, whyNotCounted } from '../../reading/identity.ts'
import { allFilters, unitParameter, type Dimension } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { periodSql, recordSource, type Source, sourceFor } from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly period?: string
  readonly record: string
  readonly value?: unknown
  readonly records: number
  readonly installations: number
}

type PeriodRow = Row & { readonly period: string }

export const events: Question = {
  name: 'events',
  title: 'Events',
  says: 'how many records of each name there are',
  explains:
    'Counts the records that were kept, by their declared name, and the installations that sent them; for the whole span or for each day, week or month, and by any part of the environment or field with few values. ' +
    'A record that arrived late counts on the day on which it happened by the client’s corrected clock. Records of which nothing was kept are in drift. Periods whose records have expired go on as the plain counts that were frozen before, by name alone. Of a field, only records that declare it are counted; a record with several values counts under each.',
  chart: 'stacked',
  parameters: [
    unitParameter('all'),
    { name: 'by', says: 'count each value of this by itself', type: 'dimension' },
    { name: 'record', says: 'only records of this name', type: 'record' }
  ],
  common: [...allFilters, 'compare'],
  async answer(asked) {
    const unit = units.find((name) => name === asked.chosen.word('unit'))
    const chosen = asked.chosen.dimension('by')
    const by = chosen?.name === 'name' ? undefined : chosen
    const [record] = asked.chosen.records('record')
    const names =
      record === undefined
        ? by?.records
        : by?.records === undefined
          ? [record]
          : by.records.filter((name) => name === record)
    const why = whyNotCounted(asked, unit ?? 'all')
    const values = ['records', ...(why === undefined ? ['installations'] : [])]
    const keys = [
      ...(unit === undefined ? [] : [unit]),
      'name',
      ...(by === undefined ? [] : [by.name])
    ]
    const columns: readonly AnswerColumn[] = [
      ...(unit === undefined ? [] : [periodColumn(unit)]),
      { name: 'name', title: 'Record', type: 'text' },
      ...(by === undefined ? [] : [dimensionColumn(by)]),
      recordsColumn,
      ...(why === undefined ? [installationsColumn] : [])
    ]
    const rows = await compared(asked, { unit, keys, values }, async (span) => {
      const found = await asked.storage.query<Row>({
        sql: statement(sourceFor(asked, { span, names, by, areNamed: true }), unit, by),
        deadlineMs: questionDeadlineMs
      })
      const frozen =
        unit === undefined || by !== undefined ? [] : await frozenCounts(asked, span, unit, 'name')
      const counts = frozen
        .map(({ value, ...row }): PeriodRow => ({ ...row, record: value ?? '' }))
        .filter((row) => record === undefined || row.record === record)
      const rows = unit === undefined ? found : fuller(found as readonly PeriodRow[], counts)
      return rows.map((row) => {
        const all: Readonly<Record<string, unknown>> = {
          ...(unit === undefined ? {} : { [unit]: row.period }),
          name: row.record,
          ...(by === undefined ? {} : { [by.name]: row.value }),
          records: Number(row.records),
          installations: Number(row.installations)
        }
        return Object.fromEntries(columns.map(({ name }) => [name, all[name]]))
      })
    })
    const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
    return {
      columns: comparedColumns(asked, columns, values),
      rows,
      notes: [
        countsRecords,
        ...(by?.isList === true ? ['A record with several values counts under each of them.'] : []),
        ...(why === undefined ? [] : [why]),
        ...comparedNote(asked, unit)
      ],
      ...(partial === undefined ? {} : { partial }),
      sql: statement(recordSource(asked, { span: asked.span, names }), unit, by)
    } satisfies Answer
  }
}

/**
 * More rows than anybody reads; a field with so many values should be asked about with `breakdown`,
 * which cuts them.
 */
const rowsMax = 10_000

function statement(source: Source, unit: Unit | undefined, by: Dimension | undefined): string {
  const select = [
    ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
    `${source.name} AS record`,
    ...(by === undefined ? [] : [`${source.dimension(by)} AS value`]),
    `${source.records} AS records`,
    `${source.installations} AS installations`
  ]
  const keys = [
    ...(unit === undefined ? [] : ['period']),
    'record',
    ...(by === undefined ? [] : ['value'])
  ]
  const order = [
    ...(unit === undefined ? [] : ['period']),
    'records DESC',
    'record',
    ...(by === undefined ? [] : ['value'])
  ]
  return `SELECT ${select.join(', ')} ${source.from} GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')} LIMIT ${rowsMax}`
}
