/**
 * Which tables does a user's SQL name, once scopes are told apart as the engine does? Judged on the
 * query tree before anything is resolved: to make it, the engine runs nothing and reads nothing.
 */

interface TreeLine {
  readonly text: string
  readonly children: readonly TreeLine[]
}

/** `lines` of `EXPLAIN QUERY TREE run_passes = 0`. Undefined for what cannot be read. */
export function readQueryTree(lines: readonly string[]): TreeLine | undefined {
  const path: { text: string; children: TreeLine[] }[] = []
  for (const line of lines) {
    const text = line.trimStart()
    const depth = (line.length - text.length) / 2
    if (text === '' || !Number.isInteger(depth) || depth > path.length) return undefined
    if ((depth === 0) !== (path.length === 0)) return undefined
    const node = { text, children: [] }
    path.length = depth
    path.at(-1)?.children.push(node)
    path.push(node)
  }
  return path[0]
}

const unknownTable = 'A query reads the documented views, named without a database.'
const plainName = /^[\p{L}\p{N}_]+$/u
/** Whose right side may be a table. */
const membership = /^(?:global)?(?:not)?(?:null)?(?:not)?in(?:ignoreset)?$/i

/**
 * Why the query may not run, or undefined when it names documented views and its own WITHs alone.
 */
export function refusalOfScopes(tree: TreeLine, views: ReadonlySet<string>): string | undefined {
  try {
    judge(tree, views)
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

class Refused extends Error {}

function judge(node: TreeLine, known: ReadonlySet<string>): void {
  if (node.text.startsWith('QUERY id:')) return judgeQuery(node, known)
  if (node.text.startsWith('FUNCTION id:')) judgeMembership(node, known)
  for (const child of node.children) judge(child, known)
}

function judgeQuery(query: TreeLine, known: ReadonlySet<string>): void {
  const named = new Set(known)
  for (const element of query.children
    .filter(({ text }) => text === 'WITH')
    .flatMap(({ children }) => children.flatMap(({ children: elements }) => elements))) {
    // What stands behind it, and itself, are no names yet: two that name each other would end at
    // the table that is really called so.
    judge(element, named)
    const name = /, cte_name: (.*)$/.exec(element.text)?.[1]
    if (name === undefined) continue
    if (!plainName.test(name)) throw new Refused('A name of WITH is one word.')
    if (named.has(name)) throw new Refused('A name of WITH may not be taken already.')
    named.add(name)
  }
  for (const part of query.children) {
    if (part.text === 'WITH') continue
    if (part.text === 'JOIN TREE') judgeTables(part, named)
    else judge(part, named)
  }
}

/** Everything in a FROM but the conditions and arrays of its joins is a table. */
function judgeTables(part: TreeLine, known: ReadonlySet<string>): void {
  for (const child of part.children) {
    if (child.text.startsWith('IDENTIFIER id:')) judgeTable(child, known)
    else if (/^(?:JOIN EXPRESSIONS?|ARGUMENTS|TABLE EXPRESSION MODIFIERS)\b/.test(child.text))
      judge(child, known)
    else if (/^(?:QUERY|UNION) id:/.test(child.text)) judge(child, known)
    else judgeTables(child, known)
  }
}

function judgeTable(identifier: TreeLine, known: ReadonlySet<string>): void {
  const name = /(?:^|, | )identifier: (.*)$/.exec(identifier.text)?.[1] ?? ''
  // A SELECT without FROM reads the engine's table of one row; one with a dot was refused before.
  if (name !== 'system.one' && !(plainName.test(name) && known.has(name)))
    throw new Refused(unknownTable)
}

function judgeMembership(node: TreeLine, known: ReadonlySet<string>): void {
  const name = /, function_name: (\w+)/.exec(node.text)?.[1] ?? ''
  if (!membership.test(name)) return
  const [list] = node.children.find(({ text }) => text === 'ARGUMENTS')?.children ?? []
  const right = list?.children[1]
  if (right !== undefined && right.text.startsWith('IDENTIFIER id:')) judgeTable(right, known)
}
