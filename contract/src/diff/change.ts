/**
 * What one difference between two versions of a contract means: for users, for programs that run,
 * and for charts.
 */

export interface Change {
  /** Where, as `events.pipeline_load.fields.elapsed`. */
  readonly path: string
  /**
   * compatible: nobody need do anything. widening: users are asked again, and until they accept it
   * stays at home. breaking: clients, charts or
   * users who rely on it get something else.
   */
  readonly effect: 'compatible' | 'widening' | 'breaking'
  /**
   * What it does to the terms that users agreed to: `none` leaves their digest as it is, `narrower`
   * asks nobody.
   */
  readonly consent: 'none' | 'narrower' | 'wider'
  /** One sentence: what is different. */
  readonly what: string
  /** One sentence: why that has its effect. */
  readonly because: string
  /** For users, if they are to be told: a few words without names of code. */
  readonly shown: string | undefined
  /** When what it concerns is sent, if it is a field. */
  readonly during: string | undefined
}

export interface ChangeNote {
  readonly consent?: Change['consent']
  readonly isBreaking?: boolean
  readonly what: string
  readonly because: string
  readonly shown?: string
  readonly during?: string
}

/** Collects changes; the effect follows from the rest. */
export class Changes {
  readonly #noted: Change[] = []

  note(
    path: string,
    { consent = 'none', isBreaking = false, what, because, shown, during }: ChangeNote
  ): void {
    const effect = isBreaking ? 'breaking' : consent === 'wider' ? 'widening' : 'compatible'
    this.#noted.push({ path, effect, consent, what, because, shown, during })
  }

  all(): readonly Change[] {
    return this.#noted
  }
}
