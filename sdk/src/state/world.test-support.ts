/**
 * A world for tests of the SDK's own state: real files in a temporary folder, and a clock,
 * variables and terminals that a test sets.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemEffects, type Effects, type FileSystem } from '../effects.ts'

export interface World {
  readonly root: string
  readonly home: string
  readonly effects: Effects
  readonly variables: Record<string, string | undefined>
  /** What is not said of standard input is as of standard error. */
  readonly terminals: { stderr: boolean; stdin?: boolean }
  /** Milliseconds since 1970; set it to let time pass. */
  clock: number
  /** What was written to standard error. */
  written: string
  /** Set: each call that writes fails with this code. */
  diskRefuses: string | undefined
  /** Puts a file where the machine's owner would: `/etc/…`. */
  policy(name: string, text: string): void
  machineId(text: string | undefined): void
  remove(): void
}

/** What of `FileSystem` needs room, or changes what is there. */
export const writingCalls = new Set([
  'appendFileSync',
  'ftruncateSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync'
])

export function openWorld(): World {
  const root = fs.mkdtempSync(join(tmpdir(), 'candor-sdk-'))
  const home = join(root, 'user')
  fs.mkdirSync(home)
  const etc = join(root, 'etc')
  fs.mkdirSync(etc)
  const real = (path: unknown): unknown =>
    typeof path === 'string' && path.startsWith('/etc/') ? join(root, path) : path
  const files = Object.fromEntries(
    Object.entries(fs)
      .filter(([, value]) => typeof value === 'function')
      .map(([name, call]) => [
        name,
        (...args: unknown[]) => {
          const opens = name === 'openSync' && Number(args[1]) % 4 !== fs.constants.O_RDONLY
          if (world.diskRefuses !== undefined && (writingCalls.has(name) || opens))
            throw Object.assign(new Error(world.diskRefuses), { code: world.diskRefuses })
          return (call as (...given: unknown[]) => unknown)(real(args[0]), ...args.slice(1))
        }
      ])
  ) as unknown as FileSystem
  Object.assign(files, { constants: fs.constants })
  const world: World = {
    root,
    home,
    variables: { TERM: 'xterm-256color' },
    terminals: { stderr: false },
    clock: Date.UTC(2026, 10, 20, 11),
    written: '',
    diskRefuses: undefined,
    effects: {
      ...systemEffects,
      now: () => world.clock,
      get variables() {
        return world.variables
      },
      files,
      system: {
        ...systemEffects.system,
        platform: 'linux',
        home: () => home,
        workingFolder: () => home,
        isTerminal: (stream) =>
          stream === 'stdout'
            ? false
            : ((stream === 'stdin' ? world.terminals.stdin : undefined) ?? world.terminals.stderr),
        writeError(text) {
          world.written += text
        }
      }
    },
    policy(name, text) {
      fs.mkdirSync(join(etc, 'candor.d'), { recursive: true })
      fs.writeFileSync(join(etc, 'candor.d', name), text)
    },
    machineId(text) {
      if (text === undefined) fs.rmSync(join(etc, 'machine-id'), { force: true })
      else fs.writeFileSync(join(etc, 'machine-id'), `${text}\n`)
    },
    remove: () => fs.rmSync(root, { recursive: true, force: true })
  }
  return world
}
