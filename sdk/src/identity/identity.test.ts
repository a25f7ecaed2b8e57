import { execFile } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import type { ContractForm } from '../form.ts'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { openIdentity, type Identity, type IdentityInput } from './identity.ts'
import { openTwinIds, type KeptTwinIds, type TwinIdsPlace } from './twin-ids.ts'

const DAY_MS = 86_400_000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const persistent: ContractForm['identity'] = { kind: 'persistent', says: 'an id' }
const week: ContractForm['identity'] = { kind: 'window', days: 7, says: 'an id of a week' }
const none: ContractForm['identity'] = { kind: 'none', says: 'no id' }

let world: World
beforeEach(() => {
  world = openWorld()
  world.machineId('one')
})
afterEach(() => world.remove())

function run(
  identity = persistent,
  options: IdentityInput['options'] = {},
  allowed?: () => ContractForm['identity']
): Identity {
  const form = formWith({ identity })
  const state = openStateFolder({
    product: form.product,
    folder: options.folder,
    effects: world.effects
  })
  return openIdentity({ form, options, state, effects: world.effects, ...(allowed && { allowed }) })
}
const folder = (): string => join(world.home, '.local/state/dlt/telemetry')
const file = (): string => join(folder(), 'identity.json')

describe('a persistent id', () => {
  it('is random, kept for its owner only, and the same in each run', () => {
    const id = run().installation()
    expect(id).toMatch(uuid)
    expect(run().installation()).toBe(id)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder())).toEqual(['identity.json'])
    expect(readFileSync(file(), 'utf8')).not.toContain('one')
  })

  it('is not made before it is asked for, nor by asking whether there is one', () => {
    const identity = run()
    identity.session(world.clock)
    expect(identity.known()).toBeUndefined()
    expect(existsSync(folder())).toBe(false)
  })

  it('stays home where less was agreed to', () => {
    expect(run(persistent, {}, () => none).installation()).toBeUndefined()
    expect(run(persistent, {}, () => week).installation()).toBeUndefined()
    expect(existsSync(folder())).toBe(false)
  })

  it('is none where nothing can be kept, instead of a new one in each run', () => {
    world.diskRefuses = 'EROFS'
    const identity = run()
    expect(identity.installation()).toBeUndefined()
    expect(identity.hashName('field', 'name')).toMatch(/^[0-9a-f]{64}$/)
    expect(identity.deletionKey({ report: 'r', window: undefined }).hash).toMatch(
      /^sha256:[0-9a-f]{64}$/
    )
  })

  it('is new after a reset, together with what names are keyed with', () => {
    const identity = run()
    const before = [
      identity.installation(),
      identity.hashName('f', 'name'),
      identity.session(world.clock).id
    ]
    identity.reset()
    const after = [
      identity.installation(),
      identity.hashName('f', 'name'),
      identity.session(world.clock).id
    ]
    for (const [at, value] of after.entries()) expect(value).not.toBe(before[at])
    expect(run().installation()).toBe(after[0])
  })

  it('is new in an image that was copied to another machine, and the same for all its processes', () => {
    const id = run().installation()
    world.machineId('two')
    const copy = run().installation()
    expect(copy).toMatch(uuid)
    expect(copy).not.toBe(id)
    expect(run().installation()).toBe(copy)
    expect(readdirSync(folder())).toEqual(['identity.json'])
  })

  it('is one for each machine of a home that several share, however they take turns', () => {
    const machines = ['one', 'two', 'three']
    const turn = (machine: string): unknown[] => {
      world.machineId(machine)
      const identity = run()
      // What is shown is what the next report carries, also before there is one.
      const shown = identity.known()
      const id = identity.installation()
      expect([undefined, id]).toContain(shown)
      return [
        id,
        identity.hashName('x', 'name'),
        identity.deletionKey({ report: 'r', window: undefined }).hash
      ]
    }
    const first = machines.map(turn)
    expect(new Set(first.flat()).size).toBe(9)
    for (let round = 0; round < 3; round += 1) expect(machines.map(turn)).toEqual(first)
    world.machineId('two')
    run().reset()
    const after = machines.map(turn)
    expect([after[0], after[2]]).toEqual([first[0], first[2]])
    expect(after[1]?.[0]).not.toBe(first[1]?.[0])
    world.machineId('two')
    expect(run().known()).toBe(after[1]?.[0])
  })

  it('is new in a folder that was copied beside its original, and stays in one that was only moved', () => {
    const id = run(persistent, { folder: '~/a' }).installation()
    cpSync(join(world.home, 'a'), join(world.home, 'b'), { recursive: true })
    expect(run(persistent, { folder: '~/b' }).installation()).not.toBe(id)
    renameSync(join(world.home, 'a'), join(world.home, 'c'))
    expect(run(persistent, { folder: '~/c' }).installation()).toBe(id)
  })

  it.each([undefined, '', 'uninitialized'])(
    'is not doubted where the machine has no id of its own (%j)',
    (machine) => {
      const id = run().installation()
      world.machineId(machine)
      expect(run().installation()).toBe(id)
    }
  )

  it.each([
    '',
    '{',
    'null',
    '{"id":"x"}',
    '\u0000',
    '{"id":"","salt":"","deletion":""}',
    'x'.repeat(300_000)
  ])('is made again where its file is damaged (%#)', (text) => {
    mkdirSync(folder(), { recursive: true })
    writeFileSync(file(), text)
    const id = run().installation()
    expect(id).toMatch(uuid)
    expect(run().installation()).toBe(id)
    expect(readdirSync(folder())).toEqual(['identity.json'])
  })

  it('is made again where a folder stands in its place', () => {
    mkdirSync(file(), { recursive: true })
    const id = run().installation()
    expect(id).toMatch(uuid)
    expect(run().installation()).toBe(id)
  })

  it('never throws, whatever the file holds', () => {
    mkdirSync(folder(), { recursive: true })
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        writeFileSync(file(), text)
        expect(run().installation()).toMatch(uuid)
      }),
      { numRuns: 40 }
    )
  })

  it('is the host’s where it keeps one itself', () => {
    const identity = run(
      { ...persistent, lineage: true },
      { ids: { installation: 'database', lineage: 'origin' } }
    )
    expect([identity.installation(), identity.lineage(), identity.known()]).toEqual([
      'database',
      'origin',
      'database'
    ])
    expect(
      run(persistent, { ids: { installation: 'database', lineage: 'origin' } }).lineage()
    ).toBeUndefined()
  })
})

