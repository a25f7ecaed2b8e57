/**
 * Compares what is collected: records, their fields, and how clients' spellings of them are read.
 */
import { endOf } from '#values/expiry'
import type { FieldDeclaration, RecordDeclaration } from '../form/contract.ts'
import type { ChangeNote } from './change.ts'
import { compareTypes } from './type-changes.ts'
import { differenceOf, isSame, named } from './values.ts'

export interface RecordScope {
  readonly note: (path: string, change: ChangeNote) => void
  /** The new contract's levels, lowest first. */
  readonly levels: readonly string[]
}

type Records = ReadonlyMap<string, RecordDeclaration>
type Fields = ReadonlyMap<string, FieldDeclaration>

export function compareRecords(scope: RecordScope, before: Records, after: Records): void {
  const { note } = scope
  for (const [name, was] of before) {
    const is = after.get(name)
    if (is !== undefined) {
      compareRecord(scope, was, is)
      continue
    }
    const renamed = [...after.values()].find(({ aliases }) => aliases.includes(name))
    note(pathOf(was), {
      consent: 'narrower',
      isBreaking: true,
      what:
        renamed === undefined
          ? `\`${name}\` is gone.`
          : `\`${name}\` is called \`${renamed.name}\`.`,
      because:
        renamed === undefined
          ? 'what running programs send of it is not kept, and charts over it end'
          : 'clients are still understood, but charts over the old name end'
    })
  }
  for (const [name, is] of after) {
    if (before.has(name)) continue
    note(pathOf(is), {
      consent: 'wider',
      what:
        `\`${name}\` is new, on the level \`${is.level}\`, with ` +
        `${is.fields.size === 1 ? 'one field' : `${is.fields.size} fields`}.`,
      because: 'users did not agree to it yet',
      shown: `a new kind of report, “${withoutStop(is.when)}”`
    })
  }
}

