import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame, problemsOf, withFields } from '../../test/frame.ts'
import { parseContract } from './parse.ts'

const example = readFileSync(new URL('../../test/example.yaml', import.meta.url), 'utf8')

describe('a contract', () => {
  it('is read whole', () => {
    const contract = contractOf(example)
    expect(contract).toMatchObject({
      product: 'dlt',
      location: 'EU',
      retention: { recordsDays: 90, aggregatesDays: 761, backupsDays: 30 },
      consent: { default: 'opt-out', levels: [{ name: 'basic' }, { name: 'pipelines' }] },
      identity: { kind: 'persistent', account: false, random: false, days: undefined },
      environment: [
        'class',
        'automation',
        'container',
        'os',
        'os_version',
        'arch',
        'runtime',
        'cpu'
      ],
      versionCheck: { feed: 'releases.yaml' },
      delivery: 'detached',
      retired: false
    })
    const load = contract.records.get('pipeline_load')
    expect(load).toMatchObject({
      kind: 'event',
      level: 'pipelines',
      since: '0.2.0',
      expires: '2027-11-20',
      serves: ['destinations', 'failures']
    })
    const field = (name: string): unknown => load?.fields.get(name)
    expect(field('elapsed')).toMatchObject({
      type: { is: 'duration', unit: 's', coarsen: { by: 'digits', digits: 3 } },
      from: ['elapsed'],
      level: 'pipelines',
      owner: 'pipelines team'
    })
    expect(field('destination_type')).toMatchObject({
      type: { is: 'enum', strip: ['dlt.destinations.'], other: 'collapse' },
      from: ['properties.destination_type'],
      says: 'destination type'
    })
    expect(field('pipeline_name_hash')).toMatchObject({
      type: { is: 'keyed-hash', scope: 'installation' },
      collector: 'reduces',
      says: expect.stringContaining('a name that you chose')
    })
    expect(field('destination_fingerprint')).toMatchObject({
      type: { is: 'keyed-hash' },
      sdk: 'never',
      onlyWhen: new Map([['destination_type', expect.arrayContaining(['postgres'])]])
    })
    expect(field('transaction_id')).toMatchObject({
      type: { is: 'uuid', form: 'hex32' },
      links: 'one run',
      says: 'one run'
    })
  })

  it('cannot be changed once read', () => {
    const contract = contractOf(example)
    expect(
      Object.isFrozen(contract.records.get('pipeline_load')?.fields.get('elapsed')?.type)
    ).toBe(true)
    expect(() => Object.assign(contract, { title: 'other' })).toThrow(TypeError)
  })

  it('without levels has the one level `all`', () => {
    const contract = contractOf(
      `${frame}events: { load: { when: It loads. } }`.replace(
        /consent: .*\n/,
        'consent: { default: ask }\n'
      )
    )
    expect(contract.consent.levels.map((level) => level.name)).toEqual(['all'])
    expect(contract.records.get('load')?.level).toBe('all')
  })

  it('takes the nearest writing of each key of a named type', () => {
    const contract = contractOf(
      `${withFields({ f: '{ type: small, max: 5 }' })}types: { small: { type: whole, min: 0 ` +
        '}, whole: { type: integer, max: 9, says: a whole one } }'
    )
    expect(contract.records.get('load')?.fields.get('f')).toMatchObject({
      type: { is: 'integer', min: 0, max: 5 },
      says: 'a whole one'
    })
  })

  it('shares the fields of groups, whose levels give way to a higher one', () => {
    const text =
      `${frame}groups: { who: { a: { type: boolean, level: basic }, b: { type: boolean, level: ` +
      'more } } }\nevents: { low: { when: w, uses: [who] }, high: { when: w, level: more, ' +
      'uses: [who] } }'
    const levels = [...contractOf(text).records.values()].map((record) =>
      [...record.fields.values()].map((field) => field.level)
    )
    expect(levels).toEqual([
      ['basic', 'more'],
      ['more', 'more']
    ])
  })

  it.each([
    ['7 days', 7],
    ['1 week', 7],
    ['25 months', 761],
    ['2 years', 730]
  ])('counts %s as %d days', (time, days) => {
    expect(contractOf(frame.replace('90 days', time)).retention.recordsDays).toBe(days)
  })

  it.each([
    ['backups: 30 days', 30],
    ['backups: none', 0]
  ])('counts %s as %d days', (words, days) => {
    const { retention } = contractOf(frame.replace('backups: 30 days', words))
    expect(retention.backupsDays).toBe(days)
  })

  it('knows that nobody said how long backups hold what is gone', () => {
    const { retention } = contractOf(frame.replace(', backups: 30 days', ''))
    expect(retention).toEqual({ recordsDays: 90, aggregatesDays: 761 })
  })
})

