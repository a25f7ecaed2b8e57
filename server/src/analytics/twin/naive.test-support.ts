/**
 * Each question once more, as naively as it can be said: loops over all records, no SQL, no
 * aggregates.
 */
import type { KeptRecord } from '../../record.ts'
import { dayOf, type Fleet, recordsDays } from './fleet.test-support.ts'

export type Row = Record<string, unknown>
export type Asked = Readonly<Record<string, string>>
type Unit = 'day' | 'week' | 'month'

const dayMs = 86_400_000
const filters = ['version', 'os', 'class', 'automation', 'container', 'level']
const automated = ['ci', 'agent', 'test']

/** What the naive answers share: the fleet, what is asked, and the records that count. */
export class Naive {
  readonly fleet: Fleet
  readonly asked: Asked
  readonly unit: Unit | undefined
  readonly first: string
  readonly last: string
  readonly kind: 'none' | 'window' | 'persistent'

  constructor(fleet: Fleet, asked: Asked, unit: string | undefined) {
    this.fleet = { ...fleet, records: withHeldVersions(fleet.records) }
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

  fits(record: KeptRecord): boolean {
    return filters.every((name) => {
      const wanted = this.asked[name]?.split(',')
      return wanted === undefined || wanted.includes(String(valueOf(record, name) ?? 'unknown'))
    })
  }

  records(first = this.first, last = this.last): readonly KeptRecord[] {
    return this.fleet.records.filter(
      (record) =>
        dayOf(record.occurredAt) >= first && dayOf(record.occurredAt) <= last && this.fits(record)
    )
  }

  period(record: KeptRecord): string | undefined {
    return this.unit === undefined ? undefined : periodOf(dayOf(record.occurredAt), this.unit)
  }

  /**
   * Each installation's latest record of the names, whatever the filters, if that one fits them.
   */
  latest(names: readonly string[]): readonly KeptRecord[] {
    const all = this.fleet.records.filter(
      (record) =>
        dayOf(record.occurredAt) >= this.first &&
        dayOf(record.occurredAt) <= this.last &&
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

/** A record that states no version has the last one that its sender stated before. */
function withHeldVersions(records: readonly KeptRecord[]): readonly KeptRecord[] {
  const senderOf = ({ installation, account }: KeptRecord): string | undefined =>
    installation ?? account
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

function valueOf(record: KeptRecord, name: string): unknown {
  if (name === 'name') return record.name
  if (name === 'version') return record.version ?? null
  if (name === 'level') return record.level ?? null
  if (name === 'class' || name === 'automation' || name === 'container' || name === 'os')
    return record.environment[name] ?? null
  return record.fields[name] ?? null
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item])
  return found
}

function distinct(records: readonly KeptRecord[]): number {
  return new Set(records.flatMap(({ installation }) => installation ?? [])).size
}

function periodOf(day: string, unit: Unit): string {
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
function valuesOf(record: KeptRecord, by: string): readonly unknown[] {
  const value = valueOf(record, by)
  if (by === 'tags') return (value as readonly string[] | null) ?? []
  if (by === 'calls') return Object.keys((value as object | null) ?? {})
  return [value]
}

const declarers: Readonly<Record<string, readonly string[]>> = {
  success: ['work', 'check'],
  elapsed: ['work'],
  delta: ['work'],
  reason: ['work'],
  tags: ['work'],
  records: ['work'],
  uptime: ['stop'],
  tables: ['report'],
  bytes: ['report'],
  vector: ['report'],
  edition: ['report'],
  calls: ['report']
}

/** Records by period and value, of those that declare the field. */
function told(
  naive: Naive,
  by: string | undefined,
  records = naive.records()
): readonly { period: string | undefined; value: unknown; records: readonly KeptRecord[] }[] {
  const own = by === undefined ? undefined : declarers[by]
  const pairs = records
    .filter(({ name }) => own === undefined || own.includes(name))
    .flatMap((record) =>
      (by === undefined ? [null] : valuesOf(record, by)).map((value) => ({
        record,
        value,
        period: naive.period(record)
      }))
    )
  return [...groups(pairs, ({ period, value }) => JSON.stringify([period, value])).values()].map(
    (some) => ({
      period: some[0]?.period,
      value: some[0]?.value,
      records: some.map(({ record }) => record)
    })
  )
}

function periodKey(naive: Naive, period: string | undefined): Row {
  return naive.unit === undefined ? {} : { [naive.unit]: period }
}

const columnOf = (by: string): string => (by === 'records' || by === 'reason' ? `field_${by}` : by)

export function activeInstallations(naive: Naive): readonly Row[] {
  const { by } = naive.asked
  return told(naive, by).map(({ period, value, records }) => ({
    ...periodKey(naive, period),
    ...(by === undefined ? {} : { [columnOf(by)]: value }),
    ...(naive.counts ? { installations: distinct(records) } : {}),
    ...(naive.counts && by === undefined
      ? {
          automated: distinct(
            records.filter(({ environment }) => automated.includes(environment.automation))
          ),
          in_containers: distinct(
            records.filter(({ environment }) => environment.container === 'true')
          )
        }
      : {}),
    records: records.length
  }))
}

export function events(naive: Naive): readonly Row[] {
  const { by, record } = naive.asked
  const names = groups(
    naive.records().filter(({ name }) => record === undefined || name === record),
    ({ name }) => name
  )
  return [...names].flatMap(([name, some]) =>
    told(naive, by, some).map(({ period, value, records }) => ({
      ...periodKey(naive, period),
      name,
      ...(by === undefined ? {} : { [columnOf(by)]: value }),
      records: records.length,
      ...(naive.counts ? { installations: distinct(records) } : {})
    }))
  )
}

export function versions(naive: Naive): readonly Row[] {
  const measure = (records: readonly KeptRecord[]): number =>
    naive.counts ? distinct(records) : records.length
  return told(naive, 'version').map(({ period, value, records }) => {
    const total = measure(naive.records().filter((record) => naive.period(record) === period))
    const days = records.map(({ occurredAt }) => dayOf(occurredAt)).sort()
    return {
      ...periodKey(naive, period),
      version: value,
      ...(naive.counts ? { installations: distinct(records) } : {}),
      share: total === 0 ? 0 : measure(records) / total,
      records: records.length,
      ...(naive.unit === undefined ? { first_day: days[0], last_day: days.at(-1) } : {})
    }
  })
}

const order = ['1.9.0', '1.10.0', '2.0.0-rc1', '2.0.0']

export function upgradeFlow(naive: Naive): readonly Row[] {
  if (!naive.follows) return []
  const known = naive
    .records()
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

function firstDays(naive: Naive): ReadonlyMap<string, string> {
  const all = naive.fleet.records.filter(({ installation }) => installation !== undefined)
  return new Map(
    [...groups(all, ({ installation }) => installation ?? '')].map(([id, some]) => [
      id,
      dayOf(Math.min(...some.map(({ occurredAt }) => occurredAt)))
    ])
  )
}

export function retention(naive: Naive): readonly Row[] {
  const unit = naive.unit ?? 'week'
  if (!naive.follows) return []
  const sights = firstDays(naive)
  const periods = allPeriods(naive.first, naive.last, unit)
  const any = naive.fleet.records.filter(
    ({ occurredAt }) => dayOf(occurredAt) >= naive.first && dayOf(occurredAt) <= naive.last
  )
  const isIn = (records: readonly KeptRecord[], id: string, period: string): boolean =>
    records.some(
      ({ installation, occurredAt }) =>
        installation === id && periodOf(dayOf(occurredAt), unit) === period
    )
  return periods
    .filter((cohort) => cohort >= naive.keptFrom)
    .flatMap((cohort) => {
      const members = [...sights]
        .filter(
          ([, day]) => day >= naive.first && day <= naive.last && periodOf(day, unit) === cohort
        )
        .map(([id]) => id)
        .filter((id) => isIn(naive.records(), id, cohort))
      if (members.length === 0) return []
      return periods
        .filter((period) => period >= cohort)
        .map((start, period) => {
          const active = members.filter((id) => isIn(any, id, start)).length
          return {
            cohort,
            installations: members.length,
            period,
            start,
            active,
            share: active / members.length
          }
        })
    })
}

export function newReturningLost(naive: Naive): readonly Row[] {
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
  return allPeriods(naive.first, naive.last, unit)
    .filter((period) => before(period) >= naive.keptFrom)
    .map((period) => {
      const [now, then] = [idsOf(period), idsOf(before(period))]
      const isNew = (id: string): boolean => periodOf(sights.get(id) ?? '', unit) === period
      return {
        [unit]: period,
        active: now.length,
        new: now.filter(isNew).length,
        returning: now.filter((id) => !isNew(id) && then.includes(id)).length,
        back: now.filter((id) => !isNew(id) && !then.includes(id)).length,
        lost: then.filter((id) => !now.includes(id)).length
      }
    })
    .filter(({ active, lost }) => Number(active) + Number(lost) > 0)
}

export function timeToUpgrade(naive: Naive): readonly Row[] {
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

function chosen(
  naive: Naive,
  field: string
): { readonly records: readonly KeptRecord[]; readonly isLatest: boolean } {
  const names = declarers[field] ?? []
  const isLatest = naive.asked['of'] === 'latest'
  const records = isLatest
    ? naive.latest(names)
    : naive.records().filter(({ name }) => names.includes(name))
  return { records, isLatest: isLatest && naive.follows }
}

export function breakdown(naive: Naive): readonly Row[] {
  const field = naive.asked['field'] ?? ''
  const { records, isLatest } = chosen(naive, field)
  const pairs = records.flatMap((record) =>
    valuesOf(record, field).map((value) => ({ record, value }))
  )
  return [...groups(pairs, ({ value }) => JSON.stringify(value)).values()].map((some) => ({
    value: some[0]?.value,
    ...(isLatest ? {} : { records: some.length }),
    ...(isLatest
      ? { installations: some.length }
      : naive.counts
        ? { installations: distinct(some.map(({ record }) => record)) }
        : {}),
    ...(field === 'calls'
      ? {
          sum: some.reduce(
            (sum, { record, value }) =>
              sum + Number((record.fields['calls'] as Row)[String(value)]),
            0
          )
        }
      : {}),
    share: some.length / records.length
  }))
}

/** Interpolated between neighbours. */
function quantile(values: readonly number[], part: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  const place = part * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
  return below + (above - below) * (place - Math.floor(place))
}

export function numbersOf(naive: Naive, field: string): readonly number[] {
  return chosen(naive, field).records.flatMap((record) => {
    const value = valueOf(record, field)
    return typeof value === 'number' ? [value] : []
  })
}

export function distribution(naive: Naive): readonly Row[] {
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

export function fleet(naive: Naive): readonly Row[] {
  const { by, field } = naive.asked
  const latest = naive.latest(['report'])
  const fields = field === undefined ? ['tables', 'bytes', 'vector'] : [field]
  const counted = naive.follows ? 'installations' : 'records'
  const parts = groups(
    latest.flatMap((record) =>
      (by === undefined ? [null] : valuesOf(record, by)).map((value) => ({ record, value }))
    ),
    ({ value }) => JSON.stringify(value)
  )
  return fields.flatMap((name) =>
    [...parts.values()].map((some) => {
      const sent = some
        .map(({ record }) => record.fields[name])
        .filter((value) => value !== undefined)
      const values = sent.map(Number)
      const isNumeric = name !== 'vector' && sent.length > 0
      return {
        field: name,
        ...(by === undefined ? {} : { [columnOf(by)]: some[0]?.value }),
        [counted]: sent.length,
        sum: isNumeric ? values.reduce((sum, value) => sum + value, 0) : null,
        p50: isNumeric ? quantile(values, 0.5) : null,
        p90: isNumeric ? quantile(values, 0.9) : null,
        greatest: isNumeric ? Math.max(...values) : null,
        share: sent.length === 0 ? null : values.filter((value) => value > 0).length / sent.length,
        unit: units[name] ?? null
      }
    })
  )
}

/** The furthest step, tried from every first record. */
function reached(
  times: readonly { readonly name: string; readonly at: number }[],
  steps: readonly string[],
  windowMs: number
): number {
  const go = (step: number, from: number, until: number): number =>
    step === steps.length
      ? step
      : Math.max(
          step,
          ...times
            .filter(({ name, at }) => name === steps[step] && at >= from && at <= until)
            .map(({ at }) => go(step + 1, at, until))
        )
  return Math.max(
    0,
    ...times.filter(({ name }) => name === steps[0]).map(({ at }) => go(1, at, at + windowMs))
  )
}

export function funnel(naive: Naive): readonly Row[] {
  const per = naive.asked['per'] === 'session' ? 'session' : 'installation'
  if (per === 'installation' && !naive.follows) return []
  const steps = (naive.asked['records'] ?? '').split(',')
  const known = naive.records().filter((record) => record[per] !== undefined)
  const windowMs = Number(naive.asked['hours'] ?? 168) * 3_600_000
  const all = [...groups(known, (record) => record[per] ?? '').values()].map((some) =>
    reached(
      some.map(({ name, occurredAt: at }) => ({ name, at })),
      steps,
      windowMs
    )
  )
  const count = (step: number): number => all.filter((most) => most > step).length
  const part = (some: number, whole: number): number | null => (whole === 0 ? null : some / whole)
  return steps.map((name, step) => ({
    step: step + 1,
    name,
    [`${per}s`]: count(step),
    share: part(count(step), count(0)),
    share_before: part(count(step), count(Math.max(0, step - 1)))
  }))
}

export function adoption(naive: Naive): readonly Row[] {
  const { field, record } = naive.asked
  if (field !== undefined) {
    const latest = naive.follows ? naive.latest(declarers[field] ?? []) : []
    if (latest.length === 0) return []
    const ids = (some: readonly KeptRecord[]): number => distinct(some)
    const users = ids(latest.filter((one) => Number(one.fields[field] ?? 0) > 0))
    const sent = ids(latest.filter((one) => one.fields[field] !== undefined))
    return [{ feature: field, users, sent, installations: ids(latest), share: users / ids(latest) }]
  }
  if (!naive.counts) return []
  return told(naive, 'name')
    .filter(({ value }) => record === undefined || value === record)
    .map(({ period, value, records }) => {
      const installations = distinct(naive.records().filter((one) => naive.period(one) === period))
      const users = distinct(records)
      return {
        ...periodKey(naive, period),
        feature: value,
        users,
        installations,
        share: installations === 0 ? null : users / installations
      }
    })
}

export function failures(naive: Naive): readonly Row[] {
  const { by, reason, failure } = naive.asked
  const failing = failure === undefined ? ['work', 'check'] : [failure]
  const isFailed = (record: KeptRecord): boolean =>
    failure === undefined ? record.fields['success'] === false : record.name === failure
  if (reason !== undefined) {
    const failed = naive
      .records()
      .filter(
        (record) =>
          failing.includes(record.name) &&
          isFailed(record) &&
          (declarers[reason] ?? []).includes(record.name)
      )
    return told(naive, by, failed).flatMap(({ period, value, records }) => {
      const all = told(naive, by, failed).filter((other) => other.period === period)
      const total = all.reduce((sum, other) => sum + other.records.length, 0)
      return told(naive, reason, records).map((one) => ({
        ...periodKey(naive, period),
        ...(by === undefined ? {} : { [columnOf(by)]: value }),
        reason: one.value,
        failed: one.records.length,
        share: one.records.length / total,
        ...(naive.counts ? { installations: distinct(one.records) } : {})
      }))
    })
  }
  if (failure !== undefined) {
    return told(naive, by).map(({ period, value, records }) => {
      const failed = records.filter(isFailed)
      return {
        ...periodKey(naive, period),
        ...(by === undefined ? {} : { [columnOf(by)]: value }),
        failed: failed.length,
        ...(naive.counts
          ? {
              installations_failed: distinct(failed),
              installations: distinct(records),
              share: distinct(records) === 0 ? 0 : distinct(failed) / distinct(records)
            }
          : {})
      }
    })
  }
  const known = naive
    .records()
    .filter((record) => failing.includes(record.name) && record.fields['success'] !== undefined)
  return told(naive, by ?? 'name', known).map(({ period, value, records }) => {
    const failed = records.filter(isFailed)
    return {
      ...periodKey(naive, period),
      [columnOf(by ?? 'name')]: value,
      records: records.length,
      failed: failed.length,
      share: failed.length / records.length,
      ...(naive.counts
        ? { installations: distinct(records), installations_failed: distinct(failed) }
        : {})
    }
  })
}

export function sessions(naive: Naive): readonly Row[] {
  const all = [
    ...groups(
      naive.records().filter(({ session }) => session !== undefined),
      ({ session }) => session ?? ''
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
  const ran = naive.records().filter(({ fields }) => fields['uptime'] !== undefined)
  const periods = new Set([
    ...all.map(({ period }) => period),
    ...ran.map((record) => naive.period(record) ?? '')
  ])
  return [...periods].map((period) => {
    const own = all.filter((session) => session.period === period)
    const ups = ran
      .filter((record) => (naive.period(record) ?? '') === period)
      .map(({ fields }) => Number(fields['uptime']))
    const seconds = own.map((session) => session.seconds)
    return {
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
  })
}

export function ingestion(naive: Naive): readonly Row[] {
  const { fleet, unit } = naive
  const key = (day: string): string => (unit === undefined ? '' : periodOf(day, unit))
  const inSpan = (day: string): boolean => day >= naive.first && day <= naive.last
  const received = fleet.records.filter(({ receivedAt }) => inSpan(dayOf(receivedAt)))
  const drift = fleet.drift.filter(({ day }) => inSpan(day))
  const drifted = (some: typeof drift): number => some.reduce((sum, { count }) => sum + count, 0)
  if (naive.asked['show'] === 'reasons') {
    const count = drifted(drift)
    return count === 0
      ? []
      : [{ reason: 'FIELD_NOT_IN_CONTRACT', where: 'not declared, in the span', count }]
  }
  const periods = new Set([
    ...received.map(({ receivedAt }) => key(dayOf(receivedAt))),
    ...drift.map(({ day }) => key(day))
  ])
  return [...periods].map((period) => {
    const own = received.filter(({ receivedAt }) => key(dayOf(receivedAt)) === period)
    const lags = own
      .filter(({ occurredFrom }) => occurredFrom === 'sent' || occurredFrom === 'corrected')
      .map(({ receivedAt, occurredAt }) => (receivedAt - occurredAt) / 1000)
    return {
      ...periodKey(naive, period),
      kept: own.length,
      not_kept: drifted(drift.filter(({ day }) => key(day) === period)),
      quarantined: 0,
      clamped: own.filter(({ occurredFrom }) => occurredFrom === 'clamped').length,
      lag_p50: quantile(lags, 0.5),
      lag_p90: quantile(lags, 0.9)
    }
  })
}

export function drift(naive: Naive): readonly Row[] {
  if (naive.asked['show'] === 'declared') return declared(naive)
  const inSpan = naive.fleet.drift.filter(({ day }) => day >= naive.first && day <= naive.last)
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

function declared(naive: Naive): readonly Row[] {
  const lastDay = (records: readonly KeptRecord[]): string | null =>
    records
      .map(({ occurredAt }) => dayOf(occurredAt))
      .sort()
      .at(-1) ?? null
  return ['report', 'start', 'work', 'check', 'stop'].flatMap((record) => {
    const own = naive.records().filter(({ name }) => name === record)
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
