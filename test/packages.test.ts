/** Does each package say what a registry's page needs, and all of them the same version? */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly workspaces?: readonly string[]
  readonly engines: { readonly node: string }
  readonly [key: string]: unknown
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(read(join(folder, 'package.json'))) as Manifest

const folders = manifestOf('.').workspaces ?? []
const published = folders.filter((folder) => manifestOf(folder).private !== true)

describe('every published package', () => {
  it.each(published)('%s says what a registry shows, and carries licence and README', (folder) => {
    const manifest = manifestOf(folder)
    for (const key of ['description', 'license', 'keywords', 'homepage', 'bugs', 'repository'])
      expect(manifest[key], key).toBeTruthy()
    expect(manifest).toMatchObject({
      repository: { directory: folder },
      publishConfig: { access: 'public', provenance: true },
      engines: { node: '^20.19 || >=22.3' }
    })
    expect(read(join(folder, 'LICENSE'))).toBe(read('LICENSE'))
    expect(read(join(folder, 'README.md'))).toMatch(new RegExp(`^# ${manifest.name}`))
  })

  it.each(published)('%s brings no test, and no map of sources that are not there', (folder) => {
    const packed = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: join(root, folder),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore']
      })
    ) as readonly [{ readonly files: readonly { readonly path: string }[] }]
    const paths = packed[0].files.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(paths.filter((path) => /\.(test|test-support)\.|\.map$|tsbuildinfo/.test(path))).toEqual(
      []
    )
  })
})

describe('the version', () => {
  const { version = '' } = manifestOf('contract')

  it('is one in all manifests, and in what they say of each other', () => {
    const said = folders.flatMap((folder) => {
      const manifest = manifestOf(folder)
      const others = ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((key) =>
        Object.entries((manifest[key] ?? {}) as Readonly<Record<string, string>>)
          .filter(([name]) => name.startsWith('@candor/'))
          .map(([name, range]) => [`${folder} → ${name}`, range] as const)
      )
      return [[folder, manifest.version] as const, ...others]
    })
    expect(said.filter(([, each]) => each !== version)).toEqual([])
  })

  it('is that which programs send and print', () => {
    for (const [file, text] of [
      ['sdk/src/version.ts', `'${version}'`],
      ['server/src/cli/program.ts', `.version('${version}'`],
      ['contract/src/generate/schema/example.ts', `version: '${version}'`]
    ] as const)
      expect(read(file), file).toContain(text)
  })

  it('has a changelog that says what comes with the next one', () => {
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (Unreleased|${version})$`, 'm'))
  })
})

describe('the release', () => {
  const workflow = parse(read('.github/workflows/release.yml')) as {
    readonly on: { readonly push: { readonly tags: readonly string[] } }
    readonly permissions: Readonly<Record<string, string>>
    readonly jobs: Readonly<
      Record<
        string,
        {
          readonly permissions?: Readonly<Record<string, string>>
          readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
        }
      >
    >
  }
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)

  it('is made of a tag, after every check, from what scripts/release.mjs made', () => {
    expect(workflow.on.push.tags).toEqual(['v*'])
    const runs = steps.flatMap(({ run }) => run ?? [])
    const place = (words: string): number => runs.findIndex((run) => run.includes(words))
    expect(place('npm test')).toBeGreaterThan(-1)
    expect(place('scripts/release.mjs')).toBeGreaterThan(place('npm test'))
    expect(place('npm publish')).toBeGreaterThan(place('scripts/release.mjs'))
    expect(existsSync(join(root, 'scripts/release.mjs'))).toBe(true)
  })

  it('proves where it was made, with no more rights than that needs', () => {
    expect(workflow.permissions).toEqual({})
    expect(Object.values(workflow.jobs).map((job) => job.permissions)).toEqual([
      { contents: 'write', 'id-token': 'write' }
    ])
    expect(steps.flatMap(({ run }) => run ?? []).join('\n')).toContain('--provenance')
    // A tag of somebody else's action can be moved to other code; a commit can't.
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/)
  })
})
