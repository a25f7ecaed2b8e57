/** Makes the current contract of a folder one of its published versions, which are only ever added to. */
import { join } from 'node:path'
import type { Digest } from '@candor/contract'
import type { Effects } from '../effects.ts'
import { contractFile, publishedFolder, readContract, refusalOf, type ProductProblem } from './load.ts'

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
  const { digest, document } = compiled.contract
  const file = join(folder, publishedFolder, `${digest.slice('sha256:'.length)}.json`)
  await files.mkdir(join(folder, publishedFolder), { recursive: true })
  try {
    await files.writeFile(file, `${JSON.stringify(document, null, 2)}\n`, { flag: 'wx' })
    return { digest, file, isNew: true }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return { digest, file, isNew: false }
    throw cause
  }
}
