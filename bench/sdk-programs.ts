/** The programs that are measured: the same small life with each SDK, and with none. */
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..', '..')

export interface MeasuredSdk {
  readonly name: 'candor' | 'segment' | 'posthog' | 'empty'
  /** What a program writes to take it in. */
  readonly imports: string
  /** Makes `telemetry`, with the endpoint in `endpoint`. */
  readonly opens: string
  /** Records `n`. */
  readonly records: string
}

const fields = `{ destination: 'duckdb', elapsed: 2.2, success: true, n }`

export const sdks: readonly MeasuredSdk[] = [
  { name: 'empty', imports: '', opens: '', records: '' },
  {
    name: 'candor',
    imports: `import { createTelemetry } from '@candor/sdk'`,
    opens:
      "const telemetry = createTelemetry({ contract, version: '1.0.0', endpoint, insecure: " +
      'true })',
    records: `telemetry.record('load', ${fields})`
  },
  {
    name: 'segment',
    imports: `import { Analytics } from '@segment/analytics-node'`,
    opens:
      "const telemetry = new Analytics({ writeKey: 'key', host: endpoint " +
      "})\ntelemetry.on('error', () => {})",
    records: `telemetry.track({ anonymousId: 'a', event: 'load', properties: ${fields} })`
  },
  {
    name: 'posthog',
    imports: `import { PostHog } from 'posthog-node'`,
    opens: `const telemetry = new PostHog('key', { host: endpoint })`,
    records: `telemetry.capture({ distinctId: 'a', event: 'load', properties: ${fields} })`
  }
]

const contract = {
  candor: 1,
  product: 'bench',
  title: 'Bench',
  purpose: 'To measure.',
  digest: `sha256:${'1'.repeat(64)}`,
  terms: `sha256:${'2'.repeat(64)}`,
  consent: { default: 'opt-in', levels: [{ name: 'all', says: 'All.' }], graceHours: 24 },
  identity: { kind: 'persistent', says: 'a random id' },
  environment: ['class', 'automation', 'container', 'os', 'arch', 'runtime'],
  presence: [],
  recipients: [],
  retention: { recordsDays: 90, aggregatesDays: 761 },
  records: {
    load: {
      kind: 'event',
      when: 'It loads.',
      level: 'all',
      fields: {
        destination: {
          says: 'where to',
          type: { is: 'enum', values: ['duckdb', 'postgres'], collapse: true }
        },
        elapsed: {
          says: 'how long',
          type: { is: 'duration', unit: 's', max: 86_400, coarsen: { by: 'digits', digits: 3 } }
        },
        success: { says: 'whether it ended well', type: { is: 'boolean' } },
        n: { says: 'its number', type: { is: 'integer', min: 0, max: 1e9 } }
      }
    }
  },
  controls: [],
  never: []
}

export interface ProgramFolder {
  readonly path: string
  /** A home that nobody has used. */
  home(): string
  /** Writes a program of an SDK. `contract` and `endpoint` are in its scope. */
  program(sdk: MeasuredSdk, name: string, body: string): string
  remove(): void
}

