/** Event sizes are exact, whatever the JSON around them looks like. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { eventBytes, mayHoldLarge } from './event-bytes.ts'

const sizesOf = (text: string): readonly number[] => eventBytes(Buffer.from(text))

it('measures each event as it was sent, white space around it aside', () => {
  expect(sizesOf('{"batch":[{"a":1},  { "a" : 1 } ,[], "x",1e3 ,null]}')).toEqual([
    7, 11, 2, 3, 3, 4
  ])
  expect(sizesOf('\uFEFF{"batch":[{"é":"\\u00e9"}]}')).toEqual([15])
})
it('is not misled by brackets, quotes and keys inside of texts', () => {
  expect(sizesOf('{"x":"\\"batch\\":[1,2]","batch":[{"a":"},{"},{"a":"\\\\\\""}]}')).toEqual([
    11, 12
  ])
})
it('measures only the batch of the body itself, not one inside an event or the context', () => {
  expect(
    sizesOf('{"context":{"batch":[1,2,3]},"batch":[{"batch":[1,2]}],"after":{"batch":[4]}}')
  ).toEqual([15])
})
it('takes the last of repeated keys, and knows a key that is written with escapes', () => {
  expect(sizesOf('{"batch":[1,2,3],"b\\u0061tch":[10,20]}')).toEqual([2, 2])
})
it('measures nothing where the batch is empty or none', () => {
  expect(sizesOf('{"batch":[ ]}')).toEqual([])
  expect(sizesOf('{"batch":{"a":[1]},"other":[1,2]}')).toEqual([])
})
it('agrees with JSON.stringify for every batch, in both ways of writing it', () => {
  const batch = fc.array(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()))
  fc.assert(
    fc.property(
      batch,
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (events, before, after) => {
        const { batch: _before, ...head } = before
        const { batch: _after, ...tail } = after
        const body = { ...head, batch: events, ...tail }
        const expected = body.batch.map((event) => Buffer.byteLength(JSON.stringify(event)))
        expect(sizesOf(JSON.stringify(body))).toEqual(expected)
        expect(sizesOf(JSON.stringify(body, null, 2))).toHaveLength(events.length)
      }
    )
  )
})

it('knows without measuring that a batch of many small events holds no large one, and is never wrong about it', () => {
  const event = {
    type: 'track',
    event: 'build_finished',
    messageId: 'm'.repeat(36),
    anonymousId: 'a'.repeat(36),
    timestamp: '2026-11-20T12:00:00.000Z'
  }
  const small = { batch: Array.from({ length: 150 }, () => event) }
  expect(JSON.stringify(small).length).toBeGreaterThan(32_768 / 1.5)
  expect(mayHoldLarge(Buffer.from(JSON.stringify(small)), small.batch, 20_000)).toBe(false)
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.constant(undefined)
  )
  const events = fc.array(
    fc.record({
      event: text,
      messageId: text,
      anonymousId: text,
      timestamp: text,
      properties: fc.string({ maxLength: 300 })
    }),
    { maxLength: 10 }
  )
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 300 }), (batch, bytesMax) => {
      const body = Buffer.from(JSON.stringify({ batch }))
      if (!mayHoldLarge(body, batch, bytesMax))
        expect(eventBytes(body).every((bytes) => bytes <= bytesMax)).toBe(true)
    })
  )
})
