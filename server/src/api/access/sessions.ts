/**
 * Browsers that have signed in, and the one-time links by which they do. Of sessions the file
 * beside the data holds digests alone, so that they survive a restart and nobody can take one.
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { DAY_MS } from '#values/days'
import { OwnFile } from '../../config/own-file.ts'
import { distrusted } from '../../config/trusted-file.ts'
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import { digestOf } from './secret.ts'

const source = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('operator') }),
  z.strictObject({ is: z.literal('token'), token: z.string() }),
  /** What a provider said of them, as digests: rules are held against it at each request. */
  z.strictObject({ is: z.literal('member'), subject: z.string(), facts: z.array(z.string()) })
])
const grantSchema = z.strictObject({ name: z.string(), from: source })
/** Whose rights a link or a session carries. */
export type Grant = z.infer<typeof grantSchema>

const stored = grantSchema.extend({
  /** Of the session's secret: tells sessions apart without knowing it. */
  digest: z.string(),
  openedAt: z.number(),
  endsAt: z.number(),
  usedAt: z.number()
})
const whole = z.strictObject({
  cookie: z.string().regex(/^[0-9a-f]{8}$/),
  sessions: z.array(stored)
})
type Stored = z.infer<typeof stored>

export type Session = Readonly<Stored> & {
  /** What the header of unsafe requests must hold. */
  readonly csrf: string
}

/** As it is listed: no secret, and nothing of what a provider said. */
export interface ListedSession {
  readonly id: string
  readonly name: string
  readonly from: Grant['from']['is']
  readonly openedAt: Instant
  readonly usedAt: Instant
  readonly endsAt: Instant
}

interface Timed {
  readonly grant: Grant
  readonly endsAt: Instant
}

interface SessionOptions {
  readonly path: string
  readonly effects: Pick<Effects, 'clock' | 'random' | 'files'>
  /** False once nothing may be done with it any more. */
  readonly isLive: (grant: Grant) => boolean
}

const MINUTE_MS = 60_000
const linkMs = 10 * MINUTE_MS
/** OWASP ASVS 3.3, of what opens more than a member's role: twelve hours, one without use. */
const linkedMs = 720 * MINUTE_MS
const idleMs = 60 * MINUTE_MS
const memberMs = 30 * DAY_MS
/** Written down so often: after a crash a session may seem unused for that long. */
const usedMs = 5 * MINUTE_MS
/**
 * Links that wait to be used, of one owner and of all: whoever asks for more loses the oldest of
 * its own. The operator's have no part in it: nobody can push them out.
 */
const linksOfOneMax = 5
const linksOfOthersMax = 100
const sessionsOfOneMax = 50
const sessionsOfOthersMax = 2_000

export class Sessions {
  /** One for each data folder: cookies know no ports. */
  readonly cookie: string
  readonly #options: SessionOptions
  /** By the digest of their secret, as are the sessions: a look-up tells nothing by its time. */
  readonly #links = new Map<string, Timed>()
  readonly #sessions: Map<string, Stored>
  readonly #file: OwnFile
  /** When this server last began to write the file. */
  #writtenAt: Instant = 0

  static async open(options: SessionOptions): Promise<Sessions> {
    const read = await readSessions(options)
    return new Sessions(options, read)
  }