function pathOf({ kind, name }: RecordDeclaration): string {
  return `${kind}s.${name}`
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

function compareRecord(
  scope: RecordScope,
  before: RecordDeclaration,
  after: RecordDeclaration
): void {
  const { note } = scope
  const path = pathOf(after)
  if (before.kind !== after.kind)
    note(path, {
      isBreaking: true,
      what: `\`${after.name}\` is one of the ${after.kind}s, and of the ${before.kind}s before.`,
      because: 'it is counted otherwise from now on'
    })
  if (before.level !== after.level)
    compareLevels(
      scope,
      path,
      after.name,
      `everything about “${withoutStop(after.when)}”`,
      before.level,
      after.level
    )
  const aliases = differenceOf(before.aliases, after.aliases)
  if (aliases.removed.length > 0)
    note(path, {
      isBreaking: true,
      what: `\`${after.name}\` is no longer known as ${named(aliases.removed)}.`,
      because: 'clients that send it so are no longer understood'
    })
  if (aliases.added.length > 0)
    note(path, {
      what: `\`${after.name}\` is known as ${named(aliases.added)} as well.`,
      because: 'more clients are understood'
    })
  noteWords(scope, path, after.name, before, after, [
    'when',
    'since',
    'owner',
    'serves',
    'every',
    'sensitivity'
  ])
  compareEnds(scope, path, after.name, after.when, before, after)
  compareTelling(scope, path, before, after)
  compareFields(scope, path, { before, after }, before.fields, after.fields, after)
}

const times: readonly unknown[] = [undefined, 'hour', 'day']

/** Under which id, how exactly, and of how many it is told. */
function compareTelling(
  { note }: RecordScope,
  path: string,
  before: RecordDeclaration,
  after: RecordDeclaration
): void {
  const when = withoutStop(after.when)
  const change = (isWider: boolean, what: string, shown: string): void =>
    note(path, {
      consent: isWider ? 'wider' : 'narrower',
      what,
      because: isWider
        ? 'users did not agree to it yet'
        : 'it is less than users agreed to, so nobody is asked',
      shown
    })
  if (before.identity !== after.identity)
    change(
      after.identity === undefined,
      after.identity === undefined
        ? `\`${after.name}\` travels with the product's id, and with none before.`
        : `\`${after.name}\` travels without an id.`,
      `“${when}” would be tied to this installation`
    )
  if (before.time !== after.time)
    change(
      times.indexOf(after.time) < times.indexOf(before.time),
      `\`${after.name}\` tells its time to the ${after.time ?? 'millisecond'}, and to the ` +
        `${before.time ?? 'millisecond'} before.`,
      `“${when}” would be told to the ${after.time ?? 'millisecond'}`
    )
  const [was, is] = [before.sample ?? 1, after.sample ?? 1]
  if (was !== is)
    change(
      is > was,
      `${percent(is)} of \`${after.name}\` is sent, and ${percent(was)} before.`,
      `${percent(is)} of “${when}” would be sent instead of ${percent(was)}`
    )
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}

/** What holds a field: its record, or the field that it is a part of. */
type Holder = Pick<FieldDeclaration, 'level' | 'expires'>
interface Held {
  readonly before: Holder
  readonly after: Holder
}

function compareFields(
  scope: RecordScope,
  parent: string,
  held: Held,
  before: Fields,
  after: Fields,
  record: RecordDeclaration
): void {
  const { note } = scope
  for (const [name, was] of before) {
    const path = `${parent}.fields.${name}`
    const is = after.get(name)
    if (is !== undefined) compareField(scope, path, held, was, is, record)
    else {
      const isKept = was.collector !== 'drops'
      note(path, {
        consent: was.sdk === 'sends' ? 'narrower' : 'none',
        isBreaking: isKept,
        what: `\`${name}\` is gone.`,
        because: isKept
          ? 'its column gets no values any more, and charts over it end'
          : 'it was not kept anyway; if clients still send it, it counts as undeclared'
      })
    }
  }
  for (const [name, is] of after) {
    if (before.has(name)) continue
    const isSent = is.sdk === 'sends'
    note(`${parent}.fields.${name}`, {
      consent: isSent ? 'wider' : 'none',
      what:
        `\`${name}\` is ` +
        `new${isSent ? `, on the level \`${is.level}\`` : ', of clients that cannot be changed'}.`,
      because: isSent
        ? 'users did not agree to it yet'
        : 'programs with our SDK send no more than before',
      shown: withoutStop(is.says),
      during: withoutStop(record.when)
    })
  }
}

function compareField(
  scope: RecordScope,
  path: string,
  held: Held,
  before: FieldDeclaration,
  after: FieldDeclaration,
  record: RecordDeclaration
): void {
  const { name } = after
  const shown = withoutStop(after.says)
  const isAgreed = before.sdk === 'sends' && after.sdk === 'sends'
  // What only clients that cannot be changed send is in no terms: nobody could agree to it.
  const during = withoutStop(record.when)
  const note = (at: string, change: ChangeNote): void =>
    scope.note(at, { during, ...change, consent: isAgreed ? (change.consent ?? 'none') : 'none' })
  const inner: RecordScope = { ...scope, note }
  if (before.sdk !== after.sdk) {
    const isSent = after.sdk === 'sends'
    scope.note(path, {
      consent: isSent ? 'wider' : 'narrower',
      what: `\`${name}\` is ${isSent ? 'sent by' : 'no longer sent by'} programs with our SDK.`,
      because: isSent
        ? 'users did not agree to it yet'
        : 'less is sent than users agreed to, so nobody is asked',
      shown,
      during
    })
  }
  // A level that only follows that of what holds the field is told there.
  const follows = before.level === held.before.level && after.level === held.after.level
  if (before.level !== after.level && !follows)
    compareLevels(inner, path, name, shown, before.level, after.level)
  const endFollows = endOf(before) === endOf(held.before) && endOf(after) === endOf(held.after)
  if (!endFollows) compareEnds(inner, path, name, shown, before, after)
  compareHandling(inner, path, before, after, shown)
  if (!isSame(before.onlyWhen, after.onlyWhen)) compareConditions(inner, path, before, after, shown)
  const from = differenceOf(before.from, after.from)
  if (from.removed.length > 0)
    note(path, {
      isBreaking: true,
      what: `\`${name}\` is no longer read from ${named(from.removed)}.`,
      because: 'clients that send it there are no longer understood'
    })
  else if (!isSame(before.from, after.from))
    note(path, {
      what: `\`${name}\` is read from ${named(after.from)}.`,
      because: 'every path of before is still read'
    })
  noteWords(inner, path, name, before, after, [
    'says',
    'since',
    'owner',
    'serves',
    'changed',
    'because',
    'links'
  ])
  if (
    before.collector === 'drops' &&
    after.collector === 'drops' &&
    before.type.is === 'boolean' &&
    after.type.is === 'boolean'
  )
    return
  compareTypes(
    {
      path,
      name,
      says: shown,
      note,
      compareObjects: (was, is, at) =>
        compareFields(inner, at, { before, after }, was.fields, is.fields, record)
    },
    before.type,
    after.type
  )
}

