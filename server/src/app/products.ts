/** Which products does this collector know, and which contracts must its store hold? */
import type { CompiledContract } from '@candor/contract'
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
  const known = new Map(products.map((product) => [product.name, product]))
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

/** The newest last: of several contracts of one product it counts for retention. */
export function allContracts(products: Products): readonly CompiledContract[] {
  return [...products.values()].flatMap(({ published, newest }) => [
    ...[...published.values()].filter((contract) => contract !== newest),
    newest
  ])
}