describe('problems', () => {
  /** Text in the frame, what stands there instead, and the problem as `line:column CODE path`. */
  const inFrame: readonly (readonly [string, string, string])[] = [
    ['candor: 1', 'candor: 2', '1:9 VERSION_UNSUPPORTED candor'],
    ['product: demo', 'product: De mo', '2:10 NAME_INVALID product'],
    ['product: demo', 'produkt: demo', '2:1 KEY_UNKNOWN produkt'],
    ['title: Demo\n', '', '1:1 KEY_MISSING '],
    ['title: Demo', 'title:', '3:1 VALUE_INVALID title'],
    ['title: Demo', 'title: 5', '3:8 VALUE_INVALID title'],
    ['title: Demo', 'title: [Demo]', '3:8 VALUE_INVALID title'],
    ['title: Demo', 'title: Demo\ntitle: Demo', '4:1 NAME_DUPLICATE '],
    ['title: Demo', 'title: &t Demo', '3:11 YAML_UNSUPPORTED title'],
    ['title: Demo', 'title: !!str Demo', '3:14 YAML_UNSUPPORTED title'],
    ['title: Demo', 'title: "\\ud800"', '3:8 YAML_UNSUPPORTED title'],
    ['title: Demo', '12: Demo', '3:1 YAML_UNSUPPORTED '],
    ['title: Demo', 'title: Demo\n__proto__: {}', '4:1 YAML_UNSUPPORTED '],
    ['title: Demo', 'title: "Demo', '10:1 YAML_SYNTAX '],
    ['for: testing', 'for: testing, and more', '5:53 VALUE_INVALID recipients[0]'],
    [
      'recipients: [{ name: Us, where: Here, for: testing }]',
      'recipients: []',
      '5:13 VALUE_INVALID recipients'
    ],
    [', where: Here', '', '5:14 KEY_MISSING recipients[0]'],
    ['90 days', '90 nights', '6:23 VALUE_INVALID retention.records'],
    ['90 days', '101 years', '6:23 VALUE_INVALID retention.records'],
    ['opt-out', 'opt-ou', '7:21 VALUE_INVALID consent.default'],
    ['basic: Little.', 'Basic: Little.', '7:40 NAME_INVALID consent.levels.Basic'],
    ['kind: none', 'kind: window', '8:1 KEY_MISSING identity'],
    [
      'title: Demo',
      'title: Demo\npresence: [day]\nevents: { presence: { when: Now. } }',
      '5:11 NAME_DUPLICATE events.presence'
    ],
    ['kind: none', 'kind: none, lineage: true', '8:25 TYPE_CONFLICT identity.lineage'],
    ['kind: none', 'kind: none, sdk: persistent', '8:30 VALUE_INVALID identity.sdk'],
    ['kind: none', 'kind: none, account: { from: 9 KEY }', '8:34 NAME_INVALID identity.account'],
    ['opt-out', 'opt-out, grace: a while', '7:37 VALUE_INVALID consent.grace'],
    [
      'title: Demo',
      'title: Demo\nversion_check: { feed: f, says: s, keys: [{ id: a, key: b }] }',
      '4:43 VALUE_INVALID version_check.keys[0]'
    ],
    ['kind: none', 'kind: none, days: 7', '8:25 TYPE_CONFLICT identity.days'],
    ['{ flag: --off }', '{ status: demo status }', '9:1 CONTROL_MISSING controls'],
    ['controls: [{ flag: --off }]\n', '', '1:1 CONTROL_MISSING '],
    ['title: Demo', 'title: Demo\nenvironment: [hostname]', '4:15 VALUE_INVALID environment[0]'],
    [
      'title: Demo',
      'title: Demo\ntypes: { enum: { type: boolean } }',
      '4:10 NAME_INVALID types.enum'
    ],
    [
      'title: Demo',
      'title: Demo\ntypes: { a: { type: b }, b: { type: a } }',
      '4:21 TYPE_UNKNOWN types.a.type'
    ],
    [
      'title: Demo',
      'title: Demo\ntypes: { a: { type: object, fields: { a: { type: a } } } }',
      '4:42 LIMIT_EXCEEDED types.a.fields.a'
    ],
    ['title: Demo', 'title: Demo\nevents: { e: {} }', '4:11 KEY_MISSING events.e'],
    ['title: Demo', 'title: Demo\nevents: { E-1: { when: w } }', '4:11 NAME_INVALID events.E-1'],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, level: mroe } }',
      '4:32 LEVEL_UNKNOWN events.e.level'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, serves: [why] } }',
      '4:34 QUESTION_UNKNOWN events.e.serves[0]'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, uses: [all] } }',
      '4:32 REFERENCE_UNKNOWN events.e.uses[0]'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, since: 0.2 } }',
      '4:32 VALUE_INVALID events.e.since'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, expires: 2027-02-30 } }',
      '4:34 VALUE_INVALID events.e.expires'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, aliases: [f] }, f: { when: w } }',
      '4:41 NAME_DUPLICATE events.f'
    ],
    [
      'title: Demo',
      'title: Demo\ngroups: { g: { a: { type: boolean } } }\nevents: { e: { when: w, uses: ' +
        '[g], fields: { a: { type: boolean } } } }',
      '5:44 NAME_DUPLICATE events.e.fields'
    ],
    [
      'title: Demo',
      'title: Demo\nevents: { e: { when: w, fields: { a: { type: boolean } } }, f: { when: ' +
        'w, fields: { a: { type: version } } } }',
      '4:85 COLUMN_CONFLICT events.f.fields.a'
    ]
  ]

  it('are found in a mapping of a megabyte, whose keys are not compared with all others', () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `key${index}: 1`)
    const text = `${['key7: 2', ...keys].join('\n')}\n`
    expect(problemsOf(text).map(({ code }) => code)).toContain('NAME_DUPLICATE')
  })

  it.each(inFrame)('are found where they are (%#: %s → %s)', (from, to, expected) => {
    expect(frame).toContain(from)
    expect(problemsOf(frame.replace(from, to)).map(line)).toContainEqual(
      expect.stringContaining(expected)
    )
  })

  /** A field, and the codes of all problems that it has. */
  const inFields: readonly (readonly [string, string])[] = [
    ['boolean', 'VALUE_INVALID'],
    ['{}', 'KEY_MISSING'],
    ['{ type: bolean }', 'TYPE_UNKNOWN'],
    ['{ type: boolean, min: 1 }', 'KEY_UNKNOWN'],
    ['{ type: boolean, colector: drops }', 'KEY_UNKNOWN'],
    ['{ type: integer, min: 5, max: 1 }', 'VALUE_INVALID'],
    ['{ type: integer, max: 1.5 }', 'VALUE_INVALID'],
    ['{ type: integer, max: "9" }', 'VALUE_INVALID'],
    ['{ type: integer, max: 1e400 }', 'YAML_UNSUPPORTED'],
    ['{ type: number, max: 9223372036854775807 }', 'YAML_UNSUPPORTED'],
    ['{ type: integer, round: 3 }', 'VALUE_INVALID'],
    ['{ type: integer, round: to 0.5 }', 'VALUE_INVALID'],
    ['{ type: integer, bucket: [1, 1] }', 'VALUE_INVALID'],
    ['{ type: integer, bucket: [1, 2], round: to 2 }', 'TYPE_CONFLICT'],
    ['{ type: integer, bucket: [1, 2], min: 0 }', 'VALUE_INVALID'],
    ['{ type: duration }', 'KEY_MISSING'],
    ['{ type: duration, unit: minutes }', 'VALUE_INVALID'],
    ['{ type: timestamp, round: 3 digits }', 'VALUE_INVALID'],
    ['{ type: version, parts: 4 }', 'LIMIT_EXCEEDED'],
    ['{ type: enum }', 'KEY_MISSING'],
    ['{ type: enum, values: [a, a] }', 'NAME_DUPLICATE'],
    ['{ type: enum, values: [1] }', 'VALUE_INVALID'],
    ['{ type: enum, values: [abc], aliases: { x: abd } }', 'REFERENCE_UNKNOWN'],
    ['{ type: enum, values: [abc], matches: { xyz: a } }', 'REFERENCE_UNKNOWN'],
    ['{ type: enum, values: [a], matches: { a: "(x+)+" } }', 'PATTERN_INVALID'],
    ['{ type: pattern }', 'KEY_MISSING'],
    ['{ type: pattern, pattern: "[a-z]+" }', 'PATTERN_UNBOUNDED'],
    ['{ type: pattern, pattern: "^[a-z$" }', 'PATTERN_INVALID'],
    ['{ type: pattern, pattern: "^(a+)+$" }', 'PATTERN_INVALID'],
    ['{ type: pattern, pattern: "^a$", max_length: 257 }', 'LIMIT_EXCEEDED'],
    ['{ type: keyed-hash, scope: product }', 'REASON_MISSING'],
    ['{ type: list, max_items: 3, of: { type: keyed-hash, scope: product } }', 'REASON_MISSING'],
    ['{ type: string, max_length: 10 }', 'STRING_NOT_REVIEWED'],
    ['{ type: string, reviewed: by us }', 'KEY_MISSING'],
    ['{ type: list, of: boolean }', 'KEY_MISSING'],
    ['{ type: list, max_items: 2 }', 'KEY_MISSING'],
    ['{ type: list, max_items: 2, of: { values: [a] } }', 'KEY_MISSING'],
    ['{ type: list, max_items: 2, of: { type: enum, values: [a], level: more } }', 'KEY_UNKNOWN'],
    [
      '{ type: list, max_items: 2, of: { type: object, fields: { a: { type: boolean, level: ' +
        'more } } } }',
      'TYPE_CONFLICT'
    ],
    [
      '{ type: list, max_items: 2, of: { type: object, fields: { a: { collector: drops, ' +
        'because: b } } } }',
      'TYPE_CONFLICT'
    ],
    ['{ type: map, max_entries: 2, values: boolean }', 'KEY_MISSING'],
    [
      '{ type: map, max_entries: 2, values: boolean, keys: { pattern: ".*" } }',
      'PATTERN_UNBOUNDED'
    ],
    ['{ type: map, max_entries: 2, values: boolean, keys: [__proto__] }', 'NAME_INVALID'],
    ['{ type: map, max_entries: 2, values: boolean, keys: [a], others: sum }', 'TYPE_CONFLICT'],
    ['{ type: object }', 'KEY_MISSING'],
    ['{ type: object, fields: { A: { type: boolean } } }', 'NAME_INVALID'],
    ['{ type: boolean, collector: drops }', 'REASON_MISSING'],
    ['{ collector: reduces }', 'REASON_MISSING'],
    ['{ type: boolean, sdk: never }', 'REASON_MISSING'],
    ['{ type: boolean, from: a..b }', 'VALUE_INVALID'],
    ['{ type: boolean, only_when: { g: [true] } }', 'REFERENCE_UNKNOWN'],
    [`{ type: boolean, says: ${'x'.repeat(2_001)} }`, 'LIMIT_EXCEEDED']
  ]

  it.each(inFields)('of a field are told by code: %s', (field, code) => {
    expect([
      ...new Set(problemsOf(withFields({ f: field })).map((problem) => problem.code))
    ]).toEqual([code])
  })

  it.each(['product', 'name', 'level', 'version', 'received_at', 'env_os'])(
    'tell that every record has a column `%s`',
    (name) => {
      const [problem] = problemsOf(withFields({ [name]: '{ type: boolean }' }))
      expect(problem).toMatchObject({
        code: 'NAME_INVALID',
        path: `events.load.fields.${name}`,
        message: expect.stringContaining(`from: ${name}`)
      })
      expect(
        problemsOf(withFields({ [name]: '{ collector: drops, because: it is a name }' }))
      ).toEqual([])
      expect(problemsOf(withFields({ sent_name: `{ type: boolean, from: ${name} }` }))).toEqual([])
    }
  )

  it('tell when two fields of one record would fill one column', () => {
    const [problem] = problemsOf(
      withFields({
        a_b: '{ type: boolean }',
        a: '{ type: object, fields: { b: { type: boolean } } }'
      })
    )
    expect(problem).toMatchObject({
      code: 'COLUMN_CONFLICT',
      path: 'events.load.fields.a.fields.b',
      message: expect.stringContaining('events.load.a_b')
    })
  })

  it('tell when a field is below the level of its record', () => {
    const text = withFields({ f: '{ type: boolean, level: basic }' }).replace(
      'when: It loads.',
      'when: It loads.\n    level: more'
    )
    expect(problemsOf(text).map(line)).toEqual([
      expect.stringContaining('15:34 LEVEL_ORDER events.load.fields.f.level')
    ])
  })

  it('name the nearest known word', () => {
    expect(problemsOf(frame.replace('purpose:', 'porpose:'))[1]?.message).toContain(
      'did you mean `purpose`?'
    )
    expect(problemsOf(withFields({ f: '{ type: intger }' }))[0]?.message).toContain(
      'did you mean `integer`?'
    )
    expect(
      problemsOf(withFields({ f: '{ type: boolean, serves: [] , onlywhen: {} }' }))[0]?.message
    ).toContain('did you mean `only_when`?')
  })

  it('are all told at once, by place', () => {
    const text = withFields({
      a: '{ type: intger }',
      b: '{ type: enum }',
      c: '{ type: boolean, x: 1 }'
    }).replace('title: Demo', 'tilte: Demo')
    expect(problemsOf(text).map((problem) => `${problem.line} ${problem.code}`)).toEqual([
      '1 KEY_MISSING',
      '3 KEY_UNKNOWN',
      '14 TYPE_UNKNOWN',
      '15 KEY_MISSING',
      '16 KEY_UNKNOWN'
    ])
  })

  it('of a shared type are told once, where it stands', () => {
    const text =
      `${withFields({ a: '{ type: t }', b: '{ type: t }' })}types: { t: { type: enum, values: ` +
      '[x, x] } }'
    expect(problemsOf(text)).toHaveLength(1)
  })

  it('that only warn leave the contract usable', () => {
    const result = parseContract(withFields({ a: '{ type: boolean, sdk: never }' }))
    expect(result).toMatchObject({
      is: 'contract',
      warnings: [{ code: 'REASON_MISSING', severity: 'warning', path: 'events.load.fields.a' }]
    })
  })

  it('of sheer size are told: records, fields, text, nesting', () => {
    const records = Array.from({ length: 501 }, (_, index) => `  e${index}: { when: w }`).join('\n')
    expect(problemsOf(`${frame}events:\n${records}\n`).map((problem) => problem.code)).toEqual([
      'LIMIT_EXCEEDED'
    ])
    const fields = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, index) => [`f${index}`, '{ type: boolean }'])
    )
    expect(problemsOf(withFields(fields)).map((problem) => problem.code)).toEqual([
      'LIMIT_EXCEEDED'
    ])
    const repeated = Array.from({ length: 100 }, (_, index) => `f${index}: { type: t }`).join(', ')
    expect(
      problemsOf(`${frame}types: { t: { type: object, fields: { ${repeated} } } }\n`).map(
        (problem) => problem.code
      )
    ).toContain('LIMIT_EXCEEDED')
    expect(problemsOf(`#${'x'.repeat(1_048_576)}`).map((problem) => problem.code)).toEqual([
      'LIMIT_EXCEEDED'
    ])
    expect(
      problemsOf(`${frame}never: ${'['.repeat(40)}${']'.repeat(40)}`).map((problem) => problem.code)
    ).toEqual(['LIMIT_EXCEEDED'])
    expect(problemsOf('['.repeat(20_000)).map((problem) => problem.code)).toContain('YAML_SYNTAX')
  })

  it.each(['', '# nothing', '5', '- a', '--- {}\n--- {}', 'null', '\t', 'a: *b', '\ud800'])(
    'are what a text that is no contract has: %j',
    (text) => {
      expect(problemsOf(text).length).toBeGreaterThan(0)
    }
  )
})

