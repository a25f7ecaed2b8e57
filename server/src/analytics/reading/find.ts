/**
 * How does a question read the store? Each value goes apart from its statement, and each has a
 * deadline.
 */
import { type Sql, toRun } from '../../storage/sql.ts'
import { type Asked, questionDeadlineMs } from '../asking/question.ts'

export function find<Row>(
  { storage }: Pick<Asked, 'storage'>,
  statement: Sql
): Promise<readonly Row[]> {
  return storage.query<Row>({ ...toRun(statement), deadlineMs: questionDeadlineMs })
}
