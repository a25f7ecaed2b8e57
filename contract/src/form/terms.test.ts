import { describe, expect, it } from 'vitest'
import { contractOf, withFields } from '../../test/frame.ts'

const before = withFields({
  size: '{ type: integer, max: 10, says: how lagre it is }',
  mode: '{ type: enum, values: [a, b] }'
})

describe('the terms that a user accepted', () => {
  it.each([
    ['a corrected sentence', 'lagre', 'large'],
    ['another title', 'title: Demo', 'title: Demonstration'],
    ['another purpose', 'purpose: To test.', 'purpose: For tests.'],
    ['a sentence about the id', 'says: nothing', 'says: none at all'],
    ['a new contact', 'title: Demo', 'title: Demo\ncontact: nobody'],
    ['an owner', 'when: It loads.', 'when: It loads.\n    owner: the loaders'],
    ['another wording of when', 'It loads.', 'It has loaded.'],
    ['the order of values', '[a, b]', '[b, a]'],
    ['a spelling that old clients send', '[a, b]', '[a, b], aliases: { A: a }'],
    ['a path that old clients send', 'max: 10', 'max: 10, from: properties.size'],
    ['another way to say no', '{ flag: --off }', '{ flag: --off }, { variable: OFF }'],
    [
      'what only old clients send',
      'fields:',
      'fields:\n      old: { type: boolean, sdk: never, because: old clients send it }'
    ]
  ])('stay the same with %s', (_what, from, to) => {
    expect(before).toContain(from)
    expect(contractOf(before.replace(from, to)).terms).toBe(contractOf(before).terms)
    expect(contractOf(before.replace(from, to)).digest).not.toBe(contractOf(before).digest)
  })

  it.each([
    ['a new field', 'fields:', 'fields:\n      more: { type: boolean }'],
    ['a wider bound', 'max: 10', 'max: 11'],
    ['another type', 'type: integer, max: 10', 'type: number, max: 10'],
    ['finer values', 'max: 10', 'max: 10, round: 3 digits'],
    ['a new value', '[a, b]', '[a, b, c]'],
    ['another level of a field', 'max: 10', 'max: 10, level: more'],
    ['another level of a record', 'when: It loads.', 'when: It loads.\n    level: more'],
    [
      'a new recipient',
      'recipients: [',
      'recipients: [{ name: They, where: There, for: testing }, '
    ],
    ['a recipient elsewhere', 'where: Here', 'where: There'],
    ['longer retention', '90 days', '91 days'],
    ['longer backups', 'backups: 30 days', 'backups: 31 days'],
    ['no word on backups', ', backups: 30 days', ''],
    ['another location', 'title: Demo', 'title: Demo\nlocation: EU'],
    ['another identity', 'kind: none', 'kind: persistent'],
    ['an account', 'kind: none', 'kind: none, account: true'],
    ['a part of the environment', 'title: Demo', 'title: Demo\nenvironment: [os]'],
    ['presence', 'title: Demo', 'title: Demo\npresence: [day]'],
    ['another level', 'more: More.', 'more: More., most: Most.']
  ])('change with %s', (_what, from, to) => {
    expect(before).toContain(from)
    expect(contractOf(before.replace(from, to)).terms).not.toBe(contractOf(before).terms)
  })

  it('stay the same when a type gets a name or fields become a group', () => {
    const named = before
      .replace('{ type: enum, values: [a, b] }', '{ type: kind }')
      .replace('events:', 'types: { kind: { type: enum, values: [a, b] } }\nevents:')
    expect(contractOf(named).terms).toBe(contractOf(before).terms)
    const grouped = before
      .replace('    fields:', '    uses: [shared]\n    fields:')
      .replace(/ {6}size: (.*)\n/, '')
      .replace('events:', 'groups: { shared: { size: { type: integer, max: 10 } } }\nevents:')
    expect(contractOf(grouped).terms).toBe(contractOf(before).terms)
  })

  it('change with longer keys of a map: they can hold more', () => {
    const of = (length: number): string =>
      withFields({
        m:
          `{ type: map, keys: { pattern: '^k[0-9]{1,9}$', max_length: ${length} }, values: ` +
          'boolean, max_entries: 3 }'
      })
    expect(contractOf(of(9)).terms).not.toBe(contractOf(of(8)).terms)
  })
})
