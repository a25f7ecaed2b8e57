import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { CandorError } from '../errors.ts'
import { addAdvisory, addRelease } from './add-release.ts'
import { openReleases, type Releases, type ReleasesOptions } from './open-releases.ts'

const { files } = systemEffects
let place: string
let problems: CandorError[]
const open = new Set<Releases>()
beforeEach(async () => {
  place = await files.mkdtemp(join(tmpdir(), 'candor-releases-'))
  await files.mkdir(join(place, 'product'))
  problems = []
})
afterEach(async () => {
  for (const releases of open) await releases.close()
  open.clear()
  await files.rm(place, { recursive: true })
})
async function start(options: Partial<ReleasesOptions> = {}): Promise<Releases> {
  const releases = await openReleases({
    folder: join(place, 'releases'),
    lastGood: join(place, 'last-good'),
    products: () => [{ name: 'thing', folder: join(place, 'product') }],
    effects: systemEffects,
    problem: (error) => void problems.push(error),
    ...options
  })
  open.add(releases)
  return releases
}
const ship = (text: string): Promise<void> =>
  files.writeFile(join(place, 'product', 'releases.yaml'), text)
async function own(text: string): Promise<void> {
  await files.mkdir(join(place, 'releases'), { recursive: true })
  await files.writeFile(join(place, 'releases', 'thing.yaml'), text)
}

describe('the newest release', () => {
  it('is one that runs on the platform, else one that ever ran there, else the newest of all', async () => {
    await ship(`releases:
      - { version: 1.9.0, date: 2025-01-01, supports: { postgresql: [13, 14] } }
      - { version: 1.10.0, date: 2025-02-01, supports: { postgresql: [14, 15] } }
      - { version: 1.10.1, date: 2025-03-01, supports: { postgresql: [14, 15] }, withdrawn: true }
      - { version: 2.0.0-rc1, date: 2025-04-01 }
      - { version: 1.11.0, date: 2025-05-01, supports: { postgresql: [15, 16] } }`)
    const releases = await start()
    const newest = (major: number, name = 'postgresql'): string | undefined =>
      releases.newest('thing', { name, major })
    expect([13, 14, 15, 16, 17, Number.NaN].map((major) => newest(major))).toEqual([
      '1.9.0',
      '1.10.0',
      '1.11.0',
      '1.11.0',
      '1.11.0',
      '1.11.0'
    ])
    expect(newest(13, 'constructor')).toBe('1.11.0')
    expect(releases.newest('thing')).toBe('1.11.0')
    expect(releases.newest('unheard-of')).toBeUndefined()
  })

  it('of TimescaleDB, as shipped, leaves PostgreSQL 15 at 2.28', async () => {
    const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'products', 'timescaledb')
    const releases = await start({ products: () => [{ name: 'timescaledb', folder }] })
    expect(problems).toEqual([])
    expect(releases.newest('timescaledb', { name: 'postgresql', major: 15 })).toMatch(/^2\.28\./)
  })

  it('is read once as long as its file stays as it is', async () => {
    await ship('releases: [{ version: 1.0.0, date: 2025-01-01 }]')
    const read: string[] = []
    const effects = {
      ...systemEffects,
      files: {
        ...files,
        readFile: ((...asked: Parameters<typeof files.readFile>) => {
          read.push(String(asked[0]))
          return files.readFile(...asked)
        }) as typeof files.readFile
      }
    }
    const releases = await start({ effects, pollMs: 60_000 })
    await releases.refresh()
    await releases.refresh()
    const ofFile = (): number => read.filter((path) => path.endsWith('releases.yaml')).length
    expect(ofFile()).toBe(1)
    await ship('releases: [{ version: 1.0.10, date: 2025-01-01 }]')
    await releases.refresh()
    expect(ofFile()).toBe(2)
    expect(releases.newest('thing')).toBe('1.0.10')
  })

  it("is from the operator's file once there is one, and changes with it while the server runs", async () => {
    await ship('releases: [{ version: 1.0.0, date: 2025-01-01 }]')
    const releases = await start({ pollMs: 5 })
    expect(releases.newest('thing')).toBe('1.0.0')
    await own('releases: [{ version: 2.0.0, date: 2025-01-01 }]')
    await expect.poll(() => releases.newest('thing')).toBe('2.0.0')
    await own('releases: [{ version: 2.0.10, date: 2025-01-01 }]')
    await expect.poll(() => releases.newest('thing')).toBe('2.0.10')
    await files.rm(join(place, 'releases', 'thing.yaml'))
    await expect.poll(() => releases.newest('thing')).toBe('1.0.0')
  })

  it('stays the last good one when the file breaks, and the operator is told once', async () => {
    await own('releases: [{ version: 1.0.0, date: 2025-01-01 }]')
    const releases = await start()
    await own('releases: [{ version: 2.0, date: 2025-01-01 }]')
    await releases.refresh()
    await releases.refresh()
    expect(releases.newest('thing')).toBe('1.0.0')
    expect(problems).toMatchObject([
      {
        code: 'RELEASES_INVALID',
        message: expect.stringMatching(/releases\.0\.version.*the last good one still counts/)
      }
    ])
    await own('releases: [{ version: 3.0.0, date: 2025-01-01 }]')
    await releases.refresh()
    expect(releases.newest('thing')).toBe('3.0.0')
  })
})

