/** Reads the types of fields: what kinds of values there are, with which bounds. */
import {
  booleanOf,
  entriesOf,
  integerOf,
  itemsOf,
  listed,
  membersOf,
  nearest,
  note,
  noteMissing,
  noteUnknownKey,
  numberOf,
  shown,
  textOf,
  textsOf,
  wordOf,
  type Authored,
  type Entries
} from './authored.ts'
import {
  sqlDialects,
  type FieldDeclaration,
  type FieldType,
  type MapKeys
} from '../form/contract.ts'
import * as limits from '../form/limits.ts'
import { noteDuplicates, readCoarsen, readCounts } from './parse-counts.ts'
import { judgePattern } from './pattern-safety.ts'
import { noteWaivers } from './waivers.ts'

/** The keys that each type takes besides those of every field. */
export const typeKeys = {
  boolean: [],
  integer: ['unit', 'min', 'max', 'bucket', 'round'],
  number: ['unit', 'min', 'max', 'bucket', 'round'],
  duration: ['unit', 'max', 'bucket', 'round'],
  timestamp: ['round'],
  version: ['parts'],
  enum: ['values', 'aliases', 'strip', 'ignore_case', 'matches', 'other'],
  pattern: ['pattern', 'max_length', 'other'],
  uuid: ['form'],
  'keyed-hash': ['scope', 'max_length'],
  'sql-shape': ['dialect'],
  string: ['max_length', 'reviewed'],
  list: ['of', 'max_items'],
  map: ['keys', 'values', 'max_entries', 'others'],
  object: ['fields', 'others'],
  'labelled-counter': ['labels', 'max'],
  distribution: ['buckets', 'exponential', 'unit', 'max']
} as const satisfies Record<
  FieldType['is'] | 'labelled-counter' | 'distribution',
  readonly string[]
>

/** As they are written; two of them are maps of counts. */
export type TypeName = keyof typeof typeKeys

export const typeNames = Object.keys(typeKeys) as readonly TypeName[]
const everyTypeKey: ReadonlySet<string> = new Set(Object.values(typeKeys).flat())
/** What a named type may say besides its own keys. */
export const namedTypeKeys = ['type', 'says', 'because', 'waive']

/** What reading a type needs from around it. */
export interface TypeScope {
  readonly types: Entries
  /** Types around this one. */
  readonly depth: number
  /** Reads the fields of an object that is read inside this scope. */
  readonly fieldsOf: (at: Authored, depth: number) => ReadonlyMap<string, FieldDeclaration>
}

/** A type as it is written out after names are looked up: the nearest writing of each key wins. */
export interface SpelledType {
  readonly is: TypeName | undefined
  readonly keys: Entries
  readonly says: string | undefined
  readonly because: string | undefined
}

/**
 * Looks up what the entry `type` names, through named types, and notes keys that do not belong to
 * it.
 */
export function spellType(
  entries: Entries,
  scope: TypeScope,
  allowed: readonly string[]
): SpelledType {
  const spelled = spell(entries, scope.types, new Set())
  const own: readonly string[] = spelled.is === undefined ? [...everyTypeKey] : typeKeys[spelled.is]
  for (const [key, authored] of entries) {
    if (allowed.includes(key) || own.includes(key)) continue
    if (spelled.is !== undefined && everyTypeKey.has(key)) {
      note(
        authored,
        'KEY_UNKNOWN',
        `\`${key}\` does not belong to the type \`${spelled.is}\`: ` +
          `${own.length === 0 ? 'leave it out' : `use ${listed(own)}`}.`,
        { onKey: true }
      )
    } else noteUnknownKey(authored, key, [...allowed, ...own])
  }
  return spelled
}

/** Reads what is written where a type alone belongs: a type's name, or `{ type: …, its keys }`. */
export function readTypeAt(at: Authored, scope: TypeScope): FieldType | undefined {
  if (at.source.is === 'scalar') {
    const named = new Map([['type', at]])
    return readType(at, spellType(named, scope, namedTypeKeys), scope)
  }
  const entries = membersOf(at)
  if (at.source.is !== 'map') return undefined
  if (!entries.has('type')) {
    noteMissing(at, 'type', `name one of ${listed(typeNames)}`)
    return undefined
  }
  noteWaivers(entries.get('waive'))
  return readType(at, spellType(entries, scope, namedTypeKeys), scope)
}