/** A later day is agreed to anew; after an earlier one less is sent than was agreed to. */
function compareEnds(
  { note }: Pick<RecordScope, 'note'>,
  path: string,
  name: string,
  shown: string,
  before: Holder,
  after: Holder
): void {
  const [was, is] = [endOf(before), endOf(after)]
  const until = ({ expires }: Holder): string =>
    endOf({ expires }) === Infinity ? 'without an end' : `until ${expires}`
  if (was !== is)
    note(path, {
      consent: is > was ? 'wider' : 'narrower',
      what: `\`${name}\` is collected ${until(after)}, and ${until(before)} before.`,
      because:
        is > was
          ? 'it is sent for longer than users agreed to'
          : 'less is sent than users agreed to, so nobody is asked',
      shown: `${withoutStop(shown)}, ${until(after)}`
    })
  else if (before.expires !== after.expires)
    note(path, {
      what: `\`${name}\` says something else in \`expires\`.`,
      because: 'it describes what is collected, and changes nothing of it'
    })
}

const handling = ['drops', 'reduces', 'keeps']
const handled = { drops: 'dropped', reduces: 'reduced', keeps: 'kept' } as const

function compareHandling(
  { note }: RecordScope,
  path: string,
  before: FieldDeclaration,
  after: FieldDeclaration,
  shown: string
): void {
  if (before.collector === after.collector) return
  const isWider = handling.indexOf(after.collector) > handling.indexOf(before.collector)
  const ends = after.collector === 'drops'
  note(path, {
    consent: isWider ? 'wider' : 'narrower',
    isBreaking: ends,
    what:
      `The collector ${after.collector} \`${after.name}\`, and ` +
      `${handled[before.collector]} it before.`,
    because: ends
      ? 'its column gets no values any more'
      : isWider
        ? 'more of it stays than users agreed to'
        : 'less of it stays than users agreed to, so nobody is asked',
    shown
  })
}

function compareConditions(
  { note }: RecordScope,
  path: string,
  before: FieldDeclaration,
  after: FieldDeclaration,
  shown: string
): void {
  const [was, is] = [before.onlyWhen, after.onlyWhen]
  const isStricter =
    is !== undefined &&
    (was === undefined ||
      [...was].every(
        ([field, values]) =>
          is.has(field) && differenceOf(values, is.get(field) ?? []).added.length === 0
      ))
  note(path, {
    consent: isStricter ? 'narrower' : 'wider',
    what:
      `\`${after.name}\` is kept ${is === undefined ? 'always' : 'under another condition'} ` +
      '(`only_when`).',
    because: isStricter
      ? 'it is kept in no case in which it was not before, so nobody is asked'
      : 'it may be kept where users were told that it is not',
    shown
  })
}

function compareLevels(
  { note, levels }: RecordScope,
  path: string,
  name: string,
  shown: string,
  before: string,
  after: string
): void {
  // A level that is gone is below all that are left: what needed it may now be sent by people who
  // never saw it.
  const isLower = levels.indexOf(after) < levels.indexOf(before) || !levels.includes(before)
  note(path, {
    consent: isLower ? 'wider' : 'narrower',
    what: `\`${name}\` needs the level \`${after}\`, and \`${before}\` before.`,
    because: isLower
      ? 'people who agreed to less would send it'
      : 'fewer people send it than agreed to it, so nobody is asked',
    shown
  })
}

/** Keys that say something about a record or field and change nothing of what is collected. */
function noteWords<Declared extends { readonly name: string }>(
  { note }: RecordScope,
  path: string,
  name: string,
  before: Declared,
  after: Declared,
  keys: readonly (keyof Declared & string)[]
): void {
  const changed = keys.filter((key) => !isSame(before[key], after[key]))
  if (changed.length > 0)
    note(path, {
      what: `\`${name}\` says something else in ${named(changed)}.`,
      because: 'it describes what is collected, and changes nothing of it'
    })
}