describe('a releases file that can not be used', () => {
  const good = 'releases: [{ version: 1.0.0, date: 2025-01-01 }]'

  it('does not take the last good list with it, over a restart either', async () => {
    await own(good)
    await start()
    await own('releases: [{ version: 2.0.0, date: 2025-01-01 ')
    const again = await start()
    expect(again.newest('thing')).toBe('1.0.0')
    expect(again.of('thing')?.file.releases).toHaveLength(1)
    expect(again.problem('thing')).toContain('thing.yaml')
    expect(problems[0]?.message).toContain('the last good one still counts')
    await own(good)
    await again.refresh()
    expect(again.problem('thing')).toBeUndefined()
  })

  it('is a problem and no list, where none was ever good', async () => {
    await own('releases: 1')
    const releases = await start()
    expect([releases.of('thing'), releases.newest('thing')]).toEqual([undefined, undefined])
    expect(releases.problem('thing')).toContain("can't be used")
  })

  it('may be gone with its folder: what is unknown is not an empty list', async () => {
    await own(good)
    await start()
    await files.rm(join(place, 'releases'), { recursive: true })
    const again = await start()
    expect(again.newest('thing')).toBe('1.0.0')
    expect(again.problem('thing')).toContain('is gone')
    await own('releases: []')
    await again.refresh()
    expect([again.problem('thing'), again.of('thing')?.file.releases]).toEqual([undefined, []])
  })
})

const add = (version: string): Promise<string> =>
  addRelease({
    folder: join(place, 'releases'),
    product: { name: 'thing', folder: join(place, 'product') },
    release: { version, date: '2026-01-02', supports: { postgresql: [16] } },
    effects: systemEffects
  })

describe('adding a release', () => {
  it('changes no byte but its own line, the first, in a copy of the shipped file', async () => {
    await ship(
      '# Head.\n\nreleases:\n  # Above the list.\n  - { version: 1.0.0, date: 2025-01-01 } # ' +
        'the first\n\n# Between.\nadvisories: []\n# End.\n'
    )
    const path = await add('1.1.0')
    expect(await files.readFile(path, 'utf8')).toBe(
      '# Head.\n\nreleases:\n  # Above the list.\n  - { version: 1.1.0, date: 2026-01-02, ' +
        'supports: { postgresql: [16] } }\n  - { version: 1.0.0, date: 2025-01-01 } # the ' +
        'first\n\n# Between.\nadvisories: []\n# End.\n'
    )
    expect(await files.readFile(join(place, 'product', 'releases.yaml'), 'utf8')).not.toContain(
      '1.1.0'
    )
  })

  it('begins a file where there is none, and quotes what YAML would take for a number', async () => {
    await add('2.30')
    const path = await add('2.31')
    expect(await files.readFile(path, 'utf8')).toMatch(
      /^# .*\nreleases:\n {2}- \{ version: "2.31".*\n {2}- \{ version: "2.30"/
    )
    expect((await start()).newest('thing')).toBe('2.31')
    expect(await files.readdir(join(place, 'releases'))).toEqual(['thing.yaml'])
  })

  it('finds its place in lists of every style', async () => {
    for (const text of [
      'releases: [{ version: 1.0.0, date: 2025-01-01 }]',
      'releases:\n- version: 1.0.0\n  date: 2025-01-01',
      '# only a comment\n',
      'releases:\n  -\n    version: 1.0.0\n    date: 2025-01-01\n'
    ]) {
      await own(text)
      await add('1.1.0')
      expect((await start()).newest('thing')).toBe('1.1.0')
    }
  })

  it('does the same for an advisory, and refuses one that nobody could match', async () => {
    const advisory = {
      id: 'THING-1',
      date: '2026-01-02',
      level: 'high',
      title: 'Loads may be lost',
      url: 'https://example.com/1',
      affected: '<1.2.0'
    } as const
    const options = {
      folder: join(place, 'releases'),
      product: { name: 'thing', folder: join(place, 'product') },
      effects: systemEffects
    }
    await ship('# Head.\nreleases: []\nadvisories: []\n')
    const path = await addAdvisory({ ...options, advisory })
    expect(await files.readFile(path, 'utf8')).toContain('# Head.')
    expect((await start()).of('thing')?.file.advisories).toEqual([advisory])
    for (const wrong of [{ ...advisory, id: 'THING-2', affected: 'all' }, advisory])
      await expect(addAdvisory({ ...options, advisory: wrong })).rejects.toMatchObject({
        code: 'RELEASES_INVALID'
      })
  })

  it('changes nothing when the result would be wrong', async () => {
    await add('1.0.0')
    await expect(add('1.0.0')).rejects.toMatchObject({
      code: 'RELEASES_INVALID',
      message: expect.stringContaining('there twice')
    })
    await expect(add('one')).rejects.toMatchObject({ code: 'RELEASES_INVALID' })
    await own('releases: 1')
    await expect(add('1.0.0')).rejects.toMatchObject({
      message: expect.stringContaining('Mend it first')
    })
    expect(await files.readFile(join(place, 'releases', 'thing.yaml'), 'utf8')).toBe('releases: 1')
  })
})
