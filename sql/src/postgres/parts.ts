/**
 * Reduces the parts of a tree that need more than a letter in `nodes.ts`: names that may be built
 * in, values, lists.
 */
import type { HoleType } from '../shape.ts'
import type { NameKind, Names } from '../tokens.ts'
import { readOption } from './options.ts'
import { asList, asTree, onlyEntry, refuse, type Tree, type Walk } from './tree.ts'
import * as words from './words.ts'

/** Nodes that are read whole. */
export const nodeRules: Readonly<Record<string, (node: Tree, walk: Walk) => unknown>> = {
  A_Const: (node, walk) => ({ ParamRef: { number: walk.names.hole(typeOfConstant(node)) } }),
  ParamRef: (node, walk) => {
    const { number } = node
    return { ParamRef: { number: walk.names.parameter(typeof number === 'number' ? number : 0) } }
  },
  TypeName: (node, walk) => ({ TypeName: typeName(node, walk) })
}

export const fieldRules: Readonly<
  Record<string, (value: unknown, walk: Walk, parent: Tree) => unknown>
> = {
  operator: (value, walk) => operatorName(stringsOf(value), walk.names),
  column: (value, walk) => columnName(asList(value), walk.names),
  function: (value, walk) => builtInOr('f', stringsOf(value), words.functions, walk.names),
  arguments: functionArguments,
  collapsed: (value, walk) => withoutRepeats(asList(value), walk),
  listed: (value, walk, parent) => {
    if (parent['kind'] !== 'AEXPR_IN') return walk.node(value)
    const [type, inner] = onlyEntry(value)
    if (type !== 'List') return walk.node(value)
    return { List: { items: withoutRepeats(asList(asTree(inner)['items']), walk) } }
  },
  // (a, b) = (1, 2): each of the two columns carries the whole right side.
  shared: (value, walk) => walk.names.once(JSON.stringify(value), () => walk.node(value)),
  method: (value, walk) =>
    words.accessMethods.has(String(value)) ? value : walk.names.token('x', String(value)),
  altered: (value, walk, parent) =>
    walk.names.token(
      /Column|NotNull|Stat|Storage|Compression|Identity|Expression/.test(String(parent['subtype']))
        ? 'c'
        : 'x',
      String(value)
    ),
  renamed: (value, walk, parent) =>
    walk.names.token(kindOfObject(parent['renameType']), String(value)),
  objects: (value, walk, parent) => walk.node(value, kindOfObject(parent['removeType'])),
  owntype: (value, walk) => names('d', stringsOf(value), walk.names),
  typevar: (value, walk) => {
    const { schemaname, relname, relpersistence } = asTree(value)
    if (typeof relname !== 'string') return refuse()
    return {
      ...(typeof schemaname === 'string' ? { schemaname: walk.names.token('s', schemaname) } : {}),
      relname: walk.names.token('d', relname),
      relpersistence: relpersistence === 'p' ? 'p' : refuse()
    }
  },
  texts: (value) => (asList(value).length === 0 ? [] : [{ String: { sval: '' } }]),
  privilege: (value) => (privileges.has(String(value)) ? value : refuse()),
  roles: (value, walk) =>
    asList(value).map((item) => {
      const [type, inner] = onlyEntry(item)
      const name = asTree(inner)['priv_name']
      if (type !== 'AccessPriv' || typeof name !== 'string') return refuse()
      return { AccessPriv: { priv_name: walk.names.token('x', name) } }
    }),
  setting: (value, walk) => {
    const name = String(value)
    return words.settings.has(name) || grammarSettings.has(name)
      ? name
      : walk.names.token('x', name)
  },
  values: (value, walk) => neutralValues(asList(value), walk),
  // ALL is the largest number there is.
  rows: (value) => (Number(value) > 1e15 ? value : 1)
}

const privileges: ReadonlySet<string> = new Set(
  (
    'select insert update delete truncate references trigger usage create connect temporary temp ' +
    'execute set maintain'
  ).split(' ')
)
/** Names of settings that the grammar itself puts into the tree. */
const grammarSettings: ReadonlySet<string> = new Set([
  'TRANSACTION',
  'SESSION CHARACTERISTICS',
  'timezone',
  'client_encoding',
  'role',
  'session_authorization',
  'xmloption',
  'default_tablespace',
  'default_table_access_method',
  'all'
])

function typeOfConstant(node: Tree): HoleType {
  if ('sval' in node) return 'string'
  if ('bsval' in node) return 'bits'
  if ('boolval' in node) return 'boolean'
  if ('isnull' in node) return 'null'
  return 'number'
}

function stringsOf(value: unknown): string[] {
  return asList(value).map((item) => {
    const [type, inner] = onlyEntry(item)
    const { sval } = asTree(inner)
    return type === 'String' && typeof sval === 'string' ? sval : refuse()
  })
}

function strings(parts: readonly string[]): unknown[] {
  return parts.map((sval) => ({ String: { sval } }))
}

