/**
 * Who asks? A token in the header, or the cookie of a browser that has signed in; and whether that
 * is enough for what is asked.
 */
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
  type Scope
} from './scope.ts'
import { bearerOf, digestOf, isSecret } from './secret.ts'
import { sessionMs, Sessions, type Grant, type Session } from './sessions.ts'
import { TokenBuckets } from './token-bucket.ts'
import { openTokens, type Tokens } from './tokens.ts'

type Headers = Readonly<Record<string, string | undefined>>

export interface AccessOptions {
  /** Where `tokens.json` lies. */
  readonly folder: string
  /** Has every scope, and never expires while the server runs. */
  readonly operatorToken: string
  readonly origins: OriginRules
  /** True where the API itself speaks TLS. */
  readonly isEncrypted: boolean
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
  readonly #options: AccessOptions
  readonly #operatorDigest: string
  readonly #sessions: Sessions
  readonly #requests: TokenBuckets
  readonly #failures: TokenBuckets
  /**
   * One per start: cookies know no ports, so two servers of one machine would overwrite each
   * other's.
   */
  readonly #cookieName: string

  static async open(options: AccessOptions): Promise<Access> {
    return new Access(options, await openTokens(options))
  }

  private constructor(options: AccessOptions, tokens: Tokens) {
    const { effects, operatorToken } = options
    this.tokens = tokens
    this.#options = options
    this.#operatorDigest = digestOf(operatorToken)
    this.#sessions = new Sessions(
      effects,
      ({ token }) => token === undefined || tokens.isLive(token)
    )
    this.#requests = new TokenBuckets(effects.clock, requestLimit)
    this.#failures = new TokenBuckets(effects.clock, failureLimit)
    this.#cookieName = `candor-${effects.random(4).toString('hex')}`
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
    return this.tokens.list().some(({ products }) => products !== null)
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
    const { secret, endsAt } = this.#sessions.link(who)
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
  signIn(
    proof: { readonly link: string } | { readonly token: string },
    headers: Headers
  ): { readonly who: Principal; readonly cookie: string } {
    const grant = 'link' in proof ? this.#redeem(proof.link) : this.#grantOfToken(proof.token)
    if (grant === undefined)
      throw this.#failure(
        'SIGN_IN_FAILED',
        'This did not sign you in: `candor dashboard` prints a new link.'
      )
    const before = this.#sessionOf(headers)
    if (before !== undefined) this.#sessions.end(before)
    const { secret, session } = this.#sessions.open(grant)
    return {
      who: this.#principalOf(session),
      cookie: this.#cookie(secret, sessionMs / 1000, headers)
    }
  }

  /** The cookie that ends it in the browser too. */
  signOut(headers: Headers): string {
    const session = this.#sessionOf(headers)
    if (session !== undefined) this.#sessions.end(session)
    return this.#cookie('', 0, headers)
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
    const { id, name, scopes, products } = check.token
    return this.#limited({
      name,
      rights: [{ scopes, products: products ?? 'all' }],
      via: 'token',
      token: id,
      key: `token ${id}`,
      isLive: () => this.tokens.isLive(id)
    })
  }

  #operator(): Principal {
    return {
      name: 'operator',
      rights: everything,
      via: 'token',
      token: undefined,
      key: 'operator',
      isLive: () => true
    }
  }

  #principalOf(session: Session): Principal {
    const { name, rights, csrf, digest, token } = session
    return {
      name,
      rights,
      via: 'session',
      token,
      key: `session ${digest}`,
      csrf,
      isLive: () => this.#sessions.isOpen(session)
    }
  }

  #grantOfToken(token: string): Grant | undefined {
    if (isSecret(token, this.#operatorDigest))
      return { name: 'operator', rights: everything, token: undefined }
    const check = this.tokens.check(token)
    if (check.is !== 'token') return undefined
    const { id, name, scopes, products } = check.token
    return { name, rights: [{ scopes, products: products ?? 'all' }], token: id }
  }

  #redeem(secret: string): Grant | undefined {
    return secretForm.test(secret) ? this.#sessions.redeem(secret) : undefined
  }

  #sessionOf(headers: Headers): Session | undefined {
    for (const pair of (headers['cookie'] ?? '').split(';')) {
      const [name, value = ''] = pair.trim().split('=', 2)
      if (name === this.#cookieName && secretForm.test(value)) return this.#sessions.of(value)
    }
    return undefined
  }

  /**
   * `Secure` also where a proxy speaks TLS: the page's own origin, which only its browser writes,
   * tells.
   */
  #cookie(secret: string, seconds: number, headers: Headers): string {
    const isSecure = this.#options.isEncrypted || /^https:/i.test(headers['origin'] ?? '')
    return (
      `${this.#cookieName}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; ` +
      `SameSite=Strict${isSecure ? '; Secure' : ''}`
    )
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
