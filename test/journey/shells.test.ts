/**
 * The command line where people type it: completed by real shells, watched on a terminal, and
 * pointed at a server elsewhere.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  candor,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const day = new Date().toISOString().slice(0, 10)
let server: RunningServer
let folder: string

beforeAll(async () => {
  server = await startServer()
  folder = mkdtempSync(join(tmpdir(), 'candor-shells-'))
})
afterAll(async () => {
  await removeServer(server)
  rmSync(folder, { recursive: true, force: true })
})

async function scriptFor(shell: string): Promise<string> {
  const { out } = await runCandor(server, ['completion', shell])
  const path = join(folder, `candor.${shell}`)
  writeFileSync(path, out)
  return path
}

function printed(shell: string, parameters: readonly string[]): string {
  return execFileSync(shell, parameters, { cwd: folder }).toString()
}

/** Types a line into an interactive zsh on a terminal, presses Tab twice, prints what it shows. */
const typeIntoZsh = `
zmodload zsh/zpty
zpty -b z "TERM=dumb zsh -f -i"
wait_for() {
  local seen="" chunk
  repeat 200; do
    while zpty -r -t z chunk; do seen+=$chunk; done
    [[ $seen == *$1* ]] && return
    sleep 0.1
  done
  print -u2 "no $1 in: $seen"
  exit 1
}
zpty -w z "PS1=; autoload -Uz compinit; compinit -u -D; source $1; LISTMAX=1000; print BEG''UN"
wait_for BEGUN
zpty -w -n z "$2"$'\\t'
sleep 2
zpty -w -n z $'\\t'
sleep 1
all=""
while zpty -r -t z chunk; do all+=$chunk; done
print -r -- "$all"
zpty -d z
`

describe('a shell', () => {
  it('bash completes commands, their own commands and flags', async () => {
    const script = await scriptFor('bash')
    const completed = (...words: readonly string[]): readonly string[] =>
      printed('bash', [
        '--norc',
        '-c',
        `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _candor; echo "\${COMPREPLY[@]}"`,
        script,
        ...words
      ])
        .trim()
        .split(' ')
    expect(completed('candor', 'tok')).toEqual(['token'])
    expect(completed('candor', 'token', '')).toEqual(
      expect.arrayContaining(['create', 'list', 'revoke'])
    )
    expect(completed('candor', 'ask', '--pro')).toEqual(['--product'])
  })

  it('zsh completes them on a terminal, with what each does', async () => {
    const script = await scriptFor('zsh')
    const program = join(folder, 'type.zsh')
    writeFileSync(program, typeIntoZsh)
    const typed = (line: string): string => printed('zsh', ['-f', program, script, line])
    expect(typed('candor tok')).toMatch(/candor token [\s\S]*revoke +-- end a token/)
    expect(typed('candor ask --prod')).toContain('candor ask --product')
  }, 60_000)

  it('fish completes them, with what each does', async () => {
    const script = await scriptFor('fish')
    const completed = (line: string): string =>
      printed('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line])
    expect(completed('candor tok')).toMatch(/^token\t/m)
    expect(completed('candor token ')).toMatch(/^revoke\tend a token/m)
    expect(completed('candor ask --pro')).toMatch(/^--product\t/m)
  }, 60_000)
})

describe('an answer that is watched', () => {
  it('is asked again on a terminal until Ctrl-C, as for every program', async () => {
    const line = `${process.execPath} ${candor} ask ingestion --product dlt --since 1d --watch 1`
    const [program = '', ...parameters] = ['script', '-qec', line, '/dev/null']
    const child = spawn(program, parameters, {
      cwd: server.folder,
      env: { PATH: process.env['PATH'], HOME: server.folder, TERM: 'xterm', COLUMNS: '100' }
    })
    let shown = ''
    child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await expect.poll(() => shown.split('not_kept').length, { timeout: 30_000 }).toBeGreaterThan(3)
    child.stdin.write('\u0003')
    // As shells say it of whatever Ctrl-C ended.
    expect(await ended).toBe(130)
    expect(shown).toContain(day)
  }, 60_000)
})

describe('a server elsewhere', () => {
  it('is asked by its name and usual product, and nobody else reads its token', async () => {
    const elsewhere = { data: join(folder, 'none'), folder }
    const url = server.adminUrl
    const added = await runCandor(elsewhere, ['remote', 'add', 'work', url, '--product', 'dlt'], {
      CANDOR_TOKEN: server.token
    })
    expect(added.error).toBe('')
    const { out } = await runCandor(elsewhere, ['remote', 'list'])
    expect(out).toContain(url)
    expect(out).not.toContain(server.token)
    const asked = await runCandor(elsewhere, [
      'ask',
      'ingestion',
      '--remote',
      'work',
      '--since',
      '1d',
      '--format',
      'json'
    ])
    expect(JSON.parse(asked.out)).toMatchObject({ parameters: { product: 'dlt' } })
    const kept = execFileSync('find', [folder, '-name', '*remotes*', '-type', 'f'])
      .toString()
      .trim()
      .split('\n')
    expect(kept).toHaveLength(1)
    expect(statSync(kept[0] ?? '').mode & 0o077).toBe(0)
    await runCandor(elsewhere, ['remote', 'remove', 'work'])
    const gone = await runCandor(elsewhere, ['ask', 'events', '--remote', 'work'])
    expect(gone.code).not.toBe(0)
    expect(gone.error).toContain('work')
  }, 60_000)
})
