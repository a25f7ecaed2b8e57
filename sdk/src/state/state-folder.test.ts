import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { folderAt, openStateFolder, type StateFolder } from './state-folder.ts'
import { openWorld, type World } from './world.test-support.ts'

let world: World
beforeEach(() => {
  world = openWorld()
})
afterEach(() => world.remove())

const at = (path = join(world.root, 'state')): StateFolder => folderAt(path, world.effects)
const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('where it lies', () => {
  const place = (folder?: string, platform = 'linux'): string | undefined =>
    openStateFolder({
      product: 'dlt',
      folder,
      effects: { ...world.effects, system: { ...world.effects.system, platform } }
    }).path

  it('is each system’s own place for state', () => {
    expect(place()).toBe(join(world.home, '.local/state/dlt/telemetry'))
    expect(place(undefined, 'darwin')).toBe(
      join(world.home, 'Library/Application Support/dlt/telemetry')
    )
    expect(place(undefined, 'win32')).toBe(`${world.home}/AppData/Local/dlt/telemetry`)
    world.variables['XDG_STATE_HOME'] = '/var/state'
    expect(place()).toBe('/var/state/dlt/telemetry')
    world.variables['XDG_STATE_HOME'] = 'relative'
    expect(place()).toBe(join(world.home, '.local/state/dlt/telemetry'))
    world.variables['LOCALAPPDATA'] = 'C:\\Users\\x\\AppData\\Local'
    expect(place(undefined, 'win32')).toBe('C:\\Users\\x\\AppData\\Local/dlt/telemetry')
  })

  it('is the folder that the product names', () => {
    expect(place('~/.dlt')).toBe(join(world.home, '.dlt/telemetry'))
    expect(place('/srv/engine')).toBe('/srv/engine/telemetry')
    expect(place('engine')).toBe(join(world.home, 'engine/telemetry'))
  })

  it.each(['~', '.', 'relative/home', '~nobody'])(
    'is nowhere if the home is said to be %s: that would be wherever the program runs',
    (said) => {
      const effects = { ...world.effects, system: { ...world.effects.system, home: () => said } }
      for (const folder of [undefined, '~/.dlt']) {
        const state = openStateFolder({ product: 'dlt', folder, effects })
        expect(state.path).toBeUndefined()
        expect(state.append('spool.jsonl', 'x')).toBe(false)
      }
    }
  )

  it('is nowhere without a home, and nothing fails', () => {
    const effects = { ...world.effects, system: { ...world.effects.system, home: () => undefined } }
    for (const folder of [undefined, '~/.dlt']) {
      const state = openStateFolder({ product: 'dlt', folder, effects })
      expect(state.path).toBeUndefined()
      expect(state.write('a', 'x')).toBe(false)
      expect(state.append('a', 'x')).toBe(false)
      expect(state.createOnce('a', 'x')).toBe('failed')
      expect(state.read('a')).toBeUndefined()
      expect(state.list('')).toEqual([])
      state.removeAll([])
    }
  })
})

