/**
 * Makes the current contract of a folder one of its published versions, which are only ever added
 * to.
 */
import { join } from 'node:path'
import { publicationOf, type Digest } from '@candor/contract'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import {
  contractFile,
  publishedFolder,
  readContract,
  refusalOf,
  type ProductProblem
} from './load.ts'

export interface Published {
  readonly digest: Digest
  readonly file: string
  /** False when this very contract was published before. */
  readonly isNew: boolean
}

/** Throws PRODUCT_INVALID when the contract has problems: nobody can be held to it then. */
export async function publishContract(folder: string, files: Effects['files']): Promise<Published> {
  const source = join(folder, contractFile)
  const problems: ProductProblem[] = []
  const compiled = await readContract(source, files, problems)
  const refusal = refusalOf(problems)
  if (refusal !== undefined) throw refusal
  if (compiled === undefined) throw new TypeError('a contract without problems was not compiled')
  const target = join(folder, publishedFolder)
  await files.mkdir(target, { recursive: true })
  const existing = new Map<string, string>()
  for (const name of await files.readdir(target))
    existing.set(name, await files.readFile(join(target, name), 'utf8'))
  const publication = publicationOf({ contract: compiled.contract, existing })
  const file = join(target, publication.fileName)
  if (publication.is === 'altered') {
    throw new CandorError(
      'PRODUCT_INVALID',
      publication.problems
        .map((problem) => `${file}:1:1 ${problem.code} ${problem.message}`)
        .join('\n')
    )
  }
  if (publication.is === 'new') await files.writeFile(file, publication.text, { flag: 'wx' })
  return { digest: publication.digest, file, isNew: publication.is === 'new' }
}
