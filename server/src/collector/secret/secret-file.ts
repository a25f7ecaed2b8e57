/**
 * Where the master secret and its epochs lie: two small files of their own, outside the data folder
 * and so never in a backup of it.
 */
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'

export interface KeyEpoch {
  readonly epoch: number
  readonly since: Instant
}

export interface Secret {
  readonly master: Buffer
  readonly epochs: readonly KeyEpoch[]
  /**
   * True when there was no secret yet: over existing data that means that every installation looks
   * new.
   */
  readonly isNew: boolean
}

const SECRET_BYTES = 32

export async function readSecret({
  path,
  dataFolder,
  effects
}: {
  path: string
  dataFolder: string
  effects: Effects
}): Promise<Secret> {
  const inside = relative(resolve(dataFolder), resolve(path))
  if (!inside.startsWith('..') && !isAbsolute(inside)) {
    throw unreadable(
      `The secret file ${path} lies inside the data folder, so every backup would carry it. ` +
        'Give it a place of its own.'
    )
  }
  const { files } = effects
  const isNew = await createIfMissing(path, effects)
  try {
    const { mode } = await files.stat(path)
    if ((mode & 0o077) !== 0)
      throw unreadable(`Others may read the secret file ${path}. Run: chmod 600 ${path}`)
    const text = (await files.readFile(path, 'utf8')).trim()
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw unreadable(
        `The secret file ${path} does not hold 64 hexadecimal digits. Restore it; a new one ` +
          'makes every installation look new.'
      )
    }
    return { master: Buffer.from(text, 'hex'), epochs: await readEpochs(path, effects), isNew }
  } catch (error) {
    if (error instanceof CandorError) throw error
    throw unreadable(
      `The secret file ${path} can't be read. Check that this server's user owns it.`,
      error
    )
  }
}

export async function writeEpochs({
  path,
  epochs,
  effects
}: {
  path: string
  epochs: readonly KeyEpoch[]
  effects: Effects
}): Promise<void> {
  const { files } = effects
  const draft = `${epochsPath(path)}.new`
  await files.writeFile(draft, `${JSON.stringify({ epochs }, null, 2)}\n`, {
    mode: 0o600,
    flush: true
  })
  await files.rename(draft, epochsPath(path))
}

async function createIfMissing(path: string, effects: Effects): Promise<boolean> {
  const { files } = effects
  try {
    await files.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await files.writeFile(path, `${effects.random(SECRET_BYTES).toString('hex')}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true
    })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw unreadable(
      `The secret file ${path} can't be created. Name another place for it, or create it ` +
        'with 64 random hexadecimal digits.',
      error
    )
  }
}

async function readEpochs(path: string, effects: Effects): Promise<readonly KeyEpoch[]> {
  let text: string
  try {
    text = await effects.files.readFile(epochsPath(path), 'utf8')
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    const epochs = [{ epoch: 1, since: effects.clock.now() }]
    await writeEpochs({ path, epochs, effects })
    return epochs
  }
  const epochs = parseEpochs(text)
  if (epochs === undefined)
    throw unreadable(
      `The file ${epochsPath(path)} does not hold the key epochs. Restore it from beside ` +
        'your copy of the secret.'
    )
  return epochs
}

/** Undefined unless it is what `writeEpochs` wrote: at least one epoch, numbered upwards. */
export function parseEpochs(text: string): readonly KeyEpoch[] | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const list =
    typeof read === 'object' && read !== null && 'epochs' in read ? read.epochs : undefined
  if (!Array.isArray(list) || list.length === 0) return undefined
  const epochs: KeyEpoch[] = []
  for (const item of list as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || !('epoch' in item) || !('since' in item))
      return undefined
    const { epoch, since } = item
    if (typeof epoch !== 'number' || typeof since !== 'number' || !Number.isSafeInteger(epoch))
      return undefined
    if (epoch <= (epochs.at(-1)?.epoch ?? 0)) return undefined
    epochs.push({ epoch, since })
  }
  return epochs
}

function epochsPath(path: string): string {
  return `${path}.epochs.json`
}

function unreadable(message: string, cause?: unknown): CandorError {
  return new CandorError('SECRET_UNREADABLE', message, { cause })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
