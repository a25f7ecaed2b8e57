/**
 * Who asks? A token in the header, or the cookie of a browser that has signed in; and whether that
 * is enough for what is asked.
 */
import { join } from 'node:path'
import type { OidcConfig } from '../../config/oidc-settings.ts'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { checkHost, checkOrigin, type OriginRules } from './origin.ts'
import {
  everything,
  nobody,
  nowhere,
  reachOf,
  scopesOf,
  type Principal,
  type Reach,
  type Right,
  type Scope
} from './scope.ts'
import { bearerOf, digestOf, isSecret } from './secret.ts'
import { rightsOf, type Identity } from './members.ts'
import { idOf, ownerOf, Sessions, type Grant, type Session } from './sessions.ts'
import { TokenBuckets } from './token-bucket.ts'
import { openTokens, type Tokens } from './tokens.ts'

type Headers = Readonly<Record<string, string | undefined>>

export interface AccessOptions {
  /** Where `tokens.json` and `sessions.json` lie. */
  readonly folder: string
  /** Has every scope, and never expires while the server runs. */
  readonly operatorToken: string
  readonly origins: OriginRules
  /** True where the API itself speaks TLS. */
  readonly isEncrypted: boolean
  /** Whose members sign in by a provider, as it is now; undefined: nobody does. */
  readonly oidc: () => OidcConfig | undefined
  readonly effects: Effects
}

/**
 * A page draws a dozen questions at once, and its reader clicks on: far above that, far below what
 * would keep the store from others.
 */
const requestLimit = { burst: 400, perSecond: 40 }
/**
 * Of all callers together: a guess at 192 random bits needs no closer watch, and no address is kept
 * to tell them apart.
 */
const failureLimit = { burst: 30, perSecond: 0.5 }
const secretForm = /^[A-Za-z0-9_-]{43}$/

export class Access {
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly #options: AccessOptions
  readonly #operatorDigest: string
  readonly #requests: TokenBuckets
  readonly #failures: TokenBuckets

  static async open(options: AccessOptions): Promise<Access> {
    const tokens = await openTokens(options)
    const sessions = await Sessions.open({
      path: join(options.folder, 'sessions.json'),
      effects: options.effects,
      isLive: (grant) => rightsOfGrant(grant, { tokens, oidc: options.oidc }).length > 0
    })
    return new Access(options, tokens, sessions)
  }

  private constructor(options: AccessOptions, tokens: Tokens, sessions: Sessions) {
    const { effects, operatorToken } = options
    this.tokens = tokens
    this.sessions = sessions
    this.#options = options
    this.#operatorDigest = digestOf(operatorToken)
    this.#requests = new TokenBuckets(effects.clock, requestLimit)
    this.#failures = new TokenBuckets(effects.clock, failureLimit)
  }

  async close(): Promise<void> {
    await Promise.all([this.tokens.close(), this.sessions.close()])
  }

