/** Looks at the running server as its operator would, and says of each part what to do. */
import { z } from 'zod'
import type { AlertState } from '../../alerts/alerts.ts'
import type { EngineEndings } from '../../storage/engine/engine-endings.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import type { Reach } from '../access/scope.ts'
import { named } from '../describe/shapes.ts'

export const check = named('DoctorCheck', () =>
  z.strictObject({
    name: z.string(),
    is: z.enum(['ok', 'warning', 'failed']),
    says: z.string()
  })
)
export type DoctorCheck = AnswerOf<typeof check>

/** A check, and whose product it is about; without one it is about the whole collector. */
export type KnownCheck = DoctorCheck & { readonly product?: string }

/** Of the whole collector: whether what is sent is kept and can be asked for, and no count. */
const forAnybody: ReadonlySet<string> = new Set(['write path', 'store', 'clock'])

export function shownChecks(checks: readonly KnownCheck[], reach: Reach): readonly DoctorCheck[] {
  const shown = reach.isAll
    ? checks
    : checks.filter(({ name, product }) =>
        product === undefined ? forAnybody.has(name) : reach.has(product)
      )
  return shown.map(({ name, is, says }) => ({ name, is, says }))
}

export interface DoctorSources {
  readonly inbox: () => {
    readonly entriesWaiting: number
    readonly bytesWaiting: number
    readonly oldestWaitingAt: number | undefined
    readonly refusing: string | undefined
  }
  readonly store: () => {
    readonly is: 'starting' | 'ready' | 'unreachable'
    readonly engine: 'embedded' | 'remote'
    readonly since: number
    readonly endings?: EngineEndings
    readonly damage?: { readonly name: string; readonly at: number } | undefined
  }
  /** Of the data folder's disk, in bytes. */
  readonly disk: () => Promise<{ readonly free: number; readonly total: number }>
  readonly products: () => readonly {
    readonly name: string
    readonly records: number
    readonly contracts: number
    readonly hasReleases: boolean
    /** Why its releases file can't be used. */
    readonly releasesProblem: string | undefined
  }[]
  readonly hasFeedKeys: () => boolean
  readonly isSafelyListening: () => boolean
  readonly quarantined: () => Promise<number>
  /** Undefined: nobody is to be told. */
  readonly alerts: () => AlertState | undefined
  readonly now: () => number
  /** What parts of the server have to tell by themselves. */
  readonly further: () => Promise<readonly KnownCheck[]>
}

export function doctorEndpoint(services: {
  readonly checks: () => Promise<readonly KnownCheck[]>
}): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/v1/doctor',
    says: 'what is well and what is not',
    scope: 'maintain',
    answer: () => z.strictObject({ checks: z.array(check()) }),
    handle: async ({ reach }) => json({ checks: shownChecks(await services.checks(), reach) })
  })
}

export async function examine(sources: DoctorSources): Promise<readonly KnownCheck[]> {
  return [
    writePath(sources),
    loading(sources),
    store(sources),
    await disk(sources),
    await quarantine(sources),
    ...products(sources),
    feed(sources),
    listening(sources),
    alerts(sources),
    ...(await sources.further())
  ]
}

function writePath({ inbox }: DoctorSources): DoctorCheck {
  const { refusing } = inbox()
  const advice: Readonly<Record<string, string>> = {
    full:
      'more waits than inbox.bytes_max allows; see why the store does not take it, or raise ' +
      'the limit',
    'disk-low': 'the disk is nearly full; free space and accepting resumes by itself',
    'commit-failed': 'the last write failed; check the disk',
    closed: 'the server is shutting down'
  }
  if (refusing === undefined) return { name: 'write path', is: 'ok', says: 'what is sent is kept' }
  return { name: 'write path', is: 'failed', says: advice[refusing] ?? refusing }
}

function loading({ inbox, now }: DoctorSources): DoctorCheck {
  const { entriesWaiting, bytesWaiting, oldestWaitingAt } = inbox()
  if (oldestWaitingAt === undefined) return { name: 'loading', is: 'ok', says: 'nothing waits' }
  const seconds = Math.round((now() - oldestWaitingAt) / 1000)
  const says =
    `${entriesWaiting} entries (${Math.ceil(bytesWaiting / 1024)} KiB) wait, the oldest for ` +
    `${seconds} s`
  return { name: 'loading', is: seconds > 60 ? 'warning' : 'ok', says }
}

