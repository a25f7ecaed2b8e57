/** What a check is, and what it may come to. */
import type { Laboratory } from '../laboratory/laboratory.ts'

export type Outcome =
  | {
      readonly is: 'holds' | 'fails'
      readonly evidence: readonly string[]
      readonly figures?: Readonly<Record<string, number>>
    }
  | { readonly is: 'not offered'; readonly evidence: readonly string[] }

export interface Check {
  /** Stable: `off/DO_NOT_TRACK=1`, `network/hangs`. */
  readonly id: string
  /** What holds if it holds, in a sentence. */
  readonly says: string
  readonly try: (laboratory: Laboratory) => Promise<Outcome>
}

/** `problems` speak against it; `notes` are told either way. */
export function judge(
  problems: readonly string[],
  notes: readonly string[] = [],
  figures: Readonly<Record<string, number>> = {}
): Outcome {
  return {
    is: problems.length === 0 ? 'holds' : 'fails',
    evidence: [...problems, ...notes],
    figures
  }
}

export function notOffered(because: string): Outcome {
  return { is: 'not offered', evidence: [because] }
}

const listedMax = 5

/**
 * At most some of them by name: a program that writes a thousand files does not need a thousand
 * lines.
 */
export function list(items: readonly string[]): string {
  const more = items.length - listedMax
  return items.slice(0, listedMax).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
