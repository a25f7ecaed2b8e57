/**
 * On which days came far fewer records than on the same weekday before? An outage of Saturday is
 * hardly seen in a number of seven days.
 */
import { startOfDay } from '#values/days'
import { addDays, type Span } from '../reading/span.ts'

export interface CountedDay {
  readonly day: string
  /** Null: nothing is known. */
  readonly value: number | null
}

interface QuietDay {
  readonly day: string
  readonly value: number
  /** A week before. */
  readonly before: number
}

/** Fewer than these may be chance; alerts expect as many. */
const expectedMin = 30
const share = 0.5

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** `Sat 2026-11-28`: what happened at a weekend is read as that. */
export function withWeekday(day: string): string {
  return `${weekdays[new Date(startOfDay(day)).getUTCDay()] ?? ''} ${day}`
}

/** `days` must begin a week before the span. */
export function quietDays(days: readonly CountedDay[], { first, last }: Span): readonly QuietDay[] {
  const values = new Map(days.map(({ day, value }) => [day, value]))
  return days.flatMap(({ day, value }): readonly QuietDay[] => {
    const before = values.get(addDays(day, -7)) ?? null
    const isCompared = day >= first && day <= last && value !== null && before !== null
    return isCompared && before >= expectedMin && value < before * share
      ? [{ day, value, before }]
      : []
  })
}
