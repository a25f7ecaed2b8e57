/**
 * Turns the SQL statements of a request into shapes before anything of it is stored: in a thread,
 * within bounds, and as the statement's kind alone where it takes too long.
 */
import type { ShapeOf } from '@candor/contract'
import type { ShapeThread } from '@candor/sql'
import { sqlShapeOf } from '#values/sql-shape'

type Statement = Parameters<ShapeOf>[0]

/** What one request asks for, by dialect and text. Held in memory until the request is judged. */
export type AskedStatements = Map<string, Statement>

export interface StatementShapes {
  /** Never rejects, and takes no longer than the thread's deadline, twice for `any`. */
  shapesOf(asked: AskedStatements): Promise<ShapeOf>
}

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
  return {
    async shapesOf(asked) {
      const shapes = new Map<string, string>()
      await Promise.all(
        [...asked].map(async ([key, statement]) => {
          shapes.set(key, await shapeOf(thread, statement))
        })
      )
      return (statement) => shapes.get(keyOf(statement)) ?? sqlShapeOf(statement.text)
    }
  }
}

async function shapeOf(
  thread: Pick<ShapeThread, 'anonymize'>,
  { text, dialect }: Statement
): Promise<string> {
  const first = await thread.anonymize(text, { dialect: dialect === 'any' ? 'mysql' : dialect })
  if (dialect !== 'any' || !first.problems.includes('NOT_PARSED')) return first.shape
  return (await thread.anonymize(text, { dialect: 'postgres' })).shape
}

function keyOf({ text, dialect }: Statement): string {
  return `${dialect} ${text}`
}
