import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { createPresence } from './presence.ts'

describe('presence without an id', () => {
  let world: World
  beforeEach(() => {
    world = openWorld()
    world.clock = Date.UTC(2026, 10, 20, 12)
  })
  afterEach(() => world.remove())

  const started = (
    version = '1.0.0',
    presence: ('day' | 'week' | 'month')[] = ['day', 'week', 'month']
  ): ReturnType<typeof createPresence> =>
    createPresence({
      form: { presence },
      version,
      state: openStateFolder({ product: 'acme', effects: world.effects }),
      effects: world.effects
    })

  it('is told once a day by however many processes, with what is the first of its week and month', () => {
    const [one, other] = [started(), started()]
    expect(one()).toEqual({
      first_of_day: true,
      first_of_week: true,
      first_of_month: true,
      since_week: '2026-W47'
    })
    expect(one()).toBeUndefined()
    expect(other()).toBeUndefined()
    world.clock += 86_400_000
    expect(other()).toEqual({
      first_of_day: true,
      first_of_week: false,
      first_of_month: false,
      since_week: '2026-W47'
    })
    expect(one()).toBeUndefined()
    world.clock = Date.UTC(2026, 11, 1)
    expect(started()()).toEqual({
      first_of_day: true,
      first_of_week: true,
      first_of_month: true,
      since_week: '2026-W47'
    })
  })
  it('tells which version ran before, once', () => {
    started('1.0.0')()
    world.clock += 86_400_000
    expect(started('1.1.0')()).toMatchObject({ previous_version: '1.0.0' })
    world.clock += 86_400_000
    expect(started('1.1.0')()).not.toHaveProperty('previous_version')
  })
  it('is silent on days that begin none of the declared periods, and without any', () => {
    const weekly = started('1.0.0', ['week'])
    expect(weekly()).toEqual({ first_of_week: true, since_week: '2026-W47' })
    world.clock += 86_400_000
    expect(weekly()).toBeUndefined()
    expect(started('1.0.0', [])()).toBeUndefined()
  })
  it('is silent where nothing can be kept, and begins anew where its file is damaged', () => {
    world.diskRefuses = 'EROFS'
    expect(started()()).toBeUndefined()
    world.diskRefuses = undefined
    const state = openStateFolder({ product: 'acme', effects: world.effects })
    state.write('presence.json', '{"week":')
    expect(started()()).toMatchObject({ first_of_week: true, since_week: '2026-W47' })
  })
})
