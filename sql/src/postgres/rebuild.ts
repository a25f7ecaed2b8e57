/**
 * Builds PostgreSQL's tree anew out of nothing but what `nodes.ts` lists, with tokens for names and
 * holes for values.
 */
import { treeDepthMax } from '../limits.ts'
import { Refusal } from '../shape.ts'
import type { NameKind, Names } from '../tokens.ts'
import { nodes } from './nodes.ts'
import { readOption } from './options.ts'
import { fieldRules, nodeRules } from './parts.ts'
import { asList, asTree, onlyEntry, refuse, type Tree, type Walk } from './tree.ts'

type Field = (value: unknown, walk: Walk, parent: Tree) => unknown

/** Where in the text something stood; no part of its structure. */
const positions =
  /^(?:location|stmt_location|stmt_len|[a-z]+_location|(?:rexpr_)?list_(?:start|end))$/

const enumWord = /^[A-Z][A-Za-z0-9_]{0,63}$/

const compiled: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map(
  Object.entries(nodes).map(([type, fields]) => [
    type,
    new Map(
      fields
        .split(/ (?=[a-zA-Z_]+:)/)
        .filter((field) => field.includes(':'))
        .map((field) => {
          const [name = '', rule = ''] = field.trim().split(':')
          return [name, fieldRule(rule)]
        })
    )
  ])
)

export function rebuild(statement: unknown, names: Names): unknown {
  let depth = 0
  const walk: Walk = {
    names,
    node(value, bare) {
      if (Array.isArray(value)) return value.map((item) => walk.node(item, bare))
      // The grammar's way of saying that nothing stands there.
      if (Object.keys(asTree(value)).length === 0) return {}
      const [type, inner] = onlyEntry(value)
      if (type === 'String') return nameNode(inner, bare, names)
      if (type === 'List') return { List: { items: listItems(inner, bare, walk) } }
      // Numbers of options and of ALTER: the grammar wants one there, and takes no hole.
      if (type === 'Integer' || type === 'Float') return { Integer: { ival: 1 } }
      if (type === 'DefElem') return readOption(asTree(inner), walk, 'any name')
      const rule = nodeRules[type]
      return rule === undefined ? { [type]: walk.fields(type, inner) } : rule(asTree(inner), walk)
    },
    fields(type, value) {
      const known = compiled.get(type)
      if (known === undefined) throw new Refusal('UNKNOWN_PART')
      depth += 1
      if (depth > treeDepthMax) throw new Refusal('TOO_LARGE')
      const tree = asTree(value)
      const built: Record<string, unknown> = {}
      for (const [name, inner] of Object.entries(tree)) {
        const rule = known.get(name)
        if (rule === undefined) {
          if (positions.test(name)) continue
          throw new Refusal('UNKNOWN_PART')
        }
        const kept = rule(inner, walk, tree)
        if (kept !== undefined) built[name] = kept
      }
      depth -= 1
      return built
    }
  }
  return walk.node(statement)
}

function fieldRule(rule: string): Field {
  if (rule === 'b') return (value) => (value === true ? true : refuse())
  if (rule === 'i') return (value) => (typeof value === 'number' ? value : refuse())
  if (rule === 'e')
    return (value) => (typeof value === 'string' && enumWord.test(value) ? value : refuse())
  if (rule === 'n') return (value, walk) => walk.node(value)
  if (rule === "''") return () => ''
  if (rule === '0') return () => 1
  if (rule === '-') return () => undefined
  if (rule === 'o' || rule === 'ox')
    return (value, walk) =>
      asList(value).map((option) => {
        const [type, inner] = onlyEntry(option)
        if (type !== 'DefElem') return refuse()
        return readOption(asTree(inner), walk, rule === 'o' ? 'known name' : 'any name')
      })
  if (/^n[tcsfdx]$/.test(rule)) {
    const bare = rule.charAt(1) as NameKind
    return (value, walk) =>
      typeof value === 'string' ? walk.names.token(bare, value) : walk.node(value, bare)
  }
  if (/^[tcsfdx]$/.test(rule)) return nameField(rule as NameKind)
  if (rule.startsWith('w(')) {
    const words = rule.slice(2, -1).split('|')
    return (value) => (words.includes(String(value)) ? value : refuse())
  }
  if (rule.startsWith('!')) {
    const special = fieldRules[rule.slice(1)]
    if (special === undefined) throw new Error(`there is no rule ${rule}`)
    return special
  }
  const whole = nodeRules[rule]
  // A node in a field of its own type stands there without its name.
  if (whole !== undefined)
    return (value, walk) => asTree(whole(asTree(value), walk))[rule] ?? refuse()
  return (value, walk) => walk.fields(rule, value)
}

/**
 * One name, or a list of them: of a qualified name the last part is of the kind, what stands before
 * it a schema.
 */
function nameField(kind: NameKind): Field {
  return (value, walk) => {
    if (typeof value === 'string') return value === '' ? '' : walk.names.token(kind, value)
    const isQualified = kind === 'x' || kind === 'd' || kind === 'f'
    const list = asList(value)
    return list.map((item, index) => {
      const [type, inner] = onlyEntry(item)
      if (type !== 'String') return walk.node(item)
      return nameNode(inner, isQualified && index < list.length - 1 ? 's' : kind, walk.names)
    })
  }
}

function listItems(inner: unknown, bare: NameKind | undefined, walk: Walk): unknown[] {
  const items = asList(asTree(inner)['items'] ?? [])
  if (bare === undefined) return items.map((item) => walk.node(item))
  return items.map((item, index) => walk.node(item, index < items.length - 1 ? 's' : bare))
}

function nameNode(inner: unknown, kind: NameKind | undefined, names: Names): unknown {
  const { sval } = asTree(inner)
  if (kind === undefined || typeof sval !== 'string') return refuse()
  return { String: { sval: names.token(kind, sval) } }
}
