import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explanations } from '../index.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initProduct } from './init.ts'
import { runProgram, systemEffects, testTerminal } from './program.test-support.ts'

const bad = `candor: 1
product: window
title: Window
purpose: Which windows are opened.
recipients: [{ name: Window e.V., where: Germany, for: making better windows }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out }
identity: { kind: persistent, says: a random id }
questions: { usage: What is it used for? }
events:
  opened:
    when: It was opened.
    serves: [usage]
    owner: the window team
    expires: 2027-11-20
    fields:
      host: { type: pattern, pattern: '^[0-9]{3}$', says: "which one" }
      width: { type: integer, max: 10, says: its width }
controls: [{ variable: WINDOW_TELEMETRY, off: "0" }]
`

describe('the contract commands', () => {
  let folder: string
  let printed: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-check-'))
    printed = ''
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exitCode = undefined
  })

  /** Its exit code. */
  async function candor(...words: readonly string[]): Promise<number> {
    const out = (text: string): void => void (printed += text)
    return runProgram(
      testTerminal({
        effects: {
          ...systemEffects,
          clock: { now: () => Date.parse('2026-11-20T12:00:00Z') }
        },
        folder,
        out,
        error: out
      }),
      words
    )
  }

  describe('check', () => {
    it('quotes each line with a caret where it is wrong, counts, and fails on errors only', async () => {
      writeFileSync(join(folder, 'contract.yaml'), bad)
      expect(await candor('check')).toBe(1)
      expect(printed).toBe(`contract.yaml:17:7 error PERSONAL_DATA_LIKELY
  \`host\` sounds like a host name, and would be kept readably: keep a class, a token (\`keyed-hash\`) or a count of it, or drop it.
   17 |       host: { type: pattern, pattern: '^[0-9]{3}$', says: "which one" }
      |       ^
contract.yaml:18:22 warning UNIT_MISSING
  This number does not say what it counts or measures: name it in \`unit\`, or use \`duration\` for time.
   18 |       width: { type: integer, max: 10, says: its width }
      |                      ^
1 contract: 1 error, 1 warning. \`candor contract explain CODE\` tells why, and how to mend it.
`)
    })

    it('succeeds with warnings alone, and with what is waived', async () => {
      writeFileSync(
        join(folder, 'contract.yaml'),
        bad.replace(
          '"which one" }',
          '"which one", waive: { PERSONAL_DATA_LIKELY: we number our own } }'
        )
      )
      expect(await candor('check')).toBe(0)
      expect(printed).toContain('1 contract: 0 errors, 1 warning, 1 waived with a reason.')
    })

    it('marks the lines of a pull request for GitHub, whatever is in a message or name', async () => {
      await mkdir(join(folder, 'a,b'))
      writeFileSync(
        join(folder, 'a,b', 'contract.yaml'),
        bad.replace('its width', 'its width').replace('serves: [usage]', 'serves: ["100%"]')
      )
      expect(await candor('check', 'a,b', '--format', 'github')).toBe(1)
      expect(printed).toBe(
        '::error file=a%2Cb/contract.yaml,line=13,col=14,title=QUESTION_UNKNOWN::`100%25` is ' +
          'not among `questions`: declare it there.\n'
      )
    })

    it('tells programs everything as JSON, waived findings with their reasons', async () => {
      writeFileSync(
        join(folder, 'contract.yaml'),
        bad.replace('its width }', 'its width, waive: { UNIT_MISSING: it is in panes } }')
      )
      expect(await candor('check', '--format', 'json')).toBe(1)
      expect(JSON.parse(printed)).toMatchObject({
        files: [
          {
            file: 'contract.yaml',
            digest: expect.stringMatching(/^sha256:/),
            findings: [{ code: 'PERSONAL_DATA_LIKELY', line: 17, column: 7, severity: 'error' }],
            waived: [{ code: 'UNIT_MISSING', reason: 'it is in panes' }]
          }
        ]
      })
    })

    it('looks at several contracts, and as of another day', async () => {
      for (const name of ['one.yaml', 'two.yaml']) writeFileSync(join(folder, name), bad)
      expect(await candor('check', 'one.yaml', 'two.yaml', '--today', '2027-11-20')).toBe(1)
      expect(printed.match(/EXPIRES_PAST/g)).toHaveLength(2)
      expect(printed).toContain('2 contracts: 4 errors, 2 warnings.')
    })

    it('says that rules have not looked yet while the grammar is broken', async () => {
      writeFileSync(join(folder, 'contract.yaml'), bad.replace('type: integer', 'type: intger'))
      expect(await candor('check')).toBe(1)
      expect(printed).toContain('1 error, 0 warnings. The rules look once the grammar is right.')
    })

    it('shows the place of a long line, and hands no control character to the terminal', async () => {
      const long = `{ type: boolean, says: "${'a'.repeat(300)}\u202e", owners: x }`
      writeFileSync(join(folder, 'contract.yaml'), bad.replace(/\{ type: integer.*/, long))
      await candor('check')
      const [line = '', caret = ''] = printed.split('\n').slice(2)
      expect(line.length).toBeLessThan(120)
      expect(line.slice(caret.indexOf('^'))).toMatch(/^owners/)
      expect(printed).not.toContain('\u202e')
    })

    it('finds nothing in what `candor init` writes', async () => {
      await initProduct({ name: 'acme', folder: join(folder, 'acme'), effects: systemEffects })
      expect(await candor('check', 'acme')).toBe(0)
      expect(printed).toMatch(/^1 contract: 0 errors, 0 warnings/)
    })

    it('says where it looked when there is no contract', async () => {
      await expect(candor('check', 'nowhere')).rejects.toMatchObject({
        code: 'CONTRACT_UNREADABLE',
        message: expect.stringContaining('nowhere')
      })
    })
  })

  describe('explain', () => {
    it('tells why, how to mend it, and how to waive it', async () => {
      await candor('explain', 'unit-missing')
      expect(printed).toContain('UNIT_MISSING: a rule of the check (warning)\n')
      expect(printed).toContain(
        '    cache: { type: integer, unit: bytes, max: 1000000, says: how large the cache is }'
      )
      expect(printed).toContain('    waive: { UNIT_MISSING: "why it does not hold here" }')
    })

    it('knows every code, and both meanings of the one that has two', async () => {
      for (const { code } of explanations()) await candor('explain', code)
      printed = ''
      await candor('explain', 'LIMIT_EXCEEDED')
      expect(printed).toMatch(
        /a problem of the grammar[\s\S]*why something that was sent was not kept/
      )
    })

    it('names the nearest code for one that there is not', async () => {
      await expect(candor('explain', 'UNIT_MISING')).rejects.toMatchObject({
        code: 'CODE_UNKNOWN',
        message: expect.stringContaining('Did you mean UNIT_MISSING?')
      })
    })
  })
})
