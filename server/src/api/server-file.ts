/**
 * How a command on the same machine finds the running server: a file in the data folder, which only
 * the server's user may read.
 */
import { join } from 'node:path'
import { replaceFile } from '../config/own-file.ts'
import type { Effects } from '../effects.ts'

export interface ServerAddress {
  /** Of API and dashboard. */
  readonly url: string
  readonly token: string
}

/** Where a server of this data folder leaves it. */
export function serverFilePath(data: string): string {
  return join(data, 'server.json')
}

/** Returns what removes it again. */
export async function writeServerFile(
  data: string,
  address: ServerAddress & { readonly ingest: string },
  { files }: Pick<Effects, 'files'>
): Promise<() => Promise<void>> {
  const path = serverFilePath(data)
  await replaceFile(path, `${JSON.stringify(address)}\n`, files)
  return () => files.rm(path, { force: true })
}

/** Undefined when no server has left one. */
export async function readServerFile(
  data: string,
  { files }: Pick<Effects, 'files'>
): Promise<ServerAddress | undefined> {
  try {
    const { url, token } = JSON.parse(await files.readFile(serverFilePath(data), 'utf8')) as Record<
      string,
      unknown
    >
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : undefined
  } catch {
    return undefined
  }
}
