/** Where does a drifted name belong in the contract that did not know it, or not so? */
import type { Contract, FieldDeclaration, RecordDeclaration } from '../form/contract.ts'
import { readPath } from '../form/wire-path.ts'
import { identifier } from './identifier.ts'

/**
 * A path as the ledger writes it, keys joined by points: what is declared of it leads on, and what
 * is left is one key, though it may have points itself. The walk that found it stops there.
 */
export function keysOf(record: RecordDeclaration, name: string): readonly string[] {
  const declared = prefixesOf(record)
  const parts = name.split('.')
  for (let count = parts.length - 1; count > 0; count -= 1) {
    const prefix = declared.get(parts.slice(0, count).join('.'))
    if (prefix !== undefined) return [...prefix, parts.slice(count).join('.')]
  }
  return [name]
}

/** By the text that the ledger has of them: every place that leads on to something declared. */
function prefixesOf({ fields }: RecordDeclaration): ReadonlyMap<string, readonly string[]> {
  const prefixes = new Map<string, readonly string[]>()
  const add = (
    inside: ReadonlyMap<string, FieldDeclaration>,
    parents: readonly (readonly string[])[]
  ): void => {
    for (const field of inside.values())
      for (const parent of parents)
        for (const path of pathsOf(field)) {
          const keys = [...parent, ...path]
          const last = field.type.is === 'object' ? keys.length : keys.length - 1
          for (let count = 1; count <= last; count += 1)
            prefixes.set(keys.slice(0, count).join('.'), keys.slice(0, count))
          if (field.type.is === 'object') add(field.type.fields, [keys])
        }
  }
  add(fields, [[]])
  return prefixes
}

/** The names of the fields that lead to the declared place; undefined: there is none. */
export function fieldAt(
  { fields }: RecordDeclaration,
  name: string
): readonly FieldDeclaration[] | undefined {
  for (const field of fields.values())
    for (const path of pathsOf(field)) {
      const text = path.join('.')
      if (text === name) return [field]
      if (field.type.is !== 'object' || !name.startsWith(`${text}.`)) continue
      const inner = fieldAt(
        { fields: field.type.fields } as RecordDeclaration,
        name.slice(text.length + 1)
      )
      if (inner !== undefined) return [field, ...inner]
    }
  return undefined
}

function pathsOf({ name, from }: FieldDeclaration): readonly (readonly string[])[] {
  return from.length === 0 ? [[name]] : from.map((path) => readPath(path) ?? [])
}

/** Written alike but for case, points and dashes. */
export function sameRecord(contract: Contract, name: string): RecordDeclaration | undefined {
  const own = identifier(name)
  return [...contract.records.values()].find((record) =>
    [record.name, ...record.aliases].some((each) => identifier(each) === own)
  )
}

/** Most words are the same: perhaps another name of it. */
export function similarRecord(contract: Contract, name: string): RecordDeclaration | undefined {
  const own = new Set(identifier(name).split('_'))
  const likeness = (record: RecordDeclaration): number => {
    const words = new Set(record.name.split('_'))
    const common = [...own].filter((word) => words.has(word)).length
    return common / new Set([...own, ...words]).size
  }
  const [best] = [...contract.records.values()].toSorted(
    (one, other) => likeness(other) - likeness(one)
  )
  return best !== undefined && likeness(best) >= 0.5 ? best : undefined
}
