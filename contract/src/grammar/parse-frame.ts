/** Reads what surrounds the records: consent, identity, recipients, retention, controls. */
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
  shown,
  textOf,
  textsOf,
  wordOf,
  type Authored,
  type Entries
} from './authored.ts'
import type {
  Consent,
  Contract,
  Control,
  Identity,
  Recipient,
  Retention
} from '../form/contract.ts'
import { noteName } from './parse-fields.ts'

const listMax = 200

export function readRecipients(root: Authored, at: Authored | undefined): readonly Recipient[] {
  if (at === undefined) {
    noteMissing(root, 'recipients', 'list who gets the data, `[{ name, where, for }]`')
    return []
  }
  const items = itemsOf(at, listMax)
  if (at.source.is === 'list' && items.length === 0)
    note(at, 'VALUE_INVALID', 'Somebody receives the data: name at least one recipient.')
  return items.map((item) => {
    const entries = entriesOf(item, ['name', 'where', 'for'])
    return {
      name: required(item, entries, 'name', 'say who'),
      where: required(item, entries, 'where', 'say in which country'),
      for: required(item, entries, 'for', 'say what for')
    }
  })
}

export function readRetention(root: Authored, at: Authored | undefined): Retention {
  if (at === undefined) {
    noteMissing(
      root,
      'retention',
      'say how long data stays, `{ records: 90 days, aggregates: 25 months, backups: 30 days }`'
    )
    return { recordsDays: 0, aggregatesDays: 0 }
  }
  const entries = entriesOf(at, ['records', 'aggregates', 'backups'])
  for (const key of ['records', 'aggregates'])
    if (at.source.is === 'map' && !entries.has(key))
      noteMissing(at, key, 'give a time such as `90 days`')
  const backupsDays = readBackups(entries.get('backups'))
  return {
    recordsDays: readDays(entries.get('records')) ?? 0,
    aggregatesDays: readDays(entries.get('aggregates')) ?? 0,
    ...(backupsDays === undefined ? {} : { backupsDays })
  }
}

/** A time, or `none` where no backups are made. */
function readBackups(at: Authored | undefined): number | undefined {
  return at?.source.is === 'scalar' && at.source.value === 'none' ? 0 : readDays(at)
}

export function readConsent(root: Authored, at: Authored | undefined): Consent {
  const all = [{ name: 'all', says: 'Everything that this contract names.' }]
  if (at === undefined) {
    noteMissing(root, 'consent', 'say `{ default: opt-out }`, `opt-in` or `ask`')
    return { default: 'ask', levels: all, graceHours: graceHoursUsual }
  }
  const entries = entriesOf(at, ['default', 'default_level', 'levels', 'grace'])
  if (at.source.is === 'map' && !entries.has('default'))
    noteMissing(at, 'default', 'say `opt-out`, `opt-in` or `ask`')
  const standard = wordOf(entries.get('default'), ['opt-out', 'opt-in', 'ask']) ?? 'ask'
  const levelsAt = entries.get('levels')
  const levels = [...(levelsAt === undefined ? [] : membersOf(levelsAt))].map(
    ([name, authored]) => {
      noteName(authored, name, 'level')
      return { name, says: textOf(authored) ?? '' }
    }
  )
  const defaultLevel = readDefaultLevel(entries.get('default_level'), levels)
  return {
    default: standard,
    levels: levels.length === 0 ? all : levels,
    ...(defaultLevel === undefined ? {} : { defaultLevel }),
    graceHours: readHours(entries.get('grace')) ?? graceHoursUsual
  }
}

/** The highest is what holds without it, so that it is left out there. */
function readDefaultLevel(at: Authored | undefined, levels: Consent['levels']): string | undefined {
  const name = textOf(at, { lengthMax: 100 })
  if (at === undefined || name === undefined) return undefined
  const names = levels.map((level) => level.name)
  if (names.includes(name)) return name === names.at(-1) ? undefined : name
  note(
    at,
    'LEVEL_UNKNOWN',
    `\`${shown(name)}\` is not a level of ` +
      `\`consent\`${nearest(name, names) || `: use ${listed(names)}.`}`
  )
  return undefined
}

/** A day: whoever installs a service looks at its log within one. */
const graceHoursUsual = 24

