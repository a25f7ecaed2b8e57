import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContractForm, FieldForm, RecordForm, TypeForm } from '../form.ts'
import { termsOf } from './consent-file.ts'
import { formWith } from './form.test-support.ts'
import { allowedFields, allowedIdentity, isWithin, stopsOf } from './narrow.ts'
import { asksOf } from './asking/notice.ts'

const level = fc.constantFrom('a', 'b', 'c')
const small = fc.integer({ min: 1, max: 4 })
const words = fc.subarray(['x', 'y', 'z'], { minLength: 1 })
const coarsen = fc.option(
  fc.oneof(
    fc.record({ by: fc.constant('digits' as const), digits: small }),
    fc.record({ by: fc.constant('bucket' as const), bounds: fc.subarray([0, 10, 20]) }),
    fc.record({ by: fc.constant('nearest' as const), step: small })
  ),
  { nil: undefined }
)
const others = fc.constantFrom(undefined, 'count')
const { type, field } = fc.letrec<{
  type: TypeForm
  field: FieldForm
  fields: Record<string, FieldForm>
}>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom({ is: 'boolean' }, { is: 'sql-shape' }, { is: 'uuid', form: 'uuid' }),
    fc.record({ is: fc.constantFrom('integer', 'number'), min: small, max: small, coarsen }),
    fc.record({
      is: fc.constant('duration'),
      unit: fc.constantFrom('s', 'ms'),
      max: small,
      coarsen
    }),
    fc.record({ is: fc.constant('timestamp'), round: fc.constantFrom(undefined, 'minute', 'day') }),
    fc.record({ is: fc.constant('version'), parts: fc.constantFrom(undefined, 1, 2) }),
    fc.record({ is: fc.constant('enum'), values: words }),
    fc.record({
      is: fc.constant('pattern'),
      pattern: fc.constantFrom('^a$', '^b$'),
      lengthMax: small
    }),
    fc.record({ is: fc.constantFrom('string', 'keyed-hash'), lengthMax: small }),
    fc.record({ is: fc.constant('list'), of: tie('type'), itemsMax: small }),
    fc.record({
      is: fc.constant('map'),
      keys: fc.oneof(
        fc.record({ values: words }),
        fc.record({ pattern: fc.constantFrom('^a$', '^b$'), lengthMax: small })
      ),
      values: tie('type'),
      entriesMax: small,
      others
    }),
    fc.record({ is: fc.constant('object'), fields: tie('fields'), others })
  ) as fc.Arbitrary<TypeForm>,
  field: fc.record({
    says: fc.constant('something'),
    level: fc.option(level, { nil: undefined }),
    type: tie('type'),
    collector: fc.constantFrom(undefined, 'reduces', 'drops'),
    onlyWhen: fc.option(fc.dictionary(fc.constantFrom('p', 'q'), words, { maxKeys: 2 }), {
      nil: undefined
    })
  }) as fc.Arbitrary<FieldForm>,
  fields: fc.dictionary(
    fc.constantFrom('p', 'q', 'r', '__proto__'),
    tie('field') as fc.Arbitrary<FieldForm>,
    { maxKeys: 3 }
  )
}))
const record = fc.record({
  kind: fc.constant('event'),
  when: fc.constant('It happened.'),
  level,
  fields: fc.dictionary(fc.constantFrom('p', 'q', 'r', 'toString'), field, { maxKeys: 4 })
}) as fc.Arbitrary<RecordForm>
const form: fc.Arbitrary<ContractForm> = fc
  .record({
    records: fc.dictionary(fc.constantFrom('one', 'two'), record, { maxKeys: 2 }),
    levels: fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 1 }),
    digest: fc.integer({ min: 0, max: 1e9 }),
    environment: fc.subarray(['class', 'os', 'cpu'] as const),
    recordsDays: small
  })
  .map(({ records, levels, digest, environment, recordsDays }) =>
    formWith({
      records,
      environment,
      terms: `sha256:${digest}`,
      retention: { recordsDays, aggregatesDays: 9 },
      consent: {
        default: 'opt-out',
        graceHours: 24,
        levels: levels.map((name) => ({ name, says: name }))
      }
    })
  )

