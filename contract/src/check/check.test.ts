import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame, withFields } from '../../test/frame.ts'
import { checkContract } from './check.ts'
import { waivableCodes } from './rule-codes.ts'
import { rules } from './rules.ts'

const today = '2026-11-20'
const example = readFileSync(new URL('../../test/example.yaml', import.meta.url), 'utf8')

function codesOf(text: string, path = ''): readonly string[] {
  return checkContract(text, { today })
    .findings.filter((finding) => finding.path.startsWith(path))
    .map((finding) => finding.code)
}

/** What is found at one field. */
function found(field: string, name = 'f'): readonly string[] {
  return codesOf(withFields({ [name]: field }), `events.load.fields.${name}`)
}

describe('the check', () => {
  it('has one rule for each code that can be waived', () => {
    expect(rules.map(({ code }) => code).sort()).toEqual([...waivableCodes].sort())
  })

  it('tells only problems of the grammar while there are some, since rules cannot look yet', () => {
    const result = checkContract(withFields({ user_email: '{ type: patern }' }), { today })
    expect(result).toMatchObject({
      contract: undefined,
      findings: [{ code: 'TYPE_UNKNOWN' }],
      waived: []
    })
  })

  const products = new URL('../../../server/src/products/', import.meta.url)
  it.each(['dblab', 'dlt', 'readyset', 'timescaledb'])(
    'finds nothing left to decide in the contract of %s',
    (product) => {
      const text = readFileSync(new URL(`${product}/contract.yaml`, products), 'utf8')
      expect(checkContract(text, { today }).findings).toEqual([])
    }
  )

  it('never throws and always points into the text, however a contract is changed', () => {
    const lines = example.split('\n')
    fc.assert(
      fc.property(
        fc.nat(lines.length - 1),
        fc.nat(lines.length - 1),
        fc.constantFrom('', '  waive: { UNIT_MISSING: why }', 'x: [', '- a'),
        (one, other, text) => {
          const changed = lines.with(one, lines[other] ?? '').with(other, text)
          for (const { line, column } of checkContract(changed.join('\n'), { today }).findings) {
            expect(line).toBeLessThanOrEqual(changed.length)
            expect(column).toBeLessThanOrEqual((changed[line - 1] ?? '').length + 1)
          }
        }
      ),
      { numRuns: 300 }
    )
  })
})

describe('a waiver', () => {
  const sized = '{ type: integer, says: how large'
  it.each([
    ['field', withFields({ size: `${sized}, waive: { UNIT_MISSING: a size of its own } }` })],
    [
      'record',
      withFields({ size: `${sized} }` }).replace(
        '    fields:',
        '    waive: { UNIT_MISSING: a size of its own }\n    fields:'
      )
    ],
    [
      'contract',
      `${withFields({ size: `${sized} }` })}waive: { UNIT_MISSING: a size of its own }\n`
    ],
    [
      'named type',
      withFields({ size: '{ type: big }' }).replace(
        'events:',
        `types: { big: ${sized}, waive: { UNIT_MISSING: a size of its own } } }\nevents:`
      )
    ],
    [
      'type in a list',
      withFields({
        sizes:
          '{ type: list, max_items: 2, of: { type: integer, waive: { UNIT_MISSING: a size of ' +
          'its own } } }'
      })
    ],
    [
      'object around',
      withFields({
        box:
          '{ type: object, waive: { UNIT_MISSING: a size of its own }, fields: { size: ' +
          `${sized} } } }`
      })
    ]
  ])('of a %s lets through what is there, and is told with its reason', (_where, text) => {
    const { findings, waived } = checkContract(text, { today })
    expect(findings.map(({ code }) => code)).not.toContain('UNIT_MISSING')
    expect(findings.map(({ code }) => code)).not.toContain('WAIVER_UNUSED')
    expect(waived).toMatchObject([{ code: 'UNIT_MISSING', reason: 'a size of its own' }])
  })

  it('lets nothing else through', () => {
    const text = withFields({
      size: `${sized}, waive: { UNIT_MISSING: why not } }`,
      width: '{ type: integer, says: how wide }'
    })
    expect(codesOf(text, 'events.load.fields')).toEqual(['UNIT_MISSING'])
  })

  it('of one of two records that share a group leaves the group open for the other', () => {
    const text = `${frame}groups: { g: { size: ${sized} } } }
events:
  one: { when: w, uses: [g], waive: { UNIT_MISSING: why not } }
  two: { when: w, uses: [g] }
`
    expect(codesOf(text)).toContain('UNIT_MISSING')
  })

  it('is told where it waives nothing, even in a type that nobody uses', () => {
    expect(
      codesOf(
        `${withFields({ a: '{ type: boolean, waive: { UNIT_MISSING: why not } }' })}types: { ` +
          'b: { type: boolean, waive: { BOUND_LARGE: no } } }'
      )
    ).toEqual(expect.arrayContaining(['WAIVER_UNUSED', 'WAIVER_UNUSED']))
  })

  it('changes the digest and no terms: users agreed to the field, not to how it was reviewed', () => {
    const [plain, waived] = [
      contractOf(withFields({ size: `${sized} }` })),
      contractOf(withFields({ size: `${sized}, waive: { UNIT_MISSING: why not } }` }))
    ]
    expect(waived.terms).toBe(plain.terms)
    expect(waived.digest).not.toBe(plain.digest)
  })
})

