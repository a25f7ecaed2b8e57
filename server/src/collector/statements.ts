/**
 * Turns the SQL statements of a request into shapes before anything of it is stored: in a thread,
 * within bounds, and as the statement's kind alone where it takes too long.
 */
import type { ShapeOf } from '@candor/contract'
import type { ShapeThread, SqlShape } from '@candor/sql'
import { sqlShapeOf } from '#values/sql-shape'

type Statement = Parameters<ShapeOf>[0]

/** What one request asks for, by dialect and text. Held in memory until the request is judged. */
export type AskedStatements = Map<string, Statement>

export interface StatementShapes {
  /** Never rejects, and takes no longer than the thread's deadline, twice for `any`. */
  shapesOf(asked: AskedStatements): Promise<ShapeOf>
  /** Since the start: how many have a shape, and how many only their kind, by why. */
  counts(): Readonly<Partial<Record<StatementOutcome, number>>>
}

type StatementOutcome = 'shape' | SqlShape['problems'][number]

/**
 * Notes what has to wait for a shape, and answers with the kind meanwhile. What a client has
 * already reduced to its kind waits for nothing.
 */
export function noteStatements(asked: AskedStatements): ShapeOf {
  return (statement) => {
    const kind = sqlShapeOf(statement.text)
    if (kind !== statement.text && kind !== 'unparsed') asked.set(keyOf(statement), statement)
    return kind
  }
}

export function createStatementShapes(thread: Pick<ShapeThread, 'anonymize'>): StatementShapes {
  const counts: Partial<Record<StatementOutcome, number>> = {}
  return {
    counts: () => counts,
    async shapesOf(asked) {
      const shapes = new Map<string, string>()
      await Promise.all(
        [...asked].map(async ([key, statement]) => {
          const { shape, problems } = await shapeOf(thread, statement)
          const outcome = problems[0] ?? 'shape'
          counts[outcome] = (counts[outcome] ?? 0) + 1
          shapes.set(key, shape)
        })
      )
      return (statement) => shapes.get(keyOf(statement)) ?? sqlShapeOf(statement.text)
    }
  }
}

async function shapeOf(
  thread: Pick<ShapeThread, 'anonymize'>,
  { text, dialect }: Statement
): Promise<SqlShape> {
  const first = await thread.anonymize(text, { dialect: dialect === 'any' ? 'mysql' : dialect })
  if (dialect !== 'any' || !first.problems.includes('NOT_PARSED')) return first
  return await thread.anonymize(text, { dialect: 'postgres' })
}

function keyOf({ text, dialect }: Statement): string {
  return `${dialect} ${text}`
}
