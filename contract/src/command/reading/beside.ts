/**
 * What lies beside a contract: answers of people, reviews, and the versions that were
 * published.
 */
import { dirname, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { blanks, isBlank, type Answers } from '../../dossier/blanks.ts'
import type { Contract } from '../../form/contract.ts'
import { readPublished } from '../../form/publication.ts'
import { readReviews, reviewFile, type Review } from '../../review/review-file.ts'
import { CommandError } from '../command-error.ts'
import type { World } from '../world.ts'

/** Answers of people to what a contract does not say. */
const answersFile = 'dossier.yaml'
const publishedFolder = 'contracts'

/** A path beside the contract file that is named as its reader sees it. */
export function besideOf(contractName: string, name: string, { folder }: World): string {
  return join(dirname(resolve(folder, contractName)), name)
}

/** Undefined: there is none. Throws PARAMETER_INVALID. */
export async function readAnswers(
  contractName: string,
  world: World
): Promise<Answers | undefined> {
  const path = besideOf(contractName, answersFile, world)
  const text = await textAt(path, world)
  if (text === undefined) return undefined
  const document = parseDocument(text, { schema: 'core' })
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS()
  const entries = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>)
  const wrong = entries.find(([name, answer]) => !isBlank(name) || typeof answer !== 'string')
  if (document.errors.length > 0 || typeof value === 'string' || Array.isArray(value))
    throw new CommandError('PARAMETER_INVALID', `${path} is no mapping of names to answers.`)
  if (wrong !== undefined)
    throw new CommandError(
      'PARAMETER_INVALID',
      `${path}: ${wrong[0].slice(0, 60)} ${isBlank(wrong[0]) ? 'is no text' : 'is no blank'}. ` +
        `There are: ${Object.keys(blanks).join(', ')}.`
    )
  return Object.fromEntries(entries.filter(([, answer]) => answer !== '')) as Answers
}

/** Undefined: there is no such file. Throws PARAMETER_INVALID. */
export async function reviewsBeside(
  contractName: string,
  world: World
): Promise<readonly Review[] | undefined> {
  const path = besideOf(contractName, reviewFile, world)
  const text = await textAt(path, world)
  if (text === undefined) return undefined
  const reading = readReviews(text)
  if (reading.is === 'reviews') return reading.reviews
  throw new CommandError('PARAMETER_INVALID', `${path}: ${reading.problem}.`)
}

/** In the order of their digests; a file that is none of them is left out. */
export async function publishedBeside(
  contractName: string,
  world: World
): Promise<readonly Contract[]> {
  const folder = besideOf(contractName, publishedFolder, world)
  const names = await world.effects.files.readdir(folder).catch(() => [])
  const contracts = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
      .toSorted()
      .map(async (name) => {
        const text = (await textAt(join(folder, name), world)) ?? ''
        const read = readPublished({ text, digest: `sha256:${name.slice(0, 64)}` })
        return read.is === 'invalid' ? [] : [read.contract]
      })
  )
  return contracts.flat()
}

async function textAt(path: string, { effects }: World): Promise<string | undefined> {
  return effects.files.readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
    throw new CommandError('PARAMETER_INVALID', `${path} can't be read.`, { cause })
  })
}
