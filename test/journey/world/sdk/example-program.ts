/**
 * Runs one of our example programs as its user would: in a home of its own, with or without a
 * terminal, against a collector.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../candor-server.ts'

export interface ExampleHome {
  readonly home: string
  /** Where it runs. */
  readonly project: string
  remove(): void
  /** Paths of all files below the home, with their contents. */
  files(): ReadonlyMap<string, string>
}

export function exampleHome(): ExampleHome {
  const home = mkdtempSync(join(tmpdir(), 'candor-example-'))
  const project = join(home, 'project')
  mkdirSync(project)
  return {
    home,
    project,
    remove: () => rmSync(home, { recursive: true, force: true }),
    files: () =>
      new Map(
        filesIn(home).map((path) => [path.slice(home.length + 1), readFileSync(path, 'latin1')])
      )
  }
}

export interface RanExample {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface ExampleOptions {
  readonly example: string
  readonly words?: readonly string[]
  readonly home: ExampleHome
  readonly environment?: Readonly<Record<string, string>>
  /** A human at a terminal reads what it prints; its output and errors are one then. */
  readonly terminal?: boolean
  /** Its standard input, which then ends; null: it stays open. Default: none. */
  readonly input?: string | null
}

/**
 * An environment with nothing in it that says where it runs: the tests' own CI and test variables
 * would.
 */
export function startExample({
  example,
  words = [],
  home,
  environment = {},
  terminal = false,
  input
}: ExampleOptions): ChildProcess {
  const program = [process.execPath, join(root, 'examples', 'dist', example, 'main.js'), ...words]
  const quoted = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const [command, ...parameters] = terminal ? ['script', '-qec', quoted, '/dev/null'] : program
  const child = spawn(command as string, parameters, {
    cwd: home.project,
    env: { PATH: process.env['PATH'], HOME: home.home, TERM: 'xterm', ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']
  })
  if (typeof input === 'string') child.stdin?.end(input)
  return child
}

export async function runExample(options: ExampleOptions): Promise<RanExample> {
  const child = startExample(options)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? -1))
  )
  return { code, out: out.replaceAll('\r\n', '\n'), err }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}
