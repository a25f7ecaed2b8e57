/**
 * Tokens that an operator gives to others: made, checked and revoked; the file beside the data
 * holds only their digests.
 */
import { DAY_MS } from '#values/days'
import { join } from 'node:path'
import { z } from 'zod'
import { OwnFile } from '../../config/own-file.ts'
import { distrusted } from '../../config/trusted-file.ts'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { digestOf, isSecret } from './secret.ts'
import { scopes as allScopes, type Scope } from './scope.ts'

interface TokenEntry {
  /**
   * 12 hexadecimal digits; the token itself begins with them, so that it can be looked up. It is no
   * secret.
   */
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Null: all products. */
  readonly products: readonly string[] | null
  /** RFC 3339. */
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  /**
   * `2026-11-20`, UTC. A day is enough to find the ones that nobody uses, and costs one write a
   * day.
   */
  readonly lastUsedOn: string | null
}

type TokenCheck =
  | { readonly is: 'token'; readonly token: TokenEntry }
  | { readonly is: 'expired' }
  | { readonly is: 'wrong' }

export interface Tokens {
  /**
   * Resolves once it is on the disk. `token` is told here and never again. Throws TOKEN_EXISTS,
   * PARAMETER_INVALID.
   */
  create(wanted: {
    readonly name: string
    readonly scopes: readonly Scope[]
    /** Undefined: on all products. */
    readonly products?: readonly string[] | undefined
    readonly days: number
    readonly by: string
    /** The token that asks for it, if any: this one ends with it. */
    readonly parent: string | null
  }): Promise<{ readonly token: string; readonly entry: TokenEntry }>
  /** By name or id. Throws TOKEN_UNKNOWN. */
  find(nameOrId: string): TokenEntry
  /**
   * By name or id, with all that were made by it. They open nothing from now on, even when the
   * promise then rejects. Throws TOKEN_UNKNOWN.
   */
  revoke(nameOrId: string): Promise<TokenEntry>
  /** Newest first; also those that expired in the last 30 days. */
  list(): readonly TokenEntry[]
  check(token: string): TokenCheck
  /** Whether the token of this id still opens anything. */
  isLive(id: string): boolean
  /** Awaits the last write. */
  close(): Promise<void>
}

const fileName = 'tokens.json'
const tokenForm = /^candor_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/
const tokensMax = 500
const expiredShownMs = 30 * DAY_MS

const stored = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(allScopes)),
  products: z.array(z.string()).nullable().default(null),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  /** The id of the token that made it; null: the operator. It ends with that one. */
  parent: z.string().nullable().default(null),
  expiresAt: z.iso.datetime(),
  lastUsedOn: z.iso.date().nullable()
})
const whole = z.strictObject({ tokens: z.array(stored) })
type Stored = z.infer<typeof stored>

/**
 * Throws TOKENS_UNREADABLE: going on without the file would drop what was revoked or expired as
 * well as what was given.
 */
export async function openTokens({
  folder,
  effects
}: {
  folder: string
  effects: Effects
}): Promise<Tokens> {
  const path = join(folder, fileName)
  return new TokenFile(path, await read(path, effects), effects)
}

class TokenFile implements Tokens {
  readonly #effects: Effects
  readonly #tokens: Map<string, Stored>
  readonly #file: OwnFile

