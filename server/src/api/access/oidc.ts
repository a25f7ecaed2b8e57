/**
 * Signing in through a provider: which address a browser is sent to, and what the provider says of
 * whoever comes back. Nothing is remembered of those who never come back.
 */
import { createHmac } from 'node:crypto'
import * as client from 'openid-client'
import type { OidcConfig } from '../../config/oidc-settings.ts'
import type { Effects, Network } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Claims } from './members.ts'
import { digestOf, isSecret } from './secret.ts'

export interface OidcOptions {
  /** As it is now; undefined: there is no provider. */
  readonly config: () => OidcConfig | undefined
  /** From the environment; a file of the configuration goes before it. */
  readonly secret: string | undefined
  readonly network: Pick<Network, 'fetch'>
  readonly effects: Pick<Effects, 'clock' | 'random' | 'files'>
}

/** What comes back to the browser, and is kept nowhere else. */
interface Flow {
  /** Where it is sent. */
  readonly location: string
  /** The value of its cookie: what state, nonce and verifier are made of, and where to go then. */
  readonly cookie: string
}

export const callbackPath = '/api/v1/session/oidc/callback'
/** Long enough to find a second factor. */
export const flowMs = 10 * 60_000
const deadlineSeconds = 10
/** A provider that moves an endpoint is heard again within the hour. */
const discoveredMs = 3_600_000

export class OidcSignIn {
  readonly #options: OidcOptions
  /** Also while it is looked for: however many come, a provider is asked once. */
  #found:
    | { readonly key: string; readonly at: number; readonly is: Promise<client.Configuration> }
    | undefined

  constructor(options: OidcOptions) {
    this.#options = options
  }

  /** Throws OIDC_UNAVAILABLE: nobody else is held up by it. */
  async begin(to: string): Promise<Flow> {
    const config = this.#config()
    const provider = await this.#discovered(config)
    const secret = this.#options.effects.random(32).toString('base64url')
    const { state, nonce, verifier } = madeOf(secret)
    const location = client.buildAuthorizationUrl(provider, {
      redirect_uri: `${config.dashboard}${callbackPath}`,
      scope: config.scopes.join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce
    })
    const path = Buffer.from(ownPath(to)).toString('base64url')
    return { location: location.href, cookie: `${secret}.${path}` }
  }

  /** `cookie`: of the browser that began. Throws SIGN_IN_FAILED, OIDC_UNAVAILABLE. */
  async finish(
    query: string,
    cookie: string | undefined
  ): Promise<{ readonly claims: Claims; readonly to: string }> {
    const config = this.#config()
    const [, secret, path] = /^([\w-]{43})\.([\w-]{0,2000})$/.exec(cookie ?? '') ?? []
    const { state, nonce, verifier } = madeOf(secret ?? '')
    const told = new URLSearchParams(query).get('state') ?? ''
    // Before the provider is asked: whoever sends others here costs it nothing.
    if (secret === undefined || !isSecret(told, digestOf(state))) throw failed()
    const provider = await this.#discovered(config)
    const url = new URL(`${config.dashboard}${callbackPath}?${query}`)
    const checks = {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state,
      idTokenExpected: true
    }
    try {
      const tokens = await client.authorizationCodeGrant(provider, url, checks)
      const claims = tokens.claims()
      if (claims === undefined) throw failed()
      const more =
        provider.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
      const to = ownPath(Buffer.from(path ?? '', 'base64url').toString())
      return { claims: { ...more, ...claims }, to }
    } catch (cause) {
      throw failed(cause)
    }
  }

  async #discovered(config: OidcConfig): Promise<client.Configuration> {
    const { effects } = this.#options
    const secret = await this.#secret(config)
    const key = JSON.stringify([config.issuer, config.clientId, secret])
    const now = effects.clock.now()
    const found = this.#found
    if (found?.key === key && Math.abs(now - found.at) < discoveredMs)
      return found.is.catch(unavailable)
    const looking = { key, at: now, is: this.#discover(config, secret) }
    this.#found = looking
    try {
      return await looking.is
    } catch (cause) {
      if (this.#found === looking) this.#found = undefined
      return unavailable(cause)
    }
  }

  #discover(
    { issuer, clientId }: OidcConfig,
    secret: string | undefined
  ): Promise<client.Configuration> {
    const { network } = this.#options
    return client.discovery(
      new URL(issuer),
      clientId,
      undefined,
      secret === undefined ? client.None() : client.ClientSecretBasic(secret),
      {
        timeout: deadlineSeconds,
        // Only on this machine: the configuration takes no other.
        execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
        [client.customFetch]: (url, options) => network.fetch(url, options as RequestInit)
      }
    )
  }

  async #secret({ clientSecretFile }: OidcConfig): Promise<string | undefined> {
    if (clientSecretFile === undefined) return this.#options.secret
    try {
      return (await this.#options.effects.files.readFile(clientSecretFile, 'utf8')).trim()
    } catch (cause) {
      throw new CandorError('OIDC_UNAVAILABLE', 'oidc.client_secret_file can’t be read.', { cause })
    }
  }

  #config(): OidcConfig {
    const config = this.#options.config()
    if (config !== undefined) return config
    throw new CandorError('OIDC_UNAVAILABLE', 'No provider of sign-ins is configured here.')
  }
}

/** A page of ours: an address that somebody else wrote must not lead away. */
function ownPath(to: string): string {
  const isOwn = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/.test(to)
  return isOwn && !/^\/(api|sign-in)\b/.test(to) ? to : '/products'
}

function madeOf(secret: string): {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
} {
  const of = (what: string): string => createHmac('sha256', secret).update(what).digest('base64url')
  return { state: of('state'), nonce: of('nonce'), verifier: of('verifier') }
}

function unavailable(cause: unknown): never {
  throw new CandorError(
    'OIDC_UNAVAILABLE',
    'The provider of sign-ins does not answer as one; tokens and links still sign in.',
    { cause }
  )
}

function failed(cause?: unknown): CandorError {
  return new CandorError('SIGN_IN_FAILED', 'The provider did not sign you in; try again.', {
    cause
  })
}
