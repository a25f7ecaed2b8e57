/**
 * What does whoever runs this machine say, for all its users? Distributions and companies drop
 * files into one folder.
 */
import type { Effects } from '../effects.ts'
import { limits } from '../limits.ts'
import type { Saying } from './decision.ts'
import { readWord } from './words.ts'

export interface MachinePolicy {
  readonly sayings: readonly Saying[]
  /** Final: no user and no project sends anywhere else. */
  readonly endpoint?: string
  readonly writeKey?: string
  readonly versionCheck?: 'off'
  /** No process of its own may send for a program that has ended. */
  readonly delivery?: 'in-process'
  /** Which file named the endpoint. */
  readonly where?: string
}

const filesMax = 100

/**
 * `{ "telemetry": "off", "products": { "dlt": { "telemetry": "on", "level": "basic", "endpoint":
 * "https://…", "versionCheck": "off", "delivery": "in-process" } } }`,
 * where what stands outside of `products` holds for all. Files are read in the order of their
 * names. Any off counts, the lowest level
 * counts, and the first endpoint counts. A file that cannot be read counts as off.
 */
export function readPolicy({
  product,
  levels,
  effects
}: {
  readonly product: string
  readonly levels: readonly string[]
  readonly effects: Pick<Effects, 'files' | 'system' | 'variables'>
}): MachinePolicy {
  const policy: { -readonly [Key in keyof MachinePolicy]: MachinePolicy[Key] } & {
    sayings: Saying[]
  } = { sayings: [] }
  for (const folder of foldersOf(effects)) {
    for (const where of filesIn(folder, effects.files)) {
      const document = isTheMachines(where, effects) ? readObject(where, effects.files) : undefined
      const products = document?.['products'] === undefined ? {} : objectOf(document['products'])
      const parts = [
        document,
        products && (Object.hasOwn(products, product) ? objectOf(products[product]) : {})
      ]
      if (document === undefined || parts.includes(undefined)) {
        policy.sayings.push({
          source: 'machine-policy',
          where,
          says: 'off',
          suspected: true,
          warning: 'it cannot be read, so it counts as off'
        })
        continue
      }
      for (const part of parts) {
        const said = readWord(part?.['telemetry'], levels)
        const level = textOf(part?.['level']) ?? said.level
        if (said.says !== undefined || level !== undefined)
          policy.sayings.push({
            source: 'machine-policy',
            where,
            ...said,
            ...(level === undefined ? {} : { level })
          })
        if (readWord(part?.['versionCheck']).says === 'off') policy.versionCheck = 'off'
        if (part?.['delivery'] === 'in-process') policy.delivery = 'in-process'
      }
      // What is said of this product alone comes before what is said of all.
      for (const part of parts.toReversed()) {
        const endpoint = textOf(part?.['endpoint'])
        if (endpoint === undefined || policy.endpoint !== undefined) continue
        policy.endpoint = endpoint
        policy.where = where
        const writeKey = textOf(part?.['writeKey'])
        if (writeKey !== undefined) policy.writeKey = writeKey
      }
    }
  }
  return policy
}

function foldersOf({
  system,
  variables
}: Pick<Effects, 'system' | 'variables'>): readonly string[] {
  if (system.platform === 'win32')
    return [`${variables['ProgramData'] || 'C:\\ProgramData'}/candor.d`]
  return [
    ...(system.platform === 'darwin' ? ['/Library/Application Support/candor.d'] : []),
    '/etc/candor.d'
  ]
}

function filesIn(folder: string, files: Effects['files']): readonly string[] {
  try {
    // Asked first: an error that nobody looks at takes longer than all else here.
    if (files.statSync(folder, { throwIfNoEntry: false }) === undefined) return []
    const names = files.readdirSync(folder).filter((name) => name.endsWith('.json'))
    return names
      .toSorted()
      .slice(0, filesMax)
      .map((name) => `${folder}/${name}`)
  } catch (error) {
    // It is not there, as almost everywhere. A folder that is there and closed may hold a refusal,
    // and its name stands for it.
    return /^(?:ENOENT|ENOTDIR)$/.test(String((error as { readonly code?: unknown }).code))
      ? []
      : [folder]
  }
}

/** Whoever may write it decides where all users' reports go: nobody but root, or this user. */
function isTheMachines(
  path: string,
  { files, system }: Pick<Effects, 'files' | 'system'>
): boolean {
  try {
    const { uid, mode } = files.statSync(path)
    return (
      system.userId === undefined || ((uid === 0 || uid === system.userId) && (mode & 0o002) === 0)
    )
  } catch {
    return false
  }
}

/** A file's JSON object; undefined if it cannot be read as one. */
export function readObject(
  path: string,
  files: Effects['files']
): Record<string, unknown> | undefined {
  try {
    const found = files.statSync(path)
    if (!found.isFile() || found.size > limits.stateFileBytesMax) return undefined
    return objectOf(JSON.parse(files.readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