it('no text makes the reader throw, and what is wrong has a place in it', () => {
  const lines = example.split('\n')
  const mutated = fc.tuple(
    fc.nat(lines.length - 1),
    fc.nat(120),
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ': ',
        '- ',
        '&a ',
        '*a',
        '!!',
        '"',
        "'",
        '|',
        '? ',
        '\n',
        '---\n',
        '<<: '
      )
    )
  )
  const text = fc.oneof(
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    {
      weight: 4,
      arbitrary: fc.array(mutated, { maxLength: 3 }).map((changes) => {
        const copy = [...lines]
        for (const [index, at, insert] of changes)
          copy[index] = `${copy[index]?.slice(0, at)}${insert}${copy[index]?.slice(at)}`
        return copy.join('\n')
      })
    }
  )
  fc.assert(
    fc.property(text, (any) => {
      const result = parseContract(any)
      if (result.is === 'contract') return
      expect(result.problems.length).toBeGreaterThan(0)
      for (const problem of result.problems) {
        expect(problem.line).toBeGreaterThanOrEqual(1)
        expect(problem.column).toBeGreaterThanOrEqual(1)
        expect(problem.message.endsWith('.') || problem.message.endsWith('?')).toBe(true)
      }
    }),
    { numRuns: 150 }
  )
})

