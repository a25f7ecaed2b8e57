import { expect, it } from 'vitest'
import { examineBounds } from './doctor-bounds.ts'

const door = {
  connections: 5,
  silent: 0,
  closedCrowded: 0,
  connectionsMax: 100,
  bodiesBytes: 0,
  bodiesTurnedAway: 0,
  bodiesBytesMax: 1_048_576
}
const budgets = {
  marked: 0,
  turnedAway: 0,
  kibibytesTurnedAway: 0,
  deletionKeysTurnedAway: 0,
  networks: 0
}

it('warns once a bound on what strangers can use up was met, and not before', () => {
  const well = examineBounds({ doors: () => [door], budgets: () => budgets })
  expect(well.map(({ is }) => is)).toEqual(['ok', 'ok', 'ok'])
  const met = examineBounds({
    doors: () => [{ ...door, closedCrowded: 3, bodiesTurnedAway: 2 }],
    budgets: () => ({ ...budgets, marked: 7, turnedAway: 1 })
  })
  expect(met.map(({ name, is, says }) => `${is} ${name}: ${says}`)).toEqual([
    'warning connections: 5 of 100 for reports; 3 closed since the start to make room',
    'warning bodies: 0 of 1 MiB; 2 turned away since the start to make room',
    expect.stringMatching(
      /^warning budgets: 7 records .* marked .*, 1, 0 KiB and 0 deletion keys turned away/
    )
  ])
})
