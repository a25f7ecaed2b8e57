/** Who is new, who came back, and who is gone, period by period? */
import { date, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, periodColumn } from '../../asking/column.ts'
import { allFilters, unitParameter } from '../../asking/parameter.ts'
import type {
  Answer,
  AnswerColumn,
  AnswerRow,
  Asked,
  PeriodRow,
  Question
} from '../../asking/question.ts'
import { findPerPeriod } from '../../reading/find.ts'
import {
  firstSights,
  type Reports,
  reportsOf,
  shownReports,
  shownSights
} from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { areKept, expiredNote } from '../../knowing/kept.ts'
import { knownOf, partialPeriods, spanOf, stateOf } from '../../knowing/known.ts'
import { unitOf } from '../../reading/per.ts'
import { periodSql } from '../../reading/source.ts'
import { addPeriods, periodsIn, type Span, type Unit, units } from '../../reading/span.ts'

interface PeriodCounts extends PeriodRow {
  readonly period: string
  readonly active: number
  readonly fresh: number
  readonly returning: number
  readonly back: number
  readonly lost: number
}

export const newReturningLost: Question = {
  name: 'new-returning-lost',
  title: 'New, returning, lost',
  says: 'who is new, who came back, and who is gone',
  explains:
    'Of each period: active reported in it; new were seen for the first time; returning ' +
    'reported in the period before, too; back had been seen before, but not in the period ' +
    'before; lost reported in the period before and not in this one. ' +
    'active is new + returning + back. First sight is of any record, as far back as ' +
    'installations are remembered; filters count only reports that fit them, so that with a ' +
    'filter an installation may be lost by changing. Who is lost in a period is known once ' +
    'it is over. Counts are exact.',
  chart: 'stacked',
  parameters: [unitParameter('week', units)],
  common: allFilters,
  since: '12w',
  async answer(asked) {
    const unit = unitOf(asked.chosen) ?? 'week'
    const columns = columnsOf(unit)
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const known = await knownOf(asked)
    // Who is lost or back follows from the period before, and never from a later one.
    const withBefore = ({ first, last }: Span): Span => ({
      first: addPeriods(first, unit, -1),
      last
    })
    const counted = await findPerPeriod<PeriodCounts>(asked, { span: asked.span, unit }, (span) => {
      const reports = reportsOf(asked, withBefore(span))
      return statement(span, unit, { reports, sights: firstSights(asked) })
    })
    const found = new Map(counted.map((row) => [row.period, row]))
    const periods = periodsIn(asked.span, unit)
    const isLost = (period: string): boolean =>
      !areKept(asked, period, unit, 1) &&
      known.firstDay !== undefined &&
      known.firstDay < known.keptFrom
    const lost = new Set(periods.filter(isLost))
    const partial = partialPeriods(asked, unit, lost)
    const unfinished = new Set(partial.map(({ period }) => period))
    const rows = periods.map((period): AnswerRow => {
      if (lost.has(period) || stateOf(known, spanOf(period, unit)) === 'empty')
        return cells(columns, { [unit]: period })
      const row = found.get(period)
      return {
        [unit]: period,
        active: Number(row?.active ?? 0),
        new: Number(row?.fresh ?? 0),
        returning: Number(row?.returning ?? 0),
        back: Number(row?.back ?? 0),
        lost: unfinished.has(period) ? null : Number(row?.lost ?? 0)
      }
    })
    return {
      columns,
      rows,
      notes: [
        ...(lost.size > 0 ? [expiredNote(asked)] : []),
        'active = new + returning + back. A new id is a new installation: reinstalled ' +
          'machines and containers without a disk are among the new and the lost.',
        rememberedNote(asked),
        ...automationNote(asked)
      ],
      partial,
      sql: toShow(
        statement(asked.span, unit, {
          reports: shownReports(asked, withBefore(asked.span)),
          sights: shownSights(asked)
        })
      )
    } satisfies Answer
  }
}

/** An installation is forgotten with its last record, and would be new again. */
export function rememberedNote({ product }: Asked): string {
  return (
    'First seen means within what is remembered: an installation that was silent for ' +
    `${product.contract.retention.recordsDays} days is forgotten, and new when it comes back.`
  )
}

function columnsOf(unit: Unit): readonly AnswerColumn[] {
  return [
    periodColumn(unit),
    { name: 'active', title: 'Active', type: 'integer' },
    { name: 'new', title: 'New', type: 'integer' },
    { name: 'returning', title: 'Returning', type: 'integer' },
    { name: 'back', title: 'Back again', type: 'integer' },
    { name: 'lost', title: 'Lost', type: 'integer' }
  ]
}

const next = { day: 'addDays', week: 'addWeeks', month: 'addMonths' } as const
const before = { day: 'subtractDays', week: 'subtractWeeks', month: 'subtractMonths' } as const

function statement(
  span: Span,
  unit: Unit,
  { reports, sights }: { readonly reports: Reports; readonly sights: Sql }
): Sql {
  const periods = periodsIn(span, unit)
  return sql`
    SELECT period, countIf(is_active) AS active,
      countIf(is_active AND seen = period) AS fresh,
      countIf(is_active AND was_active AND seen != period) AS returning,
      countIf(is_active AND NOT was_active AND seen != period) AS back,
      countIf(was_active AND NOT is_active) AS lost
    FROM (
      SELECT installation,
        arrayMap(p -> ${raw(next[unit])}(p, 1), reported) AS later,
        arrayJoin(arrayDistinct(arrayConcat(reported, later))) AS period,
        has(reported, period) AS is_active,
        has(reported, ${raw(before[unit])}(period, 1)) AS was_active
      FROM (
        SELECT ${reports.installation} AS installation,
          groupUniqArray(${periodSql(reports.day, unit)}) AS reported
        ${reports.from}
        GROUP BY installation
      )
    ) AS states
    LEFT JOIN (
      SELECT installation, ${periodSql(raw('first_day'), unit)} AS seen
      FROM (${sights})
    ) AS sights ON states.installation = sights.installation
    WHERE period BETWEEN ${date(periods[0] ?? span.first)} AND ${date(periods.at(-1) ?? span.last)}
    GROUP BY period
    ORDER BY period`
}
