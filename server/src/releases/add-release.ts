/**
 * Adds a release or an advisory to a product's file, keeping every comment that somebody wrote
 * there.
 */
import { dirname } from 'node:path'
import { Document, isMap, isNode, isSeq, parseDocument } from 'yaml'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { releaseFilePaths, type ReleasedProduct } from './open-releases.ts'
import { readReleaseFile, type Advisory, type Release } from './release-file.ts'

const emptyFile =
  '# Releases and advisories, newest first: what version answers and the signed feed are ' +
  'made from.\nreleases: []\nadvisories: []\n'

/** What is added, and to which list of the file. */
type Addition =
  | { readonly list: 'releases'; readonly entry: Release }
  | { readonly list: 'advisories'; readonly entry: Advisory }

interface AddOptions {
  readonly folder: string
  readonly product: ReleasedProduct
  readonly effects: Effects
}

/**
 * Writes the operator's own file (begun as a copy of the product's, which it replaces) and returns
 * its path. Throws RELEASES_INVALID and changes nothing.
 */
export function addRelease({
  release,
  ...options
}: AddOptions & { readonly release: Release }): Promise<string> {
  return add(options, { list: 'releases', entry: release })
}

/** The same for an advisory. */
export function addAdvisory({
  advisory,
  ...options
}: AddOptions & { readonly advisory: Advisory }): Promise<string> {
  return add(options, { list: 'advisories', entry: advisory })
}

async function add({ folder, product, effects }: AddOptions, addition: Addition): Promise<string> {
  const [own, shipped] = releaseFilePaths(folder, product)
  const text = (await read(own, effects)) ?? (await read(shipped, effects)) ?? emptyFile
  const edited = withEntry(text, addition, own)
  const temporary = `${own}.${effects.random(6).toString('hex')}`
  await effects.files.mkdir(dirname(own), { recursive: true })
  await effects.files.writeFile(temporary, edited, { flag: 'wx' })
  await effects.files.rename(temporary, own)
  return own
}

function withEntry(text: string, addition: Addition, path: string): string {
  refuse(readReleaseFile(text), path, 'Mend it first')
  const edited = insertFirst(text, addition) ?? insertOnly(text, addition)
  refuse(readReleaseFile(edited), path, 'Nothing was changed')
  return edited
}

/**
 * A line before the list's first one, so that no other byte changes. Undefined: there is no such
 * line.
 */
function insertFirst(text: string, { list: name, entry }: Addition): string | undefined {
  const list = parseDocument(text).get(name)
  const start = isSeq(list) && isNode(list.items[0]) ? list.items[0].range?.[0] : undefined
  if (start === undefined) return undefined
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const indent = /^ *(?=- )/.exec(text.slice(lineStart, start))?.[0]
  if (indent === undefined) return undefined
  const line = new Document(entry, { flow: true })
    .toString({ lineWidth: 0 })
    .trim()
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']')
  return `${text.slice(0, lineStart)}${indent}- ${line}\n${text.slice(lineStart)}`
}

function insertOnly(text: string, { list: name, entry }: Addition): string {
  const document = parseDocument(text)
  if (!isMap(document.contents))
    document.contents = document.createNode({ releases: [], advisories: [] }) as never
  const before = document.toJS() as { readonly [Name in Addition['list']]?: readonly unknown[] }
  const list = document.createNode([entry, ...(before[name] ?? [])])
  for (const item of list.items) if (isMap(item)) item.flow = true
  document.set(name, list)
  return document.toString({ lineWidth: 0 })
}

function refuse(result: ReturnType<typeof readReleaseFile>, path: string, advice: string): void {
  if (result.is === 'invalid')
    throw new CandorError(
      'RELEASES_INVALID',
      `${path} would not be valid: ${result.problems.slice(0, 10).join('; ')}. ${advice}.`
    )
}

async function read(path: string, effects: Effects): Promise<string | undefined> {
  return effects.files.readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new CandorError(
      'RELEASES_INVALID',
      `${path} can't be read. Check that this user may read it.`,
      { cause }
    )
  })
}
