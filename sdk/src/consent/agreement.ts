/**
 * What was agreed to, by the notice and its time or by a word, and what holds where nobody says
 * anything? It is pure.
 */
import type { ContractForm } from '../form.ts'
import type { ConsentFile, ConsentFileSeen, Terms } from './consent-file.ts'
import { whereOf, type Saying } from './decision.ts'
import { allowedFields, stopsOf } from './narrow.ts'
import { objectOf } from './policy.ts'
import { variablePrefix } from './sources.ts'

export type Notice = NonNullable<ConsentFile['notice']>

export interface Standing {
  readonly form: ContractForm
  readonly file: ConsentFileSeen
  readonly runs: 'program' | 'service'
  /** Nobody reads what is written here: CI, a container without a terminal, a function. */
  readonly ephemeral: boolean
  /** The host vouches that the notice was seen. */
  readonly vouched: boolean
  /**
   * The notice that stood in the file when this run began, and none of its own: any other is for
   * the next run.
   */
  readonly noticeBefore: string | undefined
  readonly now: number
}

export function isOptOut({ consent }: Pick<ContractForm, 'consent'>): boolean {
  return consent.default === 'opt-out'
}

/** A notice that can be read as one. */
export function noticeOf(file: ConsentFileSeen): Notice | undefined {
  const notice = file.is === 'read' ? file.file.notice : undefined
  return typeof notice?.until === 'number' && typeof notice.at === 'string' && isWhole(notice.terms)
    ? notice
    : undefined
}

/** A service waits its grace; a program waits for its next run. */
function hasMatured({ until, at }: Notice, { now, runs, noticeBefore }: Standing): boolean {
  return !(now < until) && (runs === 'service' || at === noticeBefore)
}

/**
 * Whether a notice of an opt-out product, once it had its time, counts as agreed to. A notice says
 * enough for a new field; other recipients, purposes or places wait for a word.
 */
export function isAgreedBy(notice: Notice, standing: Standing): boolean {
  const { form, file } = standing
  if (!isOptOut(form) || !hasMatured(notice, standing)) return false
  const before = file.is === 'read' ? file.file.terms : undefined
  if (before === undefined || before === null) return true
  try {
    return isWhole(before) && stopsOf(notice.terms, before).length === 0
  } catch {
    return false
  }
}

/** What holds where nobody says anything, and which yes is missing. */
export function fallbackOf(standing: Standing): {
  readonly saying: Saying
  readonly missing?: string
} {
  const { form, file, ephemeral, vouched, runs } = standing
  const variable = `${variablePrefix(form)}_TELEMETRY=on`
  const yes = (where: string): { readonly saying: Saying } => ({
    saying: { source: 'default', where, says: 'on' }
  })
  const no = (missing: string): { readonly saying: Saying; readonly missing: string } => ({
    saying: { source: 'default', where: whereOf('default'), says: 'undecided' },
    missing
  })
  if (!isOptOut(form)) return no(`nobody has said yes: switch telemetry on, or set ${variable}`)
  if (ephemeral && vouched) return yes('the notice, as the host says')
  // State is what is found, whatever kind of place suggests that there is none.
  const notice = noticeOf(file)
  if (file.is === 'read' && file.file.by === 'notice') return yes('the notice')
  if (notice === undefined && ephemeral && runs === 'program')
    return no(
      'this run has no terminal and has found no notice in its state, so it needs a yes: ' +
        `${variable}, the machine’s policy, the project’s file, or a host that has shown the ` +
        'notice'
    )
  if (notice === undefined)
    return no('the notice was not seen yet, on a terminal that a human reads')
  if (hasMatured(notice, standing)) return yes(`the notice of ${notice.at}`)
  return no(
    runs === 'service'
      ? `the notice was written to the log at ${notice.at}; nothing is sent before ` +
          `${new Date(notice.until).toISOString()}`
      : 'the notice was shown; telemetry starts with the next run'
  )
}

/**
 * The newest notice that had its time, what the file holds, or what somebody outside of it says yes
 * to now: the contract as it is.
 */
export function agreedTerms(standing: Standing): Terms | 'damaged' {
  const { form, file } = standing
  if (file.is !== 'read') return form
  const notice = noticeOf(file)
  const held = notice !== undefined && isAgreedBy(notice, standing) ? notice.terms : file.file.terms
  if (held === undefined || held === null) return form
  // The same terms: whatever else became of the copy.
  if (held.terms === form.terms) return form
  return isWhole(held) && canBeHeldAgainst(form, held) ? held : 'damaged'
}

/**
 * Up to this level of now: the highest that the agreed terms know as well. Where nobody named a
 * level, it is no higher than the one that held for everybody when they agreed.
 */
export function levelWithin(
  highest: string,
  form: ContractForm,
  terms: Terms,
  { isNamed }: { readonly isNamed: boolean }
): string | undefined {
  const names = form.consent.levels.map(({ name }) => name)
  const known = terms.consent.levels.map(({ name }) => name)
  const cap = isNamed
    ? known.length - 1
    : known.indexOf(terms.consent.defaultLevel ?? known.at(-1) ?? '')
  return names
    .slice(0, names.indexOf(highest) + 1)
    .findLast((name) => known.indexOf(name) >= 0 && known.indexOf(name) <= cap)
}

function isWhole(terms: Terms | undefined): boolean {
  return (
    [terms?.recipients, terms?.environment, terms?.presence, terms?.consent?.levels].every((list) =>
      Array.isArray(list)
    ) &&
    [terms?.records, terms?.identity, terms?.retention].every(
      (part) => objectOf(part) !== undefined
    )
  )
}

/**
 * Everything is tried once, so that nobody who asks later meets what a damaged file holds deep
 * inside.
 */
function canBeHeldAgainst(form: ContractForm, terms: Terms): boolean {
  try {
    stopsOf(form, terms)
    const level = terms.consent.levels.at(-1)?.name ?? ''
    for (const name of Object.keys(form.records)) allowedFields(form, { terms, level }, name)
    return true
  } catch {
    return false
  }
}
