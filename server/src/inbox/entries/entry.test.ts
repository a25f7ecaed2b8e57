import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBlock, encodeBlock, entryKey, parseEntryKey } from './block.ts'
import { decodeEntry, encodeEntry, entryLines } from './entry.ts'
import { decodeTombstone, encodeTombstone } from '../tombstones.ts'

const line = fc.string({ unit: 'grapheme' }).map((text) => `${JSON.stringify({ text })}\n`)

it('reads back every entry that it wrote', () => {
  fc.assert(
    fc.property(fc.array(line), fc.nat(), (lines, at) => {
      const value = encodeEntry({ lines: lines.length, erased: 0, at, body: lines.join('') })
      const entry = decodeEntry(value)
      expect(entry).toMatchObject({ lines: lines.length, erased: 0, at })
      expect(entry && entryLines(value, entry, 0, undefined).bytes.toString()).toBe(lines.join(''))
      expect(entry && entryLines(value, entry, 1, 3).bytes.toString()).toBe(
        lines.slice(1, 3).join('')
      )
    })
  )
})

it('never throws on a value that something else wrote, whatever its bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.from([1, ...tail])),
    fc.json().map((text) => Buffer.from(`\u0001${text}`)),
    fc.string().map((text) => Buffer.from(`\u0001${text}\n`))
  )
  fc.assert(
    fc.property(bytes, (raw) => {
      const value = Buffer.from(raw)
      const entry = decodeEntry(value)
      if (entry !== undefined) entryLines(value, entry, 0, 1)
      decodeBlock('records_x', value)
      decodeTombstone(value)
      parseEntryKey(value)
    }),
    { numRuns: 500 }
  )
})

it('sorts keys by table and then by number, beyond 32 bits', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(
        Math.sign(Buffer.compare(entryKey('records_dlt', a), entryKey('records_dlt', b)))
      ).toBe(Math.sign(a - b))
      expect(parseEntryKey(entryKey('records_dlt', a))).toEqual({
        table: 'records_dlt',
        sequence: a
      })
    })
  )
  expect(Buffer.compare(entryKey('a', 9), entryKey('ab', 1))).toBe(-1)
})

it('reads back blocks and tombstones', () => {
  const block = {
    table: 't',
    first: 3,
    last: 9,
    fromLine: 0,
    toLine: undefined,
    entries: 4,
    bytes: 100,
    oldestAt: 5,
    loadedAt: 7
  }
  expect(decodeBlock('t', encodeBlock(block))).toEqual(block)
  const tombstone = {
    product: 'dlt',
    kind: 'deletion',
    digest: 'ab',
    requestedAt: 1,
    expiresAt: 2,
    appliedAt: 3
  } as const
  expect(decodeTombstone(encodeTombstone(tombstone))).toEqual(tombstone)
})
