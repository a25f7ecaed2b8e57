/**
 * An edge that knows what its collector knows: it begins with one bundle, and asks every ten
 * minutes for a newer one, while requests are answered.
 */
import type { EdgeBundle } from './bundle.ts'
import { askBundle, type CollectorAt } from './handing-on.ts'

const askEveryMs = 10 * 60_000

export interface RefreshedEdge<Made> {
  current(): Made
  /** Undefined: there is nothing to do now. Never rejects; what can't be asked changes nothing. */
  refresh(now: number): Promise<void> | undefined
}

/** `first` is made of what the collector said under `tag`, which spares asking for it again. */
export function refreshedEdge<Made>({
  first,
  tag: firstTag,
  create,
  collector
}: {
  readonly first: Made
  readonly tag: string | undefined
  readonly create: (bundle: EdgeBundle) => Made
  readonly collector: CollectorAt
}): RefreshedEdge<Made> {
  let edge = first
  let tag = firstTag
  let askedAt = Number.NEGATIVE_INFINITY
  const ask = async (): Promise<void> => {
    try {
      const asked = await askBundle(collector, tag)
      if (asked === undefined) return
      edge = create(asked.bundle)
      tag = asked.tag
    } catch {
      // What is known goes on to be true until something newer is heard.
    }
  }
  return {
    current: () => edge,
    refresh(now) {
      if (now - askedAt < askEveryMs) return undefined
      askedAt = now
      return ask()
    }
  }
}
