/**
 * What began to arrive that no contract has? Told at once: what a contract's mistake leaves out is
 * lost, and each minute more of it.
 */
import { DAY_MS, dayOf } from '#values/days'
import type { Instant } from '../../record.ts'
import type { Storage } from '../../storage/storage.ts'
import { lostByClient } from '../../storage/tables/rows.ts'
import type { DoctorCheck } from './doctor.ts'

interface BegunDrift {
  readonly product: string
  readonly names: number
  readonly records: number
  readonly reason: string
  readonly record: string | null
  readonly name: string
}

const name = 'drift'
const deadlineMs = 10_000

export async function driftChecks(
  storage: Pick<Storage, 'query'>,
  now: Instant
): Promise<readonly DoctorCheck[]> {
  const begun = await begunDrift(storage, now).catch(() => undefined)
  if (begun === undefined)
    return [
      { name, is: 'warning', says: 'the store does not answer, so it could not be looked at' }
    ]
  if (begun.length === 0)
    return [{ name, is: 'ok', says: 'nothing that no contract has began since yesterday' }]
  return begun.map(({ product, names, records, reason, record, name: shown }) => ({
    name: `drift of ${product}`,
    is: 'warning',
    says:
      `${counted(names, 'name')} that no contract has began since yesterday, in ` +
      `${counted(records, 'record')}; most: ${shown}${record === null ? '' : ` in ${record}`} ` +
      `(${reason}). It is not kept: candor ask drift --product ${product}, then candor contract try`
  }))
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
        argMax(shown, times) AS name
      FROM (
        SELECT
          product, record, reason, name_digest,
          coalesce(max(d.name), concat('#', substring(name_digest, 1, 8))) AS shown,
          min(day) AS first,
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
  return rows.map((row) => ({ ...row, names: Number(row.names), records: Number(row.records) }))
}