  /**
   * `nobody` where neither token nor cookie was sent, or the cookie's session has ended. Throws
   * TOKEN_WRONG, TOKEN_EXPIRED, HOST_REFUSED, ORIGIN_REFUSED, RATE_LIMITED.
   */
  identify(headers: Headers): Principal {
    const { authorization } = headers
    // Whoever knows a token is no page that was lured here, so its way may have any name.
    if (authorization !== undefined) return this.#byToken(authorization)
    checkHost(headers, this.#options.origins)
    checkOrigin(headers, this.#options.origins)
    const session = this.#sessionOf(headers)
    // Nobody is not limited: all would share one bucket, and whoever empties it would keep the
    // others from signing in.
    return session === undefined ? nobody : this.#limited(this.#principalOf(session))
  }

  /** Of a browser that comes from another site. Throws HOST_REFUSED. */
  arrive(headers: Headers): Principal {
    checkHost(headers, this.#options.origins)
    return nobody
  }

  /** On which products? Throws TOKEN_MISSING, SCOPE_MISSING, CSRF_WRONG. */
  permit(
    who: Principal,
    needed: {
      readonly scope: Scope
      readonly isSafe: boolean
      readonly headers: Headers
      readonly streamOf: (product: string) => string | undefined
    }
  ): Reach {
    if (who.via === 'nothing')
      throw new CandorError(
        'TOKEN_MISSING',
        'This needs `Authorization: Bearer <token>`, or a browser that has signed in: ' +
          '`candor dashboard` prints a link.'
      )
    if (!needed.isSafe) this.checkCsrf(who, needed.headers)
    const has = scopesOf(who.rights)
    if (!has.includes(needed.scope))
      throw new CandorError(
        'SCOPE_MISSING',
        `This needs the scope ${needed.scope}; this ${who.via} has ${has.join(', ') || 'none'}.`
      )
    return reachOf(who.rights, needed.scope, needed.streamOf)
  }

  /** Whether anybody's access ends at some products. */
  isShared(): boolean {
    return (
      this.#options.oidc() !== undefined ||
      this.tokens.list().some(({ products }) => products !== null)
    )
  }

  /** What a token that was sent with it may read; without one, nothing. Throws as `identify`. */
  readable(headers: Headers, streamOf: (product: string) => string | undefined): Reach {
    const { authorization } = headers
    if (authorization === undefined) return nowhere
    return reachOf(this.#byToken(authorization).rights, 'read', streamOf)
  }

  /** Throws CSRF_WRONG. */
  checkCsrf({ via, csrf }: Principal, headers: Headers): void {
    if (via !== 'session') return
    if (csrf === undefined || !isSecret(headers['candor-csrf'] ?? '', digestOf(csrf)))
      throw new CandorError(
        'CSRF_WRONG',
        'This change needs the header Candor-CSRF, as `GET /api/v1/session` tells it.'
      )
  }

  /** A link that signs its reader in with the rights of `who`. */
  link(who: Principal): { readonly path: string; readonly endsAt: number } {
    const { secret, endsAt } = this.sessions.link(who)
    // In the fragment, which browsers send to nobody: neither logs nor proxies see it.
    return { path: `/sign-in#${secret}`, endsAt }
  }

  /** Of the operator's own rights, for who started the server and looks at its terminal. */
  operatorLink(): string {
    return this.link(this.#operator()).path
  }

  /**
   * Throws SIGN_IN_FAILED, and no more than that: neither whether it was ever one, nor why it is
   * none now.
   */
  async signIn(
    proof: { readonly link: string } | { readonly token: string } | { readonly identity: Identity },
    headers: Headers
  ): Promise<{ readonly who: Principal; readonly cookie: string }> {
    const grant = this.#grantOf(proof)
    if (grant === undefined || this.#rightsOf(grant).length === 0)
      throw this.#failure(
        'SIGN_IN_FAILED',
        'This did not sign you in: `candor dashboard` prints a new link.'
      )
    const before = this.#sessionOf(headers)
    if (before !== undefined) await this.sessions.end(({ id }) => id === idOf(before))
    const { secret, session, seconds } = await this.sessions.open(grant)
    return { who: this.#principalOf(session), cookie: this.#cookie('', secret, seconds, headers) }
  }

  /** The cookie that ends it in the browser too. */
  async signOut(headers: Headers): Promise<string> {
    const session = this.#sessionOf(headers)
    if (session !== undefined) await this.sessions.end(({ id }) => id === idOf(session))
    return this.#cookie('', '', 0, headers)
  }

  /** Of a browser that is sent to a provider: sent along when it comes back from there. */
  flowCookie(value: string, seconds: number, headers: Headers): string {
    return this.#cookie('-flow', value, seconds, headers)
  }

  flowOf(headers: Headers): string | undefined {
    return this.#read('-flow', headers)
  }

  #byToken(authorization: string): Principal {
    const token = bearerOf(authorization)
    // Not limited: whoever has it can stop the server as well.
    if (token !== undefined && isSecret(token, this.#operatorDigest)) return this.#operator()
    const check = token === undefined ? { is: 'wrong' as const } : this.tokens.check(token)
    if (check.is === 'expired')
      throw this.#failure(
        'TOKEN_EXPIRED',
        'This token has expired; `candor token create` makes another.'
      )
    if (check.is === 'wrong')
      throw this.#failure('TOKEN_WRONG', "The token is not this server's, or was revoked.")
    const { id, name } = check.token
    const grant: Grant = { name, from: { is: 'token', token: id } }
    return this.#limited({
      ...grant,
      rights: this.#rightsOf(grant),
      via: 'token',
      token: id,
      owner: ownerOf(grant),
      key: ownerOf(grant),
      isLive: () => this.tokens.isLive(id)
    })
  }

  #operator(): Principal {
    return {
      name: 'operator',
      from: { is: 'operator' },
      rights: everything,
      via: 'token',
      token: undefined,
      owner: 'operator',
      key: 'operator',
      isLive: () => true
    }
  }

  #principalOf(session: Session): Principal {
    const { name, from, csrf } = session
    return {
      name,
      from,
      rights: this.#rightsOf(session),
      via: 'session',
      token: from.is === 'token' ? from.token : undefined,
      owner: ownerOf(session),
      key: `session ${session.digest}`,
      session: idOf(session),
      csrf,
      isLive: () => this.sessions.isOpen(session)
    }
  }

  #rightsOf(grant: Grant): readonly Right[] {
    return rightsOfGrant(grant, { tokens: this.tokens, oidc: this.#options.oidc })
  }

  #grantOf(proof: Parameters<Access['signIn']>[0]): Grant | undefined {
    if ('link' in proof) return this.#redeem(proof.link)
    if ('token' in proof) return this.#grantOfToken(proof.token)
    const { name, subject, facts } = proof.identity
    return { name, from: { is: 'member', subject, facts: [...facts] } }
  }

  #grantOfToken(token: string): Grant | undefined {
    if (isSecret(token, this.#operatorDigest)) return { name: 'operator', from: { is: 'operator' } }
    const check = this.tokens.check(token)
    if (check.is !== 'token') return undefined
    const { id, name } = check.token
    return { name, from: { is: 'token', token: id } }
  }

  #redeem(secret: string): Grant | undefined {
    return secretForm.test(secret) ? this.sessions.redeem(secret) : undefined
  }

  #sessionOf(headers: Headers): Session | undefined {
    const value = this.#read('', headers) ?? ''
    return secretForm.test(value) ? this.sessions.of(value) : undefined
  }

  /**
   * Of a cookie that no other host could have set, before one that a neighbour under the same
   * domain could; where all is TLS, of no other.
   */
  #read(suffix: string, headers: Headers): string | undefined {
    const name = `candor-${this.sessions.cookie}${suffix}`
    const found = new Map(
      (headers['cookie'] ?? '').split(';').map((pair) => {
        const [key = '', value = ''] = pair.trim().split('=', 2)
        return [key, value]
      })
    )
    return found.get(`__Host-${name}`) ?? (this.#isSecure({}) ? undefined : found.get(name))
  }

  #cookie(suffix: string, value: string, seconds: number, headers: Headers): string {
    const isSecure = this.#isSecure(headers)
    // The provider's site sends a browser back here, and Strict would leave the flow's at home.
    const site = suffix === '' ? 'Strict' : 'Lax'
    return (
      `${isSecure ? '__Host-' : ''}candor-${this.sessions.cookie}${suffix}=${value}; Path=/; ` +
      `Max-Age=${seconds}; HttpOnly; SameSite=${site}${isSecure ? '; Secure' : ''}`
    )
  }

