/**
 * What takes effect while the server runs: contracts and products whose files change, and the part
 * of the configuration that nobody has to be sent away for. What is broken leaves all as it was.
 */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import { codeOf, isCandorError } from '../errors.ts'
import { contractFile, publishedFolder } from '../products/load.ts'
import type { Product } from '../products/product.ts'
import type { WriteKeys } from '../products/write-keys.ts'
import type { Releases } from '../releases/open-releases.ts'
import type { StoreJobs } from '../storage/jobs/store-jobs.ts'
import { allContracts, readAgain, type LiveProducts, type Products } from './products.ts'
import type { PartOptions, Started } from './started.ts'

export interface ReloadProblem {
  /** Undefined: it is about the configuration. */
  readonly product?: string
  readonly says: string
}

export interface Reloading {
  /** Why something stands still that was changed. */
  problems(): readonly ReloadProblem[]
}

interface ReloadParts {
  readonly store: Pick<StoreJobs, 'adopt'>
  readonly writeKeys: Pick<WriteKeys, 'refresh'>
  readonly releases: Pick<Releases, 'refresh'>
  /** Paths of products that came, and pace and paths of the configuration. */
  readonly reroute: () => void
}

/** A directory and a few stats: whoever publishes a contract and looks sees it. */
const pollMs = 3_000

/** Read by its parts when they need it: nothing of it is kept by any of them. */
const reloaded = [
  'products',
  'writeKeys',
  'paths',
  'paces',
  'oidc',
  'oidcClientSecret'
] as const satisfies readonly (keyof Config)[]

export function startReloading(
  options: PartOptions,
  products: LiveProducts,
  parts: ReloadParts,
  { started, marks }: { readonly started: Started; readonly marks: Marks }
): Reloading {
  const { effects } = options
  const closing = new AbortController()
  const one = new Reload(options, products, parts, marks)
  const running = (async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await one.look()
      await effects.clock.sleep(pollMs, closing.signal)
    }
  })()
  started.add(one, async () => {
    closing.abort()
    await running
  })
  return one
}

class Reload implements Reloading {
  readonly #options: PartOptions
  readonly #products: LiveProducts
  readonly #parts: ReloadParts
  #marks: Marks
  #ofConfig: readonly ReloadProblem[] = []
  #ofProducts: readonly ReloadProblem[] = []
  /** Something is another now, and has not taken effect. */
  #isDue = false
  #failed: readonly ReloadProblem[] = []

  constructor(options: PartOptions, products: LiveProducts, parts: ReloadParts, marks: Marks) {
    this.#options = options
    this.#products = products
    this.#parts = parts
    this.#marks = marks
  }

