import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram, systemEffects, testTerminal } from '../program.test-support.ts'

const contract = (words: string): string => `candor: 1
product: acme
title: Acme
purpose: To see what is used.
contact: https://acme.example/issues
recipients: [{ name: Acme e.V., where: Germany, for: deciding }]
retention: { records: 90 days, aggregates: 25 months, backups: none }
consent: { default: opt-in, levels: { basic: Commands. } }
identity: { kind: none, says: no id }
environment: []
questions: { usage: What is used?, errors: What fails? }
events:
  run:
    when: A command ran.
    owner: us
    expires: 2028-06-01
    every: { says: at most hourly, per_day_max: 24 }
    fields:
      command: { type: enum, values: [${words}], serves: [usage], says: which command }
      success: { type: boolean, serves: [errors], says: whether it ended well }
controls: [{ variable: ACME_TELEMETRY, off: 'off' }]
`

const why = 'It is little, and nobody: knows who.'

describe('a review on record', () => {
  let folder: string
  let out: string
  let now: number
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-review-'))
    writeFileSync(join(folder, 'contract.yaml'), contract('init, build'))
    now = Date.parse('2026-11-20T12:00:00Z')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = async (...words: readonly string[]): Promise<number> => {
    out = ''
    const effects = { ...systemEffects, clock: { now: () => now } }
    return runProgram(testTerminal({ folder, effects, out: (text) => void (out += text) }), words)
  }
  const review = (question: string, ...more: readonly string[]): Promise<number> =>
    run(
      ...'review --by Jane --expires 2027-11-20 --because'.split(' '),
      why,
      '--question',
      question,
      ...more
    )

  it('is asked of nobody until there is a file, and then of each question', async () => {
    expect(await run('check')).toBe(0)
    expect(await review('usage')).toBe(0)
    expect(readFileSync(join(folder, 'reviews.yaml'), 'utf8')).toContain('question: usage')
    expect(await run('check')).toBe(1)
    expect(out).toContain('REVIEW_MISSING')
    expect(out).toContain('`errors`')
    expect(await review('errors')).toBe(0)
    expect(await run('check'), out).toBe(0)
    expect(await run('review')).toBe(0)
    expect(out).toContain('2026-11-20 agreed usage until 2027-11-20 by Jane')
  })

  it('is of these terms: what asks users again is reviewed again, a word is not', async () => {
    await review('usage')
    await review('errors')
    writeFileSync(join(folder, 'contract.yaml'), contract('init, build').replace('which', 'what'))
    expect(await run('check'), out).toBe(0)
    writeFileSync(join(folder, 'contract.yaml'), contract('init, build, drop'))
    expect(await run('check')).toBe(1)
  })

  it('is announced 60 days before it ends, and then holds no more', async () => {
    await review('usage')
    await review('errors')
    now = Date.parse('2027-09-21T12:00:00Z')
    expect(await run('check')).toBe(0)
    expect(out).toContain('REVIEW_EXPIRES_SOON')
    now = Date.parse('2027-11-21T12:00:00Z')
    expect(await run('check')).toBe(1)
    expect(out).toContain('REVIEW_EXPIRED')
  })

  it('that refuses counts until somebody agrees', async () => {
    await review('usage')
    await review('errors', '--decision', 'refused')
    expect(await run('check')).toBe(1)
    expect(out).toContain('refused `errors`')
    await review('errors')
    expect(await run('check'), out).toBe(0)
  })

  it.each([
    ['another question', ['review', '--by', 'J', '--question', 'usge', '--expires', '2027-01-01']],
    ['no reason', ['review', '--by', 'J', '--question', 'usage', '--expires', '2027-01-01']]
  ])('with %s is refused, and nothing is written', async (_, words) => {
    await expect(run(...words)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
    expect(() => readFileSync(join(folder, 'reviews.yaml'))).toThrow()
  })

  it('that somebody spoiled is said, with its place', async () => {
    writeFileSync(join(folder, 'reviews.yaml'), '- { by: me }\n')
    await expect(run('check')).rejects.toMatchObject({
      message: expect.stringContaining('review 1')
    })
  })
})

describe('the papers on the command line', () => {
  let folder: string
  let out: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-dossier-'))
    writeFileSync(join(folder, 'contract.yaml'), contract('init'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const run = (...words: readonly string[]): Promise<number> => {
    out = ''
    return runProgram(testTerminal({ folder, out: (text) => void (out += text) }), words)
  }

  it('are held to the contract, and their blanks are counted where people answer', async () => {
    const file = ['dossier', '--for', 'gdpr', '--out', 'papers/gdpr.md']
    expect(await run(...file)).toBe(0)
    expect(out).toMatch(/\d+ of \d+ blanks are open: controller/)
    expect(await run(...file, '--check')).toBe(0)
    writeFileSync(join(folder, 'dossier.yaml'), 'controller: Acme e.V., Berlin\n')
    await expect(run(...file, '--check')).rejects.toMatchObject({ code: 'GENERATED_STALE' })
    expect(await run(...file)).toBe(0)
    expect(readFileSync(join(folder, 'papers/gdpr.md'), 'utf8')).toContain('**Acme e.V., Berlin**')
    await run('check')
    expect(out).toMatch(/18 blanks of dossier\.yaml are open: joint_controllers/)
  })

  it('take no answer to what nobody asked', async () => {
    writeFileSync(join(folder, 'dossier.yaml'), 'controler: Acme\n')
    await expect(run('dossier', '--for', 'lf')).rejects.toMatchObject({
      message: expect.stringContaining('controler is no blank')
    })
  })

  it('look at what a community asks, several at once', async () => {
    expect(await run('check', '--policy', 'lf,debian')).toBe(1)
    expect(out).toContain('LF_STORED')
    expect(out).toContain('DEBIAN_CONFFILE')
  })
})
