/**
 * What a simulated installation is: something that lives for some days, upgrades when it gets to
 * it, and sends what its real client would.
 */
import type { Chance } from './chance.ts'

export interface Send {
  /** Of the day, with fractions. */
  readonly hour: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Member {
  /**
   * Everything that it sends on one day (0 = the first), each after the one before was answered.
   */
  day(day: number, context: DayContext): readonly Send[]
}

export interface DayContext {
  readonly chance: Chance
  /** Milliseconds since 1970 of that day's start. */
  readonly startsAt: number
  readonly isWeekend: boolean
}

/**
 * A version and the day on which it appeared; before the first day for what was there already. The
 * oldest comes first.
 */
export type Release = readonly [version: string, day: number]

/**
 * The version that an installation runs on a day, when it takes up each release so many days late.
 */
export function versionOn(day: number, releases: readonly Release[], lag: number): string {
  const [oldest] = releases[0] as Release
  return releases.findLast(([, appeared]) => appeared + lag <= day)?.[0] ?? oldest
}

/** How many days late an installation takes up releases: most within weeks, some never. */
export function lagOf(chance: Chance, median: number): number {
  return chance.happens(0.1) ? Number.POSITIVE_INFINITY : chance.skewed(median)
}

/** When an installation first and last reports; some were there before, some leave. */
export function lifeOf(
  chance: Chance,
  days: number
): { readonly from: number; readonly to: number } {
  const from = chance.happens(0.55) ? 0 : chance.whole(1, days - 2)
  const to = chance.happens(0.25) ? chance.whole(from + 1, days) : days
  return { from, to }
}
