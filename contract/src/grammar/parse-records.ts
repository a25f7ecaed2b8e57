/** Reads events, snapshots and counters, and holds their fields against each other. */
import { columnsOfRecords } from '../form/columns.ts'
import {
  entriesOf,
  integerOf,
  itemsOf,
  listed,
  membersOf,
  nearest,
  note,
  noteMissing,
  shown,
  textOf,
  textsOf,
  wordOf,
  type Authored,
  type Entries
} from './authored.ts'
import {
  sensitivities,
  type FieldDeclaration,
  type PresencePeriod,
  type RecordDeclaration
} from '../form/contract.ts'
import * as limits from '../form/limits.ts'
import {
  inheritsNothing,
  noteName,
  readExpires,
  readFields,
  readGroup,
  readLevel,
  readServes,
  type Inherited,
  type Vocabulary
} from './parse-fields.ts'
import { presenceName, presenceRecord } from '../form/presence.ts'
import { noteWaivers } from './waivers.ts'

/** What every record may say. */
export const recordKeys = [
  'when',
  'level',
  'aliases',
  'since',
  'owner',
  'expires',
  'serves',
  'identity',
  'time',
  'sample',
  'sensitivity',
  'every',
  'uses',
  'fields',
  'waive'
]
const kinds = [
  ['events', 'event'],
  ['snapshots', 'snapshot'],
  ['counters', 'counter']
] as const

export function readRecords(
  root: Authored,
  entries: Entries,
  vocabulary: Vocabulary,
  presence: readonly PresencePeriod[]
): ReadonlyMap<string, RecordDeclaration> {
  const records = new Map<string, RecordDeclaration>()
  const spellings = new Map<string, string>(
    presence.length === 0 ? [] : [[presenceName, presenceName]]
  )
  const groupsAt = entries.get('groups')
  const groups = new Map(
    [...(groupsAt === undefined ? [] : membersOf(groupsAt))].map(([name, at]) => [
      name,
      readGroup(at)
    ])
  )
  checkUnused(groups, vocabulary)
  for (const [section, kind] of kinds) {
    const at = entries.get(section)
    for (const [name, authored] of at === undefined ? [] : membersOf(at)) {
      noteName(authored, name, 'record')
      const record = readRecord(authored, name, kind, vocabulary, groups)
      if (record === undefined) continue
      for (const spelling of [name, ...record.aliases]) {
        const taken = spellings.get(spelling)
        if (taken !== undefined)
          note(
            authored,
            'NAME_DUPLICATE',
            `\`${shown(spelling)}\` already names \`${taken}\`: choose another name or alias.`,
            {
              onKey: true
            }
          )
        spellings.set(spelling, name)
      }
      records.set(name, record)
    }
  }
  if (presence.length > 0)
    records.set(presenceName, presenceRecord(presence, vocabulary.levels[0] ?? 'all'))
  if (records.size > limits.recordsMax)
    note(
      root,
      'LIMIT_EXCEEDED',
      `The contract has ${records.size} records: keep it within ${limits.recordsMax}.`
    )
  const fields = [...records.values()].reduce((sum, record) => sum + countFields(record.fields), 0)
  if (fields > limits.fieldsMax)
    note(
      root,
      'LIMIT_EXCEEDED',
      `The contract has ${fields} fields: keep it within ${limits.fieldsMax}.`
    )
  else noteColumns(root, records)
  return records
}

function readRecord(
  at: Authored,
  name: string,
  kind: RecordDeclaration['kind'],
  vocabulary: Vocabulary,
  groups: Entries
): RecordDeclaration | undefined {
  const entries = entriesOf(at, recordKeys)
  if (at.source.is !== 'map') return undefined
  const when = textOf(entries.get('when'))
  if (!entries.has('when')) noteMissing(at, 'when', 'say in a sentence when it is sent')
  const level = readLevel(entries.get('level'), vocabulary) ?? vocabulary.levels[0] ?? 'all'
  const inherited: Inherited = {
    level,
    since: textOf(entries.get('since'), { lengthMax: limits.versionLengthMax }),
    owner: textOf(entries.get('owner')),
    expires: readExpires(entries.get('expires')),
    serves: readServes(entries.get('serves'), vocabulary) ?? [],
    sdk: 'sends',
    because: undefined,
    insideCollection: false,
    shared: false
  }
  const fields = new Map<string, FieldDeclaration>()
  const usesAt = entries.get('uses')
  for (const use of usesAt === undefined ? [] : itemsOf(usesAt, 100)) {
    const groupName = textOf(use, { lengthMax: 100 })
    const group = groupName === undefined ? undefined : groups.get(groupName)
    if (groupName !== undefined && group === undefined) {
      note(
        use,
        'REFERENCE_UNKNOWN',
        `\`${shown(groupName)}\` is not among ` +
          `\`groups\`${nearest(groupName, [...groups.keys()]) || ': declare it there.'}`
      )
    }
    if (group !== undefined)
      addFields(use, fields, readFields(group, vocabulary, { ...inherited, shared: true }, 1))
  }
  noteWaivers(entries.get('waive'))
  const fieldsAt = entries.get('fields')
  if (fieldsAt !== undefined)
    addFields(fieldsAt, fields, readFields(fieldsAt, vocabulary, inherited, 1))
  noteConditions(fieldsAt ?? at, fields, fields)
  const { since, owner, expires, serves } = inherited
  const aliases = textsOf(entries.get('aliases'), {
    countMax: 100,
    lengthMax: limits.enumValueLengthMax
  })
  const identity = wordOf(entries.get('identity'), ['none'])
  const time = wordOf(entries.get('time'), ['hour', 'day'])
  const sample = readSample(entries.get('sample'))
  const sensitivity = wordOf(entries.get('sensitivity'), sensitivities)
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(time === undefined ? {} : { time }),
    ...(sample === undefined ? {} : { sample }),
    ...(sensitivity === undefined ? {} : { sensitivity }),
    name,
    kind,
    when: when ?? '',
    level,
    aliases,
    since,
    owner,
    expires,
    serves,
    every: readEvery(entries.get('every')),
    fields
  }
}

