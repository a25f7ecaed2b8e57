/**
 * What the overview's first screen needs, asked while its code is still on the way: a reader waits
 * for the longer of the two, not for both.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { Question, Routes } from '../api/answers.ts'
import { answerQuery, glanceQuery, questionsQuery } from '../api/queries.ts'
import { filterNames, parametersFor, type View } from '../filters/view.ts'

const common = ['since', 'until', ...filterNames]

/** `own`: what stands in the address beside the view. */
export async function askOverviewAhead(
  queries: QueryClient,
  { view, own }: { readonly view: View; readonly own: URLSearchParams }
): Promise<void> {
  const { product } = view
  if (product === undefined) return
  void queries.prefetchQuery(glanceQuery(glanceParameters(view)))
  const { questions } = await queries.fetchQuery(questionsQuery(product))
  const active = questions.find(({ name }) => name === 'active-installations')
  if (active !== undefined)
    void queries.prefetchQuery(answerQuery(active.name, activeParameters(active, view, own)))
}

export function glanceParameters(view: View): Routes['GET glance']['query'] {
  return { ...parametersFor(view, { common }), product: view.product ?? '' }
}

/** Of the first chart. */
function activeParameters(
  question: Question,
  view: View,
  own: URLSearchParams
): Readonly<Record<string, string>> {
  return parametersFor(view, question, { unit: activeUnit(view, own) })
}

export function activeUnit(view: View, own: URLSearchParams): 'day' | 'week' | 'month' {
  const asked = own.get('unit')
  return asked === 'day' || asked === 'week' || asked === 'month' ? asked : usualUnit(view.since)
}

/** Long spans in days are noise. */
export function usualUnit(since: string): 'day' | 'week' {
  return /^([1-9]|[1-9]\d|1[0-1]\d)d$|^\d{1,2}w$/.test(since) ? 'day' : 'week'
}
