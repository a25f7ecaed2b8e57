import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireRecord } from '../../record.ts'
import { createWithhold } from './narrow.ts'
import type { Policy, ProductPolicy } from './policy.ts'

const names = ['one', 'two', 'three', 'four']
const someNames = fc.uniqueArray(fc.constantFrom(...names)).map((some) => new Set(some))
const productPolicy: fc.Arbitrary<ProductPolicy> = fc.record({
  isAllDropped: fc.boolean(),
  records: someNames,
  fields: someNames,
  ids: fc
    .uniqueArray(fc.constantFrom('installation', 'account', 'lineage', 'session'))
    .map((ids) => new Set(ids)) as fc.Arbitrary<ProductPolicy['ids']>,
  environment: fc.uniqueArray(fc.constantFrom('os', 'arch')).map((parts) => new Set(parts)),
  isMerged: fc.boolean()
})
const policy: fc.Arbitrary<Policy> = fc.record({
  others: fc.constantFrom('pass', 'drop'),
  products: fc
    .dictionary(fc.constantFrom('acme', 'other'), productPolicy)
    .map((all) => new Map(Object.entries(all)))
})
/** Each value says where it belongs, so that none is found in another's place. */
const valuesOf = (part: string, keys: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc
    .uniqueArray(fc.constantFrom(...keys))
    .map((some) => Object.fromEntries(some.map((key) => [key, `<${part} ${key}>`])))
const record: fc.Arbitrary<WireRecord> = fc
  .record({
    product: fc.constantFrom('acme', 'other', 'third'),
    ids: valuesOf('id', ['installation', 'account', 'lineage', 'session']),
    environment: valuesOf('part', ['os', 'arch', 'class']),
    name: fc.constantFrom(...names),
    fields: valuesOf('field', names)
  })
  .map(({ product, ids, environment, name, fields }) => ({
    source: { product, ...ids, environment },
    wire: 'kept',
    name,
    fields
  }))

const narrowed = (of: WireRecord, by: Policy): WireRecord | undefined =>
  createWithhold({ policy: by, key: Buffer.alloc(32, 7), withheld: () => undefined }).record(of)
    ?.record

/** Every text in it that is no name. */
function valuesIn({ source, fields }: WireRecord): unknown[] {
  const { installation, account, lineage, session, environment } = source
  return [{ installation, account, lineage, session }, environment, fields]
    .flatMap((part) => Object.values(part ?? {}))
    .filter((value) => value !== undefined)
}

describe('what a relay lets go on', () => {
  it('has nothing that was not there before, but for the id of all its machines', () => {
    fc.assert(
      fc.property(record, policy, (before, by) => {
        const after = narrowed(before, by)
        if (after === undefined) return
        const own = by.products.get(before.source.product)
        const merged = own?.isMerged === true ? [after.source.installation] : []
        const known = new Set<unknown>([...valuesIn(before), ...merged])
        expect(valuesIn(after).filter((value) => !known.has(value))).toEqual([])
      })
    )
  })

  it('has nothing that its policy names', () => {
    fc.assert(
      fc.property(record, policy, (before, by) => {
        const after = narrowed(before, by)
        const own = by.products.get(before.source.product)
        if (own === undefined) {
          if (by.others === 'drop') expect(after).toBeUndefined()
          else expect(after).toEqual(before)
          return
        }
        if (own.isAllDropped || own.records.has(before.name)) {
          expect(after).toBeUndefined()
          return
        }
        const said = JSON.stringify(after)
        const { source: from } = before
        for (const [field, value] of Object.entries(before.fields as Record<string, string>))
          expect(said.includes(value)).toBe(!own.fields.has(field))
        for (const name of own.ids)
          if (from[name] !== undefined) expect(said).not.toContain(from[name])
        for (const part of own.environment)
          if (from.environment?.[part] !== undefined)
            expect(said).not.toContain(from.environment[part])
        if (own.isMerged && from.installation !== undefined)
          expect(said).not.toContain(from.installation)
      })
    )
  })

  it('is one installation in each window, and another behind each relay', () => {
    const by: Policy = {
      others: 'pass',
      products: new Map([
        [
          'acme',
          {
            isAllDropped: false,
            records: new Set(),
            fields: new Set(),
            ids: new Set(),
            environment: new Set(),
            isMerged: true
          }
        ]
      ])
    }
    const idOf = (key: number, window: string, installation: string): string | undefined =>
      createWithhold({ policy: by, key: Buffer.alloc(32, key), withheld: () => undefined }).record({
        source: { product: 'acme', installation, window },
        wire: 'kept',
        name: 'one',
        fields: {}
      })?.record.source.installation
    expect(idOf(1, '2026-W47', 'a')).toBe(idOf(1, '2026-W47', 'b'))
    expect(idOf(1, '2026-W47', 'a')).not.toBe(idOf(1, '2026-W48', 'a'))
    expect(idOf(1, '2026-W47', 'a')).not.toBe(idOf(2, '2026-W47', 'a'))
  })
})
