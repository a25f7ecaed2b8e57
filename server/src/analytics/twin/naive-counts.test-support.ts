/** Naively: how many installations and records there are, by period and by what they are. */
import type { KeptRecord } from '../../record.ts'
import { dayOf } from './fleet.test-support.ts'
import {
  automated,
  byKeys,
  canBeFrozen,
  declarers,
  distinct,
  filled,
  identified,
  type Naive,
  periodKey,
  type NaiveRow,
  told,
  whole
} from './naive.test-support.ts'

interface Count {
  readonly keys: NaiveRow
  readonly values: readonly unknown[]
  readonly isKnown: boolean
  readonly some: readonly KeptRecord[]
  readonly records: number | null
  readonly installations: number | null
}

/** `only`: names of records. */
function counted(naive: Naive, by: readonly string[], only?: readonly string[]): readonly Count[] {
  const fits = ({ name }: KeptRecord): boolean => only?.includes(name) !== false
  if (naive.unit !== undefined)
    return filled(naive, by, whole(naive, naive.records()).filter(fits)).map(
      ({ period, values, records, state }) => ({
        keys: periodKey(naive, period),
        values,
        isKnown: state === 'kept',
        some: records,
        records: state === 'kept' ? records.length : null,
        installations: state === 'kept' ? identified(records) : null
      })
    )
  const state = naive.state(naive.first, naive.last)
  const kept = state === 'lost' ? naive.records(naive.keptFrom) : naive.records()
  const some = told(naive, by, kept.filter(fits))
  const rows = some.length === 0 && by.length === 0 ? [{ values: [], records: [] }] : some
  const names = only === undefined && !by.some((field) => declarers[field]) ? [] : ['name']
  return rows.map(({ values, records }) => ({
    keys: {},
    values,
    isKnown: state === 'kept',
    some: records,
    records:
      state === 'empty' || (state === 'lost' && !canBeFrozen(naive, [...by, ...names]))
        ? null
        : records.length,
    installations: state === 'kept' ? identified(records) : null
  }))
}

export function activeInstallations(naive: Naive): readonly NaiveRow[] {
  const { by } = naive
  const ids = (
    records: readonly KeptRecord[],
    part: 'automation' | 'container',
    some: readonly string[]
  ): number => distinct(records.filter(({ environment }) => some.includes(environment[part])))
  return counted(naive, by).map(({ keys, values, some, isKnown, records, installations }) => {
    const told = (
      part: 'automation' | 'container',
      yes: readonly string[],
      no: string
    ): number | null =>
      !isKnown || (distinct(some) > 0 && ids(some, part, [...yes, no]) === 0)
        ? null
        : ids(some, part, yes)
    return {
      ...keys,
      ...byKeys(by, values),
      ...(naive.counts ? { installations } : {}),
      ...(naive.counts && by.length === 0
        ? {
            automated: told('automation', automated, 'none'),
            in_containers: told('container', ['true'], 'false')
          }
        : {}),
      records
    }
  })
}

export function events(naive: Naive): readonly NaiveRow[] {
  const { record } = naive.asked
  const by = ['name', ...naive.by]
  return counted(naive, by, record === undefined ? undefined : [record]).map(
    ({ keys, values, records, installations }) => ({
      ...keys,
      ...byKeys(by, values),
      records,
      ...(naive.counts ? { installations } : {})
    })
  )
}

export function versions(naive: Naive): readonly NaiveRow[] {
  const name = naive.asked['lines'] === 'minor' ? 'version_line' : 'version'
  const measure = naive.counts ? 'installations' : 'records'
  const all = counted(naive, [name])
  return all.map(({ keys, values: [version], records, installations }) => {
    const stated = all
      .filter((other) => other.values[0] !== null)
      .filter((other) => JSON.stringify(other.keys) === JSON.stringify(keys))
    const total = naive.counts
      ? distinct(stated.flatMap((other) => other.some))
      : stated.reduce((sum, other) => sum + Number(other.records), 0)
    const own = measure === 'installations' ? installations : records
    const days = naive
      .records()
      .filter((record) => told(naive, [name], [record])[0]?.values[0] === version)
      .map(({ occurredAt }) => dayOf(occurredAt))
      .sort()
    return {
      ...keys,
      version,
      ...(naive.counts ? { installations } : {}),
      share: version === null || own === null || total === 0 ? null : own / total,
      records,
      ...(naive.unit === undefined
        ? { first_day: days[0] ?? null, last_day: days.at(-1) ?? null }
        : {})
    }
  })
}

export function adoption(naive: Naive): readonly NaiveRow[] {
  const { field, record } = naive.asked
  if (field !== undefined) {
    const latest = naive.follows ? naive.latest(declarers[field] ?? []) : []
    if (latest.length === 0) return []
    const users = distinct(latest.filter((one) => Number(one.fields[field] ?? 0) > 0))
    const sent = distinct(latest.filter((one) => one.fields[field] !== undefined))
    return [
      {
        feature: field,
        users: sent === 0 ? null : users,
        sent,
        installations: distinct(latest),
        share: sent === 0 ? null : users / sent
      }
    ]
  }
  if (!naive.counts) return []
  const totals = counted(naive, [])
  return counted(naive, ['name'], record === undefined ? undefined : [record]).map(
    ({ keys, values: [feature], installations: users }) => {
      const installations =
        totals.find((total) => JSON.stringify(total.keys) === JSON.stringify(keys))
          ?.installations ?? null
      return {
        ...keys,
        feature,
        users,
        installations,
        share: users === null || !installations ? null : users / installations
      }
    }
  )
}