function line(problem: {
  readonly line: number
  readonly column: number
  readonly code: string
  readonly path: string
}): string {
  return `${problem.line}:${problem.column} ${problem.code} ${problem.path}`
}

describe('a change of meaning', () => {
  const changedOf = (changed: string) =>
    contractOf(withFields({ size: `{ type: integer, changed: ${changed} }` }))
      .records.get('load')
      ?.fields.get('size')?.changed

  it('is one or several, the oldest version first', () => {
    expect(changedOf("{ since: '1.20', says: counts caches too }")).toEqual([
      { since: '1.20', says: 'counts caches too' }
    ])
    expect(
      changedOf("[{ since: '1.20', says: b }, { since: 1.9.0-rc1, says: a }]")?.map(
        ({ says }) => says
      )
    ).toEqual(['a', 'b'])
  })

  it.each([
    ['{ since: 1.10, says: a }', 'put `1.10` in quotes, as `"1.10"`'],
    ['{ since: main, says: a }', 'is no version'],
    ['{ says: a }', '`since`'],
    ["{ since: '1.20' }", '`says`']
  ])('says what is wrong with %s', (changed, message) => {
    const problems = problemsOf(withFields({ size: `{ type: integer, changed: ${changed} }` }))
    expect(problems.map(({ message: said }) => said).join('\n')).toContain(message)
  })
})

