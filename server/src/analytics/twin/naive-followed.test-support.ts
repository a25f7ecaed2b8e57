/** Naively: who comes back, who upgrades, and how far sessions and sequences go. */
import { advisoriesAt } from './naive-exposure.test-support.ts'
import type { KeptRecord } from '../../record.ts'
import { dayOf } from './fleet.test-support.ts'
import {
  byKeys,
  dayMs,
  groups,
  meets,
  type Naive,
  orNull,
  periodKey,
  periodOf,
  quantile,
  type NaiveRow,
  valuesOf
} from './naive.test-support.ts'

const order = ['1.9.0', '1.10.0', '2.0.0-rc1', '2.0.0']

export function upgradeFlow(naive: Naive): readonly NaiveRow[] {
  if (!naive.follows) return []
  const known = naive
    .living()
    .filter(({ version, installation }) => version !== undefined && installation !== undefined)
  const ways = [...groups(known, ({ installation }) => installation ?? '').values()].map((some) => {
    const sorted = some.toSorted((one, other) => one.occurredAt - other.occurredAt)
    return { from: sorted[0]?.version ?? '', to: sorted.at(-1)?.version ?? '' }
  })
  return [...groups(ways, ({ from, to }) => `${from} ${to}`).values()].map((some) => {
    const { from, to } = some[0] as { from: string; to: string }
    const change = order.indexOf(to) - order.indexOf(from)
    return {
      from,
      to,
      change: change > 0 ? 'upgrade' : change < 0 ? 'downgrade' : 'same',
      installations: some.length
    }
  })
}

/** No pre-release is the newest. */
const newest = (known: readonly string[]): string | undefined =>
  ['2.0.0', '1.10.0', '1.9.0'].find((version) => known.includes(version))

export function upToDate(naive: Naive): readonly NaiveRow[] {
  if (!naive.follows) return []
  const known = naive.living().filter(({ installation }) => installation !== undefined)
  const running = [...groups(known, ({ installation }) => installation ?? '').values()].map(
    (some) =>
      some
        .filter(({ version }) => version !== undefined)
        .toSorted((one, other) => one.occurredAt - other.occurredAt)
        .at(-1)?.version
  )
  const told = running.flatMap((version) => version ?? [])
  const releases = naive.fleet.releases.map(({ version }) => version)
  const goal = newest(releases.length > 0 ? releases : told)
  const silent = running.length - told.length
  const row = (state: string, what: string | null, installations: number): NaiveRow => ({
    state,
    what,
    installations,
    at_most: installations + silent,
    share: told.length === 0 ? null : installations / told.length
  })
  const there = told.filter((version) => order.indexOf(version) >= order.indexOf(goal ?? '')).length
  return running.length === 0
    ? []
    : [
        ...(goal === undefined
          ? []
          : [row('newest', goal, there), row('behind', null, told.length - there)]),
        // Any platform counts: what an advisory says of them is the question exposure.
        ...advisoriesAt(naive.fleet.now).flatMap(({ id, versions }) => {
          const affected = told.filter((version) => versions.includes(version)).length
          return affected === 0 ? [] : [row('affected', id, affected)]
        }),
        ...(silent === 0
          ? []
          : [
              { state: 'not told', what: null, installations: silent, at_most: silent, share: null }
            ])
      ]
}

function firstDays(naive: Naive): ReadonlyMap<string, string> {
  const all = naive.fleet.records.filter(({ installation }) => installation !== undefined)
  return new Map(
    [...groups(all, ({ installation }) => installation ?? '')].map(([id, some]) => [
      id,
      dayOf(Math.min(...some.map(({ occurredAt }) => occurredAt)))
    ])
  )
}

