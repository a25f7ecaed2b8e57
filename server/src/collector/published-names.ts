/**
 * Which names has some published contract of a product printed already? Those may be shown, whoever
 * sends them.
 */
import type { CompiledContract, Contract, Digest, FieldDeclaration } from '@candor/contract'

/** A product as this room needs it: its newest contract, and every published one by digest. */
export interface CollectedProduct {
  readonly newest: CompiledContract
  readonly published: ReadonlyMap<Digest, CompiledContract>
}

export interface Catalogue {
  product(name: string): CollectedProduct | undefined
}

const known = new WeakMap<Contract, ReadonlySet<string>>()

export function isPublishedName(product: CollectedProduct, name: string): boolean {
  if (namesOf(product.newest.contract).has(name)) return true
  for (const { contract } of product.published.values())
    if (namesOf(contract).has(name)) return true
  return false
}

function namesOf(contract: Contract): ReadonlySet<string> {
  let names = known.get(contract)
  if (names === undefined) {
    const found = new Set<string>()
    for (const record of contract.records.values()) {
      for (const name of [record.name, ...record.aliases]) found.add(name)
      addFields(record.fields, '', found)
    }
    known.set(contract, (names = found))
  }
  return names
}

function addFields(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string,
  found: Set<string>
): void {
  for (const field of fields.values()) {
    for (const path of [field.name, ...field.from]) found.add(prefix + path)
    if (field.type.is === 'object')
      for (const path of [field.name, ...field.from])
        addFields(field.type.fields, `${prefix}${path}.`, found)
  }
}
