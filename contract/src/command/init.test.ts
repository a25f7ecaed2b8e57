import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseContract } from '../index.ts'
import { Ajv } from 'ajv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { initProduct } from './init.ts'
import { runProgram, systemEffects, testTerminal } from './program.test-support.ts'

describe('a scaffolded product', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-init-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('has a contract without problems or warnings', async () => {
    const [contract = ''] = await initProduct({
      name: 'acme-db',
      folder: join(folder, 'acme-db'),
      effects: systemEffects
    })
    const result = parseContract(readFileSync(contract, 'utf8'))
    expect(result).toMatchObject({ is: 'contract', warnings: [], contract: { product: 'acme-db' } })
  })

  /** As an editor reads the first line of a file. */
  function schemaOf(contract: string): string {
    const [, path = ''] =
      /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(contract, 'utf8')) ?? []
    return resolve(dirname(contract), path)
  }

  it('leads editors to the schema that npm has installed, and fits it', async () => {
    const scope = join(folder, 'node_modules', '@candor')
    mkdirSync(scope, { recursive: true })
    // As npm installs a package of the same workspace.
    symlinkSync(fileURLToPath(new URL('../../', import.meta.url)), join(scope, 'contract'))
    for (const place of ['acme', 'deep/in/acme', '.']) {
      const [contract = ''] = await initProduct({
        name: 'acme',
        folder: join(folder, place),
        effects: systemEffects
      })
      expect(schemaOf(contract)).toBe(join(scope, 'contract', 'contract.schema.json'))
      const fits = new Ajv({ allowUnionTypes: true, strict: false }).compile(
        JSON.parse(readFileSync(schemaOf(contract), 'utf8')) as object
      )
      expect([fits(parse(readFileSync(contract, 'utf8'))), fits.errors]).toEqual([true, null])
    }
  })

  it('leads them to where npm will install it, when it has not yet', async () => {
    const [contract = ''] = await initProduct({
      name: 'acme',
      folder: join(folder, 'acme'),
      effects: systemEffects
    })
    expect(schemaOf(contract)).toBe(
      join(folder, 'acme', 'node_modules', '@candor', 'contract', 'contract.schema.json')
    )
  })

  it('tells its maintainer what to do next', async () => {
    const [, readme = ''] = await initProduct({
      name: 'acme',
      folder: join(folder, 'acme'),
      effects: systemEffects
    })
    const text = readFileSync(readme, 'utf8')
    for (const command of [
      'contract check',
      'contract generate disclosure',
      'contract diff',
      'candor tail --product acme'
    ])
      expect(text).toContain(command)
  })

  it('is never written over an existing file', async () => {
    const request = { name: 'acme', folder: join(folder, 'acme'), effects: systemEffects }
    await initProduct(request)
    await expect(initProduct(request)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })

  it('needs a name that a table can have', async () => {
    for (const name of ['Acme', '1acme', 'a_b', '../x', '', 'a'.repeat(41)])
      await expect(
        initProduct({ name, folder: join(folder, 'x'), effects: systemEffects })
      ).rejects.toMatchObject({
        code: 'PARAMETER_INVALID'
      })
  })

  it('passes the gates of the guide, identifies nobody, and says where programs report', async () => {
    const candor = async (...words: string[]): Promise<number> =>
      runProgram(testTerminal({ folder }), words)
    const [path = ''] = await initProduct({
      name: 'acme',
      folder: join(folder, 'acme'),
      effects: systemEffects
    })
    expect(await candor('check', 'acme')).toBe(0)
    expect(await candor('risk', 'acme', '--fail-over', '5')).toBe(0)
    const page = ['generate', 'disclosure', 'acme', '--out', 'docs/privacy/TELEMETRY.md']
    expect(await candor(...page)).toBe(0)
    expect(await candor(...page, '--check')).toBe(0)
    expect(await candor('diff', 'acme', 'acme')).toBe(0)
    const result = parseContract(readFileSync(path, 'utf8'))
    expect(result).toMatchObject({
      contract: { identity: { kind: 'none' }, endpoint: { default: 'http://127.0.0.1:4700' } }
    })
    process.exitCode = undefined
  })
})
