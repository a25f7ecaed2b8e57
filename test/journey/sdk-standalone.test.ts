/**
 * A client that needs no package, as a program of its own in an empty folder: written by the built
 * command, checked by a strict compiler, and tried by the conformance kit.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMemoryCollector } from '../../sdk/src/testing/index.ts'
import { root } from './world/candor-server.ts'

const contract = `candor: 1
product: mytool
title: mytool
purpose: Which commands are used, and which fail.
contact: https://example.org/issues
recipients: [{ name: the makers of mytool, where: Germany, for: deciding what to mend }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Which commands run and fail. } }
identity: { kind: window, days: 7, says: a random id that changes each week }
environment: [class, automation, container, os, runtime]
controls:
  - { command: mytool telemetry off, does: off }
  - { variable: MYTOOL_QUIET, off: yes }
endpoint: { default: "https://telemetry.example.org" }
events:
  command_run:
    when: A command ended.
    owner: the makers
    expires: never, because it is the core
    fields:
      command: { type: enum, values: [build, test], other: collapse, says: which command }
      elapsed: { type: duration, unit: s, round: 2 digits, says: how long it took }
      success: { type: boolean, says: whether it ended well }
`

const program = `import { createTelemetry } from './telemetry.mjs'
const telemetry = createTelemetry({ version: '1.0.0', command: 'mytool telemetry' })
const [verb, word] = process.argv.slice(2)
if (verb === 'telemetry' && word === 'send') console.log(await telemetry.flush())
else if (verb === 'telemetry') {
  const { text, code } = telemetry.telemetry(word)
  console.log(text)
  process.exitCode = code
} else {
  telemetry.record('command_run', { command: 'build', success: true, elapsed: 2.2345 })
  console.log('done')
  if (verb === 'stay') setTimeout(() => {}, 60_000)
}
`

const state = '.local/state/mytool/telemetry'
const run = (...words: readonly string[]): readonly string[] => [
  'node',
  '{here}/main.mjs',
  ...words
]
const profile = {
  product: 'mytool',
  command: run('build'),
  notice: { text: 'mytool reports how it is used', marks: [`home/${state}/notice.json`] },
  off: {
    'telemetry off': {
      run: [run('telemetry', 'off')],
      leaves: [`home/${state}/consent.json`]
    },
    'MYTOOL_QUIET=yes': { env: { MYTOOL_QUIET: 'yes' } }
  },
  done: 'done',
  preview: { command: run('telemetry', 'preview') },
  crash: { command: run('stay'), prints: 'done', records: 1, name: 'command_run' },
  deliver: {
    run: [['rm', '-f', `{home}/${state}/delivery.json`]],
    command: run('telemetry', 'send')
  },
  sender: 'mytool-telemetry-sender',
  refuse: run('telemetry', 'off'),
  wire: 'native'
}

interface Line {
  readonly id: string
  readonly is: string
  readonly evidence: readonly string[]
}

describe('a client without a package', () => {
  let folder: string
  const generate = (language: string, name: string): void => {
    const command = join(root, 'contract', 'bin', 'candor-contract.js')
    const words = [command, 'generate', language, 'contract.yaml', '--standalone', '--out', name]
    const { status, stderr } = spawnSync('node', words, { cwd: folder, encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-standalone-'))
    mkdirSync(join(folder, 'home'))
    writeFileSync(join(folder, 'contract.yaml'), contract)
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    writeFileSync(join(folder, 'main.mjs'), program)
    writeFileSync(join(folder, 'conformance.json'), JSON.stringify(profile))
    generate('javascript', 'telemetry.mjs')
    generate('typescript', 'telemetry.ts')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('compiles in a project that is stricter than most, and lets nothing undeclared be named', () => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      noPropertyAccessFromIndexSignature: true,
      erasableSyntaxOnly: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      allowJs: true,
      checkJs: true,
      allowImportingTsExtensions: true,
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')]
    }
    const files = ['wrong.ts', 'wrong.js']
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const wrong = (name: string): string =>
      `import { createTelemetry } from './${name}'
const telemetry = createTelemetry({ version: '1.0.0' })
telemetry.record('command_run', { command: 'build' })
telemetry.record('command_run', { command: 'biuld' })
telemetry.record('command_runs', {})
`
    writeFileSync(join(folder, 'wrong.ts'), wrong('telemetry.ts'))
    writeFileSync(join(folder, 'wrong.js'), wrong('telemetry.mjs'))
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { stdout } = spawnSync('node', [compiler, '-p', folder], {
      cwd: folder,
      encoding: 'utf8'
    })
    const found = stdout.split('\n').flatMap((line) => /^(\S+)\((\d+),/.exec(line)?.slice(1) ?? [])
    expect(found, stdout).toEqual([
      'wrong.js',
      '4',
      'wrong.js',
      '5',
      'wrong.ts',
      '4',
      'wrong.ts',
      '5'
    ])
  })

  it('keeps every promise of the package that the kit can try', () => {
    const words = ['--format', 'json', '--pairs', '3', '--tolerance-ms', '150']
    const { status, stdout, stderr } = spawnSync(
      'npm',
      ['run', '--silent', 'conformance', '--', ...words, join(folder, 'conformance.json')],
      { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }
    )
    expect(stdout.startsWith('{'), `${stdout}${stderr}`).toBe(true)
    const { lines } = JSON.parse(stdout) as { readonly lines: readonly Line[] }
    expect(lines.filter(({ is }) => is !== 'holds')).toEqual([])
    expect(lines.length).toBeGreaterThan(20)
    expect(status).toBe(0)
  }, 300_000)

  it.each([
    ['minified', { minify: true }],
    ['with the names of functions', { minify: true, keepNames: true }],
    ['for older runtimes', { minify: true, target: 'es2015' }]
  ])(
    'is sent by its own process after a bundler, %s',
    async (name, how) => {
      const collector = await openMemoryCollector()
      const home = join(folder, `home ${name}`)
      const bundle = join(folder, `${name}.cjs`)
      try {
        await build({
          stdin: {
            contents: `import { createTelemetry } from './telemetry.mjs'
createTelemetry({ version: '1.0.0', says: 'on', endpoint: '${collector.url}' }).record(
  'command_run', { command: 'build', success: true, elapsed: 2.2345 })`,
            resolveDir: folder
          },
          bundle: true,
          platform: 'node',
          format: 'cjs',
          outfile: bundle,
          ...how
        })
        const env = { PATH: process.env['PATH'], HOME: home, MYTOOL_TELEMETRY: 'on' }
        // In a container the first run finds no state, and leaves its record to the second.
        for (let run = 0; run < 2; run += 1) {
          const { status, stderr } = spawnSync('node', [bundle], { env, encoding: 'utf8' })
          expect([status, stderr]).toEqual([0, ''])
        }
        await collector.waitForRecords(2, { name: 'command_run', deadlineMs: 20_000 })
      } finally {
        await collector.close()
      }
    },
    60_000
  )

  it('says so, and holds nobody up, where a folder that is there is said to be missing', () => {
    // As an automounter answers for a home that it does not know, and `/proc` for everybody.
    const env = { PATH: process.env['PATH'], HOME: '/proc/user' }
    const { status, stdout } = spawnSync('node', ['main.mjs', 'telemetry', 'off'], {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL'
    })
    expect(stdout).toContain("can't be written. Set DO_NOT_TRACK=1")
    expect(status).toBe(1)
  })

  it('is told by name what it has not', () => {
    writeFileSync(
      join(folder, 'more.yaml'),
      contract.replace('environment:', 'presence: [day]\nenvironment:')
    )
    const command = join(root, 'contract', 'bin', 'candor-contract.js')
    const { status, stderr } = spawnSync(
      'node',
      [command, 'generate', 'typescript', 'more.yaml', '--standalone'],
      { cwd: folder, encoding: 'utf8' }
    )
    expect(status).not.toBe(0)
    expect(stderr).toContain('`presence` is told by the package only')
  })
})
