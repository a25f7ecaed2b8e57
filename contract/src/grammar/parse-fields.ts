/**
 * Reads the fields of records: what each is, who may keep it, and what it inherits from around it.
 */
import { compareVersionTexts, readVersion } from '#values/version-order'
import {
  entriesOf,
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
  type FieldType,
  type MeaningChange
} from '../form/contract.ts'
import * as limits from '../form/limits.ts'
import { readType, spellType, typeNames, type TypeScope } from './parse-types.ts'
import { noteWaivers } from './waivers.ts'
import { readPath } from '../form/wire-path.ts'

/** What every field may say besides its type's own keys. */
export const fieldKeys = [
  'type',
  'says',
  'from',
  'level',
  'sensitivity',
  'since',
  'serves',
  'owner',
  'expires',
  'sdk',
  'collector',
  'because',
  'only_when',
  'changed',
  'links',
  'waive'
]

/** Names that a contract declares and its fields refer to. */
export interface Vocabulary {
  readonly types: Entries
  /** Lowest first. */
  readonly levels: readonly string[]
  readonly questions: readonly string[]
  /**
   * Types that hold themselves, and groups in many records, multiply: how many fields may still be
   * read before that is stopped.
   */
  readonly budget: { fieldsLeft: number }
}

/** What a field takes from its record, or from the object around it, unless it says otherwise. */
export interface Inherited {
  readonly level: string
  readonly since: string | undefined
  readonly owner: string | undefined
  readonly expires: string | undefined
  readonly serves: readonly string[]
  readonly sdk: 'sends' | 'never'
  readonly because: string | undefined
  /**
   * Inside a list or map, members stand or fall together: they have no level and no condition of
   * their own.
   */
  readonly insideCollection: boolean
  /** A shared group's level gives way to the higher level of a record that uses it. */
  readonly shared: boolean
}

/** What stands in no record inherits nothing: shared groups and named types, read by themselves. */
export function inheritsNothing(levels: readonly string[]): Inherited {
  return {
    level: levels[0] ?? 'all',
    since: undefined,
    owner: undefined,
    expires: undefined,
    serves: [],
    sdk: 'sends',
    because: undefined,
    insideCollection: false,
    shared: true
  }
}

export function readFields(
  at: Authored,
  vocabulary: Vocabulary,
  inherited: Inherited,
  depth: number
): Map<string, FieldDeclaration> {
  const fields = new Map<string, FieldDeclaration>()
  for (const [name, authored] of membersOf(at)) {
    vocabulary.budget.fieldsLeft -= 1
    if (vocabulary.budget.fieldsLeft < 0) {
      if (vocabulary.budget.fieldsLeft === -1)
        note(
          authored,
          'LIMIT_EXCEEDED',
          `Types or groups repeat fields more than ${limits.fieldReadingsMax} times in all: ` +
            'use them less, or declare less.'
        )
      break
    }
    noteName(authored, name, 'field')
    const field = readField(authored, name, vocabulary, inherited, depth)
    if (field !== undefined) fields.set(name, field)
  }
  return fields
}

/** Names become columns, generated code and headings: lower-case words joined by `_`. */
export function noteName(at: Authored, name: string, what: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return
  note(
    at,
    'NAME_INVALID',
    `\`${shown(name)}\` cannot name a ${what}: use at most 63 of \`a-z\`, \`0-9\` and \`_\`, ` +
      'a letter first, and give the sent spelling elsewhere (`from`, `aliases`).',
    { onKey: true }
  )
}

/** A calendar day, or `never` with or without a reason behind a comma. */
export function readExpires(at: Authored | undefined): string | undefined {
  const text = textOf(at)
  if (text === undefined || at === undefined || /^never(, .+)?$/s.test(text)) return text
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  if (day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text))
    return text
  note(
    at,
    'VALUE_INVALID',
    `\`${shown(text)}\` is no day: write it as 2027-11-20, or \`never, because …\`.`
  )
  return undefined
}

export function readServes(
  at: Authored | undefined,
  vocabulary: Vocabulary
): readonly string[] | undefined {
  if (at === undefined) return undefined
  const items = at.source.is === 'list' ? itemsOf(at, limits.enumValuesMax) : [at]
  return items.flatMap((item) => {
    const question = textOf(item, { lengthMax: 100 })
    if (question === undefined) return []
    if (vocabulary.questions.includes(question)) return [question]
    note(
      item,
      'QUESTION_UNKNOWN',
      `\`${shown(question)}\` is not among ` +
        `\`questions\`${nearest(question, vocabulary.questions) || ': declare it there.'}`
    )
    return []
  })
}

