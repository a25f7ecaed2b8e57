/**
 * Reads one version of a contract, wherever it is: a file, a git revision, a published version, or
 * what a running collector accepts.
 */
import { basename, resolve } from 'node:path'
import type { Contract, Digest } from '../../form/contract.ts'
import { readPublished } from '../../form/publication.ts'
import { parseContract } from '../../grammar/parse.ts'
import { CommandError } from '../command-error.ts'
import { readContractFile } from './contract-file.ts'
import { gitShow } from './git-show.ts'
import type { World } from '../world.ts'

export interface ContractVersion {
  readonly name: string
  readonly contract: Contract
}

const deadlineMs = 10_000

/** Throws CONTRACT_UNREADABLE, or PRODUCT_INVALID with the problems. */
export async function readContractVersion(spelled: string, world: World): Promise<ContractVersion> {
  if (/^https?:\/\//.test(spelled))
    return { name: spelled, contract: await fetchContract(new URL(spelled), world) }
  // A file may have a colon in its name; a revision is looked for only where there is no such file.
  const isFile = await world.effects.files.stat(resolve(world.folder, spelled)).then(
    () => true,
    () => false
  )
  if (isFile || !spelled.includes(':')) {
    const { name, text } = await readContractFile(spelled, world)
    return { name, contract: contractOf(name, text) }
  }
  const text = await gitShow(spelled, world.folder).catch((cause: unknown) => {
    throw unreadable(spelled, `git says: ${(cause as Error).message}`, cause)
  })
  return { name: spelled, contract: contractOf(spelled, text) }
}

/** Published files are named by their digest, and are held against it. */
function contractOf(name: string, text: string): Contract {
  const hex = /^([0-9a-f]{64})\.json$/.exec(basename(name))?.[1]
  const result =
    hex === undefined ? parseContract(text) : readPublished({ text, digest: `sha256:${hex}` })
  if (result.is === 'contract') return result.contract
  const problems = result.problems.map(
    ({ line, column, code, message }) => `${name}:${line}:${column} ${code} ${message}`
  )
  throw new CommandError('PRODUCT_INVALID', problems.join('\n'))
}

interface Accepted {
  readonly product: string
  readonly contract: Digest
}

/**
 * `http://127.0.0.1:4700#dlt` is the newest contract of a product; the address of a published one
 * is that one.
 */
async function fetchContract(url: URL, world: World): Promise<Contract> {
  const product = decodeURIComponent(url.hash.slice(1))
  if (url.pathname.endsWith('.json')) return contractOf(url.pathname, await fetchText(url, world))
  const base = url.href.replace(/[#?].*$/, '').replace(/\/+$/, '')
  const products = acceptedOf(await fetchText(new URL(`${base}/.well-known/telemetry.json`), world))
  if (products === undefined) throw unreadable(url.href, 'what answers there is no collector')
  const found =
    product === '' && products.length === 1
      ? products[0]
      : products.find((each) => each.product === product)
  if (found === undefined) {
    const known = products.map((each) => `${base}#${each.product}`).join(', ')
    throw unreadable(
      url.href,
      product === ''
        ? `name a product behind a #: ${known}`
        : `it accepts nothing of ${product}, but: ${known}`
    )
  }
  const path = `/contracts/${found.product}/${found.contract.replace(/^sha256:/, '')}.json`
  return contractOf(path, await fetchText(new URL(`${base}${path}`), world))
}

/** Undefined for what no collector would say. */
function acceptedOf(text: string): readonly Accepted[] | undefined {
  try {
    const told = JSON.parse(text) as { readonly products?: readonly Partial<Accepted>[] } | null
    if (!Array.isArray(told?.products)) return undefined
    return told.products.flatMap(({ product, contract }: Partial<Accepted>) =>
      /^[a-z][a-z0-9-]*$/.test(product ?? '') && /^sha256:[0-9a-f]{64}$/.test(contract ?? '')
        ? [{ product, contract } as Accepted]
        : []
    )
  } catch {
    return undefined
  }
}

async function fetchText(url: URL, { network, signal }: World): Promise<string> {
  try {
    const answer = await network.fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
    })
    if (answer.ok) return await answer.text()
    throw new Error(`it answers ${answer.status}`)
  } catch (cause) {
    signal.throwIfAborted()
    // Node says no more than "fetch failed" of whatever kept it from an answer.
    throw unreadable(
      url.href,
      cause instanceof TypeError ? 'nothing answers there' : (cause as Error).message,
      cause
    )
  }
}

function unreadable(spelled: string, because: string, cause?: unknown): CommandError {
  return new CommandError(
    'CONTRACT_UNREADABLE',
    `No contract can be read at ${spelled} (${because}). Name a file, a git revision ` +
      '(main:contract.yaml), or a collector (http://127.0.0.1:4700#product).',
    { cause }
  )
}
