/** Naively: which shapes of queries there are, in which state, and where they go. */
import type { KeptRecord } from '../../record.ts'
import { dayOf } from './fleet.test-support.ts'
import {
  dayMs,
  distinct,
  groups,
  type Naive,
  type NaiveRow,
  valueOf
} from './naive.test-support.ts'

export function queryShapes(naive: Naive): readonly NaiveRow[] {
  const { status_field: field = 'query_status', executions = 'executions', status } = naive.asked
  const stateOf = (record: KeptRecord): unknown => valueOf(record, field)
  const sent = naive.living().filter((record) => valueOf(record, 'query') !== null)
  return [...groups(sent, (record) => String(valueOf(record, 'query')))]
    .flatMap(([shape, some]) => {
      const identified = some.filter(({ installation }) => installation !== undefined)
      const ways = [...groups(identified, ({ installation }) => installation ?? '').values()].map(
        (own) => {
          const inOrder = own.toSorted((one, other) => one.occurredAt - other.occurredAt)
          return inOrder.map(stateOf)
        }
      )
      return [...groups(some, (record) => JSON.stringify(stateOf(record))).values()].map((own) => {
        const state = own[0] === undefined ? null : stateOf(own[0])
        const isNow = (way: readonly unknown[]): boolean => way.at(-1) === state
        const gone = ways.filter((way) => way.includes(state) && !isNow(way))
        const installations = ways.filter(isNow).length
        const isTold = distinct(own) > 0
        const told = (value: number): number | null => (isTold ? value : null)
        const ran = own.map((record) => valueOf(record, executions)).filter((one) => one !== null)
        return {
          shape,
          status: state,
          records: own.length,
          executions: ran.length === 0 ? null : ran.reduce<number>((a, b) => a + Number(b), 0),
          ...(naive.follows
            ? {
                installations: told(installations),
                share: told(installations / distinct(sent)),
                gone_on: told(gone.length),
                went_to: mostOf(gone.map((way) => way.at(-1)))
              }
            : {}),
          trend: weeks(naive).map((week) => inWeek(naive, own, week))
        }
      })
    })
    .filter((row) => status?.split(',').includes(String(row.status)) !== false)
}

/** Seven days each, the last of which end with the span. */
function weeks(naive: Naive): readonly (readonly string[])[] {
  const days: string[] = []
  for (let day = naive.lived.first; day <= naive.lived.last; day = dayOf(Date.parse(day) + dayMs))
    days.push(day)
  const found: string[][] = []
  for (let end = days.length; end >= 7; end -= 7) found.unshift(days.slice(end - 7, end))
  return found
}

function inWeek(
  naive: Naive,
  records: readonly KeptRecord[],
  week: readonly string[]
): number | null {
  if (naive.firstDay === undefined || (week.at(-1) ?? '') < naive.firstDay) return null
  const some = records.filter(({ occurredAt }) => week.includes(dayOf(occurredAt)))
  if (!naive.follows) return some.length
  return distinct(records) === 0 ? null : distinct(some)
}

function mostOf(states: readonly unknown[]): unknown {
  const counts = [...groups(states, String)].toSorted(
    ([one, some], [other, others]) => others.length - some.length || (one < other ? -1 : 1)
  )
  return counts[0]?.[1][0] ?? null
}
