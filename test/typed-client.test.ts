/**
 * The generated client against the SDK's own types, with the real compiler: what is declared
 * compiles, and what is not does not.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  generateJavascript,
  generateTypescript,
  parseContract,
  type Contract
} from '@candor/contract'
import { afterAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const products = join(root, 'server', 'src', 'products')
const folder = mkdtempSync(join(tmpdir(), 'candor-typed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const built = readdirSync(products, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

function contractAt(product: string): Contract {
  const result = parseContract(readFileSync(join(products, product, 'contract.yaml'), 'utf8'))
  if (result.is === 'invalid') throw new Error(JSON.stringify(result.problems))
  return result.contract
}

/** The compiler's complaints about `main.ts` beside the generated clients of all products. */
function complaints(main: string, file = 'main.ts'): string {
  for (const product of built)
    for (const [file, text] of [
      [`${product}.ts`, generateTypescript(contractAt(product))],
      [`${product}-client.js`, generateJavascript(contractAt(product))]
    ] as const)
      writeFileSync(join(folder, file), text)
  for (const other of ['main.ts', 'main.js']) rmSync(join(folder, other), { force: true })
  writeFileSync(join(folder, file), main)
  // Else what the compiler finds in a folder above decides which kind of module these are.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        allowJs: true,
        checkJs: true,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        typeRoots: [join(root, 'node_modules', '@types')],
        paths: { '@candor/sdk': [join(root, 'sdk', 'src', 'index.ts')] }
      },
      include: [join(folder, '*.ts'), join(folder, '*.js')]
    })
  )
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8'
  })
  return stdout
}

const start = `import { unlisted } from '@candor/sdk'
import { createTelemetry } from './dlt.ts'
const telemetry = createTelemetry({ version: '1.26.0' })
`

it('compiles for every product, and takes what its contract declares', () => {
  const main = `${start}telemetry.record('pipeline_load', { elapsed: 2.2, success: true, destination_type: 'duckdb' })
telemetry.record('pipeline_load', { destination_type: unlisted(String(process.argv[2])) })
const answer: number = telemetry.measure('command_init', { destination_type: 'postgres' }, () => 42)
void telemetry.flush().then(() => answer)
`
  expect(complaints(main)).toBe('')
})

it.each([
  ['a record that no contract names', `telemetry.record('pipeline_sync', {})`, 'pipeline_sync'],
  [
    'a field that its record does not have',
    `telemetry.record('pipeline_load', { hostname: 'db1' })`,
    'hostname'
  ],
  ['a value of another type', `telemetry.record('pipeline_load', { elapsed: '2.2' })`, 'string'],
  [
    'a mistyped word',
    `telemetry.record('pipeline_load', { destination_type: 'dukcdb' })`,
    'dukcdb'
  ],
  [
    'a field that the SDK never sends',
    `telemetry.record('pipeline_load', { destination_fingerprint: 'x' })`,
    'destination_fingerprint'
  ]
])('does not compile %s', (_what, line, named) => {
  const told = complaints(`${start}${line}\n`)
  expect(told).toContain('main.ts')
  expect(told).toContain(named)
})

const inJavascript = start.replace('./dlt.ts', './dlt-client.js')

it('compiles in JavaScript too, where its types are comments', () => {
  const main = `${inJavascript}telemetry.record('pipeline_load', { elapsed: 2.2, destination_type: 'duckdb' })
telemetry.record('pipeline_load', { destination_type: unlisted(String(process.argv[2])) })
`
  expect(complaints(main, 'main.js')).toBe('')
})

it.each([
  ['a record that no contract names', `telemetry.record('pipeline_sync', {})`, 'pipeline_sync'],
  ['a field that is not there', `telemetry.record('pipeline_load', { hostname: 'a' })`, 'hostname'],
  ['a mistyped word', `telemetry.record('pipeline_load', { destination_type: 'dukc' })`, 'dukc']
])('does not take %s in JavaScript', (_what, line, named) => {
  const told = complaints(`${inJavascript}${line}\n`, 'main.js')
  expect(told).toContain('main.js')
  expect(told).toContain(named)
})
