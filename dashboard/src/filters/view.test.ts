import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  defaultSince,
  filterNames,
  firstDayOf,
  parametersFor,
  readView,
  writeView,
  type View
} from './view.ts'

const word = fc.stringMatching(/^[a-z0-9.]{1,12}$/)
const views: fc.Arbitrary<View> = fc
  .record({
    product: fc.option(word, { nil: undefined }),
    since: fc.constantFrom('7d', '30d', '1y', '2026-08-01'),
    until: fc.constantFrom(undefined, '2026-09-01'),
    compare: fc.boolean(),
    filters: fc.dictionary(
      fc.constantFrom(...filterNames),
      fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
      { maxKeys: 6 }
    )
  })
  .map((view) => ({ ...view, filters: { ...view.filters } }))

describe('a view in the address', () => {
  it('comes back as it was: a link is a view', () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(readView(writeView(view))).toEqual(view)
      })
    )
  })

  it('reads any address without failing, and writes one that says the same', () => {
    fc.assert(
      fc.property(fc.string(), (search) => {
        const view = readView(search)
        expect(readView(writeView(view))).toEqual(view)
      })
    )
  })

  it('keeps a page’s own parameters, and leaves what is usual out', () => {
    expect(writeView(readView('?product=dlt'), '?question=versions&product=dblab&since=90d')).toBe(
      '?question=versions&product=dlt'
    )
    expect(readView('?since=forever&until=soon')).toMatchObject({
      since: defaultSince,
      until: undefined
    })
  })

  it('begins on the day that it names, or counts its days back with today as the last', () => {
    const now = Date.parse('2026-09-10T23:30:00Z')
    expect(firstDayOf({ since: '2026-08-01' }, now)).toBe('2026-08-01')
    expect(firstDayOf({ since: '7d' }, now)).toBe('2026-09-04')
    expect(firstDayOf({ since: '1d' }, now)).toBe('2026-09-10')
    expect(firstDayOf({ since: 'forever' }, now)).toBe(firstDayOf({ since: defaultSince }, now))
  })

  it('asks a question only with the filters that it takes', () => {
    const view = readView('?product=dlt&since=7d&compare=previous&os=linux&version=1.2,1.3')
    expect(
      parametersFor(view, { common: ['since', 'version'] }, { unit: 'day', by: undefined })
    ).toEqual({
      product: 'dlt',
      since: '7d',
      version: '1.2,1.3',
      unit: 'day'
    })
  })
})
