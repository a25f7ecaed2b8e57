/** Naively: which values fields have, and what fails. */
import type { KeptRecord } from '../../record.ts'
import {
  byKeys,
  columnOf,
  declarers,
  distinct,
  filled,
  identified,
  groups,
  type Naive,
  orNull,
  periodKey,
  quantile,
  type NaiveRow,
  told,
  type Told,
  valueOf,
  valuesOf
} from './naive.test-support.ts'

function chosen(
  naive: Naive,
  field: string
): { readonly records: readonly KeptRecord[]; readonly isLatest: boolean } {
  const names = declarers[field] ?? []
  const isLatest = naive.asked['of'] === 'latest'
  const records = isLatest
    ? naive.latest(names)
    : naive.living().filter(({ name }) => names.includes(name))
  return { records, isLatest: isLatest && naive.follows }
}

export function breakdown(naive: Naive): readonly NaiveRow[] {
  const field = naive.asked['field'] ?? ''
  const { records, isLatest } = chosen(naive, field)
  const given = records.filter((record) => valueOf(record, field) !== null)
  const keys = naive.asked['key']?.split(',')
  const pairs = records
    .flatMap((record) =>
      valuesOf(record, field).map((value) => ({
        record,
        value: lineOf(value, naive.asked['lines'])
      }))
    )
    .filter(({ value }) => keys?.includes(String(value)) !== false)
  return [...groups(pairs, ({ value }) => JSON.stringify(value)).values()].map((some) => ({
    value: some[0]?.value,
    ...(isLatest ? {} : { records: some.length }),
    ...(isLatest
      ? { installations: some.length }
      : naive.counts
        ? { installations: identified(some.map(({ record }) => record)) }
        : {}),
    ...(field === 'calls'
      ? {
          sum: some.reduce(
            (sum, { record, value }) =>
              sum + Number((record.fields['calls'] as NaiveRow)[String(value)]),
            0
          )
        }
      : {}),
    share:
      some[0]?.value === null
        ? null
        : some.length / (field === 'tags' || field === 'calls' ? records.length : given.length)
  }))
}

/** `17.2` is of the major line `17.x`. */
function lineOf(value: unknown, lines: string | undefined): unknown {
  if (typeof value !== 'string' || (lines !== 'minor' && lines !== 'major')) return value
  const numbers = value.replace(/^v/i, '').split('.')
  const kept = numbers.slice(0, lines === 'minor' ? 2 : 1)
  return kept.length < (lines === 'minor' ? 2 : 1) ? value : `${kept.join('.')}.x`
}

export function numbersOf(naive: Naive, field: string): readonly number[] {
  const keys = naive.asked['key']?.split(',')
  return chosen(naive, field).records.flatMap((record) => {
    const value = valueOf(record, field)
    if (typeof value === 'number') return [value]
    if (value === null || typeof value !== 'object') return []
    return Object.entries(value)
      .filter(([key]) => keys?.includes(key) !== false)
      .map(([, number]) => Number(number))
  })
}

export function distribution(naive: Naive): readonly NaiveRow[] {
  const values = numbersOf(naive, naive.asked['field'] ?? '')
  if (values.length === 0) return []
  return [
    { statistic: 'least', value: Math.min(...values) },
    ...[5, 25, 50, 75, 90, 95, 99].map((percent) => ({
      statistic: `p${percent}`,
      value: quantile(values, percent / 100)
    })),
    { statistic: 'greatest', value: Math.max(...values) },
    { statistic: 'mean', value: values.reduce((sum, value) => sum + value, 0) / values.length }
  ]
}

const units: Readonly<Record<string, string>> = { tables: 'tables', bytes: 'bytes' }

export function fleet(naive: Naive): readonly NaiveRow[] {
  const { field } = naive.asked
  const { by } = naive
  const latest = naive.latest(['report'])
  const counted = naive.follows ? 'installations' : 'records'
  const parts = told({ ...naive, unit: undefined, period: () => undefined } as never, by, latest)
  if (field === 'calls') return fleetByKey(naive, parts, counted)
  const isSent = (name: string): boolean =>
    parts.some(({ records }) => records.some((record) => record.fields[name] !== undefined))
  const fields = field === undefined ? ['tables', 'bytes', 'vector'].filter(isSent) : [field]
  return fields.flatMap((name) =>
    parts.map(({ values: keys, records }) => {
      const values = records
        .map((record) => record.fields[name])
        .filter((value) => value !== undefined)
        .map(Number)
      return {
        field: name,
        ...byKeys(by, keys),
        ...summed(values, { counted, isNumeric: name !== 'vector' }),
        unit: units[name] ?? null
      }
    })
  )
}

