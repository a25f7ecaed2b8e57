/**
 * Does a statement's syntax tree, as the engine's own parser prints it, hold only what a user's SQL
 * may hold?
 */
import { mayCall } from './sql-functions.ts'

export interface TreeNode {
  readonly kind: string
  /** What is printed behind the kind: a name or a value. */
  readonly rest: string
  readonly children: readonly TreeNode[]
}

const kinds = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'ExpressionList',
  'Subquery',
  'WithElement',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'ArrayJoin',
  'Function',
  'Identifier',
  'Literal',
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'ColumnsListMatcher',
  'ColumnsRegexpMatcher',
  'OrderByElement',
  'InterpolateElement',
  'WindowListElement',
  'WindowDefinition'
])

// Enough for a calendar of minutes; a cross join of several is stopped by the limits on memory and
// time.
const numbersMax = 1_000_000

/**
 * `lines` of `EXPLAIN AST`: one node each, a space for each level. Throws nothing; a tree that
 * cannot be read is undefined.
 */
export function readTree(lines: readonly string[]): TreeNode | undefined {
  const path: { kind: string; rest: string; children: TreeNode[] }[] = []
  for (const line of lines) {
    const parts = /^( *)(\S+)(?: (.*))?$/.exec(line)
    if (parts === null) return undefined
    const depth = parts[1]?.length ?? 0
    if (depth > path.length || (depth === 0) !== (path.length === 0)) return undefined
    const node = {
      kind: parts[2] ?? '',
      rest: (parts[3] ?? '').replace(/ ?\(children \d+\)$/, ''),
      children: []
    }
    path.length = depth
    path.at(-1)?.children.push(node)
    path.push(node)
  }
  return path[0]
}

/** Why the tree may not run, or undefined when it may. */
export function refusalOf(tree: TreeNode): string | undefined {
  if (tree.kind !== 'SelectWithUnionQuery') return 'A query is one SELECT.'
  const walk = (node: TreeNode, parent: TreeNode | undefined): string | undefined => {
    const refusal = refusalOfNode(node, parent)
    if (refusal !== undefined) return refusal
    for (const child of node.children) {
      const inside = walk(child, node)
      if (inside !== undefined) return inside
    }
    return undefined
  }
  return walk(tree, undefined)
}

function refusalOfNode(node: TreeNode, parent: TreeNode | undefined): string | undefined {
  if (!kinds.has(node.kind))
    return (
      'A query may not hold this clause: settings, formats, parameters and APPLY are not for ' +
      'queries.'
    )
  // An output file or a format would be a second child.
  if (
    node.kind === 'SelectWithUnionQuery' &&
    node.children.some(({ kind }) => kind !== 'ExpressionList')
  )
    return 'A query may not choose where or how its answer is written.'
  // Which names are views is told apart by scopes; one with a database is none anywhere.
  if (node.kind === 'TableIdentifier' && nameOf(node).includes('.'))
    return 'A query reads the documented views, named without a database.'
  if (node.kind === 'Identifier' && /^(?:system|information_schema)\./i.test(node.rest))
    return 'A query reads the documented views.'
  if (node.kind !== 'Function') return undefined
  const name = nameOf(node)
  if (parent?.kind === 'TableExpression')
    return isSmallNumbers(node, name)
      ? undefined
      : `A query may read no table function but numbers(n) with n up to ${numbersMax}.`
  return mayCall(name) ? undefined : 'A query calls a function that is not listed.'
}

function isSmallNumbers(node: TreeNode, name: string): boolean {
  const parameters = node.children[0]?.children ?? []
  const [first] = parameters
  return (
    name === 'numbers' &&
    parameters.length === 1 &&
    first?.kind === 'Literal' &&
    Number(/^UInt64_(\d+)$/.exec(first.rest)?.[1]) <= numbersMax
  )
}

function nameOf(node: TreeNode): string {
  return node.rest.replace(/ \(alias .*\)$/, '')
}
