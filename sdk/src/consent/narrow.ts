/**
 * What may travel of a record, if this was agreed to? Its fields that the accepted terms have too;
 * how far each, `agreed-type.ts` says.
 */
import { revealsNoMore, timeRevealsNoMore } from '#values/coarsening'
import { DAY_MS, HOUR_MS } from '#values/days'
import { isExpired } from '#values/expiry'
import type { ContractForm, FieldForm, RecordForm, TypeForm } from '../form.ts'
import { keepsMore, typeReadings, type AllowedRecord, type Telling } from './agreed-type.ts'
import type { Terms } from './consent-file.ts'

type Fields = { readonly [name: string]: FieldForm }

/**
 * How far somebody agreed: the terms they saw, and the level that they chose among those terms'
 * levels.
 */
export interface Agreement {
  readonly terms: Terms
  readonly level: string
  /** What has ended by then, by the agreed terms or by those of now, is told no more. */
  readonly instant?: number
}

/**
 * Paths of the fields (`elapsed`, `pools`, `pools.size`) that may travel; undefined if the record
 * itself may not. An object's path says
 * that it may have parts; each part has a path of its own. What is inside of lists and maps has
 * none.
 */
export function allowedFields(
  form: ContractForm,
  { terms, level, instant = Number.NEGATIVE_INFINITY }: Agreement,
  name: string
): ReadonlySet<string> | undefined {
  const record = own(form.records, name)
  const was = own(terms.records, name)
  if (record === undefined || was === undefined) return undefined
  const isOver = (one: RecordForm | FieldForm, other: RecordForm | FieldForm): boolean =>
    isExpired(one, instant) || isExpired(other, instant)
  if (isOver(record, was)) return undefined
  const now = levelTest(form, level)
  const then = levelTest(terms, level)
  if (!now(record.level) || !then(was.level)) return undefined
  const paths = new Set<string>()
  const collect = (
    fields: Fields,
    before: Fields,
    levels: readonly [string, string],
    parent: string
  ): void => {
    for (const [key, field] of Object.entries(fields)) {
      const accepted = own(before, key)
      const [levelNow, levelThen] = [field.level ?? levels[0], accepted?.level ?? levels[1]]
      if (accepted === undefined || !now(levelNow) || !then(levelThen)) continue
      if (field !== accepted && !isReadable(field, accepted)) continue
      if (isOver(field, accepted)) continue
      paths.add(parent + key)
      if (field.type.is === 'object' && accepted.type.is === 'object')
        collect(field.type.fields, accepted.type.fields, [levelNow, levelThen], `${parent}${key}.`)
    }
  }
  collect(record.fields, was.fields, [record.level, was.level], '')
  return paths
}

/** All of what may travel of it. */
export function allowedRecord(
  form: ContractForm,
  agreement: Agreement,
  name: string
): AllowedRecord | undefined {
  const fields = allowedFields(form, agreement, name)
  const { terms } = agreement
  const [now, was] = [own(form.records, name), own(terms.records, name)]
  if (fields === undefined || now === undefined || was === undefined) return undefined
  return {
    fields,
    telling: allowedTelling(now, was),
    ...(terms === form ? {} : { agreed: was.fields })
  }
}

/**
 * How a record is told beside its fields: the less of what was agreed to and what is declared now.
 */
function allowedTelling(now: RecordForm, was: RecordForm): Telling {
  const days = [now, was].map(({ time }) => times.indexOf(time))
  return {
    isNameless: now.identity === 'none' || was.identity === 'none',
    timeMs: timeMs[Math.max(...days)] ?? DAY_MS,
    sample: Math.min(now.sample ?? 1, was.sample ?? 1)
  }
}

const times: readonly unknown[] = [undefined, 'hour', 'day']
const timeMs = [1, HOUR_MS, DAY_MS]

function isReadable(field: FieldForm, accepted: FieldForm): boolean {
  return !keepsMore(field, accepted) && typeReadings(field.type, accepted.type) !== undefined
}

/**
 * Whether a level is among those that the agreed one includes; a level that the list does not know
 * never is.
 */
function levelTest(
  { consent }: { readonly consent: Pick<ContractForm['consent'], 'levels'> },
  agreed: string
): (level: string) => boolean {
  const names = consent.levels.map(({ name }) => name)
  const highest = names.indexOf(agreed)
  return (level) => {
    const at = names.indexOf(level)
    return at >= 0 && at <= highest
  }
}

/** Whether a field lets nothing through that it did not: for telling people what is new. */
export function isFieldWithin(field: FieldForm, accepted: FieldForm): boolean {
  if (keepsMore(field, accepted)) return false
  return Object.entries(accepted.onlyWhen ?? {}).every(([other, values]) => {
    const now = own(field.onlyWhen ?? {}, other)
    return now !== undefined && now.every((value) => values.includes(value))
  })
}

const othersOrder: readonly unknown[] = [undefined, 'count', 'sum']

/**
 * Whether a type lets nothing through that another does not. What cannot be told counts as more.
 */
