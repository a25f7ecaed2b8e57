/** Compares what a field may hold: its type, bounds, words and coarseness. */
import { revealsNoMore, timeRevealsNoMore } from '#values/coarsening'
import type { Coarsen, FieldType, MapKeys } from '../form/contract.ts'
import type { ChangeNote } from './change.ts'
import { differenceOf, isSame, named } from './values.ts'

export interface TypeScope {
  /** Where, and what it is called. */
  readonly path: string
  readonly name: string
  /** What the field is, for users. */
  readonly says: string
  readonly note: (path: string, change: ChangeNote) => void
  readonly compareObjects: (
    before: FieldType & { readonly is: 'object' },
    after: FieldType & { readonly is: 'object' },
    path: string
  ) => void
}

const sendsMore = 'it lets more through than users agreed to'
const sendsLess = 'it lets less through than users agreed to, so nobody is asked'

/** The notes that several types have in common, in the words of one field. */
interface Notes {
  readonly wider: (what: string, because?: string) => void
  readonly narrower: (what: string) => void
  readonly bound: (what: string, was: number, is: number) => void
  /** It changes how running clients are read, and not what may be kept. */
  readonly readOtherwise: (what: string) => void
}

function notesOf({ path, name, says, note }: TypeScope): Notes {
  const wider = (what: string, because = sendsMore): void =>
    note(path, {
      consent: 'wider',
      what,
      because,
      shown: `${says}, in another form or with wider bounds`
    })
  const narrower = (what: string): void =>
    note(path, { consent: 'narrower', what, because: sendsLess })
  return {
    wider,
    narrower,
    bound: (what, was, is) => {
      if (is > was) wider(`\`${name}\` has a higher ${what}: ${is}, and ${was} before.`)
      if (is < was) narrower(`\`${name}\` has a lower ${what}: ${is}, and ${was} before.`)
    },
    readOtherwise: (what) =>
      note(path, {
        what,
        because: 'it changes how clients that cannot be changed are read, and not what may be kept'
      })
  }
}

type Is = FieldType['is']
type Comparison<Of extends Is> = (
  scope: TypeScope,
  before: FieldType & { readonly is: Of },
  after: FieldType & { readonly is: Of }
) => void

export function compareTypes(scope: TypeScope, before: FieldType, after: FieldType): void {
  const { path, name, says, note } = scope
  if (before.is === after.is) {
    // A table of one function for each type is not seen to belong to the type that it is asked for.
    const compare = comparisons[before.is] as (
      scope: TypeScope,
      before: FieldType,
      after: FieldType
    ) => void
    return compare(scope, before, after)
  }
  note(path, {
    consent: 'wider',
    isBreaking: true,
    what: `\`${name}\` is of the type ${after.is}, and ${before.is} before.`,
    because: 'users agreed to something else, and its column changes',
    shown: `${says}, in another form`
  })
}

