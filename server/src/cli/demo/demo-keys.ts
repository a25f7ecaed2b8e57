/**
 * The keys that sign the demonstration's feed: its releases are known, so that a client of it can
 * be told what is newest.
 */
import { join } from 'node:path'
import type { Effects } from '../../effects.ts'
import { createKeys } from '../../releases/keys.ts'

/**
 * The folder of the operator's own where there is one. Keys that sign invented releases guard
 * nothing: they may lie in the data, as other keys may not.
 */
export async function demoKeys({
  keys,
  data,
  effects
}: {
  readonly keys: string
  readonly data: string
  readonly effects: Pick<Effects, 'clock' | 'files' | 'random'>
}): Promise<string> {
  const { files } = effects
  const isThere = (path: string): Promise<boolean> =>
    files.stat(path).then(
      () => true,
      () => false
    )
  if (await isThere(keys)) return keys
  const folder = join(data, 'demo-keys')
  if (!(await isThere(folder))) {
    await files.mkdir(data, { recursive: true, mode: 0o700 })
    await createKeys({ folder, effects })
  }
  return folder
}
