/** Reads `--by`: one of a question's own dimensions, or a field of the product's contract. */
import type { Column } from '@candor/contract'
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../errors.ts'
import type { QuestionContext } from './question.ts'

export type Dimension = { readonly is: 'own'; readonly name: string } | { readonly is: 'field'; readonly column: Column }

export function dimensionOf(context: QuestionContext, own: readonly string[], byField: boolean): Dimension {
  const wanted = context.by ?? (own[0] as string)
  if (own.includes(wanted)) return { is: 'own', name: wanted }
  const columns = byField ? context.product.columns : []
  const column = columns.find(({ name }) => name === wanted)
  if (column !== undefined && column.type.is !== 'map' && column.type.is !== 'tuple') return { is: 'field', column }
  const choices = [...own, ...columns.filter(({ type }) => type.is !== 'map' && type.is !== 'tuple').map(({ name }) => name)]
  throw new CandorError(
    'PARAMETER_INVALID',
    `Nothing can be counted by that; did you mean "${closest(wanted.slice(0, 60), choices)}"? There are: ${choices.join(', ')}`
  )
}
