/**
 * Which product does a write key belong to? Keys of the configuration, keys that the operator made
 * while the server runs, and a product's own name as long as it has no other.
 */
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { OwnFile } from '../config/own-file.ts'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'

export interface WriteKey {
  readonly key: string
  readonly product: string
  readonly revoked: boolean
  /** name: the product's own name, a key while no other was given out. */
  readonly from: 'configuration' | 'command' | 'name'
  /** RFC 3339; null where nobody made it. */
  readonly createdAt: string | null
}

export interface WriteKeys {
  /** Undefined for a key that nobody gave out, or that was revoked; those are counted. */
  resolve(key: string): string | undefined
  list(): readonly WriteKey[]
  /** On the disk once it resolves. Throws PRODUCT_UNKNOWN, WRITE_KEY_EXISTS. */
  create(wanted: { readonly product: string; readonly key: string | undefined }): Promise<WriteKey>
  /** The same. Throws WRITE_KEY_UNKNOWN. */
  revoke(key: string): Promise<WriteKey>
  /** Products came, or the configuration is another. */
  refresh(configured: WriteKeyOptions['configured']): void
  /** Requests of today (UTC) with keys that nobody gave out. */
  unknown(): { readonly requests: number; readonly nearest: string | undefined }
}

const stored = z.strictObject({
  key: z.string(),
  product: z.string(),
  revoked: z.boolean(),
  createdAt: z.iso.datetime()
})
const whole = z.strictObject({ keys: z.array(stored) })
type Stored = z.infer<typeof stored>

const keyForm = /^[A-Za-z0-9_-]{3,200}$/
const keysMax = 10_000
const dayMs = 86_400_000
/** Further away is no slip of the hand. */
const nearMax = 3

export interface WriteKeyOptions {
  readonly path: string
  readonly products: () => readonly string[]
  /** Of the configuration: it wins, and is changed there. */
  readonly configured: ReadonlyMap<string, { readonly product: string; readonly revoked: boolean }>
  readonly effects: Pick<Effects, 'files' | 'clock' | 'random'>
}

/** Throws CONFIG_INVALID: going on without the file would give revoked keys back their rights. */
export async function openWriteKeys(options: WriteKeyOptions): Promise<WriteKeys> {
  return new WriteKeyFile(options, await read(options))
}

class WriteKeyFile implements WriteKeys {
  readonly #options: WriteKeyOptions
  readonly #made: Map<string, Stored>
  readonly #file: OwnFile
  #configured: WriteKeyOptions['configured']
  #known: ReadonlyMap<string, WriteKey>
  #day = 0
  #unknown = 0
  #nearest: string | undefined