function store({ store: state, now }: DoctorSources): DoctorCheck {
  const { is, engine, since, endings, damage } = state()
  if (damage !== undefined)
    return {
      name: 'store',
      is: 'failed',
      says:
        `a file of it is damaged (${damage.name}, met at ` +
        `${new Date(damage.at).toISOString().slice(0, 16)}Z): its disk gives back other bytes ` +
        'than were written. What can be read is answered, and records wait; put a backup in its ' +
        'place'
    }
  const seconds = Math.round((now() - since) / 1000)
  const ended = endings === undefined ? undefined : endingsSay(endings)
  if (is === 'ready') {
    const isRecent = now() - (endings?.last?.at ?? Number.NEGATIVE_INFINITY) < recentMs
    return {
      name: 'store',
      is: isRecent ? 'warning' : 'ok',
      says: `the ${engine} engine answers${ended === undefined ? '' : `; ${ended}`}`
    }
  }
  const advice =
    engine === 'remote'
      ? 'check `clickhouse:` and the network'
      : (ended ?? 'it is started by itself')
  return {
    name: 'store',
    is: is === 'starting' ? 'warning' : 'failed',
    says: `the ${engine} engine is ${is} for ${seconds} s: ${advice}. Records wait in the inbox.`
  }
}

/** A restart of yesterday is no news. */
const recentMs = 24 * 3_600_000

function endingsSay({ counts, last }: EngineEndings): string | undefined {
  if (last === undefined) return undefined
  const times = Object.values(counts).reduce((total, count) => total + count, 0)
  const at = new Date(last.at).toISOString().slice(0, 16)
  return (
    `it was started again ${times === 1 ? 'once' : `${times} times`} since the server's start, ` +
    `the last time at ${at}Z, because ${last.says}`
  )
}

async function disk({ disk: look }: DoctorSources): Promise<DoctorCheck> {
  const { free, total } = await look()
  const share = Math.round((100 * free) / total)
  const says =
    `${(free / 1_073_741_824).toFixed(1)} GiB free (${share} %); below max(1 GiB, 5 %) nothing ` +
    'more is accepted'
  return { name: 'disk', is: share < 10 || free < 2_147_483_648 ? 'warning' : 'ok', says }
}

async function quarantine({ quarantined }: DoctorSources): Promise<DoctorCheck> {
  const count = await quarantined().catch(() => undefined)
  if (count === undefined)
    return {
      name: 'quarantine',
      is: 'warning',
      says: 'the store does not answer, so it could not be looked at'
    }
  if (count === 0) return { name: 'quarantine', is: 'ok', says: 'empty' }
  return {
    name: 'quarantine',
    is: 'warning',
    says:
      `${count} in the last 7 days: candor quarantine list; once what is wrong is mended, candor ` +
      'quarantine replay PRODUCT'
  }
}

function products(sources: DoctorSources): readonly KnownCheck[] {
  return sources.products().map(({ name, records, contracts, hasReleases, releasesProblem }) => ({
    name: `product ${name}`,
    product: name,
    is: releasesProblem === undefined ? 'ok' : 'failed',
    says:
      `${records} ${records === 1 ? 'record' : 'records'} declared, ${contracts} published ` +
      `${contracts === 1 ? 'contract' : 'contracts'}, ` +
      `${releasesSay({ hasReleases, releasesProblem })}`
  }))
}

function releasesSay({
  hasReleases,
  releasesProblem
}: {
  readonly hasReleases: boolean
  readonly releasesProblem: string | undefined
}): string {
  if (releasesProblem !== undefined)
    return (
      releasesProblem + (hasReleases ? '; the last good list is served' : '; its feed answers 503')
    )
  return hasReleases ? 'releases known' : 'no releases file: `candor release add` writes one'
}

function feed({ hasFeedKeys }: DoctorSources): DoctorCheck {
  if (hasFeedKeys()) return { name: 'feed', is: 'ok', says: 'signed' }
  return {
    name: 'feed',
    is: 'warning',
    says: 'not served, since there is no key to sign it: candor keys create'
  }
}

function listening({ isSafelyListening }: DoctorSources): DoctorCheck {
  if (isSafelyListening()) return { name: 'listening', is: 'ok', says: 'on loopback, or with TLS' }
  return {
    name: 'listening',
    is: 'warning',
    says:
      'beyond loopback without TLS: what clients send can be read on the way, unless something ' +
      'in front speaks TLS'
  }
}

function alerts({ alerts: state }: DoctorSources): DoctorCheck {
  const now = state()
  if (now === undefined)
    return { name: 'alerts', is: 'ok', says: 'nobody is told: `alerts` in candor.yaml names them' }
  const [away] = now.unreachable
  if (away !== undefined)
    return {
      name: 'alerts',
      is: 'warning',
      says:
        `${away[0]} takes no letter since ${new Date(away[1]).toISOString().slice(0, 16)}Z; ` +
        'the log says why, and it is tried again for three days'
    }
  const going = now.told.filter(({ is }) => is === 'state')
  if (going.length === 0) return { name: 'alerts', is: 'ok', says: 'nothing that is told goes on' }
  return {
    name: 'alerts',
    is: 'warning',
    says: `${going.length} told and not over, the latest: ${going.at(-1)?.says ?? ''}`
  }
}
