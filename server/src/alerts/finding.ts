/**
 * What is worth telling a maintainer who does not look: one finding, in words and with its place.
 */

export type RuleName =
  | 'records-fall'
  | 'failures-rise'
  | 'new-version'
  | 'drift'
  | 'silence'
  | 'quarantine'
  | 'lag'

export interface Finding {
  readonly rule: RuleName
  /** Undefined: it concerns the collector as a whole. */
  readonly product: string | undefined
  /** The same for the same thing at every look: what was told once is known by it. */
  readonly key: string
  /**
   * One sentence. It never holds anything that a client sent and no contract or rule of drift
   * shows.
   */
  readonly says: string
  /** The page of the dashboard that shows it, as a path with its query. */
  readonly path: string
  /** state: it begins and ends, and both are told. fact: it happened, and is told once. */
  readonly is: 'state' | 'fact'
}

/** How sensitive each rule is; what a product does not say is the default. */
export interface Thresholds {
  /** Share by which a full day may fall below the median of the same weekdays before. */
  readonly recordsFall: number
  /** Points by which the share of failures of a full day may lie above that median. */
  readonly failuresRise: number
  /** Hours without a single record, of a product that reported in the week before. */
  readonly silenceHours: number
  /** Seconds that the oldest accepted report may wait to be loaded. */
  readonly lagSeconds: number
  readonly off: readonly RuleName[]
}

/**
 * A third less than usual is the smallest fall that is no ordinary Tuesday in the four products;
 * five points of failures are one run in twenty; a day of silence is what a weekend job can have.
 */
export const usualThresholds: Thresholds = {
  recordsFall: 0.3,
  failuresRise: 0.05,
  silenceHours: 24,
  lagSeconds: 300,
  off: []
}
