/** How many records of each kind there are, by name, by day, or by any field that the contract declares. */
import { fieldColumn, recordTable } from '../storage/rows.ts'
import { quoteName } from '../storage/column-types.ts'
import { dailyDimensions } from '../storage/tables.ts'
import { dimensionOf } from './dimension.ts'
import { firstDay, questionDeadlineMs, type AnswerColumn, type Question, type QuestionContext } from './question.ts'
import type { Column } from '@candor/contract'

const own = ['name', 'day', ...dailyDimensions]

interface Row {
  readonly name: string
  readonly value: unknown
  readonly records: number
  readonly installations: number
}

export const events: Question = {
  name: 'events',
  says: 'how many records of each name there are',
  dimensions: own,
  byField: true,
  async answer(context) {
    const dimension = dimensionOf(context, own, true)
    const by = dimension.is === 'own' ? dimension.name : dimension.column.name
    const rows = dimension.is === 'own' ? await fromAggregates(context, by) : await fromRecords(context, dimension.column)
    const value: AnswerColumn = { name: by, type: by === 'day' ? 'date' : 'text' }
    return {
      question: 'events',
      parameters: { product: context.product.contract.product, since: firstDay(context), by },
      columns: [
        { name: 'name', type: 'text' },
        ...(by === 'name' ? [] : [value]),
        { name: 'records', type: 'integer' },
        { name: 'installations', type: 'integer' }
      ],
      rows: rows.map((row) => ({
        name: row.name,
        ...(by === 'name' ? {} : { [by]: row.value }),
        records: Number(row.records),
        installations: Number(row.installations)
      })),
      notes: [
        'Records as they were kept; what was not kept is in `candor ask drift`. Days are UTC, by the client’s corrected clock.',
        ...(dimension.is === 'field' && dimension.column.type.is === 'list'
          ? ['A record with several values counts under each of them.']
          : [])
      ]
    }
  }
}

function fromAggregates({ storage, product, ...when }: QuestionContext, by: string): Promise<readonly Row[]> {
  return storage.query<Row>({
    sql: `SELECT name, toString(${by}) AS value, sum(records) AS records, uniqCombined64Merge(installations) AS installations
      FROM daily_states WHERE product = {product:String} AND day >= {first:Date} GROUP BY name, value ORDER BY ${by === 'name' ? '' : 'value, '}records DESC, name`,
    parameters: { product: product.contract.product, first: firstDay(when) },
    deadlineMs: questionDeadlineMs
  })
}

/** The only question that reads records themselves: a field of a contract has no aggregate. */
function fromRecords({ storage, product, ...when }: QuestionContext, column: Column): Promise<readonly Row[]> {
  const name = quoteName(fieldColumn(column.name))
  const value = column.type.is === 'list' ? `arrayJoin(${name})` : name
  return storage.query<Row>({
    sql: `SELECT name, ${value} AS value, count() AS records, uniqCombined64(installation) AS installations
      FROM ${recordTable(product.contract.product)}
      WHERE occurred_at >= {first:Date} AND name IN {names:Array(String)} GROUP BY name, value ORDER BY records DESC, name LIMIT 1000`,
    parameters: { first: firstDay(when), names: recordsWith(product, column.name) },
    deadlineMs: questionDeadlineMs
  })
}

/** Only records that declare the field: the others would all count under "none". */
function recordsWith({ contract }: QuestionContext['product'], column: string): readonly string[] {
  const records = [...contract.records.values()].filter((record) =>
    [...record.fields.values()].some(({ name }) => column === name || column.startsWith(`${name}_`))
  )
  return records.map(({ name }) => name)
}