  constructor(options: WriteKeyOptions, made: readonly Stored[]) {
    this.#options = options
    this.#configured = options.configured
    this.#made = new Map(made.map((entry) => [entry.key, entry]))
    const text = (): string => JSON.stringify({ keys: [...this.#made.values()] }, null, 2)
    this.#file = new OwnFile(options.path, () => `${text()}\n`, options.effects.files)
    this.#known = this.#collect()
  }

  resolve(key: string): string | undefined {
    const found = this.#known.get(key)
    if (found !== undefined && !found.revoked) return found.product
    this.#countUnknown(key)
    return undefined
  }

  list(): readonly WriteKey[] {
    return [...this.#known.values()]
  }

  async create({
    product,
    key = this.#options.effects.random(15).toString('base64url')
  }: Parameters<WriteKeys['create']>[0]): Promise<WriteKey> {
    const products = this.#options.products()
    if (!products.includes(product))
      throw new CandorError(
        'PRODUCT_UNKNOWN',
        `No such product is known; did you mean "${closest(product.slice(0, 60), [...products])}"?`
      )
    if (!keyForm.test(key))
      throw new CandorError(
        'PARAMETER_INVALID',
        'A write key has 3 to 200 letters, digits, dashes and underscores; for example abc123'
      )
    const before = this.#known.get(key)
    const isOwnName = before?.from === 'name' && before.product === product
    if ((before !== undefined && !isOwnName) || (products.includes(key) && key !== product))
      throw new CandorError(
        'WRITE_KEY_EXISTS',
        'This key was given out already, or is the name of another product; choose another.'
      )
    if (this.#made.size >= keysMax)
      throw new CandorError('PARAMETER_INVALID', `There are ${keysMax} write keys already.`)
    const createdAt = new Date(this.#options.effects.clock.now()).toISOString()
    return this.#put({ key, product, revoked: false, createdAt })
  }

  async revoke(key: string): Promise<WriteKey> {
    const found = this.#known.get(key)
    if (found === undefined)
      throw new CandorError('WRITE_KEY_UNKNOWN', 'Nobody gave out this write key.')
    if (found.from === 'configuration')
      throw new CandorError(
        'PARAMETER_INVALID',
        'This key stands in the configuration; say `revoked: true` there.'
      )
    const createdAt = found.createdAt ?? new Date(this.#options.effects.clock.now()).toISOString()
    return this.#put({ key, product: found.product, revoked: true, createdAt })
  }

  refresh(configured: WriteKeyOptions['configured']): void {
    this.#configured = configured
    this.#known = this.#collect()
  }

  unknown(): { readonly requests: number; readonly nearest: string | undefined } {
    return this.#day === this.#today()
      ? { requests: this.#unknown, nearest: this.#nearest }
      : { requests: 0, nearest: undefined }
  }

  async #put(entry: Stored): Promise<WriteKey> {
    const before = this.#made.get(entry.key)
    this.#made.set(entry.key, entry)
    try {
      await this.#file.write()
    } catch (error) {
      if (before === undefined) this.#made.delete(entry.key)
      else this.#made.set(entry.key, before)
      throw error
    }
    this.#known = this.#collect()
    return this.#known.get(entry.key) as WriteKey
  }

  /**
   * A name is a key until another was given out for its product; saying something of it settles it.
   */
  #collect(): ReadonlyMap<string, WriteKey> {
    const known = new Map<string, WriteKey>()
    const { products } = this.#options
    for (const entry of this.#made.values()) known.set(entry.key, { ...entry, from: 'command' })
    for (const [key, { product, revoked }] of this.#configured)
      known.set(key, { key, product, revoked, from: 'configuration', createdAt: null })
    const withKeys = new Set([...known.values()].map(({ product }) => product))
    for (const name of products())
      if (!withKeys.has(name) && !known.has(name))
        known.set(name, { key: name, product: name, revoked: false, from: 'name', createdAt: null })
    return known
  }

  /** What was sent is compared and let go of: only our own word of it is kept. */
  #countUnknown(key: string): void {
    const today = this.#today()
    if (this.#day !== today) [this.#day, this.#unknown, this.#nearest] = [today, 0, undefined]
    this.#unknown += 1
    // A guesser must not make us compare for ever: the first hundred of a day tell enough.
    if (this.#unknown > 100) return
    const sent = key.slice(0, 60)
    const live = this.list().flatMap(({ key, revoked }) => (revoked ? [] : [key]))
    // A name that was a key until others were given out is what an old client still sends.
    const near = closest(sent, [...this.#options.products(), ...live])
    if (distance(sent, near) <= nearMax) this.#nearest = near
  }

  #today(): number {
    return Math.floor(this.#options.effects.clock.now() / dayMs)
  }
}

async function read({ path, effects }: WriteKeyOptions): Promise<readonly Stored[]> {
  const problem = await distrusted(path, effects)
  if (problem !== undefined)
    throw new CandorError('CONFIG_INVALID', `No write key of this file is believed: ${problem}`)
  try {
    return whole.parse(JSON.parse(await effects.files.readFile(path, 'utf8'))).keys
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw new CandorError(
      'CONFIG_INVALID',
      `${path} is not what Candor wrote. Put it back from a backup; without it revoked keys ` +
        'would be keys again.',
      { cause }
    )
  }
}
