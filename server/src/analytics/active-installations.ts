/** How many installations reported, by day, week or month, or by what they are. */
import { dailyDimensions } from '../storage/tables.ts'
import { dimensionOf } from './dimension.ts'
import { firstDay, questionDeadlineMs, type AnswerTable, type Question, type QuestionContext } from './question.ts'

const periods: Readonly<Record<string, string>> = { day: 'day', week: 'toMonday(day)', month: 'toStartOfMonth(day)' }
const own = [...Object.keys(periods), ...dailyDimensions]

interface Row {
  readonly value: string | null
  readonly installations: number
  readonly records: number
}

export const activeInstallations: Question = {
  name: 'active-installations',
  says: 'how many installations reported',
  dimensions: own,
  byField: false,
  async answer(context) {
    const dimension = dimensionOf(context, own, false)
    const by = dimension.is === 'own' ? dimension.name : 'day'
    const period = periods[by]
    const live = await ask(context, period === undefined ? `ifNull(toString(${by}), '')` : `toString(${period})`)
    const rows = period === undefined ? live : [...(await frozen(context, by, live)), ...live]
    return {
      question: 'active-installations',
      parameters: { product: context.product.contract.product, since: firstDay(context), by },
      columns: [
        { name: by, type: period === undefined ? 'text' : 'date' },
        { name: 'installations', type: 'integer' },
        { name: 'records', type: 'integer' }
      ],
      rows: rows.map(({ value, installations, records }) => ({
        [by]: value,
        installations: Number(installations),
        records: Number(records)
      })),
      notes: await notesFor(context)
    } satisfies AnswerTable
  }
}

function ask({ storage, product, ...when }: QuestionContext, value: string): Promise<readonly Row[]> {
  return storage.query<Row>({
    sql: `SELECT ${value} AS value, uniqCombined64Merge(installations) AS installations, sum(records) AS records
      FROM daily_states WHERE product = {product:String} AND day >= {first:Date} GROUP BY value ORDER BY value`,
    parameters: { product: product.contract.product, first: firstDay(when) },
    deadlineMs: questionDeadlineMs
  })
}

/** Periods whose ids are forgotten already live on as plain counts. */
async function frozen(
  { storage, product, ...when }: QuestionContext,
  period: string,
  live: readonly Row[]
): Promise<readonly Row[]> {
  const known = new Set(live.map(({ value }) => value))
  const rows = await storage.query<Row>({
    sql: `SELECT toString(start) AS value, installations, records FROM frozen_counts FINAL
      WHERE product = {product:String} AND period = {period:String} AND dimension = 'all' AND start >= {first:Date} ORDER BY start`,
    parameters: { product: product.contract.product, period, first: firstDay(when) },
    deadlineMs: questionDeadlineMs
  })
  return rows.filter(({ value }) => !known.has(value))
}

async function notesFor({ storage, product, ...when }: QuestionContext): Promise<readonly string[]> {
  const { kind } = product.contract.identity
  if (kind === 'none') return ['This contract has no identity: records are counted, installations are not.']
  const [shared] = await storage.query<{ shared: number }>({
    sql: 'SELECT countIf(shared) AS shared FROM installations WHERE product = {product:String} AND last_seen >= {first:Date}',
    parameters: { product: product.contract.product, first: firstDay(when) },
    deadlineMs: questionDeadlineMs
  })
  const count = Number(shared?.shared ?? 0)
  return [
    'Counts ids, not people or machines: a container may be a new id at each start, and who opted out is in no count. Days are UTC.',
    ...(kind === 'window'
      ? ['Ids of this product rotate: periods longer than its window count one installation several times.']
      : []),
    ...(count > 0
      ? [
          `${count === 1 ? 'One id reports' : `${count} ids report`} more often than one installation can: copies share an id (template clones), so the true number is higher.`
        ]
      : [])
  ]
}
