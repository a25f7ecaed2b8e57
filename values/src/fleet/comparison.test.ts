/** Whether a version finds its place in a published fleet, and nothing else is taken for one. */
import { describe, expect, it } from 'vitest'
import { readFleet, sayStanding } from './comparison.ts'

const file = {
  candor: 1,
  kind: 'fleet',
  product: 'acme',
  period: { name: '2026-10', first: '2026-10-02', last: '2026-10-31' },
  versions: [
    { version: '2.28.x', share: 0.38 },
    { version: '2.26.x', share: 0.4 },
    { version: '1.9.x', share: 0.22 }
  ],
  numbers: []
}

describe('you beside the fleet', () => {
  it('says who is newer, by the line that a version is of', () => {
    const fleet = readFleet(JSON.stringify(file))
    expect(fleet === undefined ? [] : sayStanding(fleet, '2.26.1')[0]).toEqual(
      'You run 2.26.1; of the fleet 38 % are newer, 40 % run the same line and 22 % are older.'
    )
    expect(fleet && sayStanding(fleet, 'main')).toEqual([
      'Nothing is published that main can be compared with.'
    ])
  })

  it.each(['', '[]', '{"candor":1}', JSON.stringify({ ...file, period: {} })])(
    'takes %s for no fleet',
    (text) => {
      expect(readFleet(text)).toBeUndefined()
    }
  )
})
