import { sqlShapes } from '#values/sql-shape'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { contractOf, frame } from '../../test/frame.ts'
import { compileContract, type CompiledContract } from './compile.ts'
import type { FieldDeclaration, FieldType } from '../form/contract.ts'
import type { ColumnType, ColumnValue } from '../form/validated.ts'

/** What the tests' rekey returns: no client can have sent it, since it is made up here. */
const token = 'rekeyed/7b0c'

const names = ['a', 'b', 'c_d', 'size']
const words = ['x', 'on', 'y z', 'constructor', 'toString']
const pattern = '^[a-z]{1,8}$'

/** Authored types as JSON, which is YAML too. */
const { type: anyType } = fc.letrec<{
  type: Record<string, unknown>
  fields: Record<string, unknown>
}>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Record<string, unknown>>(
      { type: 'boolean' },
      { type: 'integer', min: -5, max: 1_000 },
      { type: 'integer', bucket: [0, 10, 100] },
      { type: 'number', round: '2 digits' },
      { type: 'duration', unit: 'ms', max: 1e6 },
      { type: 'timestamp', round: 'hour' },
      { type: 'version', parts: 2 },
      { type: 'enum', values: words },
      {
        type: 'enum',
        values: words,
        other: 'collapse',
        strip: ['p.'],
        ignore_case: true,
        matches: { on: 'se.ret' },
        aliases: { ja: 'on' }
      },
      { type: 'pattern', pattern, max_length: 8 },
      { type: 'uuid' },
      { type: 'keyed-hash' },
      { type: 'sql-shape' },
      { type: 'string', max_length: 12, reviewed: 'by this test' }
    ),
    fc.record({
      type: fc.constant('list'),
      max_items: fc.integer({ min: 1, max: 3 }),
      of: tie('type')
    }),
    fc.record({
      type: fc.constant('map'),
      max_entries: fc.integer({ min: 1, max: 3 }),
      keys: fc.constantFrom<unknown>(words, { pattern }),
      values: tie('type'),
      others: fc.constantFrom('violation', 'count')
    }),
    fc.record({
      type: fc.constant('map'),
      max_entries: fc.constant(3),
      keys: fc.constant(words),
      values: fc.constantFrom({ type: 'integer' }, { type: 'number', max: 9 }),
      others: fc.constant('sum')
    }),
    fc.record({
      type: fc.constant('object'),
      fields: tie('fields'),
      others: fc.constantFrom('violation', 'count')
    })
  ),
  fields: fc.dictionary(fc.constantFrom(...names), tie('type'), { minKeys: 1, maxKeys: 3 })
}))

const from = fc.constantFrom<Record<string, unknown>>(
  {},
  {},
  { from: ['p.a', 'a'] },
  { from: 'p.b' },
  { from: '"x.y".p' },
  { sdk: 'never', because: 'old' },
  { level: 'more' },
  { collector: 'drops', because: 'tests' }
)
const contracts = fc
  .dictionary(
    fc.constantFrom(...names),
    fc.tuple(anyType, from).map(([type, more]) => ({ ...type, ...more })),
    { minKeys: 1 }
  )
  .map((fields) => `${frame}events: ${JSON.stringify({ load: { when: 'w', fields } })}\n`)
  .map(compiledIfValid)
  .filter((compiled) => compiled !== undefined)

const hostileKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'x.y',
  'secret',
  'other',
  '\ud800',
  'p'
]
const scalars = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    7,
    1e300,
    Infinity,
    Number.NaN,
    2 ** 53,
    '7',
    'true',
    'x',
    'p.X',
    'on',
    'ja',
    'the secret',
    '1 day 02:03:04',
    '2026-11-20 11:24:42+00',
    '1.2.3',
    'SELECT secret',
    'SECRET',
    '\ud800',
    'a\u0000',
    '14a304a9-2e2e-4f8e-a495-443513034479',
    'x'.repeat(5_000)
  ),
  fc.string({ unit: 'binary' }),
  fc.double()
)
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.constantFrom(...names, ...words, ...hostileKeys), fc.string()),
      tie('value'),
      {
        maxKeys: 5,
        noNullPrototype: true
      }
    )
  )
}))

