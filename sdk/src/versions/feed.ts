/**
 * What does a feed say, if it is to be believed? Signed over its exact text by a key of the
 * contract, for this product, and not expired.
 */
import type { PlatformConditions } from '#values/newest-release'
import { createPublicKey, verify } from 'node:crypto'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import type { FeedKey } from '../form.ts'

export interface Feed {
  /** Milliseconds since 1970. */
  readonly issued: number
  readonly expires: number
  readonly releases: readonly FeedRelease[]
  readonly advisories: readonly FeedAdvisory[]
  /** The first range that holds a version counts for it. */
  readonly support: readonly FeedSupport[]
}

interface FeedSupport {
  readonly versions: string
  /** `2026-11-20`; undefined: nobody has decided. */
  readonly securityUntil: string | undefined
  readonly until: string | undefined
}

interface FeedRelease {
  readonly version: string
  readonly withdrawn: boolean
  /** Platform → the majors that it runs on. */
  readonly supports: Readonly<Record<string, readonly number[]>>
}

interface FeedAdvisory {
  readonly id: string
  readonly title: string
  readonly level: string
  readonly affected: string
  /** The first version without it, in each line that was mended. */
  readonly fixed: readonly string[]
  readonly platforms: PlatformConditions
  readonly url: string | undefined
  readonly withdrawn: boolean
}

export type FeedReading =
  | { readonly is: 'feed'; readonly feed: Feed }
  | { readonly is: 'ignored'; readonly because: string }

/** What stands before the 32 bytes of an Ed25519 key in its usual wrapping (SPKI). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const advisoriesMax = 1_000
const releasesMax = 10_000

/** Never throws, whatever the text is. */
export function readFeed(
  text: string,
  {
    product,
    keys,
    now
  }: { readonly product: string; readonly keys: readonly FeedKey[]; readonly now: number }
): FeedReading {
  const envelope = parseJson(text)
  const signed = isObject(envelope) ? envelope['signed'] : undefined
  const signatures = isObject(envelope) ? envelope['signatures'] : undefined
  if (typeof signed !== 'string' || !Array.isArray(signatures)) return ignored('it is no feed')
  if (!signatures.slice(0, 8).some((signature) => isSignedBy(keys, signed, signature)))
    return ignored('no key of the contract has signed it')
  const read = parseJson(signed)
  if (!isObject(read) || read['candor'] !== 1) return ignored('it is of another version')
  if (read['product'] !== product) return ignored('it is another product’s')
  const [issued, expires] = [timeOf(read['issued']), timeOf(read['expires'])]
  if (issued === undefined || expires === undefined)
    return ignored('it does not say for how long it holds')
  if (expires <= now) return ignored('it has expired')
  const { releases, advisories } = read
  if (!Array.isArray(releases) || !Array.isArray(advisories))
    return ignored('it has not the shape of a feed')
  return {
    is: 'feed',
    feed: {
      issued,
      expires,
      releases: releases.slice(0, releasesMax).flatMap((release: unknown) =>
        isObject(release) && typeof release['version'] === 'string'
          ? [
              {
                version: release['version'],
                withdrawn: release['withdrawn'] === true,
                supports: supportsOf(release['supports'])
              }
            ]
          : []
      ),
      advisories: advisories
        .slice(0, advisoriesMax)
        .flatMap((advisory: unknown) => (isObject(advisory) ? advisoryOf(advisory) : [])),
      support: supportIn(read['support'])
    }
  }
}

function advisoryOf(advisory: JsonObject): readonly FeedAdvisory[] {
  const withdrawn = advisory['withdrawn'] === true
  const [id, title, level, affected] = ['id', 'title', 'level', 'affected'].map((name) =>
    line(advisory[name])
  )
  if (id === undefined || title === undefined || affected === undefined) return []
  const url = line(advisory['url'])
  return [
    {
      id,
      title,
      withdrawn,
      level: level ?? 'info',
      affected,
      fixed: fixesOf(advisory),
      platforms: platformsOf(advisory['platforms']),
      url: url !== undefined && /^https:\/\/[^\s"<>]+$/.test(url) ? url : undefined
    }
  ]
}

function fixesOf(advisory: JsonObject): readonly string[] {
  const listed = advisory['fixed_versions']
  const all = [advisory['fixed'], ...(Array.isArray(listed) ? listed.slice(0, 100) : [])]
  return all.flatMap((version) => line(version) ?? [])
}

function platformsOf(value: unknown): PlatformConditions {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, wanted]): [string, readonly (string | number)[]][] =>
      Array.isArray(wanted)
        ? [[name, wanted.filter((one) => typeof one === 'string' || Number.isInteger(one))]]
        : []
    )
  )
}

function supportIn(value: unknown): readonly FeedSupport[] {
  const day = (text: unknown): string | undefined =>
    typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined
  return (Array.isArray(value) ? value.slice(0, advisoriesMax) : []).flatMap((each: unknown) => {
    const versions = isObject(each) ? line(each['versions']) : undefined
    return !isObject(each) || versions === undefined
      ? []
      : [
          {
            versions,
            securityUntil: day(each['end_of_security_support']),
            until: day(each['end_of_life'])
          }
        ]
  })
}

function supportsOf(value: unknown): FeedRelease['supports'] {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, number[]] =>
        Array.isArray(entry[1]) && entry[1].every(Number.isInteger)
    )
  )
}

/**
 * Both lists together, the newer one's word for what both name. Nothing that was known goes unless
 * it
 * is said to be withdrawn: a list that shrank is a mistake of its server, or a way to hide an
 * advisory.
 */
export function withWhatWasKnown(feed: Feed, before: Feed | undefined): Feed {
  if (before === undefined) return feed
  const versions = new Set(feed.releases.map(({ version }) => version))
  const ids = new Set(feed.advisories.map(({ id }) => id))
  return {
    ...feed,
    releases: [
      ...feed.releases,
      ...before.releases.filter(({ version }) => !versions.has(version))
    ],
    advisories: [...feed.advisories, ...before.advisories.filter(({ id }) => !ids.has(id))],
    support: feed.support.length > 0 ? feed.support : before.support
  }
}

/** One line that no terminal is moved by. */
function line(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value.slice(0, 500).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    : undefined
}

function timeOf(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

export function isSignedBy(keys: readonly FeedKey[], signed: string, signature: unknown): boolean {
  if (
    !isObject(signature) ||
    signature['algorithm'] !== 'Ed25519' ||
    typeof signature['signature'] !== 'string'
  )
    return false
  const known = keys.find(({ id }) => id === signature['key'])
  if (known === undefined) return false
  try {
    const bytes = Buffer.from(known.key, 'base64')
    const key = createPublicKey({
      // A collector prints the bare 32 bytes.
      key: bytes.length === 32 ? Buffer.concat([spkiPrefix, bytes]) : bytes,
      format: 'der',
      type: 'spki'
    })
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, Buffer.from(signed), key, Buffer.from(signature['signature'], 'base64'))
    )
  } catch {
    return false
  }
}

function ignored(because: string): FeedReading {
  return { is: 'ignored', because }
}
