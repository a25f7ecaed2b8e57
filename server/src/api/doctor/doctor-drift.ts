/**
 * What began to arrive that no contract has? Told at once: what a contract's mistake leaves out is
 * lost, and each minute more of it.
 */
import { DAY_MS, dayOf } from '#values/days'
import type { Instant } from '../../record.ts'
import type { Storage } from '../../storage/storage.ts'
import { lostByClient } from '../../storage/tables/rows.ts'
import { versionOrder } from '../../storage/tables/version-order.ts'
import type { KnownCheck } from './doctor.ts'

interface BegunDrift {
  readonly product: string
  readonly names: number
  readonly records: number
  readonly reason: string
  readonly record: string | null
  readonly name: string
  /** Began with one version alone; null where several, or none, were told. */
  readonly version: string | null
  readonly versions: number
}

const name = 'drift'
const deadlineMs = 10_000

export async function driftChecks(
  storage: Pick<Storage, 'query'>,
  now: Instant
): Promise<readonly KnownCheck[]> {
  const begun = await begunDrift(storage, now).catch(() => undefined)
  if (begun === undefined)
    return [
      { name, is: 'warning', says: 'the store does not answer, so it could not be looked at' }
    ]
  if (begun.length === 0)
    return [{ name, is: 'ok', says: 'nothing that no contract has began since yesterday' }]
  return begun.map((each) => ({
    name: `drift of ${each.product}`,
    product: each.product,
    is: 'warning',
    says:
      `${whatBegan(each)}; most: ${each.name}` +
      `${each.record === null ? '' : ` in ${each.record}`} (${each.reason}). It is not kept: ` +
      `candor ask drift --product ${each.product}, then candor contract try`
  }))
}

/** By the version that brought it, where all of it came with one. */
function whatBegan({ product, names, records, version, versions }: BegunDrift): string {
  const many = counted(records, 'record')
  return version === null || versions > 1
    ? `${counted(names, 'name')} that no contract has began since yesterday, in ${many}`
    : `${product} ${version} says ${counted(names, 'thing')} that no contract has, since ` +
        `yesterday, in ${many}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Of each product, with what comes most. */
async function begunDrift(
  storage: Pick<Storage, 'query'>,
  now: Instant
): Promise<readonly BegunDrift[]> {
  const rows = await storage.query<BegunDrift>({
    sql: `
      SELECT
        product,
        count() AS names,
        sum(times) AS records,
        argMax(reason, times) AS reason,
        argMax(tuple(record), times).1 AS record,
        argMax(shown, times) AS name,
        any(begun_by) AS version,
        uniqExact(ifNull(begun_by, '')) AS versions
      FROM (
        SELECT
          product, record, reason, name_digest,
          coalesce(max(d.name), concat('#', substring(name_digest, 1, 8))) AS shown,
          min(day) AS first,
          argMinIf(d.oldest_version, ${versionOrder('d.oldest_version')},
            d.oldest_version IS NOT NULL) AS begun_by,
          sum(count) AS times
        FROM drift AS d
        WHERE reason != {lost:String}
        GROUP BY product, record, reason, name_digest
      )
      WHERE first >= {from:Date}
      GROUP BY product
      ORDER BY product`,
    parameters: { lost: lostByClient, from: dayOf(now - DAY_MS) },
    deadlineMs
  })
  return rows.map((row) => ({
    ...row,
    names: Number(row.names),
    records: Number(row.records),
    versions: Number(row.versions)
  }))
}
