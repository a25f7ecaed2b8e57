/**
 * What an edge is told by its collector: contracts, the digests of write keys, which releases are
 * offered, and the key to seal for, as plain JSON.
 */
import { compileContract, type CompiledContract, type Digest } from '@candor/contract'
import { newestRelease } from '#values/newest-release'
import type { Newest } from '../protocols/protocol.ts'
import type { Product, ProductBehaviour } from '../products/product.ts'
import type { MountOptions } from '../products/mount.ts'
import type { Release } from '../releases/release-file.ts'
import { digestOf } from './digest.ts'
import { contractFrom, plainContracts } from './plain-contract.ts'

export interface EdgeBundle {
  readonly v: 1
  /** Of the key that what is handed on is sealed for, in base64url. */
  readonly publicKey: string
  /** Whether the collector keeps accounts, which it alone can answer for. */
  readonly accounts: boolean
  readonly products: readonly BundledProduct[]
  /** Fields of contracts, each once: versions of a contract are mostly alike. */
  readonly parts: readonly unknown[]
  /** SHA-256 of a key, and its product. */
  readonly writeKeys: Readonly<Record<string, string>>
  readonly paths: Readonly<Record<string, string>>
  readonly paces: Readonly<Record<string, { readonly every?: number; readonly sample?: number }>>
  /** Newest first. */
  readonly releases: Readonly<Record<string, readonly Pick<Release, 'version' | 'supports'>[]>>
}

interface BundledProduct {
  readonly name: string
  readonly streamOf?: string
  readonly newest: Digest
  readonly contracts: Readonly<Record<Digest, unknown>>
}

export interface BundleSources {
  readonly publicKey: string
  readonly accounts: boolean
  readonly products: ReadonlyMap<string, Product>
  readonly writeKeys: readonly {
    readonly key: string
    readonly product: string
    readonly revoked: boolean
  }[]
  readonly paths: MountOptions['paths']
  readonly paces: MountOptions['paces']
  readonly offered: (product: string) => readonly Release[]
}

export function bundleOf(sources: BundleSources): EdgeBundle {
  const { publicKey, accounts, products, writeKeys, paths, paces, offered } = sources
  const { plain, parts } = plainContracts()
  return {
    v: 1,
    publicKey,
    accounts,
    products: [...products.values()].map(({ name, streamOf, newest, published }) => ({
      name,
      ...(streamOf === undefined ? {} : { streamOf }),
      newest: newest.contract.digest,
      contracts: Object.fromEntries(
        [...published].map(([id, { contract }]) => [id, plain(contract)])
      )
    })),
    writeKeys: Object.fromEntries(
      writeKeys.flatMap((each) => (each.revoked ? [] : [[digestOf(each.key), each.product]]))
    ),
    paths: Object.fromEntries(paths),
    paces: Object.fromEntries(
      [...paces].map(([name, { every, sample }]) => [
        name,
        { ...(every === undefined ? {} : { every }), ...(sample === undefined ? {} : { sample }) }
      ])
    ),
    parts,
    releases: Object.fromEntries(
      [...products.keys()].map((name) => [
        name,
        offered(name).map(({ version, supports }) => ({ version, supports }))
      ])
    )
  }
}

export interface OpenedBundle {
  readonly publicKey: Uint8Array
  readonly accounts: boolean
  readonly products: ReadonlyMap<string, Product>
  readonly writeKeys: MountOptions['writeKeys']
  readonly paths: MountOptions['paths']
  readonly paces: MountOptions['paces']
  readonly newest: Newest
}

/** `behaviours` are code, which no bundle can hold: what product brings which. */
export function openBundle(
  bundle: EdgeBundle,
  behaviours: Readonly<Record<string, ProductBehaviour>>
): OpenedBundle {
  const products = bundle.products.map(({ name, streamOf, newest, contracts }): Product => {
    const published = new Map(
      Object.entries(contracts).map(([id, plain]) => [
        id as Digest,
        compiledLater(plain, bundle.parts)
      ])
    )
    const known = published.get(newest)
    if (known === undefined) throw new TypeError(`the bundle lacks the contract of ${name}`)
    const behaviour = streamOf === undefined ? (behaviours[name] ?? {}) : {}
    return {
      name,
      newest: known,
      published,
      behaviour,
      folder: '',
      ...(streamOf === undefined ? {} : { streamOf })
    }
  })
  const keys = new Map(Object.entries(bundle.writeKeys))
  const releases = new Map(Object.entries(bundle.releases))
  return {
    publicKey: Buffer.from(bundle.publicKey, 'base64url'),
    accounts: bundle.accounts,
    products: new Map(products.map((product) => [product.name, product])),
    writeKeys: { resolve: (key) => keys.get(digestOf(key)) },
    paths: new Map(Object.entries(bundle.paths)),
    paces: new Map(Object.entries(bundle.paces)),
    // As the collector's own releases answer it.
    newest: {
      newest: (product, platform) =>
        newestRelease(
          releases.get(product) ?? [],
          platform === undefined ? [] : [[platform.name, platform.major]]
        )?.version
    }
  }
}

/** An isolate lives for minutes and meets few of the contracts: each is compiled when it is met. */
function compiledLater(said: unknown, parts: readonly unknown[]): CompiledContract {
  let made: CompiledContract | undefined
  const compiled = (): CompiledContract => (made ??= compileContract(contractFrom(said, parts)))
  return {
    get contract() {
      return compiled().contract
    },
    get columns() {
      return compiled().columns
    },
    validate: (input) => compiled().validate(input)
  }
}
