/** Starts programs that report with the SDK, bundled as their makers would ship them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { ContractForm } from '../../../../sdk/src/index.ts'
import type { HostOrder } from './sdk-host.ts'

export interface Host {
  /** The bundle. */
  readonly path: string
  readonly folder: string
  remove(): void
}

/** As minified as a maker could: what is handed to a thread as text must survive that. */
export async function bundleHost(): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-host-'))
  const here = dirname(fileURLToPath(import.meta.url))
  await build({
    entryPoints: { host: join(here, 'sdk-host.ts') },
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    outdir: folder,
    logLevel: 'silent'
  })
  return {
    path: join(folder, 'host.mjs'),
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly error: string
}

export interface Program {
  readonly process: ChildProcess
  /** It has recorded its first number, or has ended. */
  readonly began: Promise<unknown>
  readonly ended: Promise<Ran>
}

export function startProgram(
  host: Host,
  order: HostOrder,
  {
    under = [],
    environment = {}
  }: {
    readonly under?: readonly string[]
    readonly environment?: Readonly<Record<string, string>>
  } = {}
): Program {
  const [command = '', ...parameters] = [
    ...under,
    process.execPath,
    host.path,
    JSON.stringify(order)
  ]
  const child = spawn(command, parameters, {
    cwd: host.folder,
    env: { PATH: process.env['PATH'], HOME: order.folder, COUNTER_TELEMETRY: 'on', ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let out = ''
  let error = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const ended = new Promise<Ran>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, out, error }))
  )
  const spoke = new Promise((resolve) => child.stdout?.once('data', resolve))
  return { process: child, began: Promise.race([spoke, ended]), ended }
}

/**
 * A product that reports numbers: which one is lost, and which one came twice, can then be told.
 */
export function counterForm(change: Partial<ContractForm> = {}): ContractForm {
  return {
    candor: 1,
    product: 'counter',
    title: 'Counter',
    purpose: 'To count.',
    digest: `sha256:${'1'.repeat(64)}`,
    terms: `sha256:${'2'.repeat(64)}`,
    consent: { default: 'opt-out', levels: [{ name: 'basic', says: 'Numbers.' }], graceHours: 24 },
    identity: { kind: 'persistent', says: 'a random id' },
    environment: ['class', 'automation'],
    presence: [],
    recipients: [{ name: 'Counter e.V.', where: 'Germany', for: 'counting' }],
    retention: { recordsDays: 90, aggregatesDays: 761 },
    records: {
      counted: {
        kind: 'event',
        when: 'A number was reached.',
        level: 'basic',
        fields: { number: { says: 'which', type: { is: 'integer', min: 0, max: 1_000_000_000 } } }
      }
    },
    controls: [],
    endpoint: { default: 'https://counter.invalid' },
    never: ['anything else'],
    ...change
  }
}
