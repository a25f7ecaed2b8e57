/**
 * Compares two versions of a contract: what is different, whether users are asked again, and whom
 * it breaks.
 */
import { columnsOfRecords } from '../form/columns.ts'
import type { Contract } from '../form/contract.ts'
import { Changes, type Change } from './change.ts'
import { compareEditions } from './edition-changes.ts'
import { compareFrames } from './frame-changes.ts'
import { compareRecords } from './record-changes.ts'
import { isSame } from './values.ts'

export interface ContractDiff {
  /** The gravest effect of any change; `same` if there is none. */
  readonly verdict: 'same' | Change['effect']
  /**
   * Whether anything is wider than what users agreed to. A breaking change may ask them as well.
   */
  readonly asksAgain: boolean
  /** The gravest first, and else in the order of the contract. */
  readonly changes: readonly Change[]
}

/**
 * Every difference, classified, with a reason. The terms' digests, of the open edition or of
 * another, differ exactly if some change has a `consent` other than `none`.
 *
 * @example
 * const { verdict, changes } = diffContracts(published, edited)
 * for (const { effect, what, because } of changes) show(`${effect}: ${what} ${because}`)
 */
export function diffContracts(before: Contract, after: Contract): ContractDiff {
  const changes = new Changes()
  const note: Changes['note'] = (path, change) => changes.note(path, change)
  compareFrames(note, before, after)
  compareRecords(
    { note, levels: after.consent.levels.map(({ name }) => name) },
    before.records,
    after.records
  )
  compareColumns(changes, before, after)
  const noted = new Set(changes.all().map(({ path, what }) => JSON.stringify([path, what])))
  compareEditions(note, (path, what) => noted.has(JSON.stringify([path, what])), before, after)
  if (changes.all().length === 0 && before.digest !== after.digest)
    changes.note('', {
      what:
        'Only the writing is different: names of types or groups, waivers, what is ' +
        'written out.',
      because: 'it says the same'
    })
  const sorted = changes
    .all()
    .toSorted((one, other) => effects.indexOf(one.effect) - effects.indexOf(other.effect))
  return {
    verdict: sorted[0]?.effect ?? 'same',
    asksAgain: sorted.some(({ consent }) => consent === 'wider'),
    changes: sorted
  }
}

/** The gravest first. */
const effects: readonly Change['effect'][] = ['breaking', 'widening', 'compatible']

/**
 * A column whose type changes cannot keep its values, even where the field's change alone looks
 * harmless.
 */
function compareColumns(changes: Changes, before: Contract, after: Contract): void {
  const types = new Map(
    columnsOfRecords(after.records).columns.map(({ name, type }) => [name, type])
  )
  const broken = new Set(
    changes.all().flatMap(({ path, effect }) => (effect === 'breaking' ? [columnOf(path)] : []))
  )
  for (const { name, type } of columnsOfRecords(before.records).columns) {
    const is = types.get(name)
    if (is === undefined || isSame(type, is) || broken.has(name)) continue
    changes.note(`columns.${name}`, {
      isBreaking: true,
      what: `The column \`${name}\` is of the type ${is.is}, and ${type.is} before.`,
      because: 'the values of before cannot stay in it'
    })
  }
}

/** `events.load.fields.pools.fields.size` fills `pools_size`. */
function columnOf(path: string): string {
  const [, ...names] = path.split('.fields.')
  return names.map((name) => name.replace(/\..*$/, '')).join('_')
}
