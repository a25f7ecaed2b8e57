/**
 * What the naive answers share: the fleet, what is asked, and the records that count. They are
 * loops over all records, without SQL and without aggregates.
 */
import type { KeptRecord } from '../../record.ts'
import { dayOf, type Fleet, recordsDays } from './fleet.test-support.ts'

export type NaiveRow = Record<string, unknown>
export type AskedWords = Readonly<Record<string, string>>
export type Unit = 'day' | 'week' | 'month'

export const dayMs = 86_400_000
const filters = ['version', 'os', 'class', 'automation', 'container', 'level']
export const automated = ['ci', 'agent', 'test']

export class Naive {
  readonly fleet: Fleet
  readonly asked: AskedWords
  readonly unit: Unit | undefined
  readonly first: string
  readonly last: string
  readonly kind: 'none' | 'window' | 'persistent'

  constructor(fleet: Fleet, asked: AskedWords, unit: string | undefined) {
    this.fleet = { ...fleet, records: withHeldVersions(fleet.records.map(withSender)) }
    this.asked = asked
    this.unit = unit === 'day' || unit === 'week' || unit === 'month' ? unit : undefined
    this.last = asked['until'] ?? dayOf(fleet.now)
    const days = Number((asked['since'] ?? '30d').replace('d', ''))
    const first = dayOf(Date.parse(this.last) - (days - 1) * dayMs)
    this.first = this.unit === undefined ? first : periodOf(first, this.unit)
    this.kind = fleet.product.contract.identity.kind
  }

  get counts(): boolean {
    return this.kind === 'persistent' || (this.kind === 'window' && this.unit === 'day')
  }

  get follows(): boolean {
    return this.kind === 'persistent'
  }

  get keptFrom(): string {
    return dayOf(this.fleet.now - recordsDays * dayMs)
  }

  get by(): readonly string[] {
    return this.asked['by']?.split(',') ?? []
  }

  /** The day of the first record of all. */
  get firstDay(): string | undefined {
    return this.fleet.records.map(({ occurredAt }) => dayOf(occurredAt)).sort()[0]
  }

  get periods(): readonly string[] {
    return this.unit === undefined ? [] : allPeriods(this.first, this.last, this.unit)
  }

  /**
   * Before the first record and after today nothing is known, nor of what began before what is
   * kept.
   */
  state(first: string, last: string): 'empty' | 'lost' | 'kept' {
    if (this.firstDay === undefined || last < this.firstDay || first > dayOf(this.fleet.now))
      return 'empty'
    return first < this.keptFrom && this.firstDay < this.keptFrom ? 'lost' : 'kept'
  }

  stateOf(period: string): 'empty' | 'lost' | 'kept' {
    const unit = this.unit ?? 'day'
    return this.state(period, dayOf(Date.parse(nextPeriod(period, unit)) - dayMs))
  }

  /** What of the span still lives. */
  get lived(): { readonly first: string; readonly last: string } {
    if (this.first >= this.keptFrom) return { first: this.first, last: this.last }
    if (this.unit !== undefined) {
      const isCut = this.firstDay !== undefined && this.firstDay < this.keptFrom
      const kept = this.periods.find((period) => !isCut || period >= this.keptFrom)
      return { first: kept ?? this.last, last: this.last }
    }
    return { first: this.last < this.keptFrom ? this.last : this.keptFrom, last: this.last }
  }

  /** Whether the period is over, and ends within the span. */
  isWhole(period: string): boolean {
    const end = dayOf(Date.parse(nextPeriod(period, this.unit ?? 'day')) - dayMs)
    return end < dayOf(this.fleet.now) && end <= this.last
  }

  fits(record: KeptRecord): boolean {
    const own = filters.every((name) => {
      const text = this.asked[name]
      if (text === undefined) return true
      const wanted = text.replace('!', '').split(',')
      return wanted.includes(String(valueOf(record, name) ?? 'unknown')) !== text.startsWith('!')
    })
    return own && meets(record, this.asked['where'])
  }

  records(first = this.first, last = this.last): readonly KeptRecord[] {
    return this.fleet.records.filter(
      (record) =>
        dayOf(record.occurredAt) >= first && dayOf(record.occurredAt) <= last && this.fits(record)
    )
  }

  living(): readonly KeptRecord[] {
    return this.records(this.lived.first, this.lived.last)
  }

