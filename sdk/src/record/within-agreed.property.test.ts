import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { termsOf, type Terms } from '../consent/consent-file.ts'
import { formWith } from '../consent/form.test-support.ts'
import { allowedFields, stopsOf } from '../consent/narrow.ts'
import { asksOf } from '../consent/asking/notice.ts'
import type { CoarsenForm, ContractForm, FieldForm, TypeForm } from '../form.ts'
import { compileFields, type ReadFields } from './validate.ts'
import { compileRereading, compileWithin } from './within-agreed.ts'

/**
 * The judge knows no rule of narrowing: it looks at what leaves the machine, under the agreed terms
 * and now.
 */

type Fields = { readonly [name: string]: FieldForm }
const levels = ['a', 'b']
const hashName = (_field: string, value: string): string => `#${value}`
const nothingLost = (): void => {}

const coarsen: fc.Arbitrary<CoarsenForm | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ by: fc.constant('digits' as const), digits: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    by: fc.constant('bucket' as const),
    bounds: fc.subarray([0, 3, 10, 20], { minLength: 1 })
  }),
  fc.record({ by: fc.constant('nearest' as const), step: fc.constantFrom(1, 2, 3, 5, 10, 20) })
)
const words = fc.subarray(['x', 'y', 'z', 'w', 'other'], { minLength: 1 })
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined })
const small = fc.integer({ min: 1, max: 3 })

/** As contracts are: an alias stands for a word that there is. */
function whole(type: TypeForm): TypeForm {
  // What is rounded is not added up: the grammar refuses it.
  const isSummable =
    type.is === 'map' &&
    /^(?:integer|number|duration)$/.test(type.values.is) &&
    !('coarsen' in type.values && type.values.coarsen !== undefined)
  if (type.is === 'map' && type.others === 'sum') {
    if (!isSummable) return { ...type, others: 'count' }
    // The sum of the rest has that name.
    return 'values' in type.keys
      ? { ...type, keys: { values: type.keys.values.filter((word) => word !== 'other') } }
      : type
  }
  if (type.is !== 'enum') return type
  const aliases = Object.entries(type.aliases ?? {}).filter(([, to]) => type.values.includes(to))
  return { ...type, aliases: Object.fromEntries(aliases) }
}

/** A distribution and a labelled counter, whose keys follow from their bounds and labels. */
const counted: fc.Arbitrary<TypeForm> = fc.oneof(
  fc.subarray([0, 3, 10, 20], { minLength: 1 }).map((bounds): TypeForm => ({
    is: 'map',
    keys: { values: bounds.map(String) },
    values: { is: 'integer', min: 0, max: 1_000 },
    entriesMax: bounds.length,
    counts: { is: 'buckets', bounds }
  })),
  fc.subarray(['x', 'y', 'z'], { minLength: 1 }).map((labels): TypeForm => ({
    is: 'map',
    keys: { values: labels },
    values: { is: 'integer', min: 0, max: 1_000 },
    entriesMax: labels.length + 1,
    others: 'sum',
    counts: { is: 'labels' }
  }))
)

const { type: anyType, field: anyField } = fc.letrec<{ type: TypeForm; field: FieldForm }>(
  (tie) => ({
    type: fc
      .oneof(
        { maxDepth: 2 },
        {
          weight: 3,
          arbitrary: fc.record({
            is: fc.constantFrom('integer', 'number'),
            min: fc.integer({ min: 0, max: 5 }),
            max: fc.integer({ min: 10, max: 30 }),
            coarsen
          })
        },
        fc.record({
          is: fc.constant('duration'),
          unit: fc.constantFrom('s', 'ms'),
          max: fc.integer({ min: 5, max: 30 }),
          coarsen
        }),
        fc.record({
          is: fc.constant('timestamp'),
          round: fc.constantFrom(undefined, 'hour', 'day')
        }),
        fc.record({ is: fc.constant('version'), parts: fc.constantFrom(undefined, 1, 2) }),
        fc.record({
          is: fc.constant('enum'),
          values: words,
          collapse: fc.constantFrom(undefined, true),
          aliases: optional(
            fc.dictionary(fc.constantFrom('ex', 'why', 'y'), fc.constantFrom('x', 'y'))
          ),
          strip: fc.constantFrom(undefined, ['p.'])
        }),
        fc.record({
          is: fc.constant('pattern'),
          pattern: fc.constantFrom('^[xyz]$', '^[a-z]+$'),
          lengthMax: small,
          collapse: fc.constantFrom(undefined, true)
        }),
        fc.record({ is: fc.constantFrom('string', 'keyed-hash'), lengthMax: small }),
        fc.record({ is: fc.constant('list'), of: tie('type'), itemsMax: small }),
        counted,
        fc.record({
          is: fc.constant('map'),
          keys: fc.oneof(
            fc.record({ values: words }),
            fc.record({ pattern: fc.constantFrom('^[xyz]$', '^[a-z]+$'), lengthMax: small })
          ),
          values: tie('type'),
          entriesMax: small,
          others: fc.constantFrom(undefined, 'count', 'sum')
        }),
        fc.record({
          is: fc.constant('object'),
          fields: fc.dictionary(fc.constantFrom('p', 'q'), tie('field'), {
            minKeys: 1,
            maxKeys: 2
          }),
          others: fc.constantFrom(undefined, 'count')
        })
      )
      .map((type) => whole(type as TypeForm)),
    field: fc.record({
      says: fc.constant('something'),
      level: fc.constantFrom(undefined, 'a', 'b'),
      type: tie('type'),
      collector: fc.constantFrom(undefined, undefined, 'reduces', 'drops'),
      onlyWhen: optional(
        fc.dictionary(fc.constantFrom('p', 'q'), fc.subarray(['x', 'y', '3']), { maxKeys: 1 })
      )
    }) as fc.Arbitrary<FieldForm>
  })
)
const someFields = fc.dictionary(fc.constantFrom('p', 'q', 'r'), anyField, {
  minKeys: 1,
  maxKeys: 2
})

