import { readFileSync } from 'node:fs'
import { build, transformSync } from 'esbuild'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame } from '../../../test/frame.ts'
import type { Contract } from '../../form/contract.ts'
import { compileContract } from '../../holding/compile.ts'
import { sdkForm } from '../client/sdk-form.ts'
import { lacksOf } from './lacks.ts'
import { partsFile, type Language, type Part } from './parts.ts'
import { generateStandalone } from './standalone.ts'
import { compileFields } from '../../../../sdk/src/record/validate.ts'
import type { ContractForm } from '../../../../sdk/src/form.ts'

function generated(contract: Contract, language: Language = 'typescript'): string {
  const parts = JSON.parse(readFileSync(partsFile(language), 'utf8')) as readonly Part[]
  return generateStandalone({ contract, language, parts })
}

const three = contractOf(`${frame}events:
  command_run:
    when: A command ended.
    fields:
      command: { type: enum, values: [build, test], other: collapse, says: which command }
      elapsed: { type: duration, unit: ms, round: 2 digits, says: how long it took }
      success: { type: boolean, says: whether it ended well }
`)

const every = contractOf(`${frame}events:
  load:
    when: It loads.
    fields:
      truth: { type: boolean }
      count: { type: integer, min: -5, max: 1000 }
      bucket: { type: integer, bucket: [0, 10, 100] }
      number: { type: number, round: 2 digits }
      step: { type: number, round: to 0.5, max: 100 }
      elapsed: { type: duration, unit: ms, max: 1000000, round: 3 digits }
      at: { type: timestamp, round: hour }
      release: { type: version, parts: 2 }
      word: { type: enum, values: [x, on, constructor] }
      loose: { type: enum, values: [x, on], other: collapse, strip: [p.], ignore_case: true, matches: { on: se.ret }, aliases: { ja: on } }
      shape: { type: pattern, pattern: '^[a-z]{1,8}$', max_length: 8 }
      code: { type: uuid }
      text: { type: string, max_length: 40, reviewed: by this test }
      words: { type: list, max_items: 2, of: { type: enum, values: [x, on], other: collapse } }
`)

/** The generated file's readers, run as a program runs them. */
async function readersOf(contract: Contract): Promise<Record<string, (raw: unknown) => unknown>> {
  const { code } = transformSync(`${generated(contract)}\nexport { recordForms }`, { loader: 'ts' })
  const loaded = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    readonly recordForms: {
      readonly load: { readonly fields: Record<string, (raw: unknown) => unknown> }
    }
  }
  return loaded.recordForms.load.fields
}

const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    'x',
    'on',
    'p.ON',
    'JA',
    'secret',
    'constructor',
    '1.26.0rc1',
    'v15',
    '2026-11-20T12:34:56.789Z',
    '2026-02-30T00:00:00Z',
    'F81D4FAE-7DEC-4B1D-8F1A-0123456789AB',
    'at /srv/eve/secret/file.ts with eve@example.org',
    'a\tb',
    '\ud800',
    Number.NaN,
    Infinity,
    -0,
    9.5,
    10,
    99.999,
    1e300
  ),
  fc.double(),
  fc.integer({ min: -10, max: 2_000 }),
  fc.string(),
  fc.boolean(),
  fc.array(fc.constantFrom<unknown>('x', 'y', 1, null)),
  fc.object()
)

describe('a client without a package', () => {
  it('is the same to the byte each time, and names no package', () => {
    expect(generated(three)).toBe(generated(three))
    expect(generated(three)).not.toMatch(/^import\b/m)
  })

  it('carries the readers of its own types and no others', () => {
    expect(generated(three)).toContain('function oneOf(')
    for (const other of ['enumOf', 'versionOf', 'timestampOf', 'withoutTraces', 'installationOf'])
      expect(generated(three).includes(`function ${other}(`), other).toBe(false)
  })

  it('stays as small as its decision says for three fields', async () => {
    const { outputFiles } = await build({
      stdin: { contents: generated(three), loader: 'ts' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      write: false
    })
    expect(outputFiles[0]?.contents.length).toBeLessThan(17_500)
  })

  it('names the same options to a program without types', () => {
    const optionsIn = (pattern: RegExp, text: string): readonly (string | undefined)[] =>
      [...text.matchAll(pattern)].map(([, name]) => name)
    const typed = /export interface Options \{[\s\S]*?\n\}/.exec(generated(three))?.[0] ?? ''
    const documented = /@typedef \{object\} Options[\s\S]*?\*\//.exec(
      generated(three, 'javascript')
    )
    expect(optionsIn(/@property \{.*\} \[?(\w+)/g, documented?.[0] ?? '')).toEqual(
      optionsIn(/readonly (\w+)\??:/g, typed)
    )
  })

  it('sends of any value what the package sends of it', async () => {
    const readers = await readersOf(every)
    const { records } = JSON.parse(JSON.stringify(sdkForm(every))) as ContractForm
    const read = compileFields(records['load']?.fields ?? {}, {
      allows: () => true,
      hashName: (_field, value) => value
    })
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(readers)), values, (name, raw) => {
        // Both are given copies: a package's is plain data, as JSON has it.
        fc.pre(raw !== null && raw !== undefined)
        const sent = read({ [name]: raw }, () => {})[name]
        expect(readers[name]?.(raw), `${name} ${JSON.stringify(raw)}`).toEqual(sent)
      }),
      { numRuns: 5_000 }
    )
    expect(compileContract(every).contract.records.size).toBe(1)
  })

  it('is refused by name where the contract asks for more than it has', () => {
    const more = contractOf(`${frame}presence: [day]
events:
  load:
    when: It loads.
    identity: none
    fields:
      owner: { type: keyed-hash, says: whose }
      counts: { type: map, keys: [a, b], max_entries: 2, values: { type: integer, max: 10 }, says: how many }
`)
    expect(lacksOf(three)).toEqual([])
    expect(lacksOf(more).join('\n')).toMatch(/presence[\s\S]*owner[\s\S]*keyed-hash[\s\S]*map/)
  })
})
