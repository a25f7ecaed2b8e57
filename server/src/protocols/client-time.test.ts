/** Which of the clients' times can be read, and which of their clocks are believed. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readInstant, skewOf } from './client-time.ts'

const noon = Date.UTC(2026, 10, 20, 12, 0, 0)
const day = 86_400_000

describe('a time that a client wrote', () => {
  it.each([
    ['2026-11-20T12:00:00.000Z', noon],
    ['2026-11-20T12:00:00Z', noon],
    ['2026-11-20T12:00:00.123456', noon + 123],
    ['2026-11-20T12:00:00.123456789Z', noon + 123],
    ['2026-11-20T12:00:00.1Z', noon + 100],
    ['2026-11-20T12:00:00+00:00', noon],
    ['2026-11-20T12:00:00.123456+00:00', noon + 123],
    ['2026-11-20T14:00:00+02:00', noon],
    ['2026-11-20T06:30:00-0530', noon],
    ['2026-11-20 12:00:00', noon],
    ['2026-11-20T12:00Z', noon],
    ['2026-11-20', noon - day / 2],
    ['2015-2-02T00:00:00.000Z', Date.UTC(2015, 1, 2)],
    ['2015-2-2', Date.UTC(2015, 1, 2)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1)]
  ])('%s is read', (text, instant) => expect(readInstant(text)).toBe(instant))

  it.each([
    '',
    'now',
    '2026-13-01',
    '2026-00-01',
    '2026-02-30',
    '2026-02-30T00:00:00.000Z',
    '2023-02-29T00:00:00Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20T12:61:00Z'
  ])('%j is not read, rather than guessed', (text) => expect(readInstant(text)).toBeUndefined())
  it.each([
    [1_700_000_000_000],
    [null],
    [undefined],
    [{}],
    [['2026-11-20']],
    [true],
    ['0001-01-01T00:00:00Z'],
    ['1'.repeat(1_000_000)]
  ])('a value that is no text of a time is not read (%#)', (value) =>
    expect(readInstant(value)).toBeUndefined()
  )

  it('every instant that JavaScript writes is read back', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date(0),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true
        }),
        (date) => {
          expect(readInstant(date.toISOString())).toBe(date.getTime())
        }
      )
    )
  })
  it('no value makes it throw or return something that is no instant', () => {
    const nearly = fc.stringMatching(/^[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9:.,+Z-]{0,24}$/)
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearly), (value) => {
        const instant = readInstant(value)
        expect(instant === undefined || Number.isSafeInteger(instant)).toBe(true)
      })
    )
  })
})

describe('a clock that is wrong', () => {
  it('is corrected by the time between sending and receipt', () => {
    expect(skewOf({ at: noon - 60_000, sentAt: noon - 50_000, receivedAt: noon })).toBe(50_000)
    expect(skewOf({ at: noon, sentAt: noon + 3_600_000, receivedAt: noon })).toBe(-3_600_000)
  })
  it('is left alone when the client did not say when it sent', () =>
    expect(skewOf({ at: noon, sentAt: undefined, receivedAt: noon + 5 })).toBe(0))
  it('is not believed beyond thirty days, to either side', () => {
    expect(skewOf({ at: noon, sentAt: noon, receivedAt: noon + 30 * day })).toBe(30 * day)
    expect(skewOf({ at: noon, sentAt: noon, receivedAt: noon + 30 * day + 1 })).toBe(0)
    expect(skewOf({ at: noon, sentAt: noon + 30 * day + 1, receivedAt: noon })).toBe(0)
  })
  it('is not believed when something happened well after it was sent', () => {
    expect(skewOf({ at: noon + 300_000, sentAt: noon, receivedAt: noon + 10 })).toBe(10)
    expect(skewOf({ at: noon + 300_001, sentAt: noon, receivedAt: noon + 10 })).toBe(0)
  })
})
