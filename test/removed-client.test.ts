/** Whether a packager can build a program without its telemetry, and change nothing in it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateTypescript, parseContract } from '@candor/contract'
import { build } from 'esbuild'
import { afterAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'candor-removed-'))
afterAll(() => rmSync(folder, { recursive: true }))

const program = `import { createTelemetry } from './telemetry.ts'
const telemetry = createTelemetry({ version: '1.26.0' })
telemetry.record('command_init', { success: true })
console.log((await telemetry.controls.status()).because.where)
console.log(await telemetry.measure('command_init', {}, () => 'worked'))
`

async function bundle(name: string, conditions: readonly string[]): Promise<string> {
  const parsed = parseContract(
    readFileSync(join(root, 'server/src/products/dlt/contract.yaml'), 'utf8')
  )
  if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
  writeFileSync(join(folder, 'telemetry.ts'), generateTypescript(parsed.contract))
  writeFileSync(join(folder, 'program.ts'), program)
  const outfile = join(folder, name)
  await build({
    entryPoints: [join(folder, 'program.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    outfile,
    conditions: [...conditions],
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'silent'
  })
  return outfile
}

it('leaves no client in a program that is built without it, and every call works', async () => {
  const removed = await bundle('removed.mjs', ['candor-removed'])
  const whole = await bundle('whole.mjs', [])
  // What opens a connection is in the one, and in the other nothing that could.
  const client = /node:https?|node:net|node:tls|spool\.jsonl/
  expect(client.test(readFileSync(whole, 'utf8'))).toBe(true)
  expect(client.exec(readFileSync(removed, 'utf8'))?.[0]).toBeUndefined()
  const home = mkdtempSync(join(folder, 'home-'))
  const env = { PATH: process.env['PATH'], HOME: home, DLT_TELEMETRY: 'on' }
  const ran = spawnSync(process.execPath, [removed], { env, encoding: 'utf8', cwd: home })
  expect(ran).toMatchObject({ status: 0, stderr: '', stdout: 'this build\nworked\n' })
  expect(readdirSync(home)).toEqual([])
})