/** Undefined when it cannot be read; its problems are noted then. */
export function readType(
  at: Authored,
  spelled: SpelledType,
  scope: TypeScope
): FieldType | undefined {
  const { keys } = spelled
  if (scope.depth > limits.typeDepthMax) {
    note(at, 'LIMIT_EXCEEDED', `Types nest deeper than ${limits.typeDepthMax} here: flatten them.`)
    return undefined
  }
  switch (spelled.is) {
    case undefined:
      return undefined
    case 'boolean':
      return { is: 'boolean' }
    case 'sql-shape':
      return { is: 'sql-shape', dialect: wordOf(keys.get('dialect'), sqlDialects) }
    case 'integer':
    case 'number':
      return readNumeric(at, spelled.is, keys)
    case 'duration': {
      const max = numberOf(keys.get('max'), { min: 0 }) ?? limits.durationSecondsDefault
      const unit = wordOf(keys.get('unit'), ['s', 'ms', 'us', 'ns'])
      if (!keys.has('unit'))
        noteMissing(at, 'unit', 'say in which unit numbers come, `s`, `ms`, `us` or `ns`')
      return { is: 'duration', unit: unit ?? 's', max, coarsen: readCoarsen(keys, 'number') }
    }
    case 'timestamp':
      return {
        is: 'timestamp',
        round: wordOf(keys.get('round'), ['second', 'minute', 'hour', 'day'])
      }
    case 'version':
      return {
        is: 'version',
        parts: integerOf(keys.get('parts'), { min: 1, max: 3 }) as 1 | 2 | 3 | undefined
      }
    case 'enum':
      return readEnum(at, keys)
    case 'pattern': {
      const lengthMax =
        integerOf(keys.get('max_length'), { min: 1, max: limits.patternLengthMax }) ??
        limits.patternLengthDefault
      if (!keys.has('pattern')) noteMissing(at, 'pattern', 'write a regular expression, `^…$`')
      const pattern = readPattern(keys.get('pattern'), 'whole')
      return pattern === undefined
        ? undefined
        : { is: 'pattern', pattern, lengthMax, other: readOther(keys) }
    }
    case 'uuid':
      return { is: 'uuid', form: wordOf(keys.get('form'), ['uuid', 'hex32']) ?? 'uuid' }
    case 'keyed-hash': {
      const lengthMax =
        integerOf(keys.get('max_length'), { min: 1, max: limits.keyedHashLengthMax }) ??
        limits.keyedHashLengthDefault
      return {
        is: 'keyed-hash',
        scope: wordOf(keys.get('scope'), ['installation', 'product']) ?? 'installation',
        lengthMax
      }
    }
    case 'string': {
      const lengthMax = integerOf(keys.get('max_length'), { min: 1, max: limits.stringLengthMax })
      const reviewed = textOf(keys.get('reviewed'))
      if (!keys.has('max_length'))
        noteMissing(at, 'max_length', `bound the text, at most ${limits.stringLengthMax}`)
      if (!keys.has('reviewed')) {
        note(
          at,
          'STRING_NOT_REVIEWED',
          'A free text may hold anything: use an enum, pattern or keyed-hash, or say in ' +
            '`reviewed` who looked and why it is harmless.'
        )
      }
      return lengthMax === undefined || reviewed === undefined
        ? undefined
        : { is: 'string', lengthMax, reviewed }
    }
    case 'labelled-counter':
    case 'distribution':
      return readCounts(at, spelled.is, keys)
    case 'list':
    case 'map':
    case 'object':
      return readCollection(at, spelled.is, keys, { ...scope, depth: scope.depth + 1 })
  }
}

