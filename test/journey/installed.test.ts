/**
 * A day with what a registry would hand out: the packed packages in empty folders, nothing of this
 * repository beside them.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeServer, root, startServer, type RunningServer } from './world/candor-server.ts'

const version = (
  JSON.parse(readFileSync(join(root, 'contract', 'package.json'), 'utf8')) as { version: string }
).version

let folder: string
let tarballs: string

/** What it printed. Throws for any exit code but the expected one. */
function run(
  cwd: string,
  words: readonly [string, ...string[]],
  options: { readonly code?: number; readonly environment?: Record<string, string> } = {}
): string {
  const [command, ...parameters] = words
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: join(folder, 'home'), ...options.environment },
    timeout: 240_000
  })
  if (status !== (options.code ?? 0))
    throw new Error(`${words.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return `${stdout}${stderr}`
}

/** An empty project with these of our packages, and what a registry gives for the rest. */
function install(name: string, packages: readonly string[]): string {
  const project = join(folder, name)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  const files = packages.map((each) => join(tarballs, `candor-${each}-${version}.tgz`))
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  // The user's npm, with its cache; what the programs see is an empty home.
  const home = process.env['HOME'] ?? ''
  run(project, ['npm', 'install', ...flags, ...files], { environment: { HOME: home } })
  return project
}

function bytesIn(path: string): number {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) return sum + bytesIn(inner)
    return entry.isFile() ? sum + readFileSync(inner).length : sum
  }, 0)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'candor-installed-'))
  mkdirSync(join(folder, 'home'))
  tarballs = join(folder, 'release')
  const release = [join(root, 'scripts', 'release.mjs'), '--tag', `v${version}`, '--unreleased']
  const environment = { HOME: process.env['HOME'] ?? '' }
  run(root, [process.execPath, ...release, '--out', tarballs], { environment })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a release', () => {
  it('has a tarball of each package with its digest, notes, and a bill of materials', () => {
    const sums = readFileSync(join(tarballs, 'SHA256SUMS'), 'utf8')
    for (const name of ['contract', 'sdk', 'sql', 'postgres', 'server'])
      expect(sums).toMatch(new RegExp(`^[0-9a-f]{64}  candor-${name}-${version}.tgz$`, 'm'))
    expect(readFileSync(join(tarballs, 'NOTES.md'), 'utf8').length).toBeGreaterThan(100)
    const bill = JSON.parse(readFileSync(join(tarballs, 'sbom.cdx.json'), 'utf8')) as {
      readonly bomFormat: string
      readonly components: readonly { readonly name: string }[]
    }
    expect(bill.bomFormat).toBe('CycloneDX')
    expect(JSON.stringify(bill)).not.toContain(folder)
    expect(bill.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['yaml', 'lmdb', 'commander'])
    )
    expect(bill.components.map(({ name }) => name)).not.toContain('vitest')
  })

  it('is not made for a tag that is not its version', () => {
    const words = [process.execPath, join(root, 'scripts', 'release.mjs'), '--tag', 'v0.0.0']
    expect(run(root, words as [string], { code: 1 })).toContain(`must be v${version}`)
  })
})

describe('the installed packages', () => {
  let maintainer: string
  let collector: string
  let server: RunningServer

  beforeAll(async () => {
    maintainer = install('maintainer', ['contract', 'sdk'])
    collector = install('collector', ['contract', 'sql', 'server'])
    const contractFor = (words: readonly string[]): string =>
      run(maintainer, ['npx', '--no-install', 'candor-contract', ...words])
    contractFor(['init', 'acme'])
    server = await startServer({
      program: join(collector, 'node_modules', '@candor', 'server', 'bin', 'candor.js'),
      // Nothing listens there: what is kept waits in the inbox.
      flags: ['--clickhouse', 'http://127.0.0.1:9', '--products', join(maintainer, 'acme')]
    })
    const path = join(maintainer, 'acme', 'contract.yaml')
    writeFileSync(path, readFileSync(path, 'utf8').replace('http://127.0.0.1:4700', server.url))
    contractFor(['generate', 'typescript', 'acme', '--out', 'src/telemetry.ts'])
  })
  afterAll(() => removeServer(server))

  it('check a contract without an engine, in less than 15 MB', () => {
    const alone = install('reviewer', ['contract'])
    expect(bytesIn(join(alone, 'node_modules'))).toBeLessThan(15 * 1_048_576)
    const candor = (...words: readonly string[]): string =>
      run(alone, ['npx', '--no-install', 'candor-contract', ...words])
    candor('init', 'acme')
    expect(candor('check', 'acme')).toContain('0 errors, 0 warnings')
    expect(candor('risk', 'acme', '--fail-over', '5')).toContain('generated fleet')
    expect(candor('explain', 'UNIT_MISSING')).toContain('Why:')
    expect(candor('diff', 'acme', 'acme')).toContain('Same')
    candor('generate', 'disclosure', 'acme', '--out', 'site/privacy/TELEMETRY.md')
    candor('generate', 'disclosure', 'acme', '--out', 'site/privacy/TELEMETRY.md', '--check')
    writeFileSync(join(alone, 'events.jsonl'), '\uFEFF{"event":"built","ok":true}\n')
    expect(candor('infer', 'events.jsonl')).toContain('built:')
  })

  it('run a collector without the embedded engine, and say what is missing where it is wanted', () => {
    expect(() => readdirSync(join(collector, 'node_modules', 'chdb'))).toThrow('ENOENT')
    // What the small image adds to Node and its system: docs/guide/deploy.md tells it.
    expect(bytesIn(join(collector, 'node_modules'))).toBeLessThan(70 * 1_048_576)
    const said = run(collector, ['npx', '--no-install', 'candor', 'serve', '--port', '0'], {
      code: 1
    })
    expect(said).toContain('npm install chdb')
  })

  const program = `
async function main() {
  const telemetry = createTelemetry({ version: '1.2.3', endpoint: process.argv[2] })
  telemetry.record('command_run', { command: 'build', success: true, elapsed: 2 })
  const { bodies } = await telemetry.controls.preview()
  const delivery = await telemetry.flush()
  await telemetry.close()
  console.log(JSON.stringify({ bodies: bodies.length, delivery: delivery.is }))
}
main()
`
  it.each([
    ['an ES module', 'esm', false],
    ['CommonJS', 'cjs', false],
    ['one file made by esbuild', 'esm', true],
    ['one CommonJS file made by esbuild', 'cjs', true]
  ] as const)('send a record from %s, which the collector keeps', async (name, format, bundle) => {
    const [source, file] = [
      join(maintainer, 'src', 'main.ts'),
      join(maintainer, `${name.replaceAll(' ', '-')}.${format === 'esm' ? 'mjs' : 'cjs'}`)
    ]
    writeFileSync(source, `import { createTelemetry } from './telemetry.ts'\n${program}`)
    await build({
      entryPoints: [source],
      outfile: file,
      format,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
      // As a program's own compiler would: only a bundle takes the package in.
      ...(bundle ? {} : { external: ['@candor/sdk'] })
    })
    const home = mkdtempSync(join(folder, 'home-'))
    const environment = { HOME: home, ACME_TELEMETRY: 'on' }
    const said = run(maintainer, [process.execPath, file, server.url], { environment })
    expect(said.trim()).toBe('{"bodies":1,"delivery":"sent"}')
  })
})