/** Values that a type may like, or nearly, or not at all. */
function valueFor(type: FieldType): fc.Arbitrary<unknown> {
  const any = { weight: 1, arbitrary: values }
  switch (type.is) {
    case 'list':
      return fc.oneof({ weight: 6, arbitrary: fc.array(valueFor(type.of), { maxLength: 4 }) }, any)
    case 'map': {
      const keys = fc.constantFrom(
        ...words,
        'abc',
        'secret',
        'Secret',
        'other',
        '__proto__',
        'hasOwnProperty'
      )
      return fc.oneof(
        {
          weight: 6,
          arbitrary: fc.dictionary(keys, valueFor(type.values), {
            maxKeys: 5,
            noNullPrototype: true
          })
        },
        any
      )
    }
    case 'object':
      return fc.oneof({ weight: 6, arbitrary: objectFor(type.fields) }, any)
    case 'enum':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom(
            ...words,
            'ja',
            'JA',
            'p.x',
            'P.on',
            'the secret',
            'other',
            'hasOwnProperty',
            ''
          )
        },
        any
      )
    case 'pattern':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('abc', 'Abc', 'abcdefghi', 'abc\n', 'ab c', '', 'abc\u0000')
        },
        any
      )
    case 'version':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('1.2.3', 'v1-a+b_c', '1.2 secret', '1.é', '1'.repeat(70))
        },
        any
      )
    case 'uuid':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc.oneof(
            fc.uuid(),
            fc.constantFrom('14A304A9-2e2e-4f8e-a495-443513034479', `${'x'.repeat(36)}`)
          )
        },
        any
      )
    case 'string':
      return fc.oneof({ weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 14 }) }, any)
    default:
      return fc.oneof({ weight: 3, arbitrary: scalars }, any)
  }
}

/**
 * Declared members under their own names and under the paths that old clients use, among hostile
 * ones.
 */
function objectFor(
  fields: ReadonlyMap<string, FieldDeclaration>
): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.fromEntries(
    [...fields.values()].map((field) => [field.name, valueFor(field.type)])
  )
  const some = fc.oneof(...Object.values(members))
  const own = fc.record(members, { requiredKeys: [], noNullPrototype: true })
  const old = fc.record(
    {
      p: fc.record({ a: some, b: some, secret: values }, { requiredKeys: [] }),
      'x.y': fc.record({ p: some })
    },
    { requiredKeys: [], noNullPrototype: true }
  )
  const hostile = fc.dictionary(fc.constantFrom(...names, ...hostileKeys), values, {
    maxKeys: 2,
    noNullPrototype: true
  })
  return fc
    .tuple(hostile, old, own)
    .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))))
}

const records = contracts.chain((compiled) =>
  objectFor(compiled.contract.records.get('load')?.fields ?? new Map()).map((fields) => ({
    compiled,
    fields
  }))
)

it('nothing undeclared survives, whatever the contract and the record, and nothing throws', () => {
  fc.assert(
    fc.property(
      records,
      fc.constantFrom('native', 'client'),
      fc.constantFrom('basic', 'more', undefined),
      ({ compiled, fields }, wire, level) => {
        const validation = compiled.validate({
          name: 'load',
          wire,
          fields,
          level,
          rekey: () => token
        })
        expect(validation.is).toBe('kept')
        if (validation.is !== 'kept') return
        const columns = new Map(compiled.columns.map((column) => [column.name, column.type]))
        const fieldTypes = typesOf(compiled.contract.records.get('load')?.fields ?? new Map(), '')
        for (const [column, value] of Object.entries(validation.fields)) {
          const columnType = columns.get(column)
          expect(columnType, column).toBeDefined()
          if (columnType !== undefined) expectFits(columnType, value)
          const type = fieldTypes.get(column)
          if (type !== undefined) expectDeclared(type, value)
          else expect(value).toBeTypeOf('number')
        }
        expect(validation.violations.length).toBeLessThanOrEqual(101)
        for (const violation of validation.violations)
          expect(violation.declared && violation.insideCollection).toBe(false)
      }
    ),
    { numRuns: 800 }
  )
})

it('what was kept comes out as it is when it is held again, and makes the same tokens', () => {
  const rekey = ({ field, value }: { field: string; value: string }): string => `${field}:${value}`
  fc.assert(
    fc.property(
      records,
      fc.constantFrom('native', 'client'),
      fc.constantFrom('basic', 'more', undefined),
      ({ compiled, fields }, wire, stated) => {
        const level = wire === 'native' ? stated : undefined
        const sent = { name: 'load', fields, level }
        const whole = compiled.validate({ ...sent, wire, rekey })
        // As it travels from an edge to its collector: what tokens are made of is still there.
        const first = compiled.validate({ ...sent, wire, rekey: ({ value }) => value })
        if (first.is !== 'kept' || whole.is !== 'kept') return
        const travelled = JSON.parse(JSON.stringify(first.fields)) as unknown
        const again = compiled.validate({ ...sent, fields: travelled, wire: 'kept', rekey })
        expect(again).toEqual({ ...whole, violations: [] })
      }
    ),
    { numRuns: 300 }
  )
})

it('any value at all in place of the fields is answered', () => {
  fc.assert(
    fc.property(contracts, values, fc.string(), (compiled, fields, name) => {
      expect(
        compiled.validate({
          name: 'load',
          wire: 'client',
          fields,
          level: undefined,
          rekey: () => token
        }).is
      ).toBe('kept')
      expect(
        compiled.validate({ name, wire: 'native', fields, level: name, rekey: () => token }).is
      ).toBe(name === 'load' ? 'kept' : 'dropped')
    }),
    { numRuns: 200 }
  )
})

