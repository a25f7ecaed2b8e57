/**
 * Is there a newer version, and does an advisory concern this one? Asked of a list that is the same
 * for everybody, and answered here.
 */
import { DAY_MS } from '#values/days'
import { holdsOn, majorOf, newestRelease, type PlatformPart } from '#values/newest-release'
import {
  compareVersions,
  isInRange,
  isPreRelease,
  readVersion,
  type Version
} from '#values/version-order'
import type { AskedConsent } from '../consent/asking/ask-consent.ts'
import { jittered } from '../deliver/delivery-state.ts'
import { isObject, parseJson } from '../json.ts'
import { isLoopback } from '../network/proxy.ts'
import type { Transport } from '../network/transport.ts'
import type { Effects } from '../effects.ts'
import type { ContractForm, FeedKey } from '../form.ts'
import { limits } from '../limits.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { TelemetryOptions, VersionStatus } from '../telemetry.ts'
import { feedUrl } from './feed-url.ts'
import { readFeed, withWhatWasKnown, type Feed } from './feed.ts'

export interface VersionCheckParts {
  readonly form: ContractForm
  /** Of the running product. */
  readonly version: string
  readonly options: Pick<TelemetryOptions, 'ca' | 'feedKeys' | 'insecure'>
  readonly state: StateFolder
  readonly consent: Pick<AskedConsent, 'endpoint' | 'versionCheck'>
  readonly effects: Effects
  readonly transport: Transport
  /** What it runs on, by the names of the list: `{ postgresql: '15.4' }`. */
  readonly platform?: Readonly<Record<string, string>> | undefined
}

interface Cached {
  readonly url: string
  readonly etag: string | undefined
  readonly text: string
  /** The list before it, while it names what the last one has lost. */
  readonly before: string
  /** Milliseconds since 1970. */
  readonly next: number
}

const file = 'versions.json'
/** After a try that brought nothing: an outage should not be asked about at every start. */
const retryMs = 3_600_000
const longestMs = 1.25 * DAY_MS
/** A list's date that lies further ahead is its server's mistake, and hides no later one. */
const aheadMsMax = DAY_MS
const cacheBytesMax = 3 * limits.feedBytesMax
const connectMs = 1_000
const deadlineMs = 3_000

/**
 * Never rejects. Has its own switch: with telemetry off the answer is the same, and in no request
 * is anything about whoever asks.
 */
export async function checkVersions(parts: VersionCheckParts): Promise<VersionStatus> {
  const { form, consent, effects } = parts
  const { is, because } = consent.versionCheck()
  const keys = [...(form.versionCheck?.keys ?? []), ...(parts.options.feedKeys ?? [])]
  if (is === 'off') return without('off', `the version check is off, says ${because}`)
  if (is === 'not offered') return without('unknown', because)
  if (keys.length === 0)
    return without('unknown', 'the contract has no key to believe a list of releases by')
  const url = feedUrl(form, consent.endpoint())
  if (url === undefined) return without('unknown', 'no address has a list of releases')
  const { protocol, hostname } = new URL(url)
  if (
    protocol !== 'https:' &&
    !(protocol === 'http:' && (isLoopback(hostname) || parts.options.insecure === true))
  )
    return without('unknown', 'the list of releases is only read over https')
  const cached = readCached(parts, url)
  const last = cached && believed(cached.text, parts, keys)
  const known = last && withWhatWasKnown(last, believed(cached?.before ?? '', parts, keys))
  // No period is longer than that: what lies beyond it was written by a clock that was fast.
  const isFresh =
    cached !== undefined && cached.next > effects.now() && cached.next <= effects.now() + longestMs
  if (isFresh)
    return known === undefined
      ? without('unknown', 'the list of releases could not be read')
      : answer(known, parts)
  const found = await fetchFeed({ ...parts, url, keys, cached, known })
  const feed = typeof found === 'string' ? known : found
  return feed === undefined
    ? without('unknown', typeof found === 'string' ? found : '')
    : answer(feed, parts)
}

/** The feed, or why there is none. */
async function fetchFeed({
  url,
  keys,
  cached,
  known,
  ...parts
}: VersionCheckParts & {
  readonly url: string
  readonly keys: readonly FeedKey[]
  readonly cached: Cached | undefined
  readonly known: Feed | undefined
}): Promise<Feed | string> {
  const { state, effects, options, transport } = parts
  const remember = (
    { text, etag, before }: Pick<Cached, 'text' | 'etag' | 'before'>,
    afterMs: number
  ): void => {
    const next = effects.now() + jittered(afterMs, effects)
    state.write(
      file,
      JSON.stringify({ url, etag, text, before, next } satisfies {
        [Key in keyof Cached]: Cached[Key]
      })
    )
  }
  // Before it is asked for, so that a hundred processes that start at once ask a few times and not
  // a hundred.
  const kept = cached ?? { text: '', etag: undefined, before: '' }
  remember(kept, retryMs)
  const reply = await transport.send({
    method: 'GET',
    url,
    headers: {
      Accept: 'application/json',
      ...(known !== undefined && cached?.etag !== undefined ? { 'If-None-Match': cached.etag } : {})
    },
    connectMs,
    deadlineMs,
    answerBytesMax: limits.feedBytesMax,
    ca: options.ca,
    awaited: true
  })
  if (reply.is === 'failed') return reply.says
  if (reply.status === 304 && known !== undefined) {
    remember(kept, DAY_MS)
    return known
  }
  if (reply.status !== 200) return `it was answered with ${reply.status}`
  const read = readFeed(reply.body, { product: parts.form.product, keys, now: effects.now() })
  if (read.is === 'ignored') return `the list of releases is ignored: ${read.because}`
  // An older list, replayed, could hide an advisory.
  if (known !== undefined && isOlder(read.feed, known, effects.now())) return known
  const whole = withWhatWasKnown(read.feed, known)
  const hasShrunk =
    whole.releases.length > read.feed.releases.length ||
    whole.advisories.length > read.feed.advisories.length
  const etag = reply.headers['etag']?.slice(0, 200)
  const before = hasShrunk ? (kept.before === '' ? kept.text : kept.before) : ''
  remember({ text: reply.body, etag, before }, DAY_MS)
  return whole
}

