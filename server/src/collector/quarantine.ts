/**
 * Judges rows again that the store refused: they go through the inbox as if they had just come, and
 * leave quarantine once they are durable there.
 */
import { DAY_MS } from '#values/days'
import type { Append, Appended, Tombstones } from '../inbox/inbox.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { Effects } from '../effects.ts'
import type { Catalogue } from './published-names.ts'
import type { Keyring } from './secret/keyring.ts'

/** A row that was scrubbed before the store refused it. */
interface RefusedRow {
  readonly product: string
  readonly receivedAt: number
  readonly row: string
}

export interface Replayed {
  /** Handed to the loader again; what the store still refuses comes back. */
  readonly again: number
  /** Taken back by their sender meanwhile, or what no published contract declares any more. */
  readonly gone: number
}

const markMs = 30 * DAY_MS

interface ScrubbedRow {
  readonly name?: string
  readonly deletion?: string
  readonly installation?: string
  readonly account?: string
  readonly lineage?: string
  readonly received_at: number
}

/** Rows of one product. Replayed twice, as after a crash, they are kept once. */
export async function replayRows(
  rows: readonly RefusedRow[],
  services: {
    readonly catalogue: Catalogue
    readonly keyring: Pick<Keyring, 'duplicate'>
    readonly inbox: {
      append(append: Append): Promise<Appended>
      readonly tombstones: Pick<Tombstones, 'has' | 'list'>
    }
    readonly effects: Pick<Effects, 'clock'>
  }
): Promise<Replayed> {
  const { keyring, inbox, effects } = services
  const expiresAt = effects.clock.now() + markMs
  const parts = rows
    .filter((row) => mayBeKept(row, services))
    .map(({ product, receivedAt, row }) => ({
      mark: {
        digest: keyring.duplicate(product, 'quarantine', `${receivedAt}\n${row}`),
        expiresAt
      },
      rows: [{ table: recordTable(product), rows: 1, lines: row.endsWith('\n') ? row : `${row}\n` }]
    }))
  if (parts.length > 0) await inbox.append({ parts })
  return { again: parts.length, gone: rows.length - parts.length }
}

function mayBeKept(
  { product, row }: RefusedRow,
  { catalogue, inbox }: Parameters<typeof replayRows>[1]
): boolean {
  const entry = catalogue.product(product)
  if (entry === undefined || entry.newest.contract.retired) return false
  const { name, deletion, received_at: receivedAt, ...ids } = JSON.parse(row) as ScrubbedRow
  const isDeclared = [entry.newest, ...entry.published.values()].some(({ contract }) =>
    contract.records.has(name ?? '')
  )
  if (!isDeclared) return false
  if (deletion !== undefined && inbox.tombstones.has('deletion', deletion)) return false
  // Whoever is known by an id may report again after its past was erased.
  return !inbox.tombstones
    .list(product)
    .some(
      ({ kind, digest, requestedAt }) =>
        kind !== 'deletion' && ids[kind] === digest && receivedAt <= requestedAt
    )
}
