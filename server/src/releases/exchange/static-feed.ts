/**
 * The files that any static host can serve in place of a collector: the signed feed at the path
 * where clients look for it, and the same facts for other tools.
 */
import type { FeedKeys } from '../keys.ts'
import type { ReleaseFile } from '../release-file.ts'
import { signFeed } from '../feed.ts'
import { csafDocument, csafFileName, type CsafOptions } from './csaf.ts'
import { openEoxStatement } from './openeox.ts'
import { osvDocument } from './osv.ts'

export interface StaticFile {
  /** Below the host's root. */
  readonly path: string
  readonly text: string
}

export interface StaticFeedOptions extends CsafOptions {
  readonly product: string
  readonly file: ReleaseFile
  /** When the file was last changed, milliseconds since 1970. */
  readonly changedAt: number
  readonly issued: number
  readonly keys: FeedKeys
}

export function staticFeed(options: StaticFeedOptions): readonly StaticFile[] {
  const { product, file, issued, keys } = options
  const base = `v1/feed/${product}`
  const signed = signFeed({ product, file, issued, keys })
  const documents = feedDocuments(options).map(({ path, text }) => ({
    path: `${base}/${path}`,
    text
  }))
  const index = {
    product,
    keys: keys.public,
    documents: documents.map(({ path }) => path)
  }
  return [
    { path: `${base}.json`, text: signed.body },
    { path: `${base}/index.json`, text: asText(index) },
    ...documents
  ]
}

/** OSV, CSAF and OpenEoX, each document a file. */
export function feedDocuments({
  file,
  changedAt,
  publisher,
  title
}: Pick<StaticFeedOptions, 'file' | 'changedAt' | 'publisher' | 'title'>): readonly StaticFile[] {
  const { advisories, releases } = file
  const osv = advisories.map((advisory) => {
    const document = osvDocument(advisory)
    return { path: `osv/${fileSafe(String(document['id']))}.json`, text: asText(document) }
  })
  // The framework has no word for an advisory that was taken back; OSV has.
  const csaf = advisories
    .filter(({ withdrawn }) => withdrawn !== true)
    .map((advisory) => ({
      path: `csaf/${csafFileName(advisory.id)}`,
      text: asText(csafDocument(advisory, { publisher, title }))
    }))
  const openeox = releases.flatMap((release) => {
    const statement = openEoxStatement(release, file, changedAt)
    return statement === undefined
      ? []
      : [{ path: `openeox/${fileSafe(release.version)}.json`, text: asText(statement) }]
  })
  return [...osv, ...csaf, ...openeox]
}

function fileSafe(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._+-]/g, '_')
}

function asText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