  period(record: KeptRecord): string | undefined {
    return this.unit === undefined ? undefined : periodOf(dayOf(record.occurredAt), this.unit)
  }

  /**
   * Each installation's latest record of the names, whatever the filters, if that one fits them.
   */
  latest(names: readonly string[]): readonly KeptRecord[] {
    const { first, last } = this.lived
    const all = this.fleet.records.filter(
      (record) =>
        dayOf(record.occurredAt) >= first &&
        dayOf(record.occurredAt) <= last &&
        names.includes(record.name)
    )
    if (!this.follows) return all.filter((record) => this.fits(record))
    const byKey = groups(
      all.filter(({ installation }) => installation !== undefined),
      (record) => `${record.installation} ${record.name}`
    )
    return [...byKey.values()]
      .map((some) => some.reduce((one, other) => (other.occurredAt > one.occurredAt ? other : one)))
      .filter((record) => this.fits(record))
  }
}

/** Whoever is known by an account alone is an installation too. */
function withSender(record: KeptRecord): KeptRecord {
  return { ...record, installation: record.installation ?? record.account }
}

/** A record that states no version has the last one that its sender stated before. */
function withHeldVersions(records: readonly KeptRecord[]): readonly KeptRecord[] {
  return records.map((record) => {
    const sender = senderOf(record)
    if (record.version !== undefined || sender === undefined) return record
    const before = records.filter(
      (other) =>
        senderOf(other) === sender &&
        other.version !== undefined &&
        other.occurredAt <= record.occurredAt
    )
    const last = before.toSorted((one, other) => one.occurredAt - other.occurredAt).at(-1)
    return { ...record, version: last?.version }
  })
}

/** `success=true;elapsed>=1`, of one record. */
export function meets(record: KeptRecord, where: string | undefined): boolean {
  return (where ?? '').split(';').every((condition) => {
    const [, name = '', sign = '', said = ''] = /^(\w+)(!=|>=|<=|=|>|<)(.*)$/.exec(condition) ?? []
    if (name === '') return true
    const values = valuesOf(record, name)
    const isEmpty = values.length === 0 || values[0] === null
    const wanted = said.split(',')
    const isThere = isEmpty
      ? wanted.includes('unknown')
      : values.some((value) => wanted.includes(String(value)))
    if (sign === '=') return isThere
    if (sign === '!=') return !isThere
    const [value] = values
    if (typeof value !== 'number') return false
    const limit = Number(said)
    return { '>': value > limit, '>=': value >= limit, '<': value < limit, '<=': value <= limit }[
      sign as '>'
    ]
  })
}

export function valueOf(record: KeptRecord, name: string): unknown {
  if (name === 'name') return record.name
  if (name === 'version') return record.version ?? null
  if (name === 'version_line') return record.version?.replace(/^(\d+\.\d+).*$/, '$1.x') ?? null
  if (name === 'level') return record.level ?? null
  if (name === 'class' || name === 'automation' || name === 'container' || name === 'os')
    return record.environment[name] ?? null
  return record.fields[name] ?? null
}

export function groups<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string
): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item])
  return found
}

/** Whom counts of installations count: an account where there is no installation. */
function senderOf({ installation, account }: KeptRecord): string | undefined {
  return installation ?? account
}

export function distinct(records: readonly KeptRecord[]): number {
  return new Set(records.flatMap((record) => senderOf(record) ?? [])).size
}

/** Not told where there are records, and none of them has an id. */
export function identified(records: readonly KeptRecord[]): number | null {
  return distinct(records) === 0 && records.length > 0 ? null : distinct(records)
}

export function periodOf(day: string, unit: Unit): string {
  if (unit === 'day') return day
  if (unit === 'month') return `${day.slice(0, 8)}01`
  let monday = day
  while (new Date(monday).getUTCDay() !== 1) monday = dayOf(Date.parse(monday) - dayMs)
  return monday
}

function nextPeriod(period: string, unit: Unit): string {
  let day = period
  do day = dayOf(Date.parse(day) + dayMs)
  while (periodOf(day, unit) === period)
  return day
}

function allPeriods(first: string, last: string, unit: Unit): readonly string[] {
  const periods: string[] = []
  for (let period = periodOf(first, unit); period <= last; period = nextPeriod(period, unit))
    periods.push(period)
  return periods
}

