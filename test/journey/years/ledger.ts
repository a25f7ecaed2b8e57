/**
 * What was sent, when and by whom, and what follows from it: in plain lines, which ask nothing of
 * the product.
 */

export interface Entry {
  readonly day: string
  readonly who: string
  readonly session: string
  readonly name: string
  /** Undefined: not stated. */
  readonly version: string | undefined
  readonly os: string | undefined
  readonly isAutomated: boolean
  readonly isContained: boolean
  readonly success: boolean
  readonly elapsed: number
  /** The order in which it happened. */
  readonly at: number
  readonly isImported: boolean
}

export type Unit = 'day' | 'week' | 'month'
export interface Active {
  readonly records: number
  readonly installations: number
  readonly automated: number
  readonly in_containers: number
}

const dayMs = 86_400_000

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}

export function startOf(day: string, unit: Unit): string {
  if (unit === 'day') return day
  if (unit === 'month') return `${day.slice(0, 7)}-01`
  const date = new Date(`${day}T00:00:00Z`)
  return dayOf(date.getTime() - ((date.getUTCDay() + 6) % 7) * dayMs)
}

/** The days from one to another, both with. */
export function daysFrom(first: string, last: string): readonly string[] {
  const days: string[] = []
  for (let at = Date.parse(first); at <= Date.parse(last); at += dayMs) days.push(dayOf(at))
  return days
}

export class Ledger {
  readonly entries: Entry[] = []

  active(unit: Unit): ReadonlyMap<string, Active> {
    const all = groupBy(this.entries, ({ day }) => startOf(day, unit))
    return new Map([...all].map(([period, entries]) => [period, activeIn(entries)]))
  }

  /** Of each day and value: how many records, of how many. */
  by(part: 'version' | 'os' | 'name'): readonly (readonly unknown[])[] {
    const all = groupBy(this.entries, (entry) => `${entry.day} ${entry[part] ?? ''}`)
    return [...all].flatMap(([, entries]) => {
      const [first] = entries
      const value = first?.[part]
      return value === undefined ? [] : [[first?.day, value, entries.length, whoIn(entries).size]]
    })
  }

  from(first: string): readonly Entry[] {
    return this.entries.filter(({ day }) => day >= first)
  }

  /** Of each week: who is there, who had never been, who had been the week before. */
  weeks(first: string): ReadonlyMap<string, Readonly<Record<string, number>>> {
    const weeks = groupBy(this.entries, ({ day }) => startOf(day, 'week'))
    const counts = new Map<string, Readonly<Record<string, number>>>()
    for (const [week, entries] of weeks) {
      if (week < first) continue
      const here = whoIn(entries)
      const before = whoIn(weeks.get(dayOf(Date.parse(week) - 7 * dayMs)) ?? [])
      const ever = whoIn(this.entries.filter(({ day }) => day < week))
      const count = (is: (who: string) => boolean): number => [...here].filter(is).length
      counts.set(week, {
        active: here.size,
        new: count((who) => !ever.has(who)),
        returning: count((who) => before.has(who)),
        back: count((who) => ever.has(who) && !before.has(who)),
        lost: [...before].filter((who) => !here.has(who)).length
      })
    }
    return counts
  }
}

export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

export function whoIn(entries: readonly Entry[]): ReadonlySet<string> {
  return new Set(entries.map(({ who }) => who))
}

export function latestOf(entries: readonly Entry[]): readonly Entry[] {
  const latest = new Map<string, Entry>()
  for (const entry of entries)
    if ((latest.get(entry.who)?.at ?? 0) < entry.at) latest.set(entry.who, entry)
  return [...latest.values()]
}

function activeIn(entries: readonly Entry[]): Active {
  return {
    records: entries.length,
    installations: whoIn(entries).size,
    automated: whoIn(entries.filter(({ isAutomated }) => isAutomated)).size,
    in_containers: whoIn(entries.filter(({ isContained }) => isContained)).size
  }
}