/**
 * One thing of a type is something else now: mostly a bound, a word or a rounding, seldom the whole
 * type.
 */
function changed(type: TypeForm): fc.Arbitrary<TypeForm> {
  const member = (name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<TypeForm> =>
    value.map((to) => ({ ...type, [name]: to }) as TypeForm)
  const edits: fc.Arbitrary<TypeForm>[] = []
  if (type.is === 'integer' || type.is === 'number')
    edits.push(
      member('min', fc.integer({ min: 0, max: 5 })),
      member('max', fc.integer({ min: 10, max: 30 })),
      member('coarsen', coarsen),
      member('coarsen', coarsen),
      member('is', fc.constantFrom('integer', 'number'))
    )
  if (type.is === 'duration')
    edits.push(
      member('max', fc.integer({ min: 5, max: 30 })),
      member('coarsen', coarsen),
      member('unit', fc.constantFrom('s', 'ms'))
    )
  if (type.is === 'timestamp')
    edits.push(member('round', fc.constantFrom(undefined, 'hour', 'day')))
  if (type.is === 'version') edits.push(member('parts', fc.constantFrom(undefined, 1, 2)))
  if (type.is === 'enum')
    edits.push(
      member('values', words),
      member('collapse', fc.constantFrom(undefined, true)),
      member(
        'aliases',
        fc.dictionary(fc.constantFrom('ex', 'why', 'y'), fc.constantFrom('x', 'y'))
      ),
      member('strip', fc.constantFrom(undefined, ['p.']))
    )
  if (type.is === 'pattern')
    edits.push(
      member('pattern', fc.constantFrom('^[xyz]$', '^[a-z]+$')),
      member('collapse', fc.constantFrom(undefined, true)),
      member('lengthMax', small)
    )
  if (type.is === 'string' || type.is === 'keyed-hash') edits.push(member('lengthMax', small))
  if (type.is === 'list')
    edits.push(
      member('itemsMax', small),
      changed(type.of).map((of) => ({ ...type, of }))
    )
  if (type.is === 'map' && type.counts !== undefined) edits.push(counted)
  else if (type.is === 'map')
    edits.push(
      member('entriesMax', small),
      member('others', fc.constantFrom(undefined, 'count', 'sum')),
      member('keys', fc.record({ values: words })),
      member(
        'keys',
        fc.record({ pattern: fc.constantFrom('^[xyz]$', '^[a-z]+$'), lengthMax: small })
      ),
      changed(type.values).map((values) => ({ ...type, values }))
    )
  if (type.is === 'object')
    edits.push(
      member('others', fc.constantFrom(undefined, 'count')),
      changedFields(type.fields).map((fields) => ({ ...type, fields }))
    )
  return fc.oneof(anyType, ...edits.flatMap((edit) => [edit, edit, edit])).map(whole)
}

function changedField(field: FieldForm): fc.Arbitrary<FieldForm> {
  return fc.oneof(
    { weight: 4, arbitrary: changed(field.type).map((type) => ({ ...field, type })) },
    {
      weight: 1,
      arbitrary: anyField.map((other) => ({ ...other, type: field.type }))
    }
  )
}

function changedFields(fields: Fields): fc.Arbitrary<Fields> {
  const names = Object.keys(fields)
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(...names)
        .chain((name) =>
          changedField(fields[name] as FieldForm).map((field) => ({ ...fields, [name]: field }))
        )
    },
    { weight: 1, arbitrary: anyField.map((field) => ({ ...fields, s: field })) }
  )
}

