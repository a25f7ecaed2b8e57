/** The folder of what is published: only ever added to, and checked whenever it is read. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { publishedTable, type PublishedTable } from './published.ts'

/** Beside the pages: `data/2026-11/versions.json`. */
const dataFolder = 'data'
const sumsFile = 'SHA256SUMS'
/** What will be named once all of it is there. */
const nextSumsFile = `${sumsFile}.new`
/** Forty tables a month for twenty years; a folder of more is somebody's mistake. */
const filesMax = 20_000

type Files = Pick<Effects, 'files'>

/** `2026-11/versions.json`, and `2026-11/versions.2.json` of what replaced it. */
export function fileNameOf({ period, table, version }: PublishedTable): string {
  return `${period.name}/${table}${version === 1 ? '' : `.${version}`}.json`
}

export function textOf(table: PublishedTable): string {
  return `${JSON.stringify(table, null, 2)}\n`
}

/**
 * All tables in their order, each version of them. Throws PUBLICATION_DAMAGED where a file is not
 * what its checksum says, or is no table: nothing is published on top of it.
 */
export async function readLedger(
  folder: string,
  { files }: Files
): Promise<readonly PublishedTable[]> {
  const sums = await readSums(folder, { files })
  const tables: PublishedTable[] = []
  for (const [path, sum] of sums) {
    if (!/^data\/[0-9A-Za-z-]+\/[a-z0-9_]+(?:\.\d+)?\.json$/.test(path)) continue
    const text = await files.readFile(join(folder, path), 'utf8').catch(() => undefined)
    if (text === undefined || sumOf(text) !== sum)
      throw damaged(path, 'is missing, or not what its checksum says')
    const table = publishedTable.safeParse(parsed(text))
    if (!table.success) throw damaged(path, 'is no published table')
    tables.push(table.data)
  }
  return inOrder(tables)
}

/** By period, table and version: whatever is made of a ledger does not depend on when it grew. */
export function inOrder(tables: readonly PublishedTable[]): readonly PublishedTable[] {
  const key = ({ period, table, version }: PublishedTable): string =>
    `${period.name} ${table} ${String(version).padStart(6, '0')}`
  return tables.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}

/** A copy's folder may be anybody's: nothing outside of it is read, or taken away. */
const sumLine = /^([0-9a-f]{64}) {2}((?!.*\.\.)\w[\w./-]*)$/

/** By path; empty where nothing was published yet. */
async function readSums(
  folder: string,
  { files }: Files,
  name = sumsFile
): Promise<ReadonlyMap<string, string>> {
  const text = await files.readFile(join(folder, name), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines.length > filesMax) throw damaged(sumsFile, `lists more than ${filesMax} files`)
  return new Map(
    lines.map((line) => {
      const found = sumLine.exec(line)
      if (found === null) throw damaged(sumsFile, 'has a line that is no checksum')
      return [found[2] ?? '', found[1] ?? '']
    })
  )
}

/**
 * Writes what will be named, then what is new or derived, then the checksums: whatever ends it in
 * between, the next one knows what was never public. Throws PUBLICATION_CHANGED before it writes
 * anything where a published number would be another one.
 */
export async function writeFolder(
  folder: string,
  contents: ReadonlyMap<string, string | Uint8Array>,
  { files }: Files
): Promise<readonly string[]> {
  const isHalfDone = await halfDone(folder, { files })
  const changed: [string, string | Uint8Array][] = []
  for (const [path, content] of contents) {
    const before = await files.readFile(join(folder, path)).catch(() => undefined)
    if (before !== undefined && Buffer.from(before).equals(Buffer.from(content))) continue
    if (before !== undefined && path.startsWith(`${dataFolder}/`) && !isHalfDone.has(path))
      throw new CandorError(
        'PUBLICATION_CHANGED',
        `${path} is published in ${folder} and says something else. What is published is never ` +
          'changed: choose another folder, or withdraw the number.'
      )
    changed.push([path, content])
  }
  const sums = sumsOf(contents)
  const [named, naming] = [join(folder, sumsFile), join(folder, nextSumsFile)]
  const before = await files.readFile(named, 'utf8').catch(() => '')
  if (before === sums && changed.length === 0 && isHalfDone.size === 0) return []
  await files.mkdir(folder, { recursive: true })
  // What half a publication left is named again, or goes: nobody was shown it.
  for (const path of isHalfDone)
    if (!contents.has(path)) await files.rm(join(folder, path), { force: true })
  await files.writeFile(naming, sums, { flush: true })
  for (const [path, content] of changed) {
    const target = join(folder, path)
    await files.mkdir(join(target, '..'), { recursive: true })
    await files.writeFile(`${target}.new`, content, { flush: true })
    await files.rename(`${target}.new`, target)
  }
  await files.rename(naming, named)
  return [...changed.map(([path]) => path), ...(before === sums ? [] : [sumsFile])]
}

/** What a publication that was cut off wanted to name, and nothing names. */
async function halfDone(folder: string, effects: Files): Promise<ReadonlySet<string>> {
  const named = await readSums(folder, effects)
  // The file of what is wanted may be cut off itself; then nothing else was written.
  const wanted = await readSums(folder, effects, nextSumsFile).catch(() => new Map())
  return new Set([...wanted.keys()].filter((path) => !named.has(path)))
}

function sumsOf(contents: ReadonlyMap<string, string | Uint8Array>): string {
  return [...contents]
    .map(([path, content]) => `${sumOf(content)}  ${path}\n`)
    .toSorted((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1))
    .join('')
}

function sumOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function damaged(path: string, what: string): CandorError {
  return new CandorError(
    'PUBLICATION_DAMAGED',
    `${path} ${what}. Restore the folder from where it is served; nothing is published on top ` +
      'of it.'
  )
}

/** Every file as it is served, by path: only what the checksums name, and only as they name it. */
export async function readPublished(
  folder: string,
  { files }: Files
): Promise<ReadonlyMap<string, Buffer>> {
  const sums = await readSums(folder, { files })
  const found = new Map<string, Buffer>()
  for (const [path, sum] of sums) {
    const content = await files.readFile(join(folder, path)).catch(() => undefined)
    if (content === undefined || sumOf(content) !== sum)
      throw damaged(path, 'is missing, or not what its checksum says')
    found.set(path, content)
  }
  if (sums.size > 0) found.set(sumsFile, await files.readFile(join(folder, sumsFile)))
  return found
}

/** Copies what is published; throws PUBLICATION_CHANGED where the copy says something else. */
export async function writeCopy(
  folder: string,
  contents: ReadonlyMap<string, Uint8Array>,
  effects: Files
): Promise<readonly string[]> {
  const own = new Map([...contents].filter(([path]) => path !== sumsFile))
  return writeFolder(folder, own, effects)
}
