/**
 * Which days of a product changed last in the store, so that an answer about other days still
 * holds?
 */
import { dayOf } from '#values/days'
import { driftTable, quarantineTable, recordTable } from './tables/rows.ts'
import { incomingName } from './tables/tables.ts'

/** Late records are of the last month; more days than these are an import, and are one change. */
const daysMax = 400
/** A client's clock may run ahead of the receipt by so much, and questions ask for either day. */
const aheadMsMax = 300_000

export class Changes {
  #latest = 0
  /** The last change that may have been of anything. */
  #ofAll = 0
  /** By table of arrival: the last block whose earliest record is of that day. */
  readonly #ofDays = new Map<string, Map<string, number>>()

  /** The number of the last change. */
  latest(): number {
    return this.#latest
  }

  /** The number of the last change of a product that an answer about days up to `last` shows. */
  upTo(product: string, last: string): number {
    let latest = this.#ofAll
    for (const [day, number] of this.#ofDays.get(arrivalOf(product)) ?? [])
      if (day <= last && number > latest) latest = number
    return latest
  }

  /** A statement that is none of arrival: tables are made, records expire or are erased. */
  noteAll(): void {
    this.#ofAll = this.#latest += 1
  }

  /** A block that arrived, or perhaps did. */
  noteBlock(table: string, lines: Buffer): void {
    if (table === incomingName(driftTable) || table === incomingName(quarantineTable))
      return this.#noteOthers(lines)
    const earliest = earliestMs(lines)
    if (earliest === undefined) return this.noteAll()
    this.#note(table, dayOf(earliest - aheadMsMax))
  }

  /** Rows that say whose they are: a handful a minute. */
  #noteOthers(lines: Buffer): void {
    for (const line of lines.toString().split('\n')) {
      if (line === '') continue
      const row = JSON.parse(line) as Readonly<Record<string, unknown>>
      const day = typeof row['day'] === 'string' ? row['day'] : dayIn(row['received_at'])
      if (day === undefined || typeof row['product'] !== 'string') return this.noteAll()
      this.#note(arrivalOf(row['product']), day)
    }
  }

  #note(table: string, day: string): void {
    const days = this.#ofDays.get(table) ?? new Map<string, number>()
    this.#ofDays.set(table, days)
    days.set(day, (this.#latest += 1))
    if (days.size > daysMax) {
      days.clear()
      days.set('', this.#latest)
    }
  }
}

function arrivalOf(product: string): string {
  return incomingName(recordTable(product))
}

function dayIn(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? dayOf(value - aheadMsMax) : undefined
}

const key = Buffer.from('"occurred_at":')

/** Of all rows of a block, without parsing them: a block may hold fifty thousand. */
function earliestMs(lines: Buffer): number | undefined {
  let earliest: number | undefined
  for (let at = lines.indexOf(key); at !== -1; at = lines.indexOf(key, at)) {
    at += key.length
    let value = 0
    for (let digit = lines[at] ?? 0; digit >= 48 && digit <= 57; digit = lines[at] ?? 0) {
      value = value * 10 + digit - 48
      at += 1
    }
    if (value > 0 && (earliest === undefined || value < earliest)) earliest = value
  }
  return earliest
}
