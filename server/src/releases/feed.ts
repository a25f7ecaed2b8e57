/**
 * What everybody may know of a product's versions: one signed document, the same bytes for all,
 * matched on the reader's own machine.
 */
import { DAY_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { etagOf } from '../http/etag.ts'
import type { Instant } from '../record.ts'
import { readKeys, type FeedKeys, type PublicKey } from './keys.ts'
import type { Releases } from './open-releases.ts'
import type { ReleaseFile } from './release-file.ts'

interface SignedFeed {
  /**
   * `{ signed, signatures }`: the signature is over the UTF-8 bytes of the text `signed`, which is
   * JSON itself.
   */
  readonly body: string
  readonly etag: string
}

export interface Feed {
  /** unknown: the releases file can't be used and never could; nothing empty is signed instead. */
  of(
    product: string
  ):
    | { readonly is: 'signed'; readonly feed: SignedFeed }
    | { readonly is: 'no-keys' }
    | { readonly is: 'unknown' }
  /** For `/.well-known/telemetry.json`; empty without keys. */
  publicKeys(): readonly PublicKey[]
  /** Looks at the key file now instead of in up to two seconds. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface FeedOptions {
  readonly releases: Pick<Releases, 'of' | 'problem'>
  readonly keysFolder: string
  readonly effects: Effects
  /** KEYS_INVALID: told once until it changes. */
  readonly problem: (error: CandorError) => void
  readonly pollMs?: number
}

/**
 * Two weeks: whoever holds back a feed can hide an advisory no longer; a collector may be down for
 * a holiday.
 */
const validMs = 14 * DAY_MS

export async function openFeed({
  releases,
  keysFolder,
  effects,
  problem,
  pollMs = 2_000
}: FeedOptions): Promise<Feed> {
  const { clock, files } = effects
  const built = new Map<
    string,
    {
      readonly file: ReleaseFile | undefined
      readonly issued: Instant
      readonly keys: FeedKeys
      readonly feed: SignedFeed
    }
  >()
  const closing = new AbortController()
  let keys: FeedKeys | undefined
  let mark = ''
  const refresh = async (): Promise<void> => {
    const stat = await files.stat(`${keysFolder}/feed.json`).catch(() => undefined)
    const next =
      stat === undefined ? 'none' : `${stat.mtimeMs} ${stat.size} ${stat.ino} ${stat.mode}`
    if (next === mark) return
    mark = next
    try {
      keys = await readKeys({ folder: keysFolder, effects })
    } catch (error) {
      if (!(error instanceof CandorError)) throw error
      problem(error)
    }
  }
  const poll = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(pollMs, closing.signal)
      if (!closing.signal.aborted) await refresh()
    }
  }
  await refresh()
  const polling = poll()
  return {
    of(product) {
      if (keys === undefined) return { is: 'no-keys' }
      const { file, changedAt = 0 } = releases.of(product) ?? {}
      if (file === undefined && releases.problem(product) !== undefined) return { is: 'unknown' }
      const issued = issuedAt(clock.now(), changedAt)
      const before = built.get(product)
      if (
        before !== undefined &&
        before.file === file &&
        before.issued === issued &&
        before.keys === keys
      )
        return { is: 'signed', feed: before.feed }
      const feed = signFeed({ product, file, issued, keys })
      built.set(product, { file, issued, keys, feed })
      return { is: 'signed', feed }
    },
    publicKeys: () => keys?.public ?? [],
    refresh,
    async close() {
      closing.abort()
      await polling
    }
  }
}

/**
 * Today's first second, or when the file changed today: so all collectors of a cluster sign the
 * same bytes, and a change is newer than what it replaces.
 */
function issuedAt(now: Instant, changedAt: Instant): Instant {
  const today = now - (now % DAY_MS)
  return Math.max(today, Math.min(changedAt - (changedAt % 1_000), now))
}

export function signFeed({
  product,
  file,
  issued,
  keys
}: {
  product: string
  file: ReleaseFile | undefined
  issued: Instant
  keys: FeedKeys
}): SignedFeed {
  const signed = JSON.stringify({
    candor: 1,
    product,
    issued: new Date(issued).toISOString(),
    expires: new Date(issued + validMs).toISOString(),
    releases: file?.releases ?? [],
    advisories: file?.advisories ?? [],
    ...(file?.support === undefined ? {} : { support: file.support })
  })
  const [current] = keys.public
  const signature = {
    key: current.id,
    algorithm: current.algorithm,
    signature: keys.sign(Buffer.from(signed))
  }
  const body = JSON.stringify({ signed, signatures: [signature] })
  return { body, etag: etagOf(body) }
}
