/** Reads what is made public of a contract's numbers, and refuses what would show too much. */
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
  wordOf,
  type Authored,
  type Entries
} from './authored.ts'
import type { Contract, FieldDeclaration, FieldType } from '../form/contract.ts'
import {
  publicCadences,
  publicFloors,
  publicQuestions,
  type PublicNumbers,
  type PublicTable
} from '../form/public-numbers.ts'
import { noteName } from './parse-fields.ts'

/** Nobody looks at more, and each table is one more to tell people apart with. */
const tablesMax = 40
const stepsMax = 1_000

type Told = Pick<Contract, 'records' | 'environment' | 'identity'>

/** A sentence, or a mapping that also names the tables. */
export function readPublication(
  at: Authored | undefined,
  contract: Told
): PublicNumbers | undefined {
  if (at === undefined) return undefined
  if (at.source.is !== 'map') {
    const says = textOf(at)
    return says === undefined ? undefined : { ...standard, says }
  }
  const entries = entriesOf(at, [
    'says',
    'at',
    'every',
    'licence',
    'threshold',
    'combined',
    'rounding',
    'tables'
  ])
  for (const key of ['says', 'tables'])
    if (!at.source.entries.has(key))
      noteMissing(at, key, key === 'says' ? 'tell users what is published' : 'name what is')
  const address = textOf(entries.get('at'))
  const addressAt = entries.get('at')
  if (address !== undefined && addressAt !== undefined && !/^https?:\/\/[^\s"'<>]+$/.test(address))
    note(addressAt, 'VALUE_INVALID', 'This is no address: write `https://` and where it stands.')
  const tables = entries.get('tables')
  return {
    says: textOf(entries.get('says')) ?? '',
    at: address,
    every: wordOf(entries.get('every'), publicCadences) ?? standard.every,
    licence: textOf(entries.get('licence'), { lengthMax: 100 }) ?? standard.licence,
    threshold: atLeast(entries, 'threshold'),
    combined: atLeast(entries, 'combined'),
    rounding: atLeast(entries, 'rounding'),
    tables: tables === undefined ? [] : readTables(tables, contract)
  }
}

const standard = {
  at: undefined,
  every: 'month',
  licence: 'CC0-1.0',
  ...publicFloors,
  tables: []
} as const

function atLeast(entries: Entries, key: keyof typeof publicFloors): number {
  const at = entries.get(key)
  const floor = publicFloors[key]
  const value = integerOf(at, { min: 1, max: stepsMax })
  if (at === undefined || value === undefined) return floor
  if (value < floor)
    note(
      at,
      'PUBLICATION_UNSAFE',
      `${value} tells people apart: \`${key}\` is at least ${floor}, and may be more.`
    )
  return Math.max(value, floor)
}

function readTables(at: Authored, contract: Told): readonly PublicTable[] {
  const members = [...membersOf(at)]
  if (members.length > tablesMax)
    note(
      at,
      'LIMIT_EXCEEDED',
      `${members.length} tables are too many to look at: keep them within ${tablesMax}.`
    )
  if (members.length > 0 && contract.identity.kind === 'none')
    note(
      at,
      'PUBLICATION_UNSAFE',
      'No id means that nobody knows how many installations stand behind a number: ' +
        'leave `tables` away.',
      { onKey: true }
    )
  const fields = publicFields(contract)
  return members.slice(0, tablesMax).flatMap(([name, authored]) => {
    noteName(authored, name, 'table')
    return readTable(authored, name, contract, fields)
  })
}

function readTable(
  at: Authored,
  name: string,
  { environment }: Told,
  fields: ReadonlyMap<string, Held>
): readonly PublicTable[] {
  const entries = entriesOf(at, ['title', 'says', 'question', 'by', 'field'])
  const fieldAt = entries.get('field')
  const byAt = entries.get('by')
  const question =
    wordOf(entries.get('question'), publicQuestions) ??
    (fieldAt === undefined ? 'active-installations' : 'distribution')
  if (fieldAt !== undefined && question !== 'distribution')
    note(fieldAt, 'TYPE_CONFLICT', '`field` belongs to `question: distribution`.', { onKey: true })
  if (byAt !== undefined && question !== 'active-installations')
    note(byAt, 'TYPE_CONFLICT', `\`by\` belongs to \`question: active-installations\`.`, {
      onKey: true
    })
  if (question === 'distribution' && fieldAt === undefined)
    noteMissing(at, 'field', 'name the number whose distribution is shown')
  const own = [
    'version',
    'version_line',
    'level',
    ...environment.filter((part) => part !== 'automation' && part !== 'cpu')
  ]
  const words = byAt === undefined ? [] : itemsOf(byAt, 2)
  const by = words.flatMap((item) => {
    const word = textOf(item, { lengthMax: 200 })
    if (word === undefined) return []
    if (!own.includes(word)) noteField(item, word, { fields, own, isNumber: false })
    return [word]
  })
  const [first, second] = by
  if (first !== undefined && first === second)
    note(at, 'NAME_DUPLICATE', `\`${shown(first)}\` stands twice in \`by\`: keep one of the two.`)
  const field = textOf(fieldAt, { lengthMax: 200 })
  if (field !== undefined && fieldAt !== undefined)
    noteField(fieldAt, field, { fields, own: [], isNumber: true })
  const title = textOf(entries.get('title'), { lengthMax: 100 })
  const spoken = name.replaceAll('_', ' ')
  return [
    {
      name,
      title: title ?? `${spoken.charAt(0).toUpperCase()}${spoken.slice(1)}`,
      says: textOf(entries.get('says')),
      question,
      by,
      field
    }
  ]
}

/** A field, with what it inherits. */
interface Held {
  readonly type: FieldType
  readonly sensitivity: string
  /** Whether installations can be counted that told it. */
  readonly isCounted: boolean
}

/** By the name of its column; the most sensitive of several counts. */
function publicFields({ records }: Told): ReadonlyMap<string, Held> {
  const found = new Map<string, Held>()
  const add = (
    fields: ReadonlyMap<string, FieldDeclaration>,
    prefix: string,
    held: Omit<Held, 'type'>
  ): void => {
    for (const field of fields.values()) {
      if (field.collector === 'drops') continue
      const own = { ...held, sensitivity: field.sensitivity ?? held.sensitivity }
      const name = `${prefix}${field.name}`
      const known = found.get(name)
      if (field.type.is === 'object') add(field.type.fields, `${name}_`, own)
      else
        found.set(name, {
          type: field.type,
          sensitivity: isSensitive(known?.sensitivity) ? known.sensitivity : own.sensitivity,
          isCounted: own.isCounted && known?.isCounted !== false
        })
    }
  }
  for (const record of records.values())
    add(record.fields, '', {
      sensitivity: record.sensitivity ?? 'technical',
      isCounted: record.identity !== 'none'
    })
  return found
}

function isSensitive(sensitivity: string | undefined): sensitivity is 'content' | 'sensitive' {
  return sensitivity === 'content' || sensitivity === 'sensitive'
}

function noteField(
  at: Authored,
  name: string,
  {
    fields,
    own,
    isNumber
  }: {
    readonly fields: ReadonlyMap<string, Held>
    readonly own: readonly string[]
    readonly isNumber: boolean
  }
): void {
  const held = fields.get(name)
  if (held === undefined) {
    const hint = nearest(name, [...own, ...fields.keys()])
    const advice = own.length === 0 ? 'name a field of a record' : `use a field, or ${listed(own)}`
    note(
      at,
      'REFERENCE_UNKNOWN',
      `Nothing is called \`${shown(name)}\`${hint === '' ? `: ${advice}.` : hint}`
    )
    return
  }
  const why = whyUnsafe(held, isNumber)
  if (why !== undefined)
    note(at, 'PUBLICATION_UNSAFE', `\`${shown(name)}\` cannot be published: ${why}.`)
}

function whyUnsafe({ type, sensitivity, isCounted }: Held, isNumber: boolean): string | undefined {
  if (isSensitive(sensitivity))
    return `its sensitivity is \`${sensitivity}\`, and only technical things and interactions are`
  if (!isCounted) return 'it travels without an id, so nobody knows how many stand behind it'
  if (isNumber)
    return type.is === 'integer' || type.is === 'number' || type.is === 'duration'
      ? undefined
      : 'a distribution is of a number'
  return hasDeclaredValues(type)
    ? undefined
    : 'its values are not declared, so a stranger could write on your page; use an enum, a ' +
        'boolean or a version'
}

function hasDeclaredValues(type: FieldType): boolean {
  if (type.is === 'list') return hasDeclaredValues(type.of)
  if (type.is === 'map') return type.keys.is === 'enum'
  return type.is === 'enum' || type.is === 'boolean' || type.is === 'version'
}
