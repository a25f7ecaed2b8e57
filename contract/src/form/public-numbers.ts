/** What of a contract's numbers anybody may see: which tables, how often, and under which rules. */

/**
 * Questions whose answers can be made public, by the names that `candor ask` knows. Of all others
 * an answer tells too much about few.
 */
export const publicQuestions = [
  'active-installations',
  'adoption',
  'distribution',
  'events'
] as const
type PublicQuestion = (typeof publicQuestions)[number]

export const publicCadences = ['week', 'month'] as const
type PublicCadence = (typeof publicCadences)[number]

/** What a contract may choose to be stricter than, and never looser. */
export const publicFloors = {
  /** Installations that a published count has at least. */
  threshold: 10,
  /** The same where two things are told together. */
  combined: 50,
  /** Published counts are multiples of it. */
  rounding: 5
} as const

export interface PublicNumbers {
  /** In a sentence, for users. */
  readonly says: string
  /** Where the numbers stand on the web. */
  readonly at: string | undefined
  readonly every: PublicCadence
  /** An SPDX identifier. */
  readonly licence: string
  readonly threshold: number
  readonly combined: number
  readonly rounding: number
  /** Empty: nothing is published by Candor, whatever the sentence promises. */
  readonly tables: readonly PublicTable[]
}

export interface PublicTable {
  readonly name: string
  readonly title: string
  readonly says: string | undefined
  readonly question: PublicQuestion
  /** At most two parts of the environment or fields with few values. */
  readonly by: readonly string[]
  /** The number that a distribution is of. */
  readonly field: string | undefined
}
