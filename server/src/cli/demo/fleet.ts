/**
 * Sends the days of a simulated fleet through the server's own HTTP routes, on a clock that the
 * demonstration moves.
 */
import type { CompiledContract } from '@candor/contract'
import { DAY_MS } from '#values/days'
import type { Poster } from '../../effects.ts'
import { chanceFrom } from './chance.ts'
import { dblabMember } from './dblab.ts'
import { dltCi, dltMember } from './dlt.ts'
import type { Member, Send } from './member.ts'
import { ownMember } from './own-product.ts'
import { readysetMember } from './readyset.ts'
import { timescaledbMember } from './timescaledb.ts'

/**
 * How long the fleet lives. As long as the shortest retention of the four contracts: a longer past
 * would be deleted at once.
 */
export const demoDaysMax = 90
const hourMs = 3_600_000

/** Enough for charts that look like something, and sent within a minute. */
const ownMembers = 150

export interface FleetProgress {
  /** Days that are over. */
  readonly day: number
  readonly sent: number
  readonly failed: number
}

export interface FleetOptions {
  readonly poster: Pick<Poster, 'post'>
  /** Only this product's fleet, by its contract; undefined: those of the four products. */
  readonly only?: CompiledContract | undefined
  /** How many installations may speak at once. */
  readonly atOnce: number
  /** The present. Its day is the last one, as far as it has come. */
  readonly endsAt: number
  /** How many of the fleet's last days are sent. */
  readonly days: number
  /** Told the simulated time before each hour's requests. */
  readonly moveClock: (now: number) => void
  readonly onDay: (progress: FleetProgress) => void
  readonly signal: AbortSignal
}

/** The start of the first day that is sent. */
export function fleetStartsAt({ endsAt, days }: Pick<FleetOptions, 'endsAt' | 'days'>): number {
  return Math.floor(endsAt / DAY_MS) * DAY_MS - (days - 1) * DAY_MS
}

/** Sends everything, oldest first, until the signal aborts. */
export async function sendFleet(options: FleetOptions): Promise<FleetProgress> {
  const { days, endsAt, moveClock, onDay, signal } = options
  const members = options.only === undefined ? fleet() : fleetOf(options.only)
  const chance = chanceFrom(7)
  let progress: FleetProgress = { day: 0, sent: 0, failed: 0 }
  for (let past = 0; past < days && !signal.aborted; past += 1) {
    const startsAt = fleetStartsAt(options) + past * DAY_MS
    const isWeekend = [0, 6].includes(new Date(startsAt).getUTCDay())
    const today = members.map((member) =>
      member.day(demoDaysMax - days + past, { chance, startsAt, isWeekend })
    )
    for (
      let hour = 0;
      hour < 24 && !signal.aborted && startsAt + hour * hourMs <= endsAt;
      hour += 1
    ) {
      const now = today
        .map((sends) =>
          sends
            .filter((send) => Math.min(23, Math.floor(send.hour)) === hour)
            .sort((a, b) => a.hour - b.hour)
        )
        .filter((sends) => sends.length > 0)
      moveClock(startsAt + hour * hourMs)
      const { sent, failed } = await sendAll(now, options)
      progress = { day: past, sent: progress.sent + sent, failed: progress.failed + failed }
    }
    if (!signal.aborted) progress = { ...progress, day: past + 1 }
    onDay(progress)
  }
  return progress
}

/**
 * Several hundred installations: the proportions are invented, the shapes are the real clients'.
 */
function fleet(): readonly Member[] {
  const chance = chanceFrom(1)
  const days = demoDaysMax
  return [
    ...times(60, () => dblabMember(chance, days)),
    ...times(80, () => readysetMember(chance, days)),
    ...times(140, () => timescaledbMember(chance, days)),
    ...[40, 12, 5].map((copies) => timescaledbMember(chance, days, copies)),
    ...times(120, () => dltMember(chance, days)),
    ...times(12, () => dltCi(chance))
  ]
}

/** Of a product that has clients of its own, those; else what its contract tells. */
function fleetOf(product: CompiledContract): readonly Member[] {
  const chance = chanceFrom(1)
  const days = demoDaysMax
  switch (product.contract.product) {
    case 'dblab':
      return times(60, () => dblabMember(chance, days))
    case 'readyset':
      return times(80, () => readysetMember(chance, days))
    case 'timescaledb':
      return times(140, () => timescaledbMember(chance, days))
    case 'dlt':
      return [...times(120, () => dltMember(chance, days)), ...times(12, () => dltCi(chance))]
    default:
      return times(ownMembers, () => ownMember(product, chance, days))
  }
}

function times(count: number, make: () => Member): readonly Member[] {
  return Array.from({ length: count }, make)
}

/**
 * One installation's requests go one after another, as its client's do: ReadySet's would else pass
 * for retries of each other.
 */
async function sendAll(
  byMember: readonly (readonly Send[])[],
  { poster, atOnce, signal }: FleetOptions
): Promise<{ sent: number; failed: number }> {
  let next = 0
  let sent = 0
  let failed = 0
  const worker = async (): Promise<void> => {
    for (let sends = byMember[next++]; sends !== undefined; sends = byMember[next++]) {
      for (const { path, headers, body } of sends) {
        if (signal.aborted) return
        const status = await poster.post(path, { headers, body })
        sent += 1
        if (status < 200 || status > 299) failed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { sent, failed }
}