function readHours(at: Authored | undefined): number | undefined {
  const text = textOf(at)
  if (text === undefined || at === undefined) return undefined
  const found = /^([1-9][0-9]{0,2}) (hour|day)s?$/.exec(text)
  const hours = found === null ? Number.NaN : Number(found[1]) * (found[2] === 'day' ? 24 : 1)
  if (hours <= graceHoursMax) return hours
  note(
    at,
    'VALUE_INVALID',
    `\`${shown(text)}\` is no grace: write a number and \`hours\` or \`days\`, at most 90 days.`
  )
  return undefined
}

const graceHoursMax = 90 * 24

export function readIdentity(root: Authored, at: Authored | undefined): Identity {
  if (at === undefined) {
    noteMissing(root, 'identity', 'say `{ kind: none, says: … }`, `window` or `persistent`')
    return {
      kind: 'none',
      sdkKind: 'none',
      days: undefined,
      account: false,
      accountFrom: undefined,
      lineage: false,
      random: false,
      says: ''
    }
  }
  const entries = entriesOf(at, ['kind', 'sdk', 'days', 'account', 'lineage', 'random', 'says'])
  if (at.source.is === 'map' && !entries.has('kind'))
    noteMissing(at, 'kind', 'say `none`, `window` or `persistent`')
  const kind = wordOf(entries.get('kind'), ['none', 'window', 'persistent']) ?? 'none'
  const daysAt = entries.get('days')
  const days = integerOf(daysAt, { min: 1, max: 366 })
  if (kind === 'window' && daysAt === undefined)
    noteMissing(at, 'days', 'say after how many days the id changes')
  if (kind !== 'window' && daysAt !== undefined)
    note(
      daysAt,
      'TYPE_CONFLICT',
      '`days` belongs to `kind: window`: leave it out, or change the kind.',
      { onKey: true }
    )
  const says = required(at, entries, 'says', 'describe the id to its user')
  return {
    kind,
    ...readSdkIdentity(entries.get('sdk'), kind),
    days,
    ...readAccount(entries.get('account')),
    lineage: readLineage(entries.get('lineage'), kind),
    random: booleanOf(entries.get('random')) ?? false,
    says
  }
}

/** `none`, or `{ kind: none, says: … }`. */
function readSdkIdentity(
  at: Authored | undefined,
  kind: Identity['kind']
): Pick<Identity, 'sdkKind' | 'sdkSays'> {
  if (at?.source.is !== 'map') return { sdkKind: wordOf(at, ['none']) ?? kind }
  const entries = entriesOf(at, ['kind', 'says'])
  if (!entries.has('kind')) noteMissing(at, 'kind', 'say `none`')
  const sdkSays = required(at, entries, 'says', 'say what a user of the SDK is told of ids')
  return { sdkKind: wordOf(entries.get('kind'), ['none']) ?? kind, sdkSays }
}

function readLineage(at: Authored | undefined, kind: Identity['kind']): boolean {
  const lineage = booleanOf(at) ?? false
  if (at !== undefined && lineage && kind !== 'persistent')
    note(
      at,
      'TYPE_CONFLICT',
      '`lineage` belongs to `kind: persistent`: leave it out, or change the kind.',
      { onKey: true }
    )
  return lineage
}

/** `true`, or `{ from: VARIABLE }`. */
function readAccount(at: Authored | undefined): Pick<Identity, 'account' | 'accountFrom'> {
  if (at?.source.is !== 'map') return { account: booleanOf(at) ?? false, accountFrom: undefined }
  const entries = entriesOf(at, ['from'])
  const accountFrom = required(
    at,
    entries,
    'from',
    'name the variable that holds it, such as `ACME_API_KEY`'
  )
  if (accountFrom !== '' && !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(accountFrom))
    note(
      at,
      'NAME_INVALID',
      `\`${shown(accountFrom)}\` cannot name a variable: use letters, digits and \`_\`.`
    )
  return { account: true, accountFrom }
}

export function readVersionCheck(at: Authored | undefined): Contract['versionCheck'] {
  if (at === undefined) return undefined
  const entries = entriesOf(at, ['feed', 'says', 'url', 'keys'])
  const keysAt = entries.get('keys')
  return {
    feed: required(at, entries, 'feed', 'name the file of releases'),
    says: required(at, entries, 'says', 'say what it does'),
    url: textOf(entries.get('url')),
    keys: (keysAt === undefined ? [] : itemsOf(keysAt, feedKeysMax)).map((item) => {
      const members = entriesOf(item, ['id', 'key'])
      const key = required(item, members, 'key', 'give the public key that `candor keys` prints')
      if (key !== '' && !/^[A-Za-z0-9+/]{40,100}={0,2}$/.test(key))
        note(
          item,
          'VALUE_INVALID',
          'This is no public key: copy the base64 text that `candor keys` prints.'
        )
      return { id: required(item, members, 'id', 'name the key, as `candor keys` does'), key }
    })
  }
}

