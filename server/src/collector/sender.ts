/**
 * What do all records of one sender share, re-keyed and cut down to what its contract allows?
 * Worked out once per sender, not per record.
 */
import { versionIn } from '#values/version-text'
import { windowOf } from '#values/windows'
import type { CompiledContract, ValidationInput } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Instant, KeptEnvironment, Token, WireRecord, WireSource } from '../record.ts'
import { keepEnvironment, readOnce } from './environment.ts'
import type { Keyring } from './secret/keyring.ts'
import type { CollectedProduct } from './published-names.ts'

export interface Sender {
  readonly product: string
  readonly compiled: CompiledContract
  /** It named a contract that nobody published here. */
  readonly isContractUnknown: boolean
  readonly installation: Token | undefined
  readonly account: Token | undefined
  readonly lineage: Token | undefined
  readonly session: Token | undefined
  readonly window: string | undefined
  readonly version: string | undefined
  readonly environment: KeptEnvironment
  readonly level: string | undefined
  /** `sha256:` and 64 hexadecimal digits. */
  readonly acceptedTerms: string | undefined
  readonly sdk: { readonly name: string; readonly version: string } | undefined
  /** 64 hexadecimal digits. */
  readonly deletion: string | undefined
  /**
   * Whose messages its message ids are told apart from. It is raw: only ever an input of a digest.
   */
  readonly duplicateScope: string
  /** Records that it lost before it could send them. */
  readonly lost: number
  readonly undeclaredParts: readonly { readonly name: string; readonly value: unknown }[]
  readonly rekey: ValidationInput['rekey']
}

const windowText = /^\d{4}-(W\d{2}|\d{2}(-\d{2})?)$/
const contractText = /^sha256:[0-9a-f]{64}$/
const deletionText = /^(?:sha256:)?([0-9a-f]{64})$/
// Free text otherwise: of a library that is neither ours nor known, only that it is another one
// is kept.
const ownSdk = /^candor-[a-z]{1,12}$/
const knownSdks: ReadonlySet<string> = new Set(
  (
    'analytics.js analytics-node @segment/analytics-node @segment/analytics-next ' +
    'analytics-python analytics-go analytics-ruby ' +
    'analytics-java analytics-php analytics-dotnet Analytics.NET analytics-rust ' +
    'analytics-kotlin analytics-swift analytics-react-native ' +
    'rudder-analytics-python posthog-node posthog-python posthog-go posthog-rs web opentelemetry'
  ).split(' ')
)

export function senderOf(
  source: WireSource,
  options: {
    readonly entry: CollectedProduct
    readonly wire: WireRecord['wire']
    readonly keyring: Pick<Keyring, 'installation' | 'account' | 'lineage' | 'session' | 'field'>
    readonly receivedAt: Instant
    readonly random: Effects['random']
  }
): Sender {
  const { entry, wire, keyring, receivedAt } = options
  const { product } = source
  const named =
    source.contract === undefined
      ? undefined
      : entry.published.get(source.contract as `sha256:${string}`)
  const compiled = named ?? entry.newest
  const { identity, environment, consent } = compiled.contract
  const window =
    identity.kind === 'window'
      ? sentWindow(source.window, identity.days ?? 7, receivedAt)
      : undefined
  const installation = installationOf(source, identity.kind, window, keyring)
  const account =
    identity.account && isId(source.account) ? keyring.account(product, source.account) : undefined
  const lineage =
    identity.lineage && isId(source.lineage) ? keyring.lineage(product, source.lineage) : undefined
  const session = isId(source.session) ? keyring.session(product, source.session) : undefined
  const undeclaredParts: { name: string; value: unknown }[] = []
  let owner = installation ?? account ?? session
  return {
    product,
    compiled,
    isContractUnknown: source.contract !== undefined && named === undefined,
    installation,
    account,
    lineage,
    session,
    window,
    version: versionOf(source.version),
    environment: keepEnvironment({
      sent: source.environment,
      declared: environment,
      // What a client that we can't change puts around its events is no word of ours, nor of its
      // contract.
      undeclared: (name, value) =>
        wire === 'native' && undeclaredParts.push({ name: `environment.${name}`, value })
    }),
    level: consent.levels.find(({ name }) => name === source.level)?.name,
    acceptedTerms: termsOf(source.acceptedTerms),
    sdk: sdkOf(source.sdk),
    deletion: isText(source.deletion) ? deletionText.exec(source.deletion)?.[1] : undefined,
    duplicateScope: source.scope ?? source.installation ?? source.account ?? '',
    lost: lostOf(source.lost),
    undeclaredParts,
    rekey({ field, value, scope }) {
      if (scope === 'product') return keyring.field({ product, field, value, owner: undefined })
      // Nobody to tie the name to: a token of this one sender object, so that it links nothing
      // beyond its request.
      owner ??= options.random(16).toString('hex')
      return keyring.field({ product, field, value, owner })
    }
  }
}

