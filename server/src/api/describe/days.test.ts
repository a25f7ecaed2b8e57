import { describe, expect, it } from 'vitest'
import { asDays } from './days.ts'

describe('a span of time', () => {
  it('is read in days, weeks, months and years', () => {
    expect(['1d', '30d', '30 days', '12w', '6m', '1y', ' 2 weeks '].map(asDays)).toEqual([
      1, 30, 30, 84, 186, 366, 14
    ])
  })

  it('that is none is answered with examples, without handing control characters on', () => {
    for (const text of ['', '0d', '30', 'd', '-3d', '1h', '99999d', '9999y'])
      expect(() => asDays(text)).toThrow('is no span of time; for example 30d, 12w, 6m or 1y')
    expect(() => asDays('\u001b[2J')).toThrow('"·[2J" is no span')
  })
})
