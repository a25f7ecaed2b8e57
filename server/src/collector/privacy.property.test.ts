import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DuplicateRule } from '../protocols/protocol.ts'
import type { WireRecord } from '../record.ts'
import { decoded, openTestCollector } from './collector.test-support.ts'

// A text that no contract declares. With the tilde it also fits no grammar of versions and
// environments, which keep words as they are.
const secret = 'Secret7Marker'
const secretVersion = 'Secret7~1.0'
const secretWord = fc.constantFrom(
  secret,
  `${secret}@example.org`,
  `/home/${secret}`,
  ` ${secret}\u0000\n"`,
  `__${secret}`
)
const declaredName = fc.constantFrom(
  'elapsed',
  'success',
  'target',
  'name',
  'place',
  'rows',
  'sizes',
  'small',
  'load',
  '__proto__',
  'constructor'
)
const secretText = fc.oneof(
  secretWord,
  fc.string().map((text) => secret + text)
)
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    secretText,
    fc.constantFrom(null, true, 3, Number.NaN, 1e300, 'postgres', '12'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(declaredName, secretText), tie('any'), {
      maxKeys: 6,
      noNullPrototype: false
    })
  )
})).any
const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined })
const source = fc.record({
  product: fc.constant('sample'),
  installation: optional(secretText),
  account: optional(secretText),
  lineage: optional(secretText),
  session: optional(secretText),
  window: optional(secretText),
  version: optional(fc.constantFrom(secretVersion, '1.0')),
  sdk: optional(fc.record({ name: secretText, version: fc.constantFrom(secretVersion, '1.0') })),
  environment: optional(
    fc.dictionary(
      fc.oneof(fc.constantFrom('os', 'arch', 'runtime', 'os_version', 'class', 'cpu'), secretText),
      fc.constantFrom<unknown>(secretVersion, { a: secret }, [secret])
    )
  ),
  level: optional(fc.oneof(secretText, fc.constant('full'))),
  acceptedTerms: optional(secretText),
  contract: optional(secretText),
  deletion: optional(secretText)
})
const record: fc.Arbitrary<WireRecord> = fc.record({
  source,
  wire: fc.constantFrom('native' as const, 'client' as const),
  name: fc.oneof(
    { weight: 4, arbitrary: fc.constant('load') },
    { weight: 1, arbitrary: secretText }
  ),
  occurredAt: optional(fc.double()),
  fields: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.dictionary(fc.oneof(declaredName, secretText), value, {
        noNullPrototype: false
      })
    },
    { weight: 1, arbitrary: value }
  ),
  seq: optional(fc.double()),
  duplicateOf: optional(secretText)
})
const rule: fc.Arbitrary<DuplicateRule> = fc.constantFrom(
  { by: 'none' } as const,
  { by: 'record', ttlMs: 60_000 } as const,
  { by: 'request', ttlMs: 60_000, key: secret, scope: secret } as const,
  { by: 'unanswered', ttlMs: 60_000, key: Buffer.from(secret), scope: secret } as const
)

it('lets nothing undeclared into the files of the inbox, whatever is sent', async () => {
  const test = await openTestCollector()
  let kept = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      rule,
      async (records, duplicates) => {
        const outcomes = await test.collector.collect(decoded(records, duplicates), {
          protocol: 'test',
          receivedAt: test.now
        })
        expect(outcomes).toHaveLength(records.length)
        kept += outcomes.filter(({ is }) => is === 'kept').length
      }
    ),
    { numRuns: 300 }
  )
  await test.drift.flush()
  expect(kept).toBeGreaterThan(100)
  let files = ''
  for (const file of await readdir(test.folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) files += await readFile(join(file.parentPath, file.name), 'latin1')
  }
  expect(files).toContain('"target":"postgres"')
  expect(files.toLowerCase().includes('secret7')).toBe(false)
  expect(JSON.stringify([...test.collector.counts()])).not.toMatch(/secret7/i)
  await test.close()
})