function readCollection(
  at: Authored,
  is: 'list' | 'map' | 'object',
  keys: Entries,
  scope: TypeScope
): FieldType | undefined {
  if (is === 'object') {
    const fields = keys.get('fields')
    if (fields === undefined) {
      noteMissing(at, 'fields', 'declare what the object may hold')
      return undefined
    }
    return {
      is,
      fields: scope.fieldsOf(fields, scope.depth),
      others: wordOf(keys.get('others'), ['violation', 'count']) ?? 'violation'
    }
  }
  const bound = is === 'list' ? 'max_items' : 'max_entries'
  const inner = is === 'list' ? 'of' : 'values'
  const countMax = integerOf(keys.get(bound), { min: 1, max: limits.itemsMax })
  if (!keys.has(bound)) noteMissing(at, bound, `bound the ${is}, at most ${limits.itemsMax}`)
  const innerAt = keys.get(inner)
  if (innerAt === undefined)
    noteMissing(at, inner, `say what the ${is} holds: a type's name, or \`{ type: … }\``)
  const type = innerAt === undefined ? undefined : readTypeAt(innerAt, scope)
  if (
    type?.is === 'object' &&
    [...type.fields.values()].every((field) => field.collector === 'drops')
  ) {
    note(
      innerAt ?? at,
      'TYPE_CONFLICT',
      `Nothing of these objects is kept: drop the whole ${is}, or keep one of their fields.`
    )
  }
  if (is === 'list')
    return type === undefined || countMax === undefined
      ? undefined
      : { is, of: type, itemsMax: countMax }
  const mapKeys = readMapKeys(at, keys.get('keys'))
  const others = wordOf(keys.get('others'), ['violation', 'count', 'sum']) ?? 'violation'
  if (type === undefined || countMax === undefined || mapKeys === undefined) return undefined
  if (others === 'sum' && mapKeys.is === 'enum' && mapKeys.values.includes('other')) {
    note(
      keys.get('keys') ?? at,
      'TYPE_CONFLICT',
      '`other` is where all other keys are added up: leave it out of `keys`, or name it otherwise.'
    )
  }
  if (others === 'sum' && !isSummable(type)) {
    note(
      keys.get('others') ?? at,
      'TYPE_CONFLICT',
      `\`others: sum\` adds numbers up, and a ${type.is} holds something else: use ` +
        '`count`, or a numeric `values`.'
    )
  }
  return { is, keys: mapKeys, values: type, entriesMax: countMax, others }
}

function isSummable(type: FieldType): boolean {
  switch (type.is) {
    case 'integer':
    case 'number':
    case 'duration':
      return type.coarsen === undefined
    case 'map':
      return isSummable(type.values)
    case 'object':
      return [...type.fields.values()].every(
        (field) => field.collector === 'drops' || isSummable(field.type)
      )
    default:
      return false
  }
}

function readMapKeys(at: Authored, keys: Authored | undefined): MapKeys | undefined {
  if (keys === undefined) {
    noteMissing(
      at,
      'keys',
      'list the keys that may be kept, or give `{ pattern: ^…$, max_length: … }`'
    )
    return undefined
  }
  if (keys.source.is === 'list') {
    const values = textsOf(keys, {
      countMax: limits.enumValuesMax,
      lengthMax: limits.enumValueLengthMax
    })
    noteDuplicates(keys, values)
    if (values.includes('__proto__'))
      note(keys, 'NAME_INVALID', '`__proto__` cannot be a key: leave it out.')
    return { is: 'enum', values }
  }
  const entries = entriesOf(keys, ['pattern', 'max_length'])
  const lengthMax =
    integerOf(entries.get('max_length'), { min: 1, max: limits.patternLengthMax }) ??
    limits.patternLengthDefault
  if (keys.source.is === 'map' && !entries.has('pattern'))
    noteMissing(keys, 'pattern', 'write a regular expression, `^…$`')
  const pattern = readPattern(entries.get('pattern'), 'whole')
  return pattern === undefined ? undefined : { is: 'pattern', pattern, lengthMax }
}

function readNumeric(at: Authored, is: 'integer' | 'number', keys: Entries): FieldType {
  const whole = is === 'integer'
  const read = whole ? integerOf : numberOf
  const widest = whole ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
  const coarsen = readCoarsen(keys, whole ? 'integer' : 'number')
  const lowest = coarsen?.by === 'bucket' ? (coarsen.bounds[0] ?? -widest) : -widest
  const min = read(keys.get('min'), { min: -widest, max: widest }) ?? lowest
  const max = read(keys.get('max'), { min: -widest, max: widest }) ?? widest
  if (min > max)
    note(
      keys.get('min') ?? at,
      'VALUE_INVALID',
      `\`min\` ${min} is above \`max\` ${max}: exchange them.`
    )
  if (min < lowest)
    note(
      keys.get('min') ?? at,
      'VALUE_INVALID',
      `\`min\` ${min} is below the first bucket ${lowest}: begin \`bucket\` with ${min}.`
    )
  return { is, unit: textOf(keys.get('unit'), { lengthMax: 40 }), min, max, coarsen }
}

