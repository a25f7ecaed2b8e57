/**
 * Whether simulated fleets stand up to everything that a stranger can try on their numbers, and
 * fall as soon as one rule is taken out.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { protect, type Rule, rules } from '../control/protect.ts'
import { openSolver, type Solver } from '../linear-program.ts'
import { attack, type Leak } from './attack.ts'
import {
  fleetOf,
  injected,
  insiders,
  publishedFrom,
  type Simulation,
  slowFleet
} from './fleet.test-support.ts'

const seeds = [1, 2, 3]
let solver: Solver
beforeAll(async () => {
  solver = await openSolver()
})

/** Whether it is found in any of the fleets, published with these rules. */
function leaks(leak: Leak, applied: readonly Rule[], options: Partial<Simulation> = {}): boolean {
  return [slowFleet, ...seeds.map(fleetOf)].some((fleet) =>
    attack(publishedFrom(fleet, { solver, applied, ...options }), solver).findings.some(
      ({ is }) => is === leak
    )
  )
}

function without(name: string): readonly Rule[] {
  const left = rules.filter((rule) => rule.name !== name)
  expect(left).toHaveLength(rules.length - 1)
  return left
}

describe('published numbers of simulated fleets', () => {
  it('stand up to everything that can be tried', () => {
    for (const fleet of [slowFleet, ...seeds.map(fleetOf)]) {
      const found = attack(publishedFrom(fleet, { solver }), solver)
      expect(found.findings, `seed ${fleet.seed}`).toEqual([])
      expect(found.hidden).toBeGreaterThan(0)
    }
  })

  it.each([
    ['top coding', 'ends'],
    ['rare values', 'named'],
    ['primary suppression', 'small'],
    ['complementary suppression', 'interval'],
    ['suppression over time', 'slow'],
    ['rounding', 'exact'],
    ['rounding', 'newcomers']
  ] as const)('leak without %s: %s', (rule, leak) => {
    expect(leaks(leak, without(rule))).toBe(true)
  })

  it('leak where unfinished periods are published', () => {
    expect(leaks('early', rules, { isEarly: true })).toBe(true)
  })

  it('leak where a period is counted again when more has come', () => {
    expect(leaks('changed', rules, { isCountedAgain: true })).toBe(true)
  })

  it('tell a large sender’s numbers to an insider only without the rule of dominance', () => {
    const guessed = (applied: readonly Rule[]): number =>
      seeds.reduce((sum, seed) => sum + insiders(fleetOf(seed), { solver, applied }), 0)
    expect(guessed(rules)).toBe(0)
    expect(guessed(without('dominance'))).toBeGreaterThan(0)
  })

  it('tell a forger who is there only where forged reports are counted', () => {
    const guessed = (isForgedCounted: boolean): number =>
      seeds.reduce((sum, seed) => sum + injected(fleetOf(seed), { solver, isForgedCounted }), 0)
    expect(guessed(false)).toBe(0)
    expect(guessed(true)).toBeGreaterThan(0)
  })
})

describe('protect', () => {
  it('shows what adds up, to multiples, within a step of what was counted', () => {
    for (const seed of seeds)
      for (const { tables } of fleetOf(seed).periods)
        for (const table of tables) {
          const chance = (of: string): number => ((of.length * 7919) % 1000) / 1000
          const cells = protect(table, { solver, chance, hiddenBefore: new Set() }).cells
          for (const { count, rounded = -1 } of cells) {
            expect(rounded % 5).toBe(0)
            expect(Math.abs(rounded - count)).toBeLessThan(5)
          }
        }
  })
})