export function retention(naive: Naive): readonly NaiveRow[] {
  const unit = naive.unit ?? 'week'
  if (!naive.follows) return []
  const { by, periods } = naive
  const sights = firstDays(naive)
  const any = naive.fleet.records.filter(
    ({ occurredAt }) => dayOf(occurredAt) >= naive.first && dayOf(occurredAt) <= naive.last
  )
  const isIn = (records: readonly KeptRecord[], id: string, period: string): boolean =>
    records.some(
      ({ installation, occurredAt }) =>
        installation === id && periodOf(dayOf(occurredAt), unit) === period
    )
  const begun = (id: string): readonly unknown[] => {
    const [first] = any
      .filter(({ installation }) => installation === id)
      .toSorted((one, other) => one.occurredAt - other.occurredAt)
    return first === undefined ? [] : by.map((name) => valuesOf(first, name)[0])
  }
  return periods
    .filter((cohort) => cohort >= naive.keptFrom || (naive.firstDay ?? '') >= naive.keptFrom)
    .flatMap((cohort) => {
      const all = [...sights]
        .filter(
          ([, day]) => day >= naive.first && day <= naive.last && periodOf(day, unit) === cohort
        )
        .map(([id]) => id)
        .filter((id) => isIn(naive.records(), id, cohort))
      return [...groups(all, (id) => JSON.stringify(begun(id))).values()].flatMap((members) =>
        periods
          .filter((period) => period >= cohort)
          .map((start, period) => {
            const active = members.filter((id) => isIn(any, id, start)).length
            return {
              cohort,
              ...byKeys(by, begun(members[0] ?? '')),
              installations: members.length,
              period,
              start,
              active,
              share: active / members.length
            }
          })
      )
    })
}

export function newReturningLost(naive: Naive): readonly NaiveRow[] {
  const unit = naive.unit ?? 'week'
  if (!naive.follows) return []
  const sights = firstDays(naive)
  const before = (period: string): string => periodOf(dayOf(Date.parse(period) - dayMs), unit)
  const idsOf = (period: string): readonly string[] => [
    ...new Set(
      naive
        .records('0000', naive.last)
        .filter(({ occurredAt }) => periodOf(dayOf(occurredAt), unit) === period)
        .flatMap(({ installation }) => installation ?? [])
    )
  ]
  return naive.periods.map((period) => {
    const isLost = before(period) < naive.keptFrom && (naive.firstDay ?? '9') < naive.keptFrom
    const [now, then] = [idsOf(period), idsOf(before(period))]
    const isNew = (id: string): boolean => periodOf(sights.get(id) ?? '', unit) === period
    return orNull(
      {
        [unit]: period,
        active: now.length,
        new: now.filter(isNew).length,
        returning: now.filter((id) => !isNew(id) && then.includes(id)).length,
        back: now.filter((id) => !isNew(id) && !then.includes(id)).length,
        lost: naive.isWhole(period) ? then.filter((id) => !now.includes(id)).length : null
      },
      !isLost && naive.stateOf(period) !== 'empty',
      [unit]
    )
  })
}

export function timeToUpgrade(naive: Naive): readonly NaiveRow[] {
  if (!naive.follows) return []
  const known = naive
    .records(naive.keptFrom)
    .filter(({ version, installation }) => version !== undefined && installation !== undefined)
  const firsts = [...groups(known, ({ version }) => version ?? '')].map(([version, some]) => ({
    version,
    date: some.map(({ occurredAt }) => dayOf(occurredAt)).sort()[0] ?? ''
  }))
  // Also of records without a version or an id of a version: the first day on which anybody with an
  // id reported at all.
  const oldest = naive
    .records(naive.keptFrom)
    .filter(({ installation }) => installation !== undefined)
    .map(({ occurredAt }) => dayOf(occurredAt))
    .sort()[0]
  const releases =
    naive.fleet.releases.length > 0
      ? naive.fleet.releases
      : firsts.filter(({ date }) => date > (oldest ?? ''))
  return releases
    .filter(({ date }) => date >= naive.first && date <= naive.last)
    .map(({ version, date }) => {
      const rank = order.indexOf(version)
      const waits = [...groups(known, ({ installation }) => installation ?? '').values()].flatMap(
        (some) => {
          const days = (fits: (rank: number) => boolean): readonly string[] =>
            some
              .filter((record) => fits(order.indexOf(record.version ?? '')))
              .map(({ occurredAt }) => dayOf(occurredAt))
              .sort()
          const older = days((own) => own < rank)
          const [adopted] = days((own) => own >= rank)
          const alive = days(() => true).some((day) => day >= date)
          if (
            !older.some((day) => day < date) ||
            !alive ||
            (adopted !== undefined && adopted < date)
          )
            return []
          return [
            adopted === undefined ? Infinity : (Date.parse(adopted) - Date.parse(date)) / dayMs
          ]
        }
      )
      const all = waits.length
      const upgraded = waits.filter((days) => days < Infinity).length
      const within = (limit: number): number | null =>
        Date.parse(date) + limit * dayMs > Date.parse(naive.last) || all === 0
          ? null
          : waits.filter((days) => days <= limit).length / all
      const dayOfPart = (part: number): number | null => {
        for (let day = 0; day < 200; day += 1)
          if (all > 0 && waits.filter((days) => days <= day).length >= part * all) return day
        return null
      }
      return {
        version,
        released: date,
        installations: all,
        upgraded,
        share: all === 0 ? null : upgraded / all,
        share_7: within(7),
        share_30: within(30),
        days_25: dayOfPart(0.25),
        days_50: dayOfPart(0.5),
        days_90: dayOfPart(0.9)
      }
    })
}

