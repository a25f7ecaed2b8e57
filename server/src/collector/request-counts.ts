/**
 * How many whole requests were refused, answered with a constant, or turned away, by protocol and
 * our own word for the outcome.
 */
import type { RequestCounter } from './ingest-route.ts'

export interface RequestCounts extends RequestCounter {
  list(): readonly { readonly protocol: string; readonly outcome: string; readonly count: number }[]
}

export function createRequestCounts(): RequestCounts {
  const counts = new Map<string, { protocol: string; outcome: string; count: number }>()
  return {
    count(protocol, outcome) {
      const key = `${protocol} ${outcome}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { protocol, outcome, count: 1 })
      else entry.count += 1
    },
    list: () => [...counts.values()]
  }
}
