/**
 * Turns what would name somebody into tokens that only this collector can make, before anything can
 * store or log it.
 */
import { hash, hkdfSync } from 'node:crypto'
import type { Effects } from '../../effects.ts'
import type { Token } from '../../record.ts'
import { HmacKey } from './hmac-key.ts'
import { type KeyEpoch, readSecret, writeEpochs } from './secret-file.ts'

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
  /**
   * A name that somebody chose. `owner` makes equal names of different owners differ; undefined
   * makes them equal all over the product.
   */
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
  /** What the key is made of that edges seal for; it is the same in every epoch. */
  edgeSeed(): Buffer
  /**
   * What stands for a token outside of this collector: another one for each recipient, so that two
   * of them can't put together what each was given. The same in every epoch, for the tokens differ.
   */
  outside(product: string, recipient: string, token: string): Token
  /**
   * The tokens of a raw installation id in every epoch, newest first: for look-ups and deletion.
   */
  installationInAllEpochs(product: string, raw: string): readonly Token[]
  /** The tokens of whatever kind of id a product has, in every epoch, newest first. */
  tokensInAllEpochs(kind: SenderKind, product: string, raw: string): readonly Token[]
  /**
   * Starts a new epoch: from now on all tokens differ from before, and charts mark the break.
   * Returns its number.
   */
  rotate(): Promise<number>
}

/** What a sender can be known by. */
type SenderKind = 'installation' | 'account' | 'lineage'

type Purpose =
  | SenderKind
  | 'session'
  | 'field'
  | 'product-field'
  | 'duplicate'
  | 'name'
  | 'edge'
  | 'outside'

interface NamedToken {
  readonly product: string
  readonly owner: string | undefined
  readonly value: string
  readonly token: Token
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
  readonly #keys = new Map<Purpose, Map<string, HmacKey>>()
  readonly #prefixes = new Map<string, string>()
  readonly #outside = new Map<string, HmacKey>()
  /**
   * By field. The events of a batch mostly repeat a name; a larger memory costs what it saves, and
   * would keep raw names.
   */
  readonly #lastNames = new Map<string, NamedToken>()
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
    return this.#hmac('installation', product, raw)
  }

  account(product: string, raw: string): Token {
    return this.#hmac('account', product, raw)
  }

  lineage(product: string, raw: string): Token {
    return this.#hmac('lineage', product, raw)
  }

  session(product: string, raw: string): Token {
    return this.#hmac('session', product, raw)
  }

  field({
    product,
    field,
    value,
    owner
  }: {
    product: string
    field: string
    value: string
    owner: string | undefined
  }): Token {
    const last = this.#lastNames.get(field)
    if (last?.value === value && last.owner === owner && last.product === product) return last.token
    // The lengths keep one text from being read as another: a name may hold any character.
    const token =
      owner === undefined
        ? this.#hmac('product-field', product, `${field.length}:${field}${value}`)
        : this.#hmac('field', product, `${field.length}:${field}${owner.length}:${owner}${value}`)
    this.#lastNames.set(field, { product, owner, value, token })
    return token
  }

  duplicate(product: string, scope: string, key: string | Buffer): Token {
    return this.#digest('duplicate', product, scope, key)
  }

  name(product: string, name: string): Token {
    return this.#digest('name', product, '', name)
  }

  edgeSeed(): Buffer {
    return this.#derive('edge', LASTING, '')
  }

  outside(product: string, recipient: string, token: string): Token {
    const name = `outside/${product}/${recipient}`
    let key = this.#outside.get(name)
    if (key === undefined) {
      const derived = this.#derive('outside', LASTING, `${product}/${recipient}`)
      this.#outside.set(name, (key = new HmacKey(derived)))
    }
    return tokenOf(key, token)
  }

  installationInAllEpochs(product: string, raw: string): readonly Token[] {
    return this.tokensInAllEpochs('installation', product, raw)
  }

  tokensInAllEpochs(kind: SenderKind, product: string, raw: string): readonly Token[] {
    return this.#epochs
      .map(({ epoch }) => tokenOf(new HmacKey(this.#derive(kind, epoch, product)), raw))
      .reverse()
  }

  async rotate(): Promise<number> {
    const next = this.#epoch + 1
    const epochs = [...this.#epochs, { epoch: next, since: this.#now() }]
    await this.#rotated(epochs)
    this.#epochs = epochs
    this.#epoch = next
    this.#keys.clear()
    this.#lastNames.clear()
    return next
  }

  #hmac(purpose: Purpose, product: string, raw: string): Token {
    let keys = this.#keys.get(purpose)
    if (keys === undefined) this.#keys.set(purpose, (keys = new Map()))
    let key = keys.get(product)
    if (key === undefined)
      keys.set(product, (key = new HmacKey(this.#derive(purpose, this.#epoch, product))))
    return tokenOf(key, raw)
  }

  // One hash instead of an HMAC's two, since each record needs one. Half of the hash is cut off, so
  // it can't be extended.
  #digest(
    purpose: 'duplicate' | 'name',
    product: string,
    scope: string,
    key: string | Buffer
  ): Token {
    const name = `${purpose}/${product}`
    let prefix = this.#prefixes.get(name)
    if (prefix === undefined)
      this.#prefixes.set(name, (prefix = this.#derive(purpose, LASTING, product).toString('hex')))
    const head = `${prefix}${scope.length}:${scope}`
    const text = typeof key === 'string' ? head + key : Buffer.concat([Buffer.from(head), key])
    return hash('sha256', text, 'hex').slice(0, TOKEN_LENGTH)
  }

  #derive(purpose: Purpose, epoch: number, product: string): Buffer {
    return Buffer.from(
      hkdfSync('sha256', this.#master, 'candor', `${purpose}/${epoch}/${product}`, 32)
    )
  }
}

function tokenOf(key: HmacKey, raw: string): Token {
  return key.hmac(raw).slice(0, TOKEN_LENGTH)
}
