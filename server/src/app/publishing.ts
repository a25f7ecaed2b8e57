/** Opens what becomes public: who publishes and when, and what anybody may read of it. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { CompiledContract } from '@candor/contract'
import { askQuestion } from '../analytics/asking/questions.ts'
import { largestSenders } from '../analytics/knowing/largest-senders.ts'
import type { Clock } from '../effects.ts'
import { CandorError, codeOf } from '../errors.ts'
import type { HttpRoute } from '../http/route.ts'
import { attackBeside } from '../publication/attack/attack-thread.ts'
import { openSolver, type Solver } from '../publication/linear-program.ts'
import { readPublished } from '../publication/ledger.ts'
import { type Outcome, publish, type Publisher, type Publishing } from '../publication/publish.ts'
import { createPublicPages } from '../publication/site/public-pages.ts'
import { readKeys } from '../releases/keys.ts'
import type { Keeping } from './keep.ts'
import type { Products } from './products.ts'
import type { PartOptions, Started } from './started.ts'

export interface Publications {
  /** One at a time: two would not see each other's tables. */
  publish(product: string, withdraw?: Publishing['withdraw']): Promise<Outcome>
  /** Of every product; what fails is logged, and the others go on. */
  publishDue(): Promise<void>
  /** Undefined: nothing is published of it. */
  files(product: string): Promise<ReadonlyMap<string, Buffer> | undefined>
  readonly routes: readonly HttpRoute[]
}

/** What is due is looked for so often: nobody waits for the minute after a period ends. */
const pollMs = 3_600_000
const deadlineMs = 60_000

export function openPublications(
  { config, effects, log, isClockMoved }: PartOptions,
  products: Products,
  { storage, keyring, store }: Pick<Keeping, 'storage' | 'keyring' | 'store'>,
  started: Started
): Publications {
  const { clock } = effects
  const closing = new AbortController()
  let solver: Promise<Solver> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const folderOf = (product: string): string => join(config.data, 'public', product)
  const contractOf = (name: string): CompiledContract => {
    const product = products.get(name)
    if (product === undefined) throw new CandorError('PRODUCT_UNKNOWN', `There is no ${name}.`)
    return product.newest
  }
  const pages = createPublicPages({
    products: () => [...products.values()].map(({ newest }) => newest.contract).filter(isPublic),
    read: (product) => readPublished(folderOf(product), effects)
  })

  const now = async (name: string, withdraw: Publishing['withdraw']): Promise<Outcome> => {
    const product = contractOf(name)
    const keys = await readKeys({ folder: config.keys, effects })
    solver ??= openSolver()
    const outcome = await publish(
      {
        contract: product.contract,
        folder: folderOf(name),
        ...(withdraw === undefined ? {} : { withdraw })
      },
      {
        effects,
        ...asking({ storage, product, clock, signal: closing.signal }),
        solver: await solver,
        attack: (tables) => attackBeside(tables, { clock, signal: closing.signal }),
        chance: (of) => chanceOf(keyring.name(name, `published count: ${of}`)),
        sign:
          keys === undefined
            ? undefined
            : (bytes) => ({ key: keys.public[0].id, signature: keys.sign(bytes) })
      }
    )
    pages.forget(name)
    return outcome
  }
  const publications: Publications = {
    publish(product, withdraw) {
      const next = last.then(() => now(product, withdraw))
      last = next.catch(() => undefined)
      return next
    },
    async publishDue() {
      for (const { newest } of products.values()) {
        if (closing.signal.aborted || !isPublic(newest.contract)) continue
        const { product } = newest.contract
        try {
          const { published, withheld } = await publications.publish(product)
          const counts = { published: published.length, withheld: withheld.length }
          if (counts.published + counts.withheld > 0)
            log.info({ product, ...counts }, 'numbers were published')
        } catch (error) {
          if (!closing.signal.aborted)
            log.error({ product, code: codeOf(error) }, 'nothing was published')
        }
      }
    },
    async files(product) {
      contractOf(product)
      const files = await readPublished(folderOf(product), effects)
      return files.size === 0 ? undefined : files
    },
    routes: pages.routes
  }
  const scheduled = async (): Promise<void> => {
    await store.prepared.catch(() => undefined)
    while (!closing.signal.aborted) {
      await publications.publishDue()
      await clock.sleep(pollMs, closing.signal)
    }
  }
  const isByItself = config.public !== undefined && isClockMoved === undefined
  const running = isByItself ? scheduled() : Promise.resolve()
  started.add(publications, async () => {
    closing.abort()
    await Promise.all([running, last])
  })
  return publications
}

/** What a product's tables are made of, as `candor ask` would answer it. */
function asking({
  storage,
  product,
  clock,
  signal
}: {
  readonly storage: Keeping['storage']
  readonly product: CompiledContract
  readonly clock: Clock
  readonly signal: AbortSignal
}): Pick<Publisher, 'ask' | 'largestSenders'> {
  return {
    async ask(question, parameters) {
      // Whoever stops the server does not wait for all tables.
      if (signal.aborted)
        throw new CandorError('STORAGE_UNAVAILABLE', 'The server is shutting down.')
      return askQuestion({
        name: question,
        parameters: new Map(Object.entries(parameters)),
        storage,
        product,
        now: clock.now()
      })
    },
    largestSenders: (period) =>
      largestSenders({ storage, product: product.contract.product, span: period, deadlineMs })
  }
}

function isPublic({ publication }: CompiledContract['contract']): boolean {
  return publication !== undefined && publication.tables.length > 0
}

/** Uniform, and known to nobody without the secret. */
function chanceOf(token: string): number {
  return createHash('sha256').update(token).digest().readUInt32BE(0) / 2 ** 32
}
