/** Which products does this collector know, and which contracts must its store hold? */
import { compileContract, type CompiledContract, type Contract } from '@candor/contract'
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Log } from '../log.ts'
import { loadProducts, problemLine, refusalOf } from '../products/load.ts'
import type { Product } from '../products/product.ts'

export type Products = ReadonlyMap<string, Product>

/**
 * Throws the products' refusal, or CONFIG_INVALID where the configuration names what is not there.
 */
export async function readProducts(config: Config, effects: Effects, log: Log): Promise<Products> {
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
    ...[...config.writeKeys.values()].map(({ product }) => product)
  ]
  const unknown = [...new Set(wanted.filter((name) => !known.has(name)))]
  if (unknown.length > 0) {
    throw new CandorError(
      'CONFIG_INVALID',
      '`paths`, `pace` or `write_keys` name products that are not there: ' +
        `${unknown.join(', ')}. ` +
        `There are: ${[...known.keys()].join(', ')}`
    )
  }
  return known
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
