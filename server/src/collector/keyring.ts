/** Turns what would name somebody into tokens that only this collector can make, before anything can store or log it. */
import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto'
import type { Effects } from '../effects.ts'
import type { Token } from '../record.ts'
import { collectorLimits } from './limits.ts'
import { type KeyEpoch, readSecret, writeEpochs } from './secret-file.ts'
import { TokenCache } from './token-cache.ts'

/** Raw ids live in a bounded cache in memory, and nowhere else. */
export interface Keyring {
  /** The epoch of every token that is made now. */
  readonly epoch: number
  readonly epochs: readonly KeyEpoch[]
  /** True when the secret was created by this start. */
  readonly isNew: boolean
  installation(product: string, raw: string): Token
  account(product: string, raw: string): Token
  lineage(product: string, raw: string): Token
  session(product: string, raw: string): Token
  /** A name that somebody chose. `owner` makes equal names of different owners differ; undefined makes them equal all over the product. */
  field(request: {
    readonly product: string
    readonly field: string
    readonly value: string
    readonly owner: string | undefined
  }): Token
  /** Recognises a second copy. The same in every epoch: a retry may come after a rotation. */
  duplicate(product: string, scope: string, key: string | Buffer): Token
  /** Stands for an undeclared name. The same in every epoch, since it names no sender. */
  name(product: string, name: string): Token
  /** The tokens of a raw installation id in every epoch, newest first: for look-ups and deletion. */
  installationInAllEpochs(product: string, raw: string): readonly Token[]
  /** Starts a new epoch: from now on all tokens differ from before, and charts mark the break. Returns its number. */
  rotate(): Promise<number>
}

type Purpose = 'installation' | 'account' | 'lineage' | 'session' | 'field' | 'product-field' | 'duplicate' | 'name'

interface KnownName {
  readonly owner: string | undefined
  readonly value: string
  readonly token: Token
}

/** Of one product, in this epoch. By raw id: no key is put together for a look-up, since that costs more than the look-up. */
interface KnownTokens {
  readonly installation: TokenCache<Token>
  readonly account: TokenCache<Token>
  readonly lineage: TokenCache<Token>
  readonly fields: Map<string, TokenCache<KnownName>>
}

const TOKEN_LENGTH = 32
/** The epoch of keys that outlive rotations. */
const LASTING = 0

/** Reads the secret, or creates it. Throws SECRET_UNREADABLE with what to do. */
export async function openKeyring(options: {
  readonly path: string
  readonly dataFolder: string
  readonly effects: Effects
}): Promise<Keyring> {
  const { path, effects } = options
  const { master, epochs, isNew } = await readSecret(options)
  return new SecretKeyring({
    master,
    epochs,
    isNew,
    rotated: (next) => writeEpochs({ path, epochs: next, effects }),
    now: () => effects.clock.now()
  })
}

class SecretKeyring implements Keyring {
  readonly isNew: boolean
  readonly #master: Buffer
  readonly #rotated: (epochs: readonly KeyEpoch[]) => Promise<void>
  readonly #now: () => number
  readonly #keys = new Map<string, KeyObject>()
  readonly #prefixes = new Map<string, string>()
  readonly #known = new Map<string, KnownTokens>()
  #epochs: readonly KeyEpoch[]
  #epoch: number

  constructor(options: {
    readonly master: Buffer
    readonly epochs: readonly KeyEpoch[]
    readonly isNew: boolean
    readonly rotated: (epochs: readonly KeyEpoch[]) => Promise<void>
    readonly now: () => number
  }) {
    this.isNew = options.isNew
    this.#master = options.master
    this.#rotated = options.rotated
    this.#now = options.now
    this.#epochs = options.epochs
    this.#epoch = options.epochs.at(-1)?.epoch ?? 1
  }

  get epoch(): number {
    return this.#epoch
  }

  get epochs(): readonly KeyEpoch[] {
    return this.#epochs
  }

  installation(product: string, raw: string): Token {
    return this.#token('installation', product, raw)
  }

  account(product: string, raw: string): Token {
    return this.#token('account', product, raw)
  }

