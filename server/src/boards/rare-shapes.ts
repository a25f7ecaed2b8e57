/** Leaves rare shapes of queries out of what a link shows to whoever has it. */
import { fewBelow, type CompiledContract } from '@candor/contract'
import type { AnswerTable } from '../analytics/asking/question.ts'
import { fieldsOf } from '../analytics/reading/fields.ts'

/** A structure that is met once may be as good as a name. */
export function withoutRareShapes(answer: AnswerTable, product: CompiledContract): AnswerTable {
  const fields = fieldsOf(product).filter(({ isShape }) => isShape)
  const names: ReadonlySet<string> = new Set(fields.map(({ name }) => name))
  const columns = answer.columns.filter(({ name, title }) => name === 'shape' || names.has(title))
  const rows = answer.rows.filter(
    (row) =>
      columns.every(({ name }) => (row[name] ?? null) === null) ||
      Number(row['installations'] ?? 0) >= fewBelow
  )
  const left = answer.rows.length - rows.length
  if (left === 0) return answer
  const note =
    `${left} ${left === 1 ? 'row is' : 'rows are'} left out: shapes that fewer than ` +
    `${fewBelow} installations have stay with whoever may sign in.`
  return { ...answer, rows, notes: [...answer.notes, note] }
}