  problems(): readonly ReloadProblem[] {
    return [...this.#ofConfig, ...this.#ofProducts, ...this.#failed]
  }

  /** What fails is told, and tried again at the next look. */
  async look(): Promise<void> {
    try {
      const before = this.#marks
      this.#marks = await marksOf(this.#options)
      if (this.#marks.config !== before.config && (await this.#takeConfig())) this.#isDue = true
      if (this.#marks.products !== before.products) this.#isDue = true
      if (this.#isDue) await this.#takeProducts()
      this.#isDue = false
      this.#failed = []
    } catch (error) {
      // The store is away, or a file was half-way written: the next look is soon.
      if (isCandorError(error)) this.#failed = [{ says: `a change waits: ${error.message}` }]
      this.#options.log.debug({ code: codeOf(error) }, 'a change will be looked at again')
    }
  }

  /** True where something that products depend on is another now. */
  async #takeConfig(): Promise<boolean> {
    const { config, readConfigAgain, log } = this.#options
    if (readConfigAgain === undefined) return false
    try {
      const next = await readConfigAgain()
      const waits = (Object.keys(next) as (keyof Config)[]).filter(
        (key) =>
          !(reloaded as readonly string[]).includes(key) &&
          !isDeepStrictEqual(next[key], config[key])
      )
      for (const key of reloaded) Object.assign(config, { [key]: next[key] })
      this.#ofConfig =
        waits.length === 0 ? [] : [{ says: `these wait for a restart: ${waits.join(', ')}` }]
      log.info({}, 'the configuration was read again')
      return true
    } catch (error) {
      const says = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
      this.#ofConfig = [{ says: `the one of before goes on: ${says}` }]
      log.warn(
        { code: codeOf(error) },
        'the configuration can’t be used; the one of before goes on'
      )
      return false
    }
  }

  async #takeProducts(): Promise<void> {
    const { config, effects, log } = this.#options
    const { writeKeys, releases, reroute } = this.#parts
    const { products: wanted, problems } = await readAgain(config, effects, this.#products)
    const { products: next, problems: held } = await this.#adopted(wanted)
    const told = [...problems, ...held]
    for (const { product = '', says } of told)
      if (!this.#ofProducts.some((one) => one.product === product && one.says === says))
        log.warn({ code: 'PRODUCT_INVALID', product }, `the contract of before goes on: ${says}`)
    this.#ofProducts = told
    const changed = [...next].filter(
      ([name, product]) => !isSame(this.#products.get(name), product)
    )
    for (const [name, product] of changed) this.#products.set(name, product)
    writeKeys.refresh(config.writeKeys)
    await releases.refresh()
    reroute()
    for (const [product, { newest }] of changed)
      log.info({ product, contract: newest.contract.digest }, 'a contract took effect')
  }

  /**
   * Columns first: nothing is held against a contract whose records had no place. A product that
   * the store can't hold stays as it was.
   */
  async #adopted(
    wanted: Products
  ): Promise<{ readonly products: Products; readonly problems: readonly ReloadProblem[] }> {
    const isNew = [...wanted].some(([name, product]) => !isSame(this.#products.get(name), product))
    if (!isNew) return { products: wanted, problems: [] }
    const without = (held: readonly { readonly product: string }[]): Products => {
      const names = new Set(held.map(({ product }) => product))
      return new Map(
        [...wanted].flatMap(([name, product]) => {
          const stays = names.has(name) ? this.#products.get(name) : product
          return stays === undefined ? [] : [[name, stays] as const]
        })
      )
    }
    const held = await this.#parts.store.adopt(allContracts(wanted), (refused) =>
      allContracts(without(refused))
    )
    const problems = held.map(({ product, says }) => ({ product, says }))
    return { products: without(held), problems }
  }
}

/** What the files were when they were read: another mark is another content. */
export interface Marks {
  readonly config: string
  readonly products: string
}

/** To be asked before anything is read, so that what changes while it is read is seen. */
export async function marksOf({
  config,
  effects
}: Pick<PartOptions, 'config' | 'effects'>): Promise<Marks> {
  const file = config.file === undefined ? [] : [config.file]
  return {
    config: await markOf(file, effects),
    products: await markOf(await productFiles(config, effects), effects)
  }
}

/** The operator's own folders: those that are built in change with the program. */
async function productFiles(
  { products }: Config,
  { files }: Pick<Effects, 'files'>
): Promise<readonly string[]> {
  const list = (folder: string): Promise<string[]> => files.readdir(folder).catch(() => [])
  const paths: string[] = []
  for (const folder of products) {
    const names = (await list(folder)).toSorted()
    const inner = names.includes(contractFile) ? [folder] : names.map((name) => join(folder, name))
    for (const one of inner) {
      const published = join(one, publishedFolder)
      paths.push(join(one, contractFile))
      for (const name of (await list(published)).toSorted()) paths.push(join(published, name))
    }
  }
  return paths
}

async function markOf(
  paths: readonly string[],
  { files }: Pick<Effects, 'files'>
): Promise<string> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const found = await files.stat(path).catch(() => undefined)
      return found === undefined ? '' : `${path} ${found.mtimeMs} ${found.size} ${found.ino}`
    })
  )
  return marks.join('\n')
}

function isSame(before: Product | undefined, after: Product): boolean {
  const digests = ({ published }: Product): readonly string[] => [...published.keys()].toSorted()
  return (
    before?.newest.contract.digest === after.newest.contract.digest &&
    isDeepStrictEqual(digests(before), digests(after))
  )
}