  lineage(product: string, raw: string): Token {
    return this.#token('lineage', product, raw)
  }

  session(product: string, raw: string): Token {
    // Sessions are many and short; caching them would push out the ids that come again.
    return this.#hmac('session', this.#epoch, product, raw)
  }

  field({ product, field, value, owner }: { product: string; field: string; value: string; owner: string | undefined }): Token {
    // An owner mostly repeats its name; a name for all of a product is its own owner here.
    const cache = this.#fieldsOf(product, field)
    const known = cache.get(owner ?? value)
    if (known?.value === value && known.owner === owner) return known.token
    // The lengths keep one text from being read as another: a name may hold any character.
    const token =
      owner === undefined
        ? this.#hmac('product-field', this.#epoch, product, `${field.length}:${field}${value}`)
        : this.#hmac('field', this.#epoch, product, `${field.length}:${field}${owner.length}:${owner}${value}`)
    if (value.length <= collectorLimits.cachedIdLengthMax) cache.set(owner ?? value, { owner, value, token })
    return token
  }

  duplicate(product: string, scope: string, key: string | Buffer): Token {
    return this.#digest('duplicate', product, scope, key)
  }

  name(product: string, name: string): Token {
    return this.#digest('name', product, '', name)
  }

  installationInAllEpochs(product: string, raw: string): readonly Token[] {
    return this.#epochs.map(({ epoch }) => this.#hmac('installation', epoch, product, raw)).reverse()
  }

  async rotate(): Promise<number> {
    const next = this.#epoch + 1
    const epochs = [...this.#epochs, { epoch: next, since: this.#now() }]
    await this.#rotated(epochs)
    this.#epochs = epochs
    this.#epoch = next
    this.#known.clear()
    return next
  }

  #token(purpose: 'installation' | 'account' | 'lineage', product: string, raw: string): Token {
    const cache = this.#tokensOf(product)[purpose]
    const known = cache.get(raw)
    if (known !== undefined) return known
    const token = this.#hmac(purpose, this.#epoch, product, raw)
    if (raw.length <= collectorLimits.cachedIdLengthMax) cache.set(raw, token)
    return token
  }

  #tokensOf(product: string): KnownTokens {
    let known = this.#known.get(product)
    if (known === undefined) {
      const { tokensMax } = collectorLimits
      known = {
        installation: new TokenCache(tokensMax),
        account: new TokenCache(tokensMax),
        lineage: new TokenCache(tokensMax),
        fields: new Map()
      }
      this.#known.set(product, known)
    }
    return known
  }

  #fieldsOf(product: string, field: string): TokenCache<KnownName> {
    const { fields } = this.#tokensOf(product)
    let cache = fields.get(field)
    if (cache === undefined) fields.set(field, (cache = new TokenCache(collectorLimits.namesMax)))
    return cache
  }

  #hmac(purpose: Purpose, epoch: number, product: string, raw: string): Token {
    return createHmac('sha256', this.#key(purpose, epoch, product))
      .update(raw)
      .digest('hex')
      .slice(0, TOKEN_LENGTH)
  }

  // One call instead of an HMAC object, five times as quick, since each record needs one. Half of the hash is cut off, so it can't be extended.
  #digest(purpose: 'duplicate' | 'name', product: string, scope: string, key: string | Buffer): Token {
    const name = `${purpose}/${product}`
    let prefix = this.#prefixes.get(name)
    if (prefix === undefined) this.#prefixes.set(name, (prefix = this.#key(purpose, LASTING, product).export().toString('hex')))
    const head = `${prefix}${scope.length}:${scope}`
    const text = typeof key === 'string' ? head + key : Buffer.concat([Buffer.from(head), key])
    return hash('sha256', text, 'hex').slice(0, TOKEN_LENGTH)
  }

  #key(purpose: Purpose, epoch: number, product: string): KeyObject {
    const name = `${purpose}/${epoch}/${product}`
    let key = this.#keys.get(name)
    if (key === undefined) {
      key = createSecretKey(Buffer.from(hkdfSync('sha256', this.#master, 'candor', name, 32)))
      this.#keys.set(name, key)
    }
    return key
  }
}
