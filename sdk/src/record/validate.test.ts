import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { termsOf } from '../consent/consent-file.ts'
import { allowedFields } from '../consent/narrow.ts'
import type { ContractForm, FieldForm, TypeForm } from '../form.ts'
import { bothSides, ordinary, type BothSides } from './contract.test-support.ts'
import type { Loss } from './scalars.ts'
import { snapshot, unreadable } from './snapshot.ts'
import { compileFields, type ReadingRules } from './validate.ts'

const names = ['a', 'b', 'c_d', 'size']
const words = ['x', 'on', 'y z', 'constructor', 'toString']

/** Authored types as JSON, which is YAML too. */
const scalarTypes: readonly Record<string, unknown>[] = [
  { type: 'boolean' },
  { type: 'integer', min: -5, max: 1_000 },
  { type: 'integer', min: 5, max: 95, bucket: [0, 10, 100] },
  { type: 'integer', max: 1_000, round: 'to 7' },
  { type: 'number', round: '2 digits', max: 996 },
  { type: 'number', min: -3, max: 3, round: 'to 0.1' },
  { type: 'duration', unit: 'ms', max: 1e6 },
  { type: 'duration', unit: 'us', bucket: [0, 0.1, 0.3, 1.1, 10] },
  { type: 'duration', unit: 'ns', round: '3 digits' },
  { type: 'duration', unit: 's', max: 10, round: 'to 4' },
  { type: 'timestamp' },
  { type: 'timestamp', round: 'hour' },
  { type: 'version' },
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
  { type: 'pattern', pattern: '^[a-z]{1,8}$', max_length: 8 },
  { type: 'pattern', pattern: '^[a-z]{1,4}$', max_length: 8, other: 'collapse' },
  { type: 'uuid' },
  { type: 'uuid', form: 'hex32' },
  { type: 'keyed-hash', max_length: 100 },
  { type: 'sql-shape' },
  { type: 'string', max_length: 12, reviewed: 'by this test' }
]
const { type: anyType } = fc.letrec<{
  type: Record<string, unknown>
  fields: Record<string, unknown>
}>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...scalarTypes),
    fc.record({
      type: fc.constant('list'),
      max_items: fc.integer({ min: 1, max: 3 }),
      of: tie('type')
    }),
    fc.record({
      type: fc.constant('map'),
      max_entries: fc.integer({ min: 1, max: 3 }),
      keys: fc.constantFrom<unknown>(
        words,
        { pattern: '^[a-z]{1,8}$' },
        { pattern: '^[^q]{1,8}$' }
      ),
      values: tie('type'),
      others: fc.constantFrom('violation', 'count')
    }),
    fc.record({
      type: fc.constant('map'),
      max_entries: fc.constant(3),
      keys: fc.constant(words),
      values: fc.constantFrom({ type: 'integer' }, { type: 'number' }),
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
const more = fc.constantFrom<Record<string, unknown>>(
  {},
  {},
  { sdk: 'never', because: 'old' },
  { level: 'more' },
  { collector: 'drops', because: 'tests' }
)
const contracts = fc
  .dictionary(
    fc.constantFrom(...names),
    fc.tuple(anyType, more).map(([type, rest]) => ({ ...type, ...rest })),
    { minKeys: 1 }
  )
  .map((fields) => `${ordinary}events: ${JSON.stringify({ load: { when: 'w', fields } })}\n`)
  .map(validOrNot)
  .filter((both) => both !== undefined)

/**
 * Some combinations conflict (two columns of one name, nothing sent of an object); those are no
 * contracts.
 */
function validOrNot(text: string): BothSides | undefined {
  try {
    return bothSides(text)
  } catch (error) {
    if (error instanceof Error && /COLUMN_CONFLICT|TYPE_CONFLICT/.test(error.message))
      return undefined
    throw error
  }
}

const scalars = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -0,
    7,
    9,
    10,
    94,
    100,
    996.5,
    999,
    1_000,
    300,
    0.3,
    1.1,
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
    '2026-11-20T11:24:42.123Z',
    '2026-11-20T24:00:00+05:30',
    '2026-02-30T00:00:00Z',

    '1.2.3',
    'v1.2-rc.1+b_c',
    '1.26.0-acme.internal',
    'SELECT secret',
    'create table x',
    'unparsed',
    'SECRET',
    '\ud800',
    'a\u0000',
    '14A304A9-2e2e-4f8e-a495-443513034479',
    '14a304a92e2e4f8ea495443513034479',
    'x'.repeat(5_000),
    ''
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer({ min: -2_000, max: 2_000 })
)
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
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 5, arbitrary: scalars },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(
        fc.oneof(fc.constantFrom(...names, ...words, ...hostileKeys), fc.string()),
        tie('value'),
        {
          maxKeys: 5,
          noNullPrototype: true
        }
      )
    }
  )
}))

/** Values that a type may like, or nearly, or not at all. */
function valueFor(type: TypeForm): fc.Arbitrary<unknown> {
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
        'a\u0000',
        'b\u009b',
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
      return fc.oneof({ weight: 6, arbitrary: recordFor(type.fields) }, any)
    default:
      return values
  }
}

function recordFor(fields: {
  readonly [name: string]: FieldForm
}): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, valueFor(field.type)])
  )
  return fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names, ...hostileKeys), values, {
        maxKeys: 2,
        noNullPrototype: true
      }),
      fc.record(members, { requiredKeys: [], noNullPrototype: true })
    )
    .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))))
}

