/**
 * Which keys sign the feeds: one that signs now, and the next one, which clients trust already so
 * that a change surprises nobody.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject
} from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'

export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the raw public key. */
  readonly id: string
  readonly algorithm: 'Ed25519'
  /** The 32 raw bytes, base64. */
  readonly key: string
  readonly use: 'current' | 'next'
}

export interface FeedKeys {
  readonly public: readonly [current: PublicKey, next: PublicKey]
  /**
   * With the current key; 64 bytes, base64. Ed25519 gives the same signature for the same bytes.
   */
  sign(bytes: Buffer): string
}

interface KeyFile {
  readonly candor: 1
  /** PKCS #8 in PEM. */
  readonly current: string
  readonly next: string
}

type KeyFolder = { readonly folder: string; readonly effects: Effects }

/** One file, so that a change of keys happens whole or not at all. */
const fileName = 'feed.json'
const keyFile = z.strictObject({ candor: z.literal(1), current: z.string(), next: z.string() })

/** Throws KEYS_INVALID when there are keys already. */
export async function createKeys({ folder, effects }: KeyFolder): Promise<FeedKeys> {
  const path = join(folder, fileName)
  await effects.files.mkdir(folder, { recursive: true, mode: 0o700 })
  const content: KeyFile = { candor: 1, current: generate(), next: generate() }
  await effects.files
    .writeFile(path, JSON.stringify(content), { mode: 0o600, flag: 'wx' })
    .catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
        throw new CandorError(
          'KEYS_INVALID',
          `There are keys in ${folder} already. \`candor keys rotate\` puts the next one in use.`,
          { cause }
        )
      }
      throw new CandorError(
        'KEYS_INVALID',
        `Keys can't be written to ${folder}. Check that this user may write there.`,
        { cause }
      )
    })
  return asKeys(content, path)
}

/**
 * The next key becomes the current one, and a new one comes next. Clients that know the old pair
 * still trust the feed.
 */
export async function rotateKeys({ folder, effects }: KeyFolder): Promise<FeedKeys> {
  const path = join(folder, fileName)
  const before = await readFile({ folder, effects })
  if (before === undefined)
    throw new CandorError(
      'KEYS_MISSING',
      `There are no keys in ${folder}. Run \`candor keys create\`.`
    )
  const content: KeyFile = { candor: 1, current: before.next, next: generate() }
  const temporary = `${path}.${effects.random(6).toString('hex')}`
  await effects.files.writeFile(temporary, JSON.stringify(content), { mode: 0o600, flag: 'wx' })
  await effects.files.rename(temporary, path)
  return asKeys(content, path)
}

/**
 * Undefined when there are none. Throws KEYS_INVALID when they can't be read, or others may read
 * them.
 */
export async function readKeys(place: KeyFolder): Promise<FeedKeys | undefined> {
  const content = await readFile(place)
  return content && asKeys(content, join(place.folder, fileName))
}

async function readFile({ folder, effects }: KeyFolder): Promise<KeyFile | undefined> {
  const path = join(folder, fileName)
  try {
    const { mode } = await effects.files.stat(path)
    if ((mode & 0o077) !== 0)
      throw new CandorError(
        'KEYS_INVALID',
        `Others may read the feed keys ${path}. Run: chmod 600 ${path}`
      )
    return keyFile.parse(JSON.parse(await effects.files.readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof CandorError) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw invalid(path)
  }
}

function asKeys(content: KeyFile, path: string): FeedKeys {
  try {
    const current = createPrivateKey(content.current)
    return {
      public: [publicKey(current, 'current'), publicKey(createPrivateKey(content.next), 'next')],
      sign: (bytes) => sign(null, bytes, current).toString('base64')
    }
  } catch {
    // The cause is left out: it may quote the key.
    throw invalid(path)
  }
}

function invalid(path: string): CandorError {
  return new CandorError(
    'KEYS_INVALID',
    `The feed keys ${path} can't be used. Restore the file, or remove it and run \`candor ` +
      'keys create`: clients must then learn the new keys.'
  )
}

function publicKey(key: KeyObject, use: PublicKey['use']): PublicKey {
  const { crv, x } = createPublicKey(key).export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('not Ed25519')
  const raw = Buffer.from(x, 'base64url')
  return {
    id: createHash('sha256').update(raw).digest('hex').slice(0, 16),
    algorithm: 'Ed25519',
    key: raw.toString('base64'),
    use
  }
}

function generate(): string {
  return generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
}
