/** What came in, how late, and what was not kept? */
import { lostByClient } from '../../../storage/tables/rows.ts'
import { quoteText } from '../../../storage/tables/column-types.ts'
import { driftStatesTable } from '../../../storage/tables/tables.ts'
import { quarantineTable } from '../../../storage/tables/rows.ts'
import { productView } from '../../../storage/tables/views.ts'
import { periodColumn } from '../../asking/column.ts'
import { exactMax } from '../records/distribution.ts'
import { spanOnly, unitParameter } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { periodSql } from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

interface KeptRow {
  readonly period: string
  readonly kept: number
  readonly timed: number
  readonly clamped: number
  readonly lag: readonly number[]
}

interface CountRow {
  readonly period: string
  readonly count: number
}

export const ingestion: Question = {
  name: 'ingestion',
  title: 'Ingestion health',
  says: 'what came in, how late, and what was not kept',
  explains:
    'By the day on which the collector received it: how many records were kept, how long after they happened they came (of those whose client told a time; half at most lag_p50, nine of ten at most lag_p90), how many told a time that could not be true and got the time of receipt instead (clamped), how many fields and records were not kept because no contract declares them (not_kept, see drift), and how many the store refused (quarantined). ' +
    'With show=reasons the same by reason, and what the collector itself counted since its start: duplicates, what clients say they lost before sending, and records dropped whole. What was refused before it could be read as a record is only in /metrics.',
  chart: 'line',
  parameters: [
    unitParameter('day'),
    {
      name: 'show',
      says: 'days, or reasons for what was not kept',
      type: 'choice',
      values: ['days', 'reasons'],
      default: 'days'
    }
  ],
  common: spanOnly,
  answer: (asked) => (asked.chosen.word('show') === 'reasons' ? reasons(asked) : days(asked))
}

async function days(asked: Asked): Promise<Answer> {
  const unit = units.find((name) => name === asked.chosen.word('unit'))
  const [size] = await asked.storage.query<{ total: number }>({
    sql: `SELECT count() AS total ${received(asked)}`,
    deadlineMs: questionDeadlineMs
  })
  const aggregate =
    Number(size?.total ?? 0) <= exactMax ? 'quantilesExactInclusiveIf' : 'quantilesTDigestIf'
  const seconds =
    '(toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(occurred_at)) / 1000'
  const isTimed = `occurred_from IN ('sent', 'corrected')`
  const sql = `SELECT ${periodOf('toDate(received_at)', unit)} AS period, count() AS kept, countIf(${isTimed}) AS timed, countIf(occurred_from = 'clamped') AS clamped, ${aggregate}(0.5, 0.9)(${seconds}, ${isTimed}) AS lag ${received(asked)} GROUP BY period ORDER BY period`
  const kept =
    Number(size?.total ?? 0) === 0
      ? []
      : await asked.storage.query<KeptRow>({ sql, deadlineMs: questionDeadlineMs })
  const notKept = await counts(
    asked,
    `SELECT ${periodOf('day', unit)} AS period, sum(s.count) AS count FROM ${driftStatesTable.name} AS s WHERE ${ours(asked, 'day')} AND reason != ${quoteText(lostByClient)} GROUP BY period`
  )
  const quarantined = await counts(
    asked,
    `SELECT ${periodOf('toDate(received_at)', unit)} AS period, count() AS count FROM ${quarantineTable} WHERE ${ours(asked, 'toDate(received_at)')} GROUP BY period`
  )
  const byPeriod = new Map(kept.map((row) => [row.period, row]))
  const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
  return {
    columns: [
      ...(unit === undefined ? [] : [periodColumn(unit)]),
      { name: 'kept', title: 'Kept', type: 'integer' },
      { name: 'not_kept', title: 'Not kept', type: 'integer' },
      { name: 'quarantined', title: 'Quarantined', type: 'integer' },
      { name: 'clamped', title: 'Time not possible', type: 'integer' },
      { name: 'lag_p50', title: 'Half came within', type: 'number', unit: 's' },
      { name: 'lag_p90', title: 'Nine of ten came within', type: 'number', unit: 's' }
    ],
    rows: [...new Set([...byPeriod.keys(), ...notKept.keys(), ...quarantined.keys()])]
      .sort()
      .map((period) => {
        const row = byPeriod.get(period)
        const isLagKnown = Number(row?.timed ?? 0) > 0
        return {
          ...(unit === undefined ? {} : { [unit]: period }),
          kept: Number(row?.kept ?? 0),
          not_kept: notKept.get(period) ?? 0,
          quarantined: quarantined.get(period) ?? 0,
          clamped: Number(row?.clamped ?? 0),
          lag_p50: isLagKnown ? (row?.lag[0] ?? null) : null,
          lag_p90: isLagKnown ? (row?.lag[1] ?? null) : null
        }
      }),
    notes: [
      'Days are of receipt, not of what happened. Lag is of records whose client told a time; a clock that runs ahead by up to five minutes makes it negative.',
      'Duplicates are not stored: show=reasons tells what the collector counted since its start.'
    ],
    ...(partial === undefined ? {} : { partial }),
    sql
  }
}

async function reasons(asked: Asked): Promise<Answer> {
  const drift = await counts(
    asked,
    `SELECT reason AS period, sum(s.count) AS count FROM ${driftStatesTable.name} AS s WHERE ${ours(asked, 'day')} AND reason != ${quoteText(lostByClient)} GROUP BY period`
  )
  const quarantine = await counts(
    asked,
    `SELECT code AS period, count() AS count FROM ${quarantineTable} WHERE ${ours(asked, 'toDate(received_at)')} GROUP BY period`
  )
  const { counts: since } = asked
  const columns: readonly AnswerColumn[] = [
    { name: 'reason', title: 'Reason', type: 'text' },
    { name: 'where', title: 'Counted', type: 'text' },
    { name: 'count', title: 'How often', type: 'integer' }
  ]
  const rowsOf = (
    entries: Iterable<readonly [string, number]>,
    where: string
  ): readonly Readonly<Record<string, unknown>>[] =>
    [...entries]
      .filter(([, count]) => count > 0)
      .sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
      .map(([reason, count]) => ({ reason, where, count }))
  return {
    columns,
    rows: [
      ...rowsOf(drift, 'not declared, in the span'),
      ...rowsOf(quarantine, 'quarantined, in the span'),
      ...(since === undefined
        ? []
        : [
            ...rowsOf(
              Object.entries(since.dropped),
              'records dropped whole, since the collector started'
            ),
            ...rowsOf(
              [
                ['duplicate', since.duplicate],
                ['lost by clients', since.lost]
              ],
              'since the collector started'
            )
          ])
    ],
    notes: [
      'What is not declared counts each field and each record by itself.',
      since === undefined
        ? 'Duplicates and records dropped whole are counted by the collector in /metrics (candor_records_total), not in the store.'
        : 'What the collector counted since its start has no days.'
    ]
  }
}

async function counts(asked: Asked, sql: string): Promise<ReadonlyMap<string, number>> {
  const rows = await asked.storage.query<CountRow>({ sql, deadlineMs: questionDeadlineMs })
  return new Map(rows.map(({ period, count }) => [period, Number(count)]))
}

function periodOf(day: string, unit: Unit | undefined): string {
  return unit === undefined ? `''` : periodSql(day, unit)
}

function ours({ product, span }: Asked, day: string): string {
  return `product = ${quoteText(product.contract.product)} AND ${day} BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`
}

function received({ product, span }: Asked): string {
  return `FROM ${productView(product.contract.product)} WHERE toDate(received_at) BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}`
}