/**
 * What programs hand over, whatever the type says: chosen so that many of them are alike once they
 * were read.
 */
function valueFor(type: TypeForm): fc.Arbitrary<unknown> {
  switch (type.is) {
    case 'integer':
    case 'number':
    case 'duration':
      return fc.oneof(
        fc.integer({ min: -2, max: 70 }).map((half) => half / 2),
        fc.integer({ min: 0, max: 32 }).map((thousand) => thousand * 1_000)
      )
    case 'timestamp':
      return fc
        .integer({ min: 0, max: 50 })
        .map((count) => new Date(count * 2_700_000).toISOString())
    case 'version':
      return fc.constantFrom('1.2.3', '1.2.4', '1.3.0', '2.0.0', '1.2')
    case 'list':
      return fc.array(valueFor(type.of), { maxLength: 4 })
    case 'map':
      if (type.counts?.is === 'buckets')
        return fc.oneof(
          fc.integer({ min: -2, max: 30 }),
          fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }),
          fc.dictionary(fc.constantFrom('0', '3', '10', '20', '15'), small)
        )
      if (type.counts?.is === 'labels')
        return fc.oneof(
          fc.constantFrom('x', 'y', 'w'),
          fc.array(fc.constantFrom('x', 'y', 'w'), { maxLength: 4 }),
          fc.dictionary(fc.constantFrom('x', 'y', 'w', 'other'), small)
        )
      return fc.dictionary(
        fc.constantFrom('x', 'y', 'z', 'w', 'ab', 'other'),
        valueFor(type.values),
        {
          maxKeys: 4
        }
      )
    case 'object':
      return fc
        .tuple(fc.dictionary(fc.constantFrom('u', 'v'), small), recordFor(type.fields))
        .map(([undeclared, record]) => ({ ...undeclared, ...record }))
    default:
      return fc.constantFrom('x', 'y', 'z', 'w', 'ex', 'why', 'p.x', 'other', 'ab', 'abcd')
  }
}

function recordFor(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, valueFor(type)])),
    { requiredKeys: [] }
  )
}

function formOf(fields: Fields, change: Partial<ContractForm> = {}): ContractForm {
  return formWith({
    records: { load: { kind: 'event', when: 'It loaded.', level: 'a', fields } },
    consent: {
      default: 'opt-out',
      graceHours: 24,
      levels: levels.map((name) => ({ name, says: name }))
    },
    ...change
  })
}

/** How a program of this build reads for a user who agreed to those terms. */
function readerUnder(now: ContractForm, terms: Terms, level: string): ReadFields {
  const allowed = allowedFields(now, { terms, level }, 'load')
  const rules = { allows: (path: string) => allowed?.has(path) === true, hashName }
  const fields = now.records['load']?.fields ?? {}
  return terms === now
    ? compileFields(fields, rules)
    : compileWithin(fields, terms.records['load']?.fields ?? {}, rules)
}

/** What anybody learns of it: what the collector drops by its own contract is nothing. */
function learned(value: unknown, fields: Fields): unknown {
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).flatMap(([name, member]) => {
      const field = fields[name]
      if (field === undefined || field.collector === 'drops') return []
      return [[name, learnedOf(member, field.type)]]
    })
  )
}

function learnedOf(value: unknown, type: TypeForm): unknown {
  if (type.is === 'object') return learned(value, type.fields)
  if (type.is === 'list')
    return (value as readonly unknown[]).map((item) => learnedOf(item, type.of))
  if (type.is === 'map')
    return Object.fromEntries(
      Object.entries(value as object).map(([key, member]) => [key, learnedOf(member, type.values)])
    )
  return value
}

/** With the numbers of what is only counted. */
function toldBy(read: ReadFields, raw: Record<string, unknown>, fields: Fields): string {
  const others = {}
  const sent = learned(read(raw, nothingLost, others), fields)
  return text(Object.keys(others).length === 0 ? sent : { sent, others })
}

/** The collector would refuse what stands above the level that the report states. */
function expectWithinLevel(sent: unknown, fields: Fields, level: string, around = 'a'): void {
  for (const [name, value] of Object.entries(sent as Record<string, unknown>)) {
    const field = fields[name]
    const own = field?.level ?? around
    expect(levels.indexOf(own), name).toBeLessThanOrEqual(levels.indexOf(level))
    if (field?.type.is === 'object') expectWithinLevel(value, field.type.fields, level, own)
  }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [two]) => (one < two ? -1 : 1)))
      : inner
  )

