/**
 * How does a user take back what was reported? Deletion requests become tombstones at once, and
 * leave the inbox soon after.
 */
import { DAY_MS } from '#values/days'
import { windowOf } from '#values/windows'
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Contract } from '@candor/contract'
import type { Effects } from '../effects.ts'
import type { Mention, Tombstone, Tombstones } from '../inbox/inbox.ts'
import type { Instant, Token } from '../record.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { CollectorLimits } from './limits.ts'
import type { Keyring } from './secret/keyring.ts'
import type { Catalogue } from './published-names.ts'

export interface Deletions {
  /**
   * `keys` as their owner sent them: raw deletion keys, whose SHA-256 reports carry; where the
   * contract says that ids are random, also ids of
   * installations. The same whether anything is found or not. Rejects with the inbox's error when
   * it can't be made durable.
   */
  requestDeletion(request: {
    readonly product: string
    readonly keys: readonly string[]
  }): Promise<void>
  /** By tokens, on an operator's word. */
  requestErasure(product: string, tokens: readonly SenderToken[]): Promise<void>
  /** When what these tokens name was asked to be erased, while it is still to be done. */
  pendingSince(product: string, tokens: readonly SenderToken[]): Instant | undefined
  /** For the store's job: what it has still to erase, after `eraseFromInbox`. */
  readonly pendingTombstones: {
    list(): readonly Tombstone[]
    /**
     * Those that were carried out as well, until they expire: a restored store needs them again.
     */
    all(): readonly Tombstone[]
    applied(tombstones: readonly Tombstone[], at: Instant): Promise<void>
    /** The store held something that these name. */
    found(tombstones: readonly Tombstone[]): Promise<void>
    /** Another collector of the same store was asked for them. */
    heard(tombstones: readonly Tombstone[]): Promise<void>
  }
  /**
   * Erases what pending tombstones name from the inbox; also happens by itself soon after each
   * request. Returns the number of lines.
   */
  eraseFromInbox(): Promise<number>
  close(): Promise<void>
}

/** A token, and what it stands for. */
export interface SenderToken {
  readonly kind: 'installation' | 'account' | 'lineage'
  readonly token: Token
}

interface DeletionServices {
  readonly catalogue: Catalogue
  readonly keyring: { installationInAllEpochs(product: string, raw: string): readonly Token[] }
  readonly inbox: {
    readonly tombstones: Tombstones
    erase(
      drop: (table: string, line: Readonly<Record<string, unknown>>) => boolean,
      mentions?: readonly Mention[]
    ): Promise<number>
  }
  readonly effects: Pick<Effects, 'clock'>
  readonly limits: CollectorLimits
}

// A tombstone must outlive the last row, which a partition may keep up to a month longer, and a
// backup that is restored late.
const EXTRA_DAYS = 31
// What matched nothing only guards against reports that are still on their way: a client's spool
// lives 21 days.
const UNFOUND_DAYS = 30
// Longer than anybody's records: a key that was spent stays spent.
const FOR_EVER = Number.MAX_SAFE_INTEGER

export function createDeletions(services: DeletionServices): Deletions {
  return new InboxDeletions(services)
}

