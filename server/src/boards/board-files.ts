/** Boards that lie beside a product's contract, as files that are reviewed like code. */
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { boardSchema, type Board } from './board.ts'

export interface FileBoards {
  readonly boards: readonly Board[]
  /** Files that are no boards, each with why; the others are shown all the same. */
  readonly problems: readonly string[]
}

/** More is a folder of something else. */
const filesMax = 50
/** Twenty-four cards with all that they may say; keys of more would be compared for seconds. */
const charactersMax = 65_536

/** `<product folder>/boards/<name>.yaml`; the file's name is the board's. */
export async function readBoardFiles(
  { product, folder }: { readonly product: string; readonly folder: string },
  files: Effects['files']
): Promise<FileBoards> {
  const place = join(folder, 'boards')
  const names = await files.readdir(place).catch(() => [])
  const boards: Board[] = []
  const problems: string[] = []
  for (const file of names
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .slice(0, filesMax)) {
    try {
      const text = await files.readFile(join(place, file), 'utf8')
      if (text.length > charactersMax)
        throw new CandorError('PARAMETER_INVALID', `must have ${charactersMax} characters at most`)
      const read: unknown = parse(text)
      const board = boardSchema.parse({
        ...(read as object),
        name: file.replace(/\.ya?ml$/, ''),
        product
      })
      boards.push(board)
    } catch (error) {
      problems.push(`${join(place, file)}: ${wordsOf(error)}`)
    }
  }
  return { boards, problems }
}

function wordsOf(error: unknown): string {
  const [issue] =
    (error as { issues?: readonly { path: unknown[]; message: string }[] }).issues ?? []
  if (issue !== undefined) return `${issue.path.join('.')} ${issue.message}`.trim()
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
