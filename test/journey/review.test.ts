/**
 * The hook and the action of docs/guide/review.md, taken from that page and run in a git
 * repository.
 */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { candor, root } from './world/candor-server.ts'

const page = readFileSync(join(root, 'docs', 'guide', 'review.md'), 'utf8')
const hook = /^```sh\n(#!\/bin\/sh\n[\s\S]*?)^```$/m.exec(page)?.[1] ?? ''
const action = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? ''
/** What each step runs: on its own line, or in the lines that are indented below it. */
const steps = [...action.matchAll(/^ +(?:- )?run: (?:\|\n((?:(?: {10}.*)?\n)+)|(.+)$)/gm)]
  .map(([, block, line]) => block ?? line ?? '')
  .filter((step) => step !== 'npm ci')
const commands = [...page.matchAll(/^\| `(npx candor [^`]+)`/gm)].map(([, command = '']) => command)

interface Ran {
  readonly code: number
  readonly printed: string
}

describe('docs/guide/review.md', () => {
  let folder: string
  let summary: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-review-'))
    summary = join(folder, 'summary.md')
    mkdirSync(join(folder, 'bin'))
    mkdirSync(join(folder, 'repository'))
    // Stands for npx in a project that has Candor installed.
    writeFileSync(
      join(folder, 'bin', 'npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${candor}" "$@"\n`,
      { mode: 0o755 }
    )
    expect(sh('npx candor init acme --folder .').code).toBe(0)
    expect(
      sh('npx candor contract generate disclosure contract.yaml --out TELEMETRY.md').code
    ).toBe(0)
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-q', '-m', 'A contract')
    git('update-ref', 'refs/remotes/origin/main', 'main')
    git('checkout', '-q', '-b', 'change')
    mkdirSync(join(repository(), '.git', 'hooks'), { recursive: true })
    writeFileSync(join(repository(), '.git', 'hooks', 'pre-commit'), hook, { mode: 0o755 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const repository = (): string => join(folder, 'repository')

  function run(command: string, words: readonly string[]): Ran {
    const identity = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'A maintainer'],
      [`GIT_${who}_EMAIL`, 'maintainer@example.org']
    ])
    const { status, stdout, stderr } = spawnSync(command, words, {
      cwd: repository(),
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...Object.fromEntries(identity),
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GITHUB_BASE_REF: 'main',
        GITHUB_STEP_SUMMARY: summary
      }
    })
    return { code: status ?? -1, printed: stdout + stderr }
  }

  /** As GitHub runs a step. */
  const sh = (script: string): Ran => run('bash', ['-e', '-o', 'pipefail', '-c', script])

  function git(...words: readonly string[]): void {
    expect(run('git', words)).toMatchObject({ code: 0 })
  }

  const commit = (): Ran => run('git', ['commit', '-q', '-a', '-m', 'A change'])

  function edit(from: string, to: string): void {
    const path = join(repository(), 'contract.yaml')
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`the scaffold has no ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to)
    )
  }

  const write = (): Ran =>
    sh('npx candor contract generate disclosure contract.yaml --out TELEMETRY.md')
  const wider = [
    '      success:',
    '      retries: { type: integer, unit: retries, min: 0, max: 100, says: how often it was ' +
      'tried }\n      success:'
  ] as const
  const personal = [
    '      success:',
    "      host_name: { type: pattern, pattern: '^[a-z]{1,9}$', says: where it ran }\n      " +
      'success:'
  ] as const

  it('has a hook, an action and commands to try', () => {
    expect(hook).toContain('contract check')
    expect(steps).toHaveLength(3)
    expect(commands).toHaveLength(4)
  })

  it('has commands that succeed while nothing has changed', () => {
    for (const command of commands.slice(0, 3)) expect(sh(command)).toMatchObject({ code: 0 })
  })

  it('has commands whose exit codes mean what it says', () => {
    const [check = '', diff = '', generate = '', risk = ''] = commands
    edit(...wider)
    expect([sh(check).code, sh(diff).code, sh(generate).code]).toEqual([0, 3, 1])
    expect(sh(risk).printed).toMatch(/command_run\.retries: new → /)
    edit('variable: ACME_TELEMETRY', 'variable: NO_ACME')
    expect(sh(diff).code).toBe(4)
    edit('candor: 1', 'candor: one')
    expect([sh(check).code, sh(diff).code]).toEqual([1, 1])
  })

  describe('the hook', () => {
    it('lets through a change whose page was written anew', () => {
      edit(...wider)
      write()
      expect(commit()).toMatchObject({ code: 0 })
    })
    it('stops a stale page, and says what writes it', () => {
      edit(...wider)
      expect(commit()).toMatchObject({
        code: 1,
        printed: expect.stringContaining('candor contract generate disclosure') as string
      })
    })
    it('stops what the rules refuse', () => {
      edit(...personal)
      write()
      expect(commit()).toMatchObject({
        code: 1,
        printed: expect.stringContaining('PERSONAL_DATA_LIKELY') as string
      })
    })
    it('does not look at other commits', () => {
      edit(...personal)
      run('git', ['commit', '-q', '-a', '-m', 'Unseen', '--no-verify'])
      appendFileSync(join(repository(), 'README.md'), 'More.\n')
      expect(commit()).toMatchObject({ code: 0 })
    })
  })

  describe('the action', () => {
    const codes = (): readonly number[] => steps.map((step) => sh(step).code)

    it('passes a change that asks users again, and says so in the summary', () => {
      edit(...wider)
      write()
      expect(codes()).toEqual([0, 0, 0])
      expect(readFileSync(summary, 'utf8')).toMatch(/^Widening: users are asked again/)
    })
    it('fails where the contract or its page is wrong, at the line', () => {
      edit(...personal)
      const [check = '', , diff = ''] = steps
      expect(sh(check)).toMatchObject({
        code: 1,
        printed: expect.stringMatching(/^::error file=contract\.yaml,line=\d+/m) as string
      })
      expect(codes().slice(1)).toEqual([1, 0])
      edit('candor: 1', 'candor: one')
      expect(sh(diff).code).not.toBe(0)
      expect(existsSync(summary)).toBe(true)
    })
  })
})
