import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discloseContract } from '@candor/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { loadProducts } from '../../products/load.ts'
import type { Product } from '../../products/product.ts'
import { createNative } from '../../protocols/native/native.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { viewStatements } from '../../storage/tables/view-statements.ts'
import { initProduct } from '@candor/contract/command'
import { runProgram, testTerminal } from '../program.test-support.ts'

let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-generate-'))
  await initProduct({ name: 'acme', folder: join(folder, 'acme'), effects: systemEffects })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function generate(...words: readonly string[]): Promise<string> {
  let out = ''
  await runProgram(testTerminal({ folder, out: (text) => void (out += text) }), [
    'contract',
    'generate',
    ...words
  ])
  return out
}

describe('candor contract generate', () => {
  it.each([
    ['typescript', /^\/\*\* The telemetry of acme, typed\./],
    ['disclosure', /^# Telemetry of acme\n/],
    ['json-schema', /^\{\n {2}"\$schema"/],
    ['openapi', /^openapi: 3\.1\.0\n/],
    ['sql', /^-- Views of acme, [^]*CREATE OR REPLACE VIEW `acme__command_run`/]
  ])('prints the %s of a folder or of a file', async (kind, beginning) => {
    const text = await generate(kind, 'acme')
    expect(text).toMatch(beginning)
    expect(await generate(kind, 'acme/contract.yaml')).toBe(text)
  })

  it('writes a file, in the form that is asked for', async () => {
    expect(await generate('disclosure', 'acme', '--out', 'TELEMETRY.md')).toBe(
      'wrote TELEMETRY.md\n'
    )
    await generate('disclosure', 'acme', '--out', 'page.html', '--format', 'html')
    await generate('disclosure', 'acme', '--out', 'page.json', '--format', 'json')
    await generate('disclosure', 'acme', '--out', 'site.md', '--front-matter')
    expect(read('TELEMETRY.md')).toMatch(/^# Telemetry of acme/)
    expect(read('page.html')).toMatch(/^<!doctype html>/)
    expect(JSON.parse(read('page.json'))).toMatchObject({
      candor: 1,
      kind: 'disclosure',
      product: 'acme'
    })
    expect(read('site.md')).toMatch(/^---\ntitle: "Telemetry of acme"/)
  })

  it('with --check writes nothing, is content with what is right, and says how to refresh what is stale or missing', async () => {
    const words = ['disclosure', 'acme', '--out', 'TELEMETRY.md', '--check'] as const
    const refusal = {
      code: 'GENERATED_STALE',
      message: expect.stringContaining(
        'candor contract generate disclosure acme --out TELEMETRY.md'
      )
    }
    await expect(generate(...words)).rejects.toMatchObject(refusal)
    await generate(...words.slice(0, -1))
    expect(await generate(...words)).toBe('TELEMETRY.md is up to date\n')
    const contract = join(folder, 'acme', 'contract.yaml')
    writeFileSync(
      contract,
      readFileSync(contract, 'utf8').replace('[build, test, deploy]', '[build, test, deploy, undo]')
    )
    const before = read('TELEMETRY.md')
    await expect(generate(...words)).rejects.toMatchObject(refusal)
    expect(read('TELEMETRY.md')).toBe(before)
    await generate(...words.slice(0, -1))
    expect(read('TELEMETRY.md')).toContain('`undo`')
  })

  const generated = [
    ['typescript', 'telemetry.ts', [], 'elapsed?:', 'elapsed_ms?:'],
    ['disclosure', 'TELEMETRY.md', [], '`elapsed`', '`elapsed_ms`'],
    ['disclosure', 'telemetry.html', ['--format', 'html'], 'elapsed', 'elapsed_ms'],
    ['disclosure', 'telemetry.json', ['--format', 'json'], '"elapsed"', '"elapsed_ms"'],
    ['json-schema', 'records.schema.json', [], '"elapsed"', '"elapsed_ms"'],
    ['openapi', 'openapi.yaml', [], 'elapsed', 'elapsed_ms'],
    ['sql', 'views.sql', [], 'elapsed', 'elapsed_ms']
  ] as const

  it.each(generated)(
    'turns red when one field of the %s is changed by hand: %s',
    async (kind, file, flags, from, to) => {
      const words = [kind, 'acme', '--out', file, ...flags] as const
      await generate(...words)
      writeFileSync(join(folder, file), read(file).replace(from, to))
      await expect(generate(...words, '--check')).rejects.toMatchObject({ code: 'GENERATED_STALE' })
    }
  )

  it.each([
    ['is renamed', 'elapsed: { type', 'took: { type'],
    ['means something else', 'how long it ran', 'how long it was thought to run'],
    ['has other bounds', 'round: 1 digit', 'round: 2 digits'],
    ['goes', 'success: { type: boolean, says: whether it ended well }', '']
  ])(
    'turns all of them red but what does not show it when one field of the contract %s',
    async (what, from, to) => {
      for (const [kind, file, flags] of generated)
        await generate(kind, 'acme', '--out', file, ...flags)
      const contract = join(folder, 'acme', 'contract.yaml')
      writeFileSync(contract, readFileSync(contract, 'utf8').replace(from, to))
      for (const [kind, file, flags] of generated) {
        // A view's columns have no bounds, and a schema takes each number that a rounded one may
        // come from.
        if (what === 'has other bounds' && ['sql', 'openapi', 'json-schema'].includes(kind))
          continue
        await expect(
          generate(kind, 'acme', '--out', file, ...flags, '--check'),
          file
        ).rejects.toMatchObject({
          code: 'GENERATED_STALE'
        })
      }
    }
  )

  it('has a client whose records the contract takes whole, and a payload with one field renamed is found out', async () => {
    const { products: built } = await loadProducts({
      folders: [join(folder, 'acme')],
      files: systemEffects.files
    })
    const acme = built.find(({ newest }) => newest.contract.product === 'acme')
    const validate = (fields: object): unknown =>
      acme?.newest.validate({
        name: 'command_run',
        wire: 'native',
        fields,
        level: 'basic',
        rekey: ({ value }) => value
      })
    expect(validate({ command: 'build', success: true, elapsed: 2.25 })).toMatchObject({
      violations: []
    })
    expect(validate({ command: 'build', success: true, elapsed_ms: 2250 })).toMatchObject({
      violations: [{ code: 'FIELD_NOT_IN_CONTRACT', field: 'elapsed_ms' }]
    })
  })

  it.each([
    [['disclosure', 'acme', '--check'], '--out'],
    [['openapi', 'acme', '--format', 'html'], 'disclosure'],
    [['disclosure', 'acme', '--format', 'html', '--front-matter'], 'Markdown']
  ])('refuses what means nothing: %j', async (words, hint) => {
    await expect(generate(...words)).rejects.toMatchObject({
      code: 'PARAMETER_INVALID',
      message: expect.stringContaining(hint)
    })
  })

  it('refuses a contract with problems, line by line', async () => {
    writeFileSync(join(folder, 'acme', 'contract.yaml'), 'candor: 1\n')
    await expect(generate('disclosure', 'acme')).rejects.toMatchObject({ code: 'PRODUCT_INVALID' })
  })

  function read(file: string): string {
    return readFileSync(join(folder, file), 'utf8')
  }
})

describe('what is generated for the built-in products', () => {
  let products: readonly Product[]
  let engine: TestEngine
  beforeAll(async () => {
    ;({ products } = await loadProducts({ folders: [], files: systemEffects.files }))
    engine = await openTestEngine()
    await engine.migrate(products.map(({ newest }) => newest))
  })
  afterAll(() => engine.close())

  it('has an example report that the collector can read', () => {
    for (const { newest } of products) {
      const native = createNative({
        productOf: () => ({ retired: false }),
        newest: { newest: () => undefined }
      })
      const body = Buffer.from(JSON.stringify(discloseContract(newest.contract).example))
      const headers = { 'content-type': 'application/json' }
      expect(
        native.protocol.decode({
          path: '/v1/reports',
          query: '',
          headers,
          body,
          receivedAt: Date.UTC(2026, 0, 6)
        })
      ).toMatchObject({
        is: 'records'
      })
    }
  })

  it('has views that the store takes as they are, each column with its comment', async () => {
    for (const { newest } of products) {
      for (const sql of viewStatements(newest)
        .split(/;\n/)
        .filter((text) => text.trim() !== ''))
        await engine.command({ sql, deadlineMs: 10_000 })
    }
    const [found] = await engine.rows<{ columns: string; silent: string }>(
      "SELECT toString(count()) AS columns, toString(countIf(comment = '')) AS silent FROM " +
        "system.columns WHERE database = currentDatabase() AND table LIKE '%\\_\\_%'"
    )
    expect(Number(found?.columns)).toBeGreaterThan(1_000)
    expect(found?.silent).toBe('0')
    expect(
      await engine.rows('SELECT engine_version, pools_fs_type FROM dblab__engine_started')
    ).toEqual([])
    await expect(engine.rows('SELECT uptime FROM dblab__engine_started')).rejects.toThrow(/uptime/)
  })
})
