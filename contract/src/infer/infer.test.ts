import { describe, expect, it } from 'vitest'
import { contractOf } from '../../test/frame.ts'
import type { Contract, FieldDeclaration } from '../form/contract.ts'
import { inferContract } from './infer.ts'

const many = (make: (index: number) => unknown, count = 60): string =>
  Array.from({ length: count }, (_, index) => JSON.stringify(make(index))).join('\n')

function inferred(text: string, nameFrom?: string): Contract {
  return contractOf(inferContract(text, { product: 'acme', nameFrom, today: '2026-11-20' }).text)
}

function fieldsOf(text: string, record = 'load'): ReadonlyMap<string, FieldDeclaration> {
  return inferred(text).records.get(record)?.fields ?? new Map()
}

/** The one field `f` of sixty events, each with a value of its own making. */
function fieldFrom(
  make: (index: number) => unknown,
  key = 'f',
  count = 60
): FieldDeclaration | undefined {
  return [
    ...fieldsOf(
      many((index) => ({ event: 'load', properties: { [key]: make(index) } }), count)
    ).values()
  ][0]
}

describe('a proposed field', () => {
  it.each<[string, string, (index: number) => unknown, object]>([
    [
      'few words, often',
      'engine',
      (index) => ['zfs', 'lvm'][index % 2],
      { is: 'enum', values: ['lvm', 'zfs'], other: 'collapse' }
    ],
    ['a boolean', 'ok', (index) => index % 2 === 0, { is: 'boolean' }],
    ['a boolean as text', 'ok', (index) => String(index % 2 === 0), { is: 'boolean' }],
    [
      'a moment',
      'at',
      (index) => new Date(1e12 + index * 1e8).toISOString(),
      { is: 'timestamp', round: 'day' }
    ],
    ['a version', 'client_version', (index) => `1.2.${index}`, { is: 'version', parts: 3 }],
    ['whole numbers', 'lamps', (index) => index % 37, { is: 'integer', min: 0, max: 100 }],
    ['shares', 'ratio', (index) => (index % 10) / 10 + 0.01, { is: 'number', min: 0, max: 1 }],
    ['numbers below zero', 'drift', (index) => index - 30, { is: 'integer', min: -100, max: 100 }],
    [
      'a list of words',
      'parts',
      (index) => (index % 2 === 0 ? ['a', 'b'] : ['b']),
      { is: 'list', itemsMax: 10, of: { is: 'enum' } }
    ]
  ])('is conservative: %s', (_what, key, make, type) => {
    expect(fieldFrom(make, key)).toMatchObject({ collector: 'keeps', type })
  })

  it.each<[string, string, (index: number) => unknown, RegExp]>([
    ['e-mail addresses', 'f', (index) => `a${index}@example.org`, /e-mail/],
    ['host names', 'f', (index) => `db${index}.example.org`, /host names/],
    ['paths', 'f', (index) => `/srv/data/${index}`, /paths/],
    ['IP addresses', 'f', (index) => `10.0.0.${index}`, /IP addresses/],
    [
      'IP addresses that are called a version',
      'version_text',
      (index) => `10.0.0.${index}`,
      /IP addresses/
    ],
    ['UUIDs', 'f', (index) => `6f1c2a9e-5b7d-4c3a-9e21-0d4b8f7a6c${10 + index}`, /UUIDs/],
    ['tokens', 'f', (index) => `ghp_abcdefghijklmnopqrstuvwxyz${index}`, /tokens/],
    ['names of people', 'f', () => 'Ada Lovelace', /names of people/],
    ['what is called so, whatever it holds', 'username', () => 'admin', /a person/],
    [
      'names that users chose, though few',
      'project',
      (index) => ['one', 'two'][index % 2],
      /name that somebody chose/
    ],
    ['free text', 'f', (index) => `some words ${'x'.repeat(index)}`, /free text/],
    [
      'words that are too rare',
      'f',
      (index) => `w${'abcdefghijklmnopqrstuvwxyz'[index % 26]}`,
      /free text/
    ],
    ['several kinds', 'f', (index) => (index % 2 === 0 ? 1 : 'a'), /several kinds/],
    ['moments in seconds', 'f', (index) => 1_700_000_000 + index, /moments/],
    ['numbers of somebody', 'phone', (index) => index, /number that tells of somebody/],
    ['numbers that are ids', 'f', (index) => 90_000_000 + index * 977, /ids/],
    ['maps', 'f', (index) => ({ [`ada${'x'.repeat(index % 30)}`]: 1 }), /keys look like data/],
    ['lists of objects', 'f', () => [{ a: 1 }], /nobody has looked through/],
    ['nothing but null', 'f', () => null, /only null/]
  ])('is dropped, and says why: %s', (_what, key, make, because) => {
    expect(fieldFrom(make, key)).toMatchObject({
      collector: 'drops',
      sdk: 'never',
      because: expect.stringMatching(because)
    })
  })

  it('is no enum when too few were seen', () => {
    expect(fieldFrom((index) => ['zfs', 'lvm'][index % 2], 'engine', 19)).toMatchObject({
      collector: 'drops',
      because: expect.stringContaining('too few')
    })
  })

  it('shows no word that only one of many senders has', () => {
    const text = many(
      (index) => ({
        anonymousId: `i${index % 10}`,
        event: 'load',
        properties: { engine: index % 10 === 0 ? 'tycho' : 'zfs' }
      }),
      100
    )
    expect(fieldsOf(text).get('engine')?.type).toMatchObject({ values: ['zfs'], other: 'collapse' })
    expect(inferContract(text, { product: 'acme', today: '2026-11-20' }).text).not.toContain(
      'tycho'
    )
  })

  it('keeps the sent name where its own must differ, and never takes a column that every record has', () => {
    const fields = fieldsOf(
      many(() => ({
        event: 'load',
        properties: { elapsedMs: 1, elapsed_ms: 2, kind: true, pool: { fsType: true } }
      }))
    )
    expect([...fields].map(([name, { from }]) => [name, from[0]])).toEqual([
      ['elapsed_ms', 'elapsedMs'],
      ['sent_elapsed_ms', 'elapsed_ms'],
      ['sent_kind', 'kind'],
      ['pool', 'pool']
    ])
    expect(fields.get('pool')?.type).toMatchObject({
      is: 'object',
      fields: new Map([['fs_type', expect.objectContaining({ from: ['fsType'] })]])
    })
  })

  it('is the same in every record that has it, since it is one column', () => {
    const text = many((index) => ({
      event: index % 2 === 0 ? 'load' : 'save',
      properties: { size: index % 2 === 0 ? 1 : 0.5 }
    }))
    expect(fieldsOf(text, 'load').get('size')?.type).toEqual(
      fieldsOf(text, 'save').get('size')?.type
    )
  })
})

