/** Seeds that failed once, each with what it found; none of them fails any more. */

export interface OldSeed {
  readonly seed: number
  readonly days: number
  readonly found: string
}

export const oldSeeds: readonly OldSeed[] = [
  { seed: 1, days: 9, found: 'nothing: the first of all' }
]
