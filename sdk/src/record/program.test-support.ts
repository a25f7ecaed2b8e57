/**
 * Programs that embed the SDK as strangers do: bundled, in a process of their own, with a home that
 * nobody else has.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Fragment, WireRecord } from '../wire.ts'
import { bothSides, ordinary, type BothSides } from './contract.test-support.ts'

export const demo: BothSides = bothSides(`${ordinary}events:
  load:
    when: It loads.
    fields:
      n: { type: integer }
      engine: { type: enum, values: [a, b], other: collapse }
      elapsed: { type: duration, unit: s }
      success: { type: boolean }
      ok: { type: boolean, level: more }
      host: { type: keyed-hash }
      pools: { type: object, fields: { size: { type: integer }, kind: { type: enum, values: [zfs] } } }
      tags: { type: map, keys: [x, y], values: { type: integer }, max_entries: 2 }
      list: { type: list, of: { type: pattern, pattern: '^[a-z]{1,8}$' }, max_items: 3 }
counters:
  calls: { when: It is called., fields: { amount: { type: integer }, kind_of: { type: enum, values: [q, w] } } }
snapshots:
  shape: { when: Every day., every: { says: daily, per_day_max: 1 }, fields: { size: { type: integer } } }
`)

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

export interface Bench {
  readonly folder: string
  /** Writes a program; \`createTelemetry\` and \`contract\` are in its scope. */
  program(name: string, text: string): string
  start(
    path: string,
    variables?: Readonly<Record<string, string>>,
    args?: readonly string[]
  ): ChildProcess
  run(
    path: string,
    variables?: Readonly<Record<string, string>>,
    args?: readonly string[]
  ): Promise<Ended>
  records(): readonly WireRecord[]
  fragments(): readonly Fragment[]
  /** Everything that lies anywhere below its home. */
  everything(): string
  remove(): void
}

/** The SDK is bundled once for a bench, as a program's own build would. */
export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-program-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  await build({
    entryPoints: ['../index.ts', '../deliver/telemetry-sender.ts'].map(
      (source) => new URL(source, import.meta.url).pathname
    ),
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: join(folder, 'sdk'),
    logLevel: 'silent',
    outExtension: { '.js': '.mjs' }
  })
  writeFileSync(join(folder, 'contract.json'), JSON.stringify(demo.form))
  const head = `import { createTelemetry } from './sdk/index.mjs'
import { readFileSync } from 'node:fs'
const contract = JSON.parse(readFileSync(new URL('contract.json', import.meta.url), 'utf8'))
`
  const spoolFolder = join(home, '.local/state/demo/telemetry')
  const lines = (): readonly string[] =>
    ['spool.1.jsonl', 'spool.jsonl'].flatMap((name) => {
      try {
        return readFileSync(join(spoolFolder, name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      } catch {
        return []
      }
    })
  const start: Bench['start'] = (path, variables = {}, args = []) =>
    spawn(process.execPath, [path, ...args], {
      env: {
        HOME: home,
        PATH: process.env['PATH'],
        // Recorded and never sent, so that all of it stays in the spool.
        DEMO_TELEMETRY: 'local',
        ...variables
      },
      stdio: ['ignore', 'pipe', 'pipe']
    })
  return {
    folder,
    program(name, text) {
      const path = join(folder, `${name}.mjs`)
      writeFileSync(path, head + text)
      return path
    },
    start,
    run: (path, variables, args) => ended(start(path, variables, args)),
    fragments: () => lines().map((line) => JSON.parse(line) as Fragment),
    records: () => lines().flatMap((line) => (JSON.parse(line) as Fragment).run.records),
    everything: () => textBelow(home),
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

export function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  )
}

/** Names and contents of all files below a folder. */
export function textBelow(folder: string): string {
  return readdirSync(folder, { recursive: true })
    .map((name) => {
      const path = join(folder, String(name))
      return statSync(path).isFile()
        ? `${String(name)}\n${readFileSync(path, 'utf8')}`
        : String(name)
    })
    .join('\n')
}