export function isWithin(type: TypeForm, accepted: TypeForm): boolean {
  switch (type.is) {
    case 'integer':
    case 'number':
      return (
        accepted.is === type.is &&
        type.min >= accepted.min &&
        type.max <= accepted.max &&
        revealsNoMore(type.coarsen, accepted.coarsen)
      )
    case 'duration':
      return (
        accepted.is === type.is &&
        type.max <= accepted.max &&
        revealsNoMore(type.coarsen, accepted.coarsen)
      )
    case 'timestamp':
      return accepted.is === type.is && timeRevealsNoMore(type.round, accepted.round)
    case 'version':
      return accepted.is === type.is && (type.parts ?? 4) <= (accepted.parts ?? 4)
    case 'enum':
      return (
        accepted.is === type.is && type.values.every((value) => accepted.values.includes(value))
      )
    case 'pattern':
      return (
        accepted.is === type.is &&
        type.pattern === accepted.pattern &&
        type.lengthMax <= accepted.lengthMax
      )
    case 'sql-shape':
      return (
        accepted.is === type.is && (type.dialect === undefined || accepted.dialect !== undefined)
      )
    case 'string':
      return accepted.is === type.is && type.lengthMax <= accepted.lengthMax
    case 'list':
      return (
        accepted.is === type.is &&
        type.itemsMax <= accepted.itemsMax &&
        isWithin(type.of, accepted.of)
      )
    case 'map':
      return (
        accepted.is === type.is &&
        type.entriesMax <= accepted.entriesMax &&
        othersOrder.indexOf(type.others) <= othersOrder.indexOf(accepted.others) &&
        areKeysWithin(type.keys, accepted.keys) &&
        isWithin(type.values, accepted.values)
      )
    case 'object':
      return (
        accepted.is === type.is &&
        othersOrder.indexOf(type.others) <= othersOrder.indexOf(accepted.others) &&
        Object.entries(type.fields).every(([name, field]) => {
          const was = own(accepted.fields, name)
          return (
            was !== undefined &&
            field.level === was.level &&
            isFieldWithin(field, was) &&
            isWithin(field.type, was.type)
          )
        })
      )
    default:
      return accepted.is === type.is
  }
}

type KeysForm = Extract<TypeForm, { readonly is: 'map' }>['keys']

function areKeysWithin(keys: KeysForm, accepted: KeysForm): boolean {
  if ('values' in keys)
    return 'values' in accepted && keys.values.every((value) => accepted.values.includes(value))
  return (
    'pattern' in accepted &&
    keys.pattern === accepted.pattern &&
    keys.lengthMax <= accepted.lengthMax
  )
}

function own<Value>(values: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

const kinds = ['none', 'window', 'persistent']

/**
 * The identity that may travel: the contract's, unless it ties more together than was agreed to;
 * then none.
 */
export function allowedIdentity(
  { identity: now }: Terms,
  { identity: was }: Terms
): Terms['identity'] {
  const isStronger =
    kinds.indexOf(now.kind) > kinds.indexOf(was.kind) ||
    (now.kind === was.kind && (now.days ?? 0) > (was.days ?? 0))
  const { account, days, lineage, ...rest } = now
  return {
    ...rest,
    kind: isStronger ? 'none' : now.kind,
    ...(days === undefined || isStronger ? {} : { days }),
    ...(lineage && was.lineage && !isStronger ? { lineage } : {}),
    ...(account !== undefined && was.account !== undefined ? { account } : {})
  }
}

/**
 * Why everything waits until the user agreed again: who gets the data and what for, where it lies,
 * how long it stays. Each is one sentence.
 */
export function stopsOf(now: Terms, was: Terms): readonly string[] {
  const streams = (now.edition?.streams ?? []).flatMap((stream) => {
    const before = was.edition?.streams.find(({ name }) => name === stream.name)
    return before === undefined ? [] : wider(stream, before)
  })
  return [...wider(now, was), ...streams]
}

/** Who gets it, where it lies and for how long: of the open edition, or of a stream. */
type Whereabouts = Pick<Terms, 'recipients' | 'location' | 'retention'>

function wider(now: Whereabouts, was: Whereabouts): readonly string[] {
  const stops = now.recipients.flatMap((recipient) => {
    const who = recipientText(recipient)
    const before = was.recipients.filter((other) => recipientText(other) === who)
    if (before.length === 0) return [`the data would go to ${who}, for ${recipient.for}`]
    return before.some((other) => other.for === recipient.for)
      ? []
      : [`${who} would use the data for ${recipient.for}`]
  })
  if (now.location !== was.location)
    stops.push(`the data would be kept in ${now.location ?? 'a place that is not named'}`)
  for (const [key, what] of [
    ['recordsDays', 'what is sent'],
    ['aggregatesDays', 'counts made of it']
  ] as const)
    if (!(now.retention[key] <= was.retention[key]))
      stops.push(
        `${what} would be kept for ${now.retention[key]} days instead of ${was.retention[key]}`
      )
  const [backups, backupsBefore] = [now.retention.backupsDays, was.retention.backupsDays]
  if (backupsBefore !== undefined && !((backups ?? Infinity) <= backupsBefore))
    stops.push(
      `backups would hold what is gone for ` +
        `${backups === undefined ? 'a time that nobody says' : `${backups} days`} ` +
        `instead of ${backupsBefore} days`
    )
  return stops
}

export function recipientText({ name, where }: Terms['recipients'][number]): string {
  return `${name} (${where})`
}
