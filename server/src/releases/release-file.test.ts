import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReleaseFile } from './release-file.ts'

const whole = `
releases:
  - { version: 2.29.2, date: 2026-08-18, supports: { postgresql: [16, 17, 18] } }
  - { version: '2.28', date: 2026-07-16, withdrawn: true }
advisories:
  - id: TSA-1
    date: 2026-09-01
    level: high
    title: Queries may read a neighbour's chunk
    message: Upgrade before the next restart.
    url: https://example.org/advisories/1
    affected: '>=2.20.0 <2.28.3 || 2.29.0'
    fixed: 2.29.1
    cve: [CVE-2026-12345, GHSA-abcd-1234-wxyz]
`
function problemsOf(text: string): string {
  const result = readReleaseFile(text)
  return result.is === 'file' ? '' : result.problems.join('\n')
}

describe('a releases file', () => {
  it('says releases and advisories', () => {
    const result = readReleaseFile(whole)
    expect(result).toMatchObject({
      is: 'file',
      file: {
        releases: [
          { version: '2.29.2', supports: { postgresql: [16, 17, 18] } },
          { version: '2.28', withdrawn: true }
        ],
        advisories: [{ id: 'TSA-1', level: 'high' }]
      }
    })
    expect(readReleaseFile('')).toEqual({ is: 'file', file: { releases: [], advisories: [] } })
  })

  it.each([
    ['releases: [{ version: 2.30, date: 2026-01-01 }]', /quotes.*2\.30/],
    ['releases: [{ version: 1_0, date: 2026-01-01 }]', /must be a version/],
    ['releases: [{ version: 1.0.0+x, date: 2026-01-01 }]', /must be a version/],
    ['releases: [{ version: 1.0.0, date: yesterday }]', /must be a date/],
    ['releases: [{ version: 1.0.0 }]', /releases\.0\.date/],
    [
      'releases: [{ version: 1.0.0, date: 2026-01-01, supports: { postgresql: [x] } }]',
      /whole numbers/
    ],
    [
      'releases: [{ version: 1.0.0, date: 2026-01-01 }, { version: 1.0.0, date: 2026-01-01 }]',
      /there twice: 1\.0\.0/
    ],
    ['relaeses: []', /relaeses/],
    [whole.replace('https:', 'javascript:'), /https/],
    [whole.replace("'>=2.20.0 <2.28.3 || 2.29.0'", 'all of them'), /range/],
    [whole.replace('CVE-2026-12345', 'CVE-1'), /CVE/],
    [whole.replace('high', 'terrible'), /info, low/],
    ['releases: [', /./],
    ['- a', /./]
  ])('tells what is wrong with it (%#)', (text, problem) => {
    expect(problemsOf(text)).toMatch(problem)
  })

  it('may hold any text at all: it is read or refused, never more', () => {
    const word = fc.constantFrom(
      'releases',
      'advisories',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      'version',
      '1.0.0',
      '&a',
      '*a',
      '"',
      '__proto__',
      '!!binary',
      '? '
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(''))
        ),
        (text) => {
          expect(['file', 'invalid']).toContain(readReleaseFile(text).is)
        }
      )
    )
  })
})
