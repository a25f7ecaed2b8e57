/** What came in, how late, and what was not kept? */
import { date, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { lostByClient, quarantineTable } from '../../../storage/tables/rows.ts'
import { driftStatesTable } from '../../../storage/tables/side-tables.ts'
import { productView } from '../../../storage/tables/views.ts'
import { cells, periodColumn } from '../../asking/column.ts'
import { spanOnly, unitParameter } from '../../asking/parameter.ts'
import type {
  Answer,
  AnswerColumn,
  AnswerRow,
  Asked,
  PeriodRow,
  Question
} from '../../asking/question.ts'
import { find, findPerPeriod } from '../../reading/find.ts'
import { expiredNote, living } from '../../knowing/kept.ts'
import { knownOf, livingSpan, partialPeriods, spanOf, stateOf } from '../../knowing/known.ts'
import { unitOf } from '../../reading/per.ts'
import { periodSql } from '../../reading/source.ts'
import { periodsIn, type Span, type Unit } from '../../reading/span.ts'
import { exactMax } from '../records/distribution.ts'

interface KeptRow extends PeriodRow {
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
    'By the day on which the collector received it: how many records were kept, how long ' +
    'after they happened they came (of those whose client told a time; half at most lag_p50, ' +
    'nine of ten at most lag_p90), how many told a time that could not be true and got the ' +
    'time of receipt instead (clamped), how many fields and records were not kept because no ' +
    'contract declares them (not_kept, see drift), and how many the store refused ' +
    '(quarantined). ' +
    'With show=reasons the same by reason, what clients say they lost before sending, and ' +
    'what the collector itself counted since its start: duplicates, and records dropped ' +
    'whole. What was refused before it could be read as a record is only in /metrics.',
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
  const unit = unitOf(asked.chosen)
  const { notes: cut } = living(asked)
  const known = await knownOf(asked)
  const lived = { ...asked, span: livingSpan(known, asked.span, unit) }
  const size = await sizeOf(lived)
  const statementOf = (span: Span): Sql => keptStatement({ ...lived, span }, unit, size)
  // Of no record there would be no quantile. Periods here are of receipt, and a record is noted as
  // a change of the day on which it occurred, which is no later: the kept row that it adds to goes.
  const kept =
    size === 0 ? [] : await findPerPeriod<KeptRow>(lived, { span: lived.span, unit }, statementOf)
  const notKept = await counts(
    lived,
    sql`
      SELECT ${periodOf(raw('day'), unit)} AS period, sum(s.count) AS count
      FROM ${raw(driftStatesTable.name)} AS s
      WHERE ${ours(lived, raw('day'))} AND reason != ${lostByClient}
      GROUP BY period`
  )
  const quarantined = await counts(
    lived,
    sql`
      SELECT ${periodOf(raw('toDate(received_at)'), unit)} AS period, count() AS count
      FROM ${raw(quarantineTable)}
      WHERE ${ours(lived, raw('toDate(received_at)'))}
      GROUP BY period`
  )
  const byPeriod = new Map(kept.map((row) => [row.period, row]))
  const stateIn = (period: string): 'empty' | 'lost' | 'kept' =>
    unit === undefined ? 'kept' : stateOf(known, spanOf(period, unit))
  const periods = unit === undefined ? [''] : periodsIn(asked.span, unit)
  const lost = new Set(periods.filter((period) => stateIn(period) === 'lost'))
  const columns = columnsOf(unit)
  return {
    columns,
    rows: periods
      .map((period): AnswerRow => {
        const keys = unit === undefined ? {} : { [unit]: period }
        const drifted = notKept.get(period) ?? 0
        const refused = quarantined.get(period) ?? 0
        // What was not kept may be there before anything was.
        const isSilent = stateIn(period) === 'empty' && drifted + refused === 0
        if (stateIn(period) === 'lost' || isSilent) return cells(columns, keys)
        return {
          ...keys,
          ...numbersOf(byPeriod.get(period)),
          not_kept: drifted,
          quarantined: refused
        }
      })
      .map((row) => cells(columns, row)),
    notes: [
      ...(unit === undefined ? cut : lost.size > 0 ? [expiredNote(asked)] : []),
      'Days are of receipt, not of what happened. Lag is of records whose client told a ' +
        'time; a clock that runs ahead by up to five minutes makes it negative.',
      'Duplicates are not stored: show=reasons tells what the collector counted since its start.'
    ],
    partial: partialPeriods(asked, unit, lost),
    ...(size === 0 ? {} : { sql: toShow(statementOf(lived.span)) })
  }
}

function columnsOf(unit: Unit | undefined): readonly AnswerColumn[] {
  return [
    ...(unit === undefined ? [] : [periodColumn(unit)]),
    { name: 'kept', title: 'Kept', type: 'integer' },
    { name: 'not_kept', title: 'Not kept', type: 'integer' },
    { name: 'quarantined', title: 'Quarantined', type: 'integer' },
    { name: 'clamped', title: 'Time not possible', type: 'integer' },
    { name: 'lag_p50', title: 'Half came within', type: 'number', unit: 's' },
    { name: 'lag_p90', title: 'Nine of ten came within', type: 'number', unit: 's' }
  ]
}

function numbersOf(row: KeptRow | undefined): AnswerRow {
  const isLagKnown = Number(row?.timed ?? 0) > 0
  return {
    kept: Number(row?.kept ?? 0),
    clamped: Number(row?.clamped ?? 0),
    lag_p50: isLagKnown ? (row?.lag[0] ?? null) : null,
    lag_p90: isLagKnown ? (row?.lag[1] ?? null) : null
  }
}

async function sizeOf(asked: Asked): Promise<number> {
  const [size] = await find<{ total: number }>(
    asked,
    sql`SELECT count() AS total ${received(asked)}`
  )
  return Number(size?.total ?? 0)
}

function keptStatement(asked: Asked, unit: Unit | undefined, size: number): Sql {
  const aggregate = raw(size <= exactMax ? 'quantilesExactInclusiveIf' : 'quantilesTDigestIf')
  const isTimed = raw(`occurred_from IN ('sent', 'corrected')`)
  return sql`
    SELECT ${periodOf(raw('toDate(received_at)'), unit)} AS period, count() AS kept,
      countIf(${isTimed}) AS timed, countIf(occurred_from = 'clamped') AS clamped,
      ${aggregate}(0.5, 0.9)(
        (toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(occurred_at)) / 1000,
        ${isTimed}
      ) AS lag
    ${received(asked)}
    GROUP BY period
    ORDER BY period`
}

async function reasons(given: Asked): Promise<Answer> {
  const { asked, notes: cut } = living(given)
  const all = await counts(
    asked,
    sql`
      SELECT reason AS period, sum(s.count) AS count
      FROM ${raw(driftStatesTable.name)} AS s
      WHERE ${ours(asked, raw('day'))}
      GROUP BY period`
  )
  const drift = [...all].filter(([reason]) => reason !== lostByClient)
  const lost = all.get(lostByClient) ?? 0
  const quarantine = await counts(
    asked,
    sql`
      SELECT code AS period, count() AS count
      FROM ${raw(quarantineTable)}
      WHERE ${ours(asked, raw('toDate(received_at)'))}
      GROUP BY period`
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
      ...rowsOf([['lost by clients', lost]], 'before sending, as they say, in the span'),
      ...(since === undefined
        ? []
        : [
            ...rowsOf(
              Object.entries(since.dropped),
              'records dropped whole, since the collector started'
            ),
            ...rowsOf([['duplicate', since.duplicate]], 'since the collector started')
          ])
    ],
    notes: [
      ...cut,
      'What is not declared counts each field and each record by itself.',
      since === undefined
        ? 'Duplicates and records dropped whole are counted by the collector in /metrics ' +
          '(candor_records_total), not in the store.'
        : 'What the collector counted since its start has no days.'
    ],
    isOfNow: since !== undefined
  }
}

async function counts(asked: Asked, statement: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await find<CountRow>(asked, statement)
  return new Map(rows.map(({ period, count }) => [period, Number(count)]))
}

function periodOf(day: Sql, unit: Unit | undefined): Sql {
  return unit === undefined ? raw(`''`) : periodSql(day, unit)
}

function ours({ product, span }: Asked, day: Sql): Sql {
  return sql`
    product = ${product.contract.product}
      AND ${day} BETWEEN ${date(span.first)} AND ${date(span.last)}`
}

function received({ product, span }: Asked): Sql {
  return sql`
    FROM ${raw(productView(product.contract.product))}
    WHERE toDate(received_at) BETWEEN ${date(span.first)} AND ${date(span.last)}`
}