function readEnum(at: Authored, keys: Entries): FieldType | undefined {
  const text = { countMax: limits.enumValuesMax, lengthMax: limits.enumValueLengthMax }
  const other = readOther(keys)
  if (!keys.has('values')) noteMissing(at, 'values', 'list the words that may be kept')
  const valuesAt = keys.get('values')
  const values =
    valuesAt === undefined
      ? []
      : itemsOf(valuesAt, limits.enumValuesMax).flatMap((item) => textOf(item, text) ?? [])
  if (valuesAt !== undefined) noteDuplicates(valuesAt, values)
  if (valuesAt?.source.is === 'list' && valuesAt.source.items.length === 0)
    note(valuesAt, 'VALUE_INVALID', 'An enum without words keeps nothing: list them.')
  const known = other === 'collapse' ? [...values, 'other'] : values
  const mustBeValue = (authored: Authored, value: string): void => {
    if (!known.includes(value))
      note(
        authored,
        'REFERENCE_UNKNOWN',
        `\`${shown(value)}\` is none of ` +
          `\`values\`${nearest(value, known) || ': add it there, or correct it here.'}`
      )
  }
  const aliases = new Map<string, string>()
  const aliasesAt = keys.get('aliases')
  for (const [raw, authored] of aliasesAt === undefined ? [] : membersOf(aliasesAt)) {
    const value = textOf(authored, text)
    if (value === undefined) continue
    mustBeValue(authored, value)
    aliases.set(raw, value)
  }
  const matches = new Map<string, string>()
  const matchesAt = keys.get('matches')
  for (const [value, authored] of matchesAt === undefined ? [] : membersOf(matchesAt)) {
    mustBeValue({ ...authored, source: { is: 'scalar', value, at: authored.keyAt } }, value)
    const pattern = readPattern(authored, 'part')
    if (pattern !== undefined) matches.set(value, pattern)
  }
  const strip = textsOf(keys.get('strip'), text)
  // In the order that JSON gives them, so that the published contract has the same: words that are
  // whole numbers come first.
  const ordered = new Map(Object.entries(Object.fromEntries(matches)))
  return {
    is: 'enum',
    values,
    aliases,
    strip,
    ignoreCase: booleanOf(keys.get('ignore_case')) ?? false,
    matches: ordered,
    other
  }
}

function readOther(keys: Entries): 'collapse' | 'violation' {
  return wordOf(keys.get('other'), ['collapse', 'violation']) ?? 'violation'
}

function readPattern(at: Authored | undefined, matches: 'whole' | 'part'): string | undefined {
  const pattern = textOf(at, { lengthMax: limits.patternSourceLengthMax })
  if (pattern === undefined || at === undefined) return undefined
  const judgement = judgePattern(pattern, matches)
  if (judgement.is === 'safe') return pattern
  note(
    at,
    judgement.is === 'invalid' ? 'PATTERN_INVALID' : 'PATTERN_UNBOUNDED',
    `This pattern ${judgement.because}.`
  )
  return undefined
}

function spell(entries: Entries, types: Entries, seen: ReadonlySet<string>): SpelledType {
  const says = textOf(entries.get('says'))
  const because = textOf(entries.get('because'))
  const own = new Map([...entries].filter(([key]) => everyTypeKey.has(key)))
  const nameAt = entries.get('type')
  const name = textOf(nameAt, { lengthMax: 100 })
  const unread: SpelledType = { is: undefined, keys: own, says, because }
  if (name === undefined || nameAt === undefined) return unread
  const builtIn = typeNames.find((each) => each === name)
  if (builtIn !== undefined) return { is: builtIn, keys: own, says, because }
  const named = types.get(name)
  if (named === undefined || seen.has(name)) {
    const known = [...typeNames, ...types.keys()]
    const hint = nearest(name, known)
    const advice = hint === '' ? `: use ${listed(typeNames)}, or declare it under \`types\`.` : hint
    note(
      nameAt,
      'TYPE_UNKNOWN',
      seen.has(name)
        ? `The type \`${shown(name)}\` is made of itself: name a built-in type.`
        : `\`${shown(name)}\` is not a type${advice}`
    )
    return unread
  }
  if (named.source.is !== 'map') return unread
  const base = spell(membersOf(named), types, new Set([...seen, name]))
  return {
    is: base.is,
    keys: new Map([...base.keys, ...own]),
    says: says ?? base.says,
    because: because ?? base.because
  }
}
