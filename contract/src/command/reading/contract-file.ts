/** Reads the contract that a command names: a file, or the `contract.yaml` of a folder. */
import { join, relative, resolve } from 'node:path'
import { CommandError } from '../command-error.ts'
import type { World } from '../world.ts'

/** What it is called in a product's folder. */
export const contractFile = 'contract.yaml'

export interface ContractFile {
  /** As its reader would name it from where they stand. */
  readonly name: string
  readonly text: string
}

/** Throws CONTRACT_UNREADABLE. */
export async function readContractFile(
  path: string,
  { effects: { files }, folder }: Pick<World, 'effects' | 'folder'>
): Promise<ContractFile> {
  const named = resolve(folder, path)
  try {
    const file = (await files.stat(named)).isDirectory() ? join(named, contractFile) : named
    return { name: relative(folder, file) || file, text: await files.readFile(file, 'utf8') }
  } catch (cause) {
    const because =
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is none'
        : String((cause as Error).message)
    throw new CommandError(
      'CONTRACT_UNREADABLE',
      `No contract can be read at ${path} (${because}). Name a file or folder, or write one ` +
        'with `candor init NAME`.',
      { cause }
    )
  }
}
