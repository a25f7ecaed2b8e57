/**
 * Passes on what is kept, to recipients that the published contract names, and tells them of
 * deletions.
 */
import type { Effects } from '../effects.ts'
import type { Tombstone } from '../inbox/inbox.ts'
import type { Log } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Recipient } from './forwarded.ts'
import { Forwarder, type ForwarderOptions, type ForwarderState } from './forwarder.ts'
import { settledAt } from './kept-rows.ts'
import { openPlaces } from './places.ts'
import { namedRecipient, type Contracts } from './within-terms.ts'

export interface ForwardingOptions {
  readonly targets: readonly {
    readonly product: string
    readonly to: string
    readonly kind: string
    readonly records: readonly string[] | undefined
    readonly knowsUsersAlone: boolean
    readonly open: (signal: AbortSignal) => Recipient
  }[]
  /** In the data folder. */
  readonly path: string
  readonly contracts: (product: string) => Contracts
  readonly outside: (product: string, to: string, kind: string, token: string) => string
  readonly storage: Pick<Storage, 'query' | 'cluster' | 'unsettledMs'>
  /** Resolves once there are tables. */
  readonly prepared: Promise<void>
  readonly tombstones: (product: string) => readonly Tombstone[]
  /** What began or ended is written down before the first record goes. */
  readonly audit: (
    act: 'forward-begin' | 'forward-end',
    product: string,
    to: string
  ) => Promise<void>
  readonly effects: Pick<Effects, 'clock' | 'files' | 'random'>
  readonly log: Pick<Log, 'warn' | 'info'>
  /** Instead of our own, for a test. */
  readonly pauseMs?: number
}

export interface Forwarding {
  state(): readonly ForwarderState[]
  /** Before anything is erased from the store. */
  noteDeletions(): Promise<void>
  close(): Promise<void>
}

export async function startForwarding(options: ForwardingOptions): Promise<Forwarding> {
  const { targets, effects, storage, log } = options
  const closing = new AbortController()
  const places = await openPlaces(options.path, effects)
  const known = targets.filter(({ product, to }) => places.has(keyOf(product, to)))
  const open = (target: Target): Forwarder =>
    openForwarder(options, target, { places, signal: closing.signal })
  const forwarders = known.map(open)

  const begin = async (): Promise<void> => {
    const wanted = new Set(targets.map(({ product, to }) => keyOf(product, to)))
    for (const key of places.keepOnly(wanted)) {
      const [product = '', to = ''] = key.split('/', 2)
      await options.audit('forward-end', product, to)
    }
    // By the store's clock: what had settled before somebody named a recipient is not passed on.
    const at = await untilAnswered(() => settledAt(storage), effects, closing.signal)
    if (at === undefined) return
    for (const target of targets.filter((one) => !known.includes(one))) {
      const { product, to } = target
      await options.audit('forward-begin', product, to)
      places.begin(keyOf(product, to), { at, now: effects.clock.now() })
      forwarders.push(open(target))
    }
    await places.save()
    for (const { product, to } of targets)
      if (namedRecipient(options.contracts(product), to) === undefined)
        log.warn(
          { code: 'FORWARD_UNDECLARED', product, to },
          'no record is passed on: the published contract does not name this recipient'
        )
    await Promise.all(forwarders.map((forwarder) => forwarder.run()))
  }
  const closed = new Promise<void>((resolve) =>
    closing.signal.addEventListener('abort', () => resolve(), { once: true })
  )
  // A server whose store is away ends all the same.
  const running = Promise.race([options.prepared, closed])
    .then(() => (closing.signal.aborted ? undefined : begin()))
    .catch((error: unknown) => {
      if (!closing.signal.aborted)
        log.warn({ cause: error instanceof Error ? error.name : '' }, 'nothing is passed on')
    })
  return {
    state: () => forwarders.map((forwarder) => forwarder.state()),
    async noteDeletions() {
      for (const forwarder of forwarders) await forwarder.noteDeletions()
    },
    async close() {
      closing.abort()
      await running
    }
  }
}

type Target = ForwardingOptions['targets'][number]

function openForwarder(
  { contracts, outside, tombstones, storage, effects, log, pauseMs }: ForwardingOptions,
  { open, ...target }: Target,
  own: Pick<ForwarderOptions, 'places' | 'signal'>
): Forwarder {
  const { product, to } = target
  return new Forwarder(
    {
      ...target,
      ...own,
      recipient: open(own.signal),
      outside: (kind, token) => outside(product, to, kind, token),
      contracts: () => contracts(product),
      tombstones: () => tombstones(product),
      storage,
      effects,
      log,
      pauseMs
    },
    own.places.of(keyOf(product, to))
  )
}

function keyOf(product: string, to: string): string {
  return `${product}/${to}`
}

const retryMs = 1_000

async function untilAnswered<Value>(
  ask: () => Promise<Value>,
  { clock }: Pick<Effects, 'clock'>,
  signal: AbortSignal
): Promise<Value | undefined> {
  while (!signal.aborted) {
    try {
      return await ask()
    } catch {
      await clock.sleep(retryMs, signal)
    }
  }
  return undefined
}