export function readLevel(at: Authored | undefined, vocabulary: Vocabulary): string | undefined {
  const level = textOf(at, { lengthMax: 100 })
  if (level === undefined || at === undefined || vocabulary.levels.includes(level)) return level
  note(
    at,
    'LEVEL_UNKNOWN',
    `\`${shown(level)}\` is not a level of ` +
      `\`consent\`${nearest(level, vocabulary.levels) || `: use ${listed(vocabulary.levels)}.`}`
  )
  return undefined
}

function readField(
  at: Authored,
  name: string,
  vocabulary: Vocabulary,
  inherited: Inherited,
  depth: number
): FieldDeclaration | undefined {
  if (at.source.is === 'scalar' && typeof at.source.value === 'string') {
    note(
      at,
      'VALUE_INVALID',
      `A field is a mapping: write \`{ type: ${shown(at.source.value)} }\`.`
    )
    return undefined
  }
  const entries = membersOf(at)
  if (at.source.is !== 'map') return undefined
  const collector = wordOf(entries.get('collector'), ['keeps', 'reduces', 'drops']) ?? 'keeps'
  const sdk = wordOf(entries.get('sdk'), ['sends', 'never']) ?? inherited.sdk
  if (inherited.insideCollection) noteOutsideOnly(entries)
  const level = levelOf(entries.get('level'), vocabulary, inherited)

  const fieldsOf: TypeScope['fieldsOf'] = (fieldsAt, inner) => {
    // Each list or map between this field and the object adds a depth; the object itself adds one.
    const direct = inner === depth + 1
    return readFields(
      fieldsAt,
      vocabulary,
      { ...handedOn, insideCollection: inherited.insideCollection || !direct },
      inner
    )
  }
  const scope: TypeScope = { types: vocabulary.types, depth, fieldsOf }
  const spelled = spellType(withDefaultType(at, entries, collector), scope, fieldKeys)
  const because = spelled.because ?? inherited.because
  const handedOn: Inherited = {
    level,
    since: textOf(entries.get('since'), { lengthMax: limits.versionLengthMax }) ?? inherited.since,
    owner: textOf(entries.get('owner')) ?? inherited.owner,
    expires: readExpires(entries.get('expires')) ?? inherited.expires,
    serves: readServes(entries.get('serves'), vocabulary) ?? inherited.serves,
    sdk,
    because,
    insideCollection: inherited.insideCollection,
    shared: inherited.shared
  }
  const onlyWhen = readOnlyWhen(entries.get('only_when'))
  const links = textOf(entries.get('links'))
  const sensitivity = wordOf(entries.get('sensitivity'), sensitivities)
  const changed = readChanged(entries.get('changed'))
  noteWaivers(entries.get('waive'))
  const from = readFrom(entries.get('from'), name)
  // Whatever is dropped is never read, so any type stands for it.
  const type: FieldType | undefined =
    collector === 'drops' && !entries.has('type') ? { is: 'boolean' } : readType(at, spelled, scope)
  noteReason(at, { collector, sdk, type, because, says: spelled.says })
  if (type === undefined) return undefined
  return {
    name,
    type,
    ...(sensitivity === undefined ? {} : { sensitivity }),
    says: spelled.says ?? links ?? name.replaceAll('_', ' '),
    collector,
    from,
    onlyWhen,
    changed,
    links,
    ...omitInherited(handedOn)
  }
}

function omitInherited({
  level,
  since,
  owner,
  expires,
  serves,
  sdk,
  because
}: Inherited): Omit<Inherited, 'insideCollection' | 'shared'> {
  return { level, since, owner, expires, serves, sdk, because }
}

/**
 * Without a type: what is reduced becomes a token, what is dropped needs none; all else must say.
 */
function withDefaultType(
  at: Authored,
  entries: Entries,
  collector: FieldDeclaration['collector']
): Entries {
  if (entries.has('type') || collector === 'drops') return entries
  if (collector !== 'reduces') {
    noteMissing(at, 'type', `name one of ${listed(typeNames)}, or a name from \`types\``)
    return entries
  }
  return new Map([
    ...entries,
    ['type', { ...at, source: { is: 'scalar', value: 'keyed-hash', at: at.source.at } }]
  ])
}

function levelOf(at: Authored | undefined, vocabulary: Vocabulary, inherited: Inherited): string {
  const level = readLevel(at, vocabulary)
  if (level === undefined || at === undefined) return inherited.level
  if (vocabulary.levels.indexOf(level) >= vocabulary.levels.indexOf(inherited.level)) return level
  if (!inherited.shared) {
    note(
      at,
      'LEVEL_ORDER',
      `\`${level}\` is below \`${inherited.level}\`, the level of what holds this field, so ` +
        'it could never be sent: raise it, or leave it out.'
    )
  }
  return inherited.level
}

