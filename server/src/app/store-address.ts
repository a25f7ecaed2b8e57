/** Where is the store, and with which passwords is it opened, as the configuration says? */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { secretIn } from '../config/secret-in.ts'
import type { Effects } from '../effects.ts'
import type { StorageOptions } from '../storage/open-storage.ts'

/** Throws CONFIG_INVALID where a password's file can't be read. */
export async function storeAddress(
  { clickhouse, data }: Config,
  { files }: Effects
): Promise<StorageOptions['engine']> {
  if (clickhouse === undefined) return { is: 'embedded', folder: join(data, 'engine') }
  const {
    url,
    user = 'default',
    passwordFile,
    database = 'candor',
    cluster,
    reader,
    guest
  } = clickhouse
  return {
    is: 'remote',
    url,
    user,
    password: await passwordIn(files, 'clickhouse.password_file', passwordFile),
    database,
    cluster,
    ...(reader.user !== undefined && {
      reader: {
        user: reader.user,
        password: await passwordIn(files, 'clickhouse.reader_password_file', reader.passwordFile)
      }
    }),
    ...(guest.user !== undefined && {
      guest: {
        user: guest.user,
        password: await passwordIn(files, 'clickhouse.guest_password_file', guest.passwordFile)
      }
    })
  }
}

/** Empty where no file is named. `key` says which setting or flag names it. */
export async function passwordIn(
  files: Pick<Effects['files'], 'readFile'>,
  key: string,
  path: string | undefined
): Promise<string> {
  return path === undefined ? '' : secretIn(files, key, path)
}