function fleetByKey(naive: Naive, parts: readonly Told[], counted: string): readonly NaiveRow[] {
  const wanted = naive.asked['key']?.split(',')
  return parts.flatMap(({ values: own, records }) => {
    const pairs = records.flatMap((record) =>
      Object.entries((record.fields['calls'] ?? {}) as NaiveRow)
    )
    return [...groups(pairs, ([key]) => key)]
      .filter(([key]) => wanted?.includes(key) !== false)
      .map(([key, some]) => ({
        field: 'calls',
        key,
        ...byKeys(naive.by, own),
        ...summed(
          some.map(([, value]) => Number(value)),
          { counted, isNumeric: true }
        ),
        unit: null
      }))
  })
}

function summed(
  values: readonly number[],
  { counted, isNumeric }: { readonly counted: string; readonly isNumeric: boolean }
): NaiveRow {
  const isSent = isNumeric && values.length > 0
  return {
    [counted]: values.length,
    sum: isSent ? values.reduce((sum, value) => sum + value, 0) : null,
    p50: isSent ? quantile(values, 0.5) : null,
    p90: isSent ? quantile(values, 0.9) : null,
    greatest: isSent ? Math.max(...values) : null,
    share: values.length === 0 ? null : values.filter((value) => value > 0).length / values.length
  }
}

export function failures(naive: Naive): readonly NaiveRow[] {
  const { reason, failure, failed } = naive.asked
  const { by } = naive
  if (failed !== undefined) return counters(naive)
  const failing = failure === undefined ? ['work', 'check'] : [failure]
  const isFailed = (record: KeptRecord): boolean =>
    failure === undefined ? record.fields['success'] === false : record.name === failure
  const keysOf = (period: string | undefined): NaiveRow => periodKey(naive, period)
  if (reason !== undefined) {
    const some = naive
      .living()
      .filter(
        (record) =>
          failing.includes(record.name) &&
          isFailed(record) &&
          (declarers[reason] ?? []).includes(record.name)
      )
    const all = filled(naive, [...by, reason], some)
    return all.map(({ period, values, records, state }) => {
      const own = values.at(-1)
      const total = all
        .filter((other) => other.period === period && other.values.at(-1) !== null)
        .reduce((sum, other) => sum + other.records.length, 0)
      return orNull(
        {
          ...keysOf(period),
          ...byKeys(by, values),
          reason: own,
          failed: records.length,
          share: own === null || records.length === 0 ? null : records.length / total,
          ...(naive.counts ? { installations: identified(records) } : {})
        },
        state === 'kept',
        [naive.unit ?? '', ...by.map(columnOf), 'reason']
      )
    })
  }
  if (failure !== undefined) {
    return filled(naive, by, naive.living()).map(({ period, values, records, state }) => {
      const broken = records.filter(isFailed)
      return orNull(
        {
          ...keysOf(period),
          ...byKeys(by, values),
          failed: broken.length,
          ...(naive.counts
            ? {
                installations_failed: identified(records) === null ? null : distinct(broken),
                installations: identified(records),
                share: distinct(records) === 0 ? null : distinct(broken) / distinct(records)
              }
            : {})
        },
        state === 'kept',
        [naive.unit ?? '', ...by.map(columnOf)]
      )
    })
  }
  const groupings = by.length === 0 ? ['name'] : by
  const known = naive
    .living()
    .filter((record) => failing.includes(record.name) && record.fields['success'] !== undefined)
  return filled(naive, groupings, known).map(({ period, values, records, state }) => {
    const broken = records.filter(isFailed)
    return orNull(
      {
        ...keysOf(period),
        ...byKeys(groupings, values),
        records: records.length,
        failed: broken.length,
        share: records.length === 0 ? null : broken.length / records.length,
        ...(naive.counts
          ? {
              installations: identified(records),
              installations_failed: identified(records) === null ? null : distinct(broken)
            }
          : {})
      },
      state === 'kept',
      [naive.unit ?? '', ...groupings.map(columnOf)]
    )
  })
}

/** Failures by key of a map in the latest report. */
function counters(naive: Naive): readonly NaiveRow[] {
  const latest = naive.latest(['report'])
  const wanted = naive.asked['key']?.split(',')
  const pairs = latest.flatMap((record) =>
    Object.entries((record.fields['calls'] ?? {}) as NaiveRow).map(([key, value]) => ({
      key,
      value: Number(value),
      record
    }))
  )
  return [...groups(pairs, ({ key }) => key)]
    .filter(([key]) => wanted?.includes(key) !== false)
    .map(([key, some]) => ({
      key,
      failed: some.reduce((sum, { value }) => sum + value, 0),
      installations: identified(some.map(({ record }) => record)),
      installations_failed:
        identified(some.map(({ record }) => record)) === null
          ? null
          : distinct(some.filter(({ value }) => value > 0).map(({ record }) => record))
    }))
}
