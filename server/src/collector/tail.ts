/**
 * What is being kept and dropped right now? A live feed of records as they are kept, for `candor
 * tail`; costs nothing while nobody looks.
 */
import type { Effects } from '../effects.ts'
import type { Dropped, Instant, KeptRecord } from '../record.ts'
import type { CollectorLimits } from './limits.ts'

/**
 * One line of the feed. Tokens are cut to eight digits: enough to tell senders apart, too few to
 * look one up.
 */
export interface TailLine {
  readonly at: string
  readonly product: string
  readonly is: 'kept' | 'dropped' | 'skipped'
  readonly name?: string
  readonly protocol?: string
  readonly installation?: string
  readonly version?: string
  readonly fields?: Readonly<Record<string, unknown>>
  /** `field` only if a contract declares it. */
  readonly dropped?: readonly Dropped[]
  /** Of `skipped`: how many lines were too many for this second. */
  readonly count?: number
}

export interface Tail {
  readonly isWatched: boolean
  kept(record: KeptRecord, dropped: readonly Dropped[]): void
  dropped(drop: {
    readonly product: string
    readonly protocol: string
    readonly at: Instant
    readonly dropped: readonly Dropped[]
  }): void
  /**
   * Returns what ends the subscription. Beyond the most readers,
   * the oldest is ended.
   */
  subscribe(
    filter: { readonly shows: (product: string) => boolean },
    listener: (line: TailLine) => void
  ): () => void
}

interface Reader {
  readonly shows: (product: string) => boolean
  readonly listener: (line: TailLine) => void
}

export function createTail({
  effects,
  limits
}: {
  effects: Pick<Effects, 'clock'>
  limits: CollectorLimits
}): Tail {
  const readers = new Set<Reader>()
  let second = 0
  /** Of this second, by product: whose records are many hides no other's. */
  const told = new Map<string, { lines: number; skipped: number }>()

  const publish = (line: TailLine): void => {
    const now = Math.floor(effects.clock.now() / 1_000)
    if (now !== second) {
      const at = new Date(now * 1_000).toISOString()
      for (const [product, { skipped: count }] of told)
        if (count > 0) tell({ at, product, is: 'skipped', count }, readers)
      second = now
      told.clear()
    }
    const of = told.get(line.product) ?? { lines: 0, skipped: 0 }
    told.set(line.product, of)
    if (++of.lines > limits.tailLinesPerSecondMax) of.skipped++
    else tell(line, readers)
  }

  return {
    get isWatched() {
      return readers.size > 0
    },
    kept(record, dropped) {
      publish({
        at: new Date(record.receivedAt).toISOString(),
        product: record.product,
        is: 'kept',
        name: record.name,
        protocol: record.protocol,
        ...(record.installation !== undefined && { installation: record.installation.slice(0, 8) }),
        ...(record.version !== undefined && { version: record.version }),
        fields: shortened(record.fields) as Readonly<Record<string, unknown>>,
        dropped
      })
    },
    dropped({ product, protocol, at, dropped }) {
      publish({ at: new Date(at).toISOString(), product, is: 'dropped', protocol, dropped })
    },
    subscribe({ shows }, listener) {
      const [oldest] = readers
      if (oldest !== undefined && readers.size >= limits.tailReadersMax) readers.delete(oldest)
      const reader = { shows, listener }
      readers.add(reader)
      return () => readers.delete(reader)
    }
  }
}

function tell(line: TailLine, readers: ReadonlySet<Reader>): void {
  for (const { shows, listener } of readers) if (shows(line.product)) listener(line)
}

const token = /^[0-9a-f]{32}$/

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return token.test(value) ? `${value.slice(0, 8)}…` : value
  if (Array.isArray(value)) return value.map(shortened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      token.test(key) ? `${key.slice(0, 8)}…` : key,
      shortened(inner)
    ])
  )
}
