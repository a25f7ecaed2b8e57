/** What a product's last days looked like, asked with the questions that everybody else asks. */
import { dayOf } from '#values/days'
import type { AnswerTable } from '../analytics/asking/question.ts'
import { isCandorError } from '../errors.ts'
import type { Instant } from '../record.ts'

export type Ask = (
  product: string,
  question: string,
  parameters: Readonly<Record<string, string>>
) => Promise<AnswerTable>

export interface Day {
  /** `2026-11-28`, UTC. */
  readonly day: string
  readonly records: number
  readonly failed: number
}

export interface ProductFacts {
  readonly product: string
  /** Full days that are known, oldest first; today is none of them. */
  readonly records: readonly Day[]
  /** The same of the records that say how they went; empty where the contract has no such field. */
  readonly outcomes: readonly Day[]
  readonly versions: readonly { readonly version: string; readonly firstDay: string }[]
  readonly drift: readonly { readonly key: string; readonly says: string }[]
  readonly lastReceivedAt: Instant | undefined
}

/** Two weeks before yesterday: enough for the same weekday twice. */
const daysBack = 15

export async function gatherFacts(
  product: string,
  {
    ask,
    now,
    lastReceivedAt
  }: {
    readonly ask: Ask
    readonly now: Instant
    readonly lastReceivedAt: (product: string) => Promise<Instant | undefined>
  }
): Promise<ProductFacts> {
  const since = `${daysBack}d`
  const records = await ask(product, 'events', { unit: 'day', since })
  const outcomes = await outcomesOf(product, ask, since)
  const versions = await ask(product, 'versions', { since })
  const drift = await ask(product, 'drift', { since: '2d' })
  return {
    product,
    records: fullDays(records, now),
    outcomes: outcomes === undefined ? [] : fullDays(outcomes, now),
    versions: versions.rows.flatMap(({ version, first_day: firstDay }) =>
      typeof version === 'string' && typeof firstDay === 'string' && version !== '(others)'
        ? [{ version, firstDay }]
        : []
    ),
    drift: drift.rows.map(({ reason, record, name }) => ({
      key: [reason, record, name].map(String).join(' '),
      says: `${String(name)} in ${String(record)} (${String(reason)})`
    })),
    lastReceivedAt: await lastReceivedAt(product)
  }
}

/** A contract may have no field that says how a run went: then there is nothing to watch. */
async function outcomesOf(
  product: string,
  ask: Ask,
  since: string
): Promise<AnswerTable | undefined> {
  try {
    return await ask(product, 'failures', { unit: 'day', since })
  } catch (error) {
    if (isCandorError(error) && error.code === 'PARAMETER_INVALID') return undefined
    throw error
  }
}

/** A day may have several rows, one for each record; a day whose numbers are unknown is none. */
function fullDays({ rows }: AnswerTable, now: Instant): readonly Day[] {
  const today = dayOf(now)
  const days = new Map<string, { records: number; failed: number }>()
  for (const row of rows) {
    const { day, records, failed } = row
    if (typeof day !== 'string' || day >= today || typeof records !== 'number') continue
    const sum = days.get(day) ?? { records: 0, failed: 0 }
    sum.records += records
    sum.failed += typeof failed === 'number' ? failed : 0
    days.set(day, sum)
  }
  return [...days]
    .map(([day, sum]) => ({ day, ...sum }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
}
