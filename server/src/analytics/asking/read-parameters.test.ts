import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandorError } from '../../errors.ts'
import { dimensionsOf } from '../reading/dimension.ts'
import { contractOf } from '../twin/fleet.test-support.ts'
import { questionNamed, questions } from './questions.ts'
import { parametersOf, readParameters, type ReadParameters } from './read-parameters.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const product = contractOf('acme', 'persistent')

function read(name: string, given: Readonly<Record<string, string>>): ReadParameters {
  return readParameters(questionNamed(name), new Map(Object.entries(given)), { product, now })
}

describe('parameters', () => {
  it('come back as they were understood, with the defaults of what was not said', () => {
    expect(read('active-installations', { by: 'os', unit: 'week' }).shown).toEqual({
      product: 'acme',
      since: '2026-10-19',
      unit: 'week',
      by: 'os'
    })
    expect(read('retention', { until: '2026-11-01' }).shown).toEqual({
      product: 'acme',
      since: '2026-08-10',
      until: '2026-11-01',
      unit: 'week'
    })
  })

  it('begin on the first day of a period, so that only the last one can be cut', () => {
    expect(read('events', { unit: 'month', since: '2026-09-17' }).span).toEqual({
      first: '2026-09-01',
      last: '2026-11-20'
    })
    expect(read('events', { since: '2026-09-17' }).span).toEqual({
      first: '2026-09-17',
      last: '2026-11-20'
    })
  })

  it.each([
    ['events', { bye: 'os' }, '"events" takes no "bye"; did you mean "by"?'],
    ['events', { by: 'edittion' }, 'did you mean "edition"?'],
    ['events', { by: 'elapsed' }, 'Nothing can be counted by that'],
    ['events', { by: 'start.edition' }, 'did you mean "edition"?'],
    ['events', { record: 'wrk' }, 'did you mean "work"?'],
    ['events', { unit: 'year' }, 'There are: day, week, month, all'],
    ['events', { since: 'ever' }, 'for example 30d, 12w, 6m or 1y, or 2026-08-01'],
    ['events', { until: '2027-02-29' }, '"2027-02-29" is no day'],
    ['events', { since: '2026-11-02', until: '2026-11-01' }, 'lies behind until'],
    ['events', { automation: 'ci,robots' }, '"robots" is no automation'],
    ['events', { level: 'al' }, 'did you mean "all"?'],
    ['events', { version: ',' }, 'must be a comma list'],
    ['events', { compare: 'next' }, 'There are: previous'],
    ['retention', { unit: 'all' }, 'There are: day, week, month'],
    ['upgrade-flow', { version: '1.0' }, 'takes no "version"'],
    ['drift', { os: 'linux' }, 'takes no "os"'],
    ['breakdown', {}, '"breakdown" needs "field"'],
    ['breakdown', { field: 'x'.repeat(2000) }, 'longer than 1000 characters'],
    ['distribution', { field: 'edition' }, 'that holds a number'],
    ['versions', { top: '0' }, 'a whole number from 1 to 10000'],
    ['funnel', { records: 'start,start' }, 'one step only'],
    ['funnel', { records: 'start,work(success=maybe)' }, 'did you mean'],
    ['events', { by: 'os,os' }, 'two different things'],
    ['events', { by: 'os,version,class' }, 'two different things'],
    ['events', { where: 'edittion=free' }, 'did you mean "edition"?'],
    ['events', { where: 'edition>free' }, 'is no number'],
    ['events', { where: 'elapsed=long' }, 'is no number'],
    ['events', { where: 'edition' }, 'is no condition'],
    ['events', { where: 'edition=fre' }, 'did you mean "free"?'],
    ['breakdown', { field: 'edition', key: 'a' }, 'keys of a map']
  ])('%s %j are refused with what was perhaps meant', (name, given, told) => {
    expect(() => read(name, given as unknown as Record<string, string>)).toThrow(told)
  })

  it('are refused with PARAMETER_INVALID or taken, whatever they are', () => {
    const names = [
      ...new Set(questions.flatMap((question) => parametersOf(question).map(({ name }) => name)))
    ]
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'day',
        'work',
        'success',
        'work.success',
        '30d',
        '2026-11-01',
        'a,b',
        '__proto__',
        'constructor'
      )
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...questions),
        fc.dictionary(
          fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.string()),
          text,
          { maxKeys: 3 }
        ),
        (question, given) => {
          try {
            const { span } = readParameters(question, new Map(Object.entries(given)), {
              product,
              now
            })
            expect(span.first <= span.last).toBe(true)
          } catch (error) {
            if (!isCandorError(error) || error.code !== 'PARAMETER_INVALID') throw error
            expect(error.message).not.toMatch(/\p{Cc}/u)
          }
        }
      )
    )
  })

  it('of one field come as field or as record.field', () => {
    const both = read('breakdown', { field: 'success' }).chosen.field('field')
    const one = read('breakdown', { field: 'check.success' }).chosen.field('field')
    expect([both?.records, one?.records]).toEqual([['work', 'check'], ['check']])
  })
})

describe('dimensions', () => {
  it('tell a page what there is to choose, with units and values', () => {
    const { dimensions, fields, records } = dimensionsOf(product)
    expect(dimensions).toContain('version')
    expect(records.map(({ name }) => name)).toEqual(
      ['start', 'work', 'check', 'stop', 'report'].sort(
        (a, b) =>
          records.findIndex((it) => it.name === a) - records.findIndex((it) => it.name === b)
      )
    )
    expect(fields.find(({ name }) => name === 'elapsed')).toMatchObject({
      records: ['work'],
      type: 'number',
      unit: 's',
      isDimension: false
    })
    expect(fields.find(({ name }) => name === 'reason')).toMatchObject({
      values: ['network', 'disk', 'other'],
      isDimension: true
    })
    expect(fields.find(({ name }) => name === 'calls')).toMatchObject({
      type: 'map',
      values: ['sum', 'avg'],
      isDimension: true
    })
  })
})