function installationOf(
  source: WireSource,
  kind: 'none' | 'window' | 'persistent',
  window: string | undefined,
  keyring: Pick<Keyring, 'installation'>
): Token | undefined {
  if (kind === 'none' || !isId(source.installation)) return undefined
  return keyring.installation(
    source.product,
    window === undefined ? source.installation : `${window}\n${source.installation}`
  )
}

// A client that knows no windows sends one id for ever; the window of the time of receipt makes it
// rotate all the same.
function sentWindow(sent: string | undefined, days: number, receivedAt: Instant): string {
  if (typeof sent === 'string' && windowText.test(sent)) return sent
  return windowOf(receivedAt, days)
}

function termsOf(sent: string | undefined): string | undefined {
  return typeof sent === 'string' && /^sha256:[0-9a-f]{64}$/.test(sent) ? sent : undefined
}

function sdkOf(sdk: WireSource['sdk']): Sender['sdk'] {
  if (sdk === undefined) return undefined
  const { name, version } = sdk
  return {
    name: ownSdk.test(name) || knownSdks.has(name) ? name : 'other',
    version: versionOf(version) ?? ''
  }
}

// A million is a spool that overflowed for weeks; a larger number is no count.
function lostOf(lost: number | undefined): number {
  return lost !== undefined && Number.isSafeInteger(lost) && lost > 0
    ? Math.min(lost, 1_000_000)
    : 0
}

/** A word such as `unknown` says no more than nothing. */
const numberedVersionIn = readOnce((text) => {
  const version = versionIn(text)
  return version !== undefined && /\d/.test(version) ? version : undefined
})

function versionOf(sent: string | undefined): string | undefined {
  return typeof sent === 'string' ? numberedVersionIn(sent) : undefined
}

/**
 * What programs send where they have no id: variables that were never set, written out. As an id it
 * would be one sender for thousands.
 */
const nobodys = /^\s*(?:null|undefined|nan|none|nil|\(null\)|\[object object\])\s*$/i

function isId(value: string | undefined): value is string {
  if (!isText(value)) return false
  // Blanks, quotes, zeros and dashes alone: an unset number, an empty text in quotes, the nil UUID.
  return /[^\s"'0-]/.test(value) && !nobodys.test(value)
}

function isText(value: string | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

/**
 * Of whoever sent it, what its contract keeps: ids as they came, since only the collector makes
 * tokens of them, and all else as it will be stored.
 */
export function narrowedSource(
  source: WireSource,
  { compiled, product, window, version, environment, level, sdk, deletion, lost }: Sender,
  digest: (text: string) => string
): WireSource {
  const { identity } = compiled.contract
  const { osVersion, ...parts } = environment
  const installation = identity.kind !== 'none' && isId(source.installation)
  const account = identity.account && isId(source.account)
  const kept: WireSource = {
    product,
    installation: installation ? source.installation : undefined,
    account: account ? source.account : undefined,
    lineage: identity.lineage && isId(source.lineage) ? source.lineage : undefined,
    session: isId(source.session) ? source.session : undefined,
    window,
    version,
    sdk,
    environment: { ...parts, ...(osVersion === undefined ? {} : { os_version: osVersion }) },
    level,
    contract: contractText.test(source.contract ?? '') ? source.contract : undefined,
    deletion,
    lost: lost === 0 ? undefined : lost
  }
  const scope = source.installation ?? source.account ?? ''
  return scope === (kept.installation ?? kept.account ?? '')
    ? kept
    : { ...kept, scope: digest(scope) }
}
