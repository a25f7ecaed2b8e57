/**
 * Browsers that have signed in, and the one-time links by which they do: in memory only, so that a
 * restart signs everybody out.
 */
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import { digestOf } from './secret.ts'
import type { Right } from './scope.ts'

/** Whose rights a link or a session carries; it ends with the token that it comes from. */
export interface Grant {
  readonly name: string
  readonly rights: readonly Right[]
  /** The token's id; undefined: the operator's own. */
  readonly token: string | undefined
}

export interface Session extends Grant {
  /** What the header of unsafe requests must hold. */
  readonly csrf: string
  /** Of the session's secret: tells sessions apart without knowing it. */
  readonly digest: string
}

interface Timed {
  readonly grant: Grant
  readonly endsAt: Instant
}

interface Open extends Session {
  readonly endsAt: Instant
  usedAt: Instant
}

const MINUTE_MS = 60_000
const linkMs = 10 * MINUTE_MS
/** OWASP ASVS 3.3: twelve hours in all, an hour without a request. */
export const sessionMs = 720 * MINUTE_MS
const idleMs = 60 * MINUTE_MS
/**
 * Links that wait to be used, of one token and of all: whoever asks for more loses the oldest of
 * its
 * own. The operator's have no part in it: no token can push them out.
 */
const linksOfOneMax = 5
const linksOfOthersMax = 100
const sessionsOfOneMax = 50
const sessionsOfOthersMax = 500

export class Sessions {
  readonly #effects: Pick<Effects, 'clock' | 'random'>
  readonly #isLive: (grant: Grant) => boolean
  /** By the digest of their secret, as are the sessions: a look-up tells nothing by its time. */
  readonly #links = new Map<string, Timed>()
  readonly #sessions = new Map<string, Open>()

  constructor(effects: Pick<Effects, 'clock' | 'random'>, isLive: (grant: Grant) => boolean) {
    this.#effects = effects
    this.#isLive = isLive
  }

  /** The secret of a new link. */
  link({ name, rights, token }: Grant): { readonly secret: string; readonly endsAt: Instant } {
    const now = this.#effects.clock.now()
    for (const [digest, { endsAt }] of this.#links) if (endsAt <= now) this.#links.delete(digest)
    makeRoom(this.#links, token, ({ grant }) => grant.token, linksOfOneMax, linksOfOthersMax)
    const secret = this.#secret()
    const endsAt = now + linkMs
    this.#links.set(digestOf(secret), { grant: { name, rights, token }, endsAt })
    return { secret, endsAt }
  }

  /** Undefined: used, too old, or never one. A link works once, even when what follows fails. */
  redeem(secret: string): Grant | undefined {
    const digest = digestOf(secret)
    const found = this.#links.get(digest)
    this.#links.delete(digest)
    if (
      found === undefined ||
      found.endsAt <= this.#effects.clock.now() ||
      !this.#isLive(found.grant)
    )
      return undefined
    return found.grant
  }

  /** Always a new secret, whatever the browser held before: nobody can choose another's. */
  open(grant: Grant): { readonly secret: string; readonly session: Session } {
    const now = this.#effects.clock.now()
    for (const [digest, session] of this.#sessions)
      if (!this.#isOpen(session)) this.#sessions.delete(digest)
    makeRoom(
      this.#sessions,
      grant.token,
      (session) => session.token,
      sessionsOfOneMax,
      sessionsOfOthersMax
    )
    const secret = this.#secret()
    const digest = digestOf(secret)
    const session: Open = {
      ...grant,
      csrf: this.#secret(),
      digest,
      endsAt: now + sessionMs,
      usedAt: now
    }
    this.#sessions.set(digest, session)
    return { secret, session }
  }

  /** The session of a cookie, which is thereby used. */
  of(secret: string): Session | undefined {
    const digest = digestOf(secret)
    const found = this.#sessions.get(digest)
    if (found === undefined) return undefined
    this.#sessions.delete(digest)
    if (!this.#isOpen(found)) return undefined
    found.usedAt = this.#effects.clock.now()
    // To the end of the line: the first is the one that was not used for longest.
    this.#sessions.set(digest, found)
    return found
  }

  isOpen({ digest }: Session): boolean {
    const found = this.#sessions.get(digest)
    return found !== undefined && this.#isOpen(found)
  }

  end({ digest }: Session): void {
    this.#sessions.delete(digest)
  }

  #isOpen(session: Open): boolean {
    const now = this.#effects.clock.now()
    return now < session.endsAt && now - session.usedAt < idleMs && this.#isLive(session)
  }

  #secret(): string {
    return this.#effects.random(32).toString('base64url')
  }
}

/**
 * Before one more of this owner: `undefined` is the operator, whose own oldest go and nobody
 * else's.
 */
function makeRoom<Item>(
  items: Map<string, Item>,
  owner: string | undefined,
  ownerOf: (item: Item) => string | undefined,
  ofOneMax: number,
  ofOthersMax: number
): void {
  const drop = (isAmong: (item: Item) => boolean, keep: number): void => {
    const among = [...items].filter(([, item]) => isAmong(item))
    for (const [key] of among.slice(0, Math.max(0, among.length - keep))) items.delete(key)
  }
  drop((item) => ownerOf(item) === owner, ofOneMax - 1)
  if (owner !== undefined) drop((item) => ownerOf(item) !== undefined, ofOthersMax - 1)
}
