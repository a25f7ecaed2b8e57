/**
 * Adds a release or an advisory to a product's file, keeping every comment that somebody wrote
 * there.
 */
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
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

/**
 * Takes a release out of the operator's own file; false when it is not there. Advisories stay.
 * Throws RELEASES_INVALID and changes nothing.
 */
export async function removeRelease({
  version,
  ...options
}: AddOptions & { readonly version: string }): Promise<boolean> {
  const { own, text } = await currentFile(options)
  refuse(readReleaseFile(text), own, 'Mend it first')
  const edited = withoutRelease(text, version)
  if (edited === undefined) return false
  refuse(readReleaseFile(edited), own, 'Nothing was changed')
  await write(own, edited, options.effects)
  return true
}

/** All that the file lists now, withdrawn ones too. */
export async function knownReleases(options: AddOptions): Promise<readonly Release[]> {
  const { text } = await currentFile(options)
  const result = readReleaseFile(text)
  return result.is === 'invalid' ? [] : result.file.releases
}

/** The same for an advisory. */
export function addAdvisory({
  advisory,
  ...options
}: AddOptions & { readonly advisory: Advisory }): Promise<string> {
  return add(options, { list: 'advisories', entry: advisory })
}

export type Put = 'added' | 'changed' | 'unchanged'

/**
 * Adds what is new and puts what has changed in its place, in one write. What became of each, in
 * their order; a file that nothing changes is not touched.
 */
export async function putAdvisories({
  advisories,
  folder,
  product,
  effects
}: AddOptions & { readonly advisories: readonly Advisory[] }): Promise<readonly Put[]> {
  const { own, text: before } = await currentFile({ folder, product, effects })
  let text = before
  const put = advisories.map((advisory): Put => {
    const known = knownAdvisory(text, advisory.id, own)
    if (known !== undefined && isDeepStrictEqual(known, advisory)) return 'unchanged'
    text =
      known === undefined
        ? withEntry(text, { list: 'advisories', entry: advisory }, own)
        : replaced(text, advisory, own)
    return known === undefined ? 'added' : 'changed'
  })
  if (text !== before) await write(own, text, effects)
  return put
}

function knownAdvisory(text: string, id: string, path: string): Advisory | undefined {
  const result = readReleaseFile(text)
  refuse(result, path, 'Mend it first')
  return result.is === 'file' ? result.file.advisories.find((known) => known.id === id) : undefined
}

function replaced(text: string, advisory: Advisory, path: string): string {
  const document = parseDocument(text)
  const list = document.get('advisories')
  const items = isSeq(list) ? list.items : []
  const index = items.findIndex((item) => isMap(item) && item.get('id') === advisory.id)
  const node = document.createNode(advisory)
  node.flow = isOneLine(advisory)
  document.setIn(['advisories', index], node)
  const edited = document.toString({ lineWidth: 0 })
  refuse(readReleaseFile(edited), path, 'Nothing was changed')
  return edited
}

async function add(options: AddOptions, addition: Addition): Promise<string> {
  const { own, text } = await currentFile(options)
  await write(own, withEntry(text, addition, own), options.effects)
  return own
}

/** The operator's own file, or what it would begin as. */
async function currentFile({
  folder,
  product,
  effects
}: AddOptions): Promise<{ readonly own: string; readonly text: string }> {
  const [own, shipped] = releaseFilePaths(folder, product)
  const text = (await read(own, effects)) ?? (await read(shipped, effects)) ?? emptyFile
  return { own, text }
}

/** No other byte changes, where the release is a line of its own. */
function withoutRelease(text: string, version: string): string | undefined {
  const document = parseDocument(text)
  const list = document.get('releases')
  if (!isSeq(list)) return undefined
  const index = list.items.findIndex((item) => isMap(item) && item.get('version') === version)
  if (index < 0) return undefined
  const item = list.items[index]
  const [start = 0, end = 0] = isNode(item) ? (item.range ?? []) : []
  const from = text.lastIndexOf('\n', start - 1) + 1
  const line = text.slice(from, text.indexOf('\n', end) + 1 || text.length)
  if (/^ *- \{.*\} *(?:#.*)?\n?$/.test(line))
    return text.slice(0, from) + text.slice(from + line.length)
  document.deleteIn(['releases', index])
  return document.toString({ lineWidth: 0 })
}

async function write(path: string, text: string, effects: Effects): Promise<void> {
  const temporary = `${path}.${effects.random(6).toString('hex')}`
  await effects.files.mkdir(dirname(path), { recursive: true })
  await effects.files.writeFile(temporary, text, { flag: 'wx' })
  await effects.files.rename(temporary, path)
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
  const lines = textOf(entry).split('\n')
  const item = lines.map((line, index) => `${indent}${index === 0 ? '- ' : '  '}${line}`.trimEnd())
  return `${text.slice(0, lineStart)}${item.join('\n')}\n${text.slice(lineStart)}`
}

/** One line in braces; what has texts of several lines stands in a block, to be read. */
function textOf(entry: Addition['entry']): string {
  const flow = new Document(entry, { flow: true }).toString({ lineWidth: 0 }).trim()
  return flow.includes('\n')
    ? new Document(entry).toString({ lineWidth: 0 }).trim()
    : flow.replaceAll('[ ', '[').replaceAll(' ]', ']')
}

function isOneLine(entry: Addition['entry']): boolean {
  return !textOf(entry).includes('\n')
}

function insertOnly(text: string, { list: name, entry }: Addition): string {
  const document = parseDocument(text)
  if (!isMap(document.contents))
    document.contents = document.createNode({ releases: [], advisories: [] }) as never
  const before = document.toJS() as { readonly [Name in Addition['list']]?: readonly unknown[] }
  const list = document.createNode([entry, ...(before[name] ?? [])])
  for (const item of list.items)
    if (isMap(item)) item.flow = isOneLine(item.toJSON() as typeof entry)
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