describe('files', () => {
  it('are for their owner only, in a folder that is made at the first write', () => {
    const state = at()
    expect(state.read('a.json')).toBeUndefined()
    expect(existsSync(state.path ?? '')).toBe(false)
    expect(state.write('a.json', 'one')).toBe(true)
    expect(state.append('b.jsonl', 'two\n')).toBe(true)
    expect(state.createOnce('c.json', 'three')).toBe('made')
    expect(state.write('outbox/d.json', 'four')).toBe(true)
    for (const name of ['', 'outbox']) expect(modeOf(join(state.path ?? '', name))).toBe(0o700)
    for (const name of ['a.json', 'b.jsonl', 'c.json', 'outbox/d.json'])
      expect(modeOf(join(state.path ?? '', name))).toBe(0o600)
    expect(state.list('')).toEqual(['a.json', 'b.jsonl', 'c.json', 'outbox'])
    expect(state.list('outbox')).toEqual(['d.json'])
    expect(state.rename('a.json', 'outbox/a.json')).toBe(true)
    expect(state.rename('a.json', 'elsewhere/a.json')).toBe(false)
    expect(state.sizeOf('outbox/a.json')).toBe(3)
    state.removeAll(['c.json'])
    expect(readdirSync(state.path ?? '')).toEqual(['c.json'])
  })

  it('are not read if they are too large, a folder, or a pipe’s like', () => {
    const state = at()
    state.write('large', 'x'.repeat(limits.stateFileBytesMax + 1))
    expect(state.look('large')).toEqual({ is: 'unreadable' })
    expect(state.read('large', 1_000_000)).toHaveLength(limits.stateFileBytesMax + 1)
    mkdirSync(join(state.path ?? '', 'folder'))
    expect(state.look('folder')).toEqual({ is: 'unreadable' })
    expect(state.look('nothing')).toEqual({ is: 'absent' })
    // Something lies there that is not ours: a refusal may have been meant.
    expect(state.look('large/below')).toEqual({ is: 'unreadable' })
    symlinkSync('nowhere', join(state.path ?? '', 'dangling'))
    expect(state.look('dangling')).toEqual({ is: 'unreadable' })
  })

  it('leave nothing half written where the disk refuses in the middle', () => {
    const state = at()
    state.write('a.json', 'before')
    const { files } = world.effects
    const rename = files.renameSync
    Object.assign(files, {
      renameSync: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      }
    })
    expect(state.write('a.json', 'after')).toBe(false)
    Object.assign(files, { renameSync: rename })
    expect(state.read('a.json')).toBe('before')
    expect(readdirSync(state.path ?? '')).toEqual(['a.json'])
  })

  it.each(['EROFS', 'EACCES', 'ENOSPC', 'EIO'])(
    'are silently not there on a disk that answers %s',
    (code) => {
      world.diskRefuses = code
      const state = at()
      expect(state.write('a', 'x')).toBe(false)
      expect(state.append('a', 'x')).toBe(false)
      expect(state.createOnce('a', 'x')).toBe('failed')
      expect(state.rename('a', 'b')).toBe(false)
      state.remove('a')
      state.removeAll([])
      expect(state.path === undefined).toBe(code === 'EROFS' || code === 'EACCES')
    }
  )

  it('are still kept after another process took one away under our hands', () => {
    const state = at()
    state.write('spool.jsonl', 'x')
    const { files } = world.effects
    const rename = files.renameSync
    Object.assign(files, {
      renameSync: () => {
        throw Object.assign(new Error('gone'), { code: 'ENOENT' })
      }
    })
    expect(state.rename('spool.jsonl', 'claimed.jsonl')).toBe(false)
    Object.assign(files, { renameSync: rename })
    expect(state.path).toBeDefined()
  })

  it('end a torn line, so that it spoils no other', () => {
    const state = at()
    const { files } = world.effects
    const write = files.writeSync
    Object.assign(files, {
      writeSync: (file: number, bytes: Buffer | string) =>
        write(file, Buffer.from(bytes).subarray(0, 3))
    })
    expect(state.append('spool.jsonl', '{"a":1}\n')).toBe(false)
    Object.assign(files, { writeSync: write })
    state.append('spool.jsonl', '{"b":2}\n')
    expect(state.read('spool.jsonl')?.split('\n')).toEqual(['{"a', '{"b":2}', ''])
  })

  it('never lie outside of it, whatever a name says', () => {
    const state = at(join(world.root, 'deep', 'state'))
    state.write('keep', 'x')
    writeFileSync(join(world.root, 'secret'), 'x')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(
            '../../secret',
            '/etc/passwd',
            'a/../../../secret',
            '',
            '.',
            '..',
            'a/b/c',
            'a\\..\\b'
          ),
          fc.string()
        ),
        (name) => {
          fc.pre(!/^\.?[\w-][\w.-]*(\/\.?[\w-][\w.-]*)?$/.test(name) || name.includes('..'))
          expect(state.write(name, 'y')).toBe(false)
          expect(state.look(name)).toEqual({ is: 'absent' })
          state.remove(name)
        }
      )
    )
    expect(readFileSync(join(world.root, 'secret'), 'utf8')).toBe('x')
    expect(readdirSync(world.root).toSorted()).toEqual(['deep', 'etc', 'secret', 'user'])
  })

  it('of a folder that is somebody else’s are not there, and nothing fails', () => {
    const blocked = join(world.root, 'file')
    writeFileSync(blocked, 'x')
    chmodSync(blocked, 0o400)
    const state = at(join(blocked, 'state'))
    expect(state.write('a', 'x')).toBe(false)
    expect(state.path).toBeUndefined()
  })
})

