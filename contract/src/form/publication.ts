/**
 * Makes a contract one of its published versions, which are only ever added to, and reads one back.
 */
import type { Contract, Digest, FieldDeclaration, FieldType } from './contract.ts'
import { parseSource, type ParseResult } from '../grammar/parse.ts'
import type { Problem } from './problem.ts'
import { readJson } from '../grammar/source.ts'

export type Publication =
  /** Write `text` to `contracts/<fileName>`. */
  | {
      readonly is: 'new'
      readonly digest: Digest
      readonly fileName: string
      readonly text: string
    }
  | { readonly is: 'published'; readonly digest: Digest; readonly fileName: string }
  /** The published file of this digest says something else now: restore it first. */
  | {
      readonly is: 'altered'
      readonly digest: Digest
      readonly fileName: string
      readonly problems: readonly Problem[]
    }

/**
 * What publishing this contract asks for. `existing` holds the text of each published file by its
 * name; none of them is ever rewritten.
 *
 * @example
 * const publication = publicationOf({ contract, existing: new Map() })
 * if (publication.is === 'new') await writeFile(`contracts/${publication.fileName}`,
 * publication.text, { flag: 'wx' })
 */
export function publicationOf({
  contract,
  existing
}: {
  readonly contract: Contract
  readonly existing: ReadonlyMap<string, string>
}): Publication {
  const { digest, document } = contract
  // Without `sha256:`, since a colon cannot stand in a file's name everywhere.
  const fileName = `${digest.slice('sha256:'.length)}.json`
  const text = existing.get(fileName)
  // Keys stay in the authored order: levels and `matches` mean something by it, and the digest does
  // not depend on it.
  if (text === undefined)
    return { is: 'new', digest, fileName, text: `${JSON.stringify(document, null, 2)}\n` }
  const read = readPublished({ text, digest })
  if (read.is === 'invalid') return { is: 'altered', digest, fileName, problems: read.problems }
  if (JSON.stringify(ordersOf(read.contract)) === JSON.stringify(ordersOf(contract)))
    return { is: 'published', digest, fileName }
  const message =
    'Only the order of levels or of `matches` differs from what is published, and a digest ' +
    'cannot tell: restore it, or change a word with it.'
  return { is: 'altered', digest, fileName, problems: [mismatch(message)] }
}

/**
 * Reads a published document, however it is indented, and makes sure that it is the one that
 * `digest` names. Never throws.
 */
export function readPublished({
  text,
  digest
}: {
  readonly text: string
  readonly digest: Digest
}): ParseResult {
  const result = parseSource(readJson(text))
  if (result.is === 'invalid' || result.contract.digest === digest) return result
  const message =
    `The document is ${result.contract.digest} and not ${digest}: restore the published file, ` +
    'and publish a change as a new one.'
  return { is: 'invalid', problems: [mismatch(message)] }
}

/** The orders of keys that mean something. */
function ordersOf(contract: Contract): readonly unknown[] {
  const matchesOf = (type: FieldType): readonly unknown[] => {
    if (type.is === 'enum') return [...type.matches.keys()]
    if (type.is === 'list') return matchesOf(type.of)
    if (type.is === 'map') return matchesOf(type.values)
    return type.is === 'object' ? matchesOfFields(type.fields) : []
  }
  const matchesOfFields = (fields: ReadonlyMap<string, FieldDeclaration>): readonly unknown[] =>
    [...fields.keys()].sort().map((name) => matchesOf(fields.get(name)?.type ?? { is: 'boolean' }))
  const records = [...contract.records.keys()].sort()
  return [
    contract.consent.levels.map((level) => level.name),
    records.map((name) => matchesOfFields(contract.records.get(name)?.fields ?? new Map())),
    ...[...contract.editions.values()].flatMap(({ streams }) =>
      [...streams.values()].map((stream) => ordersOf(stream.contract))
    )
  ]
}

function mismatch(message: string): Problem {
  return { code: 'DIGEST_MISMATCH', severity: 'error', message, line: 1, column: 1, path: '' }
}
