/**
 * Installs a client from its registry, once for each release, and runs a program with it as its
 * user would.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../journey/world/candor-server.ts'
import { launch } from '../journey/world/dashboard-browser.ts'
import type { Client, Language } from './clients.ts'

export interface RanClient {
  readonly code: number
  readonly printed: string
}

// Below node_modules nothing is tracked, linted or packed.
const cache = join(root, 'node_modules', '.cache', 'candor-clients')
const minutesMax = 5

/** Of one client in one release: a folder in which its programs run. */
export async function installClient(
  { name, language }: Client,
  requirements: readonly string[]
): Promise<string> {
  const place = `${name}-${requirements.join('-')}`.replaceAll(/[^\w.@-]+/g, '_').slice(0, 120)
  const folder = join(cache, place)
  const done = join(folder, 'installed')
  if (existsSync(done)) return folder
  mkdirSync(folder, { recursive: true })
  await installers[language](folder, requirements)
  writeFileSync(done, '')
  return folder
}

const installers: Readonly<
  Record<Language, (folder: string, requirements: readonly string[]) => Promise<void>>
> = {
  node: installFromNpm,
  browser: installFromNpm,
  async python(folder, requirements) {
    await run('python3', ['-m', 'venv', 'venv'], folder)
    await run('venv/bin/pip', ['install', '--quiet', ...requirements], folder)
  },
  async go(folder, requirements) {
    writeFileSync(join(folder, 'go.mod'), 'module example.com/report\n\ngo 1.21\n')
    await run('go', ['get', ...requirements], folder)
  },
  async java(folder, requirements) {
    const dependencies = requirements.map((requirement) => {
      const [group, artifact, version] = requirement.split(':')
      return (
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
        `<version>${version}</version></dependency>`
      )
    })
    writeFileSync(
      join(folder, 'pom.xml'),
      '<project><modelVersion>4.0.0</modelVersion><groupId>example</groupId>' +
        '<artifactId>report</artifactId><version>1</version>' +
        `<dependencies>${dependencies.join('')}</dependencies></project>`
    )
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], folder)
  }
}

async function installFromNpm(folder: string, requirements: readonly string[]): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  await run('npm', ['install', '--no-audit', '--no-fund', ...requirements], folder)
}

interface Running {
  readonly folder: string
  readonly program: string
  /** When it is ended, if it has not ended by itself; its code is then -1. Default: minutes. */
  readonly msMax?: number
}

/** Runs the text in a folder that `installClient` made, and ends with it, or when it is time. */
export function runProgram({ language }: Client, running: Running): Promise<RanClient> {
  return runners[language](running)
}

const runners: Readonly<Record<Language, (running: Running) => Promise<RanClient>>> = {
  node({ folder, program, msMax }) {
    writeFileSync(join(folder, 'report.js'), program)
    return finished(process.execPath, ['report.js'], folder, msMax)
  },
  python({ folder, program, msMax }) {
    writeFileSync(join(folder, 'report.py'), program)
    return finished('venv/bin/python', ['report.py'], folder, msMax)
  },
  async go({ folder, program, msMax }) {
    writeFileSync(join(folder, 'report.go'), program)
    await run('go', ['mod', 'tidy'], folder)
    // The program itself is what ends, or is ended; `go run` would leave it behind.
    await run('go', ['build', '-o', 'report', '.'], folder)
    return finished('./report', [], folder, msMax)
  },
  java({ folder, program, msMax }) {
    writeFileSync(join(folder, 'Report.java'), program)
    return finished('java', ['-cp', 'jars/*', 'Report.java'], folder, msMax)
  },
  browser: runInBrowser
}

/** From a page of another origin, as every page that reports is. */
async function runInBrowser({ folder, program }: Running): Promise<RanClient> {
  writeFileSync(join(folder, 'report.js'), program)
  await build({
    absWorkingDir: folder,
    entryPoints: ['report.js'],
    bundle: true,
    format: 'esm',
    outfile: 'page.js',
    logLevel: 'silent'
  })
  const page = `<!doctype html><script type="module" src="/page.js"></script>`
  const { readFile } = await import('node:fs/promises')
  const server = createServer((request, response) => {
    if (request.url !== '/page.js') return void response.end(page)
    void readFile(join(folder, 'page.js')).then((text) =>
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(text)
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await launch()
  let printed = ''
  try {
    const tab = await browser.newPage()
    tab.on('console', (message) => (printed += `${message.text()}\n`))
    tab.on('pageerror', (error) => (printed += `${error.message}\n`))
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await tab.waitForLoadState('networkidle')
    return { code: 0, printed }
  } finally {
    await browser.close()
    server.close()
  }
}

async function run(command: string, parameters: readonly string[], folder: string): Promise<void> {
  const { code, printed } = await finished(command, parameters, folder)
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${code}\n${printed}`)
}

function finished(
  command: string,
  parameters: readonly string[],
  folder: string,
  msMax = minutesMax * 60_000
): Promise<RanClient> {
  const child = spawn(command, parameters, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // What an old release imports is deprecated by now, which is no word of the client's.
    env: { ...process.env, PYTHONWARNINGS: 'ignore' },
    timeout: msMax,
    // A client that is told to end may first wait for what it could not send.
    killSignal: 'SIGKILL'
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, printed }))
  })
}