describe('several processes', () => {
  const runMany = async (
    count: number,
    code: string,
    folder = join(world.root, 'state')
  ): Promise<string[]> => {
    const module = new URL('./state-folder.ts', import.meta.url).href
    const effects = new URL('../effects.ts', import.meta.url).href
    // Type annotations are all that this Node has to be spared of: esbuild takes them away.
    const { build } = await import('esbuild')
    const outfile = join(world.root, 'child.mjs')
    await build({
      stdin: {
        contents: `import { folderAt } from ${JSON.stringify(new URL(module).pathname)}
          import { systemEffects } from ${JSON.stringify(new URL(effects).pathname)}
          const state = folderAt(process.argv[2], systemEffects)
          ${code}`,
        resolveDir: world.root
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'silent'
    })
    const runs = Array.from({ length: count }, (_, index) =>
      promisify(execFile)(process.execPath, [outfile, folder, String(index)], {
        encoding: 'utf8',
        timeout: 20_000,
        killSignal: 'SIGKILL'
      })
    )
    return (await Promise.all(runs)).map(({ stdout }) => stdout)
  }

  it('that make a file at once make it once, and all read what the one wrote', async () => {
    const answers = await runMany(
      8,
      `const answer = state.createOnce('once.json', 'x'.repeat(10_000) + process.argv[3])
       process.stdout.write(answer + ' ' + state.read('once.json').slice(10_000))`
    )
    expect(answers.filter((answer) => answer.startsWith('made'))).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.split(' ')[1])).size).toBe(1)
    expect(readdirSync(join(world.root, 'state'))).toEqual(['once.json'])
  })

  it('are not held up where a folder that is there is said to be missing', async () => {
    // As an automounter answers for a home that it does not know, and `/proc` for everybody.
    const code = `process.stdout.write(String([state.write('a.json', '{}'), state.path]))`
    expect(await runMany(1, code, '/proc/user/.local/state')).toEqual(['false,'])
  })

  it('that append to one file never mix their lines', async () => {
    await runMany(
      6,
      "for (let line = 0; line < 200; line++) state.append('spool.jsonl', " +
        "process.argv[3].repeat(5000) + '\\n')"
    )
    const lines = readFileSync(join(world.root, 'state/spool.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(1200)
    expect(
      lines.every((line) => line.length === 5000 && line === line.slice(0, 1).repeat(5000))
    ).toBe(true)
  })
})

describe('what somebody else put into its place', () => {
  const elsewhere = (): string => join(world.root, 'elsewhere')
  const folder = (): string => join(world.root, 'state')
  beforeEach(() => {
    mkdirSync(elsewhere())
    mkdirSync(join(elsewhere(), 'log'))
    writeFileSync(join(elsewhere(), 'precious'), 'theirs')
    writeFileSync(join(elsewhere(), 'log/precious'), 'theirs')
  })
  const untouched = (): void => {
    expect(readFileSync(join(elsewhere(), 'precious'), 'utf8')).toBe('theirs')
    expect(readFileSync(join(elsewhere(), 'log/precious'), 'utf8')).toBe('theirs')
    expect(readdirSync(elsewhere()).toSorted()).toEqual(['log', 'precious'])
  }

  it.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a link', (path: string) => symlinkSync(join(elsewhere(), 'precious'), path)],
    ['a link to nothing', (path: string) => symlinkSync(join(elsewhere(), 'new'), path)],
    ['a link to a device', (path: string) => symlinkSync('/dev/zero', path)],
    // Only root can bring this about, and only root would be fooled by it.
    ...(process.getuid?.() === 0
      ? [
          [
            'another user’s file',
            (path: string) => {
              writeFileSync(path, '{"candor":1}')
              chownSync(path, 65_534, 65_534)
            }
          ] as [string, (path: string) => void]
        ]
      : [])
  ] as [string, (path: string) => void][])(
    '%s is neither waited for nor followed: it is not read, not appended to, not taken',
    (_, put) => {
      mkdirSync(folder(), { mode: 0o700 })
      put(join(folder(), 'spool.jsonl'))
      const state = at()
      expect(state.look('spool.jsonl')).toEqual({ is: 'unreadable' })
      expect(state.sizeOf('spool.jsonl')).toBe(0)
      expect(state.append('spool.jsonl', 'line')).toBe(false)
      expect(state.overwrite('spool.jsonl', 'line')).toBe(false)
      expect(state.createOnce('spool.jsonl', 'line')).toBe('exists')
      expect(state.rename('spool.jsonl', 'claimed.jsonl')).toBe(false)
      untouched()
      // A word that is said now is written beside it and takes its place.
      expect(state.write('spool.jsonl', 'word')).toBe(true)
      expect(state.read('spool.jsonl')).toBe('word')
      state.remove('spool.jsonl')
      untouched()
    }
  )

  it('a link for the folder, or for one in it, leads nowhere; one above is the user’s own business', () => {
    symlinkSync(elsewhere(), folder())
    const linked = at()
    expect(linked.look('consent.json')).toEqual({ is: 'unreadable' })
    expect(linked.write('precious', 'ours')).toBe(false)
    expect(linked.path).toBeUndefined()
    linked.remove('precious')
    linked.remove('log/precious')
    linked.removeAll([])
    untouched()

    const inner = join(world.root, 'inner')
    mkdirSync(inner)
    symlinkSync(join(elsewhere(), 'log'), join(inner, 'log'))
    const state = at(inner)
    expect(state.list('log')).toEqual([])
    expect(state.write('log/new', 'ours')).toBe(false)
    state.remove('log/precious')
    expect(state.write('consent.json', 'ours')).toBe(true)
    state.removeAll([])
    untouched()

    symlinkSync(elsewhere(), join(world.root, 'dotfiles'))
    const below = at(join(world.root, 'dotfiles/telemetry'))
    expect(below.write('consent.json', 'ours')).toBe(true)
    expect(below.read('consent.json')).toBe('ours')
  })
})
