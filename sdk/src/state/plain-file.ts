/**
 * How is a file opened that may not be what it seems? Without following a link, without waiting for
 * a pipe, and only if it is this user's.
 */
import type { Effects, FileStats } from '../effects.ts'

export type OwnFiles = Pick<Effects, 'files'> & {
  readonly system: Pick<Effects['system'], 'userId'>
}

/**
 * A link may lead to anybody's file, a device or a pipe may never answer, and another user's file
 * is for them to write.
 */
export function isPlain(found: FileStats | undefined, { system }: OwnFiles): found is FileStats {
  return found !== undefined && found.isFile() && isOwn(found, { system })
}

export function isOwn(found: FileStats, { system }: Pick<OwnFiles, 'system'>): boolean {
  return system.userId === undefined || found.uid === system.userId
}

/**
 * The descriptor. Throws as `openSync` does, and with code `EREFUSED` where something else lies
 * there.
 */
export function openPlain(
  path: string,
  how: 'read' | 'append' | 'overwrite',
  own: OwnFiles
): number {
  const { files } = own
  const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = files.constants
  const flags = {
    read: O_RDONLY,
    append: O_WRONLY | O_APPEND | O_CREAT,
    overwrite: O_WRONLY | O_CREAT
  }[how]
  const file = files.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    if (isPlain(files.fstatSync(file), own)) return file
    throw Object.assign(new Error(`${path} is no plain file of this user’s`), { code: 'EREFUSED' })
  } catch (error) {
    files.closeSync(file)
    throw error
  }
}
