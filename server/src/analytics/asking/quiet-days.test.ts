import { expect, it } from 'vitest'
import { addDays } from '../reading/span.ts'
import { quietDays, withWeekday } from './quiet-days.ts'

const span = { first: '2026-11-23', last: '2026-11-29' }

/** From the Monday two weeks before the last Sunday. */
function days(values: readonly (number | null)[]) {
  return values.map((value, index) => ({ day: addDays('2026-11-16', index), value }))
}

it('names the Saturday of an outage, and no weekend that is as quiet as the one before', () => {
  const week = [300, 310, 290, 305, 300, 120, 100]
  const counted = days([...week, 305, 300, 295, 310, 302, 9, 98])
  expect(quietDays(counted, span)).toEqual([{ day: '2026-11-28', value: 9, before: 120 }])
})

it('says which day of the week it was, over a year’s end too', () => {
  expect(['2026-11-28', '2026-11-30', '2027-01-03'].map(withWeekday)).toEqual([
    'Sat 2026-11-28',
    'Mon 2026-11-30',
    'Sun 2027-01-03'
  ])
})

it('says nothing of few records, of days that nobody knows, or of days before', () => {
  expect(quietDays(days([20, 40, 40, null, 40, 40, 40, 0, 39, null, 0, 40, 40, 40]), span)).toEqual(
    []
  )
  const former = { first: '2026-11-29', last: '2026-11-29' }
  expect(quietDays(days([90, 90, 90, 90, 90, 90, 90, 0, 90, 90, 90, 90, 90, 90]), former)).toEqual(
    []
  )
})
