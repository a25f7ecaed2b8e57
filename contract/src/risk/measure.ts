/**
 * What is counted to see whom values single out: groups of columns, over one row for each
 * installation.
 */
import type { Coarsen } from '../form/contract.ts'

/**
 * A column of a record, or a part of its environment (`version` among them), as it is or made
 * coarser.
 */
export interface Dimension {
  readonly of: 'field' | 'environment'
  readonly name: string
  /** Applied one after the other; none leaves the value as it is kept. */
  readonly coarser: readonly Coarser[]
}

export type Coarser =
  | Coarsen
  /** Rounded down. */
  | { readonly by: 'time'; readonly to: 'second' | 'minute' | 'hour' | 'day' }
  /** The first numbers of a version. */
  | { readonly by: 'parts'; readonly parts: number }
  /** Values that fewer installations share become one. */
  | { readonly by: 'rare'; readonly below: number }
  /** Of a list or map, only how many entries it has. */
  | { readonly by: 'size' }
  /** Only whether there is a value. */
  | { readonly by: 'presence' }

/** Counts alone: no value ever leaves a measurement. */
export interface Counted {
  /** Rows that were looked at: one an installation. */
  readonly installations: number
  /** Different values, or combinations of them; being absent is one. */
  readonly values: number
  /** Installations whose value nobody else has: they are singled out. */
  readonly alone: number
  /** Installations whose value fewer than `fewBelow` have, those alone among them. */
  readonly few: number
  /** Entropy of the values, in bits: how much one of them tells. */
  readonly bits: number
}

/** Below so many, no statistic of ours is shown to the public either. */
export const fewBelow = 10

/**
 * Counts each group of columns of one record; a group's columns count together. All counts are 0
 * for a record that nobody sent.
 * A measurement may look at a generated fleet or ask a collector.
 */
export type Measure = (
  record: string,
  groups: readonly (readonly Dimension[])[]
) => Promise<readonly Counted[]>

/** From how many installations share each value. */
export function countShared(sizes: Iterable<number>): Counted {
  let [installations, values, alone, few, weighted] = [0, 0, 0, 0, 0]
  for (const size of sizes) {
    installations += size
    values += 1
    if (size === 1) alone += 1
    if (size < fewBelow) few += size
    weighted += size * Math.log2(size)
  }
  return { installations, values, alone, few, bits: bitsOf(installations, weighted) }
}

/** `weighted` is the sum of size × log2(size) over all values. */
export function bitsOf(installations: number, weighted: number): number {
  return installations === 0 ? 0 : Math.max(0, Math.log2(installations) - weighted / installations)
}