describe('an id file of before', () => {
  const options = { folder: '~/.dlt', idFile: '.anonymous_id' }
  const idFile = (): string => join(world.home, '.dlt/.anonymous_id')

  it('is taken over as it is', () => {
    mkdirSync(join(world.home, '.dlt'))
    writeFileSync(idFile(), '933dd165453d196a58adaf49444e9b4c\n')
    expect(run(persistent, options).installation()).toBe('933dd165453d196a58adaf49444e9b4c')
    expect(run(persistent, options).known()).toBe('933dd165453d196a58adaf49444e9b4c')
    expect(readFileSync(idFile(), 'utf8')).toBe('933dd165453d196a58adaf49444e9b4c\n')
  })

  it('is made if there is none, so that deleting it gives a new id, as its users know it', () => {
    const id = run(persistent, { folder: '~/engine', idFile: 'meta/instance_id' }).installation()
    const path = join(world.home, 'engine/meta/instance_id')
    expect(readFileSync(path, 'utf8')).toBe(id)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    rmSync(path)
    rmSync(join(world.home, 'engine/telemetry'), { recursive: true })
    expect(
      run(persistent, { folder: '~/engine', idFile: 'meta/instance_id' }).installation()
    ).not.toBe(id)
  })

  it.each(['x'.repeat(129), 'two words', '\u0000\u0001', 'ä'])(
    'is not believed where it is no id (%#)',
    (text) => {
      mkdirSync(join(world.home, '.dlt'))
      writeFileSync(idFile(), text)
      const id = run(persistent, options).installation()
      expect(id).toMatch(uuid)
      expect(run(persistent, options).installation()).toBe(id)
      expect(readFileSync(idFile(), 'utf8')).toBe(text)
    }
  )

  it('gets the new id after a reset, and goes with the id when somebody says off', () => {
    mkdirSync(join(world.home, '.dlt'))
    writeFileSync(idFile(), 'before')
    const identity = run(persistent, options)
    identity.reset()
    expect(readFileSync(idFile(), 'utf8')).toBe(identity.installation())
    identity.forget({ file: true })
    expect(existsSync(idFile())).toBe(false)
  })

  it('stays with the machine that it is of, where a home is shared', () => {
    mkdirSync(join(world.home, '.dlt'))
    writeFileSync(idFile(), 'before')
    expect(run(persistent, options).installation()).toBe('before')
    world.machineId('two')
    const other = run(persistent, options).installation()
    expect(other).toMatch(uuid)
    expect(run(persistent, options).known()).toBe(other)
    world.machineId('one')
    expect(run(persistent, options).installation()).toBe('before')
    expect(readFileSync(idFile(), 'utf8')).toBe('before')
  })

  it('may not lie outside of the product’s folder', () => {
    writeFileSync(join(world.home, 'secret'), 'secret')
    expect(run(persistent, { folder: '~/.dlt', idFile: '../secret' }).installation()).toMatch(uuid)
  })
})