describe('likely personal data', () => {
  it.each([
    'user_email',
    'hostname',
    'home_path',
    'client_ip',
    'api_key',
    'access_token',
    'mac_address',
    'phone',
    'session_cookie',
    'error_message',
    'project'
  ])('is suspected in a readable %s', (name) => {
    expect(found("{ type: pattern, pattern: '^[0-9]{2}$', says: s }", name)).toContain(
      'PERSONAL_DATA_LIKELY'
    )
  })

  it.each([
    ['path_length', '{ type: integer, unit: characters, says: s }'],
    ['users', '{ type: integer, unit: users, says: s }'],
    ['host', '{ type: boolean, says: s }'],
    ['message_id', '{ type: uuid, links: one message, says: s }'],
    ['host_kind', "{ type: pattern, pattern: '^[0-9]{2}$', says: s }"],
    ['destination', '{ type: enum, values: [file, table], says: s }']
  ])('is not suspected in %s, which only counts, classes or says whether', (name, field) => {
    expect(found(field, name)).not.toContain('PERSONAL_DATA_LIKELY')
  })

  it('is suspected in a random id that is of somebody', () => {
    expect(found('{ type: uuid, links: one user, says: s }', 'user_id')).toContain(
      'PERSONAL_DATA_LIKELY'
    )
  })

  it('is suspected in numbers that are personal as they are, and not in coarse ones', () => {
    expect(found('{ type: number, unit: degrees, says: s }', 'latitude')).toContain(
      'PERSONAL_DATA_LIKELY'
    )
    expect(
      found('{ type: number, unit: degrees, round: to 10, says: s }', 'latitude')
    ).not.toContain('PERSONAL_DATA_LIKELY')
  })

  it.each([
    ['ada@example.org', '^[a-z@.]{1,40}$'],
    ['192.168.17.4', '^[0-9]{1,3}([.][0-9]{1,3}){3}$'],
    ['/srv/ada/notes', '^/[a-z/]{1,60}$'],
    ['00:1b:44:11:3a:b7', '^[0-9a-f:]{17}$'],
    ['ada', '^[a-z]{1,20}$']
  ])('is suspected in a pattern that %s fits, which is shown', (sample, pattern) => {
    const { findings } = checkContract(
      withFields({ f: `{ type: pattern, pattern: '${pattern}', says: s }` }),
      { today }
    )
    expect(findings.find(({ code }) => code === 'PATTERN_PERSONAL')?.message).toContain(sample)
  })

  it('is looked for in the keys of maps too', () => {
    expect(
      found(
        "{ type: map, keys: { pattern: '^[a-z_]{1,40}$', max_length: 40 }, values: boolean, " +
          'max_entries: 9, says: s }'
      )
    ).toContain('PATTERN_PERSONAL')
  })

  it('is not looked for in what is dropped', () => {
    expect(
      found(
        "{ type: pattern, pattern: '^.*$', sdk: never, collector: drops, because: old, says: s }",
        'email'
      )
    ).toEqual([])
  })
})

