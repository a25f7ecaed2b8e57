/**
 * How many records came, and what became of them? Plain numbers whose labels are our own words and
 * known products' names.
 */
import type { Dropped } from '../record.ts'

export interface ProductCounts {
  readonly received: number
  /** Durable and new. */
  readonly kept: number
  readonly duplicate: number
  /** What clients say they lost before they could send it. */
  readonly lost: number
  /** Records of which nothing was kept, by the first reason. */
  readonly dropped: Readonly<Partial<Record<Dropped['code'], number>>>
  /** Fields left out of kept records, by reason. */
  readonly fieldsDropped: Readonly<Partial<Record<Dropped['code'], number>>>
}

export interface RunningCounts extends ProductCounts {
  received: number
  kept: number
  duplicate: number
  lost: number
  readonly dropped: Partial<Record<Dropped['code'], number>>
  readonly fieldsDropped: Partial<Record<Dropped['code'], number>>
}

export function noCounts(): RunningCounts {
  return { received: 0, kept: 0, duplicate: 0, lost: 0, dropped: {}, fieldsDropped: {} }
}

export function addTo(
  counts: Partial<Record<Dropped['code'], number>>,
  code: Dropped['code'],
  by = 1
): void {
  counts[code] = (counts[code] ?? 0) + by
}

/** What became of whole requests: a protocol's name and our own word for the outcome. */
export interface RequestCounter {
  count(protocol: string, outcome: string): void
}

/**
 * How many whole requests were refused, answered with a constant, or turned away, by protocol and
 * our own word for the outcome.
 */
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