/** `10%`, as a share; all of them is what holds without it. */
function readSample(at: Authored | undefined): number | undefined {
  const text = textOf(at, { lengthMax: 20 })
  if (at === undefined || text === undefined) return undefined
  const percent = /^(?:[1-9][0-9]?|0\.[0-9]{0,3}[1-9])%$/.test(text) ? Number.parseFloat(text) : 0
  if (percent > 0) return percent / 100
  note(
    at,
    'VALUE_INVALID',
    `\`${shown(text)}\` is no share: write a percentage below 100, such as \`10%\` or \`0.5%\`.`
  )
  return undefined
}

function readEvery(at: Authored | undefined): RecordDeclaration['every'] {
  if (at === undefined) return undefined
  const entries = entriesOf(at, ['says', 'per_day_max'])
  const says = textOf(entries.get('says'))
  if (at.source.is === 'map' && !entries.has('says'))
    noteMissing(at, 'says', 'say how often an honest installation sends it')
  return { says: says ?? '', perDayMax: integerOf(entries.get('per_day_max'), { min: 1 }) }
}

function addFields(
  at: Authored,
  fields: Map<string, FieldDeclaration>,
  more: ReadonlyMap<string, FieldDeclaration>
): void {
  for (const [name, field] of more) {
    if (fields.has(name))
      note(
        at,
        'NAME_DUPLICATE',
        `The field \`${name}\` comes from two places (groups in \`uses\`, or \`fields\`): keep one.`
      )
    fields.set(name, field)
  }
}

/** `only_when` looks at a field beside it, or at one of the record's own. */
function noteConditions(
  at: Authored,
  fields: ReadonlyMap<string, FieldDeclaration>,
  all: ReadonlyMap<string, FieldDeclaration>
): void {
  for (const field of fields.values()) {
    for (const other of field.onlyWhen?.keys() ?? []) {
      if (!fields.has(other) && !all.has(other)) {
        const known = [...new Set([...fields.keys(), ...all.keys()])].filter(
          (name) => name !== field.name
        )
        note(
          at,
          'REFERENCE_UNKNOWN',
          `\`only_when\` of \`${field.name}\` names \`${shown(other)}\`, which is no field ` +
            `here${nearest(other, known) || ': declare it, if only with `collector: drops`.'}`
        )
      }
    }
    if (field.type.is === 'object') noteConditions(at, field.type.fields, all)
  }
}

/** Reads what no record uses too, so that its problems are told as well. */
function checkUnused(groups: Entries, vocabulary: Vocabulary): void {
  const inherited = inheritsNothing(vocabulary.levels)
  for (const group of groups.values()) readFields(group, vocabulary, inherited, 1)
}

function countFields(fields: ReadonlyMap<string, FieldDeclaration>): number {
  let count = 0
  for (const field of fields.values()) {
    let type = field.type
    while (type.is === 'list' || type.is === 'map')
      type = type.is === 'list' ? type.of : type.values
    count += 1 + (type.is === 'object' ? countFields(type.fields) : 0)
  }
  return count
}

function noteColumns(root: Authored, records: ReadonlyMap<string, RecordDeclaration>): void {
  for (const conflict of columnsOfRecords(records).conflicts) {
    const at = find(root, conflict.path)
    if (conflict.is === 'reserved') {
      note(
        at,
        'NAME_INVALID',
        `\`${conflict.column}\` is a column that every record has: rename the field, and ` +
          `name the sent key in \`from: ${conflict.column}\`.`,
        { onKey: true }
      )
    } else if (conflict.is === 'long') {
      note(
        at,
        'NAME_INVALID',
        `The column \`${shown(conflict.column)}\` would be longer than ` +
          `${limits.columnNameLengthMax}: use shorter names.`,
        { onKey: true }
      )
    } else {
      note(
        at,
        'COLUMN_CONFLICT',
        `The column \`${conflict.column}\` is ` +
          (conflict.is === 'type'
            ? `of another type in ${listed([conflict.other])}: `
            : `already filled by \`${conflict.other}\` in the same record: `) +
          'rename one of the two fields (`from` keeps the sent name).',
        { onKey: true }
      )
    }
  }
}

/**
 * The authored place of a field by its path in the contract; the nearest known place above it if it
 * came from a group.
 */
function find(root: Authored, path: readonly string[]): Authored {
  let at = root
  for (const key of path) {
    const next = membersOf({ ...at, problems: [] }).get(key)
    if (next === undefined) break
    at = { ...next, problems: root.problems }
  }
  return at
}
