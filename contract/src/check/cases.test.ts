import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkContract, type CheckFinding } from './check.ts'
import { explanations } from './explanations.ts'

const cases = new URL('../../test/cases/', import.meta.url)
/** The day on which all cases are checked. */
const today = '2026-11-20'

function checked(code: string, name: string): readonly CheckFinding[] {
  return checkContract(readFileSync(new URL(`${code}/${name}.yaml`, cases), 'utf8'), { today })
    .findings
}

/**
 * A published file is held against its name, which no single text can show: publication.test.ts
 * does.
 */
const codes = explanations().filter(
  ({ is, code }) => is !== 'violation' && is !== 'policy' && code !== 'DIGEST_MISMATCH'
)

describe('each rule of the check', () => {
  it('has a folder of cases, and no folder is of no rule', () => {
    expect(readdirSync(cases).sort()).toEqual(codes.map(({ code }) => code).sort())
    for (const { code } of codes)
      expect(existsSync(new URL(`${code}/expected.txt`, cases)), code).toBe(true)
  })

  it.each(codes.map(({ code }) => code))(
    '%s finds the bad contract, where it is bad',
    async (code) => {
      const found = checked(code, 'bad')
      expect(found.map((finding) => finding.code)).toContain(code)
      const text = found.map(
        (finding) =>
          `${finding.line}:${finding.column} ${finding.severity} ${finding.code} ` +
          `${finding.message}\n`
      )
      await expect(text.join('')).toMatchFileSnapshot(
        new URL(`${code}/expected.txt`, cases).pathname
      )
    }
  )

  it.each(codes.map(({ code }) => code))(
    '%s finds nothing in the mended one, and neither does any other rule',
    (code) => {
      expect(checked(code, 'good')).toEqual([])
    }
  )

  it.each(codes.flatMap(({ code, example }) => (example === undefined ? [] : [{ code, example }])))(
    '$code is explained by what its cases show',
    ({ code, example }) => {
      for (const [name, lines] of [
        ['bad', example.bad],
        ['good', example.good]
      ] as const) {
        const text = readFileSync(new URL(`${code}/${name}.yaml`, cases), 'utf8')
        for (const line of lines.split('\n')) expect(text).toContain(line.trim())
      }
    }
  )
})
