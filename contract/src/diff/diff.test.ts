import { describe, expect, it } from 'vitest'
import { contractOf, withFields } from '../../test/frame.ts'
import { diffContracts } from './diff.ts'
import { paragraphOf } from './paragraph.ts'

const before = `${withFields({
  size: '{ type: integer, unit: bytes, min: 0, max: 10, says: how large it is }',
  mode: '{ type: enum, values: [a, b], says: the mode }',
  time: '{ type: duration, unit: s, round: 2 digits, says: how long it took, level: more }',
  old: '{ type: boolean, sdk: never, because: old clients send it, from: [properties.old, old] }',
  gone: '{ collector: drops, sdk: never, because: nobody needs it }',
  run: '{ type: uuid, links: one run, says: a random id }',
  word: "{ type: pattern, pattern: '^r[0-9]{1,5}$', max_length: 32 }",
  dest: '{ type: keyed-hash, collector: reduces, says: where to, only_when: { mode: [a] } }'
})}location: EU
environment: [os, arch]
endpoint: { default: https://example.org, key: url, says: how to }
never: { sdk: [names, paths] }
`.replace('{ flag: --off }', '{ flag: --off }, { status: demo status }')

function differ(from: string, to: string): ReturnType<typeof diffContracts> {
  expect(before).toContain(from)
  return diffContracts(contractOf(before), contractOf(before.replace(from, to)))
}

