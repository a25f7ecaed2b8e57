/**
 * Reduces one option of a statement (WITH, COPY, CREATE ROLE, CREATE FUNCTION …): a known name, and
 * seldom its value.
 */
import { optionNames, optionWords } from './nodes.ts'
import { asList, asTree, onlyEntry, refuse, type Tree, type Walk } from './tree.ts'

/** Options whose value is a list of names, not of texts. */
const namesOfColumns: ReadonlySet<string> = new Set([
  'owned_by',
  'sequence_name',
  'force_quote',
  'force_not_null',
  'force_null'
])

export function readOption(option: Tree, walk: Walk, takes: 'known name' | 'any name'): unknown {
  const built: Record<string, unknown> = {}
  const name = option['defname']
  for (const [field, value] of Object.entries(option)) {
    if (field === 'defname') built[field] = optionName(value, walk, takes)
    else if (field === 'arg') built[field] = optionValue(value, walk, String(name), takes)
    else if (field === 'defaction' && typeof value === 'string' && /^DEFELEM_[A-Z]+$/.test(value))
      built[field] = value
    else if (field === 'defnamespace' && takes === 'any name' && typeof value === 'string')
      built[field] = walk.names.token('s', value)
    else if (field !== 'location') refuse()
  }
  return { DefElem: built }
}

function optionName(name: unknown, walk: Walk, takes: 'known name' | 'any name'): string {
  if (typeof name !== 'string') return refuse()
  if (optionNames.has(name)) return name
  return takes === 'any name' ? walk.names.token('x', name) : refuse()
}

function optionValue(
  value: unknown,
  walk: Walk,
  name: string,
  takes: 'known name' | 'any name'
): unknown {
  const [type, inner] = onlyEntry(value)
  switch (type) {
    case 'String':
      // The printer writes such a value without quotes, so an empty one would be nothing at all.
      if (takes === 'any name') return { Integer: { ival: 1 } }
      return { String: { sval: textOf(asTree(inner)['sval']) } }
    case 'A_Const': {
      const text = asTree(asTree(inner)['sval'] ?? {})['sval']
      if (text === undefined && !('sval' in asTree(inner)))
        return { A_Const: { ival: { ival: 1 } } }
      return { A_Const: { sval: { sval: textOf(text) } } }
    }
    case 'Integer':
    case 'Float':
      return { Integer: { ival: 1 } }
    case 'Boolean':
      return { Boolean: asTree(inner)['boolval'] === true ? { boolval: true } : {} }
    case 'A_Star':
      return { A_Star: {} }
    case 'TypeName':
    case 'VariableSetStmt':
    case 'RoleSpec':
      return walk.node(value)
    case 'List':
      return { List: { items: listValue(asTree(inner)['items'], walk, name) } }
    default:
      return refuse()
  }
}

function listValue(items: unknown, walk: Walk, name: string): readonly unknown[] {
  const list = asList(items)
  if (namesOfColumns.has(name)) return list.map((item) => walk.node(item, 'c'))
  // The body of a function is a list of texts: all of it becomes one empty text.
  if (list.every((item) => onlyEntry(item)[0] === 'String')) return [{ String: { sval: '' } }]
  return list.map((item) => walk.node(item))
}

function textOf(text: unknown): string {
  return typeof text === 'string' && optionWords.has(text) ? text : ''
}