/** The built SDK as it is installed, and the others from this repository's own packages. */
export function openProgramFolder(): ProgramFolder {
  const path = mkdtempSync(join(tmpdir(), 'candor-bench-sdk-'))
  const modules = join(path, 'node_modules')
  mkdirSync(join(modules, '@candor', 'sdk'), { recursive: true })
  cpSync(join(root, 'sdk', 'dist'), join(modules, '@candor', 'sdk', 'dist'), { recursive: true })
  cpSync(join(root, 'sdk', 'package.json'), join(modules, '@candor', 'sdk', 'package.json'))
  for (const name of ['@segment', 'posthog-node', '@posthog'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  return {
    path,
    home: () => mkdtempSync(join(path, 'home-')),
    program(sdk, name, body) {
      const file = join(path, `${sdk.name}-${name}.mjs`)
      writeFileSync(
        file,
        `${sdk.imports}\nconst contract = ${JSON.stringify(contract)}\nconst endpoint = ` +
          `process.argv[2] ?? 'http://127.0.0.1:9'\n${body}\n`
      )
      return file
    },
    remove: () => rmSync(path, { recursive: true, force: true })
  }
}

const contractCommand = join(root, 'contract', 'bin', 'candor-contract.js')

const smallContract = `candor: 1
product: mytool
title: mytool
purpose: Which commands are used, and which fail.
recipients: [{ name: the makers of mytool, where: Germany, for: deciding what to mend }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Which commands run and fail. } }
identity: { kind: window, days: 7, says: a random id that changes each week }
environment: [os, runtime]
controls: [{ command: mytool telemetry off, does: off }]
endpoint: { default: "https://telemetry.example.org" }
events:
  command_run:
    when: A command ended.
    fields:
      command: { type: enum, values: [build, test, deploy], other: collapse, says: which command }
      elapsed: { type: duration, unit: s, round: 2 digits, says: how long it took }
      success: { type: boolean, says: whether it ended well }
`

export interface StandaloneBytes {
  readonly minified: number
  readonly packed: number
  /** Of the minified ones, what runs where a program opens, records once and ends. */
  readonly atStart: number
}

/** How large the client without a package is for three fields. */
export async function standaloneBytes(folder: ProgramFolder): Promise<StandaloneBytes> {
  writeFileSync(join(folder.path, 'contract.yaml'), smallContract)
  const file = join(folder.path, 'standalone.mjs')
  const words = ['generate', 'javascript', 'contract.yaml', '--standalone', '--out', file]
  execFileSync(process.execPath, [contractCommand, ...words], {
    cwd: folder.path,
    stdio: 'ignore'
  })
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    logLevel: 'error'
  })
  const code = Buffer.concat(outputFiles.map(({ contents }) => contents))
  writeFileSync(file, code)
  return {
    minified: code.length,
    packed: gzipSync(code, { level: 9 }).length,
    atStart: await bytesRun(folder, code.length)
  }
}

interface Coverage {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number
        readonly endOffset: number
        readonly count: number
      }[]
    }[]
  }[]
}

/** As the engine counted it, block by block: an inner block says more than the one around it. */
async function bytesRun(folder: ProgramFolder, bytes: number): Promise<number> {
  const program = join(folder.path, 'standalone-start.mjs')
  writeFileSync(
    program,
    `import { createTelemetry } from './standalone.mjs'
createTelemetry({ version: '1.0.0' }).record(
  'command_run', { command: 'build', success: true, elapsed: 2.2 })`
  )
  const counted = join(folder.path, 'coverage')
  const home = folder.home()
  const state = join(home, '.local', 'state', 'mytool', 'telemetry')
  mkdirSync(state, { recursive: true })
  // Nothing is due: no process is started, and nobody asked.
  writeFileSync(join(state, 'delivery.json'), `{"next":${Date.now() + 86_400_000}}`)
  await runProgram(program, [], home, { MYTOOL_TELEMETRY: 'on', NODE_V8_COVERAGE: counted })
  const [name = ''] = readdirSync(counted)
  const { result } = JSON.parse(readFileSync(join(counted, name), 'utf8')) as Coverage
  const ran = new Uint8Array(bytes)
  const ranges = result
    .filter(({ url }) => url.endsWith('/standalone.mjs'))
    .flatMap(({ functions }) => functions.flatMap((each) => each.ranges))
    .toSorted(
      (one, other) => other.endOffset - other.startOffset - (one.endOffset - one.startOffset)
    )
  for (const { startOffset, endOffset, count } of ranges)
    ran.fill(Math.min(1, count), startOffset, endOffset)
  return ran.reduce((sum, each) => sum + each, 0)
}

/**
 * Others hold their host for as long as their retries take: after this it is only told that it was
 * longer.
 */
export const exitMsMax = 15_000

export interface Ran {
  readonly out: string
  readonly code: number | null
  /** From what it printed last to the end of the process. */
  readonly afterMs: number
  readonly wallMs: number
}

export function runProgram(
  path: string,
  args: readonly string[],
  home: string,
  variables: Readonly<Record<string, string>> = {}
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const began = now()
    const child = spawn(process.execPath, [path, ...args], {
      env: { PATH: process.env['PATH'], HOME: home, ...variables },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), exitMsMax)
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    let endedAt = 0
    child.on('exit', () => (endedAt = now()))
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code !== 0 && code !== null) reject(new Error(`${path} ended with ${code}: ${err}`))
      else
        resolve({
          out,
          code,
          wallMs: endedAt - began,
          afterMs: code === null ? exitMsMax : endedAt - Number(out)
        })
    })
  })
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}