/** What a change within one type means. */
const comparisons: { readonly [Of in Is]: Comparison<Of> } = {
  boolean: () => undefined,
  'sql-shape': (scope, before, after) => {
    const { name } = scope
    const { wider, narrower, readOtherwise } = notesOf(scope)
    if (before.dialect === undefined && after.dialect !== undefined)
      wider(`\`${name}\` is kept as the statement's shape, and only as its kind before.`)
    if (before.dialect !== undefined && after.dialect === undefined)
      narrower(`\`${name}\` is kept only as the statement's kind, and as its shape before.`)
    if (
      before.dialect !== after.dialect &&
      before.dialect !== undefined &&
      after.dialect !== undefined
    )
      readOtherwise(`\`${name}\` is read in another dialect of SQL.`)
  },
  integer: compareNumbers,
  number: compareNumbers,
  duration: (scope, before, after) => {
    const { bound } = notesOf(scope)
    bound('maximum', before.max, after.max)
    compareCoarseness(scope, before.coarsen, after.coarsen)
    if (before.unit !== after.unit) noteUnit(scope, before.unit, after.unit)
  },
  timestamp: (scope, before, after) => {
    const { name } = scope
    const { wider, narrower } = notesOf(scope)
    if (before.round === after.round) return
    if (!timeRevealsNoMore(after.round, before.round))
      wider(
        `\`${name}\` is more exact: ${after.round ?? 'to the millisecond'}, and ` +
          `${before.round ?? 'to the millisecond'} before.`
      )
    else
      narrower(
        `\`${name}\` is less exact: ${after.round ?? 'to the millisecond'}, and ` +
          `${before.round ?? 'to the millisecond'} before.`
      )
  },
  version: (scope, before, after) => {
    const { name } = scope
    const { wider, narrower } = notesOf(scope)
    // Without `parts` the whole version is kept.
    if ((after.parts ?? 4) > (before.parts ?? 4))
      wider(`\`${name}\` has more parts of the version.`)
    if ((after.parts ?? 4) < (before.parts ?? 4))
      narrower(`\`${name}\` has fewer parts of the version.`)
  },
  enum: (scope, before, after) => {
    const { name } = scope
    const { readOtherwise } = notesOf(scope)
    compareWords(scope, before.values, after.values, 'words')
    if (before.other !== after.other)
      readOtherwise(
        after.other === 'collapse'
          ? `\`${name}\` counts unknown words as \`other\` now.`
          : `\`${name}\` keeps nothing of unknown words now.`
      )
    const reading = (type: typeof before): unknown => [
      type.aliases,
      type.strip,
      type.ignoreCase,
      [...type.matches]
    ]
    if (!isSame(reading(before), reading(after)))
      readOtherwise(
        `\`${name}\` reads what clients send otherwise (\`aliases\`, \`strip\`, ` +
          '`ignore_case` or `matches`).'
      )
  },
  pattern: (scope, before, after) => {
    const { name } = scope
    const { wider, bound, readOtherwise } = notesOf(scope)
    if (before.pattern !== after.pattern)
      wider(
        `\`${name}\` has another pattern: \`${after.pattern}\`, and \`${before.pattern}\` ` +
          'before.',
        'whether a pattern lets more through cannot be told from it, so it counts as more'
      )
    bound('length', before.lengthMax, after.lengthMax)
    if (before.other !== after.other)
      readOtherwise(
        after.other === 'collapse'
          ? `\`${name}\` counts what does not fit as \`other\` now.`
          : `\`${name}\` keeps nothing of what does not fit now.`
      )
  },
  uuid: (scope, before, after) => {
    const { path, name, note } = scope
    if (before.form !== after.form)
      note(path, {
        isBreaking: true,
        what: `\`${name}\` is written as ${after.form}, and as ${before.form} before.`,
        because: 'what running programs send no longer fits'
      })
  },
  'keyed-hash': (scope, before, after) => {
    const { path, name, says, note } = scope
    const { readOtherwise } = notesOf(scope)
    if (before.scope !== after.scope) {
      const isWider = after.scope === 'product'
      note(path, {
        consent: isWider ? 'wider' : 'narrower',
        isBreaking: true,
        what: isWider
          ? `\`${name}\` is a token that is equal for equal values of all installations now.`
          : `\`${name}\` is a token of one installation now.`,
        because: 'its tokens change, so counts of before and after cannot be held together',
        shown: `${says}, in a form that can be compared between installations`
      })
    }
    if (before.lengthMax !== after.lengthMax)
      readOtherwise(
        `\`${name}\` takes up to ${after.lengthMax} characters, and ${before.lengthMax} ` +
          'before, before it makes a token of them.'
      )
  },
  string: (scope, before, after) => {
    const { path, name, note } = scope
    const { bound } = notesOf(scope)
    bound('length', before.lengthMax, after.lengthMax)
    if (before.reviewed !== after.reviewed)
      note(path, {
        what: `\`${name}\` has another review.`,
        because: 'it says who looked, and not what is collected'
      })
  },
  list: (scope, before, after) => {
    const { path } = scope
    const { bound } = notesOf(scope)
    bound('number of items', before.itemsMax, after.itemsMax)
    compareTypes({ ...scope, path: `${path}.of` }, before.of, after.of)
  },
  map: (scope, before, after) => {
    const { path } = scope
    const { bound } = notesOf(scope)
    bound('number of entries', before.entriesMax, after.entriesMax)
    compareKeys(scope, before.keys, after.keys)
    if (before.others !== after.others) compareOthers(scope, before.others, after.others)
    compareTypes({ ...scope, path: `${path}.values` }, before.values, after.values)
  },
  object: (scope, before, after) => {
    const { path } = scope
    if (before.others !== after.others) compareOthers(scope, before.others, after.others)
    scope.compareObjects(before, after, path)
    return
  }
}

