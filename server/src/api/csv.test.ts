import { text } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvCell, csvStream } from './csv.ts'

/** As RFC 4180 has it, read by hand. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]]
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = cells.exec(csv); match !== null; match = cells.exec(csv)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '\r\n') rows.push([])
    if (cells.lastIndex === csv.length) break
  }
  return rows.slice(0, -1)
}

const cell = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '"', ',', '\r', '\n', '\t', '1', 'a', "'"),
    maxLength: 8
  }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null)
)

describe('CSV', () => {
  it('gives back every cell as it was, but for an apostrophe before what a spreadsheet would run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 30 }), async (pairs) => {
        const rows = pairs.map(([a, b]) => ({ a, b }))
        const read = parsed(
          await text(csvStream({ columns: [{ name: 'a' }, { name: 'b' }], rows }))
        )
        expect(read[0]).toEqual(['a', 'b'])
        expect(read).toHaveLength(rows.length + 1)
        for (const [index, row] of rows.entries()) {
          for (const [column, value] of [row.a, row.b].entries()) {
            const back = read[index + 1]?.[column] ?? ''
            const plain = value === null ? '' : String(value)
            expect([plain, `'${plain}`]).toContain(back)
            if (typeof value === 'number') expect(back).toBe(plain)
            if (/^[=@\t\r\n]/.test(plain) || /^[+-][^\d]/.test(plain))
              expect(typeof value === 'number' || back === `'${plain}`).toBe(true)
          }
        }
      })
    )
  })

  it('runs nothing, and leaves numbers numbers', () => {
    const cells = [
      '=1+1',
      '+SUM(A1)',
      '-2+3',
      '@x',
      '\t=1',
      -5,
      '-5',
      '-9223372036854775808',
      '+1.5',
      -Infinity,
      'a=b',
      ''
    ]
    expect(cells.map(csvCell)).toEqual([
      "'=1+1",
      "'+SUM(A1)",
      "'-2+3",
      "'@x",
      "'\t=1",
      '-5',
      '-5',
      '-9223372036854775808',
      '+1.5',
      '-Infinity',
      'a=b',
      ''
    ])
  })

  it('writes lists and maps as JSON', () => {
    expect([csvCell(['a', 1]), csvCell({ a: 1 })]).toEqual(['"[""a"",1]"', '"{""a"":1}"'])
  })

  it('goes out in parts, so that a large answer is never held twice', async () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => ({ n }))
    const chunks: string[] = []
    for await (const chunk of csvStream({ columns: [{ name: 'n' }], rows }))
      chunks.push(String(chunk))
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.join('').split('\r\n')).toHaveLength(2_002)
  })
})