describe('a promise of `never`', () => {
  const never = (promise: string, name: string, field: string): readonly string[] =>
    codesOf(`${withFields({ [name]: field })}never: { collector: [${promise}] }\n`, 'events')
  const text = "{ type: pattern, pattern: '^[0-9]{2}$', says: s }"
  it.each([
    ['host names', 'host_name'],
    ['hosts', 'host'],
    ['host names', 'hostname'],
    ['e-mail addresses', 'email'],
    ['IP addresses', 'peer_ip'],
    ['readable table names', 'table_name']
  ])('%s is broken by a readable %s', (promise, name) => {
    expect(never(promise, name, text)).toContain('NEVER_CONTRADICTED')
  })

  it('snapshot ids is broken by a snapshot_id', () => {
    expect(
      never('snapshot ids', 'snapshot_id', '{ type: uuid, links: one snapshot, says: s }')
    ).toContain('NEVER_CONTRADICTED')
  })

  it.each([
    ['host names', 'host', '{ type: keyed-hash, collector: reduces, says: s }'],
    ['queries', 'queries', '{ type: integer, unit: queries, says: s }'],
    ['functions that users wrote', 'function', text],
    ['data', 'data_version', text],
    ['clone names', 'clone_id', '{ type: uuid, links: one clone, says: s }']
  ])('%s is kept by %s', (promise, name, field) => {
    expect(never(promise, name, field)).not.toContain('NEVER_CONTRADICTED')
  })
})

describe('a unit', () => {
  it.each([
    ['a number', '{ type: integer, says: s }', true],
    ['a number that has one', '{ type: integer, unit: rows, says: s }', false],
    ['a labelled counter', '{ type: labelled-counter, labels: [ok], says: s }', false],
    ['a distribution', '{ type: distribution, buckets: [0, 10], says: s }', true],
    ['a distribution in one', '{ type: distribution, buckets: [0, 10], unit: ms, says: s }', false],
    [
      'numbers in a map',
      '{ type: map, keys: [a], values: { type: integer }, max_entries: 2, says: s }',
      true
    ]
  ])('of %s (%s) is missed: %s', (_what, field, isMissed) => {
    expect(found(field, 'served').includes('UNIT_MISSING')).toBe(isMissed)
  })
})

describe('names', () => {
  it.each([
    ['window_size', 'window_sizes', true],
    ['windowsize', 'window_size', true],
    ['colour_kind', 'color_kind', true],
    ['cpu', 'gpu', false],
    ['step_1', 'step_2', false],
    ['heap_size', 'toast_size', false]
  ])('%s and %s are too similar: %s', (one, other, are) => {
    const text = withFields({
      [one]: '{ type: boolean, says: s }',
      [other]: '{ type: boolean, says: s }'
    })
    expect(codesOf(text).includes('NAME_SIMILAR')).toBe(are)
  })

  it('may be the same in two records: it is one column', () => {
    const text =
      `${frame}events:\n  one: { when: w, fields: { size: { type: boolean } } }\n  two_more: { ` +
      'when: w, fields: { size: { type: boolean } } }\n'
    expect(codesOf(text)).not.toContain('NAME_SIMILAR')
  })
})

describe('expiry', () => {
  const on = (expires: string): readonly string[] =>
    found(`{ type: boolean, expires: ${expires}, says: s }`)
  it.each([
    ['2026-11-20', 'EXPIRES_PAST'],
    ['2026-11-21', 'EXPIRES_SOON'],
    ['2026-12-20', 'EXPIRES_SOON'],
    ['never', 'EXPIRES_NEVER'],
    ['2031-11-20', 'EXPIRES_NEVER']
  ])('on %s is %s', (expires, code) => {
    expect(on(expires)).toEqual(expect.arrayContaining([code]))
  })

  it.each(['2026-12-21', '2031-11-18', '"never, it is the version check"'])(
    'on %s is fine',
    (expires) => {
      expect(on(expires).filter((code) => code.startsWith('EXPIRES'))).toEqual([])
    }
  )
})
