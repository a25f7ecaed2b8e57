/** A table of counts while it is being protected: what was counted, and what may be seen of it. */

/** The coordinate of a sum over a dimension. */
export const whole = '*'
/** Rare values together. */
export const others = '(others)'
/** Whoever could have told a value and did not. */
export const notTold = '(not told)'

export interface Strictness {
  /** Installations that a published count has at least. */
  readonly threshold: number
  /** The same where two things are told together. */
  readonly combined: number
  /** Published counts are multiples of it. */
  readonly rounding: number
}

export interface CountTable {
  readonly name: string
  /** Who is counted: tables of the same people share their sums. */
  readonly population: string
  readonly measure: 'installations' | 'records'
  /** What tells its cells apart; at most two. */
  readonly dimensions: readonly string[]
  /** ordered: its one dimension are the bins of a number, the least first. */
  readonly order: 'ordered' | 'nominal'
  /**
   * Whether one installation counts under several names, all of them of the contract: a name alone
   * tells nothing then, and nothing adds up.
   */
  readonly overlaps: boolean
  readonly strictness: Strictness
  readonly cells: readonly CountCell[]
}

export interface CountCell {
  /** A value for each dimension, `*` where it is summed over. */
  readonly at: readonly string[]
  /** As it was counted. Never published. */
  readonly count: number
  /** Of a sum of records: how many sent them, and what the two sent that sent the most. */
  readonly senders?: { readonly count: number; readonly most: number; readonly second: number }
  /** Why it is not shown; undefined: it is. */
  readonly hidden?: 'small' | 'dominated' | 'partner'
  /** What is shown, where it is shown. */
  readonly rounded?: number
}

export function keyOf(at: readonly string[]): string {
  return JSON.stringify(at)
}

/** A sum of everything, or over one of two dimensions. */
export function isSum({ at }: Pick<CountCell, 'at'>): boolean {
  return at.includes(whole)
}

/** Of a cell that tells two things together, more must be alike. */
export function thresholdOf(
  { at }: Pick<CountCell, 'at'>,
  { threshold, combined }: Pick<Strictness, 'threshold' | 'combined'>
): number {
  return at.filter((value) => value !== whole).length > 1 ? combined : threshold
}

/** Cells that add up to one of them, where that one is in the table. */
export interface Line {
  readonly sum: CountCell
  readonly parts: readonly CountCell[]
}

export function linesOf({ cells }: Pick<CountTable, 'cells'>): readonly Line[] {
  return cells.flatMap((sum) =>
    sum.at.flatMap((value, dimension) => {
      if (value !== whole) return []
      const parts = cells.filter(
        ({ at }) =>
          at[dimension] !== whole &&
          at.every((other, index) => index === dimension || other === sum.at[index])
      )
      return parts.length === 0 ? [] : [{ sum, parts }]
    })
  )
}

/** Whether each installation counts under one value only, so that parts add up to their sum. */
export function isAdditive(table: Pick<CountTable, 'cells'>): boolean {
  return linesOf(table).every(
    ({ sum, parts }) => parts.reduce((total, { count }) => total + count, 0) === sum.count
  )
}
