/**
 * Runs SQL that a user wrote: judged by its characters, its syntax tree and the names in its
 * scopes, then as a reader, whom the engine itself lets see the documented views alone.
 */
import { CandorError, isCandorError, type QueryErrorCode } from '../../errors.ts'
import type { ClickHouse, ClickHouseRequest, Settings } from '../client/clickhouse-client.ts'
import { readerOf } from '../client/json-value.ts'
import { readSql } from './sql-tokens.ts'
import { readQueryTree, refusalOfScopes } from './sql-scopes.ts'
import { readTree, refusalOf, type TreeNode } from './sql-tree.ts'
import type { UserRows } from '../storage.ts'

interface UserSql {
  readonly sql: string
  readonly rowsMax: number
  readonly deadlineMs: number
  /** Aborts when whoever asked no longer waits. */
  readonly signal?: AbortSignal | undefined
  /** Of whoever may see some products only: what opens them. */
  readonly opens?: Settings | undefined
}

const explainAst = 'EXPLAIN AST '
const limits: Settings = {
  max_memory_usage: 1_000_000_000,
  // A hundred times the records of a large collector: a question that reads more is a mistake, not
  // a question.
  max_rows_to_read: 5_000_000_000,
  max_result_bytes: 64_000_000,
  max_ast_elements: 10_000,
  max_expanded_ast_elements: 50_000,
  // Beyond 2^53 a JSON number would be another number: quoted here, and turned back in `rowsOf`
  // where it is safe.
  output_format_json_quote_64bit_integers: 1,
  // JSON has no infinity: printed as null, 1/0 would read as nothing.
  output_format_json_quote_denormals: 1
}
// They mean rows, bytes or memory over a limit, or too many elements.
const overLimit = new Set([158, 167, 168, 191, 241, 290, 306, 307, 396])

/**
 * Throws QUERY_REFUSED for what is not allowed, QUERY_INVALID for what is wrong, QUERY_TIMEOUT, or
 * the store's own errors.
 */
export async function runUserSql(
  clickHouse: Pick<ClickHouse, 'lines' | 'document'>,
  views: readonly string[],
  { sql, rowsMax, deadlineMs, signal, opens }: UserSql
): Promise<UserRows> {
  const reading = readSql(sql)
  if (reading.is !== 'plain')
    throw new CandorError(
      reading.is === 'refused' ? 'QUERY_REFUSED' : 'QUERY_INVALID',
      reading.says
    )
  const lane = opens === undefined ? 'user' : 'guest'
  const ask = { lane, deadlineMs, settings: { ...limits, ...opens }, signal } as const
  try {
    const tree = await treeOf(clickHouse, ask, reading.sql)
    const refusal = refusalOf(tree)
    if (refusal !== undefined) throw refused(refusal)
    // The query tree prints a pattern as it is: a line break in it could be taken for a line of the
    // tree.
    if (reading.mayBreakLines && holds(tree, 'ColumnsRegexpMatcher'))
      throw refused('A query that chooses COLUMNS by a pattern may have no escapes in its texts.')
    // One row more than asked tells whether there are more.
    const whole = `SELECT * FROM (\n${reading.sql}\n) LIMIT ${rowsMax + 1}`
    if (!holdsExactly(await treeOf(clickHouse, ask, whole), tree))
      throw refused('A query is one SELECT that can stand in parentheses.')
    // Without passes: a pass would run the scalar subqueries of what is only to be judged.
    const scopes = readQueryTree(
      await clickHouse.lines({ ...ask, sql: `EXPLAIN QUERY TREE run_passes = 0 ${reading.sql}` })
    )
    if (scopes === undefined) throw refused('The query cannot be judged.')
    const outside = refusalOfScopes(scopes, new Set(views))
    if (outside !== undefined) throw refused(outside)
    const document = await clickHouse.document<CompactDocument>({
      ...ask,
      sql: `${whole} SETTINGS readonly = 1`
    })
    return rowsOf(document, rowsMax)
  } catch (error) {
    throw queryError(error, reading.sql)
  }
}

interface CompactDocument {
  readonly meta: readonly { readonly name: string; readonly type: string }[]
  readonly data: readonly (readonly unknown[])[]
}

async function treeOf(
  clickHouse: Pick<ClickHouse, 'lines'>,
  ask: Omit<ClickHouseRequest, 'sql'>,
  sql: string
): Promise<TreeNode> {
  const tree = readTree(await clickHouse.lines({ ...ask, sql: `${explainAst}${sql}` }))
  if (tree === undefined) throw refused('The query cannot be judged.')
  return tree
}

/**
 * SELECT * FROM (what was judged) LIMIT n, and nothing else: the parentheses were not closed from
 * within.
 */
function holdsExactly(whole: TreeNode, judged: TreeNode): boolean {
  const select = only(only(whole, 'ExpressionList'), 'SelectQuery')
  const [projection, tables, limit, more] = select?.children ?? []
  if (more !== undefined || limit?.kind !== 'Literal' || only(projection, 'Asterisk') === undefined)
    return false
  const subquery = only(
    only(only(tables, 'TablesInSelectQueryElement'), 'TableExpression'),
    'Subquery'
  )
  return same(only(subquery, 'SelectWithUnionQuery'), judged)
}

function only(node: TreeNode | undefined, kind: string): TreeNode | undefined {
  const [first, second] = node?.children ?? []
  return second === undefined && first?.kind === kind ? first : undefined
}

function same(one: TreeNode | undefined, other: TreeNode): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function holds(tree: TreeNode, kind: string): boolean {
  return tree.kind === kind || tree.children.some((child) => holds(child, kind))
}

function rowsOf({ meta, data }: CompactDocument, rowsMax: number): UserRows {
  const columns = meta.map(({ name, type }) => ({ name, type, read: readerOf(type) }))
  return {
    columns: meta.map(({ name, type }) => ({ name, type })),
    rows: data
      .slice(0, rowsMax)
      .map((row) =>
        Object.fromEntries(columns.map(({ name, read }, index) => [name, read(row[index])]))
      ),
    truncated: data.length > rowsMax
  }
}

function refused(says: string): CandorError<QueryErrorCode> {
  return new CandorError('QUERY_REFUSED', says)
}

function queryError(error: unknown, sql: string): unknown {
  if (!isCandorError(error)) return error
  const { details } = error
  if (typeof details['code'] === 'number' && overLimit.has(details['code'])) {
    return new CandorError(
      'QUERY_REFUSED',
      `The query needs more rows, bytes or memory than a query may use (${details['name']}).`,
      { details }
    )
  }
  if (error.code === 'STORAGE_TIMEOUT')
    return new CandorError('QUERY_TIMEOUT', 'The query did not end before its deadline.', {
      details
    })
  if (error.code !== 'STORAGE_REFUSED') return error
  const { code = 0, name = 'UNKNOWN', unknown, position } = details
  if (typeof position === 'number') {
    // Counted from 1, in bytes, behind the EXPLAIN that was put before it.
    const character =
      Buffer.from(sql)
        .subarray(0, position - explainAst.length - 1)
        .toString().length + 1
    return new CandorError('QUERY_INVALID', `The query cannot be read at character ${character}.`, {
      details: { code, name, position: character }
    })
  }
  const says =
    unknown === undefined
      ? `The query cannot run: ${name}.`
      : `The query names ${unknown}, which is no column or view here.`
  return new CandorError('QUERY_INVALID', says, { details: { code, name } })
}
