/** What does a program of one edition send, as one contract: the open stream and its own? */
import type { Contract, RecordDeclaration } from './contract.ts'
import { contractDigest } from './digest.ts'

/**
 * Undefined: the contract has no such edition. The records of required streams come first. Its
 * terms are more than those of the open edition, and a digest of both.
 *
 * @example
 * const standard = editionContract(contract, 'standard')
 * if (standard !== undefined) await writeFile('telemetry.ts', generateTypescript(standard))
 */
export function editionContract(contract: Contract, name: string): Contract | undefined {
  const edition = contract.editions.get(name)
  if (edition === undefined) return undefined
  const streams = [...edition.streams.values()]
  const records = new Map<string, RecordDeclaration>([
    ...streams.flatMap((stream) => [...stream.contract.records]),
    ...contract.records
  ])
  const terms = contractDigest({
    open: contract.terms,
    streams: streams.map((stream) => ({
      name: stream.name,
      terms: stream.contract.terms,
      basis: stream.required?.basis
    }))
  })
  return { ...contract, title: edition.title, records, terms, edition, editions: new Map() }
}
