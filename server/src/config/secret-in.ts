/** What stands in a file that the configuration names for a password, a token or a key? */
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'

/** `key` says which setting or flag names the file. Throws CONFIG_INVALID where it can't be read. */
export async function secretIn(
  files: Pick<Effects['files'], 'readFile'>,
  key: string,
  path: string
): Promise<string> {
  try {
    return (await files.readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new CandorError('CONFIG_INVALID', `${key} ${path} can't be read.`, { cause })
  }
}
