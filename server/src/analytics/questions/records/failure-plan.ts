/**
 * What is asked of the store, and how its rows become an answer, whichever way failures are told.
 */
import type { Sql } from '../../../storage/sql.ts'
import type { AnswerColumn, AnswerRow } from '../../asking/question.ts'
import type { AskableField } from '../../reading/fields.ts'
import type { Per } from '../../reading/per.ts'

export interface Plan {
  readonly per: Per
  readonly columns: readonly AnswerColumn[]
  readonly statement: Sql
  readonly shown: Sql
  /** What a period without any has. */
  readonly zero: AnswerRow
  readonly notes: readonly string[]
  /** The field that says whether it went well, where nobody named one. */
  readonly read?: readonly AskableField[]
}