/** One value, several of a list, each key of a map. */
export function valuesOf(record: KeptRecord, by: string): readonly unknown[] {
  const value = valueOf(record, by)
  if (by === 'tags') return (value as readonly string[] | null) ?? []
  if (by === 'calls') return Object.keys((value as object | null) ?? {})
  return [value]
}

export const declarers: Readonly<Record<string, readonly string[]>> = {
  success: ['work', 'check'],
  elapsed: ['work'],
  delta: ['work'],
  reason: ['work'],
  tags: ['work'],
  records: ['work'],
  query: ['work'],
  query_status: ['work'],
  executions: ['work'],
  uptime: ['stop'],
  tables: ['report'],
  bytes: ['report'],
  vector: ['report'],
  edition: ['report'],
  engine: ['report'],
  calls: ['report']
}

export interface Told {
  readonly period: string | undefined
  readonly values: readonly unknown[]
  readonly records: readonly KeptRecord[]
}

/** Records by period and values, of those that declare all fields that they are told apart by. */
export function told(
  naive: Naive,
  by: readonly string[],
  records: readonly KeptRecord[]
): readonly Told[] {
  const pairs = records
    .filter(({ name }) => by.every((field) => declarers[field]?.includes(name) !== false))
    .flatMap((record) => {
      const combined = by.reduce<readonly (readonly unknown[])[]>(
        (before, field) =>
          before.flatMap((values) => valuesOf(record, field).map((value) => [...values, value])),
        [[]]
      )
      return combined.map((values) => ({ record, values, period: naive.period(record) }))
    })
  return [...groups(pairs, ({ period, values }) => JSON.stringify([period, values])).values()].map(
    (some) => ({
      period: some[0]?.period,
      values: some[0]?.values ?? [],
      records: some.map(({ record }) => record)
    })
  )
}

/** The same with each period of the span for each value that there is in it. */
export function filled(
  naive: Naive,
  by: readonly string[],
  records: readonly KeptRecord[]
): readonly (Told & { readonly state: 'empty' | 'lost' | 'kept' })[] {
  const some = told(naive, by, records)
  if (naive.unit === undefined) return some.map((one) => ({ ...one, state: 'kept' }))
  const values =
    by.length === 0
      ? [[]]
      : [...new Map(some.map((one) => [JSON.stringify(one.values), one.values])).values()]
  return naive.periods.flatMap((period) =>
    values.map((own) => ({
      period,
      values: own,
      state: naive.stateOf(period),
      records:
        some.find(
          (one) => one.period === period && JSON.stringify(one.values) === JSON.stringify(own)
        )?.records ?? []
    }))
  )
}

/** Records of periods of which all records are still there. */
export function whole(naive: Naive, records: readonly KeptRecord[]): readonly KeptRecord[] {
  return records.filter((record) => naive.stateOf(naive.period(record) ?? '') === 'kept')
}

export function periodKey(naive: Naive, period: string | undefined): NaiveRow {
  return naive.unit === undefined ? {} : { [naive.unit]: period }
}

export const columnOf = (by: string): string =>
  by === 'records' || by === 'reason' ? `field_${by}` : by

export function byKeys(by: readonly string[], values: readonly unknown[]): NaiveRow {
  return Object.fromEntries(by.map((name, index) => [columnOf(name), values[index]]))
}

/** Of what nothing is known, no number. */
export function orNull(row: NaiveRow, isKnown: boolean, keys: readonly string[]): NaiveRow {
  return isKnown
    ? row
    : Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, keys.includes(key) ? value : null])
      )
}

/** Interpolated between neighbours. */
export function quantile(values: readonly number[], part: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  const place = part * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
  return below + (above - below) * (place - Math.floor(place))
}

/**
 * Whether plain counts are frozen for it: by one part of the environment, or by name, or by
 * nothing.
 */
export function canBeFrozen(naive: Naive, also: readonly string[] = []): boolean {
  const daily = ['name', 'version', 'class', 'automation', 'container', 'os', 'level']
  const wheres = (naive.asked['where'] ?? '')
    .split(';')
    .flatMap((one) => /^\w+/.exec(one)?.[0] ?? [])
  const parts = [
    ...filters.filter((name) => naive.asked[name] !== undefined),
    ...wheres,
    ...also
  ].map((name) => (name === 'version_line' ? 'version' : name))
  return parts.every((name) => daily.includes(name)) && new Set(parts).size <= 1
}
