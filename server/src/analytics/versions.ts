/** Which versions are alive: how many installations and records each has, newest first. */
import { versionOrder } from '../storage/version-order.ts'
import { dimensionOf } from './dimension.ts'
import { firstDay, questionDeadlineMs, type Question } from './question.ts'

interface Row {
  readonly version: string
  readonly installations: number
  readonly records: number
  readonly first_day: string
  readonly last_day: string
}

const own = ['version']

export const versions: Question = {
  name: 'versions',
  says: 'which versions are alive',
  dimensions: own,
  byField: false,
  async answer(context) {
    const { storage, product } = context
    dimensionOf(context, own, false)
    const rows = await storage.query<Row>({
      sql: `SELECT ifNull(version, '') AS version, uniqCombined64Merge(installations) AS installations, sum(records) AS records,
          toString(min(day)) AS first_day, toString(max(day)) AS last_day
        FROM daily_states WHERE product = {product:String} AND day >= {first:Date} GROUP BY daily_states.version ORDER BY ${versionOrder('daily_states.version')} DESC`,
      parameters: { product: product.contract.product, first: firstDay(context) },
      deadlineMs: questionDeadlineMs
    })
    return {
      question: 'versions',
      parameters: { product: product.contract.product, since: firstDay(context) },
      columns: [
        { name: 'version', type: 'text' },
        { name: 'installations', type: 'integer' },
        { name: 'records', type: 'integer' },
        { name: 'first_day', type: 'date' },
        { name: 'last_day', type: 'date' }
      ],
      rows: rows.map((row) => ({
        ...row,
        version: row.version === '' ? null : row.version,
        installations: Number(row.installations),
        records: Number(row.records)
      })),
      notes: [
        'An installation that upgraded within the span counts under each version that it ran. Records whose client states no version are the row without one.'
      ]
    }
  }
}