describe('a proposed record', () => {
  it.each<[string, string, string | undefined]>([
    [
      'JSON lines of Segment',
      many(() => ({ type: 'track', event: 'Lamp Failed', properties: { burned: 1 } })),
      undefined
    ],
    [
      'a Segment batch',
      JSON.stringify({
        batch: [{ type: 'track', event: 'Lamp Failed', properties: { burned: 1 } }]
      }),
      undefined
    ],
    [
      'a native report',
      JSON.stringify({
        candor: 1,
        runs: [{ records: [{ name: 'lamp_failed', fields: { burned: 1 } }] }]
      }),
      undefined
    ],
    ['native records', JSON.stringify([{ name: 'lamp_failed', fields: { burned: 1 } }]), undefined],
    ['plain objects', JSON.stringify([{ event: 'lamp_failed', burned: 1 }]), undefined],
    [
      'plain objects that name it elsewhere',
      JSON.stringify([{ meta: { is: 'lampFailed' }, burned: 1 }]),
      'meta.is'
    ]
  ])('comes of %s', (_what, text, nameFrom) => {
    const records = inferred(text, nameFrom).records
    expect([...records.keys()]).toEqual(['lamp_failed'])
    expect(records.get('lamp_failed')?.fields.get('burned')?.type.is).toBe('integer')
  })

  it('keeps the spelling that is sent as an alias', () => {
    expect(
      inferred(many(() => ({ event: 'Lamp Failed', properties: {} }))).records.get('lamp_failed')
        ?.aliases
    ).toEqual(['Lamp Failed'])
  })

  it('is not named after what looks like data', () => {
    const { records } = inferred(
      many((index) => ({ event: index === 0 ? 'ada@example.org' : 'load', properties: {} }))
    )
    expect([...records.keys()]).toEqual(['load'])
    expect(
      inferred(many((index) => ({ event: `name${'x'.repeat(index % 60)}`, properties: {} })))
        .records.size
    ).toBe(0)
  })

  it('leaves out keys that look like data or came once, and says only how many', () => {
    const { text, undeclared } = inferContract(
      many((index) => ({
        event: 'load',
        properties: { ok: true, ...(index === 7 ? { adas_own: 1, '10.0.0.1': 2 } : {}) }
      })),
      { product: 'acme', today: '2026-11-20' }
    )
    expect(undeclared.map(({ key }) => key).toSorted()).toEqual(['10.0.0.1', 'adas_own'])
    expect(text).not.toMatch(/adas_own|10\.0\.0\.1/)
    expect(text).toContain('2 keys of records looked like data or came once, and are not declared.')
  })

  it('says what could not be read', () => {
    const { text, events, unreadable } = inferContract('{"event":"load"}\nnonsense\n[1]\n7\n', {
      product: 'acme',
      today: '2026-11-20'
    })
    expect([events, unreadable]).toEqual([1, 3])
    expect(text).toContain('3 lines or values could not be read as an event (lines 2, 3, 4).')
  })

  it('marks every field for review', () => {
    const { text } = inferContract(
      many((index) => ({
        event: 'load',
        properties: { ok: true, host: 'a', pool: { size: index } }
      })),
      { product: 'acme', today: '2028-02-29' }
    )
    const lines = text.split('\n')
    const fields = lines.flatMap((line, index) =>
      /^ +\w+:( \{|$)/.test(line) && !/(fields|events|questions|usage):/.test(line)
        ? [lines[index - 1]]
        : []
    )
    expect(fields.length).toBeGreaterThan(3)
    for (const above of fields) expect(above).toMatch(/^ *# review: /)
    expect(text).toContain('expires: 2029-02-28')
  })
})

it('reads the first event behind a byte order mark', () => {
  const lines = ['a', 'b', 'c'].map((mode) => JSON.stringify({ event: 'load', mode }))
  const options = { product: 'acme', today: '2026-11-20' }
  for (const text of [lines.join('\n'), lines.join('\r\n'), `[${lines.join(',')}]`])
    expect(inferContract(`\uFEFF${text}`, options)).toEqual(inferContract(text, options))
})