interface Report {
  readonly fields: unknown
  readonly others: unknown
}

const ranks = ['basic', 'more']
/**
 * Whoever agreed to this very contract: paths as consent gives them, and never a rule of this test.
 */
function rulesFor(form: ContractForm, level: string): ReadingRules {
  const allowed = allowedFields(form, { terms: termsOf(form), level }, 'load')
  return {
    allows: (path) => allowed?.has(path) === true,
    hashName: (_field, value) => value
  }
}

const rekey = ({ value }: { readonly value: string }): string => `token ${value}`

describe('what may be sent of a record', () => {
  it('is all that the collector would keep of it, and nothing that it would refuse', () => {
    const cases = contracts.chain((both) =>
      fc.record({
        both: fc.constant(both),
        fields: recordFor(both.form.records['load']?.fields ?? {}),
        level: fc.constantFrom(...ranks)
      })
    )
    let counted = 0
    fc.assert(
      fc.property(cases, ({ both: { collector, form }, fields, level }) => {
        const lost: Loss[] = []
        const others: Record<string, number> = {}
        const sent = compileFields(form.records['load']?.fields ?? {}, rulesFor(form, level))(
          snapshot(fields) as Record<string, unknown>,
          (cause) => lost.push(cause),
          others
        )
        const keeps = (raw: unknown, told?: unknown): ReturnType<typeof collector.validate> =>
          collector.validate({
            name: 'load',
            wire: 'native',
            fields: raw,
            others: told,
            level,
            rekey
          })
        const asSent = JSON.parse(JSON.stringify({ fields: sent, others })) as Report
        const [ofRaw, ofSent] = [keeps(fields), keeps(asSent.fields, asSent.others)]
        if (ofRaw.is !== 'kept' || ofSent.is !== 'kept') throw new Error('dropped')
        // Undeclared keys are counted on this side, so that no name of them leaves the process.
        expect(ofSent.fields).toEqual(ofRaw.fields)
        counted += Object.keys(others).length
        expect(ofSent.violations).toEqual([])
        // Each mistake of the program is counted, but what its user does not allow is none.
        if (level === 'more' && ofRaw.violations.length > 0) expect(lost).not.toEqual([])
      }),
      { numRuns: 1_500 }
    )
    expect(counted).toBeGreaterThan(100)
  })
})

describe('a field with a condition', () => {
  const { form, collector } = bothSides(`${ordinary}events:
  load:
    when: w
    fields:
      host: { type: keyed-hash, only_when: { engine: [postgres] } }
      engine: { type: enum, values: [postgres, duckdb], strip: dlt., other: collapse }
      target: { type: object, fields: { table: { type: keyed-hash, only_when: { engine: [postgres] } }, rows: { type: integer } } }
`)
  const read = compileFields(form.records['load']?.fields ?? {}, rulesFor(form, 'more'))
  const cases: readonly (readonly [unknown, boolean])[] = [
    ['postgres', true],
    ['dlt.postgres', true],
    ['duckdb', false],
    ['something', false],
    [undefined, false]
  ]
  it.each(cases)('travels only when it is met: %s → %s', (kind, isSent) => {
    const raw = { host: 'db1', engine: kind, target: { table: 't', rows: 1 } }
    const sent = read(snapshot(raw) as Record<string, unknown>, () => {})
    expect(['host' in sent, 'table' in (sent['target'] as object)]).toEqual([isSent, isSent])
    const kept = collector.validate({
      name: 'load',
      wire: 'native',
      fields: sent,
      level: 'more',
      rekey
    })
    expect(kept.is === 'kept' && ['host' in kept.fields, 'target_table' in kept.fields]).toEqual([
      isSent,
      isSent
    ])
    expect(kept.violations).toEqual([])
  })
})

describe('a snapshot', () => {
  it('is plain data whatever it was taken of, and takes no more than a record could hold', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const hostile = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withSet: true
      }),
      fc.constantFrom<unknown>(
        cycle,
        [cycle],
        Symbol('s'),
        () => 'called',
        new Proxy(
          {},
          { ownKeys: () => fail('ownKeys'), getPrototypeOf: () => fail('getPrototypeOf') }
        ),
        new Proxy([], { get: () => fail('get') }),
        {
          get thrown() {
            return fail('getter')
          }
        },
        Object.create(null),
        new Date(Number.NaN),
        Array.from({ length: 100_000 }, () => 'x'),
        Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]))
      )
    )
    fc.assert(
      fc.property(hostile, (value) => {
        const seen: unknown[] = [snapshot(value)]
        let count = 0
        for (let one = seen.pop(); seen.length > 0 || one !== undefined; one = seen.pop()) {
          count += 1
          if (typeof one === 'object' && one !== null) {
            expect(Array.isArray(one) || Object.getPrototypeOf(one) === null).toBe(true)
            seen.push(...Object.values(one).map((member: unknown) => member ?? null))
          } else
            expect(
              one === unreadable || ['string', 'number', 'boolean', 'object'].includes(typeof one)
            ).toBe(true)
        }
        expect(count).toBeLessThan(21_000)
      })
    )
  })
})

function fail(where: string): never {
  throw new Error(where)
}
