import { describe, expect, it } from 'vitest'
import { compiledOf, contractOf, frame, keptOf, readerOf, tokenOf } from '../../test/frame.ts'
import { compileContract, type CompiledContract } from './compile.ts'
import type { Validation, ValidationInput } from '../form/validated.ts'

function validate(
  compiled: CompiledContract,
  fields: unknown,
  options: Partial<ValidationInput> = {}
): Validation {
  return compiled.validate({
    name: 'load',
    wire: 'client',
    fields,
    level: undefined,
    rekey: tokenOf,
    ...options
  })
}

/** What is kept, and the violations as `CODE field`. */
function outcome(
  compiled: CompiledContract,
  fields: unknown,
  options: Partial<ValidationInput> = {}
): unknown {
  const validation = validate(compiled, fields, options)
  return [
    validation.is === 'kept' ? validation.fields : 'dropped',
    ...validation.violations.map(({ code, field }) => `${code} ${field}`)
  ]
}

describe('a record', () => {
  const compiled = compiledOf({ size: '{ type: integer }' })

  it('is kept under its own name, whatever alias it came by', () => {
    const aliased = compileContract(
      contractOf(`${frame}events: { load: { when: It loads., aliases: laod } }`)
    )
    expect(validate(aliased, {}, { name: 'laod' })).toEqual({
      is: 'kept',
      name: 'load',
      kind: 'event',
      fields: {},
      violations: []
    })
  })

  it('that nobody declared is dropped, and its name may not be shown', () => {
    for (const name of ['other', '__proto__', 'constructor', 'toString', '']) {
      const violation = {
        code: 'RECORD_NOT_IN_CONTRACT',
        field: name,
        kind: 'object',
        declared: false,
        insideCollection: false
      }
      expect(validate(compiled, { size: 1 }, { name })).toEqual({
        is: 'dropped',
        violations: [violation]
      })
    }
  })

  it('without an object is kept without fields', () => {
    expect(outcome(compiled, undefined)).toEqual([{}])
    expect(outcome(compiled, null)).toEqual([{}])
    expect(outcome(compiled, [1])).toEqual([{}, 'FIELD_WRONG_TYPE load'])
    expect(outcome(compiled, 'text')).toEqual([{}, 'FIELD_WRONG_TYPE load'])
  })

  it('is not changed by what another one held', () => {
    const two = compiledOf({
      a: '{ type: integer }',
      b: '{ type: integer, only_when: { a: [1] } }'
    })
    expect(outcome(two, { a: 1, b: 2 })).toEqual([{ a: 1, b: 2 }])
    expect(outcome(two, { b: 2 })).toEqual([{}])
  })
})

