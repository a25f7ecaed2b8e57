/**
 * A maintainer's day in contract/README.md: its files written, its edits made and its commands run
 * as they stand there, they print what stands there.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, root, startServer, type RunningServer } from './world/candor-server.ts'
import { patientSleep, timeless } from './world/readme-blocks.ts'
import { freePort } from './world/free-port.ts'

const page = readFileSync(join(root, 'contract', 'README.md'), 'utf8')
const [section = ''] = /^## A maintainer's day\n[\s\S]*?(?=^## )/m.exec(page) ?? []
/**
 * Every fenced block in order: what its fence says, its text, and what it prints where that
 * follows.
 */
const steps = [
  ...section.matchAll(/^```(?!text$)(.+)\n([\s\S]*?)^```$(?:\n```text\n([\s\S]*?)^```$)?/gm)
].map(([, fence = '', text = '', printed = '']) => ({ fence, text, printed }))

/** The time that a command took is another one each time, too; a port is in a contract's digest. */
const steady = (printed: string): string =>
  timeless(printed)
    .replaceAll(/\belapsed=[\d.e-]+/g, 'elapsed=TIME')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST')

describe("a maintainer's day", () => {
  let folder: string
  let home: string
  let server: RunningServer | undefined
  // The address that the page has; the collector takes this port when it starts.
  let port: number
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-day-'))
    home = join(folder, 'home')
    mkdirSync(home)
    // Stands for the clone around it: this is where candor, the SDK and the compiler are found.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    port = await freePort()
  })
  afterAll(async () => {
    await server?.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  const here = (text: string): string => text.replaceAll('127.0.0.1:4700', `127.0.0.1:${port}`)

  /** With what a terminal has, its width too, and nothing that tells of tests. */
  async function run(commands: string): Promise<string> {
    const sleep = server === undefined ? '' : patientSleep(server.adminPort)
    const child = spawn('bash', ['-c', sleep + here(commands)], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        npm_config_update_notifier: 'false',
        CANDOR_COLUMNS: '120'
      },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    return printed.replaceAll(home, '~')
  }

  async function runAndCompare(commands: string, printed: string): Promise<void> {
    // What was sent can be queried a moment later.
    const seen = commands.startsWith('npx candor query')
      ? await eventually(
          () => run(commands),
          (text) => steady(text) === steady(printed)
        )
      : await run(commands)
    expect(steady(seen)).toBe(steady(printed))
  }

  function edit(file: string, how: string, anchor: string, text: string): void {
    const path = join(folder, file)
    const lines = readFileSync(path, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.trim().startsWith(anchor))
    expect(at, `${file} has a line that begins with ${anchor}`).toBeGreaterThan(-1)
    lines.splice(at, how === 'above' ? 0 : 1, here(text).trimEnd())
    writeFileSync(path, lines.join('\n'))
  }

  async function serve(commands: string): Promise<void> {
    expect(commands.trimEnd().split('\n').at(-1)).toBe('npx candor serve')
    await run(commands.replace(/npx candor serve\n$/, ''))
    await server?.kill('SIGTERM')
    server = await startServer({ folder, port, environment: { HOME: home } })
  }

  it('has files, edits and commands to follow', () => {
    expect(steps.length).toBeGreaterThan(12)
  })

  it('has a program of ten lines at most', () => {
    const program = steps.find(({ fence }) => fence === 'ts acme.mts')
    expect(program?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(10)
  })

  for (const [index, { fence, text, printed }] of steps.entries()) {
    const [, file, how, anchor = ''] = /^\w+ (\S+) (above|instead of) "(.+)"$/.exec(fence) ?? []
    if (file !== undefined && how !== undefined)
      it(`${index}: ${file} is edited at ${anchor}`, () => edit(file, how, anchor, text))
    else if (fence === 'ts acme.mts')
      it(`${index}: the program is written`, () =>
        writeFileSync(join(folder, 'acme.mts'), here(text)))
    else if (fence === 'sh second terminal') it(`${index}: the collector starts`, () => serve(text))
    else if (fence === 'sh run') {
      const [first = ''] = text.split('\n')
      it(`${index}: \`${first.slice(0, 70)}\` and what follows print what stands there`, () =>
        runAndCompare(text, printed))
    } else
      it(`${index}: knows what to do with a block marked ${fence}`, () =>
        expect.fail('nobody runs this block'))
  }
})
