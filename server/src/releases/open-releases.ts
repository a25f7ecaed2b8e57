/**
 * What each product's releases are now: read from their files, and again within seconds of a
 * change, without a restart.
 */
import { join } from 'node:path'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Newest } from '../protocols/protocol.ts'
import type { Instant } from '../record.ts'
import { newestFor, offeredReleases } from './newest.ts'
import { readReleaseFile, type Release, type ReleaseFile } from './release-file.ts'

/**
 * Where a product was loaded from: its `releases.yaml` counts as long as the operator has no file
 * of their own.
 */
export interface ReleasedProduct {
  readonly name: string
  readonly folder: string
}

export interface ReleasesOptions {
  /** The operator's folder of `<product>.yaml` files; it need not exist. */
  readonly folder: string
  /** Where the last good state of each file is kept, so that a restart does not forget it. */
  readonly lastGood: string
  readonly products: () => readonly ReleasedProduct[]
  readonly effects: Effects
  /**
   * RELEASES_INVALID: a file can't be used; the last good one still counts. Told once per change of
   * the file.
   */
  readonly problem: (error: CandorError) => void
  readonly pollMs?: number
}

export interface Releases extends Newest {
  /** The last good state. Undefined: no file, or none that was ever good. */
  of(product: string): { readonly file: ReleaseFile; readonly changedAt: Instant } | undefined
  /** Why the file can't be used now; undefined while it can, or while there never was one. */
  problem(product: string): string | undefined
  /** Looks at the files now instead of in up to two seconds. */
  refresh(): Promise<void>
  close(): Promise<void>
}

interface Known {
  /** Path, time and size: what tells that a file is another one. */
  readonly mark: string
  readonly file: ReleaseFile | undefined
  readonly offered: readonly Release[]
  readonly changedAt: Instant
  /** Why the file of this mark can't be used. */
  readonly problem?: string
}

/**
 * Two seconds: an operator who saves the file and looks sees it; a stat of a few files costs
 * nothing.
 */
const pollMsDefault = 2_000

export async function openReleases(options: ReleasesOptions): Promise<Releases> {
  const { effects, products, pollMs = pollMsDefault } = options
  const known = new Map<string, Known>()
  const closing = new AbortController()
  const refresh = async (): Promise<void> => {
    for (const product of products()) {
      const next = await look(product, known.get(product.name), options)
      if (next === undefined) known.delete(product.name)
      else known.set(product.name, next)
    }
  }
  const poll = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await effects.clock.sleep(pollMs, closing.signal)
      if (!closing.signal.aborted) await refresh()
    }
  }
  await refresh()
  const polling = poll()
  return {
    newest: (product, platform) => newestFor(known.get(product)?.offered ?? [], platform),
    of(product) {
      const { file, changedAt = 0 } = known.get(product) ?? {}
      return file && { file, changedAt }
    },
    problem: (product) => known.get(product)?.problem,
    refresh,
    async close() {
      closing.abort()
      await polling
    }
  }
}

/** The operator's own file if there is one, else the product's. */
export function releaseFilePaths(
  folder: string,
  product: ReleasedProduct
): readonly [own: string, shipped: string] {
  return [join(folder, `${product.name}.yaml`), join(product.folder, 'releases.yaml')]
}

async function look(
  product: ReleasedProduct,
  before: Known | undefined,
  options: ReleasesOptions
): Promise<Known | undefined> {
  const found = await find(product, options, before?.mark)
  if (found.is === 'unchanged' || before?.mark === found.mark) return before
  if (found.is === 'file') {
    const { mark, file, changedAt } = found
    await keepGood(product.name, { file, changedAt }, options)
    return { mark, file, offered: offeredReleases(file), changedAt }
  }
  const good = before?.file === undefined ? await readGood(product.name, options) : before
  if (found.is === 'none' && good?.file === undefined) return undefined
  // A folder that is not mounted looks like an empty one, and an empty list would be believed.
  const problem =
    found.is === 'none'
      ? `${found.path} is gone; write one that says \`releases: []\` if that is meant`
      : found.problem
  options.problem(
    new CandorError(
      'RELEASES_INVALID',
      `${problem}${good?.file === undefined ? '' : '; the last good one still counts'}.`
    )
  )
  const { file, changedAt = 0 } = good ?? {}
  return {
    mark: found.mark,
    file,
    offered: file === undefined ? [] : offeredReleases(file),
    changedAt,
    problem
  }
}

type Found =
  | { readonly is: 'unchanged' }
  | {
      readonly is: 'file'
      readonly mark: string
      readonly file: ReleaseFile
      readonly changedAt: Instant
    }
  | { readonly is: 'invalid'; readonly mark: string; readonly problem: string }
  | { readonly is: 'none'; readonly mark: string; readonly path: string }

/** `known`: the mark of the file as it was; a file that still has it is not read again. */
async function find(
  product: ReleasedProduct,
  { folder, effects }: ReleasesOptions,
  known: string | undefined
): Promise<Found> {
  const { files } = effects
  const paths = releaseFilePaths(folder, product)
  for (const path of paths) {
    const stat = await files.stat(path).catch((error: NodeJS.ErrnoException) => error.code)
    if (stat === 'ENOENT' || stat === 'ENOTDIR') continue
    if (typeof stat !== 'object')
      return { is: 'invalid', mark: `${path} ${stat}`, problem: `${path} can't be read (${stat})` }
    const mark = `${path} ${stat.mtimeMs} ${stat.size}`
    if (mark === known) return { is: 'unchanged' }
    const text = await files.readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return { is: 'invalid', mark, problem: `${path} can't be read` }
    const result = readReleaseFile(text)
    if (result.is === 'file')
      return { is: 'file', mark, file: result.file, changedAt: Math.floor(stat.mtimeMs) }
    const problem = `${path} can't be used: ${result.problems.slice(0, 10).join('; ')}`
    return { is: 'invalid', mark, problem }
  }
  return { is: 'none', mark: 'none', path: paths[0] }
}

type Good = Pick<Known, 'file' | 'changedAt'>

function goodPath(product: string, { lastGood }: ReleasesOptions): string {
  return join(lastGood, `${product}.json`)
}

/** What can't be kept is no reason not to serve it: the next start knows less, and that is all. */
async function keepGood(product: string, good: Good, options: ReleasesOptions): Promise<void> {
  const { files } = options.effects
  const path = goodPath(product, options)
  try {
    await files.mkdir(options.lastGood, { recursive: true, mode: 0o700 })
    await files.writeFile(`${path}.new`, `${JSON.stringify(good)}\n`, { mode: 0o600, flush: true })
    await files.rename(`${path}.new`, path)
  } catch (cause) {
    options.problem(
      new CandorError('RELEASES_INVALID', `${path} can't be written, so a restart forgets it.`, {
        cause
      })
    )
  }
}

async function readGood(product: string, options: ReleasesOptions): Promise<Good | undefined> {
  const path = goodPath(product, options)
  if ((await distrusted(path, options.effects)) !== undefined) return undefined
  try {
    const kept = JSON.parse(await options.effects.files.readFile(path, 'utf8')) as {
      readonly file: unknown
      readonly changedAt: unknown
    }
    const read = readReleaseFile(JSON.stringify(kept.file))
    if (read.is !== 'file' || typeof kept.changedAt !== 'number') return undefined
    return { file: read.file, changedAt: kept.changedAt }
  } catch {
    return undefined
  }
}
