/**
 * How does a question read the store? Each value goes apart from its statement, and each has a
 * deadline.
 */
import { addDays } from '#values/days'
import { type Sql, toRun } from '../../storage/sql.ts'
import { type Asked, type PeriodRow, questionDeadlineMs } from '../asking/question.ts'
import { addPeriods, periodsIn, type Span, type Unit } from './span.ts'

export function find<Row>(
  { storage }: Pick<Asked, 'storage'>,
  statement: Sql
): Promise<readonly Row[]> {
  return storage.query<Row>({ ...toRun(statement), deadlineMs: questionDeadlineMs })
}

/** Stands for any span where only what is asked of it matters. */
const anySpan: Span = { first: '2000-01-01', last: '2000-01-01' }

/**
 * Where the rows of a period, `period` among their columns, are made of its own days alone: those
 * that hold still are not asked for again.
 */
export async function findPerPeriod<Row extends PeriodRow>(
  asked: Pick<Asked, 'storage' | 'periodRows'>,
  { span, unit }: { readonly span: Span; readonly unit: Unit | undefined },
  statementOf: (span: Span) => Sql
): Promise<readonly Row[]> {
  if (unit === undefined) return find<Row>(asked, statementOf(span))
  const periods = periodsIn(span, unit).map((first): Span => {
    const last = addDays(addPeriods(first, unit, 1), -1)
    return { first, last: last < span.last ? last : span.last }
  })
  const key = JSON.stringify([unit, toRun(statementOf(anySpan))])
  const rows = await asked.periodRows.of(key, periods, (first) =>
    find<Row>(
      asked,
      statementOf({ first: first < span.first ? span.first : first, last: span.last })
    )
  )
  return rows as readonly Row[]
}
