/**
 * Says what is left of a statement: its shape, and what a program may know of it beside the text.
 */

import type { SqlShape as Kind } from '#values/sql-shape'

export type Dialect = 'postgres' | 'mysql'

/**
 * What kind of statement it is: all that is left of one that cannot be reduced to a shape.
 */
export type StatementKind = Kind

/** Why a statement was reduced to its kind. */
export type Problem =
  /** More text, tokens or nesting than is looked at. */
  | 'TOO_LARGE'
  /** The dialect's parser does not accept it. */
  | 'NOT_PARSED'
  /** Its parser gave up; a new one was made. */
  | 'PARSER_FAILED'
  /** It has a part that the printer has no rule for. */
  | 'UNKNOWN_PART'
  /** Its shape is not accepted by the parser, or is not the shape of itself. */
  | 'NOT_STABLE'
  /** Its shape has a word that no catalogue has. */
  | 'UNKNOWN_WORD'
  /** The client had already replaced it by a marker that says nothing. */
  | 'ALREADY_REDACTED'
  /** More statements wait for the thread than may (`openShapeThread`). */
  | 'OVERLOADED'
  /** It waited for the thread longer than it may. */
  | 'TOO_SLOW'

/** What stood where a shape has a hole. */
export type HoleType = 'number' | 'string' | 'boolean' | 'null' | 'bits' | 'parameter'

export interface SqlShape {
  /** SQL again, without names and values; or only the statement's kind, if there are problems. */
  readonly shape: string
  /** 16 hexadecimal digits: equal for equal shapes. */
  readonly fingerprint: string
  readonly kind: StatementKind
  /**
   * How many different tables, views and aliases, columns, and functions and types of one's own it
   * names.
   */
  readonly tables: number
  readonly columns: number
  readonly functions: number
  readonly types: number
  /** What stood in each hole, in the order of the text. */
  readonly holes: readonly HoleType[]
  readonly problems: readonly Problem[]
}

/**
 * Thrown inside the package when a statement cannot be reduced; it never leaves it, and carries
 * nothing of the statement.
 */
export class Refusal extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem)
    this.problem = problem
  }
}