function compareNumbers(
  scope: TypeScope,
  before: FieldType & { readonly is: 'integer' | 'number' },
  after: FieldType & { readonly is: 'integer' | 'number' }
): void {
  const { name } = scope
  const { wider, narrower, bound } = notesOf(scope)
  bound('maximum', before.max, after.max)
  if (after.min < before.min)
    wider(`\`${name}\` has a lower minimum: ${after.min}, and ${before.min} before.`)
  if (after.min > before.min)
    narrower(`\`${name}\` has a higher minimum: ${after.min}, and ${before.min} before.`)
  compareCoarseness(scope, before.coarsen, after.coarsen)
  if (before.unit !== after.unit) noteUnit(scope, before.unit, after.unit)
}

function compareWords(
  { path, name, says, note }: TypeScope,
  before: readonly string[],
  after: readonly string[],
  what: string
): void {
  const { added, removed } = differenceOf(before, after)
  if (added.length > 0)
    note(path, {
      consent: 'wider',
      what: `\`${name}\` has new ${what}: ${named(added)}.`,
      because: sendsMore,
      shown: `${says}, with more possible answers`
    })
  if (removed.length > 0) {
    note(path, {
      consent: 'narrower',
      isBreaking: true,
      what: `\`${name}\` no longer has the ${what} ${named(removed)}.`,
      because: 'running programs still send them, and charts still ask for them'
    })
  }
}

function compareKeys(scope: TypeScope, before: MapKeys, after: MapKeys): void {
  if (before.is === 'enum' && after.is === 'enum')
    return compareWords(scope, before.values, after.values, 'keys')
  if (isSame(before, after)) return
  const { path, name, says, note } = scope
  const isShorter =
    before.is === 'pattern' &&
    after.is === 'pattern' &&
    before.pattern === after.pattern &&
    after.lengthMax < before.lengthMax
  if (isShorter)
    note(path, { consent: 'narrower', what: `\`${name}\` has shorter keys.`, because: sendsLess })
  else
    note(path, {
      consent: 'wider',
      what: `\`${name}\` lets other keys through.`,
      because: 'whether that lets more through cannot be told, so it counts as more',
      shown: `${says}, with other parts`
    })
}

function compareOthers({ path, name, says, note }: TypeScope, before: string, after: string): void {
  const order = ['violation', 'count', 'sum']
  const isWider = order.indexOf(after) > order.indexOf(before)
  const how =
    after === 'violation'
      ? 'are not kept at all'
      : after === 'count'
        ? 'are counted'
        : 'are summed up'
  note(path, {
    consent: isWider ? 'wider' : 'narrower',
    isBreaking: before !== 'violation',
    what: `Undeclared keys of \`${name}\` ${how} now.`,
    because:
      before === 'violation' ? sendsMore : 'charts over what they were before get something else',
    ...(isWider ? { shown: `${says}, with what is not listed summed up` } : {})
  })
}

function noteUnit(
  { path, name, note }: TypeScope,
  before: string | undefined,
  after: string | undefined
): void {
  if (before === undefined || after === undefined)
    note(path, {
      what:
        `\`${name}\` ` +
        `${after === undefined ? 'no longer says its unit' : `says its unit: ${after}`}.`,
      because: 'the numbers are the same'
    })
  else
    note(path, {
      isBreaking: true,
      what: `\`${name}\` is in ${after}, and in ${before} before.`,
      because: 'running programs send the old unit, and charts would mix both'
    })
}

function compareCoarseness(
  { path, name, says, note }: TypeScope,
  before: Coarsen | undefined,
  after: Coarsen | undefined
): void {
  if (isSame(before, after)) return
  if (revealsNoMore(after, before))
    note(path, { consent: 'narrower', what: `\`${name}\` is rounded more.`, because: sendsLess })
  else
    note(path, {
      consent: 'wider',
      what: `\`${name}\` is ${after === undefined ? 'no longer rounded' : 'rounded otherwise'}.`,
      because: 'it tells more exactly, or something else, than users agreed to',
      shown: `${says}, more exactly`
    })
}
