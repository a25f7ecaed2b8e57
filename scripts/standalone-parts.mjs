// What a client without a package is put together from: the top-level declarations of our own
// sources, each with its text and with the names that it uses and does not declare itself, as the
// syntax tree has them. Read when the package is built, so that no parser has to be in it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

/** What others import stands before them, in the file that is written too. */
const values = [
  'days',
  'windows',
  'coarsening',
  'instants',
  'plain-text',
  'second-net',
  'version-text'
]
const own = [
  'form',
  'kept',
  'places',
  'consent',
  'reading',
  'recording',
  'bodies',
  'sending',
  'client'
]

/** Beside the generator, a file for each language: compiled, and as it was written. */
export function writeStandaloneParts(root) {
  const folder = join('generate', 'standalone', 'parts')
  const out = join(root, 'contract', 'dist', 'generate', 'standalone', 'languages')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  for (const [language, ofValues, ofContract, end] of [
    ['typescript', 'src', 'src', 'ts'],
    ['javascript', 'dist', 'dist', 'js']
  ]) {
    const parts = [
      ...values.map((name) => [name, join(root, 'values', ofValues, `${name}.${end}`)]),
      ...own.map((name) => [name, join(root, 'contract', ofContract, folder, `${name}.${end}`)])
    ].flatMap(([name, path]) => partsIn(name, `part.${end}`, readFileSync(path, 'utf8')))
    const seen = new Map()
    for (const { from, names } of parts)
      for (const name of names) {
        if (seen.has(name)) throw new Error(`${name} is declared in ${seen.get(name)} and ${from}`)
        seen.set(name, from)
      }
    writeFileSync(join(out, `${language}.json`), JSON.stringify(parts))
  }
}

/**
 * One part a declaration, in their order. Imports go: whoever is imported stands in the same file
 * later. `declare` is a place that the generator fills.
 */
export function partsIn(from, file, text) {
  const { program, comments, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${from}: ${errors[0].message}`)
  const parts = []
  let end = 0
  for (const statement of program.body) {
    const declaration = statement.declaration ?? statement
    const names = declaredBy(declaration)
    if (names.length > 0 && declaration.declare !== true) {
      const note = commentBefore(comments, { text, from: end, to: statement.start })
      const part = {
        from,
        names,
        text: note + text.slice(declaration.start, statement.end),
        uses: [...freeNames(declaration)].toSorted()
      }
      const last = parts.at(-1)
      // A function that is declared in several forms is one.
      if (last?.names[0] === names[0]) {
        last.text += `\n${part.text}`
        last.uses = [...new Set([...last.uses, ...part.uses])].toSorted()
      } else parts.push(part)
    }
    end = statement.end
  }
  return parts
}

/** The last block that documents, and what lines stand between it and the declaration. */
function commentBefore(comments, { text, from, to }) {
  const before = comments.filter(({ start, end }) => start >= from && end <= to)
  const documented = before.findLastIndex(({ type, value }) => type === 'Block' && value[0] === '*')
  return before
    .slice(Math.max(0, documented))
    .map(({ start, end }) => `${text.slice(start, end)}\n`)
    .join('')
}

function declaredBy(node) {
  switch (node?.type) {
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id }) => boundBy(id))
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return [node.id.name]
    default:
      return []
  }
}

/** Names that a pattern binds. */
function boundBy(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((each) => boundBy(each.value ?? each.argument))
    case 'ArrayPattern':
      return pattern.elements.flatMap(boundBy)
    case 'AssignmentPattern':
      return boundBy(pattern.left)
    case 'RestElement':
      return boundBy(pattern.argument)
    case 'TSParameterProperty':
      return boundBy(pattern.parameter)
    default:
      return []
  }
}

/** Keys that are names of members, and no names in scope. */
const memberKeys = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
  TSPropertySignature: 'key',
  TSMethodSignature: 'key',
  TSQualifiedName: 'right',
  TSNamedTupleMember: 'label',
  LabeledStatement: 'label',
  BreakStatement: 'label',
  ContinueStatement: 'label'
}

/** Names that stand in a declaration and are declared outside of it. */
function freeNames(declaration) {
  const free = new Set()
  const visit = (node, known) => {
    if (Array.isArray(node)) return node.forEach((each) => visit(each, known))
    if (typeof node?.type !== 'string') return
    if (node.type === 'Identifier') {
      if (!known.has(node.name)) free.add(node.name)
      // A parameter may say of which type it is.
      return visit(node.typeAnnotation, known)
    }
    const inside = new Set([...known, ...bindingsOf(node)])
    for (const [key, value] of Object.entries(node)) {
      const isMember = memberKeys[node.type] === key && node.computed !== true
      if (!isMember && value !== null && typeof value === 'object') visit(value, inside)
    }
  }
  visit(declaration, new Set(declaredBy(declaration)))
  return free
}

/** What a node makes known to all that is in it. */
function bindingsOf(node) {
  switch (node.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'TSDeclareFunction':
    case 'TSFunctionType':
    case 'TSMethodSignature':
      return [...boundBy(node.id), ...(node.params ?? []).flatMap(boundBy), ...typesOf(node)]
    case 'BlockStatement':
      return node.body.flatMap(declaredBy)
    case 'ForStatement':
      return declaredBy(node.init)
    case 'ForOfStatement':
    case 'ForInStatement':
      return declaredBy(node.left)
    case 'CatchClause':
      return boundBy(node.param)
    case 'SwitchStatement':
      return node.cases.flatMap(({ consequent }) => consequent.flatMap(declaredBy))
    case 'TSIndexSignature':
      return node.parameters.flatMap(boundBy)
    case 'TSMappedType':
      return [node.key?.name ?? '']
    default:
      return typesOf(node)
  }
}

function typesOf({ typeParameters }) {
  return (typeParameters?.params ?? []).map(({ name }) => name?.name ?? name)
}