function at(
  contract: Pick<ContractForm, 'records'>,
  name: string,
  path: string
): { readonly field: FieldForm; readonly level: string } | undefined {
  let fields = Object.hasOwn(contract.records, name) ? contract.records[name]?.fields : undefined
  let found: { field: FieldForm; level: string } | undefined
  for (const key of path.split('.')) {
    const here: FieldForm | undefined =
      fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined
    if (here === undefined) return undefined
    found = {
      field: here,
      level: here.level ?? found?.level ?? contract.records[name]?.level ?? ''
    }
    fields = here.type.is === 'object' ? here.type.fields : undefined
  }
  return found
}

describe('narrowing', () => {
  it('lets no field through that the accepted terms lack, of another type, or above the level that was accepted', () => {
    fc.assert(
      fc.property(form, form, level, (now, then, agreed) => {
        const terms = termsOf(then)
        const rank = (contract: ContractForm, name: string): number =>
          contract.consent.levels.findIndex((each) => each.name === name)
        for (const name of ['one', 'two', 'toString']) {
          for (const path of allowedFields(now, { terms, level: agreed }, name) ?? []) {
            const [is, was] = [at(now, name, path), at(then, name, path)]
            expect(was?.field.type.is).toBe(is?.field.type.is)
            if (is?.field.type.is !== 'object')
              expect(isWithin(is!.field.type, was!.field.type)).toBe(true)
            for (const [contract, found] of [
              [now, is],
              [then, was]
            ] as const) {
              expect(rank(contract, found!.level)).toBeGreaterThanOrEqual(0)
              expect(rank(contract, found!.level)).toBeLessThanOrEqual(rank(contract, agreed))
            }
          }
        }
      })
    )
  })

  it('of a contract by itself takes away only what is above the level, and asks nothing', () => {
    fc.assert(
      fc.property(form, (contract) => {
        const highest = contract.consent.levels.at(-1)?.name ?? ''
        const terms = termsOf(structuredClone(contract))
        expect(asksOf(contract, terms)).toEqual([])
        expect(stopsOf(contract, terms)).toEqual([])
        const ranks = contract.consent.levels.map(({ name }) => name)
        for (const [name, { level: own, fields }] of Object.entries(contract.records)) {
          const allowed = allowedFields(contract, { terms, level: highest }, name)
          expect(allowed !== undefined).toBe(ranks.includes(own))
          for (const [key, each] of Object.entries(fields))
            if (allowed !== undefined)
              expect(allowed.has(key)).toBe(ranks.includes(each.level ?? own))
        }
      })
    )
  })

  it('is within itself, and of two types that are within each other both let the same through', () => {
    fc.assert(
      fc.property(type, type, (one, other) => {
        expect(isWithin(one, structuredClone(one))).toBe(true)
        if (isWithin(one, other) && isWithin(other, one)) expect(one.is).toBe(other.is)
      })
    )
  })

  it('asks for whatever a new contract lets through that the old one did not', () => {
    fc.assert(
      fc.property(form, form, (now, then) => {
        const terms = termsOf(then)
        const highest = then.consent.levels.at(-1)?.name ?? ''
        fc.pre(now.terms !== then.terms && now.consent.levels.at(-1)?.name === highest)
        const asks = asksOf(now, terms)
        for (const name of Object.keys(now.records)) {
          const all = allowedFields(now, { terms: termsOf(now), level: highest }, name)
          const allowed = allowedFields(now, { terms, level: highest }, name)
          if ((all?.size ?? 0) > (allowed?.size ?? 0)) expect(asks.length).toBeGreaterThan(0)
        }
      })
    )
  })

  const map = (change: object = {}): TypeForm => ({
    is: 'map',
    keys: { values: ['a'] },
    values: { is: 'integer', min: 0, max: 10 },
    entriesMax: 2,
    ...change
  })
  const integer = (change: object = {}): TypeForm => ({ is: 'integer', min: 0, max: 10, ...change })
  it.each([
    ['a higher maximum', integer({ max: 11 }), integer(), false],
    ['a lower maximum', integer({ max: 9 }), integer(), true],
    ['a lower minimum', integer({ min: -1 }), integer(), false],
    ['another type', { is: 'number', min: 0, max: 10 }, integer(), false],
    ['rounding that is gone', integer(), integer({ coarsen: { by: 'digits', digits: 2 } }), false],
    [
      'finer rounding',
      integer({ coarsen: { by: 'digits', digits: 3 } }),
      integer({ coarsen: { by: 'digits', digits: 2 } }),
      false
    ],
    [
      'coarser rounding',
      integer({ coarsen: { by: 'nearest', step: 15 } }),
      integer({ coarsen: { by: 'nearest', step: 5 } }),
      true
    ],
    [
      'rounding that parts what was alike',
      integer({ coarsen: { by: 'nearest', step: 10 } }),
      integer({ coarsen: { by: 'nearest', step: 5 } }),
      false
    ],
    [
      'a new bucket',
      integer({ coarsen: { by: 'bucket', bounds: [0, 5, 9] } }),
      integer({ coarsen: { by: 'bucket', bounds: [0, 9] } }),
      false
    ],
    ['a new word', { is: 'enum', values: ['a', 'b'] }, { is: 'enum', values: ['a'] }, false],
    ['a word less', { is: 'enum', values: ['a'] }, { is: 'enum', values: ['a', 'b'] }, true],
    [
      'another pattern',
      { is: 'pattern', pattern: '^a$', lengthMax: 9 },
      { is: 'pattern', pattern: '^a?$', lengthMax: 9 },
      false
    ],
    ['a finer time', { is: 'timestamp', round: 'hour' }, { is: 'timestamp', round: 'day' }, false],
    ['more of a version', { is: 'version' }, { is: 'version', parts: 2 }, false],
    [
      'a longer duration',
      { is: 'duration', unit: 's', max: 20 },
      { is: 'duration', unit: 's', max: 10 },
      false
    ],
    ['more entries of a map', map({ entriesMax: 3 }), map(), false],
    ['a sum of what a map does not name', map({ others: 'sum' }), map(), false],
    ['another key of a map', map({ keys: { values: ['a', 'b'] } }), map(), false],
    [
      'longer lists',
      { is: 'list', of: { is: 'boolean' }, itemsMax: 3 },
      { is: 'list', of: { is: 'boolean' }, itemsMax: 2 },
      false
    ]
  ] as [string, TypeForm, TypeForm, boolean][])(
    '%s is within what was agreed to: %4$s',
    (_, now, was, expected) => {
      expect(isWithin(now, was)).toBe(expected)
    }
  )

  it('keeps a part of an object at home that is new, and asks before a condition is loosened', () => {
    const held = (onlyWhen: Record<string, string[]> | undefined, parts: string[]): ContractForm =>
      formWith({
        records: {
          load: {
            kind: 'event',
            when: 'It loaded.',
            level: 'basic',
            fields: {
              kind: { says: 'kind', type: { is: 'enum', values: ['a', 'b'] } },
              print: {
                says: 'print',
                type: { is: 'keyed-hash', lengthMax: 64 },
                ...(onlyWhen && { onlyWhen })
              },
              pools: {
                says: 'pools',
                type: {
                  is: 'object',
                  fields: Object.fromEntries(
                    parts.map((part) => [part, { says: part, type: { is: 'boolean' } }])
                  )
                }
              }
            }
          }
        }
      })
    const terms = termsOf(held({ kind: ['a'] }, ['x']))
    const fields = (now: ContractForm): string[] => [
      ...(allowedFields(now, { terms, level: 'basic' }, 'load') ?? [])
    ]
    expect(fields(held({ kind: ['a'] }, ['x', 'y']))).toEqual(['kind', 'print', 'pools', 'pools.x'])
    const loosened = held({ kind: ['a', 'b'] }, ['x'])
    expect(asksOf({ ...loosened, terms: `sha256:${'3'.repeat(64)}` }, terms)).toEqual([
      'print, with “It loaded”: in more cases'
    ])
  })

  it('keeps at home what moved to a lower level, for those who agreed to that level only', () => {
    const held = (on: string): ContractForm =>
      formWith({ records: { r: { kind: 'event', when: 'w', level: on, fields: {} } } })
    expect(
      allowedFields(held('basic'), { terms: termsOf(held('pipelines')), level: 'basic' }, 'r')
    ).toBeUndefined()
    expect(
      allowedFields(held('basic'), { terms: termsOf(held('pipelines')), level: 'pipelines' }, 'r')
    ).toBeDefined()
  })

  it('lets no identity through that ties more together', () => {
    const held = (identity: ContractForm['identity']): ContractForm => formWith({ identity })
    const week = held({ kind: 'window', days: 7, says: '' })
    expect(allowedIdentity(week, termsOf(held({ kind: 'persistent', says: '' }))).kind).toBe(
      'window'
    )
    expect(allowedIdentity(held({ kind: 'window', days: 30, says: '' }), termsOf(week)).kind).toBe(
      'none'
    )
    expect(
      allowedIdentity(held({ kind: 'persistent', lineage: true, says: '' }), termsOf(week))
    ).toEqual({
      kind: 'none',
      says: ''
    })
  })
})