it('what is kept of a record does not depend on the records before it', () => {
  fc.assert(
    fc.property(contracts, values, values, (compiled, before, fields) => {
      const run = (): unknown =>
        compiled.validate({
          name: 'load',
          wire: 'client',
          fields,
          level: undefined,
          rekey: () => token
        })
      const first = run()
      compiled.validate({
        name: 'load',
        wire: 'client',
        fields: before,
        level: undefined,
        rekey: () => token
      })
      expect(run()).toEqual(first)
    }),
    { numRuns: 200 }
  )
})

/**
 * Some combinations conflict (two columns of one name, nothing kept of an object); those are no
 * contracts.
 */
function compiledIfValid(text: string): CompiledContract | undefined {
  try {
    return compileContract(contractOf(text))
  } catch (error) {
    if (error instanceof Error && /COLUMN_CONFLICT|TYPE_CONFLICT/.test(error.message))
      return undefined
    throw error
  }
}

/** Column → the type that it was declared with. */
function typesOf(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string
): Map<string, FieldType> {
  const types = new Map<string, FieldType>()
  for (const field of fields.values()) {
    if (field.collector === 'drops') continue
    const column = `${prefix}${field.name}`
    if (field.type.is === 'object')
      for (const [name, type] of typesOf(field.type.fields, `${column}_`)) types.set(name, type)
    else types.set(column, field.type)
  }
  return types
}

/**
 * Every text in the value is a declared word, fits the declared grammar, is a token, or was
 * reviewed.
 */
function expectDeclared(type: FieldType, value: ColumnValue | undefined): void {
  switch (type.is) {
    case 'enum':
      expect(type.other === 'collapse' ? [...type.values, 'other'] : type.values).toContain(value)
      break
    case 'pattern':
      expect(value).toMatch(new RegExp(type.pattern))
      break
    case 'version':
      expect(value).toMatch(/^[A-Za-z0-9._+-]{1,64}$/)
      break
    case 'uuid':
      expect(value).toMatch(/^[0-9a-f-]{36}$/)
      break
    case 'timestamp':
      expect(value).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:00:00\.000Z$/)
      break
    case 'keyed-hash':
      expect(value).toBe(token)
      break
    case 'sql-shape':
      expect(sqlShapes).toContain(value)
      break
    case 'string':
      // oxlint-disable-next-line no-control-regex -- that there are none is the point
      expect(value).toMatch(/^[^\u0000-\u001f\u007f-\u009f]{0,12}$/)
      break
    case 'integer':
    case 'number':
      expect(value).toSatisfy(Number.isFinite)
      break
    case 'duration':
      expect(Math.abs(Number(value))).toBeLessThanOrEqual(type.max)
      break
    case 'boolean':
      expect(value).toBeTypeOf('boolean')
      break
    case 'list':
      expect(value).toSatisfy((items: readonly ColumnValue[]) => items.length <= type.itemsMax)
      for (const item of value as readonly ColumnValue[]) expectDeclared(type.of, item)
      break
    case 'map':
      for (const [key, member] of Object.entries(value as Record<string, ColumnValue>)) {
        if (type.others === 'sum' && key === 'other') expect(member).toSatisfy(Number.isFinite)
        else {
          if (type.keys.is === 'enum') expect(type.keys.values).toContain(key)
          else expect(key).toMatch(new RegExp(type.keys.pattern))
          expectDeclared(type.values, member)
        }
      }
      break
    case 'object':
      for (const [name, member] of Object.entries(value as Record<string, ColumnValue>)) {
        const field = type.fields.get(name)
        expect(field, name).toBeDefined()
        if (field !== undefined) expectDeclared(field.type, member)
      }
      break
  }
}

function expectFits(type: ColumnType, value: ColumnValue | undefined): void {
  switch (type.is) {
    case 'boolean':
      expect(value).toBeTypeOf('boolean')
      break
    case 'integer':
      expect(value).toSatisfy(Number.isSafeInteger)
      break
    case 'number':
      expect(value).toSatisfy(Number.isFinite)
      break
    case 'list':
      for (const item of value as readonly ColumnValue[]) expectFits(type.of, item)
      break
    case 'map':
      for (const member of Object.values(value as Record<string, ColumnValue>))
        expectFits(type.values, member)
      break
    case 'tuple': {
      const members = new Map(type.fields.map((field) => [field.name, field.type]))
      for (const [name, member] of Object.entries(value as Record<string, ColumnValue>)) {
        const memberType = members.get(name)
        expect(memberType, name).toBeDefined()
        if (memberType !== undefined) expectFits(memberType, member)
      }
      break
    }
    default:
      expect(value).toBeTypeOf('string')
      expect(value).not.toMatch(/\p{Surrogate}/u)
  }
}