it('tells the first 500 problems by their place, and nobody has to read more', () => {
  const fields = Array.from({ length: 600 }, (_, index) => [`f${index}`, '{ type: nonsense }'])
  const problems = problemsOf(withFields(Object.fromEntries(fields)))
  expect(problems).toHaveLength(500)
  const first = problems[0]?.line ?? 0
  expect(problems.map(({ line }) => line - first)).toEqual([...problems.keys()])
})

describe('counts', () => {
  const typeOf = (field: string): unknown => {
    const text = withFields({ f: field })
    expect(problemsOf(text).filter(({ severity }) => severity === 'error')).toEqual([])
    return contractOf(text).records.get('load')?.fields.get('f')?.type
  }
  it('of labels are a map whose rest is `other`', () => {
    expect(typeOf('{ type: labelled-counter, labels: [a, b], max: 9 }')).toMatchObject({
      is: 'map',
      keys: { values: ['a', 'b'] },
      values: { is: 'integer', min: 0, max: 9 },
      others: 'sum',
      counts: { is: 'labels' }
    })
  })
  it('of numbers are a map by bucket, declared one by one or growing', () => {
    expect(typeOf('{ type: distribution, buckets: [0, 0.5, 10], unit: ms }')).toMatchObject({
      keys: { values: ['0', '0.5', '10'] },
      counts: { is: 'buckets', bounds: [0, 0.5, 10], unit: 'ms' }
    })
    expect(
      typeOf('{ type: distribution, exponential: { from: 1, factor: 4, count: 3 } }')
    ).toMatchObject({ counts: { bounds: [0, 1, 4, 16] } })
  })
  it.each([
    '{ type: distribution }',
    '{ type: distribution, buckets: [10, 0] }',
    '{ type: distribution, buckets: [0], exponential: { count: 2 } }',
    '{ type: labelled-counter }',
    '{ type: labelled-counter, labels: [a, other] }',
    '{ type: labelled-counter, labels: [a, a] }',
    '{ type: map, keys: [a, other], values: { type: integer }, max_entries: 2, others: sum }'
  ])('refuses %s', (field) => {
    expect(problemsOf(withFields({ f: field })).length).toBeGreaterThan(0)
  })
})
