/** Sends ninety days of a simulated fleet through the server's own HTTP routes, on a clock that the demonstration moves. */
import type { Network } from '../../effects.ts'
import { chanceFrom } from './chance.ts'
import { dblabMember } from './dblab.ts'
import { dltCi, dltMember } from './dlt.ts'
import type { Member, Send } from './member.ts'
import { readysetMember } from './readyset.ts'
import { timescaledbMember } from './timescaledb.ts'

export const demoDays = 90
const hourMs = 3_600_000
/** Enough to keep one core busy, and fewer than a browser opens to a CDN. */
const requestsAtOnce = 24

export interface FleetProgress {
  readonly day: number
  readonly sent: number
  readonly failed: number
}

/** Sends everything, oldest first. `moveClock` is told the simulated time before each hour's requests. */
export async function sendFleet(options: {
  readonly url: string
  readonly endsAt: number
  readonly network: Network
  readonly moveClock: (now: number) => void
  readonly onDay: (progress: FleetProgress) => void
  readonly signal: AbortSignal
}): Promise<FleetProgress> {
  const { endsAt, moveClock, onDay, signal } = options
  const startsAt = endsAt - demoDays * 24 * hourMs
  const members = fleet()
  const chance = chanceFrom(7)
  let sent = 0
  let failed = 0
  for (let day = 0; day < demoDays && !signal.aborted; day += 1) {
    const byHour: Send[][] = Array.from({ length: 24 }, () => [])
    for (const member of members) {
      for (const send of member.day(day, { chance, startsAt: startsAt + day * 24 * hourMs }))
        byHour[Math.min(23, Math.floor(send.hour))]?.push(send)
    }
    for (const [hour, sends] of byHour.entries()) {
      if (signal.aborted) break
      moveClock(Math.min(endsAt, startsAt + (day * 24 + hour) * hourMs))
      const results = await sendAll(sends, options)
      sent += results.sent
      failed += results.failed
    }
    onDay({ day: day + 1, sent, failed })
  }
  return { day: demoDays, sent, failed }
}

/** Several hundred installations: the proportions are invented, the shapes are the real clients'. */
function fleet(): readonly Member[] {
  const chance = chanceFrom(1)
  const times = (count: number, make: () => Member): Member[] => Array.from({ length: count }, make)
  return [
    ...times(60, () => dblabMember(chance, demoDays)),
    ...times(80, () => readysetMember(chance, demoDays)),
    ...times(140, () => timescaledbMember(chance, demoDays)),
    timescaledbMember(chance, demoDays, 40),
    ...times(120, () => dltMember(chance, demoDays)),
    ...times(12, () => dltCi(chance))
  ]
}

async function sendAll(
  sends: readonly Send[],
  { url, network, signal }: { url: string; network: Network; signal: AbortSignal }
): Promise<{ sent: number; failed: number }> {
  let next = 0
  let failed = 0
  const worker = async (): Promise<void> => {
    for (let send = sends[next++]; send !== undefined && !signal.aborted; send = sends[next++]) {
      const isKept = await network
        .fetch(`${url}${send.path}`, { method: 'POST', headers: send.headers, body: send.body, signal })
        .then(
          async (response) => {
            await response.arrayBuffer()
            return response.ok
          },
          () => false
        )
      if (!isKept) failed += 1
    }
  }
  await Promise.all(Array.from({ length: requestsAtOnce }, worker))
  return { sent: sends.length, failed }
}
