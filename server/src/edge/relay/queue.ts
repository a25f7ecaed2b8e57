/**
 * Keeps what a relay answered until its collector has it: on the disk before the answer, handed on
 * in order, tried again while the collector is away.
 */
import { DAY_MS } from '#values/days'
import type { Effects } from '../../effects.ts'
import { codeOf } from '../../errors.ts'
import type { Inbox, InboxBlock } from '../../inbox/inbox.ts'
import { openInbox } from '../../inbox/open-inbox.ts'
import type { Log } from '../../log.ts'
import type { Instant } from '../../record.ts'
import {
  handOn,
  postBytesMax,
  postedMax,
  type CollectorAt,
  type SealedHandover
} from '../handing-on.ts'

export interface RelayQueue {
  /** It is fsynced once this resolves, which else rejects with an InboxErrorCode. */
  add(message: SealedHandover): Promise<void>
  state(): QueueState
  close(): Promise<void>
}

export interface QueueState {
  /** Bytes on the disk that wait, sealed. */
  readonly bytesWaiting: number
  readonly oldestWaitingAt: Instant | undefined
  /** Undefined: it takes more. */
  readonly refusing: string | undefined
  readonly handedOn: number
  readonly lastHandedOnAt: Instant | undefined
  /** What the collector could not read: it was sealed for another secret. Tried again hourly. */
  readonly unreadable: number
  /** Given up after two weeks. */
  readonly givenUp: number
  /** Undefined: the collector took what was handed on last. */
  readonly awaySince: Instant | undefined
}

interface QueuedMessage extends SealedHandover {
  readonly at: Instant
}

const retryFirstMs = 1_000
const retryMaxMs = 60_000
const sweepEveryMs = 60_000
const compactEveryMs = DAY_MS
const unreadableEveryMs = 3_600_000
/** The collector knows a handover for 15 days: after that it could be counted twice. */
const ageMaxMs = 14 * DAY_MS

const fresh = 'handovers'
const refused = 'refused'

export async function openQueue(options: {
  readonly folder: string
  readonly bytesMax: number
  readonly collector: CollectorAt
  readonly effects: Effects
  readonly log: Log
}): Promise<RelayQueue> {
  const { folder, effects } = options
  // What was handed on is not replayed: whoever lost it has backups of their own.
  const limits = { bytesMax: options.bytesMax, replayMs: 0, replayBytesMax: 0 }
  const inbox = await openInbox({ folder, effects, limits })
  return new Queue(inbox, options)
}

class Queue implements RelayQueue {
  readonly #inbox: Inbox
  readonly #collector: CollectorAt
  readonly #effects: Effects
  readonly #log: Log
  readonly #closing = new AbortController()
  readonly #working: Promise<unknown>
  #wake: () => void = () => undefined
  #handedOn = 0
  #lastHandedOnAt: Instant | undefined
  #unreadable = 0
  #givenUp = 0
  #awaySince: Instant | undefined
  #refusedDueAt: Instant

  constructor(
    inbox: Inbox,
    options: { readonly collector: CollectorAt; readonly effects: Effects; readonly log: Log }
  ) {
    this.#inbox = inbox
    this.#collector = options.collector
    this.#effects = options.effects
    this.#log = options.log
    this.#refusedDueAt = options.effects.clock.now()
    this.#working = Promise.all([this.#handAllOn(), this.#tidy()])
  }

  async add(message: SealedHandover): Promise<void> {
    await this.#append([{ ...message, at: this.#effects.clock.now() }], fresh)
    this.#wake()
  }

  state(): QueueState {
    const { bytesWaiting, oldestWaitingAt, refusing } = this.#inbox.state()
    return {
      bytesWaiting,
      oldestWaitingAt,
      refusing,
      handedOn: this.#handedOn,
      lastHandedOnAt: this.#lastHandedOnAt,
      unreadable: this.#unreadable,
      givenUp: this.#givenUp,
      awaySince: this.#awaySince
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    await this.#working
    await this.#inbox.close()
  }

  async #append(messages: readonly QueuedMessage[], table: string): Promise<void> {
    const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('')
    const rows = [{ table, rows: messages.length, lines }]
    await this.#inbox.append({ parts: [{ mark: undefined, rows }] })
  }

  async #handAllOn(): Promise<void> {
    const { signal } = this.#closing
    const { clock } = this.#effects
    let delayMs = 0
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      try {
        const block = await this.#next()
        if (block === undefined) await Promise.race([woken, clock.sleep(sweepEveryMs, signal)])
        else await this.#hand(block)
        delayMs = 0
      } catch (error) {
        this.#awaySince ??= clock.now()
        if (delayMs === 0)
          this.#log.warn({ code: codeOf(error) }, 'the collector takes nothing; it is tried again')
        delayMs = Math.min(Math.max(retryFirstMs, delayMs * 2), retryMaxMs)
        await clock.sleep(delayMs, signal)
      }
    }
  }

  /** What could not be read holds up nothing else. */
  async #next(): Promise<InboxBlock | undefined> {
    // Each is one post.
    const blocks = await this.#inbox.nextBlocks({ rowsMax: postedMax, bytesMax: postBytesMax })
    const first = blocks.find(({ table }) => table === fresh)
    if (first !== undefined) return first
    const { clock } = this.#effects
    if (clock.now() < this.#refusedDueAt) return undefined
    const again = blocks.find(({ table }) => table === refused)
    if (again === undefined) this.#refusedDueAt = clock.now() + unreadableEveryMs
    return again
  }

  async #hand(block: InboxBlock): Promise<void> {
    const { clock } = this.#effects
    const oldest = clock.now() - ageMaxMs
    const all = messagesIn(block.lines)
    const messages = all.filter(({ at }) => at > oldest)
    const kept = messages.length === 0 ? new Set<string>() : await this.#post(messages)
    const left = messages.filter(({ id }) => !kept.has(id))
    if (left.length > 0) await this.#append(left, refused)
    await this.#inbox.loaded(block.token)
    // Each of them would come again at once.
    if (block.table === refused && left.length > 0)
      this.#refusedDueAt = clock.now() + unreadableEveryMs
    this.#note({ handed: messages.length - left.length, old: all.length - messages.length })
    this.#unreadable = block.table === refused ? left.length : this.#unreadable + left.length
  }

  async #post(messages: readonly QueuedMessage[]): Promise<ReadonlySet<string>> {
    const kept = await handOn(
      messages.map(({ id, box }) => ({ id, box })),
      this.#collector
    )
    this.#awaySince = undefined
    return kept
  }

  #note({ handed, old }: { readonly handed: number; readonly old: number }): void {
    this.#handedOn += handed
    this.#givenUp += old
    if (handed > 0) this.#lastHandedOnAt = this.#effects.clock.now()
    if (old > 0) this.#log.error({ requests: old }, 'given up after two weeks')
  }

  /** What was handed on leaves the disk too. */
  async #tidy(): Promise<void> {
    const { clock } = this.#effects
    const { signal } = this.#closing
    let compactedAt = clock.now()
    while (!signal.aborted) {
      await clock.sleep(sweepEveryMs, signal)
      if (signal.aborted) return
      try {
        await this.#inbox.sweep(clock.now())
        if (Math.abs(clock.now() - compactedAt) < compactEveryMs) continue
        compactedAt = clock.now()
        await this.#inbox.compact()
      } catch (error) {
        this.#log.warn({ code: codeOf(error) }, 'what was handed on could not be removed yet')
      }
    }
  }
}

function messagesIn(lines: Buffer): readonly QueuedMessage[] {
  return lines
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as QueuedMessage)
}
