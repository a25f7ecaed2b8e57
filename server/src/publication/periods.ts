/** Which days does a published number count, and from when on may it be published? */
import type { PublicNumbers } from '@candor/contract'
import { addDays, DAY_MS, dayOf, mondayOf, startOfDay } from '#values/days'
import { isoWeekOf } from '#values/windows'
import type { Instant } from '../record.ts'
import type { Period } from './published.ts'

/** What is late by no more than a week is in: nothing that is published is counted again. */
export const embargoDays = 7
/** Months have 28 to 31 days, and numbers of unlike spans do not compare. */
const monthDays = 30

/** The periods whose numbers may be published now, the newest first, as many as asked for. */
export function duePeriods(
  now: Instant,
  every: PublicNumbers['every'],
  count: number
): readonly Period[] {
  const open = dayOf(now - embargoDays * DAY_MS)
  const periods: Period[] = []
  let first = every === 'week' ? mondayOf(open) : `${open.slice(0, 7)}-01`
  while (periods.length < count) {
    const last = addDays(first, -1)
    first = every === 'week' ? mondayOf(last) : `${last.slice(0, 7)}-01`
    periods.push(
      every === 'week'
        ? { name: isoWeekOf(first), first, last }
        : { name: last.slice(0, 7), first: addDays(last, 1 - monthDays), last }
    )
  }
  return periods
}

/** The day on which the next numbers are due. */
export function nextDue(now: Instant, every: PublicNumbers['every']): Instant {
  const [latest] = duePeriods(now, every, 1)
  const end = latest?.last ?? dayOf(now)
  const next =
    every === 'week'
      ? addDays(end, 7)
      : addDays(`${addDays(`${addDays(end, 1).slice(0, 7)}-01`, 31).slice(0, 7)}-01`, -1)
  return startOfDay(addDays(next, 1 + embargoDays))
}