const changes = someFields.chain((then) =>
  fc.record({
    was: fc.constant(then),
    now: changedFields(then).chain((once) => fc.oneof(fc.constant(once), changedFields(once))),
    level: fc.constantFrom(...levels),
    raws: fc.array(recordFor(then), { minLength: 25, maxLength: 40 })
  })
)

/** A duration's unit is the program's own: what it measured is the same. */
function inUnitsOf(now: TypeForm | undefined, was: TypeForm, raw: unknown): unknown {
  if (now?.is === 'duration' && was.is === 'duration' && typeof raw === 'number')
    return now.unit === was.unit ? raw : now.unit === 'ms' ? raw * 1_000 : raw / 1_000
  if (now?.is === 'list' && was.is === 'list')
    return (raw as readonly unknown[]).map((item) => inUnitsOf(now.of, was.of, item))
  const memberOf = (name: string): readonly [TypeForm | undefined, TypeForm | undefined] =>
    now?.is === 'map' && was.is === 'map'
      ? [now.values, was.values]
      : now?.is === 'object' && was.is === 'object'
        ? [now.fields[name]?.type, was.fields[name]?.type]
        : [undefined, undefined]
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => {
      const [is, before] = memberOf(name)
      return [name, before === undefined ? value : inUnitsOf(is, before, value)]
    })
  )
}
const inUnits = (now: Fields, then: Fields, raw: object): Record<string, unknown> =>
  inUnitsOf({ is: 'object', fields: now }, { is: 'object', fields: then }, raw) as Record<
    string,
    unknown
  >