/** One change of each kind, and the one thing that must be said of it. */
const cases: readonly (readonly [
  what: string,
  from: string,
  to: string,
  verdict: string,
  asksAgain: boolean
])[] = [
  ['another title', 'title: Demo', 'title: Demonstration', 'compatible', false],
  ['another sentence', 'how large it is', 'its size', 'compatible', false],
  ['another sentence of a level', 'basic: Little.', 'basic: Very little.', 'compatible', false],
  ['a question', 'title: Demo', 'title: Demo\nquestions: { why: Why? }', 'compatible', false],
  [
    'another way to say no',
    '{ flag: --off }',
    '{ flag: --off }, { variable: OFF, off: "1" }',
    'compatible',
    false
  ],
  [
    'a control that shows something taken out',
    ', { status: demo status }',
    '',
    'compatible',
    false
  ],
  [
    'another meaning, which charts break at',
    'says: the mode',
    "says: the mode, changed: { since: '1.20', says: b counts as a }",
    'compatible',
    false
  ],
  ['an end', 'says: the mode', 'says: the mode, expires: 2027-11-20', 'compatible', false],
  ['a waiver', 'max: 10', 'max: 10, waive: { UNIT_MISSING: none }', 'compatible', false],
  ['another promise', 'sdk: [names', 'sdk: [hosts, names', 'compatible', false],
  [
    'a field of old clients',
    '      old:',
    '      older: { type: boolean, sdk: never, because: old }\n      old:',
    'compatible',
    false
  ],
  [
    'one more path of old clients',
    '[properties.old',
    '[context.old, properties.old',
    'compatible',
    false
  ],
  ['a lower maximum', 'max: 10', 'max: 9', 'compatible', false],
  ['fewer digits, which part what was alike', '2 digits', '1 digit', 'widening', true],
  [
    'a higher level of a field',
    'says: how large it is',
    'says: how large it is, level: more',
    'compatible',
    false
  ],
  ['shorter retention', '90 days', '30 days', 'compatible', false],
  ['no backups', 'backups: 30 days', 'backups: none', 'compatible', false],
  [
    'a stricter condition',
    '{ type: boolean, sdk',
    '{ type: boolean, only_when: { mode: [a] }, sdk',
    'compatible',
    false
  ],
  ['opting in instead of out', 'default: opt-out', 'default: opt-in', 'compatible', false],
  [
    'a dropped field taken out',
    '      gone: { collector: drops, sdk: never, because: nobody needs it }\n',
    '',
    'compatible',
    false
  ],

  [
    'the notice in other words',
    'title: Demo',
    'title: Demo\nnotice: We count.',
    'compatible',
    false
  ],
  ['another grace', 'default: opt-out', 'default: opt-out, grace: 2 days', 'compatible', false],
  [
    'where the account comes from',
    'kind: none',
    'kind: none, account: { from: DEMO_KEY }',
    'widening',
    true
  ],
  ['presence', 'title: Demo', 'title: Demo\npresence: [day]', 'widening', true],
  ['an id that copies share', 'kind: none', 'kind: persistent, lineage: true', 'widening', true],
  [
    'a persistent id that the SDK does not send',
    'kind: none',
    'kind: persistent, sdk: none',
    'widening',
    true
  ],

  ['a higher maximum', 'max: 10', 'max: 11', 'widening', true],
  ['a lower minimum', 'min: 0', 'min: -1', 'widening', true],
  ['finer numbers', '2 digits', '3 digits', 'widening', true],
  ['exact numbers', ', round: 2 digits', '', 'widening', true],
  ['a new word', '[a, b]', '[a, b, c]', 'widening', true],
  ['a new field', '      old:', '      new: { type: boolean }\n      old:', 'widening', true],
  ['a new record', 'events:', 'snapshots: { all: { when: Daily. } }\nevents:', 'widening', true],
  ['a lower level of a field', ', level: more }', ' }', 'widening', true],
  ['another pattern', '{1,5}', '{1,6}', 'widening', true],
  ['no condition', ', only_when: { mode: [a] }', '', 'widening', true],
  [
    'a looser condition',
    'only_when: { mode: [a] }',
    'only_when: { mode: [a, b] }',
    'widening',
    true
  ],
  [
    'what only old clients sent',
    'sdk: never, because: old clients send it, ',
    '',
    'widening',
    true
  ],
  ['longer retention', '90 days', '1 years', 'widening', true],
  [
    'a new recipient',
    'recipients: [',
    'recipients: [{ name: They, where: There, for: testing }, ',
    'widening',
    true
  ],
  ['longer backups', 'backups: 30 days', 'backups: 60 days', 'widening', true],
  ['backups of which nobody says more', ', backups: 30 days', '', 'widening', true],
  ['another place', 'location: EU', 'location: US', 'widening', true],
  ['a persistent id', 'kind: none', 'kind: persistent', 'widening', true],
  ['an account', 'kind: none', 'kind: none, account: true', 'widening', true],
  ['a part of the environment', '[os, arch]', '[os, arch, cpu]', 'widening', true],
  ['presence', 'title: Demo', 'title: Demo\npresence: [day]', 'widening', true],
  ['a new level', 'more: More.', 'more: More., most: Most.', 'widening', true],
  [
    'another order of levels',
    'basic: Little., more: More.',
    'more: More., basic: Little.',
    'widening',
    true
  ],

  [
    'a removed field',
    "      word: { type: pattern, pattern: '^r[0-9]{1,5}$', max_length: 32 }\n",
    '',
    'breaking',
    false
  ],
  ['a renamed field', '      size:', '      bulk:', 'breaking', true],
  ['a renamed record', '  load:', '  loading:', 'breaking', true],
  ['another type', 'type: enum, values: [a, b]', 'type: boolean', 'breaking', true],
  ['a word less', '[a, b]', '[a]', 'breaking', false],
  ['another unit', 'unit: bytes', 'unit: KiB', 'breaking', false],
  ['another unit of time', 'unit: s', 'unit: ms', 'breaking', false],
  ['a column of another type', 'max_length: 32', 'max_length: 33', 'breaking', true],
  ['a path of old clients less', '[properties.old, old]', '[old]', 'breaking', false],
  [
    'a token that is equal everywhere',
    'collector: reduces, says: where to',
    'collector: reduces, scope: product, because: why not, says: where to',
    'breaking',
    true
  ],
  ['an event that becomes a counter', 'events:', 'counters:', 'breaking', false],
  ['another way to say no instead', '{ flag: --off }', '{ flag: --disable }', 'breaking', false],
  ['opting out by asking nobody', 'default: opt-out', 'default: opt-out', 'same', false],
  ['a promise less', '[names, paths]', '[names]', 'breaking', false],
  ['another endpoint', 'https://example.org', 'https://example.com', 'breaking', false],
  ['another product', 'product: demo', 'product: other', 'breaking', false]
]