describe('an id of a window', () => {
  it('is the same within its window, in each run, and another in the next', () => {
    const [first, again, next] = [
      run(week).window(world.clock),
      run(week).window(world.clock),
      run(week).window(world.clock + 7 * DAY_MS)
    ]
    expect(first).toEqual(again)
    expect(first?.window).toBe('2026-W47')
    expect(first?.id).toMatch(uuid)
    expect(next?.window).toBe('2026-W48')
    expect(next?.id).not.toBe(first?.id)
    expect(run(week).installation()).toBeUndefined()
    expect(run(week).known()).toBe(first?.id)
  })

  it('keys names and deletions anew in each window, so that nothing links two', () => {
    const identity = run(week)
    const name = identity.hashName('f', 'name')
    expect(run(week).hashName('f', 'name')).toBe(name)
    const key = identity.deletionKey({ report: 'a', window: '2026-W47' })
    expect(run(week).deletionKey({ report: 'b', window: '2026-W47' })).toEqual(key)
    expect(identity.deletionKey({ report: 'a', window: '2026-W48' }).key).not.toBe(key.key)
    world.clock += 7 * DAY_MS
    expect(run(week).hashName('f', 'name')).not.toBe(name)
  })
})

describe('no identity', () => {
  it('keeps nothing, and links nothing beyond its process', () => {
    const identity = run(none)
    expect([identity.installation(), identity.window(world.clock), identity.known()]).toEqual([
      undefined,
      undefined,
      undefined
    ])
    expect(identity.hashName('f', 'name')).toBe(identity.hashName('f', 'name'))
    expect(run(none).hashName('f', 'name')).not.toBe(identity.hashName('f', 'name'))
    const keys = [1, 2].map(() => identity.deletionKey({ report: 'r', window: undefined }).key)
    expect(keys[0]).not.toBe(keys[1])
    expect(existsSync(folder())).toBe(false)
  })
})

it('turns a name into a token that only the salt can make again', () => {
  const token = run().hashName('pipeline', 'sales')
  const { salt } = JSON.parse(readFileSync(file(), 'utf8')) as { salt: string }
  expect(token).toBe(createHmac('sha256', salt).update('pipeline\nsales').digest('hex'))
  expect(run().hashName('pipeline', 'sales')).toBe(token)
  expect(run().hashName('dataset', 'sales')).not.toBe(token)
})

it('shows a deletion key whose hash is what reports carry', () => {
  const { key, hash } = run().deletionKey({ report: 'r', window: undefined })
  expect(hash).toBe(`sha256:${createHash('sha256').update(key).digest('hex')}`)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(run().deletionKey({ report: 'other', window: undefined }).key).toBe(key)
})

it('ends a session with the process, the window or the UTC day', () => {
  const identity = run(week)
  const first = identity.session(world.clock)
  expect(first.startsNew).toBe(true)
  expect(identity.session(world.clock + 1000)).toEqual({ id: first.id, startsNew: false })
  const tomorrow = identity.session(world.clock + DAY_MS)
  expect(tomorrow.startsNew).toBe(true)
  expect(tomorrow.id).not.toBe(first.id)
  expect(run(week).session(world.clock).id).not.toBe(first.id)
})