describe('what nobody declared', () => {
  const compiled = compiledOf({
    size: '{ type: integer, from: properties.size }',
    deep: '{ type: boolean, from: properties.a.b }'
  })

  it('is found exactly once each, an object or list at its top', () => {
    const fields = {
      properties: {
        size: 1,
        x: 'secret',
        y: { z: { z: [1] } },
        list: [1, 2],
        a: { b: true, c: 0 }
      },
      context: { ip: '::1' },
      size: 5
    }
    expect(outcome(compiled, fields)).toEqual([
      { size: 1, deep: true },
      'FIELD_NOT_IN_CONTRACT properties.x',
      'FIELD_NOT_IN_CONTRACT properties.y',
      'FIELD_NOT_IN_CONTRACT properties.list',
      'FIELD_NOT_IN_CONTRACT properties.a.c',
      'FIELD_NOT_IN_CONTRACT context',
      'FIELD_NOT_IN_CONTRACT size'
    ])
  })

  it('says of what kind it is, and whether the contract itself shows the name', () => {
    const { violations } = validate(compiled, { size: 'x', other: [], properties: 1 })
    expect(violations).toEqual([
      {
        code: 'FIELD_NOT_IN_CONTRACT',
        field: 'size',
        kind: 'string',
        declared: true,
        insideCollection: false
      },
      {
        code: 'FIELD_NOT_IN_CONTRACT',
        field: 'other',
        kind: 'array',
        declared: false,
        insideCollection: false
      },
      {
        code: 'FIELD_NOT_IN_CONTRACT',
        field: 'properties',
        kind: 'number',
        declared: false,
        insideCollection: false
      }
    ])
  })

  it('is absent when it is null', () => {
    expect(outcome(compiled, { x: null, properties: { size: null, a: null } })).toEqual([{}])
  })

  it('may have any name', () => {
    const fields: unknown = JSON.parse(
      '{"__proto__":1,"constructor":2,"toString":3,"properties":{"__proto__":{"size":9},"hasOwnProperty":1}}'
    )
    expect(outcome(compiled, fields)).toEqual([
      {},
      'FIELD_NOT_IN_CONTRACT __proto__',
      'FIELD_NOT_IN_CONTRACT constructor',
      'FIELD_NOT_IN_CONTRACT toString',
      'FIELD_NOT_IN_CONTRACT properties.__proto__',
      'FIELD_NOT_IN_CONTRACT properties.hasOwnProperty'
    ])
    expect(({} as Record<string, unknown>)['size']).toBeUndefined()
  })

  it('is not told without end: a hundred names, then one that stands for the rest, each cut', () => {
    const fields = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${'x'.repeat(300)}${index}`, index])
    )
    const { violations } = validate(compiled, fields)
    expect(violations).toHaveLength(101)
    expect(violations[100]).toMatchObject({ code: 'LIMIT_EXCEEDED', field: '' })
    expect(Math.max(...violations.map(({ field }) => field.length))).toBe(256)
  })

  it('may nest as deep as it likes', () => {
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth += 1) deep = depth % 2 === 0 ? [deep] : { a: deep }
    expect(outcome(compiled, { x: deep, properties: { a: { b: deep } } })).toEqual([
      {},
      'FIELD_NOT_IN_CONTRACT x',
      'FIELD_WRONG_TYPE properties.a.b'
    ])
  })
})

describe('paths', () => {
  it('may be several: the first that is present counts, and the others are no drift', () => {
    const compiled = compiledOf({ at: '{ type: integer, from: [new.at, old, older] }' })
    expect(outcome(compiled, { old: 2, new: { at: 1 }, older: 3 })).toEqual([{ at: 1 }])
    expect(outcome(compiled, { older: 3, old: 2 })).toEqual([{ at: 2 }])
    expect(outcome(compiled, { older: 3, new: { at: null } })).toEqual([{ at: 3 }])
    expect(outcome(compiled, { older: 'x' })).toEqual([{}, 'FIELD_WRONG_TYPE older'])
  })

  it('may hold a key with a dot, in quotes', () => {
    expect(
      outcome(compiledOf({ a: `{ type: integer, from: 'x."a.b".c' }` }), { x: { 'a.b': { c: 1 } } })
    ).toEqual([{ a: 1 }])
  })

  it('may be read twice, and lead through what another field reads when it is plain', () => {
    const compiled = compiledOf({
      name: '{ collector: drops, because: it is a name }',
      token: '{ type: keyed-hash, from: name }',
      known: '{ type: enum, values: [a], other: collapse, from: name }',
      inner: '{ type: integer, from: name.size }'
    })
    expect(outcome(compiled, { name: 'x' })).toEqual([
      { token: 'token(token,installation,1)', known: 'other' }
    ])
    expect(outcome(compiled, { name: { size: 5 } })).toEqual([{ inner: 5 }])
  })

  it('of our own SDK are the declared names, and what it never sends is undeclared there', () => {
    const compiled = compiledOf({
      size: '{ type: integer, from: properties.size }',
      old: '{ type: integer, sdk: never, because: old clients }',
      pools: '{ type: object, from: p, fields: { kind: { type: boolean, from: k } } }'
    })
    expect(
      outcome(compiled, { size: 1, old: 2, pools: { kind: true } }, { wire: 'native' })
    ).toEqual([{ size: 1, pools_kind: true }, 'FIELD_NOT_IN_CONTRACT old'])
    expect(outcome(compiled, { properties: { size: 1 }, old: 2, p: { k: true } })).toEqual([
      { size: 1, old: 2, pools_kind: true }
    ])
  })

  it('under what is dropped are dropped silently, but for what another field reads there', () => {
    const compiled = compiledOf({
      meta: '{ collector: drops, because: anything }',
      kept: '{ type: integer, from: meta.a.b }'
    })
    expect(outcome(compiled, { meta: { a: { b: 1, c: 2 }, d: { e: [] } } })).toEqual([{ kept: 1 }])
    expect(outcome(compiled, { meta: 'text' })).toEqual([{}])
    expect(outcome(compiled, { meta: { a: 1 } })).toEqual([{}])
  })
})

describe('conditions', () => {
  const compiled = compiledOf({
    engine:
      '{ type: enum, values: [postgres, motherduck], strip: dlt.destinations., from: ' +
      'properties.engine }',
    print:
      '{ collector: reduces, because: tests, only_when: { engine: [Postgres] }, from: ' +
      'properties.print }',
    hidden: '{ collector: drops, because: it is a name }',
    shown: '{ type: integer, only_when: { hidden: [true, 5] } }'
  })

  it('look at the raw value of the other field, after its strip, in lower case', () => {
    expect(
      outcome(compiled, { properties: { engine: 'dlt.destinations.postgres', print: 'x' } })
    ).toEqual([{ engine: 'postgres', print: 'token(print,installation,1)' }])
    expect(outcome(compiled, { properties: { engine: 'POSTGRES', print: 'x' } })).toEqual([
      { print: 'token(print,installation,1)' },
      'VALUE_NOT_IN_CONTRACT properties.engine'
    ])
  })

  it('that do not hold, or whose other field is absent, drop without a word', () => {
    expect(outcome(compiled, { properties: { engine: 'motherduck', print: 'x' } })).toEqual([
      { engine: 'motherduck' }
    ])
    expect(outcome(compiled, { properties: { print: 'x' } })).toEqual([{}])
    expect(outcome(compiled, { properties: { engine: null, print: 'x' } })).toEqual([{}])
  })

  it('may look at what is dropped, and at numbers and booleans', () => {
    expect(outcome(compiled, { hidden: true, shown: 1 })).toEqual([{ shown: 1 }])
    expect(outcome(compiled, { hidden: 5, shown: 1 })).toEqual([{ shown: 1 }])
    expect(outcome(compiled, { hidden: ['true'], shown: 1 })).toEqual([{}])
  })

  it('inside an object look beside the field first, then at the record', () => {
    const nested = compiledOf({
      engine: '{ type: version }',
      o:
        '{ type: object, fields: { a: { type: integer, only_when: { b: [1.1] } }, b: { type: ' +
        'version }, c: { type: integer, only_when: { engine: [1.1] } } } }'
    })
    expect(outcome(nested, { engine: '2.2', o: { a: 1, b: '1.1', c: 2 } })).toEqual([
      { engine: '2.2', o_a: 1, o_b: '1.1' }
    ])
  })
})

describe('consent', () => {
  const text = `${frame}events:
  load:
    when: w
    fields: { low: { type: integer }, high: { type: integer, level: more }, o: { type: object, fields: { x: { type: integer }, y: { type: integer, level: more } } } }
  secret: { when: w, level: more }
`
  const compiled = compileContract(contractOf(text))
  const fields = { low: 1, high: 2, o: { x: 3, y: 4 } }

  it('keeps of a native record what its level allows, and tells each field above it', () => {
    expect(outcome(compiled, fields, { wire: 'native', level: 'more' })).toEqual([
      { low: 1, high: 2, o_x: 3, o_y: 4 }
    ])
    for (const level of ['basic', undefined, 'unknown']) {
      expect(outcome(compiled, fields, { wire: 'native', level })).toEqual([
        { low: 1, o_x: 3 },
        'ABOVE_CONSENT high',
        'ABOVE_CONSENT o.y'
      ])
    }
  })

  it('drops a native record above its level whole', () => {
    expect(outcome(compiled, {}, { name: 'secret', wire: 'native', level: 'basic' })).toEqual([
      'dropped',
      'ABOVE_CONSENT secret'
    ])
    expect(outcome(compiled, {}, { name: 'secret', wire: 'native', level: 'more' })).toEqual([{}])
  })

  it('keeps a number that its sender counted as it would have counted itself, and no other', () => {
    const counting = compileContract(
      contractOf(`${frame}events:
  load:
    when: w
    fields:
      flags: { type: object, others: count, fields: { a: { type: integer } } }
      sizes: { type: map, keys: [a], values: integer, max_entries: 3, others: count }
      high: { type: object, level: more, others: count, fields: { a: { type: integer } } }
      plain: { type: object, fields: { a: { type: integer } } }
`)
    )
    const told = (others: unknown, fields: unknown = {}): unknown =>
      outcome(counting, fields, { wire: 'native', level: 'basic', others })
    expect(told({ flags: 2, sizes: 1 })).toEqual([{ flags_others: 2, sizes_others: 1 }])
    expect(told({ flags: 2 }, { flags: { a: 1, b: 2 } })).toEqual([{ flags_a: 1, flags_others: 3 }])
    expect(told({ flags: 0, sizes: null })).toEqual([{}])
    expect(told({ high: 1, plain: 1, secret: 1 })).toEqual([
      {},
      'ABOVE_CONSENT high',
      'FIELD_NOT_IN_CONTRACT plain',
      'FIELD_NOT_IN_CONTRACT secret'
    ])
    expect(told({ flags: '2', sizes: 65_537 })).toEqual([
      {},
      'FIELD_WRONG_TYPE flags',
      'FIELD_OUT_OF_BOUNDS sizes'
    ])
    for (const junk of [7, 'x', [], null]) expect(told(junk)).toEqual([{}])
    // The product's own client has no such word.
    expect(outcome(counting, {}, { others: { flags: 2 } })).toEqual([{}])
  })

  it('is not asked of clients that have no levels', () => {
    expect(outcome(compiled, fields)).toEqual([{ low: 1, high: 2, o_x: 3, o_y: 4 }])
    expect(outcome(compiled, {}, { name: 'secret' })).toEqual([{}])
  })
})

describe('what has ended', () => {
  const text = `${frame}
events:
  load:
    when: w
    fields:
      lasting: { type: integer, min: 0, max: 9, expires: never, says: s }
      ending: { type: integer, min: 0, max: 9, expires: 2026-11-20, says: s }
      o: { type: object, expires: 2026-11-20, says: s, fields: { x: { type: integer, min: 0, max: 9, says: s } } }
  gone: { when: w, expires: 2026-11-20 }
`
  const compiled = compileContract(contractOf(text))
  const fields = { lasting: 1, ending: 2, o: { x: 3 } }
  const lastMoment = Date.parse('2026-11-20T23:59:59.999Z')

  it('is kept until the last day is over, and told as ended from then on', () => {
    expect(outcome(compiled, fields, { at: lastMoment })).toEqual([
      { lasting: 1, ending: 2, o_x: 3 }
    ])
    expect(outcome(compiled, fields, { at: lastMoment + 1 })).toEqual([
      { lasting: 1 },
      'EXPIRED ending',
      'EXPIRED o.x'
    ])
    expect(outcome(compiled, {}, { name: 'gone', at: lastMoment })).toEqual([{}])
    expect(outcome(compiled, {}, { name: 'gone', at: lastMoment + 1 })).toEqual([
      'dropped',
      'EXPIRED gone'
    ])
  })
})

describe('numbers', () => {
  it('are taken as text from clients that cannot be changed, never from our SDK', () => {
    const integer = readerOf('{ type: integer, min: -5, max: 100 }')
    expect([integer('42'), integer('-5'), integer('7.0'), integer(100)]).toEqual([42, -5, 7, 100])
    for (const raw of ['', ' 1', '0x10', '1_0', 'Infinity', '1,5', true, {}, []])
      expect(integer(raw)).toEqual(['FIELD_WRONG_TYPE'])
    expect(integer('42', 'native')).toEqual(['FIELD_WRONG_TYPE'])
    expect([integer(101), integer('1e400'), integer(Infinity), integer(-6)]).toEqual(
      Array.from({ length: 4 }, () => ['FIELD_OUT_OF_BOUNDS'])
    )
    expect([integer(1.5), integer('1.5'), integer(Number.NaN)]).toEqual(
      Array.from({ length: 3 }, () => ['FIELD_WRONG_TYPE'])
    )
  })

  it('without bounds are those that a double holds exactly', () => {
    const integer = readerOf('{ type: integer }')
    expect(integer(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
    expect(integer('9223372036854775807')).toEqual(['FIELD_OUT_OF_BOUNDS'])
    expect(Object.is(integer(-0), 0)).toBe(true)
    expect(keptOf('{ type: number }', -1.5e300)).toBe(-1.5e300)
    expect(keptOf('{ type: number }', '1e400')).toEqual(['FIELD_OUT_OF_BOUNDS'])
  })

  it.each([
    ['round: 3 digits', 12_345, 12_300],
    ['round: 1 digit', 0.000987, 0.001],
    ['round: to 10', 44, 40],
    ['round: 2 digits', -1.75e308, -Number.MAX_VALUE],
    ['round: to 0.1', 1.7e308, Number.MAX_VALUE],
    ['round: to 0.1', 0.3000001, 0.3],
    ['bucket: [0, 10, 100]', 9, 0],
    ['bucket: [0, 10, 100]', 10, 10],
    ['bucket: [0, 10, 100]', 5_000, 100]
  ])('are made coarse by `%s`: %d → %d', (coarsen, raw, kept) => {
    expect(keptOf(`{ type: number, ${coarsen} }`, raw)).toBe(kept)
  })

  it('below the first bucket are out of bounds', () => {
    expect(keptOf('{ type: integer, bucket: [0, 10] }', -1)).toEqual(['FIELD_OUT_OF_BOUNDS'])
  })
})

describe('durations', () => {
  it('are kept in seconds, from numbers in their unit and from intervals', () => {
    const ms = readerOf('{ type: duration, unit: ms, max: 100000 }')
    expect([
      ms(1_500),
      ms('1500'),
      ms('00:00:01.5'),
      ms('@ 1.5 secs'),
      ms('PT1.5S'),
      ms('1 day')
    ]).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 86_400])
    expect([ms('2 days'), ms(1e12), ms(Infinity)]).toEqual(
      Array.from({ length: 3 }, () => ['FIELD_OUT_OF_BOUNDS'])
    )
    expect([ms('soon'), ms(true), ms([])]).toEqual(
      Array.from({ length: 3 }, () => ['FIELD_WRONG_TYPE'])
    )
    expect(ms('00:00:01.5', 'native')).toEqual(['FIELD_WRONG_TYPE'])
    expect(keptOf('{ type: duration, unit: ns, round: 2 digits }', 1_234_567)).toBe(0.0012)
  })
})

describe('booleans, timestamps, versions, uuids', () => {
  it('take `true` and `false` as text from clients only', () => {
    const boolean = readerOf('{ type: boolean }')
    expect([boolean(true), boolean('false'), boolean('true')]).toEqual([true, false, true])
    expect([boolean('yes'), boolean(1), boolean('true', 'native')]).toEqual(
      Array.from({ length: 3 }, () => ['FIELD_WRONG_TYPE'])
    )
  })

  it('keep timestamps in UTC, rounded down', () => {
    expect(keptOf('{ type: timestamp }', '2000-04-17 10:56:59.427738-04')).toBe(
      '2000-04-17T14:56:59.427Z'
    )
    expect(keptOf('{ type: timestamp, round: hour }', '2026-11-20T11:24:42+00')).toBe(
      '2026-11-20T11:00:00.000Z'
    )
    expect(keptOf('{ type: timestamp, round: day }', '1960-11-20T11:24:42Z', 'native')).toBe(
      '1960-11-20T00:00:00.000Z'
    )
    expect(keptOf('{ type: timestamp }', 'Mon Apr 17 2000')).toEqual(['VALUE_NOT_IN_CONTRACT'])
    expect(keptOf('{ type: timestamp }', 1_700_000_000)).toEqual(['FIELD_WRONG_TYPE'])
  })

  it('keep of a version so many parts', () => {
    expect(keptOf('{ type: version }', 'v4.1.3-20260507-0859')).toBe('v4.1.3-20260507-0859')
    expect(keptOf('{ type: version, parts: 2 }', '6.1.0-40-amd64')).toBe('6.1')
    expect(keptOf('{ type: version, parts: 3 }', '16')).toBe('16')
    expect(keptOf('{ type: version }', 16.2)).toBe('16.2')
    expect([keptOf('{ type: version }', ''), keptOf('{ type: version }', '#1 SMP')]).toEqual([
      ['VALUE_NOT_IN_CONTRACT'],
      ['VALUE_NOT_IN_CONTRACT']
    ])
    expect(keptOf('{ type: version }', '1'.repeat(65))).toEqual(['FIELD_OUT_OF_BOUNDS'])
  })

  it('keep uuids in lower case, in the declared form only', () => {
    expect(keptOf('{ type: uuid }', '14A304A9-2e2e-4f8e-a495-443513034479')).toBe(
      '14a304a9-2e2e-4f8e-a495-443513034479'
    )
    expect(keptOf('{ type: uuid, form: hex32 }', '1E9bbd30950c52a3378a48f4fcca67ff')).toBe(
      '1e9bbd30950c52a3378a48f4fcca67ff'
    )
    expect(keptOf('{ type: uuid }', '1e9bbd30950c52a3378a48f4fcca67ff')).toEqual([
      'VALUE_NOT_IN_CONTRACT'
    ])
    expect(keptOf('{ type: uuid }', 'x'.repeat(36))).toEqual(['VALUE_NOT_IN_CONTRACT'])
  })
})

describe('words', () => {
  it('are values, spellings of them, or what is left after a strip', () => {
    const read = readerOf(
      '{ type: enum, values: [postgresql, mysql], aliases: { psql: postgresql }, strip: ' +
        '[db., dlt.], ignore_case: true }'
    )
    expect([read('PostgreSQL'), read('psql'), read('db.MySQL'), read('dlt.psql')]).toEqual([
      'postgresql',
      'postgresql',
      'mysql',
      'postgresql'
    ])
    expect([
      read('oracle'),
      read('db.db.mysql'),
      read('other'),
      read('constructor'),
      read('')
    ]).toEqual(Array.from({ length: 5 }, () => ['VALUE_NOT_IN_CONTRACT']))
    expect(read({})).toEqual(['FIELD_WRONG_TYPE'])
  })

  it('that are unknown become `other` where the contract says so, without a violation', () => {
    const read = readerOf('{ type: enum, values: [a], other: collapse }')
    expect([read('a'), read('b'), read('A'), read('other'), read('\ud800')]).toEqual([
      'a',
      'other',
      'other',
      'other',
      'other'
    ])
    expect(read([])).toEqual(['FIELD_WRONG_TYPE'])
  })

  it('are classes of a free text, the first that matches; only its beginning is looked at', () => {
    const read = readerOf(
      "{ type: enum, values: [none, failed, skipped], matches: { none: '^$', failed: " +
        "'^Failed', skipped: 'Skip' }, other: collapse }"
    )
    expect([read(''), read('Failed: Skip'), read('do Skip'), read('none'), read('x')]).toEqual([
      'none',
      'failed',
      'skipped',
      'none',
      'other'
    ])
    expect([read(`${'x'.repeat(4_092)}Skip`), read(`${'x'.repeat(4_093)}Skip`)]).toEqual([
      'skipped',
      'other'
    ])
  })

  it('may come as numbers and booleans from clients', () => {
    expect(keptOf('{ type: enum, values: ["16", "true"] }', 16)).toBe('16')
    expect(keptOf('{ type: enum, values: ["16", "true"] }', true)).toBe('true')
    expect(keptOf('{ type: enum, values: ["16"] }', 16, 'native')).toEqual(['FIELD_WRONG_TYPE'])
  })
})

describe('texts', () => {
  it('that a pattern bounds are kept whole or not at all', () => {
    const read = readerOf(`{ type: pattern, pattern: '^[^!]+$', max_length: 5 }`)
    expect(read('ab cd')).toBe('ab cd')
    for (const raw of ['abcdef', 'a!', '', 'a\nb', 'a\u0000', '\ud800x', '\u009b'])
      expect(read(raw)).toEqual(['VALUE_NOT_IN_CONTRACT'])
    expect(read('😀')).toBe('😀')
    expect(keptOf(`{ type: pattern, pattern: '^a$', other: collapse }`, 'b')).toBe('other')
  })

  it('that were reviewed are kept if they are short and plain', () => {
    const read = readerOf('{ type: string, max_length: 5, reviewed: by us }')
    expect(read('a b')).toBe('a b')
    expect(read('abcdef')).toEqual(['FIELD_OUT_OF_BOUNDS'])
    expect([read('\u001b[2J'), read('\udc00')]).toEqual([' [2J', ['VALUE_NOT_IN_CONTRACT']])
    expect(read(5)).toEqual(['FIELD_WRONG_TYPE'])
  })

  it('become tokens, each under its column; empty ones are absent', () => {
    const read = readerOf('{ type: keyed-hash, max_length: 4 }')
    expect([read('name'), read(12), read('')]).toEqual([
      'token(f,installation,4)',
      'token(f,installation,2)',
      undefined
    ])
    expect(read('names')).toEqual(['FIELD_OUT_OF_BOUNDS'])
    // Our own client sends a token already, however short the names are that it stands for.
    expect(read('7'.repeat(64), 'native')).toBe('token(f,installation,64)')
    expect(read('7'.repeat(65), 'native')).toEqual(['FIELD_OUT_OF_BOUNDS'])
    expect(read(['a'])).toEqual(['FIELD_WRONG_TYPE'])
    expect(keptOf('{ type: keyed-hash, scope: product, because: tests }', 'x')).toBe(
      'token(f,product,1)'
    )
  })

  it.each([
    ['create_table', 'create_table'],
    ['unparsed', 'unparsed'],
    ['SELECT * FROM `anon_id_0`', 'select'],
    ['  /* hi */ -- there\n (select 1)', 'select'],
    ['CREATE TABLE `a` (b ENUM("gold"))', 'create_table'],
    ['create or replace temporary view v as select 1', 'create_view'],
    ['CREATE UNLOGGED TABLE t ()', 'create_table'],
    ['CREATE INDEX i ON t (a)', 'other'],
    ['with a as (select 1) select 2', 'with'],
    ['<redacted: parsing failed>', 'unparsed'],
    ['<anonymized: create table failed to parse>', 'unparsed'],
    ['selection', 'other'],
    ['/* never ends', 'other'],
    ['', 'other']
  ])('of SQL become a class of statement: %s → %s', (sql, shape) => {
    expect(keptOf('{ type: sql-shape }', sql)).toBe(shape)
  })
})

describe('lists', () => {
  it('keep the first so many items, and tell once that there were more', () => {
    const compiled = compiledOf({
      f: '{ type: list, max_items: 2, of: { type: enum, values: [a, b] } }'
    })
    expect(outcome(compiled, { f: ['a', null, 'b', 'a'] })).toEqual([
      { f: ['a'] },
      'LIMIT_EXCEEDED f'
    ])
    expect(outcome(compiled, { f: ['a', 'x'] })).toEqual([{ f: ['a'] }, 'VALUE_NOT_IN_CONTRACT f'])
    expect(outcome(compiled, { f: [] })).toEqual([{ f: [] }])
    expect(outcome(compiled, { f: 'a' })).toEqual([{}, 'FIELD_WRONG_TYPE f'])
    expect(outcome(compiled, { f: Array.from({ length: 200_000 }, () => 'a') })).toEqual([
      { f: ['a', 'a'] },
      'LIMIT_EXCEEDED f'
    ])
  })

  it('of objects keep their declared members', () => {
    const compiled = compiledOf({
      f:
        '{ type: list, max_items: 9, of: { type: object, others: count, fields: { name: { ' +
        'type: keyed-hash }, kind: { type: enum, values: [a], other: collapse, from: k.d }, x: ' +
        '{ type: object, fields: { y: { type: integer } } }, z: { collector: drops, because: b ' +
        '} } } }'
    })
    expect(
      outcome(compiled, {
        f: [{ name: 'n', k: { d: 'q', e: 1 }, x: { y: '5', secret: 1 }, z: {}, a: 1, b: 2 }, {}, 5]
      })
    ).toEqual([
      {
        f: [{ name: 'token(f_name,installation,1)', kind: 'other', x: { y: 5 } }, {}],
        f_others: 2
      },
      'FIELD_NOT_IN_CONTRACT f.k.e',
      'FIELD_NOT_IN_CONTRACT f.x.secret',
      'FIELD_WRONG_TYPE f'
    ])
    const { violations } = validate(compiled, { f: [{ k: { e: 1 } }] })
    expect(violations).toMatchObject([{ insideCollection: true, declared: false }])
  })
})

describe('maps', () => {
  it('keep declared keys; others are told as what may never be shown', () => {
    const compiled = compiledOf({
      f: '{ type: map, max_entries: 9, keys: [a, constructor], values: integer }'
    })
    const fields: unknown = JSON.parse(
      '{"f":{"a":"1","constructor":2,"secret":3,"__proto__":4,"toString":5,"n":null}}'
    )
    expect(outcome(compiled, fields)).toEqual([
      { f: { a: 1, constructor: 2 } },
      'KEY_NOT_IN_CONTRACT f.secret',
      'KEY_NOT_IN_CONTRACT f.__proto__',
      'KEY_NOT_IN_CONTRACT f.toString'
    ])
    expect(validate(compiled, fields).violations[0]).toEqual({
      code: 'KEY_NOT_IN_CONTRACT',
      field: 'f.secret',
      kind: 'number',
      declared: false,
      insideCollection: true
    })
    expect(outcome(compiled, { f: { a: 'x' } })).toEqual([{ f: {} }, 'FIELD_WRONG_TYPE f'])
    expect(outcome(compiled, { f: [] })).toEqual([{}, 'FIELD_WRONG_TYPE f'])
  })

  it('keep keys that a pattern bounds, never `__proto__`', () => {
    const compiled = compiledOf({
      f:
        "{ type: map, max_entries: 2, keys: { pattern: '^[a-z_]+$', max_length: 9 }, values: " +
        'integer, others: count }'
    })
    expect(
      outcome(
        compiled,
        JSON.parse('{"f":{"__proto__":1,"ab":2,"A":3,"abcdefghij":4,"cd":5,"ef":6}}')
      )
    ).toEqual([{ f: { ab: 2, cd: 5 }, f_others: 3 }, 'LIMIT_EXCEEDED f'])
  })

  it('count others only in a column, and only if there were some', () => {
    const compiled = compiledOf({
      f:
        '{ type: map, max_entries: 9, keys: [a], others: count, values: { type: map, ' +
        'max_entries: 9, keys: [b], values: integer, others: count } }'
    })
    expect(outcome(compiled, { f: { a: { b: 1, c: 2, d: 3 }, x: {}, y: 5 } })).toEqual([
      { f: { a: { b: 1 } }, f_others: 4 }
    ])
    expect(outcome(compiled, { f: { a: { b: 1 } } })).toEqual([{ f: { a: { b: 1 } } }])
  })

  it('add others up: numbers, members of objects, maps key by key', () => {
    const numbers = compiledOf({
      f: '{ type: map, max_entries: 9, keys: [a], values: integer, others: sum }'
    })
    expect(outcome(numbers, { f: { x: 1, a: 2, other: 3, y: '4', z: 'no' } })).toEqual([
      { f: { a: 2, other: 8 } },
      'FIELD_WRONG_TYPE f'
    ])
    expect(outcome(numbers, { f: { x: Number.MAX_SAFE_INTEGER, y: 5 } })).toEqual([
      { f: { other: Number.MAX_SAFE_INTEGER } }
    ])
    const objects = compiledOf({
      f:
        '{ type: map, max_entries: 9, keys: [a], others: sum, values: { type: object, fields: ' +
        '{ pages: { type: integer }, rest: { type: number } } } }'
    })
    expect(
      outcome(objects, { f: { x: { pages: 1 }, y: { pages: 2, rest: 0.5 }, a: { rest: 1 } } })
    ).toEqual([{ f: { a: { rest: 1 }, other: { pages: 3, rest: 0.5 } } }])
    const maps = compiledOf({
      f:
        '{ type: map, max_entries: 9, keys: [a], others: sum, values: { type: map, ' +
        "max_entries: 9, keys: { pattern: '^[0-9A-Z]{5}$' }, values: integer } }"
    })
    expect(outcome(maps, { f: { x: { '0A000': 1, '22012': 2 }, y: { '22012': 3 } } })).toEqual([
      { f: { other: { '0A000': 1, '22012': 5 } } }
    ])
  })

  it('hold tokens, lists and objects as well', () => {
    const compiled = compiledOf({
      f:
        '{ type: map, max_entries: 9, keys: [a, b], values: { type: list, max_items: 2, of: ' +
        'keyed-hash } }'
    })
    expect(outcome(compiled, { f: { a: ['x', ''], b: ['yy'] } })).toEqual([
      { f: { a: ['token(f,installation,1)'], b: ['token(f,installation,2)'] } }
    ])
  })
})

describe('objects', () => {
  const compiled = compiledOf({
    pools:
      '{ type: object, from: [p, data.pools], others: count, fields: { fs: { type: enum, ' +
      'values: [zfs] }, in: { type: object, fields: { n: { type: integer } } }, gone: { ' +
      'collector: drops, because: b } } }'
  })

  it('become columns of their own, wherever they stand', () => {
    expect(outcome(compiled, { p: { fs: 'zfs', in: { n: 1 }, gone: [1] } })).toEqual([
      { pools_fs: 'zfs', pools_in_n: 1 }
    ])
    expect(outcome(compiled, { data: { pools: { fs: 'zfs' } } })).toEqual([{ pools_fs: 'zfs' }])
    expect(compiled.columns.map((column) => column.name)).toEqual([
      'pools_fs',
      'pools_in_n',
      'pools_others'
    ])
  })

  it('count their undeclared keys where the contract says so, and tell them where it does not', () => {
    expect(outcome(compiled, { p: { x: 1, y: {}, in: { secret: 1 } } })).toEqual([
      { pools_others: 2 },
      'FIELD_NOT_IN_CONTRACT p.in.secret'
    ])
  })

  it('that are no objects are told once', () => {
    expect(outcome(compiled, { p: 'x' })).toEqual([{}, 'FIELD_WRONG_TYPE p'])
    expect(outcome(compiled, { p: { in: [1] } })).toEqual([{}, 'FIELD_WRONG_TYPE p.in'])
    expect(outcome(compiled, { p: {} })).toEqual([{}])
  })
})

describe('columns', () => {
  it('are one for each field name over all records, in their order', () => {
    const text = `${frame}events:
  a: { when: w, fields: { size: { type: integer, says: how big }, sort: { type: enum, values: [x] } } }
snapshots:
  b: { when: w, fields: { size: { type: integer, max: 5 }, tags: { type: list, max_items: 3, of: { type: object, fields: { n: { type: string, max_length: 9, reviewed: us }, gone: { collector: drops, because: b } } } } } }
counters:
  c: { when: w, fields: { calls: { type: map, max_entries: 9, keys: [k], values: number, others: count }, id: { type: uuid, form: hex32 }, who: { type: keyed-hash }, at: { type: timestamp }, on: { type: boolean }, took: { type: duration, unit: s } } }
`
    expect(compileContract(contractOf(text)).columns).toEqual([
      { name: 'size', says: 'how big', type: { is: 'integer' } },
      { name: 'sort', says: 'sort', type: { is: 'word' } },
      {
        name: 'tags',
        says: 'tags',
        type: { is: 'list', of: { is: 'tuple', fields: [{ name: 'n', type: { is: 'text' } }] } }
      },
      { name: 'calls', says: 'calls', type: { is: 'map', values: { is: 'number' } } },
      {
        name: 'calls_others',
        says: 'how many undeclared keys came in calls',
        type: { is: 'integer' }
      },
      { name: 'id', says: 'id', type: { is: 'uuid' } },
      { name: 'who', says: 'who', type: { is: 'token' } },
      { name: 'at', says: 'at', type: { is: 'timestamp' } },
      { name: 'on', says: 'on', type: { is: 'boolean' } },
      { name: 'took', says: 'took', type: { is: 'number' } }
    ])
  })
})
