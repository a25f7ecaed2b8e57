/**
 * What each product's releases are now: read from their files, and again within seconds of a
 * change, without a restart.
 */
import { join } from 'node:path'
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
  /** Undefined: no file, or none that was ever good. */
  of(product: string): { readonly file: ReleaseFile; readonly changedAt: Instant } | undefined
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
  { folder, effects, problem }: ReleasesOptions
): Promise<Known | undefined> {
  const { files } = effects
  for (const path of releaseFilePaths(folder, product)) {
    const stat = await files.stat(path).catch(() => undefined)
    if (stat === undefined) continue
    const mark = `${path} ${stat.mtimeMs} ${stat.size}`
    if (before?.mark === mark) return before
    const keep = {
      mark,
      file: before?.file,
      offered: before?.offered ?? [],
      changedAt: before?.changedAt ?? 0
    }
    const text = await files.readFile(path, 'utf8').catch(() => undefined)
    const result =
      text === undefined
        ? { is: 'invalid' as const, problems: ["can't be read"] }
        : readReleaseFile(text)
    if (result.is === 'file')
      return {
        mark,
        file: result.file,
        offered: offeredReleases(result.file),
        changedAt: Math.floor(stat.mtimeMs)
      }
    problem(
      new CandorError(
        'RELEASES_INVALID',
        `${path} can't be used${before?.file === undefined ? '' : '; the last good one still counts'}: ${result.problems.slice(0, 10).join('; ')}.`
      )
    )
    return keep
  }
  return undefined
}
