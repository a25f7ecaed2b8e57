/** Does every answer agree with the ledger? Each fault is a line, and all are told together. */
import type { Collector, Row } from './collector.ts'
import { dayOf, daysFrom, groupBy, latestOf, Ledger, startOf, type Unit, whoIn } from './ledger.ts'

const dayMs = 86_400_000

export interface Asked {
  readonly first: string
  /** Periods that an import and reports of later share: their installations are not one number. */
  readonly shared: ReadonlySet<string>
}

export async function disagreements(
  collector: Collector,
  ledger: Ledger,
  asked: Asked
): Promise<readonly string[]> {
  const held = new Held(collector, ledger)
  await held.active(asked)
  await held.values(asked)
  await held.lastMonth()
  await held.weeks()
  return held.found
}

class Held {
  readonly found: string[] = []
  readonly #collector: Collector
  readonly #ledger: Ledger

  constructor(collector: Collector, ledger: Ledger) {
    this.#collector = collector
    this.#ledger = ledger
  }

  async active({ first, shared }: Asked): Promise<void> {
    const today = this.#daysAgo(0)
    for (const unit of ['day', 'week', 'month'] satisfies readonly Unit[]) {
      const rows = await this.#rows('active-installations', { unit, since: first })
      const told = new Map(rows.map((row) => [String(row[unit]), row]))
      const counted = this.#ledger.active(unit)
      for (const period of new Set(daysFrom(first, today).map((day) => startOf(day, unit)))) {
        const { records, ...who } = counted.get(period) ?? none
        const row = told.get(period) ?? {}
        this.#same(`records in the ${unit} ${period}`, number(row, 'records'), records)
        if (!shared.has(`${unit} ${period}`))
          this.#same(`who was there in the ${unit} ${period}`, numbers(row, Object.keys(who)), who)
      }
    }
  }

  async values({ first }: Asked): Promise<void> {
    const days = { unit: 'day', since: first }
    for (const by of ['version', 'os'] as const) {
      const rows = await this.#rows('active-installations', { ...days, by })
      this.#sameRows(`${by} of a day`, pairsOf(rows, by), this.#ledger.by(by))
    }
    const events = await this.#rows('events', days)
    this.#sameRows('event of a day', pairsOf(events, 'name'), this.#ledger.by('name'))
  }

  async lastMonth(): Promise<void> {
    const month = { since: this.#daysAgo(29) }
    const living = this.#ledger.from(month.since)
    const versions = await this.#rows('versions', month)
    this.#sameRows(
      'version of the last month',
      versions.map((row) =>
        ['version', 'records', 'installations', 'first_day', 'last_day'].map((name) => row[name])
      ),
      [...groupBy(living, ({ version }) => version ?? '')].map(([version, of]) => {
        const days = of.map(({ day }) => day).toSorted()
        return [version, of.length, whoIn(of).size, days[0], days.at(-1)]
      })
    )
    const ends = await this.#rows('breakdown', { ...month, field: 'success' })
    this.#sameRows(
      'end of a command',
      ends.map((row) => [String(row['value']), row['records'], row['installations']]),
      [...groupBy(living, ({ success }) => String(success))].map(([value, of]) => [
        value,
        of.length,
        whoIn(of).size
      ])
    )
    const latest = latestOf(living.filter(({ name }) => name === 'command_run'))
    const fleet = await this.#rows('fleet', { ...month, record: 'command_run' })
    this.#sameRows(
      'number of the fleet',
      fleet.map((row) => [
        row['field'],
        row['installations'],
        row['field'] === 'success'
          ? Math.round(number(row, 'share') * latest.length)
          : rounded(number(row, 'sum'))
      ]),
      [
        ['success', latest.length, latest.filter(({ success }) => success).length],
        ['elapsed', latest.length, rounded(latest.reduce((sum, one) => sum + one.elapsed, 0))]
      ]
    )
    const kept = summed(await this.#rows('ingestion', month), 'kept')
    this.#same('what came in the last month', kept, living.length)
    const sessions = summed(await this.#rows('sessions', month), 'sessions')
    const lived = new Set(living.map(({ session }) => session)).size
    this.#same('sessions of the last month', sessions, lived)
  }

  async weeks(): Promise<void> {
    const since = startOf(this.#daysAgo(42), 'week')
    const weeks = this.#ledger.weeks(since)
    for (const row of await this.#rows('new-returning-lost', { since })) {
      const { lost, ...who } = weeks.get(String(row['week'])) ?? noWeek
      this.#same(`who is new in the week ${row['week']}`, numbers(row, Object.keys(who)), who)
      if (row['lost'] !== null)
        this.#same(`who is lost in the week ${row['week']}`, row['lost'], lost)
    }
  }

  async #rows(question: string, asked: Readonly<Record<string, string>>): Promise<readonly Row[]> {
    return (await this.#collector.ask(question, asked)).rows
  }

  #daysAgo(days: number): string {
    return dayOf(this.#collector.clock.now() - days * dayMs)
  }

  #same(what: string, is: unknown, should: unknown): void {
    if (JSON.stringify(is) !== JSON.stringify(should))
      this.found.push(`${what}: ${JSON.stringify(is)}, and not ${JSON.stringify(should)}`)
  }

  /** In any order; only what differs is said. */
  #sameRows(what: string, rows: readonly unknown[], should: readonly unknown[]): void {
    const [told, wanted] = [rows, should].map(
      (all) => new Set(all.map((row) => JSON.stringify(row)))
    )
    for (const row of told ?? []) if (wanted?.has(row) === false) this.found.push(`${what}: ${row}`)
    for (const row of wanted ?? [])
      if (told?.has(row) === false) this.found.push(`${what}: not told ${row}`)
  }
}

const none = { records: 0, installations: 0, automated: 0, in_containers: 0 }
const noWeek = { active: 0, new: 0, returning: 0, back: 0, lost: 0 }

function number(row: Row, name: string): number {
  return Number(row[name] ?? 0)
}

function numbers(row: Row, names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, number(row, name)]))
}

function summed(rows: readonly Row[], name: string): number {
  return rows.reduce((sum, row) => sum + number(row, name), 0)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** Rows without a value are of those who did not state it. */
function pairsOf(rows: readonly Row[], by: string): readonly (readonly unknown[])[] {
  return rows
    .filter((row) => row[by] !== null && number(row, 'records') > 0)
    .map((row) => [row['day'], row[by], row['records'], row['installations']])
}
