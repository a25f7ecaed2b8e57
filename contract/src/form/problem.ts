/** What is wrong with an authored contract: a stable code, a place, and what to do instead. */

export interface Problem {
  readonly code: ProblemCode
  readonly severity: 'error' | 'warning'
  /** One sentence, ending in what to do instead. Names the nearest known word where one is near. */
  readonly message: string
  /** 1-based. */
  readonly line: number
  readonly column: number
  /** Where in the document, as `events.pipeline_load.fields.elapsed.type`. */
  readonly path: string
}

export type ProblemCode =
  | 'YAML_SYNTAX'
  | 'YAML_UNSUPPORTED'
  | 'KEY_UNKNOWN'
  | 'KEY_MISSING'
  | 'VALUE_INVALID'
  | 'TYPE_UNKNOWN'
  | 'TYPE_CONFLICT'
  | 'NAME_INVALID'
  | 'NAME_DUPLICATE'
  | 'COLUMN_CONFLICT'
  | 'LEVEL_UNKNOWN'
  | 'LEVEL_ORDER'
  | 'QUESTION_UNKNOWN'
  | 'PATTERN_INVALID'
  | 'PATTERN_UNBOUNDED'
  | 'STRING_NOT_REVIEWED'
  | 'REASON_MISSING'
  | 'CONTROL_MISSING'
  | 'REFERENCE_UNKNOWN'
  | 'VERSION_UNSUPPORTED'
  | 'LIMIT_EXCEEDED'
  | 'PUBLICATION_UNSAFE'
  | 'DIGEST_MISMATCH'
