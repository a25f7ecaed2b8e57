import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame, tokenOf } from '../../../test/frame.ts'
import { compileContract } from '../../holding/compile.ts'
import type { Contract } from '../../form/contract.ts'
import { discloseContract } from './disclosure.ts'
import { generateDisclosure } from './disclosure-text.ts'
import { exampleFields, exampleReport } from '../schema/example.ts'

const products = new URL('../../../../server/src/products/', import.meta.url)
const built = readdirSync(products, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(
    ({ name }) =>
      [name, contractOf(readFileSync(new URL(`${name}/contract.yaml`, products), 'utf8'))] as const
  )
const example = contractOf(
  readFileSync(new URL('../../../test/example.yaml', import.meta.url), 'utf8')
)

const everything = contractOf(`${frame}questions: { why: "Why?" }
types:
  many: { type: enum, values: [${Array.from({ length: 20 }, (_, index) => `word_${index}`).join(', ')}] }
groups:
  four:
    one: { type: boolean, serves: [why] }
    two: { type: boolean, serves: [why] }
    three: { type: boolean, serves: [why] }
    four: { type: many, serves: [why] }
events:
  loaded:
    when: It loaded.
    since: 1.0.0
    uses: [four]
    fields:
      size: { type: integer, unit: bytes, min: 0, round: 3 digits, says: how large it is, since: 1.10.0 }
      share: { type: number, min: 0, max: 1, round: to 0.25 }
      range: { type: integer, unit: rows, bucket: [0, 10, 100] }
      took: { type: duration, unit: s, max: 3600 }
      day: { type: timestamp, round: day }
      build: { type: version, parts: 2 }
      word: { type: enum, values: [none, some], other: collapse }
      commit: { type: pattern, pattern: '^[0-9a-f]{7,40}$', other: collapse }
      run: { type: uuid, form: hex32, links: the steps of one run }
      label: { type: keyed-hash, says: a name as a token }
      everywhere: { type: keyed-hash, scope: product, because: it is public }
      statement: { type: sql-shape }
      note: { type: string, max_length: 12, reviewed: nobody writes it }
      words: { type: list, of: { type: enum, values: [a, b] }, max_items: 3 }
      tree:
        type: map
        keys: [left, right]
        max_entries: 2
        others: count
        values: { type: object, fields: { depth: { type: integer, min: 0, max: 9, says: how deep } } }
      pool: { type: object, fields: { kind: { type: enum, values: [zfs], says: which kind }, label: { sdk: never, collector: drops, because: people name it } } }
      only: { type: integer, only_when: { word: [some] } }
      odd: { sdk: never, collector: drops, because: 'it had a | and a <b> in it', from: properties."o.d" }
      build_text: { sdk: never, collector: drops, because: "kept as the record's version" }
  ended: { when: It ended., level: more, since: 1.2.0, uses: [four] }
`)

const contracts: readonly (readonly [string, Contract])[] = [
  ['a contract of all types', everything],
  ['the example', example],
  ...built
]

describe.each(contracts)('the example report of %s', (_name, contract) => {
  it('has records of which the collector keeps all, as it is', () => {
    const { validate } = compileContract(contract)
    const level = contract.consent.levels.at(-1)?.name
    for (const record of contract.records.values()) {
      const fields = exampleFields(record)
      const validation = validate({
        name: record.name,
        wire: 'native',
        fields,
        level,
        rekey: tokenOf
      })
      expect(validation).toMatchObject({ is: 'kept', name: record.name, violations: [] })
      if (validation.is === 'kept') expect(leavesOf(validation.fields)).toEqual(leavesOf(fields))
    }
  })
  it('is the same each time, and names contract and terms', () => {
    const [record] = contract.records.values()
    expect(exampleReport(contract, record)).toEqual(exampleReport(contract, record))
    expect(JSON.stringify(exampleReport(contract, record))).toContain(contract.terms)
  })
})

/** Values below any nesting, tokens aside. */
function leavesOf(value: unknown): readonly unknown[] {
  if (typeof value === 'object' && value !== null)
    return Object.values(value).flatMap(leavesOf).toSorted()
  return typeof value === 'string' && (value.startsWith('token(') || value.startsWith('c0ffee'))
    ? ['(token)']
    : [value]
}

describe('the page for users', () => {
  const page = generateDisclosure(everything)

  it.each([
    ['30 days', 'Backups hold what was deleted for at most 30 days more.'],
    ['2 weeks', 'Backups hold what was deleted for at most 2 weeks (14 days) more.'],
    ['none', 'No backups are made: what is deleted is nowhere.']
  ])('says that backups hold what was deleted: %s', (backups, sentence) => {
    expect(generateDisclosure(contractOf(frame.replace('30 days', backups)))).toContain(sentence)
  })

  it('says that nobody says how long backups hold what was deleted', () => {
    const silent = generateDisclosure(contractOf(frame.replace(', backups: 30 days', '')))
    expect(silent).toContain('How long backups hold what was deleted is not said')
  })

  it('goes in the order in which people look for things', () => {
    expect(page.match(/^## .*$/gm)).toEqual([
      '## What is collected, and why',
      '## Never collected',
      '## An example report',
      '## Ids, and how long they live',
      '## Where it goes, and how long it stays',
      '## How to turn it off',
      '## See it, and have it deleted',
      '## Version check',
      '## What came with which release',
      '## This page'
    ])
  })
  it.each([
    [
      '`size`',
      'how large it is (since 1.10.0)',
      'whole number of bytes, 0 or more, rounded to 3 digits'
    ],
    ['`share`', 'share', 'number, from 0 to 1, rounded to steps of 0.25'],
    [
      '`range`',
      'range',
      'whole number of rows, 0 or more, kept as the lower end of a range that begins at 0, 10, 100'
    ],
    ['`took`', 'took', 'length of time, kept in seconds, at most 3,600 s'],
    ['`build`', 'build', 'version: its first 2 numbers'],
    ['`day`', 'day', 'point in time, rounded down to the day'],
    ['`word`', 'word', 'one of `none`, `some`; anything else becomes `other`'],
    [
      '`commit`',
      'commit',
      'text such as `e6a034e`, of the form `^[0-9a-f]{7,40}$`, at most 64 characters; ' +
        'anything else becomes `other`'
    ],
    [
      '`label`',
      'a name as a token',
      'token that only the collector can make, for your installation alone'
    ],
    ['`note`', 'note', 'free text of at most 12 characters, reviewed: nobody writes it'],
    ['`tree.*.depth`', 'how deep', 'whole number, from 0 to 9'],
    ['`pool.kind`', 'which kind', 'one of `zfs`; anything else is not kept']
  ])('says of %s what it is and how it is bounded', (...cells) => {
    expect(page).toContain(`| ${cells.join(' | ')} |`)
  })
  it('prints what existing clients send and the collector drops as just that, where it lies', () => {
    expect(page).toContain('The collector drops them unread:')
    expect(page).toContain(
      String.raw`| \`odd\` at \`properties."o.d"\` | it had a \| and a \<b> in it |`.replaceAll(
        '\\`',
        '`'
      )
    )
    expect(page).toContain('| `pool.label` | people name it |')
  })
  it('does not say of a value that is kept elsewhere that it is dropped', () => {
    expect(page).toContain(
      'Existing clients also send these. Their values are kept, but not as fields:\n\n| ' +
        "field | what becomes of it |\n| --- | --- |\n| `build_text` | kept as the record's " +
        'version |'
    )
  })
  it('tells a larger group of fields once, a word list once, and leads to both', () => {
    expect(page.match(/^### Shared fields: four$/gm)).toHaveLength(1)
    expect(page).toContain('[four](#shared-fields-four)')
    expect(page.match(/`word_19`/g)).toHaveLength(1)
  })
  it('lists what came with which release, the newest first', () => {
    expect(discloseContract(everything).changes.map(({ version }) => version)).toEqual([
      '1.10.0',
      '1.2.0',
      '1.0.0'
    ])
  })
  it('calls what a lasting id links pseudonymous, and nothing anonymous', () => {
    const pageOf = (kind: string): string =>
      generateDisclosure(
        contractOf(
          frame.replace(
            /^identity:.*$/m,
            `identity: { kind: ${kind}, random: true, says: a random id }`
          )
        )
      )
    expect(pageOf('persistent')).toContain('what carries it is pseudonymous, not anonymous')
    for (const kind of ['none', 'window, days: 7', 'persistent'])
      expect(pageOf(kind).replace('not anonymous', '')).not.toMatch(/\banonymous/i)
  })
  it('tells what is made public', () => {
    expect(
      generateDisclosure(contractOf(`${frame}publication: Counts of versions, twice a year`))
    ).toContain('- Made public: Counts of versions, twice a year.')
  })
  describe('of a contract that waives rules', () => {
    const waiving = contractOf(`${frame}waive: { OWNER_MISSING: we all answer for it }
types:
  count: { type: integer, min: 0, waive: { UNIT_MISSING: each says what it counts } }
  unused: { type: integer, waive: { UNIT_MISSING: nobody has it } }
events:
  loaded:
    when: It loaded.
    waive: { EXPIRES_MISSING: it never | ends }
    fields: { lamps: { type: count }, tree: { type: object, fields: { leaves: { type: count } } } }
  ended: { when: It ended., fields: { lamps: { type: count }, waive: { type: boolean } } }
`)
    it('says which, where and why, each reason once', () => {
      expect(discloseContract(waiving).exceptions).toEqual([
        {
          rule: 'OWNER_MISSING',
          against: 'a record that nobody answers for',
          concerns: [],
          because: 'we all answer for it'
        },
        {
          rule: 'UNIT_MISSING',
          against: 'a number without a unit',
          concerns: ['loaded.lamps', 'loaded.tree_leaves', 'ended.lamps'],
          because: 'each says what it counts'
        },
        {
          rule: 'EXPIRES_MISSING',
          against: 'a record that does not say until when it is collected',
          concerns: ['loaded'],
          because: 'it never | ends'
        }
      ])
    })
    it('prints it before what came with which release, for people, browsers and programs', () => {
      const md = generateDisclosure(waiving)
      expect(md).toMatch(
        /## Exceptions to the rules, and why[\s\S]*## What came with which release/
      )
      expect(md).toContain(
        '| `OWNER_MISSING` | a record that nobody answers for | the whole contract | we all ' +
          'answer for it |'
      )
      expect(md).toContain(String.raw`| it never \| ends |`)
      expect(generateDisclosure(waiving, { format: 'html' })).toContain(
        'Exceptions to the rules, and why</h2>'
      )
      expect(JSON.parse(generateDisclosure(waiving, { format: 'json' }))).toMatchObject({
        exceptions: { length: 3 }
      })
    })
    it('is the same of its published document', () => {
      expect(
        discloseContract(contractOf(JSON.stringify(waiving.document))).exceptions
      ).toHaveLength(3)
    })
  })
  it('begins with what a docs site reads, if asked to, and leaves the title to it', () => {
    const served = generateDisclosure(everything, { frontMatter: true })
    expect(
      served.startsWith('---\ntitle: "Telemetry of Demo"\ndescription: "What Demo collects')
    ).toBe(true)
    expect(served).not.toMatch(/^# /m)
  })
  it('keeps what else the front matter of a page has', () => {
    const before =
      '---\ntitle: Old\nsidebar_label: Telemetry\ndescription: >\n  Old\nkeywords:\n' +
      '  - "telemetry"\n- statistics\n---\n\nsidebar_label: in the text\n'
    const written = generateDisclosure(everything, { frontMatter: true, before })
    expect(written).toMatch(
      /^---\ntitle: "Telemetry of Demo"\ndescription: ".*"\nsidebar_label: Telemetry\nkeywords:\n {2}- "telemetry"\n- statistics\n---\n\n/
    )
    expect(generateDisclosure(everything, { frontMatter: true, before: written })).toBe(written)
  })
  it('is the same to the byte, whenever and from whatever it was parsed', () => {
    const published = contractOf(JSON.stringify(example.document))
    for (const format of ['md', 'html', 'json'] as const)
      expect(generateDisclosure(published, { format })).toBe(
        generateDisclosure(example, { format })
      )
  })
})

describe('the ways to say no', () => {
  const blocksOf = (control: string): string =>
    generateDisclosure(contractOf(frame.replace('[{ flag: --off }]', `[${control}]`)))
      .split('## How to turn it off')[1]
      ?.split('## ')[0] ?? ''
  it.each([
    ['{ variable: DEMO, off: 0 }', '```sh\nexport DEMO=0\n```'],
    ["{ variable: DEMO, off: it's off }", String.raw`export DEMO='it'\''s off'`],
    ['{ variable: DEMO_KEY, says: leave it unset }', '```sh\nunset DEMO_KEY\n```'],
    ['{ key: a.b, file: demo.yml, off: false }', '```yaml\n# demo.yml\na:\n  b: false\n```'],
    ['{ key: a.b, file: ~/demo.toml, off: "off" }', '```toml\n# ~/demo.toml\n[a]\nb = "off"\n```'],
    ['{ key: a.b, file: demo.json, off: false }', '"b": false'],
    ['{ key: a.b, file: demo.conf, off: "off" }', '```ini\n# demo.conf\na.b = off\n```'],
    [
      '{ sql: "SELECT off()", since: "2.0", was: "DELETE 1", scope: database }',
      'In SQL (for the database) from 2.0 on. Earlier releases: `DELETE ' +
        '1`.\n\n```sql\nSELECT off()\n```'
    ],
    ['{ flag: --off, until: "1.9" }', '**In earlier releases only**'],
    [
      '{ flag: --off }, { variable: DO_NOT_TRACK, honoured: false }',
      '**Not heeded** by existing clients: `DO_NOT_TRACK`.'
    ],
    [
      '{ flag: --off }, { variable: DEMO_TRACE, off: 0, keeps: crashes }',
      '**To send less**\n\nThe environment variable `DEMO_TRACE`. Still sent then: crashes.'
    ],
    ['{ flag: --off, takes_effect: at once }', 'takes effect: at once.']
  ])('are something to copy: %s', (control, text) => {
    expect(blocksOf(control)).toContain(text)
  })
})

describe('whatever a contract says', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '`` ` ``',
      '| a | b |',
      '[x](javascript:alert(1))',
      '{x}',
      '**b',
      '"><img src=x>',
      '&lt;',
      '# h'
    )
  )
  const contracts = fc
    .record({ title: hostile, purpose: hostile, when: hostile, says: hostile, never: hostile })
    .map((words) => ({
      ...example,
      ...words,
      never: { sdk: [words.never], collector: [words.never] },
      records: new Map(
        [...example.records].map(([name, record]) => [
          name,
          {
            ...record,
            when: words.when,
            fields: new Map(
              [...record.fields].map(([key, field]) => [key, { ...field, says: words.says }])
            )
          }
        ])
      )
    })) satisfies fc.Arbitrary<Contract>

  it('becomes no tag, no script and no attribute of the page', () => {
    fc.assert(
      fc.property(contracts, (contract) => {
        const html = generateDisclosure(contract, { format: 'html' })
        const tags = new Set(
          [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name?.toLowerCase())
        )
        expect([...tags].filter((tag) => !knownTags.has(tag ?? ''))).toEqual([])
        expect(html).not.toMatch(/ href="(?!https?:|#)/)
      }),
      { numRuns: 60 }
    )
  })
  it('breaks no table of the Markdown', () => {
    fc.assert(
      fc.property(contracts, (contract) => {
        const lines = generateDisclosure(contract).split('\n')
        const columns = (line: string): number => line.replaceAll('\\|', '').split('|').length
        for (const [index, line] of lines.entries())
          if (line.startsWith('| ---'))
            for (let row = index + 1; lines[row]?.startsWith('| ') === true; row += 1)
              expect(columns(lines[row] ?? '')).toBe(columns(line))
      }),
      { numRuns: 60 }
    )
  })
})

const knownTags = new Set(
  (
    'html head meta title style body main h1 h2 h3 p ul ol li a strong code pre nav div table ' +
    'thead tbody tr th td'
  ).split(' ')
)
