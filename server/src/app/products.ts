/** Which products does this collector know, and which contracts must its store hold? */
import { compileContract, type CompiledContract, type Contract } from '@candor/contract'
import { sep } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Log } from '../log.ts'
import { loadProducts, problemLine, refusalOf } from '../products/load.ts'
import type { Product } from '../products/product.ts'

export type Products = ReadonlyMap<string, Product>
/** Parts look into it when they need a product: what is put into it takes effect. */
export type LiveProducts = Map<string, Product>

/**
 * Throws the products' refusal, or CONFIG_INVALID where the configuration names what is not there.
 */
export async function readProducts(
  config: Config,
  effects: Effects,
  log: Log
): Promise<LiveProducts> {
  const { products, problems } = await loadProducts({
    folders: config.products,
    files: effects.files
  })
  const refusal = refusalOf(problems)
  if (refusal !== undefined) throw refusal
  for (const problem of problems) log.warn({ code: problem.code }, problemLine(problem))
  const kept = config.accounts === undefined ? products : products.flatMap(withStreams)
  const known = new Map(kept.map((product) => [product.name, product]))
  if (known.size < kept.length)
    throw new CandorError(
      'PRODUCT_INVALID',
      'A product has the name of another one’s stream: rename one of them. There are: ' +
        kept.map(({ name }) => name).join(', ')
    )
  const wanted = [
    ...config.paths.values(),
    ...config.paces.keys(),
    ...config.forward.map(({ product }) => product),
    ...[...config.writeKeys.values()].map(({ product }) => product)
  ]
  const unknown = [...new Set(wanted.filter((name) => !known.has(name)))]
  if (unknown.length > 0) {
    throw new CandorError(
      'CONFIG_INVALID',
      '`paths`, `pace`, `forward` or `write_keys` name products that are not there: ' +
        `${unknown.join(', ')}. ` +
        `There are: ${[...known.keys()].join(', ')}`
    )
  }
  return known
}

/**
 * As the folders are now: a product whose folder has a problem stays as it was, and the others go
 * on. One whose folder is gone stays too, until a restart: what waits of it must have its tables.
 */
export async function readAgain(
  config: Config,
  { files }: Pick<Effects, 'files'>,
  known: Products
): Promise<{
  readonly products: Products
  readonly problems: readonly { readonly product?: string; readonly says: string }[]
}> {
  const { products, problems } = await loadProducts({ folders: config.products, files })
  const errors = problems.filter(({ severity }) => severity === 'error')
  const isBroken = ({ folder }: Product): boolean =>
    errors.some(({ file }) => file.startsWith(folder + sep))
  const good = products.filter((product) => !isBroken(product))
  const kept = config.accounts === undefined ? good : good.flatMap(withStreams)
  const next = new Map([...known, ...kept.map((product) => [product.name, product] as const)])
  const told = errors.map((problem) => {
    const of = [...known.values()].find(({ folder }) => problem.file.startsWith(folder + sep))
    return { ...(of && { product: of.name }), says: problemLine(problem) }
  })
  const gone = [...known.values()].filter(
    (product) => !products.some(({ folder }) => folder === product.folder) && !isBroken(product)
  )
  return {
    products: next,
    problems: [
      ...told,
      ...gone.map(({ name }) => ({
        product: name,
        says: 'its folder is gone; it is collected until a restart, or `retired: true` before that'
      }))
    ]
  }
}

/**
 * A product, and each stream of its editions as a product of its own: with tables and tokens of
 * its own, so that no number of the open edition sees it.
 */
function withStreams(product: Product): readonly Product[] {
  const streams = new Map<string, Product>()
  const contracts = [...product.published.values(), product.newest]
  for (const { contract } of contracts)
    for (const stream of streamsOf(contract)) {
      const compiled = compileContract(stream)
      const published = new Map(streams.get(stream.product)?.published)
      published.set(stream.digest, compiled)
      streams.set(stream.product, {
        name: stream.product,
        newest: compiled,
        published,
        behaviour: {},
        folder: product.folder,
        streamOf: product.name
      })
    }
  return [product, ...streams.values()]
}

function streamsOf({ editions }: Contract): readonly Contract[] {
  return [...editions.values()].flatMap(({ streams }) =>
    [...streams.values()].map(({ contract }) => contract)
  )
}

/** The newest last: of several contracts of one product it counts for retention. */
export function allContracts(products: Products): readonly CompiledContract[] {
  return [...products.values()].flatMap(({ published, newest }) => [
    ...[...published.values()].filter((contract) => contract !== newest),
    newest
  ])
}