  /**
   * Also where a proxy speaks TLS: the page's own origin, which only its browser writes, tells, or
   * the configuration.
   */
  #isSecure({ origin = '' }: Headers): boolean {
    const { isEncrypted, oidc } = this.#options
    return isEncrypted || /^https:/i.test(origin) || oidc()?.dashboard.startsWith('https:') === true
  }

  #limited(who: Principal): Principal {
    const seconds = this.#requests.take(who.key)
    if (seconds === 0) return who
    throw tooMany(
      seconds,
      `Too many requests; ${requestLimit.perSecond} a second are answered in the long run.`
    )
  }

  /**
   * The answer to a failed try, unless there were too many. A right one is always answered: nobody
   * can lock others out.
   */
  #failure(code: 'TOKEN_WRONG' | 'TOKEN_EXPIRED' | 'SIGN_IN_FAILED', message: string): CandorError {
    const seconds = this.#failures.take('failures')
    return seconds === 0
      ? new CandorError(code, message)
      : tooMany(seconds, 'Too many failed tries; wait before the next one.')
  }
}

function tooMany(seconds: number, message: string): CandorError {
  return new CandorError('RATE_LIMITED', message, { details: { retryAfterSeconds: seconds } })
}

/** Looked up each time: a token may end, and a rule be taken back, between two requests. */
function rightsOfGrant(
  { from }: Grant,
  { tokens, oidc }: { readonly tokens: Tokens; readonly oidc: AccessOptions['oidc'] }
): readonly Right[] {
  if (from.is === 'operator') return everything
  if (from.is === 'token') {
    if (!tokens.isLive(from.token)) return []
    const { scopes, products } = tokens.find(from.token)
    return [{ scopes, products: products ?? 'all' }]
  }
  const config = oidc()
  return config === undefined ? [] : rightsOf(from.facts, config)
}
