/** Which columns does a record leave in a table, and what does the contract say of each? */
import type { Coarsen, FieldDeclaration, FieldType, RecordDeclaration } from '../form/contract.ts'
import type { Coarser } from './measure.ts'

/** A field that fills one column; members of objects are leaves of their own. */
export interface Leaf {
  readonly column: string
  readonly field: FieldDeclaration
  readonly type: FieldType
  /** What the contract itself makes coarser. */
  readonly coarser: readonly Coarser[]
  /** Tokens and ids are there to tell installations or runs apart: they single out by design. */
  readonly isId: boolean
}

/** In the order of the contract; what is dropped leaves nothing. */
export function leavesOf({ fields }: Pick<RecordDeclaration, 'fields'>): readonly Leaf[] {
  return leavesBelow(fields, '')
}

function leavesBelow(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string
): readonly Leaf[] {
  return [...fields.values()].flatMap((field): readonly Leaf[] => {
    const { type, collector } = field
    if (collector === 'drops') return []
    const column = `${prefix}${field.name}`
    if (type.is === 'object') return leavesBelow(type.fields, `${column}_`)
    return [{ column, field, type, coarser: coarserOf(type), isId: isId(type) }]
  })
}

function isId(type: FieldType): boolean {
  if (type.is === 'list') return isId(type.of)
  return type.is === 'uuid' || type.is === 'keyed-hash'
}

function coarserOf(type: FieldType): readonly Coarser[] {
  const own: Coarsen | undefined = 'coarsen' in type ? type.coarsen : undefined
  if (own !== undefined) return [own]
  if (type.is === 'timestamp' && type.round !== undefined) return [{ by: 'time', to: type.round }]
  return type.is === 'version' && type.parts !== undefined
    ? [{ by: 'parts', parts: type.parts }]
    : []
}
