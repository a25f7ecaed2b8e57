/** What a collector would keep of what a program sent, by each wire's own ids. */
import { array, assert, constantFrom, json, oneof, property, record, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readQuestion } from './name-server.ts'
import { keptOf, readBody } from './wires.ts'

const sent = (path: string, body: unknown): { path: string; body: Buffer } => ({
  path,
  body: Buffer.from(JSON.stringify(body))
})
const report = (id: string, ...seqs: number[]): { path: string; body: Buffer } =>
  sent('/v1/reports', {
    candor: 1,
    report: id,
    runs: [{ session: 's', records: seqs.map((seq) => ({ seq, name: 'ran' })) }]
  })

describe('native', () => {
  it('knows a report again by its id, and its bytes must be the same', () => {
    expect(keptOf([report('a', 1, 2), report('a', 1, 2)])).toMatchObject({
      twice: [],
      altered: [],
      resent: 2
    })
    expect(keptOf([report('a', 1), report('a', 1, 2)])).toMatchObject({ altered: ['a'] })
  })

  it('sees a record that came in two reports', () => {
    const kept = keptOf([report('a', 1), report('b', 1, 2)])
    expect(kept.twice).toEqual(['s/1'])
    expect(kept.records.map(({ id }) => id)).toEqual(['s/1', 's/2'])
  })
})

describe('other wires', () => {
  it('Segment and PostHog are known by the ids of messages, in batches and alone', () => {
    const message = { messageId: 'm', event: 'ran' }
    expect(
      keptOf([sent('/v1/batch', { batch: [message] }), sent('/v1/track', message)])
    ).toMatchObject({ twice: [], resent: 1 })
    expect(readBody('/batch/', sent('', { batch: [{ uuid: 'u', event: 'ran' }] }).body)).toEqual({
      wire: 'posthog',
      records: [{ envelope: 'u', id: 'u', name: 'ran' }]
    })
  })

  it('what has no id that a collector could know is kept twice when it comes twice', () => {
    expect(keptOf([sent('/x', { a: 1 }), sent('/x', { a: 1 })]).twice).toHaveLength(1)
  })
})

it('any body on any path reads as something', () => {
  const path = constantFrom('/v1/reports', '/v1/batch', '/v1/track', '/batch/', '/i/v0/e', '/other')
  const body = oneof(
    uint8Array().map(Buffer.from),
    json().map((text) => Buffer.from(text))
  )
  assert(property(array(record({ path, body })), (requests) => keptOf(requests).resent >= 0))
})

it('any datagram is a question or is none', () => {
  assert(
    property(uint8Array({ maxLength: 80 }).map(Buffer.from), (message) => {
      const question = readQuestion(message)
      return question === undefined || question.end <= message.length
    })
  )
})