describe('a contract that has changed since its user agreed', () => {
  it('tells nothing apart that was alike under the agreed terms', () => {
    let compared = 0
    let told = 0
    fc.assert(
      fc.property(changes, ({ was: then, now, level, raws }) => {
        const terms = termsOf(formOf(then))
        const before = formOf(then)
        const [readThen, readNow] = [
          readerUnder(before, before, level),
          readerUnder(formOf(now), terms, level)
        ]
        const seen = new Map<string, string>()
        for (const raw of raws) {
          const agreed = toldBy(readThen, raw, then)
          const sent = toldBy(readNow, inUnits(now, then, raw), now)
          if (sent !== '{}') told += 1
          expectWithinLevel(readNow(inUnits(now, then, raw), nothingLost), now, level)
          const other = seen.get(agreed)
          if (other === undefined) seen.set(agreed, sent)
          else {
            compared += 1
            expect(sent, `${agreed} was the same before`).toBe(other)
          }
        }
      }),
      { numRuns: 700 }
    )
    // It judged something: most runs have records that are alike, and most send something still.
    expect(compared).toBeGreaterThan(2_000)
    expect(told).toBeGreaterThan(2_000)
  })

  it('leaves a record that waits as it is, in all that was agreed to', () => {
    fc.assert(
      fc.property(changes, ({ was: then, now, level, raws }) => {
        const before = formOf(then)
        const terms = termsOf(before)
        const allowed = allowedFields(formOf(now), { terms, level }, 'load') ?? new Set<string>()
        fc.pre(allowedFields(before, { terms: before, level }, 'load')?.size === allowed.size)
        const reread = compileRereading(now, then, {
          allows: (path) => allowed.has(path),
          isOfThisBuild: false
        })
        const read = readerUnder(before, before, level)
        for (const raw of raws) {
          const sent = read(raw, nothingLost)
          expect(reread(sent, nothingLost)).toEqual(sent)
        }
      }),
      { numRuns: 700 }
    )
  })

  const enumOf = (values: readonly string[], collapse?: true): TypeForm =>
    ({ is: 'enum', values, ...(collapse && { collapse }) }) as TypeForm
  const sumOf = (others?: 'sum'): TypeForm =>
    ({
      is: 'map',
      keys: { values: ['x'] },
      values: { is: 'integer', min: 0, max: 99 },
      entriesMax: 9,
      ...(others && { others })
    }) as TypeForm
  const upTo = (max: number): TypeForm => ({ is: 'integer', min: 0, max })
  it.each<[string, TypeForm, TypeForm, unknown, unknown]>([
    ['an agreed word goes on', enumOf(['a', 'b'], true), enumOf(['a'], true), 'a', 'a'],
    ['a new word is other', enumOf(['a', 'b'], true), enumOf(['a'], true), 'b', 'other'],
    ['a new word stays home', enumOf(['a', 'b']), enumOf(['a']), 'b', undefined],
    ['the agreed range goes on', upTo(1_000), upTo(10), 7, 7],
    ['what is beyond it stays home', upTo(1_000), upTo(10), 700, undefined],
    ['a rest is not summed', sumOf('sum'), sumOf(), { x: 1, y: 2 }, { x: 1 }]
  ])('%s', (_says, now, was, raw, sent) => {
    const [is, before] = [now, was].map((type) => formOf({ p: { says: 'it', type } }))
    const read = readerUnder(is as ContractForm, termsOf(before as ContractForm), 'a')
    expect(read({ p: raw }, nothingLost)['p']).toEqual(sent)
  })

  const objectOf = (names: readonly string[], others?: 'count'): TypeForm => ({
    is: 'object',
    fields: Object.fromEntries(names.map((name) => [name, { says: name, type: upTo(9) }])),
    ...(others && { others })
  })
  it.each<[string, TypeForm, TypeForm, object]>([
    ['a number that was agreed to', objectOf(['x'], 'count'), objectOf(['x'], 'count'), { p: 2 }],
    ['a number that nobody agreed to', objectOf(['x'], 'count'), objectOf(['x']), {}],
    ['a number that is asked for no more', objectOf(['x']), objectOf(['x'], 'count'), {}],
    ['a new member', objectOf(['x', 'y'], 'count'), objectOf(['x'], 'count'), { p: 2 }],
    ['a member that went', objectOf(['x'], 'count'), objectOf(['x', 'y'], 'count'), { p: 1 }]
  ])('of undeclared members: %s', (_says, now, was, counted) => {
    const [is, before] = [now, was].map((type) => formOf({ p: { says: 'it', type } }))
    const others = {}
    const read = readerUnder(is as ContractForm, termsOf(before as ContractForm), 'a')
    expect(read({ p: { x: 1, y: 2, secret: 'z' } }, nothingLost, others)).toEqual({ p: { x: 1 } })
    expect(others).toEqual(counted)
  })

  it('goes nowhere else, for nothing else and for no longer than was agreed to', () => {
    const frame = fc.record({
      recipients: fc.subarray(
        [
          { name: 'Us', where: 'Germany', for: 'deciding what to build' },
          { name: 'Us', where: 'Germany', for: 'marketing' },
          { name: 'Us', where: 'USA', for: 'deciding what to build' },
          { name: 'Them', where: 'Germany', for: 'deciding what to build' }
        ],
        { minLength: 1 }
      ),
      location: fc.constantFrom('EU', 'USA', undefined),
      retention: fc.record({
        recordsDays: fc.constantFrom(30, 90),
        aggregatesDays: fc.constantFrom(400, 761),
        // Undefined is a contract that does not say it, and may mean for ever.
        backupsDays: fc.constantFrom(0, 30, undefined)
      })
    })
    fc.assert(
      fc.property(frame, frame, (now, then) => {
        const flows = ({ recipients, location, retention }: typeof now): readonly string[] =>
          recipients.flatMap((who) =>
            Object.entries(retention).flatMap(([what, days]) =>
              [30, 90, 400, 761, Infinity]
                .filter((day) => day <= (days ?? Infinity))
                .map((day) => text({ who, location, what, day }))
            )
          )
        const agreed = new Set(flows(then))
        const isMore = flows(now).some((flow) => !agreed.has(flow))
        const [is, was] = [
          formOf({}, now as Partial<ContractForm>),
          formOf({}, then as Partial<ContractForm>)
        ]
        expect(stopsOf(is, termsOf(was)).length > 0).toBe(isMore)
      }),
      { numRuns: 100 }
    )
  })

  it('asks before anything is told apart that was alike', () => {
    fc.assert(
      fc.property(changes, ({ was: then, now, raws }) => {
        // Rounding has tables of its own; here a bound that moved under it would count as another
        // value.
        fc.pre(!text([then, now]).includes('"coarsen"'))
        const before = formOf(then)
        const after = formOf(now, { terms: `sha256:${'3'.repeat(64)}` })
        const [agreed, whole] = [readerUnder(before, before, 'b'), readerUnder(after, after, 'b')]
        const seen = new Map<string, string>()
        const isWider = raws.some((raw) => {
          const was = toldBy(agreed, raw, then)
          const is = toldBy(whole, inUnits(now, then, raw), now)
          const other = seen.get(was) ?? is
          seen.set(was, other)
          return is !== other
        })
        if (isWider) expect(asksOf(after, termsOf(before))).not.toEqual([])
      }),
      { numRuns: 500 }
    )
  })
})
