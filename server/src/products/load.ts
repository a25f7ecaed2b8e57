/**
 * Which products does this collector know, and what is wrong with the folders that should hold one?
 */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  compileContract,
  parseContract,
  readPublished,
  type CompiledContract,
  type Digest,
  type ParseResult,
  type Problem
} from '@candor/contract'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Product, ProductBehaviour } from './product.ts'

type Files = Effects['files']

/**
 * What keeps a folder from being a product: a problem of its contract, or one of the folder itself.
 */
export interface ProductProblem {
  readonly code: Problem['code'] | FolderProblemCode
  readonly severity: Problem['severity']
  readonly message: string
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly column: number
}

type FolderProblemCode =
  | 'FOLDER_UNREADABLE'
  | 'CONTRACT_MISSING'
  | 'PRODUCT_DUPLICATE'
  | 'BEHAVIOUR_INVALID'
  | 'PUBLISHED_INVALID'

export interface LoadedProducts {
  readonly products: readonly Product[]
  readonly problems: readonly ProductProblem[]
}

/** Beside this file, in `src` as in `dist`. */
export const builtInFolder = dirname(fileURLToPath(import.meta.url))
export const contractFile = 'contract.yaml'
export const publishedFolder = 'contracts'

/**
 * Reads the built-in products and each of `folders`: a product's own folder, or one that holds
 * several. An operator's product with a
 * built-in's name takes its place, contract and published versions whole, and keeps its behaviour
 * unless it brings one.
 */
export async function loadProducts({
  folders,
  files
}: {
  readonly folders: readonly string[]
  readonly files: Files
}): Promise<LoadedProducts> {
  const problems: ProductProblem[] = []
  const builtIn = await loadAll(
    await productFolders(builtInFolder, files, problems),
    files,
    problems
  )
  const mountedFolders: string[] = []
  for (const folder of folders)
    mountedFolders.push(...(await productFolders(folder, files, problems)))
  const mounted = await loadAll([...new Set(mountedFolders)], files, problems)
  const products = new Map(builtIn.map((product) => [product.name, product]))
  const seen = new Map<string, Product>()
  for (const product of mounted) {
    const earlier = seen.get(product.name)
    if (earlier !== undefined) {
      const message =
        `${earlier.folder} already holds a product named \`${product.name}\`: rename one of ` +
        'them.'
      problems.push({
        code: 'PRODUCT_DUPLICATE',
        severity: 'error',
        message,
        file: join(product.folder, contractFile),
        line: 1,
        column: 1
      })
      continue
    }
    seen.set(product.name, product)
    const replaced = products.get(product.name)
    const inherits = replaced !== undefined && product.behaviour === noBehaviour
    products.set(product.name, inherits ? { ...product, behaviour: replaced.behaviour } : product)
  }
  return { products: [...products.values()], problems }
}

/** All that keeps the server from starting, as one error; undefined when nothing does. */
export function refusalOf(
  problems: readonly ProductProblem[]
): CandorError<'PRODUCT_INVALID'> | undefined {
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length === 0) return undefined
  return new CandorError('PRODUCT_INVALID', errors.map(problemLine).join('\n'), {
    details: { problems: errors.length }
  })
}

/** `file:line:column CODE what is wrong`, as editors and terminals make it a link. */
export function problemLine(problem: ProductProblem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.code} ${problem.message}`
}

/** Undefined when the contract cannot be used; `problems` then says why. */
export async function readContract(
  file: string,
  files: Files,
  problems: ProductProblem[]
): Promise<CompiledContract | undefined> {
  const text = await readText(file, files, problems)
  return text === undefined ? undefined : compiled(parseContract(text), file, problems)
}

const noBehaviour: ProductBehaviour = Object.freeze({})

async function productFolders(
  folder: string,
  files: Files,
  problems: ProductProblem[]
): Promise<string[]> {
  const names = await list(folder, files)
  if (names === undefined) {
    problems.push(
      folderProblem(
        folder,
        'FOLDER_UNREADABLE',
        'This folder cannot be read: correct the path, or its permissions.'
      )
    )
    return []
  }
  if (names.includes(contractFile)) return [folder]
  const found: string[] = []
  for (const name of [...names].sort()) {
    const inner = join(folder, name)
    if ((await list(inner, files))?.includes(contractFile) === true) found.push(inner)
  }
  if (found.length === 0) {
    problems.push(
      folderProblem(
        folder,
        'CONTRACT_MISSING',
        `Neither this folder nor one in it has a ${contractFile}: \`candor init NAME\` writes one.`
      )
    )
  }
  return found
}