class InboxDeletions implements Deletions {
  readonly pendingTombstones: Deletions['pendingTombstones']
  readonly #services: DeletionServices
  #cancel: (() => void) | undefined
  #erasing: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(services: DeletionServices) {
    this.#services = services
    const { tombstones } = services.inbox
    this.pendingTombstones = {
      list: () => tombstones.list().filter(({ appliedAt }) => appliedAt === undefined),
      all: () => tombstones.list(),
      applied: (done, at) => tombstones.applied(done, at),
      found: (found) => this.#found(found),
      heard: (heard) => this.#heard(heard)
    }
    // What was asked for before a restart may not have left the inbox yet.
    if (this.pendingTombstones.list().length > 0) this.#eraseLater()
  }

  async requestDeletion({
    product,
    keys
  }: {
    product: string
    keys: readonly string[]
  }): Promise<void> {
    const { catalogue, keyring, limits } = this.#services
    assert(keys.length <= limits.deletionKeysMax)
    const deletions = keys.map((key) => tombstoneOf('deletion', hash('sha256', key, 'hex')))
    // An id that can be guessed, or that copies share, would let anyone delete what is somebody
    // else's.
    const isRandom = catalogue.product(product)?.newest.contract.identity.random === true
    const tokens = isRandom
      ? keys.flatMap((key) => keyring.installationInAllEpochs(product, key))
      : []
    await this.#add(product, [
      ...deletions,
      ...tokens.map((token) => tombstoneOf('installation', token))
    ])
  }

  async requestErasure(product: string, tokens: readonly SenderToken[]): Promise<void> {
    await this.#add(
      product,
      tokens.map(({ kind, token }) => ({ ...tombstoneOf(kind, token), isOperators: true }))
    )
  }

  pendingSince(product: string, tokens: readonly SenderToken[]): Instant | undefined {
    const asked = new Set(tokens.map(({ kind, token }) => keyOf(product, kind, token)))
    return this.pendingTombstones
      .list()
      .find((one) => asked.has(keyOf(one.product, one.kind, one.digest)))?.requestedAt
  }

  eraseFromInbox(): Promise<number> {
    const erased = this.#erasing.then(() => this.#eraseNow())
    this.#erasing = erased.catch(() => undefined)
    return erased
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await this.#erasing
  }

  async #add(
    product: string,
    digests: readonly Pick<Tombstone, 'kind' | 'digest' | 'isOperators'>[]
  ): Promise<void> {
    const { inbox, effects } = this.#services
    const requestedAt = effects.clock.now()
    const expiresAt = requestedAt + UNFOUND_DAYS * DAY_MS
    await inbox.tombstones.add(
      digests.map((digest) => ({ product, ...digest, requestedAt, expiresAt }))
    )
    this.#eraseLater()
  }

  /** What another collector was asked for is looked for here as if it had been asked here. */
  async #heard(tombstones: readonly Tombstone[]): Promise<void> {
    if (tombstones.length === 0) return
    await this.#services.inbox.tombstones.add(tombstones)
    this.#eraseLater()
  }

  /** A key that was found is spent for ever; an id may report again, and is erased from backups. */
  #found(tombstones: readonly Tombstone[]): Promise<void> {
    const { catalogue, inbox } = this.#services
    return inbox.tombstones.found(tombstones, ({ product, kind, requestedAt }) => {
      if (kind === 'deletion') return FOR_EVER
      const keptDays = catalogue.product(product)?.newest.contract.retention.recordsDays ?? 0
      return requestedAt + (keptDays + EXTRA_DAYS) * DAY_MS
    })
  }

  #eraseLater(): void {
    if (this.#isClosed || this.#cancel !== undefined) return
    this.#cancel = this.#services.effects.clock.after(this.#services.limits.eraseIntervalMs, () => {
      this.#cancel = undefined
      // A refusal is repeated by the next request or by the store's job, since the tombstones stay
      // pending.
      this.eraseFromInbox().catch(() => undefined)
    })
  }

  async #eraseNow(): Promise<number> {
    const pending = this.pendingTombstones.list()
    if (pending.length === 0) return 0
    const byKey = new Map(
      pending.map((tombstone) => [
        keyOf(recordTable(tombstone.product), tombstone.kind, tombstone.digest),
        tombstone
      ])
    )
    const digestsOf = (kind: Tombstone['kind']): ReadonlySet<string> =>
      new Set(pending.filter((tombstone) => tombstone.kind === kind).map(({ digest }) => digest))
    const found = new Set<Tombstone>()
    const erased = await this.#services.inbox.erase(
      (table, line) => {
        const key = byKey.get(keyOf(table, 'deletion', line['deletion']))
        if (key !== undefined) {
          found.add(key)
          return true
        }
        // Whoever is known by an id may go on reporting after its past was erased; a deletion key
        // is spent for ever.
        const named = senderKinds.flatMap((kind) => byKey.get(keyOf(table, kind, line[kind])) ?? [])
        const past = named.filter(({ requestedAt }) => Number(line['received_at']) <= requestedAt)
        for (const one of past) found.add(one)
        return past.length > 0
      },
      (['deletion', ...senderKinds] as const).map((kind) => ({
        before: `"${kind}":"`,
        values: digestsOf(kind)
      }))
    )
    await this.#found([...found])
    return erased
  }
}

/**
 * What somebody may mean by an id that they see: any kind that the product has, in whatever case
 * and
 * with whatever spaces it was copied.
 */
export function senderTokensOf(
  { product, identity, retention }: Pick<Contract, 'product' | 'identity' | 'retention'>,
  raw: string,
  { keyring, now }: { readonly keyring: Pick<Keyring, 'tokensInAllEpochs'>; readonly now: Instant }
): readonly SenderToken[] {
  const kinds = senderKinds.filter(
    (kind) => kind === 'installation' || (kind === 'account' ? identity.account : identity.lineage)
  )
  const id = raw.trim()
  const spellings = [...new Set([raw, id, id.toLowerCase(), id.toUpperCase()])]
  const windows = identity.kind === 'window' ? windowsUntil(now, identity.days ?? 7, retention) : []
  return kinds.flatMap((kind) => {
    // One id is another token in each window.
    const inWindows =
      kind === 'installation' && windows.length > 0
        ? windows.flatMap((window) => spellings.map((spelling) => `${window}\n${spelling}`))
        : spellings
    return inWindows.flatMap((each) =>
      keyring.tokensInAllEpochs(kind, product, each).map((token) => ({ kind, token }))
    )
  })
}

/** Those that records of which are still kept, and the next: a client's clock may be ahead. */
function windowsUntil(
  now: Instant,
  days: number,
  { recordsDays }: Contract['retention']
): readonly string[] {
  const windows = new Set<string>()
  for (let day = now - recordsDays * DAY_MS; day <= now + DAY_MS; day += DAY_MS)
    windows.add(windowOf(day, days))
  return [...windows]
}

const senderKinds = ['installation', 'account', 'lineage'] as const

function keyOf(table: string, kind: Tombstone['kind'], digest: unknown): string {
  return `${table}/${kind}/${String(digest)}`
}

function tombstoneOf(kind: Tombstone['kind'], digest: string): Pick<Tombstone, 'kind' | 'digest'> {
  return { kind, digest }
}