/** By their dates, as far as these are plausible. */
function isOlder(feed: Feed, known: Feed, now: number): boolean {
  return known.issued <= now + aheadMsMax && feed.issued < known.issued
}

function answer(
  { releases, advisories, support }: Feed,
  { version, platform = {}, effects }: VersionCheckParts
): VersionStatus {
  const offered = releases
    .flatMap((release) => {
      const order = readVersion(release.version)
      return order === undefined || isPreRelease(order) || release.withdrawn
        ? []
        : [{ ...release, order }]
    })
    .toSorted((one, other) => compareVersions(other.order, one.order))
  const majors = Object.entries(platform).flatMap(([name, text]): PlatformPart[] => {
    const major = majorOf(String(text))
    return major === undefined ? [] : [[name, major]]
  })
  const newest = newestRelease(offered, majors)
  const own = readVersion(version)
  const outdated =
    own === undefined || newest === undefined ? undefined : compareVersions(own, newest.order) < 0
  // What this process sees of its own machine; the host's word about it wins.
  const { platform: system, arch } = effects.system
  const told = { os: system, arch, ...platform }
  const concerning =
    own === undefined
      ? []
      : advisories.filter(
          ({ affected, withdrawn, platforms }) =>
            !withdrawn && isInRange(own, affected) && holdsOn(platforms, told) !== 'no'
        )
  const held = own && support.find(({ versions }) => isInRange(own, versions))
  const supported = held && { securityUntil: held.securityUntil, until: held.until }
  return {
    is: 'known',
    newest: newest?.version,
    outdated,
    advisories: concerning.map(({ id, title, level, fixed, url }) => ({
      id,
      title,
      severity: level,
      fixed: nearestFix(fixed, own),
      url
    })),
    support: supported,
    says:
      sentence(newest?.version, outdated, version, concerning.length) +
      endings(supported, new Date(effects.now()).toISOString().slice(0, 10))
  }
}

/** The one with the shortest way to it; the newest where none lies ahead. */
function nearestFix(fixed: readonly string[], own: Version | undefined): string | undefined {
  const known = fixed
    .flatMap((text) => {
      const order = readVersion(text)
      return order === undefined ? [] : [{ text, order }]
    })
    .toSorted((one, other) => compareVersions(one.order, other.order))
  const ahead = known.find(({ order }) => own !== undefined && compareVersions(order, own) > 0)
  return (ahead ?? known.at(-1))?.text ?? fixed[0]
}

/** Days are UTC, and a last day is over at its end. */
function endings(support: VersionStatus['support'], today: string): string {
  if (support === undefined) return ''
  const { until, securityUntil } = support
  if (until !== undefined && until < today) return `; its support ended on ${until}`
  if (securityUntil !== undefined && securityUntil < today)
    return `; it has got no security fixes since ${securityUntil}`
  return securityUntil === undefined ? '' : `; security fixes until ${securityUntil}`
}

function sentence(
  newest: string | undefined,
  outdated: boolean | undefined,
  version: string,
  advisories: number
): string {
  const concern =
    advisories === 0
      ? ''
      : `; ${advisories === 1 ? 'an advisory concerns' : `${advisories} advisories concern`} it`
  if (newest === undefined) return `no release is listed${concern}`
  if (outdated === undefined)
    return `${newest} is the newest; ${version} can’t be compared with it${concern}`
  return outdated
    ? `${newest} is available, this is ${version}${concern}`
    : `${version} is up to date${concern}`
}

function believed(
  text: string,
  { form, effects }: VersionCheckParts,
  keys: readonly FeedKey[]
): Feed | undefined {
  const read = readFeed(text, { product: form.product, keys, now: effects.now() })
  return read.is === 'feed' ? read.feed : undefined
}

function readCached({ state }: VersionCheckParts, url: string): Cached | undefined {
  const read = parseJson(state.read(file, cacheBytesMax))
  if (
    !isObject(read) ||
    read['url'] !== url ||
    typeof read['text'] !== 'string' ||
    typeof read['next'] !== 'number'
  )
    return undefined
  return {
    url,
    text: read['text'],
    before: typeof read['before'] === 'string' ? read['before'] : '',
    next: read['next'],
    etag: typeof read['etag'] === 'string' ? read['etag'] : undefined
  }
}

function without(is: 'off' | 'unknown', says: string): VersionStatus {
  return {
    is,
    newest: undefined,
    outdated: undefined,
    advisories: [],
    support: undefined,
    says
  }
}