describe('between two versions of a contract', () => {
  it.each(cases)('%s', (_what, from, to, verdict, asksAgain) => {
    expect(differ(from, to)).toMatchObject({ verdict, asksAgain })
  })

  it('asking instead of opting in breaks: who never answered would send', () => {
    const asking = contractOf(before.replace('default: opt-out', 'default: ask'))
    expect(diffContracts(asking, contractOf(before)).verdict).toBe('breaking')
    expect(diffContracts(contractOf(before), asking).verdict).toBe('compatible')
  })

  it('a first word on backups asks nobody, and backups where there were none do', () => {
    const silent = contractOf(before.replace(', backups: 30 days', ''))
    const none = contractOf(before.replace('backups: 30 days', 'backups: none'))
    expect(diffContracts(silent, contractOf(before)).asksAgain).toBe(false)
    expect(diffContracts(none, contractOf(before)).changes).toMatchObject([
      { consent: 'wider', shown: 'backups would hold what is gone for 30 days instead of never' }
    ])
  })

  it('each change says what is different, and why that has its effect', () => {
    expect(differ('max: 10', 'max: 20').changes).toEqual([
      {
        path: 'events.load.fields.size',
        effect: 'widening',
        consent: 'wider',
        what: '`size` has a higher maximum: 20, and 10 before.',
        because: 'it lets more through than users agreed to',
        shown: 'how large it is, in another form or with wider bounds',
        during: 'It loads'
      }
    ])
  })

  it('a record that goes to a lower level is told once, and not for each of its fields', () => {
    const raised = contractOf(before.replace('when: It loads.', 'when: It loads.\n    level: more'))
    expect(
      diffContracts(raised, contractOf(before)).changes.map(
        ({ path, effect }) => `${effect} ${path}`
      )
    ).toEqual(['widening events.load'])
  })

  it('a record that keeps its old name as an alias is told as renamed', () => {
    const { changes } = differ(
      '  load:\n    when: It loads.',
      '  loading:\n    aliases: [load]\n    when: It loads.'
    )
    expect(changes[0]).toMatchObject({ effect: 'breaking', what: '`load` is called `loading`.' })
  })

  it('the gravest changes come first', () => {
    const after = contractOf(
      before
        .replace('title: Demo', 'title: New')
        .replace('max: 10', 'max: 11')
        .replace('{ flag: --off }', '{ flag: --no }')
    )
    expect(diffContracts(contractOf(before), after).changes.map(({ effect }) => effect)).toEqual([
      'breaking',
      'widening',
      'compatible',
      'compatible'
    ])
  })
})

describe('the paragraph for users', () => {
  const paragraph = (from: string, to: string): string =>
    paragraphOf(differ(from, to), contractOf(before))

  it('asks for what is new, in the words of its field and of when it is sent', () => {
    expect(
      paragraph(
        '      old:',
        '      lamps: { type: boolean, says: whether its lamps are lit. }\n      old:'
      )
    ).toBe(
      'Demo asks you again, because something goes beyond what you agreed to: whether its ' +
        'lamps are lit (“It loads”). Until you agree, none of this is sent, and what you ' +
        'agreed to before goes on.'
    )
  })

  it('says that nothing is sent where recipients, place or retention widen', () => {
    expect(paragraph('90 days', '180 days')).toBe(
      'Demo asks you again, because something goes beyond what you agreed to: what is sent ' +
        'would be kept for 180 days instead of 90. Until you agree, nothing is sent at all.'
    )
  })

  it('says that nothing new is asked when there is not', () => {
    expect(paragraph('title: Demo', 'title: Demo')).toBe(
      'Demo asks for nothing new: what it collects stays the same.'
    )
    expect(paragraph('90 days', '30 days')).toBe(
      'Demo asks for nothing new: what it collects becomes less or stays the same.'
    )
  })

  it('warns those who said no by a control that is gone', () => {
    expect(paragraph('{ flag: --off }', '{ flag: --no }')).toMatch(
      /Ways to switch it off have changed: look them up again if you use one\.$/
    )
  })
})

describe('the day on which something ends', () => {
  const until = (expires: string) =>
    contractOf(before.replace('says: the mode', `says: the mode, expires: ${expires}`))

  it('asks again when it is put off, and nobody when it comes earlier', () => {
    const later = diffContracts(until('2027-11-20'), until('2028-11-20'))
    expect(later).toMatchObject({ asksAgain: true, verdict: 'widening' })
    expect(later.changes.map(({ what }) => what)).toEqual([
      '`mode` is collected until 2028-11-20, and until 2027-11-20 before.'
    ])
    expect(diffContracts(until('2027-11-20'), until('never')).asksAgain).toBe(true)
    expect(diffContracts(until('2028-11-20'), until('2027-11-20')).asksAgain).toBe(false)
    expect(diffContracts(until('never'), until("'never, because'")).asksAgain).toBe(false)
  })

  it('is told once where a record hands it down to its fields', () => {
    const record = (expires: string) =>
      contractOf(before.replace(/(\n {4}when: [^\n]*)/, `$1\n    expires: ${expires}`))
    const { changes } = diffContracts(record('2027-11-20'), record('2028-11-20'))
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ consent: 'wider' })
  })
})

it('asks again when a recipient uses the data for something else', () => {
  const { changes } = diffContracts(
    contractOf(before),
    contractOf(before.replace(/( for: )[^,}]+/, '$1selling it'))
  )
  expect(changes).toMatchObject([{ path: 'recipients', consent: 'wider' }])
  expect(changes[0]?.shown).toContain('selling it')
})
