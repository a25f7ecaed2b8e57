import { describe, expect, it } from 'vitest'
import { elementsMax, parseJson } from './json.ts'

const listOf = (count: number, element: string): string =>
  `[${Array(count).fill(element).join(',')}]`

describe('JSON with very many values', () => {
  it('is not read: its bytes would cost everybody half a second', () => {
    expect(parseJson(listOf(1_300_000, '{}'))).toBeUndefined()
    expect(parseJson(listOf(90_000, '{}'))).toBeUndefined()
    expect(parseJson('['.repeat(60_000))).toBeUndefined()
  })

  it('is read up to the bound, and whatever stands inside of its texts', () => {
    // An element takes two bytes: a bracket, the ones and their commas.
    const most = Math.floor((elementsMax(0) * 8) / 6)
    for (const count of [most - 10, most])
      expect(parseJson(listOf(count, '1')), String(count)).toHaveLength(count)
    expect(parseJson(listOf(most + 10, '1'))).toBeUndefined()
    const text = String.raw`\"[{,`.repeat(300_000)
    expect(parseJson(`{"a":"${text}"}`)).toEqual({ a: '"[{,'.repeat(300_000) })
  })

  it('of an oversized batch of a real library is read', () => {
    const event = JSON.stringify({
      type: 'track',
      anonymousId: crypto.randomUUID(),
      messageId: crypto.randomUUID(),
      event: 'pipeline_load',
      timestamp: new Date().toISOString(),
      context: { library: { name: 'dlt', version: '1.26.0' }, os: { name: 'Linux' }, ci_run: true },
      properties: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, index]))
    })
    const count = Math.floor((4 * 1024 * 1024 - 100) / (event.length + 1))
    expect(parseJson(`{"batch":${listOf(count, event)}}`)).toMatchObject({
      batch: expect.objectContaining({ length: count })
    })
  })
})
