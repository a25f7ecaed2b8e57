import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFaultOf } from './json-fault.ts'

const faultOf = (text: string): ReturnType<typeof jsonFaultOf> => jsonFaultOf(Buffer.from(text))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('what is wrong with a text that is no JSON', () => {
  it.each([
    ['', 'nothing in it', 0],
    ['  \n', 'nothing in it', 3],
    ['{"a":1', 'ends too early', 6],
    ['{"a', 'ends too early', 3],
    ['{"a":', 'ends too early', 5],
    ['{"a":x}', 'value expected', 5],
    ['{"a":[1,,2]}', 'value expected', 8],
    ['{a:1}', 'key expected', 1],
    ['{"a":1,}', 'key expected', 7],
    ['{"a" 1}', 'colon expected', 5],
    ['{"a":1 "b":2}', 'comma or end expected', 7],
    ['{"a":01}', 'number malformed', 6],
    ['{"a":-}', 'number malformed', 5],
    ['{"a":"\n"}', 'control character in a text', 6],
    [String.raw`{"a":"\x"}`, 'escape malformed', 6],
    ['{} {}', 'something after the end', 3],
    ['ü', 'value expected', 0],
    ['"ü" x', 'something after the end', 5]
  ] as const)('%s: %s, at byte %i', (text, reason, place) => {
    expect(isJson(text)).toBe(false)
    expect(faultOf(text)).toEqual({ reason, place })
  })

  it('finds nothing wrong with what is JSON, however deep', () => {
    expect(faultOf(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBeUndefined()
    expect(faultOf('\uFEFF{}')).toBeUndefined()
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(faultOf(text)).toBeUndefined()
      })
    )
  })

  it('finds something wrong with just what a reader of JSON refuses', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', '1', 'e', '-'))
      .map(
        ([text, at, put]) =>
          text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1)
      )
    fc.assert(
      fc.property(damaged, (text) => {
        const fault = faultOf(text)
        expect(fault === undefined).toBe(isJson(text))
        expect(fault?.place ?? 0).toBeLessThanOrEqual(Buffer.byteLength(text))
      }),
      { numRuns: 2_000 }
    )
  })
})
