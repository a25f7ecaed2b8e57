/** Reads one file as a git revision has it. */
import { execFile } from 'node:child_process'

/** A contract is at most a mebibyte; a larger file is none. */
const bytesMax = 4 * 1_048_576
const deadlineMs = 10_000

/**
 * `spelled` is git's own `revision:path`: from the top of the repository, or from the folder with
 * `./`. No shell sees it, no filter or pager
 * runs. Rejects with what git says.
 */
export function gitShow(spelled: string, folder: string): Promise<string> {
  if (spelled.startsWith('-'))
    return Promise.reject(new Error('a revision does not begin with a dash'))
  return new Promise((resolve, reject) => {
    const options = {
      cwd: folder,
      maxBuffer: bytesMax,
      timeout: deadlineMs,
      encoding: 'utf8'
    } as const
    execFile('git', ['cat-file', 'blob', spelled], options, (error, text, said) => {
      if (error === null) resolve(text)
      else reject(new Error(said.trim().replace(/^fatal: /, '') || error.message, { cause: error }))
    })
  })
}
