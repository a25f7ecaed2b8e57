/** What a backup says of itself: which files it has, and what must be counted in them again. */
import { text } from 'node:stream/consumers'
import type { StagedBackup } from '../../api/endpoints/keeping/backups.ts'
import { CandorError } from '../../errors.ts'
import type { BackupPlace } from './backup-place.ts'

export interface Manifest extends Omit<StagedBackup, 'name' | 'folder'> {
  readonly candor: 1
  readonly files: readonly {
    readonly name: string
    readonly bytes: number
    readonly sha256: string
  }[]
}

export const manifestName = 'manifest.json'

export async function readManifest(place: BackupPlace): Promise<Manifest> {
  let read: Partial<Manifest>
  try {
    read = JSON.parse(await text(await place.read(manifestName))) as Partial<Manifest>
  } catch (cause) {
    throw new CandorError(
      'BACKUP_INVALID',
      `There is no whole backup in ${place.says}: its ${manifestName} can't be read.`,
      { cause }
    )
  }
  if (
    read.candor !== 1 ||
    !Array.isArray(read.files) ||
    read.files.some(({ name }) => isOutside(name))
  )
    throw new CandorError(
      'BACKUP_INVALID',
      `What lies in ${place.says} is no backup that this program can read.`
    )
  return read as Manifest
}

/** A name that would be written elsewhere than below the new folder. */
function isOutside(name: string): boolean {
  return name.startsWith('/') || name.split(/[\\/]/).some((part) => part === '..' || part === '')
}