function noteOutsideOnly(entries: Entries): void {
  for (const key of ['level', 'only_when', 'sdk']) {
    const authored = entries.get(key)
    if (authored === undefined) continue
    note(
      authored,
      'TYPE_CONFLICT',
      `\`${key}\` cannot differ inside a list or map: say it at the field that holds the ` +
        'list or map.',
      { onKey: true }
    )
  }
}

interface Reasoned {
  readonly collector: FieldDeclaration['collector']
  readonly sdk: FieldDeclaration['sdk']
  readonly type: FieldType | undefined
  readonly because: string | undefined
  readonly says: string | undefined
}

function noteReason(at: Authored, { collector, sdk, type, because, says }: Reasoned): void {
  if (because !== undefined) return
  const missing = (what: string): void =>
    note(at, 'REASON_MISSING', `${what}: say why in \`because\`, users read it.`, { onKey: true })
  if (collector === 'drops') missing('The collector drops this field')
  const explains = type?.is === 'keyed-hash' || (type?.is === 'enum' && type.matches.size > 0)
  if (collector === 'reduces' && (says === undefined || !explains))
    missing('The collector reduces this field')
  if (sdk === 'never' && collector === 'keeps') {
    note(
      at,
      'REASON_MISSING',
      'Only clients that cannot be changed send this field: say in `because` why it is kept.',
      {
        onKey: true,
        severity: 'warning'
      }
    )
  }
  if (type !== undefined && holdsProductScope(type))
    missing('`scope: product` makes equal values of different installations equal')
}

function holdsProductScope(type: FieldType): boolean {
  if (type.is === 'keyed-hash') return type.scope === 'product'
  if (type.is === 'list') return holdsProductScope(type.of)
  return type.is === 'map' && holdsProductScope(type.values)
}

function readFrom(at: Authored | undefined, name: string): readonly string[] {
  if (at === undefined) return [name]
  const paths = textsOf(at, { countMax: 20, lengthMax: 500 })
  if (at.source.is === 'list' && at.source.items.length === 0)
    note(at, 'VALUE_INVALID', 'No path is listed: name one, or leave `from` out.')
  for (const path of paths) {
    if (readPath(path) === undefined) {
      note(
        at,
        'VALUE_INVALID',
        `\`${shown(path)}\` is no path: join keys by \`.\`, and quote a key that has a dot ` +
          '(`properties."a.b"`).'
      )
    }
  }
  return paths
}

/** One change, or a list of them: `{ since: "1.20", says: counts loading too }`. */
function readChanged(at: Authored | undefined): readonly MeaningChange[] {
  if (at === undefined) return []
  const items = at.source.is === 'list' ? itemsOf(at, limits.meaningChangesMax) : [at]
  const changes = items.flatMap((item) => {
    const entries = entriesOf(item, ['since', 'says'])
    if (item.source.is !== 'map') return []
    const since = textOf(entries.get('since'), { lengthMax: limits.versionLengthMax })
    const says = textOf(entries.get('says'))
    if (!entries.has('since')) noteMissing(item, 'since', 'name the first version that sends it so')
    if (!entries.has('says')) noteMissing(item, 'says', 'say what it means from then on')
    if (since !== undefined && readVersion(since) === undefined)
      note(
        item,
        'VALUE_INVALID',
        `\`${shown(since)}\` is no version, so no chart could break there: write one as 1.20.0.`
      )
    return since === undefined || says === undefined ? [] : [{ since, says }]
  })
  return changes.toSorted((one, other) => compareVersionTexts(one.since, other.since))
}

function readOnlyWhen(
  at: Authored | undefined
): ReadonlyMap<string, readonly string[]> | undefined {
  if (at === undefined) return undefined
  const conditions = new Map<string, readonly string[]>()
  for (const [field, authored] of membersOf(at)) {
    const values = itemsOf(authored, limits.enumValuesMax).flatMap((item) => {
      if (item.source.is === 'scalar' && item.source.value !== null)
        return [String(item.source.value).toLowerCase()]
      note(item, 'VALUE_INVALID', 'A single value belongs here: write a text, number or boolean.')
      return []
    })
    conditions.set(field, values)
  }
  return conditions
}

/** Used where only the shape counts: a mapping whose members are all fields. */
export function readGroup(at: Authored): Authored {
  const entries = at.source.is === 'map' ? at.source.entries : undefined
  const fields =
    entries?.size === 1
      ? entriesOf(at, ['fields', ...(entries.keys() ?? [])]).get('fields')
      : undefined
  return fields !== undefined && fields.source.is === 'map' && !fields.source.entries.has('type')
    ? fields
    : at
}
