/**
 * May this file be believed? It belongs to this user or root, or to whoever owns its folder, and
 * nobody else can write it or put another in its place.
 */
import { dirname } from 'node:path'
import type { Effects } from '../effects.ts'

export interface Trust {
  /** Who runs this; undefined where the system knows no owners. */
  readonly user?: number | undefined
  /**
   * False for what lies in a folder that a stranger may have handed over: their own is not enough.
   */
  readonly folderOwner?: boolean
}

/** Undefined: yes, or there is no such file. Else what is wrong, with what mends it. */
export async function distrusted(
  path: string,
  { files }: Pick<Effects, 'files'>,
  { user = process.getuid?.(), folderOwner = true }: Trust = {}
): Promise<string | undefined> {
  if (user === undefined) return undefined
  const file = await files.lstat(path).catch(() => undefined)
  if (file === undefined) return undefined
  const folder = await files.stat(dirname(path))
  const owners = [user, 0, ...(folderOwner ? [folder.uid] : [])]
  if (!file.isFile()) return `${path} is no file of its own, but a link or something else.`
  if (!owners.includes(file.uid))
    return `${path} belongs to another user (${file.uid}). Remove it, or make it yours.`
  if ((file.mode & 0o022) !== 0) return `Others may write ${path}. Run: chmod 600 ${path}`
  // In a folder with the sticky bit nobody can replace what another owns.
  if ((folder.mode & 0o002) !== 0 && (folder.mode & 0o1000) === 0)
    return `Everybody may write into ${dirname(path)}. Run: chmod o-w ${dirname(path)}`
  return undefined
}
