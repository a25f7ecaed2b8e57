/** Seeds that failed once, each with what it found; none of them fails any more. */

export interface OldSeed {
  readonly seed: number
  readonly days: number
  readonly found: string
}

export const oldSeeds: readonly OldSeed[] = [
  {
    seed: 388_695_137,
    days: 9,
    found:
      'whoever accepted what a notice had told was undecided again (now the mutation accepted-away)'
  },
  {
    seed: 759_636_293,
    days: 9,
    found:
      'bodies that an older build froze went out with words that the terms agreed to since ' +
      'do not have (now the mutation read-once)'
  },
  {
    seed: 24_863_062,
    days: 9,
    found: 'a fault of the oracle: a report kept long before its answer'
  },
  {
    seed: 1_413_458_541,
    days: 9,
    found:
      'reports that waited went whole where a newer build had fewer words (now the mutation ' +
      'removed-whole)'
  },
  {
    seed: 1_819_303_259,
    days: 9,
    found: 'a fault of the world: a program that began under a policy outlived it, and was owed'
  }
]
