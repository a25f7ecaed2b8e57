import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import { consentSources, strengthOf, type Saying } from './decision.ts'
import { formWith } from './form.test-support.ts'
import { readDeclared, readDoNotTrack, readWord } from './words.ts'

const says = fc.constantFrom('off', 'local', 'log', 'on', undefined)
const saying = (source: fc.Arbitrary<Saying['source']>): fc.Arbitrary<Saying> =>
  fc.record({
    source,
    where: fc.string(),
    says,
    level: fc.option(fc.constantFrom('basic', 'pipelines', 'unknown'), { nil: undefined })
  }) as fc.Arbitrary<Saying>
// Any sources any number of times, in the order in which they are read.
const sayings = fc
  .array(saying(fc.constantFrom(...consentSources.map(({ name }) => name))), { maxLength: 12 })
  .map((list) => list.toSorted((one, other) => strengthOf(one) - strengthOf(other)))
const form = fc
  .constantFrom('opt-out', 'opt-in', 'ask')
  .map((kind) => formWith({ consent: { ...formWith().consent, default: kind as 'opt-out' } }))
const around = fc.record({ ephemeral: fc.boolean() })
const quietness = ['off', 'undecided', 'local', 'log', 'on']

describe('any combination of sources', () => {
  it('is off if any says off, and is explained by one that did', () => {
    fc.assert(
      fc.property(sayings, form, around, (list, contract, place) => {
        const decision = decide(list, contract, place)
        const isOff = list.some((each) => each.says === 'off')
        expect(decision.state === 'off').toBe(isOff)
        if (isOff) expect(decision.because.says).toBe('off')
      })
    )
  })

  it('is never more than the strongest thing that anybody said, and answers the same twice', () => {
    fc.assert(
      fc.property(sayings, form, around, (list, contract, place) => {
        const decision = decide(list, contract, place)
        const loudest = Math.max(1, ...list.map((each) => quietness.indexOf(each.says ?? 'off')))
        expect(quietness.indexOf(decision.state)).toBeLessThanOrEqual(loudest)
        expect(decide(structuredClone(list), contract, place)).toEqual(decision)
      })
    )
  })

  it('is never raised by one more source that says no, or by a project’s file where somebody could be asked', () => {
    fc.assert(
      fc.property(sayings, saying(fc.constant('project-file')), form, (list, project, contract) => {
        const place = { ephemeral: false }
        const withProject = [...list, project].toSorted(
          (one, other) => strengthOf(one) - strengthOf(other)
        )
        const [before, after] = [
          decide(list, contract, place),
          decide(withProject, contract, place)
        ]
        expect(quietness.indexOf(after.state)).toBeLessThanOrEqual(quietness.indexOf(before.state))
        const levels = ['basic', 'pipelines']
        if (after.level !== undefined && before.level !== undefined)
          expect(levels.indexOf(after.level)).toBeLessThanOrEqual(levels.indexOf(before.level))
      })
    )
  })

  it('has a level only where something is recorded', () => {
    fc.assert(
      fc.property(sayings, form, around, (list, contract, place) => {
        const { state, level } = decide(list, contract, place)
        expect(level === undefined).toBe(state === 'off' || state === 'undecided')
      })
    )
  })
})

const isNo = { says: 'off' }

describe('a word', () => {
  it.each(['off', 'OFF', ' no ', '0', 'False', false, 0, 'never', 'disabled', 'nonsense', {}, []])(
    '%j is a no',
    (word) => {
      expect(readWord(word)).toMatchObject(isNo)
    }
  )

  it.each(['on', 'Yes', '1', 'TRUE', true, 1])('%j is a yes', (word) => {
    expect(readWord(word)).toEqual({ says: 'on' })
  })

  it('of any kind never throws, and only a word that is known says yes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (value, off) => {
        const known = /^\s*(on|1|true|yes|y|t|enabled?)\s*$/i
        const said = readWord(value)
        if (said.says === 'on') expect(String(value)).toMatch(known)
        const declared = readDeclared(value, off, [])
        if (declared.says === 'on') expect(String(value)).toMatch(known)
        if (typeof value === 'string')
          expect(['off', undefined]).toContain(readDoNotTrack(value).says)
      })
    )
  })
})