  private constructor(options: SessionOptions, read: z.infer<typeof whole> | undefined) {
    this.#options = options
    this.cookie = read?.cookie ?? options.effects.random(4).toString('hex')
    this.#sessions = new Map(read?.sessions.map((session) => [session.digest, session]))
    const text = (): string =>
      JSON.stringify({ cookie: this.cookie, sessions: [...this.#sessions.values()] })
    this.#file = new OwnFile(options.path, () => `${text()}\n`, options.effects.files)
  }

  /** The secret of a new link. */
  link({ name, from }: Grant): { readonly secret: string; readonly endsAt: Instant } {
    const now = this.#now()
    for (const [digest, { endsAt }] of this.#links) if (endsAt <= now) this.#links.delete(digest)
    makeRoom(this.#links, { name, from }, ({ grant }) => grant, linksOfOneMax, linksOfOthersMax)
    const secret = this.#secret()
    const endsAt = now + linkMs
    this.#links.set(digestOf(secret), { grant: { name, from }, endsAt })
    return { secret, endsAt }
  }

  /** Undefined: used, too old, or never one. A link works once, even when what follows fails. */
  redeem(secret: string): Grant | undefined {
    const digest = digestOf(secret)
    const found = this.#links.get(digest)
    this.#links.delete(digest)
    if (found === undefined || found.endsAt <= this.#now() || !this.#options.isLive(found.grant))
      return undefined
    return found.grant
  }

  /**
   * On the disk once it resolves. Always a new secret, whatever the browser held before: nobody can
   * choose another's.
   */
  async open({ name, from }: Grant): Promise<{
    readonly secret: string
    readonly session: Session
    readonly seconds: number
  }> {
    const now = this.#now()
    for (const [digest, session] of this.#sessions)
      if (!this.#isOpen(session)) this.#sessions.delete(digest)
    makeRoom(this.#sessions, { name, from }, (one) => one, sessionsOfOneMax, sessionsOfOthersMax)
    const secret = this.#secret()
    const digest = digestOf(secret)
    const ms = from.is === 'member' ? memberMs : linkedMs
    const session = { name, from, digest, openedAt: now, endsAt: now + ms, usedAt: now }
    this.#sessions.set(digest, session)
    try {
      await this.#write()
    } catch (error) {
      this.#sessions.delete(digest)
      throw error
    }
    return { secret, session: { ...session, csrf: csrfOf(secret) }, seconds: ms / 1000 }
  }

  /** The session of a cookie, which is thereby used. */
  of(secret: string): Session | undefined {
    const digest = digestOf(secret)
    const found = this.#sessions.get(digest)
    if (found === undefined) return undefined
    this.#sessions.delete(digest)
    if (!this.#isOpen(found)) return undefined
    const now = this.#now()
    found.usedAt = now
    // To the end of the line: the first is the one that was not used for longest.
    this.#sessions.set(digest, found)
    // A page asks every few seconds, so that no two uses of a session need ever lie far apart.
    if (Math.abs(now - this.#writtenAt) > usedMs) void this.#write().catch(() => undefined)
    return { ...found, csrf: csrfOf(secret) }
  }

  isOpen({ digest }: Pick<Session, 'digest'>): boolean {
    const found = this.#sessions.get(digest)
    return found !== undefined && this.#isOpen(found)
  }

  /** Those that are open, the newest first. */
  list(): readonly (ListedSession & { readonly owner: string })[] {
    return [...this.#sessions.values()]
      .filter((session) => this.#isOpen(session))
      .sort((one, other) => other.openedAt - one.openedAt)
      .map(({ digest, name, from, openedAt, usedAt, endsAt }) => ({
        id: idOf({ digest }),
        name,
        from: from.is,
        openedAt,
        usedAt,
        endsAt,
        owner: ownerOf({ name, from })
      }))
  }

  /** They open nothing from now on, even when the promise then rejects. How many there were. */
  async end(
    isAmong: (session: ListedSession & { readonly owner: string }) => boolean
  ): Promise<number> {
    const gone = new Set(this.list().flatMap((one) => (isAmong(one) ? [one.id] : [])))
    if (gone.size === 0) return 0
    for (const digest of this.#sessions.keys())
      if (gone.has(idOf({ digest }))) this.#sessions.delete(digest)
    await this.#write()
    return gone.size
  }

  async close(): Promise<void> {
    await this.#file.settled()
  }

  #isOpen(session: Stored): boolean {
    const now = this.#now()
    const isIdle = session.from.is !== 'member' && now - session.usedAt >= idleMs
    return now < session.endsAt && !isIdle && this.#options.isLive(session)
  }

  #now(): Instant {
    return this.#options.effects.clock.now()
  }

  #secret(): string {
    return this.#options.effects.random(32).toString('base64url')
  }

  #write(): Promise<void> {
    this.#writtenAt = this.#now()
    return this.#file.write()
  }
}

/** Whose sessions are together: all of one person, or all of one token. */
export function ownerOf({ from }: Grant): string {
  if (from.is === 'member') return `member ${from.subject}`
  return from.is === 'token' ? `token ${from.token}` : 'operator'
}

export function idOf({ digest }: Pick<Session, 'digest'>): string {
  return digest.slice(0, 12)
}

function csrfOf(secret: string): string {
  return createHmac('sha256', secret).update('csrf').digest('base64url')
}

/** Without the file, or where it is not believed, everybody signs in again: no more than that. */
async function readSessions({
  path,
  effects
}: SessionOptions): Promise<z.infer<typeof whole> | undefined> {
  if ((await distrusted(path, effects)) !== undefined) return undefined
  try {
    return whole.parse(JSON.parse(await effects.files.readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Before one more of this owner. The operator's own oldest go for theirs, and nobody else's. */
function makeRoom<Item>(
  items: Map<string, Item>,
  next: Grant,
  grantOf: (item: Item) => Grant,
  ofOneMax: number,
  ofOthersMax: number
): void {
  const drop = (isAmong: (owner: string) => boolean, keep: number): void => {
    const among = [...items].filter(([, item]) => isAmong(ownerOf(grantOf(item))))
    for (const [key] of among.slice(0, Math.max(0, among.length - keep))) items.delete(key)
  }
  const owner = ownerOf(next)
  drop((one) => one === owner, ofOneMax - 1)
  if (owner !== 'operator') drop((one) => one !== 'operator', ofOthersMax - 1)
}
