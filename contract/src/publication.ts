/** Makes a contract one of its published versions, which are only ever added to, and reads one back. */
import { canonicalJson } from './canonical-json.ts'
import type { Contract, Digest } from './contract.ts'
import { parseSource, type ParseResult } from './parse.ts'
import type { Problem } from './problem.ts'
import { readJson } from './source.ts'

export type Publication =
  /** Write `text` to `contracts/<fileName>`. */
  | { readonly is: 'new'; readonly digest: Digest; readonly fileName: string; readonly text: string }
  | { readonly is: 'published'; readonly digest: Digest; readonly fileName: string }
  /** The published file of this digest says something else now: restore it first. */
  | { readonly is: 'altered'; readonly digest: Digest; readonly fileName: string; readonly problems: readonly Problem[] }

/**
 * What publishing this contract asks for. `existing` holds the text of each published file by its name; none of them is ever rewritten.
 *
 * @example
 * const publication = publicationOf({ contract, existing: new Map() })
 * if (publication.is === 'new') await writeFile(`contracts/${publication.fileName}`, publication.text, { flag: 'wx' })
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
  // Without a line end, so that `sha256sum` of the file is its name.
  if (text === undefined) return { is: 'new', digest, fileName, text: canonicalJson(document) }
  const read = readPublished({ text, digest })
  return read.is === 'contract'
    ? { is: 'published', digest, fileName }
    : { is: 'altered', digest, fileName, problems: read.problems }
}

/** Reads a published document, however it is indented, and makes sure that it is the one that `digest` names. Never throws. */
export function readPublished({ text, digest }: { readonly text: string; readonly digest: Digest }): ParseResult {
  const result = parseSource(readJson(text))
  if (result.is === 'invalid' || result.contract.digest === digest) return result
  const message = `The document is ${result.contract.digest} and not ${digest}: restore the published file, and publish a change as a new one.`
  return { is: 'invalid', problems: [{ code: 'DIGEST_MISMATCH', severity: 'error', message, line: 1, column: 1, path: '' }] }
}
