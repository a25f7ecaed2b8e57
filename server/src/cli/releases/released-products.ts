/** What a command finds on this machine of a product's releases, without a running server. */
import type { Command } from 'commander'
import { findConfigFile, readConfig, type Config } from '../../config/config.ts'
import { CandorError } from '../../errors.ts'
import { loadProducts } from '../../products/load.ts'
import type { Product } from '../../products/product.ts'
import { releaseFilePaths } from '../../releases/open-releases.ts'
import { readReleaseFile, type Publisher, type ReleaseFile } from '../../releases/release-file.ts'
import type { Terminal } from '../terminal/terminal.ts'

export interface ReleasedProducts {
  readonly config: Config
  readonly products: readonly Product[]
}

/** The same on every command that reads a releases folder. */
export function addReleaseOptions(command: Command): Command {
  return command
    .option('--releases <folder>', 'folder of <product>.yaml files')
    .option('--products <folders>', 'folders of further products')
    .option('--config <file>', 'configuration file')
}

/** Whether the server may listen beyond loopback is no business of who reads its files. */
export async function releasedProducts(
  flags: Readonly<Record<string, unknown>>,
  { environment, effects, folder }: Terminal
): Promise<ReleasedProducts> {
  const source = { flags: { ...flags, insecure: true }, environment, folder }
  const config = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
  const { products } = await loadProducts({ folders: config.products, files: effects.files })
  return { config, products }
}

/** Throws PRODUCT_UNKNOWN. */
export function productNamed({ products }: ReleasedProducts, name: string): Product {
  const product = products.find((candidate) => candidate.name === name)
  if (product !== undefined) return product
  throw new CandorError(
    'PRODUCT_UNKNOWN',
    `No such product is known. There are: ${products.map((known) => known.name).join(', ')}`
  )
}

/**
 * The product's file, with when it was changed; undefined: it has none. Throws RELEASES_INVALID:
 * nothing is made of a file that can't be read.
 */
export async function releaseFileOf(
  product: Product,
  { config }: ReleasedProducts,
  { effects: { files } }: Terminal
): Promise<{ readonly file: ReleaseFile; readonly changedAt: number } | undefined> {
  for (const path of releaseFilePaths(config.releases, product)) {
    const stat = await files.stat(path).catch((error: NodeJS.ErrnoException) => error)
    if (stat instanceof Error) {
      if (stat.code === 'ENOENT' || stat.code === 'ENOTDIR') continue
      throw new CandorError('RELEASES_INVALID', `${path} can't be read.`, { cause: stat })
    }
    const result = readReleaseFile(await files.readFile(path, 'utf8'))
    if (result.is === 'file') return { file: result.file, changedAt: Math.floor(stat.mtimeMs) }
    throw new CandorError(
      'RELEASES_INVALID',
      `${path} can't be used: ${result.problems.slice(0, 10).join('; ')}`
    )
  }
  return undefined
}

/** As the file says; else the contract's first recipient, at the address of its source. */
export function publisherOf(product: Product, file: ReleaseFile): Publisher {
  const { contract } = product.newest
  const address = [contract.page, contract.source, contract.contact].find(
    (text) => text !== undefined && URL.canParse(text) && /^https?:/.test(text)
  )
  return (
    file.publisher ?? {
      name: contract.recipients[0]?.name ?? contract.title,
      namespace: address === undefined ? 'https://example.invalid' : new URL(address).origin
    }
  )
}
