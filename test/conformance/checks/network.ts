/**
 * Does a bad network delay the program's end, or change how it ends? Pairs of runs, with telemetry
 * and without, one beside the other.
 */
import type { Behaviour } from '../laboratory/collector.ts'
import type { Laboratory } from '../laboratory/laboratory.ts'
import type { Ended } from '../laboratory/launch.ts'
import type { Way } from '../profile.ts'
import { judge, notOffered, type Check } from './check.ts'
import { differences, silentWay } from './output.ts'

/** Design: the end of a program waits no longer for its telemetry, whatever the network does. */
export const exitBarMs = 2
/**
 * Of the whole run: loading and recording cost something, waiting for a network does not hide in
 * it.
 */
const wholeBarMs = 50
/**
 * Three that are all this late need no twelve more to be believed, and one that is as late as no
 * noise ever is needs no second.
 */
const clearlyLateMs = 250
const clearlyLatePairs = 3
const hopelesslyLateMs = 5_000

const behaviours: readonly (readonly [Behaviour, string])[] = [
  ['answers', 'a collector that answers'],
  ['refuses', 'a port that nobody listens on'],
  ['drops', 'packets that are dropped'],
  ['503', 'a collector that answers 503'],
  ['hangs', 'a collector that reads and never answers'],
  ['trickles', 'a collector that answers a header at a time, for ever']
]

export const networkChecks: readonly Check[] = behaviours.map(([behaviour, words]) => ({
  id: `network/${behaviour}`,
  says: `${words}: no delay at exit, the same exit code and output`,
  try: async (laboratory) => {
    const silent = silentWay(laboratory.profile)
    if (silent === undefined)
      return notOffered('there is no way to have it without telemetry to compare with')
    return tryNetwork(laboratory, behaviour, silent)
  }
}))

interface Pair {
  readonly without: Ended
  readonly withIt: Ended
}

async function tryNetwork(
  laboratory: Laboratory,
  behaviour: Behaviour,
  silent: Way
): ReturnType<Check['try']> {
  const { pairs, toleranceMs, profile, collector } = laboratory
  const found: Pair[] = []
  const problems = new Set<string>()
  let tries = 0
  while (found.length < pairs) {
    const without = await laboratory.inSandbox(async (sandbox) => {
      await laboratory.prepare(sandbox, [silent])
      return laboratory.run(sandbox, [silent])
    })
    const withIt = await laboratory.inSandbox(async (sandbox): Promise<Ended> => {
      await laboratory.prepare(sandbox, [profile.yes])
      // So that something waits to be delivered, as in any run but the first.
      await laboratory.run(sandbox, [profile.yes])
      collector.takeReports()
      await collector.behave(behaviour)
      const ended = await laboratory.run(sandbox, [profile.yes])
      tries += collector.takeReports().length > 0 ? 1 : 0
      return ended
    })
    for (const difference of differences(profile, without, withIt)) problems.add(difference)
    found.push({ without, withIt })
    if (found.some((pair) => wholeOf(pair) > hopelesslyLateMs)) break
    if (found.length === clearlyLatePairs && found.every((pair) => wholeOf(pair) > clearlyLateMs))
      break
  }
  const whole = distributionOf(found.map(wholeOf))
  const exits = found.flatMap(({ without, withIt }) =>
    without.exitMs === undefined || withIt.exitMs === undefined
      ? []
      : [withIt.exitMs - without.exitMs]
  )
  const isMarked = exits.length === found.length
  const exit = isMarked ? distributionOf(exits) : whole
  // Only what the machine's noise cannot explain is held against a program: the low end of where
  // the median may be.
  if (exit.low > exitBarMs + toleranceMs)
    problems.add(`exit is delayed by ${milliseconds(exit.median)}`)
  if (isMarked && whole.low > wholeBarMs + toleranceMs)
    problems.add(
      `the whole run takes ${milliseconds(whole.median)} longer; ${wholeBarMs} ms are for ` +
        'loading and recording'
    )
  const arrived =
    behaviour === 'refuses' || behaviour === 'drops'
      ? []
      : [`${tries} of ${found.length} runs sent something meanwhile`]
  return judge(
    [...problems],
    [
      'exit ' +
        describe(exit) +
        (isMarked
          ? `; whole run ${describe(whole)}`
          : ' (of the whole run: the profile marks no end of its work)'),
      `${found.length} pair${found.length === 1 ? '' : 's'}; bar ${exitBarMs} ms + ` +
        `${toleranceMs} ms tolerance, for the low end`,
      ...arrived
    ],
    { exitMs: rounded(exit.median), wholeMs: rounded(whole.median), pairs: found.length }
  )
}

function wholeOf({ without, withIt }: Pair): number {
  return withIt.wholeMs - without.wholeMs
}

interface Distribution {
  readonly p10: number
  /**
   * Between these two the median of as many pairs as one likes would lie, in 19 of 20 measurements.
   */
  readonly low: number
  readonly high: number
  readonly median: number
  readonly p90: number
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((one, other) => one - other)
  const rank = rankOf(values.length)
  const [low = 0, high = 0] = [sorted[rank], sorted.at(-1 - rank)]
  return {
    p10: quantile(sorted, 0.1),
    low,
    high,
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9)
  }
}

/**
 * How many values at each end may be left out: a coin that is thrown as often shows fewer heads in
 * one of forty cases.
 */
function rankOf(count: number): number {
  let chance = 0.5 ** count
  let sum = chance
  let rank = 0
  for (let next = 1; next <= (count - 1) / 2; next += 1) {
    chance *= (count - next + 1) / next
    sum += chance
    if (sum > 0.025) break
    rank = next
  }
  return rank
}

/** Between the two values that are nearest. */
function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
  return below + (above - below) * (place - Math.floor(place))
}

function describe({ p10, median, p90, low, high }: Distribution): string {
  return (
    `${signed(median)} (surely between ${signed(low)} and ${signed(high)}; p10 ${signed(p10)}, ` +
    `p90 ${signed(p90)})`
  )
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${milliseconds(Math.abs(value))}`
}

function milliseconds(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(1)} ms`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
