/**
 * May this program send, up to which level, and who said so? The answer that everything else asks
 * for first.
 */

/** What each state lets happen, and what it means to a user. */
export const consentStates = {
  undecided: { records: false, prepares: false, sends: false, says: 'nothing is written or sent' },
  off: { records: false, prepares: false, sends: false, says: 'nothing is left but the refusal' },
  local: { records: true, prepares: false, sends: false, says: 'recorded, and never sent' },
  log: {
    records: true,
    prepares: true,
    sends: false,
    says: 'reports are made, and written to the local log instead of being sent'
  },
  on: { records: true, prepares: true, sends: true, says: 'sent' }
} as const
export type ConsentState = keyof typeof consentStates

type Stated = Pick<Decision, 'state'>

/** What is recorded is written to this machine's disk; whether it travels is another question. */
export function records({ state }: Stated): boolean {
  return consentStates[state].records
}

/** Reports are made, be it to send them or to show what would be sent. */
export function prepares({ state }: Stated): boolean {
  return consentStates[state].prepares
}

/** A socket may be opened for reports, unless a changed contract stops it. */
export function sends({ state }: Stated): boolean {
  return consentStates[state].sends
}

/** Somebody said no: nothing may stay but that. */
export function isRefused({ state }: Stated): boolean {
  return state === 'off'
}

/** Nobody has said anything that counts yet, so a word may still come. */
export function isUndecided({ state }: Stated): boolean {
  return state === 'undecided'
}

interface SourceInList {
  readonly name: string
  /** As `status` tells it, where a variable's name or a file's path does not say more. */
  readonly where: string
  readonly says: string
  /** It never makes a user's own word louder, only quieter. */
  readonly onlyLowers?: true
  /** Its no is no slip of one run, so that what an earlier yes left goes with it. */
  readonly isForGood?: true
}

/** Who may say something, the strongest first. Any off wins over any on, from wherever it comes. */
export const consentSources = [
  { name: 'compiled-out', where: 'this build', says: 'off, for whoever builds without telemetry' },
  {
    name: 'machine-policy',
    where: 'the machine’s policy',
    says: 'on, off, local, log or a level; caps what a user said, and is a yes where nobody spoke',
    onlyLowers: true,
    isForGood: true
  },
  {
    name: 'DO_NOT_TRACK',
    where: 'DO_NOT_TRACK',
    says: 'off, unless it is empty, 0, false, no or off; never on'
  },
  {
    name: 'variable',
    where: '<PRODUCT>_TELEMETRY, and variables that the contract lists as switches',
    says: 'on, off, local, log or a level, for the run that has it'
  },
  {
    name: 'configuration',
    where: 'the host’s configuration',
    says: 'on, off, local or log; its on is no yes for an opt-out product',
    isForGood: true
  },
  {
    name: 'flag',
    where: 'a flag of this run',
    says: 'on, off, local or log; its on is no yes where nobody can be asked'
  },
  {
    name: 'project-file',
    where: 'the project’s configuration',
    says: 'off, local, log or a lower level; on only where nobody can be asked, if opt-out',
    onlyLowers: true
  },
  {
    name: 'user-file',
    where: 'consent.json in the program’s state folder',
    says: 'on, off, local or a level: the user’s own word, until they change it',
    isForGood: true
  },
  {
    name: 'default',
    where: 'the contract',
    says: 'undecided; on for an opt-out product whose notice was seen'
  }
] as const satisfies readonly SourceInList[]
export type ConsentSource = (typeof consentSources)[number]['name']

const listed: readonly SourceInList[] = consentSources

/** 0 is the strongest. */
export function strengthOf({ source }: Pick<Saying, 'source'>): number {
  return listed.findIndex(({ name }) => name === source)
}

export function whereOf(source: ConsentSource): string {
  return listed.find(({ name }) => name === source)?.where ?? source
}

export function onlyLowers({ source }: Pick<Saying, 'source'>): boolean {
  return listed.some(({ name, onlyLowers: does }) => name === source && does === true)
}

export function isForGood({ source }: Pick<Saying, 'source'>): boolean {
  return listed.some(({ name, isForGood: is }) => name === source && is === true)
}

/** What one source says; `where` is a variable's name or a file's path, for people. */
export interface Saying {
  readonly source: ConsentSource
  readonly where: string
  readonly says: ConsentState | undefined
  /** Caps the level, if it names one. */
  readonly level?: string
  /**
   * Said to whoever runs `telemetry status`: an unreadable file, a value that means nothing, an old
   * name.
   */
  readonly warning?: string
  /**
   * Taken for a no because it cannot be read, or means nothing: it silences, and deletes nothing.
   */
  readonly suspected?: true
}

export interface Decision {
  readonly state: ConsentState
  /** The highest level that may travel; undefined unless the state is local, log or on. */
  readonly level: string | undefined
  /** The saying that decided. */
  readonly because: Saying
  /** All that was looked at, strongest first. */
  readonly sayings: readonly Saying[]
  /** Why an undecided program stays so, and what would change it. */
  readonly missing?: string
}
