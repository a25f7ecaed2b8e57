/** How an answer is drawn where nobody tells: a reader of a link may not ask for the questions. */
import type { Answer, ChartKind } from '../api/answers.ts'

const periods = ['day', 'week', 'month']

export function kindOf({ columns }: Pick<Answer, 'columns'>): ChartKind {
  const [first, second] = columns
  if (first === undefined) return 'table'
  if (first.name === 'shape') return 'shapes'
  if (periods.includes(first.name)) return second?.type === 'text' ? 'stacked' : 'line'
  if (first.type === 'text' && second !== undefined && second.type !== 'text') return 'bars'
  return 'table'
}