async function loadAll(
  folders: readonly string[],
  files: Files,
  problems: ProductProblem[]
): Promise<Product[]> {
  const products: Product[] = []
  for (const folder of folders) {
    const file = join(folder, contractFile)
    const newest = await readContract(file, files, problems)
    const published = await loadPublished(join(folder, publishedFolder), files, problems)
    const behaviour = await loadBehaviour(folder, files, problems)
    if (newest === undefined || behaviour === undefined) continue
    published.set(newest.contract.digest, newest)
    products.push({ name: newest.contract.product, newest, published, behaviour, folder })
  }
  return products
}

/**
 * Only ever added to: a report that names one of them is held against exactly what its users were
 * told.
 */
async function loadPublished(
  folder: string,
  files: Files,
  problems: ProductProblem[]
): Promise<Map<Digest, CompiledContract>> {
  const published = new Map<Digest, CompiledContract>()
  for (const name of ((await list(folder, files)) ?? []).sort()) {
    const file = join(folder, name)
    const hex = /^([0-9a-f]{64})\.json$/.exec(name)?.[1]
    if (hex === undefined) {
      problems.push(
        folderProblem(
          file,
          'PUBLISHED_INVALID',
          'A published contract is named by its digest, as `candor contract publish` does: ' +
            'remove this file.'
        )
      )
      continue
    }
    const digest: Digest = `sha256:${hex}`
    const text = await readText(file, files, problems)
    const contract =
      text === undefined ? undefined : compiled(readPublished({ text, digest }), file, problems)
    if (contract !== undefined) published.set(digest, contract)
  }
  return published
}

/**
 * A folder without `product.js` has no behaviour of its own, which is enough for the native and the
 * Segment wire.
 */
async function loadBehaviour(
  folder: string,
  files: Files,
  problems: ProductProblem[]
): Promise<ProductBehaviour | undefined> {
  const names = (await list(folder, files)) ?? []
  const name = ['product.js', 'product.ts'].find((candidate) => names.includes(candidate))
  if (name === undefined) return noBehaviour
  const file = join(folder, name)
  try {
    const module = (await import(pathToFileURL(file).href)) as { readonly product?: unknown }
    if (typeof module.product === 'object' && module.product !== null)
      return module.product as ProductBehaviour
    problems.push(
      folderProblem(
        file,
        'BEHAVIOUR_INVALID',
        'It exports no `product`: write `export const product = { … }`.'
      )
    )
  } catch (cause) {
    const advice = name.endsWith('.ts') ? 'compile it to product.js' : 'correct it'
    problems.push(
      folderProblem(
        file,
        'BEHAVIOUR_INVALID',
        `It cannot be imported (${reasonOf(cause)}): ${advice}.`
      )
    )
  }
  return undefined
}

function compiled(
  result: ParseResult,
  file: string,
  problems: ProductProblem[]
): CompiledContract | undefined {
  for (const { code, severity, message, line, column } of result.is === 'contract'
    ? result.warnings
    : result.problems) {
    problems.push({ code, severity, message, file, line, column })
  }
  return result.is === 'contract' ? compileContract(result.contract) : undefined
}

async function readText(
  file: string,
  files: Files,
  problems: ProductProblem[]
): Promise<string | undefined> {
  try {
    return await files.readFile(file, 'utf8')
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    problems.push(
      isMissing
        ? folderProblem(
            file,
            'CONTRACT_MISSING',
            'There is no such file: `candor init NAME` writes one.'
          )
        : folderProblem(
            file,
            'FOLDER_UNREADABLE',
            `This file cannot be read (${reasonOf(cause)}): correct its permissions.`
          )
    )
    return undefined
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function folderProblem(file: string, code: FolderProblemCode, message: string): ProductProblem {
  return { code, severity: 'error', message, file, line: 1, column: 1 }
}

async function list(folder: string, files: Files): Promise<string[] | undefined> {
  try {
    return await files.readdir(folder)
  } catch {
    return undefined
  }
}