describe('an account', () => {
  const identity = { ...none, account: { from: 'RS_API_KEY' } }
  it('is what the user supplied, and absent otherwise', () => {
    expect(run(identity).account()).toBeUndefined()
    world.variables['RS_API_KEY'] = ' key '
    expect(run(identity).account()).toBe('key')
    expect(run(identity, { account: 'mine' }).account()).toBe('mine')
    expect(run(none, { account: 'mine' }).account()).toBeUndefined()
    world.variables['RS_API_KEY'] = 'x'.repeat(257)
    expect(run(identity).account()).toBeUndefined()
  })
})

describe('several processes', () => {
  async function idsOf(count: number, machine: string): Promise<Set<string>> {
    const { build } = await import('esbuild')
    const outfile = join(world.root, 'child.mjs')
    const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).pathname)
    await build({
      stdin: {
        contents: `import * as fs from 'node:fs'
          import { systemEffects } from ${source('../effects.ts')}
          import { folderAt } from ${source('../state/state-folder.ts')}
          import { installationFile } from ${source('./installation-file.ts')}
          const [, , folder, machine] = process.argv
          const readFileSync = (path, how) => (path === '/etc/machine-id' ? machine : fs.readFileSync(path, how))
          const effects = { ...systemEffects, files: { ...fs, readFileSync } }
          process.stdout.write(installationFile({ state: folderAt(folder, effects), idPlace: undefined, effects }).read().id)`,
        resolveDir: world.root
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'silent'
    })
    const runs = Array.from({ length: count }, () =>
      promisify(execFile)(process.execPath, [outfile, folder(), machine])
    )
    return new Set((await Promise.all(runs)).map(({ stdout }) => stdout))
  }

  it('that need an id at once all get the same, in a new home, in a copied image, and where the file is damaged', async () => {
    const made = await idsOf(8, 'one')
    expect(made.size).toBe(1)
    const copied = await idsOf(8, 'two')
    expect(copied.size).toBe(1)
    expect(copied).not.toEqual(made)
    writeFileSync(file(), 'damaged')
    expect((await idsOf(8, 'two')).size).toBe(1)
    expect(readdirSync(folder())).toEqual(['identity.json'])
  })
})

describe('a database’s two ids', () => {
  function database(
    mark: string,
    dumped?: Partial<KeptTwinIds>
  ): TwinIdsPlace & { row: Partial<KeptTwinIds> | undefined } {
    const place = {
      row: dumped,
      read: () => Promise.resolve(place.row),
      replace(before: Partial<KeptTwinIds> | undefined, next: KeptTwinIds) {
        if (place.row === before) place.row = next
        return Promise.resolve(place.row)
      },
      databaseMark: () => Promise.resolve(mark)
    }
    return place
  }

  it('are random, and the same whoever asks first', async () => {
    const place = database('a')
    const found = await Promise.all(
      Array.from({ length: 5 }, () => openTwinIds(place, world.effects))
    )
    expect(new Set(found.map((ids) => JSON.stringify(ids))).size).toBe(1)
    expect(found[0]?.installation).toMatch(uuid)
    expect(found[0]?.lineage).toMatch(uuid)
    expect(await openTwinIds(place, world.effects)).toEqual(found[0])
  })

  it('part after dump and restore: the first is renewed, the second tells where it came from', async () => {
    const original = database('a')
    const ids = await openTwinIds(original, world.effects)
    const restored = await openTwinIds(database('b', structuredClone(original.row)), world.effects)
    expect(restored?.lineage).toBe(ids?.lineage)
    expect(restored?.installation).not.toBe(ids?.installation)
    const dumpedAlone = await openTwinIds(
      database('b', { lineage: ids?.lineage ?? '' }),
      world.effects
    )
    expect(dumpedAlone?.lineage).toBe(ids?.lineage)
  })

  it('are none where the database cannot be asked', async () => {
    const place = { ...database('a'), read: () => Promise.reject(new Error('no connection')) }
    expect(await openTwinIds(place, world.effects)).toBeUndefined()
  })
})
