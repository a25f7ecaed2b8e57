/** Finds each name and each value in the parser's tree, and says what stands in its place. */
import { treeDepthMax } from '../limits.ts'
import { Refusal } from '../shape.ts'
import type { NameKind, Names } from '../tokens.ts'
import { functions, isListed } from './words.ts'

export interface Edit {
  readonly start: number
  readonly end: number
  readonly is: 'name' | 'hole'
  readonly text: string
}

type Tree = Readonly<Record<string, unknown>>

/**
 * Names, by the key or the variant that they stand under; what is not here is a column in an
 * expression, else any other name.
 */
const kindUnder: Readonly<Record<string, NameKind>> = {
  Identifier: 'c',
  CompoundIdentifier: 'c',
  columns: 'c',
  column_names: 'c',
  referred_columns: 'c',
  ColumnName: 'c',
  Using: 'c',
  alias: 'c',
  ExprWithAlias: 'c',
  column_def: 'c',
  TableName: 't',
  table_name: 't',
  foreign_table: 't',
  table: 't',
  tables: 't',
  obj_name: 't',
  names: 't',
  table_names: 't',
  ObjectName: 't',
  Custom: 'd',
  Object: 's',
  db_name: 's',
  schema_name: 's',
  charset_name: 'x',
  CharacterSet: 'x',
  Collation: 'x',
  collation: 'x',
  table_options: 'x',
  key: 'x'
}

/** What `name` names, by the variant around it. */
const kindOfName: Readonly<Record<string, NameKind>> = {
  Table: 't',
  CreateTable: 't',
  CreateView: 't',
  AlterTable: 't',
  alias: 't',
  cte: 't',
  Function: 'f',
  Call: 'f',
  columns: 'c',
  column_def: 'c',
  CreateDatabase: 's'
}

/** All edits, in the order of the text. Throws where a name is that the tree does not place. */
export function editsOf(tree: unknown, text: string, names: Names): readonly Edit[] {
  const edits: Edit[] = []
  const add = (span: Span, is: Edit['is'], written: string): void => {
    edits.push({ start: span.start, end: span.end, is, text: written })
  }
  const visit = (node: unknown, kind: NameKind, around: string, depth: number): void => {
    if (typeof node !== 'object' || node === null) return
    if (depth > treeDepthMax) throw new Refusal('TOO_LARGE')
    if (Array.isArray(node)) {
      visitList(node, kind, around, depth)
      return
    }
    const found = node as Tree
    if ('span' in found && 'value' in found) {
      // NULL is a value whose kind is all that it says.
      if (around === 'Value' || typeof found['value'] !== 'string') value(found, add)
      else name(found, kind, '')
      return
    }
    const alias = found['name']
    const isImplicit = found['explicit'] === false && around !== 'cte'
    if (isImplicit && typeof alias === 'object' && alias !== null)
      // `users u` is `users AS u`.
      name(alias as Tree, 't', 'AS ')
    for (const key of Object.keys(found)) {
      const child = found[key]
      // Most of a tree is flags and positions.
      if (typeof child !== 'object' || child === null) continue
      const { isToken, keepsAround, under } = knownKey(key)
      if (isToken || (key === 'name' && isImplicit)) continue
      const isCte = key === 'alias' && 'query' in found
      visit(
        child,
        key === 'name' ? (kindOfName[around] ?? 'x') : (under ?? kind),
        isCte ? 'cte' : keepsAround ? around : key,
        depth + 1
      )
    }
  }
  const visitList = (
    list: readonly unknown[],
    kind: NameKind,
    around: string,
    depth: number
  ): void => {
    const isName = isQualifiedName(list, around)
    const qualifier: NameKind = kind === 'c' ? 't' : 's'
    for (const [index, item] of list.entries()) {
      const inside = !isName || index === list.length - 1 ? kind : qualifier
      // `schema.table.column`: what stands before the table is a schema.
      const first = isName && kind === 'c' && index < list.length - 2 ? 's' : inside
      visit(item, first, around, depth + 1)
    }
  }
  const name = (node: Tree, kind: NameKind, before: string): void => {
    const written = String(node['value'])
    const span = spanOf(node, text)
    if (span === undefined) {
      // The parser's own words (ENGINE, DEFAULT CHARSET) have no place in the text.
      const words = written.match(/\S+/g) ?? []
      if (words.some((word) => !isListed(word))) throw new Refusal('UNKNOWN_PART')
      return
    }
    if (kind === 'f' && functions.has(written) && !/[.`]/.test(around(span))) {
      add(span, 'name', written)
      return
    }
    const at = /^@*/.exec(written)?.[0] ?? ''
    const token =
      at === '' ? names.token(kind, written) : names.token('x', written.slice(at.length))
    add(span, 'name', `${before}${at}${token}`)
  }
  const around = ({ start, end }: Span): string => text.slice(Math.max(0, start - 1), end)
  visit(tree, 'x', '', 0)
  return edits.sort((a, b) => a.start - b.start)
}

interface Span {
  readonly start: number
  readonly end: number
}

function value(node: Tree, add: (span: Span, is: 'hole', text: string) => void): void {
  const span = spanOf(node, undefined)
  if (span !== undefined) add(span, 'hole', '?')
}

/** Columns count from 1, and the text is one line of ASCII. */
function spanOf(node: Tree, text: string | undefined): Span | undefined {
  const { start, end } = node['span'] as {
    start: { line: number; column: number }
    end: { line: number; column: number }
  }
  if (start.line === 0 && end.line === 0) return undefined
  const span = { start: start.column - 1, end: end.column - 1 }
  if (text === undefined) return span
  const found = text.slice(span.start, span.end).replace(/^`|`$/g, '')
  if (start.line !== 1 || end.line !== 1 || found !== node['value'])
    throw new Refusal('UNKNOWN_PART')
  return span
}

const nameKeys = new Set(
  `name names ObjectName TableName ColumnName table_name foreign_table table obj_name Custom
  Object Table Function Call CreateTable CreateView CreateIndex AlterTable Collation
  CharacterSet db_name schema_name Using columns CreateDatabase Identifier`.split(/\s+/)
)
const expressionKeys = new Set(
  `expr left right projection selection having group_by order_by limit conditions results pattern
  low high args list value Expr On operand`.split(/\s+/)
)

/**
 * `[{ Identifier }, …]` is a qualified name under these keys, and a list of expressions under all
 * others.
 */
function isQualifiedName(list: readonly unknown[], key: string): boolean {
  if (key === 'CompoundIdentifier') return true
  return (
    nameKeys.has(key) &&
    list.every((item) => typeof item === 'object' && item !== null && 'Identifier' in item)
  )
}

interface KnownKey {
  readonly isToken: boolean
  /** What is inside it is named as what is around it. */
  readonly keepsAround: boolean
  readonly under: NameKind | undefined
}

/** The parser's keys are few, and each tree has hundreds. */
const knownKeys = new Map<string, KnownKey>()

function knownKey(key: string): KnownKey {
  let known = knownKeys.get(key)
  if (known === undefined) {
    const own = kindUnder[key] ?? (isExpression(key) ? 'c' : undefined)
    known = {
      isToken: key.endsWith('_token'),
      keepsAround: /^(?:name|content|column)$/.test(key),
      under: key === 'Identifier' ? undefined : own
    }
    knownKeys.set(key, known)
  }
  return known
}

function isExpression(key: string): boolean {
  return expressionKeys.has(key)
}
