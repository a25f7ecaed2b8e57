import { expect, it } from 'vitest'
import { fullDays } from './full-days.ts'

const monday = Date.parse('2026-11-30T06:00:00Z')

it('ends with yesterday, since Monday at six is no day', () => {
  expect(fullDays({ until: undefined }, '2026-09-01T10:00:00.000Z', monday)).toEqual({
    until: 'yesterday'
  })
})

it('ends with the day that a reader chose', () => {
  const chosen = { until: '2026-11-20' }
  expect(fullDays(chosen, '2026-09-01T10:00:00.000Z', monday)).toEqual(chosen)
})

it('counts today of a product whose first report came today', () => {
  expect(fullDays({ until: undefined }, '2026-11-30T01:00:00.000Z', monday)).toEqual({
    until: undefined
  })
})
