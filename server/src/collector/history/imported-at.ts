/** As when does a record count that was kept elsewhere, and is it kept itself or only counted? */
import { DAY_MS, dayOf, startOfDay } from '#values/days'
import type { Contract } from '@candor/contract'
import type { Instant } from '../../record.ts'

export type ImportedAt =
  | { readonly is: 'kept'; readonly at: Instant; readonly isOnlyCounted: boolean }
  | { readonly is: 'dropped'; readonly because: 'TIME_MISSING' | 'TOO_OLD' }

/** Its own time decides, as if it had been received then: how long it is kept, and as what. */
export function importedAt(
  at: Instant | undefined,
  now: Instant,
  { retention: { recordsDays, aggregatesDays } }: Pick<Contract, 'retention'>
): ImportedAt {
  if (at === undefined || !Number.isFinite(at)) return { is: 'dropped', because: 'TIME_MISSING' }
  // By days, as retention does; nothing is taken in that would go tomorrow.
  const kept = startOfDay(dayOf(now - recordsDays * DAY_MS))
  const counted = startOfDay(dayOf(now - aggregatesDays * DAY_MS))
  if (at < counted) return { is: 'dropped', because: 'TOO_OLD' }
  return { is: 'kept', at: Math.min(at, now), isOnlyCounted: at < kept }
}
