/** Which deletions has a recipient still to be told, and which of its ids does each name? */
import type { Tombstone } from '../inbox/inbox.ts'
import { sql, raw, toRun } from '../storage/sql.ts'
import type { Storage } from '../storage/storage.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { Standing } from './places.ts'
import type { OutsideId } from './within-terms.ts'

/** A clock that was set back by less than this skips no request. */
const overlapMs = 3_600_000
const usersMax = 100_000
const deadlineMs = 60_000

/** Notes in `standing` what was asked for since; true where there was something. */
export async function noteDeletions(
  standing: Standing,
  tombstones: readonly Tombstone[],
  {
    product,
    outside,
    storage
  }: {
    readonly product: string
    readonly outside: OutsideId
    /** Where the recipient knows users alone, who they are is asked before the rows are erased. */
    readonly storage: Pick<Storage, 'query'> | undefined
  }
): Promise<boolean> {
  const from = standing.notedUntil - overlapMs
  const noted = new Set(standing.noted)
  const recent = tombstones.filter(({ requestedAt }) => requestedAt >= from)
  const fresh = recent.filter((one) => !noted.has(keyOf(one)))
  if (fresh.length === 0) return false
  const owed: Standing['owed'] = []
  for (const { kind, digest, requestedAt } of standing.hasSent ? fresh : []) {
    const id = outside(kind, digest)
    const users =
      storage === undefined || kind === 'deletion'
        ? [id]
        : await usersOf(storage, { product, kind, digest, outside })
    owed.push({ kind, id, before: new Date(requestedAt).toISOString(), users })
  }
  standing.owed.push(...owed)
  standing.notedUntil = Math.max(
    standing.notedUntil,
    ...recent.map(({ requestedAt }) => requestedAt)
  )
  const near = standing.notedUntil - overlapMs
  standing.noted = recent.filter(({ requestedAt }) => requestedAt >= near).map(keyOf)
  return true
}

/** All that records of somebody were called where one name stands for the deletion key. */
async function usersOf(
  storage: Pick<Storage, 'query'>,
  {
    product,
    kind,
    digest,
    outside
  }: Pick<Tombstone, 'kind' | 'digest'> & {
    readonly product: string
    readonly outside: OutsideId
  }
): Promise<string[]> {
  const rows = await storage.query<{
    deletion: string | null
    installation: string | null
    account: string | null
  }>({
    ...toRun(sql`
      SELECT DISTINCT deletion, installation, account
      FROM ${raw(recordTable(product))}
      WHERE ${raw(kind)} = ${digest}
      LIMIT ${usersMax}`),
    deadlineMs
  })
  const users = rows.flatMap(({ deletion, installation, account }) =>
    deletion !== null
      ? [outside('deletion', deletion)]
      : installation !== null
        ? [outside('installation', installation)]
        : account !== null
          ? [outside('account', account)]
          : []
  )
  return [...new Set([...users, outside(kind, digest)])]
}

function keyOf({ kind, digest, requestedAt }: Tombstone): string {
  return `${kind}/${digest}/${requestedAt}`
}
