/** Naively: what came in, and what was not kept. */
import { compareVersionTexts } from '#values/version-order'
import type { KeptRecord } from '../../record.ts'
import { dayOf } from './fleet.test-support.ts'
import {
  declarers,
  groups,
  type Naive,
  orNull,
  periodKey,
  periodOf,
  quantile,
  type NaiveRow
} from './naive.test-support.ts'

export function ingestion(naive: Naive): readonly NaiveRow[] {
  const { fleet, unit } = naive
  const key = (day: string): string => (unit === undefined ? '' : periodOf(day, unit))
  const { first, last } = naive.lived
  const inSpan = (day: string): boolean => day >= first && day <= last
  const received = fleet.records.filter(({ receivedAt }) => inSpan(dayOf(receivedAt)))
  const drift = fleet.drift.filter(({ day }) => inSpan(day))
  const drifted = (some: typeof drift): number => some.reduce((sum, { count }) => sum + count, 0)
  if (naive.asked['show'] === 'reasons') {
    const count = drifted(drift)
    return count === 0
      ? []
      : [{ reason: 'FIELD_NOT_IN_CONTRACT', where: 'not declared, in the span', count }]
  }
  const periods = unit === undefined ? [''] : naive.periods
  return periods.map((period) => {
    const own = received.filter(({ receivedAt }) => key(dayOf(receivedAt)) === period)
    const lags = own
      .filter(({ occurredFrom }) => occurredFrom === 'sent' || occurredFrom === 'corrected')
      .map(({ receivedAt, occurredAt }) => (receivedAt - occurredAt) / 1000)
    const lost = drifted(drift.filter(({ day }) => key(day) === period))
    const state = unit === undefined ? 'kept' : naive.stateOf(period)
    const row = {
      ...periodKey(naive, period),
      kept: own.length,
      not_kept: lost,
      quarantined: 0,
      clamped: own.filter(({ occurredFrom }) => occurredFrom === 'clamped').length,
      lag_p50: quantile(lags, 0.5),
      lag_p90: quantile(lags, 0.9)
    }
    return orNull(row, state === 'kept' || (state === 'empty' && lost > 0), [unit ?? ''])
  })
}

export function drift(naive: Naive): readonly NaiveRow[] {
  if (naive.asked['show'] === 'declared') return declared(naive)
  if (naive.asked['show'] === 'versions') return ofVersions(naive)
  const inSpan = naive.fleet.drift.filter(
    ({ day }) => day >= naive.lived.first && day <= naive.lived.last
  )
  return [...groups(inSpan, ({ nameDigest }) => nameDigest).values()].map((some) => ({
    reason: 'FIELD_NOT_IN_CONTRACT',
    record: 'work',
    name: some[0]?.name ?? '#00000000',
    kind: 'string',
    records: some.reduce((sum, { count }) => sum + count, 0),
    ...(naive.follows
      ? { installations: new Set(some.flatMap(({ installation }) => installation ?? [])).size }
      : {}),
    last_day: some
      .map(({ day }) => day)
      .sort()
      .at(-1)
  }))
}

function ofVersions({ fleet, lived }: Naive): readonly NaiveRow[] {
  const until = fleet.drift.filter(({ day }) => day <= lived.last)
  const begun = [...groups(until, ({ nameDigest }) => nameDigest).values()].flatMap((some) => {
    const days = some.map(({ day }) => day).sort()
    const [first = ''] = days
    const [version] = some
      .flatMap((row) => row.version ?? [])
      .toSorted((one, other) => compareVersionTexts(one, other))
    const isTold = some.some((row) => row.day === first && row.version !== undefined)
    const records = some.reduce((sum, { count }) => sum + count, 0)
    return version !== undefined && isTold && first >= lived.first
      ? [{ version, first, last: days.at(-1) ?? '', records }]
      : []
  })
  return [...groups(begun, ({ version }) => version).values()].map((some) => ({
    version: some[0]?.version ?? '',
    things: some.length,
    records: some.reduce((sum, { records }) => sum + records, 0),
    first_day: some.map(({ first }) => first).sort()[0] ?? '',
    last_day:
      some
        .map(({ last }) => last)
        .sort()
        .at(-1) ?? ''
  }))
}

function declared(naive: Naive): readonly NaiveRow[] {
  const lastDay = (records: readonly KeptRecord[]): string | null =>
    records
      .map(({ occurredAt }) => dayOf(occurredAt))
      .sort()
      .at(-1) ?? null
  return ['report', 'start', 'work', 'check', 'stop'].flatMap((record) => {
    const own = naive.living().filter(({ name }) => name === record)
    const fields = Object.keys(declarers).filter((field) => declarers[field]?.includes(record))
    return [
      { record, field: null, records: own.length, share: null, last_day: lastDay(own) },
      ...fields.map((field) => {
        const has = own.filter((one) => {
          const value = one.fields[field]
          return (
            value !== undefined &&
            (typeof value !== 'object' || Object.keys(value as object).length > 0)
          )
        })
        return {
          record,
          field,
          records: has.length,
          share: own.length === 0 ? null : has.length / own.length,
          last_day: lastDay(has)
        }
      })
    ]
  })
}
