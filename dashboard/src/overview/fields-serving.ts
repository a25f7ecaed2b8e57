/** Which fields of a contract answer one of its questions best on one screen? */
import type { ContractRecord, QuestionField } from '../api/answers.ts'

export interface ServingField {
  readonly name: string
  readonly says: string
  readonly isNumber: boolean
  readonly isShape: boolean
  /** Snapshots repeat themselves: only the latest of each installation says what is. */
  readonly isOfSnapshot: boolean
}

/** A question is glanced at; the contract page and Explore have the rest. */
const fieldsMax = 3

/**
 * Only what arrived in the last week; few values before numbers, and each field once, though many
 * records declare it.
 */
export function fieldsServing(
  question: string,
  records: readonly ContractRecord[],
  askable: readonly QuestionField[]
): readonly ServingField[] {
  const known = new Map(askable.map((field) => [field.name, field]))
  // A field that several records declare is one column: seen in one of them is seen.
  const seen = new Set(
    records.flatMap(({ fields }) =>
      fields.filter(({ observedShare }) => (observedShare ?? 0) > 0).map(({ name }) => name)
    )
  )
  const found = new Map<string, ServingField & { readonly rank: number }>()
  for (const { fields, kind } of records) {
    for (const { name, says, questions } of fields) {
      const field = known.get(name)
      if (!questions.includes(question) || field === undefined) continue
      const isNumber = field.type === 'number' || field.type === 'integer'
      if (!isNumber && !field.isDimension) continue
      const rank = (seen.has(name) ? 0 : 10) + (isNumber ? 1 : field.type === 'boolean' ? 2 : 0)
      const best = found.get(name)
      if (best === undefined || best.rank > rank)
        found.set(name, {
          name,
          says,
          isNumber,
          isShape: field.isShape,
          isOfSnapshot: kind === 'snapshot',
          rank
        })
    }
  }
  return [...found.values()]
    .toSorted((a, b) => a.rank - b.rank)
    .filter(({ rank }) => rank < 10)
    .slice(0, fieldsMax)
}
