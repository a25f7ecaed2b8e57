/**
 * Writes down what operators do, and reads it back: when, who, what, whose product, which token and
 * why; never a raw id or a secret.
 */
import { z } from 'zod'
import type { Effects } from '../../effects.ts'
import type { Token } from '../../record.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import { instant, named, texts, wholeFrom1 } from '../describe/shapes.ts'
import type { Reach } from './scope.ts'
import { shortenAudit } from './shorten-audit.ts'

export const auditReasons = ['access', 'support', 'deletion'] as const
const auditActs = [
  'installation-show',
  'installation-export',
  'installation-delete',
  'sign-in',
  'sign-out',
  'sign-in-link',
  'session-revoke',
  'token-create',
  'token-revoke',
  'query',
  'clock-believe',
  'board-share',
  'board-unshare',
  'account-show',
  'account-link',
  'account-delete',
  'write-key-create',
  'write-key-revoke',
  'advisory-add',
  'publish',
  'publish-withdraw',
  'contract-try',
  'backup',
  'import',
  'quarantine-replay',
  'export',
  'forward-begin',
  'forward-end',
  'move'
] as const

export interface AuditEntry {
  /** `operator`, or the name of a token. */
  readonly who: string
  readonly act: (typeof auditActs)[number]
  readonly product?: string
  /** Of what was exported. */
  readonly day?: string
  /** Whom it is passed on to, as the contract names it. */
  readonly to?: string
  /** Keyed tokens, as the store has them. */
  readonly installation?: readonly Token[]
  readonly reason?: (typeof auditReasons)[number]
  readonly found?: boolean
  /** The name of the token that was made or revoked; of sessions, whose they were. */
  readonly token?: string
  readonly scopes?: readonly string[]
  /** Where it concerns some, and not one alone. */
  readonly products?: readonly string[]
}

/** Lines of earlier and later releases may know other acts and other keys. */
const act = named('Act', () =>
  z.looseObject({
    at: instant(),
    who: z.string(),
    act: z.string(),
    product: z.string().optional(),
    day: z.string().optional(),
    to: z.string().optional(),
    installation: texts().optional(),
    reason: z.string().optional(),
    found: z.boolean().optional(),
    token: z.string().optional(),
    scopes: texts().optional(),
    products: texts().optional()
  })
)
type Act = AnswerOf<typeof act>

/** What is about no product is about the whole collector. */
function concerns({ product, products = [] }: Act, reach: Reach): boolean {
  if (reach.isAll) return true
  const named = product === undefined ? products : [product, ...products]
  return named.length > 0 && named.every((each) => reach.has(each))
}

export interface Audit {
  /**
   * On the disk once it resolves. What can't be written down is not granted: the promise rejects.
   */
  write(entry: AuditEntry): Promise<void>
  /** Newest first. */
  read(limit: number, isAmong?: (act: Act) => boolean): Promise<readonly Act[]>
}

/** The last MiB holds thousands of acts; whoever needs older ones reads the file. */
const bytesReadMax = 1_048_576
const limitUsual = 100
const limitMax = 1_000

/** One JSON line an act, readable by the server's user only. */
export function openAudit({
  path,
  bytesMax,
  effects
}: {
  readonly path: string
  readonly bytesMax: number
  readonly effects: Effects
}): Audit {
  // One after the other: a line that is added while the file is shortened would be lost.
  let last: Promise<unknown> = Promise.resolve()
  return {
    write(entry) {
      const line = JSON.stringify({ at: new Date(effects.clock.now()).toISOString(), ...entry })
      const add = async (): Promise<void> => {
        if ((await append(path, `${line}\n`, effects)) > bytesMax)
          await shortenAudit(path, bytesMax, effects)
      }
      const written = last.then(add)
      last = written.catch(() => undefined)
      return written
    },
    async read(limit, isAmong = () => true) {
      const lines = (await lastBytes(path, effects)).split('\n')
      return lines.flatMap(readLine).filter(isAmong).slice(-limit).toReversed()
    }
  }
}

export function auditEndpoint(services: { readonly audit: Pick<Audit, 'read'> }): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/v1/audit',
    says: 'what was done, newest first: by whom, and to which product',
    scope: 'maintain',
    query: () =>
      z.strictObject({ limit: wholeFrom1(limitUsual, limitMax).describe('how many acts') }),
    answer: () => z.strictObject({ acts: z.array(act()) }),
    handle: async ({ query, reach }) =>
      json({ acts: await services.audit.read(query.limit, (act) => concerns(act, reach)) })
  })
}

/** On the disk once it resolves, with the file's size. */
async function append(path: string, line: string, { files }: Effects): Promise<number> {
  const file = await files.open(path, 'a', 0o600)
  try {
    await file.appendFile(line)
    await file.datasync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

async function lastBytes(path: string, { files }: Effects): Promise<string> {
  const file = await files.open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - bytesReadMax)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const read = buffer.toString('utf8', 0, bytesRead)
    // The first line may have lost its head.
    return from === 0 ? read : read.slice(read.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}

/**
 * Nothing of a line that was cut off by a crash. Lines of the first release have an `action` on an
 * installation, and no `who`.
 */
function readLine(line: string): readonly Act[] {
  try {
    const read: unknown = JSON.parse(line)
    if (typeof read !== 'object' || read === null || !('at' in read)) return []
    const { action, ...written } = read as Readonly<Record<string, unknown>>
    const old = { who: 'operator', act: `installation-${String(action)}` }
    return [{ ...written, ...(action === undefined ? {} : old) } as unknown as Act]
  } catch {
    return []
  }
}
