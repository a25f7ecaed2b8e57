/** Naively: who runs what an advisory names, and how many days until another version was stated. */
import type { KeptRecord } from '../../record.ts'
import { dayOf } from './fleet.test-support.ts'
import { dayMs, groups, type Naive, type NaiveRow, periodOf } from './naive.test-support.ts'

/** What the fleets' advisories say, in words that need no comparison. */
export interface NaiveAdvisory {
  readonly id: string
  readonly date: string
  readonly affected: string
  readonly platforms?: Readonly<Record<string, readonly string[]>>
  readonly versions: readonly string[]
}

export function advisoriesAt(now: number): readonly NaiveAdvisory[] {
  const day = (ago: number): string => dayOf(now - ago * dayMs)
  return [
    { id: 'A-1', date: day(33), affected: '<2.0.0', versions: ['1.9.0', '1.10.0', '2.0.0-rc1'] },
    {
      id: 'A-2',
      date: day(9),
      affected: '>=1.10.0 <2.0.0-rc1 || 2.0.0',
      platforms: { os: ['Linux'] },
      versions: ['1.10.0', '2.0.0']
    },
    {
      id: 'A-3',
      date: day(95),
      affected: '<1.10.0',
      platforms: { postgresql: ['16'] },
      versions: ['1.9.0']
    }
  ]
}

type State = 'affected' | 'not told' | 'other'

function stateOf(record: KeptRecord, { versions, platforms = {} }: NaiveAdvisory): State {
  if (record.version === undefined) return 'not told'
  if (!versions.includes(record.version)) return 'other'
  if ('postgresql' in platforms) return 'not told'
  if (!('os' in platforms)) return 'affected'
  const { os } = record.environment
  return os === undefined ? 'not told' : os === 'linux' ? 'affected' : 'other'
}

/** By the last record that states a version, if one does. */
function lastState(records: readonly KeptRecord[], advisory: NaiveAdvisory): State | undefined {
  const inOrder = records.toSorted((one, other) => one.occurredAt - other.occurredAt)
  const last = inOrder.filter(({ version }) => version !== undefined).at(-1) ?? inOrder.at(-1)
  return last && stateOf(last, advisory)
}

export function exposure(naive: Naive): readonly NaiveRow[] {
  if (!naive.follows) return []
  const advisory = advisoriesAt(naive.fleet.now).find(({ id }) => id === naive.asked['advisory'])
  if (advisory === undefined) throw new Error('asked for an advisory that there is not')
  const back = dayOf(Date.parse(advisory.date) - 30 * dayMs)
  const from = back < naive.keptFrom ? naive.keptFrom : back
  const records = naive
    .records(from > naive.last ? naive.last : from)
    .filter(({ installation }) => installation !== undefined)
  const fleet = [...groups(records, ({ installation }) => installation ?? '').values()]
  return naive.asked['show'] === 'fix'
    ? fixOf(naive, advisory, fleet)
    : periodsOf(naive, advisory, fleet)
}

function periodsOf(
  naive: Naive,
  advisory: NaiveAdvisory,
  fleet: readonly (readonly KeptRecord[])[]
): readonly NaiveRow[] {
  const unit = naive.unit ?? 'week'
  const inPeriod = (record: KeptRecord): string => periodOf(dayOf(record.occurredAt), unit)
  return naive.periods
    .filter((period) => period >= periodOf(advisory.date, unit))
    .map((period) => {
      const now = fleet.map((records) =>
        lastState(
          records.filter((record) => inPeriod(record) === period),
          advisory
        )
      )
      // The state of the last period in which it reported.
      const before = fleet.map((records) => {
        const earlier = records.filter((record) => inPeriod(record) < period)
        const last = earlier.map(inPeriod).sort().at(-1)
        return lastState(
          earlier.filter((record) => inPeriod(record) === last),
          advisory
        )
      })
      const count = (state: State): number => now.filter((own) => own === state).length
      const silent = now.filter(
        (own, index) =>
          own === undefined && (before[index] === 'affected' || before[index] === 'not told')
      ).length
      const reported = now.filter((own) => own !== undefined).length
      const [sure, untold] = [count('affected'), count('not told')]
      const row = {
        [unit]: period,
        installations: sure,
        at_most: sure + untold + silent,
        not_told: untold,
        silent,
        reported,
        share: reported === untold ? null : sure / (reported - untold)
      }
      return naive.stateOf(period) === 'kept'
        ? row
        : Object.fromEntries(Object.keys(row).map((name) => [name, name === unit ? period : null]))
    })
}

function fixOf(
  naive: Naive,
  advisory: NaiveAdvisory,
  fleet: readonly (readonly KeptRecord[])[]
): readonly NaiveRow[] {
  if (advisory.date > naive.last) return []
  const waits = fleet.flatMap((records): readonly (number | 'still' | 'silent')[] => {
    const isThen = (record: KeptRecord): boolean => dayOf(record.occurredAt) <= advisory.date
    if (lastState(records.filter(isThen), advisory) !== 'affected') return []
    const later = records.filter((record) => !isThen(record))
    const [left] = later
      .filter((record) => stateOf(record, advisory) === 'other')
      .map(({ occurredAt }) => dayOf(occurredAt))
      .sort()
    if (left !== undefined) return [(Date.parse(left) - Date.parse(advisory.date)) / dayMs]
    return [later.length > 0 ? 'still' : 'silent']
  })
  const heard = waits.filter((wait) => wait !== 'silent')
  const days = heard.filter((wait) => wait !== 'still')
  const after = (part: number): number | null => {
    for (let day = 1; day < 200; day += 1)
      if (heard.length > 0 && days.filter((own) => own <= day).length >= part * heard.length)
        return day
    return null
  }
  return [
    {
      advisory: advisory.id,
      published: advisory.date,
      days_50: after(0.5),
      days_25: after(0.25),
      days_90: after(0.9),
      installations: heard.length,
      left: days.length,
      share: heard.length === 0 ? null : days.length / heard.length,
      silent: waits.length - heard.length
    }
  ]
}
