/** What arrives that no contract declares: counted by name, kind and reason, never kept. */
import { dimensionOf } from './dimension.ts'
import { firstDay, questionDeadlineMs, type Question } from './question.ts'

interface Row {
  readonly reason: string
  readonly record: string | null
  readonly name: string | null
  readonly name_digest: string
  readonly kind: string
  readonly records: number
  readonly installations: number
  readonly last_day: string
}

const own = ['reason']

export const drift: Question = {
  name: 'drift',
  says: 'what arrives that the contract does not declare',
  dimensions: own,
  byField: false,
  async answer(context) {
    const { storage, product } = context
    dimensionOf(context, own, false)
    const rows = await storage.query<Row>({
      sql: `SELECT reason, record, max(s.name) AS name, name_digest, kind, sum(s.count) AS records, uniqCombined64Merge(s.installations) AS installations, toString(max(s.day)) AS last_day
        FROM drift_states AS s WHERE product = {product:String} AND day >= {first:Date}
        GROUP BY reason, record, name_digest, kind ORDER BY records DESC LIMIT 500`,
      parameters: { product: product.contract.product, first: firstDay(context) },
      deadlineMs: questionDeadlineMs
    })
    return {
      question: 'drift',
      parameters: { product: product.contract.product, since: firstDay(context) },
      columns: [
        { name: 'reason', type: 'text' },
        { name: 'record', type: 'text' },
        { name: 'name', type: 'text' },
        { name: 'kind', type: 'text' },
        { name: 'records', type: 'integer' },
        { name: 'installations', type: 'integer' },
        { name: 'last_day', type: 'date' }
      ],
      rows: rows.map(({ name_digest: digest, name, ...row }) => ({
        ...row,
        name: name ?? `#${digest.slice(0, 8)}`,
        records: Number(row.records),
        installations: Number(row.installations)
      })),
      notes: [
        'A name that starts with # is a keyed digest: a name is shown once a contract has it, or once it looks like a field’s name and came from five installations.'
      ]
    }
  }
}
