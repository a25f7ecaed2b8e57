/**
 * What did the user say, and for which terms? In one file that only the user's word changes; what a
 * notice or somebody else brought about is beside it.
 */
import type { ContractForm } from '../form.ts'
import { limits } from '../limits.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { ConsentState } from './decision.ts'
import { objectOf } from './policy.ts'

/**
 * Written only for the user's own word, so that nothing that happens at the same time can overwrite
 * a refusal.
 */
export const consentFileName = 'consent.json'
/**
 * When a notice was shown, and what was agreed to by it. Ignored beside a refusal, and deleted with
 * all else.
 */
export const noticeFileName = 'notice.json'

/**
 * The part of a contract that a user agrees to, stored whole: what is new later is new against
 * this.
 */
export type Terms = Pick<
  ContractForm,
  | 'terms'
  | 'recipients'
  | 'location'
  | 'retention'
  | 'identity'
  | 'environment'
  | 'presence'
  | 'records'
  | 'edition'
> & { readonly consent: Pick<ContractForm['consent'], 'levels' | 'defaultLevel'> }

export interface Agreed {
  readonly terms?: Terms
  /**
   * How the terms were agreed to if not by the user's own word: an opt-out product's notice, or a
   * yes from outside of this file.
   */
  readonly by?: 'notice' | 'outside'
  /**
   * Shown, and what it named. For an opt-out product it is accepted from `until` on, milliseconds
   * since 1970.
   */
  readonly notice?: { readonly at: string; readonly until: number; readonly terms: Terms }
}

/** Both files together. */
export interface ConsentFile extends Agreed {
  readonly candor: 1
  /** Absent while only the notice was shown. */
  readonly says?: Exclude<ConsentState, 'undecided'>
  readonly level?: string
  /** When it was said, RFC 3339. */
  readonly at?: string
  /** Endpoints of projects that the user said yes to. */
  readonly endpoints?: readonly string[]
}

export type ConsentFileSeen =
  | { readonly is: 'read'; readonly file: ConsentFile }
  | { readonly is: 'absent' }
  /** A refusal may have stood in it. */
  | { readonly is: 'unreadable' }

export function termsOf(form: Terms): Terms {
  const {
    terms,
    recipients,
    location,
    retention,
    identity,
    environment,
    presence,
    records,
    consent,
    edition
  } = form
  const held = {
    terms,
    recipients,
    retention,
    identity,
    environment,
    presence,
    records,
    ...(edition === undefined ? {} : { edition }),
    consent: {
      levels: consent.levels,
      ...(consent.defaultLevel === undefined ? {} : { defaultLevel: consent.defaultLevel })
    }
  }
  return location === undefined ? held : { ...held, location }
}

export function readConsentFile(state: StateFolder, now: number): ConsentFileSeen {
  const seen = state.look(consentFileName)
  if (seen.is === 'unreadable') return seen
  const agreed = believable(readAgreed(state), now)
  if (seen.is === 'absent')
    return agreed === undefined ? seen : { is: 'read', file: { candor: 1, ...agreed } }
  const file = parse(seen.text)
  // A word of a later version of this file, or of nobody's: not understood is not agreed.
  if (file === undefined || !/^(?:off|local|log|on|undefined)$/.test(String(file['says'])))
    return { is: 'unreadable' }
  return {
    is: 'read',
    file: { ...(file as unknown as ConsentFile), ...(file['says'] === 'off' ? {} : agreed) }
  }
}

/** A clock that was fast when a notice was shown silences nobody for as long: it is shown again. */
function believable(agreed: Agreed | undefined, now: number): Agreed | undefined {
  if (agreed === undefined || !(Date.parse(String(agreed.notice?.at)) > now + limits.aheadMsMax))
    return agreed
  const { notice: _, ...rest } = agreed
  return Object.keys(rest).length === 0 ? undefined : rest
}

/** What a notice brought about. Damaged is as good as none: no refusal is ever in it. */
export function readAgreed(state: StateFolder): Agreed | undefined {
  const { terms, by, notice } = (parse(state.read(noticeFileName)) ?? {}) as Agreed
  const agreed = { ...(terms && { terms }), ...(by && { by }), ...(notice && { notice }) }
  return Object.keys(agreed).length === 0 ? undefined : agreed
}

export function writeAgreed(state: StateFolder, agreed: Agreed): boolean {
  return state.write(noticeFileName, `${JSON.stringify({ candor: 1, ...agreed })}\n`)
}

export function writeConsentFile(state: StateFolder, file: Omit<ConsentFile, 'candor'>): boolean {
  return state.write(consentFileName, `${JSON.stringify({ candor: 1, ...file })}\n`)
}

/** Changes whenever one of the two does. */
export function consentStamp(state: StateFolder): string {
  return `${state.stampOf(consentFileName)} ${state.stampOf(noticeFileName)}`
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const file = objectOf(JSON.parse(text ?? ''))
    return file?.['candor'] === 1 ? file : undefined
  } catch {
    return undefined
  }
}