function names(kind: NameKind, parts: readonly string[], known: Names): unknown[] {
  return strings(
    parts.map((part, index) => known.token(index < parts.length - 1 ? 's' : kind, part))
  )
}

function builtInOr(
  kind: NameKind,
  parts: readonly string[],
  catalogue: ReadonlySet<string>,
  known: Names
): unknown[] {
  const last = parts.at(-1) ?? ''
  const isPlain = parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog')
  return isPlain && catalogue.has(last) ? strings(parts) : names(kind, parts, known)
}

/** One of the catalogue's is itself; any other, which somebody made, is a token as a name is. */
function operatorName(parts: readonly string[], known: Names): unknown[] {
  return strings(
    parts.map((part, index) => {
      if (index < parts.length - 1) return part === 'pg_catalog' ? part : known.token('s', part)
      return words.operators.has(part) ? part : known.operator(part)
    })
  )
}

/**
 * `column`, `table.column`, `schema.table.column`, `database.schema.table.column`, each perhaps
 * with a star at its end.
 */
function columnName(fields: readonly unknown[], known: Names): unknown[] {
  const kinds: readonly NameKind[] = ['c', 't', 's', 's']
  return fields.map((field, index) => {
    const [type, inner] = onlyEntry(field)
    if (type === 'A_Star') return { A_Star: {} }
    const { sval } = asTree(inner)
    const kind = kinds[fields.length - 1 - index]
    if (type !== 'String' || typeof sval !== 'string' || kind === undefined) return refuse()
    return { String: { sval: known.token(kind, sval) } }
  })
}

function functionArguments(value: unknown, walk: Walk, parent: Tree): unknown {
  const list = asList(value)
  const isExtract =
    parent['funcformat'] === 'COERCE_SQL_SYNTAX' &&
    stringsOf(parent['funcname']).at(-1) === 'extract'
  if (!isExtract) return list.map((item) => walk.node(item))
  return list.map((item, index) => {
    if (index > 0) return walk.node(item)
    const [type, inner] = onlyEntry(item)
    if (type !== 'A_Const') return refuse()
    const { sval } = asTree(asTree(inner)['sval'] ?? {})
    const word = typeof sval === 'string' && words.extractable.has(sval) ? sval : 'epoch'
    return { A_Const: { sval: { sval: word } } }
  })
}

/** Lengths and precisions are literals, and no grammar takes a hole there: they are left out. */
function typeName(node: Tree, walk: Walk): Tree {
  const built: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(node)) {
    if (field === 'names') {
      const parts = stringsOf(value)
      built[field] =
        node['pct_type'] === true
          ? columnName(asList(value), walk.names)
          : builtInOr('d', parts, words.types, walk.names)
    } else if (field === 'setof' || field === 'pct_type') built[field] = value === true
    else if (field === 'arrayBounds')
      built[field] = asList(value).map(() => ({ Integer: { ival: -1 } }))
    else if (field === 'typemod') built[field] = -1
    else if (field !== 'typmods' && field !== 'location') refuse()
  }
  return built
}

/** Elements that name no column and are built alike say nothing more than the first of them. */
function withoutRepeats(list: readonly unknown[], walk: Walk): readonly unknown[] {
  const seen = new Set<string>()
  const kept: unknown[] = []
  for (const item of list) {
    const holes = walk.names.holes.length
    const built = walk.node(item)
    const signature = isHole(built) ? 'hole' : signatureOf(built)
    if (signature === undefined || !seen.has(signature)) kept.push(built)
    else walk.names.holes.length = holes
    if (signature !== undefined) seen.add(signature)
  }
  return kept
}

function isHole(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'ParamRef' in node
}

function signatureOf(built: unknown): string | undefined {
  const text = JSON.stringify(built)
  return /"(?:ColumnRef|SubLink|FuncCall)":/.test(text)
    ? undefined
    : text.replace(/\{"number":\d+\}/g, '')
}

function kindOfObject(type: unknown): NameKind {
  switch (type) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_FOREIGN_TABLE':
      return 't'
    case 'OBJECT_COLUMN':
    case 'OBJECT_ATTRIBUTE':
      return 'c'
    case 'OBJECT_SCHEMA':
    case 'OBJECT_DATABASE':
      return 's'
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return 'd'
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_AGGREGATE':
      return 'f'
    default:
      return 'x'
  }
}

/** The values of SET: a text or a number, of which one each is enough. */
function neutralValues(list: readonly unknown[], walk: Walk): readonly unknown[] {
  const kept: unknown[] = []
  for (const item of list) {
    const [type, inner] = onlyEntry(item)
    if (type === 'DefElem') {
      kept.push(readOption(asTree(inner), walk, 'known name'))
      continue
    }
    if (type !== 'A_Const') return refuse()
    const isText = 'sval' in asTree(inner)
    const neutral = isText ? { sval: { sval: '' } } : { ival: { ival: 1 } }
    if (kept.length === 0) kept.push({ A_Const: neutral })
  }
  return kept
}
