/**
 * Until which day does a number count that is one for the whole period? Today would always fall
 * short of a day, so that such numbers count full days, as the headline does.
 */
import { dayOf } from '#values/days'
import { useProducts } from '../api/queries.ts'
import { useView } from './use-view.ts'

export interface FullDays {
  readonly until: string | undefined
}

/** A product whose first report came today has no other day to show. */
export function fullDays(
  { until }: { readonly until: string | undefined },
  firstSeen: string | null,
  now: number
): FullDays {
  const isFirstDay = firstSeen !== null && firstSeen.slice(0, 10) === dayOf(now)
  return { until: until ?? (isFirstDay ? undefined : 'yesterday') }
}

export function useFullDays(): FullDays {
  const { view } = useView()
  const { data: products } = useProducts()
  const product = products?.find((one) => one.product === view.product)
  return fullDays(view, product?.firstSeen ?? null, Date.now())
}
