/**
 * May this program send, up to which level, and who said so? The answer that everything else asks
 * for first.
 */

/**
 * undecided: nothing is written or sent. off: nothing is left but the refusal. local: recorded,
 * never sent. log: bodies are made and
 * written to the local log instead of being sent. on: sent.
 */
export type ConsentState = 'undecided' | 'off' | 'local' | 'log' | 'on'

/**
 * Strongest first. Any off wins over any on, from wherever it comes; a project's file may only
 * lower.
 */
export const consentSources = [
  'compiled-out',
  'machine-policy',
  'DO_NOT_TRACK',
  'variable',
  'configuration',
  'flag',
  'project-file',
  'user-file',
  'default'
] as const
export type ConsentSource = (typeof consentSources)[number]

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
