/** Is another server using this folder? A lock file in it says so, while that server lives. */
import { join } from 'node:path'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { lockFile, type FileLock, type Holder } from './file-lock.ts'

export async function lockFolder(folder: string, effects: Effects): Promise<FileLock> {
  const lock = await lockFile(join(folder, 'lock'), effects)
  if (lock.is === 'taken') throw locked(folder, lock.by)
  return lock
}

function locked(folder: string, holder: Holder | undefined): CandorError {
  const who = holder === undefined ? 'another server' : `process ${holder.pid} on ${holder.host}`
  return new CandorError(
    'INBOX_LOCKED',
    `The folder ${folder} is in use by ${who}. Stop it, or give this server a folder of its ` +
      'own with --data.',
    {
      details: { pid: holder?.pid ?? 0 }
    }
  )
}
