import { describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { Pulse } from './health.ts'

function pulse(): {
  readonly it: Pulse
  readonly world: { now: number; kept: number; since: number; is: 'ready' | 'starting' }
  beat(times: number): void
} {
  const world = { now: 1_000_000, kept: 0, since: 1, is: 'ready' as 'ready' | 'starting' }
  const waiting: (() => void)[] = []
  const clock = {
    ...systemEffects.clock,
    now: () => world.now,
    after: (_delayMs: number, call: () => void) => (
      waiting.push(call),
      () => void waiting.splice(0)
    )
  }
  const it = new Pulse(clock, {
    kept: () => new Map([['dlt', world.kept]]),
    engine: () => ({ is: world.is, engine: 'embedded', since: world.since })
  })
  return {
    it,
    world,
    beat(times) {
      for (let count = 0; count < times; count += 1) {
        world.now += 5_000
        waiting.shift()?.()
      }
    }
  }
}

describe('the pulse', () => {
  it('tells how many records a second were kept over the last minute', () => {
    const { it: one, world, beat } = pulse()
    expect(one.perSecond(() => true)).toBe(0)
    world.kept = 50
    beat(2)
    expect(one.perSecond(() => true)).toBe(5)
    beat(30)
    expect(one.perSecond(() => true)).toBe(0)
  })

  it('tells nothing of a time when the clock was elsewhere', () => {
    const { it: one, world } = pulse()
    world.kept = 1_000
    world.now += 90 * 86_400_000
    expect(one.perSecond(() => true)).toBe(0)
    world.now = 0
    expect(one.perSecond(() => true)).toBe(0)
  })

  it('counts how often the engine came back', () => {
    const { it: one, world, beat } = pulse()
    beat(1)
    world.is = 'starting'
    beat(2)
    expect(one.engineRestarts()).toBe(0)
    Object.assign(world, { is: 'ready', since: 2 })
    beat(3)
    expect(one.engineRestarts()).toBe(1)
  })
})
