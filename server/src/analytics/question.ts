/** What a question is, and what every answer looks like: a small table that says what it counts. */
import type { CompiledContract } from '@candor/contract'
import type { Storage } from '../storage/storage.ts'
import type { Instant } from '../record.ts'

export interface AnswerColumn {
  readonly name: string
  readonly type: 'text' | 'integer' | 'number' | 'date' | 'timestamp' | 'boolean'
  readonly unit?: string
}

export interface AnswerTable {
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly AnswerColumn[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** What a reader must know to read the numbers right. */
  readonly notes: readonly string[]
}

export interface QuestionContext {
  readonly storage: Storage
  readonly product: CompiledContract
  readonly now: Instant
  /** Days back from today, today included. */
  readonly sinceDays: number
  readonly by: string | undefined
}

export interface Question {
  readonly name: string
  readonly says: string
  /** The words `--by` takes besides the product's own fields; the first is the default. */
  readonly dimensions: readonly string[]
  /** True when `--by` may also name a field of the product's contract. */
  readonly byField: boolean
  answer(context: QuestionContext): Promise<AnswerTable>
}

/** Questions read aggregates; 30 s is for by-field questions over raw rows on a cold disk. */
export const questionDeadlineMs = 30_000

/** First day that counts, as `YYYY-MM-DD`, UTC. */
export function firstDay(context: Pick<QuestionContext, 'now' | 'sinceDays'>): string {
  return new Date(context.now - (context.sinceDays - 1) * 86_400_000).toISOString().slice(0, 10)
}