/** One that signs, one to follow it, and two that may still be out there. */
const feedKeysMax = 4

/** A contract without a way to say no is refused; a control that only shows the status is none. */
export function readControls(root: Authored, at: Authored | undefined): readonly Control[] {
  const controls = (at === undefined ? [] : itemsOf(at, listMax)).map((item): Control => {
    const control: Record<string, string | number | boolean> = {}
    for (const [key, authored] of membersOf(item)) {
      const value = authored.source.is === 'scalar' ? authored.source.value : null
      if (value === null)
        note(
          authored,
          'VALUE_INVALID',
          `\`${shown(key)}\` is one text, number or boolean: write it so.`
        )
      else control[key] = value
    }
    return control
  })
  if (!controls.some((control) => Object.keys(control).some((key) => waysToSayNo.has(key)))) {
    note(
      at ?? root,
      'CONTROL_MISSING',
      'Nobody could say no: list a control with a `flag`, `variable`, `key`, `file`, `sql`, ' +
        '`command`, `setting`, `build` or `url`.',
      { onKey: true }
    )
  }
  return controls
}

const waysToSayNo: ReadonlySet<string> = new Set([
  'flag',
  'variable',
  'key',
  'file',
  'sql',
  'command',
  'setting',
  'build',
  'url',
  'image',
  'policy',
  'api'
])

export function readEndpoint(at: Authored | undefined): Contract['endpoint'] {
  if (at === undefined) return undefined
  return Object.fromEntries(
    [...membersOf(at)].flatMap(([key, authored]) => {
      const value = textOf(authored)
      return value === undefined ? [] : [[key, value]]
    })
  )
}

export function readDelivery(at: Authored | undefined): Contract['delivery'] {
  return wordOf(at, ['detached', 'in-process']) ?? 'detached'
}

export function readNever(at: Authored | undefined): Contract['never'] {
  if (at === undefined) return { sdk: [], collector: [] }
  const entries = entriesOf(at, ['sdk', 'collector'])
  return {
    sdk: textsOf(entries.get('sdk'), { countMax: listMax }),
    collector: textsOf(entries.get('collector'), { countMax: listMax })
  }
}

export function readQuestions(at: Authored | undefined): ReadonlyMap<string, string> {
  const questions = new Map<string, string>()
  for (const [name, authored] of at === undefined ? [] : membersOf(at)) {
    noteName(authored, name, 'question')
    questions.set(name, textOf(authored) ?? '')
  }
  return questions
}

/** The words of a list, each at most once. */
export function readWords<Word extends string>(
  at: Authored | undefined,
  words: readonly Word[]
): readonly Word[] {
  return [
    ...new Set(
      (at === undefined ? [] : itemsOf(at, listMax)).flatMap((item) => wordOf(item, words) ?? [])
    )
  ]
}

export function required(at: Authored, entries: Entries, key: string, advice: string): string {
  if (at.source.is === 'map' && !at.source.entries.has(key)) noteMissing(at, key, advice)
  return textOf(entries.get(key)) ?? ''
}

const unitDays = { day: 1, week: 7, month: 30.44, year: 365 }

/** A century is as good as for ever, and for ever is no retention. */
const retentionDaysMax = 36_500

function readDays(at: Authored | undefined): number | undefined {
  const text = textOf(at)
  if (text === undefined || at === undefined) return undefined
  const found = /^([1-9][0-9]{0,4}) (day|week|month|year)s?$/.exec(text)
  const days =
    found === null
      ? Number.NaN
      : Math.ceil(Number(found[1]) * unitDays[found[2] as keyof typeof unitDays])
  if (days <= retentionDaysMax) return days
  note(
    at,
    'VALUE_INVALID',
    `\`${shown(text)}\` is no time: write a number and \`days\`, \`weeks\`, \`months\` or ` +
      '`years`, at most a hundred years.'
  )
  return undefined
}
