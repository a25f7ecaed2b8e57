/** What a simulated installation is: something that lives for some days, upgrades when it gets to it, and sends what its real client would. */
import type { Chance } from './chance.ts'

export interface Send {
  /** Hours since the simulation's start, with fractions. */
  readonly hour: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Member {
  /** Everything that it sends on one day (0 = the first). */
  day(day: number, context: DayContext): readonly Send[]
}

export interface DayContext {
  readonly chance: Chance
  /** Milliseconds since 1970 of that day's start. */
  readonly startsAt: number
}

/** The version that an installation runs on a day: releases appear every so often, and each installation is `lag` days late. */
export function versionOn(
  day: number,
  versions: readonly string[],
  { daysPerRelease, lag }: { daysPerRelease: number; lag: number }
): string {
  const released = Math.floor(Math.max(0, day - lag) / daysPerRelease)
  return versions[Math.min(released, versions.length - 1)] as string
}

/** When an installation first and last reports; some were there before, some leave. */
export function lifeOf(chance: Chance, days: number): { readonly from: number; readonly to: number } {
  const from = chance.happens(0.55) ? 0 : chance.whole(1, days - 2)
  const to = chance.happens(0.25) ? chance.whole(from + 1, days) : days
  return { from, to }
}