  constructor(path: string, tokens: readonly Stored[], effects: Effects) {
    this.#effects = effects
    this.#tokens = new Map(tokens.map((token) => [token.id, token]))
    const text = (): string => JSON.stringify({ tokens: [...this.#tokens.values()] }, null, 2)
    this.#file = new OwnFile(path, () => `${text()}\n`, effects.files)
  }

  async create({
    name,
    scopes,
    products,
    days,
    by,
    parent
  }: Parameters<Tokens['create']>[0]): ReturnType<Tokens['create']> {
    const now = this.#effects.clock.now()
    for (const [id, token] of this.#tokens) {
      const expiredFor = now - Date.parse(token.expiresAt)
      if (expiredFor > expiredShownMs || (expiredFor >= 0 && token.name === name))
        this.#tokens.delete(id)
    }
    if ([...this.#tokens.values()].some((token) => token.name === name))
      throw new CandorError(
        'TOKEN_EXISTS',
        'A token of this name is in use; revoke it, or choose another name.'
      )
    if (this.#tokens.size >= tokensMax)
      throw new CandorError(
        'PARAMETER_INVALID',
        `There are ${tokensMax} tokens already; revoke those that nobody uses.`
      )
    const id = this.#effects.random(6).toString('hex')
    const token = `candor_${id}_${this.#effects.random(32).toString('base64url')}`
    const entry: Stored = {
      id,
      name,
      digest: digestOf(token),
      scopes: [...scopes],
      products: products === undefined ? null : [...products],
      createdAt: new Date(now).toISOString(),
      createdBy: by,
      parent,
      expiresAt: new Date(now + days * DAY_MS).toISOString(),
      lastUsedOn: null
    }
    this.#tokens.set(id, entry)
    try {
      await this.#file.write()
    } catch (error) {
      this.#tokens.delete(id)
      throw error
    }
    return { token, entry: shown(entry) }
  }

  async revoke(nameOrId: string): Promise<TokenEntry> {
    const found = this.#named(nameOrId)
    this.#end(found.id)
    await this.#file.write()
    return shown(found)
  }

  find(nameOrId: string): TokenEntry {
    return shown(this.#named(nameOrId))
  }

  #named(nameOrId: string): Stored {
    const found = [...this.#tokens.values()].find(
      ({ id, name }) => id === nameOrId || name === nameOrId
    )
    if (found !== undefined) return found
    throw new CandorError('TOKEN_UNKNOWN', 'There is no token of this name or id.')
  }

  /** Rights that came from a token end with it, over any number of hands. */
  #end(id: string): void {
    this.#tokens.delete(id)
    for (const token of this.#tokens.values()) if (token.parent === id) this.#end(token.id)
  }

  list(): readonly TokenEntry[] {
    const now = this.#effects.clock.now()
    return [...this.#tokens.values()]
      .filter(({ expiresAt }) => now - Date.parse(expiresAt) <= expiredShownMs)
      .sort((one, other) => other.createdAt.localeCompare(one.createdAt))
      .map(shown)
  }

  check(token: string): TokenCheck {
    const found = this.#tokens.get(tokenForm.exec(token)?.[1] ?? '')
    if (found === undefined || !isSecret(token, found.digest)) return { is: 'wrong' }
    if (!this.isLive(found.id)) return { is: 'expired' }
    const today = new Date(this.#effects.clock.now()).toISOString().slice(0, 10)
    if (found.lastUsedOn !== today) {
      found.lastUsedOn = today
      // Of no matter for anybody's access: the next write brings it along.
      this.#file.write().catch(() => undefined)
    }
    return { is: 'token', token: shown(found) }
  }

  isLive(id: string): boolean {
    const found = this.#tokens.get(id)
    return (
      found !== undefined &&
      this.#effects.clock.now() < Date.parse(found.expiresAt) &&
      (found.parent === null || this.isLive(found.parent))
    )
  }

  async close(): Promise<void> {
    await this.#file.settled()
  }
}

async function read(path: string, effects: Effects): Promise<readonly Stored[]> {
  const { files } = effects
  const problem = await distrusted(path, effects)
  if (problem !== undefined)
    throw new CandorError('TOKENS_UNREADABLE', `No token of this file is believed: ${problem}`)
  let text: string
  try {
    text = await files.readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw unreadable(path, cause)
  }
  try {
    return whole.parse(JSON.parse(text)).tokens
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): CandorError {
  return new CandorError(
    'TOKENS_UNREADABLE',
    `${path} does not hold what Candor wrote there. Restore it, or remove it: all tokens but ` +
      "the operator's are then revoked.",
    { cause }
  )
}

function shown({ digest: _digest, parent: _parent, ...entry }: Stored): TokenEntry {
  return entry
}
