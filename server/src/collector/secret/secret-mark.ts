/**
 * Is the secret still the one that made the tokens of this data? A keyed digest in the data folder
 * tells: another secret makes another, and then no installation is recognised again.
 */
import { join } from 'node:path'
import type { Effects } from '../../effects.ts'
import type { Instant } from '../../record.ts'
import type { Keyring } from './keyring.ts'

export interface SecretState {
  readonly is: 'same' | 'another'
  /** Of another: its first start with this data. */
  readonly since: Instant
}

interface Mark {
  readonly mark: string
  readonly since: Instant
  /** Of the secret before: once that is put back, all is well again. */
  readonly before?: string
}

/** Data without a mark is new, or older than marks: only a secret made at this start is told. */
export async function compareSecret(options: {
  readonly folder: string
  readonly keyring: Pick<Keyring, 'name' | 'isNew'>
  /** There was data before this start. */
  readonly wasUsed: boolean
  readonly effects: Effects
}): Promise<SecretState> {
  const { folder, keyring, wasUsed, effects } = options
  const { files, clock } = effects
  const path = join(folder, 'secret-mark.json')
  const mark = keyring.name('(secret)', '(mark)')
  const known = await readMark(path, files)
  if (known?.mark === mark)
    return { is: known.before === undefined ? 'same' : 'another', since: known.since }
  const since = clock.now()
  const isAnother = known === undefined ? keyring.isNew && wasUsed : known.before !== mark
  const next: Mark = isAnother ? { mark, since, before: known?.mark ?? '' } : { mark, since }
  const draft = `${path}.new`
  await files.writeFile(draft, `${JSON.stringify(next)}\n`, { mode: 0o600, flush: true })
  await files.rename(draft, path)
  return { is: isAnother ? 'another' : 'same', since }
}

async function readMark(path: string, files: Effects['files']): Promise<Mark | undefined> {
  try {
    const read = JSON.parse(await files.readFile(path, 'utf8')) as Partial<Mark> | null
    return typeof read?.mark === 'string' && typeof read.since === 'number'
      ? (read as Mark)
      : undefined
  } catch {
    return undefined
  }
}
