/**
 * Which findings follow from what a product's last days looked like? Pure, so that a test can be
 * any morning.
 */
import { DAY_MS, dayOf, HOUR_MS } from '#values/days'
import type { Instant } from '../record.ts'
import type { Finding, RuleName, Thresholds } from './finding.ts'
import type { Day, ProductFacts } from './facts.ts'

/**
 * Below it a fall of a third is chance: of 30 expected records, 20 or fewer come once in 30 days.
 */
const recordsExpectedMin = 30
/** Share of failures is told of days with at least so many outcomes, for the same reason. */
const outcomesMin = 30
/** More new names than these are told as one number: a renamed event brings them by the dozen. */
const namesShownMax = 5

export function judgeProduct(
  facts: ProductFacts,
  { now, thresholds }: { readonly now: Instant; readonly thresholds: Thresholds }
): readonly Finding[] {
  const rules: Partial<Record<RuleName, () => readonly Finding[]>> = {
    'records-fall': () => recordsFall(facts, now, thresholds),
    'failures-rise': () => failuresRise(facts, now, thresholds),
    'new-version': () => newVersions(facts, now),
    drift: () => drifting(facts),
    silence: () => silence(facts, now, thresholds)
  }
  return Object.entries(rules).flatMap(([name, judge]) =>
    thresholds.off.some((off) => off === name) ? [] : judge()
  )
}

function recordsFall(
  { product, records }: ProductFacts,
  now: Instant,
  { recordsFall: share }: Thresholds
): readonly Finding[] {
  const [yesterday, before] = sameWeekdays(records, now)
  const usual = median(before.map((day) => day.records))
  const came = yesterday?.records ?? 0
  if (usual === undefined || usual < recordsExpectedMin || came > usual * (1 - share)) return []
  const fall = Math.round((1 - came / usual) * 100)
  return [
    {
      rule: 'records-fall',
      product,
      key: `records-fall ${product}`,
      says:
        `${product}: ${count(came)} records on ${dayBefore(now)}, ${fall} % fewer than the ` +
        `${count(usual)} usual on a ${weekday(now)}.`,
      path: `/overview?product=${product}`,
      is: 'state'
    }
  ]
}

function failuresRise(
  { product, outcomes }: ProductFacts,
  now: Instant,
  { failuresRise: points }: Thresholds
): readonly Finding[] {
  const [yesterday, before] = sameWeekdays(outcomes, now)
  const known = before.filter(({ records }) => records >= outcomesMin)
  const usual = median(known.map(rateOf))
  if (yesterday === undefined || yesterday.records < outcomesMin || usual === undefined) return []
  const rate = rateOf(yesterday)
  if (rate - usual < points) return []
  return [
    {
      rule: 'failures-rise',
      product,
      key: `failures-rise ${product}`,
      says:
        `${product}: ${percent(rate)} of ${count(yesterday.records)} outcomes on ` +
        `${yesterday.day} were failures; ${percent(usual)} is usual on a ${weekday(now)}.`,
      path: `/explore?product=${product}&question=failures&unit=day`,
      is: 'state'
    }
  ]
}

function newVersions({ product, versions }: ProductFacts, now: Instant): readonly Finding[] {
  // Versions that were there when this looked first are no news: they have an earlier first day.
  const oldest = versions.map(({ firstDay }) => firstDay).toSorted()[0]
  return versions.flatMap(({ version, firstDay }): readonly Finding[] =>
    firstDay < dayBefore(now) || firstDay === oldest
      ? []
      : [
          {
            rule: 'new-version',
            product,
            key: `new-version ${product} ${version}`,
            says:
              `${product}: version ${version} reports for the first time in two weeks, since ` +
              `${firstDay}.`,
            path: `/versions?product=${product}`,
            is: 'fact'
          }
        ]
  )
}

function drifting({ product, drift }: ProductFacts): readonly Finding[] {
  return drift.slice(0, namesShownMax * 10).map(({ key, says }): Finding => ({
    rule: 'drift',
    product,
    key: `drift ${product} ${key}`,
    says: `${product}: something arrives that no contract has: ${says}.`,
    path: `/explore?product=${product}&question=drift`,
    is: 'fact'
  }))
}

function silence(
  { product, records, lastReceivedAt }: ProductFacts,
  now: Instant,
  { silenceHours }: Thresholds
): readonly Finding[] {
  const weekAgo = dayOf(now - 8 * DAY_MS)
  const wasHeard = records.some((day) => day.day >= weekAgo && day.records > 0)
  if (lastReceivedAt === undefined || !wasHeard) return []
  const silentMs = now - lastReceivedAt
  if (silentMs < silenceHours * HOUR_MS) return []
  return [
    {
      rule: 'silence',
      product,
      key: `silence ${product}`,
      says:
        `${product}: nothing was received since ` +
        `${new Date(lastReceivedAt).toISOString().slice(0, 16)}Z, for ` +
        `${Math.floor(silentMs / HOUR_MS)} hours.`,
      path: `/live?product=${product}`,
      is: 'state'
    }
  ]
}

/** What concerns the collector itself, whoever reports to it. */
export function judgeCollector(
  state: {
    readonly quarantined: number
    /** Undefined: nothing waits. */
    readonly oldestWaitingAt: Instant | undefined
  },
  { now, thresholds }: { readonly now: Instant; readonly thresholds: Thresholds }
): readonly Finding[] {
  const lagSeconds = state.oldestWaitingAt === undefined ? 0 : (now - state.oldestWaitingAt) / 1000
  const all: readonly (Finding | undefined)[] = [
    state.quarantined > 0
      ? {
          rule: 'quarantine',
          product: undefined,
          key: 'quarantine',
          says:
            `${count(state.quarantined)} records of the last seven days are in quarantine: the ` +
            'store refused them.',
          path: '/health',
          is: 'state'
        }
      : undefined,
    lagSeconds > thresholds.lagSeconds
      ? {
          rule: 'lag',
          product: undefined,
          key: 'lag',
          says: `What was accepted waits for ${Math.round(lagSeconds)} seconds to be loaded.`,
          path: '/health',
          is: 'state'
        }
      : undefined
  ]
  return all.flatMap((finding) =>
    finding === undefined || thresholds.off.includes(finding.rule) ? [] : [finding]
  )
}

/** Yesterday, and the same weekday of the weeks before. A day that has no row is not known. */
function sameWeekdays(
  days: readonly Day[],
  now: Instant
): readonly [Day | undefined, readonly Day[]] {
  const of = (back: number): Day | undefined => {
    const name = dayOf(now - back * DAY_MS)
    return days.find(({ day }) => day === name)
  }
  return [of(1), [of(8), of(15)].filter((day) => day !== undefined)]
}

function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

function rateOf({ records, failed }: Day): number {
  return records === 0 ? 0 : failed / records
}

function dayBefore(now: Instant): string {
  return dayOf(now - DAY_MS)
}

/** Of yesterday: the rules look at the last full day. */
function weekday(now: Instant): string {
  const names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
  return names[new Date(now - DAY_MS).getUTCDay()] ?? ''
}

function count(number: number): string {
  return new Intl.NumberFormat('en').format(Math.round(number))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