/** `work(success=true)` */
function isStep(record: KeptRecord, step = ''): boolean {
  const [, name, where] = /^(\w+)(?:\((.*)\))?$/.exec(step) ?? []
  return record.name === name && meets(record, where)
}

/** The furthest step, tried from every first record. */
function reached(
  times: readonly { readonly record: KeptRecord; readonly at: number }[],
  steps: readonly string[],
  windowMs: number
): number {
  const go = (step: number, from: number, until: number): number =>
    step === steps.length
      ? step
      : Math.max(
          step,
          ...times
            .filter(({ record, at }) => isStep(record, steps[step]) && at >= from && at <= until)
            .map(({ at }) => go(step + 1, at, until))
        )
  return Math.max(
    0,
    ...times
      .filter(({ record }) => isStep(record, steps[0]))
      .map(({ at }) => go(1, at, at + windowMs))
  )
}

export function funnel(naive: Naive): readonly NaiveRow[] {
  const per = naive.asked['per'] === 'session' ? 'session' : 'installation'
  if (per === 'installation' && !naive.follows) return []
  const steps = (naive.asked['records'] ?? '').split(',')
  const named = (step: string): string => step.replace(/\((.*)\)/, ' ($1)')
  const known = naive.living().filter((record) => record[per] !== undefined)
  const windowMs = Number(naive.asked['hours'] ?? 168) * 3_600_000
  const all = [...groups(known, (record) => record[per] ?? '').values()].map((some) =>
    reached(
      some.map((record) => ({ record, at: record.occurredAt })),
      steps,
      windowMs
    )
  )
  const count = (step: number): number => all.filter((most) => most > step).length
  const part = (some: number, whole: number): number | null => (whole === 0 ? null : some / whole)
  return steps.map((name, step) => ({
    step: step + 1,
    name: named(name),
    [`${per}s`]: count(step),
    share: part(count(step), count(0)),
    share_before: part(count(step), count(Math.max(0, step - 1)))
  }))
}

export function sessions(naive: Naive): readonly NaiveRow[] {
  const all = [
    ...groups(
      naive.living().filter(({ session }) => session !== undefined),
      ({ session, occurredAt }) => `${session ?? ''} ${dayOf(occurredAt)}`
    ).values()
  ].map((some) => {
    const times = some.map(({ occurredAt }) => occurredAt)
    const began = Math.min(...times)
    return {
      period: naive.unit === undefined ? '' : periodOf(dayOf(began), naive.unit),
      seconds: (Math.max(...times) - began) / 1000,
      who:
        some
          .map(({ installation }) => installation ?? '')
          .sort()
          .at(-1) ?? '',
      records: some.length
    }
  })
  const ran = naive.living().filter(({ fields }) => fields['uptime'] !== undefined)
  const periods = naive.unit === undefined ? [''] : naive.periods
  return periods.map((period) => {
    const own = all.filter((session) => session.period === period)
    const ups = ran
      .filter((record) => (naive.period(record) ?? '') === period)
      .map(({ fields }) => Number(fields['uptime']))
    const seconds = own.map((session) => session.seconds)
    const row = {
      ...periodKey(naive, period),
      sessions: own.length,
      ...(naive.counts
        ? { installations: new Set(own.map(({ who }) => who).filter((who) => who !== '')).size }
        : {}),
      p50: quantile(seconds, 0.5),
      p90: quantile(seconds, 0.9),
      records_mean:
        own.length === 0 ? null : own.reduce((sum, { records }) => sum + records, 0) / own.length,
      uptimes: ups.length,
      uptime_p50: quantile(ups, 0.5),
      uptime_p90: quantile(ups, 0.9)
    }
    const isKnown = naive.unit === undefined || naive.stateOf(period) === 'kept'
    return orNull(row, isKnown, [naive.unit ?? ''])
  })
}
