/** How many sessions are there, how long are they, and how long do programs run? */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, periodColumn } from '../../asking/column.ts'
import { allFilters, type ChosenField, unitParameter } from '../../asking/parameter.ts'
import type {
  Answer,
  AnswerColumn,
  AnswerRow,
  Asked,
  PeriodRow,
  Question
} from '../../asking/question.ts'
import { fieldsOf, isNumber } from '../../reading/fields.ts'
import { findPerPeriod } from '../../reading/find.ts'
import { automationNote, whyNotCounted } from '../../knowing/identity.ts'
import { expiredNote, living } from '../../knowing/kept.ts'
import { knownOf, livingSpan, partialPeriods, spanOf, stateOf } from '../../knowing/known.ts'
import { unitOf } from '../../reading/per.ts'
import { periodSql, recordSource, who } from '../../reading/source.ts'
import { periodsIn, type Span, type Unit } from '../../reading/span.ts'

interface SessionRow extends PeriodRow {
  readonly period: string
  readonly sessions: number
  readonly installations: number
  readonly lasted: readonly number[]
  readonly mean_records: number
}

interface UptimeRow extends PeriodRow {
  readonly period: string
  readonly ends: number
  readonly ran: readonly number[]
}

export const sessions: Question = {
  name: 'sessions',
  title: 'Sessions and uptime',
  says: 'how many sessions there are, and how long programs run',
  explains:
    'A session is what a client says is one: records with the same session id, from its ' +
    'first record to its last one; a session of one record lasts zero seconds. ' +
    'It ends with its process, its window or the UTC day: what goes on with the same id past ' +
    'midnight counts on each day. Records without a session are in no number of it. ' +
    'uptime is of a field that tells how long a program ran (uptime, unless another one is ' +
    'named), over the records that have it: programs that were killed do not send it. Half ' +
    'of the values are at most p50, nine of ten at most p90; both are exact.',
  chart: 'line',
  parameters: [
    unitParameter('day'),
    { name: 'uptime', says: 'the field that tells how long a program ran', type: 'number-field' }
  ],
  common: allFilters,
  async answer(asked) {
    const unit = unitOf(asked.chosen)
    const { notes: cut } = living(asked)
    const known = await knownOf(asked)
    const lived = { ...asked, span: livingSpan(known, asked.span, unit) }
    const uptime = asked.chosen.field('uptime') ?? usualUptime(asked)
    const counting = (span: Span): Sql => sessionStatement({ ...asked, span }, unit)
    const rows = await findPerPeriod<SessionRow>(asked, { span: lived.span, unit }, counting)
    // Of no session at all, all periods together are one row.
    const found = rows.filter((row) => Number(row.sessions) > 0)
    const ran =
      uptime === undefined
        ? []
        : await findPerPeriod<UptimeRow>(asked, { span: lived.span, unit }, (span) =>
            uptimeStatement({ ...asked, span }, unit, uptime)
          )
    const why = whyNotCounted(asked, unit ?? 'all')
    const columns = columnsOf(unit, why === undefined, uptime)
    const bySession = new Map(found.map((row) => [row.period, row]))
    const byUptime = new Map(
      ran.filter(({ ends }) => Number(ends) > 0).map((row) => [row.period, row])
    )
    const periods = unit === undefined ? [''] : periodsIn(asked.span, unit)
    const stateIn = (period: string): 'empty' | 'lost' | 'kept' =>
      stateOf(known, unit === undefined ? lived.span : spanOf(period, unit))
    const lost = new Set(periods.filter((period) => stateIn(period) === 'lost'))
    return {
      columns,
      rows: periods.map((period): AnswerRow => {
        const keys = unit === undefined ? {} : { [unit]: period }
        if (unit !== undefined && stateIn(period) !== 'kept') return cells(columns, keys)
        return cells(columns, {
          ...keys,
          ...numbersOf(bySession.get(period), byUptime.get(period))
        })
      }),
      notes: [
        ...(unit === undefined ? cut : lost.size > 0 ? [expiredNote(asked)] : []),
        found.length === 0
          ? 'No record of this span carries a session.'
          : 'From the first record of a session to its last one; how long it went on silently ' +
            'nobody knows.',
        ...(uptime === undefined
          ? []
          : [
              `uptime is ${uptime.field.name} of ${uptime.records.join(', ')}, sent by ` +
                'programs that ended in good order.'
            ]),
        ...(why === undefined ? [] : [why]),
        ...automationNote(asked)
      ],
      partial: partialPeriods(asked, unit, lost),
      sql: toShow(counting(lived.span))
    } satisfies Answer
  }
}

function numbersOf(session: SessionRow | undefined, up: UptimeRow | undefined): AnswerRow {
  return {
    sessions: Number(session?.sessions ?? 0),
    installations: Number(session?.installations ?? 0),
    p50: session?.lasted[0] ?? null,
    p90: session?.lasted[1] ?? null,
    records_mean: session === undefined ? null : Number(session.mean_records),
    uptimes: Number(up?.ends ?? 0),
    uptime_p50: up?.ran[0] ?? null,
    uptime_p90: up?.ran[1] ?? null
  }
}

function usualUptime({ product }: Asked): ChosenField | undefined {
  const field = fieldsOf(product).find(
    (candidate) => candidate.name === 'uptime' && isNumber(candidate)
  )
  return field === undefined ? undefined : { field, records: field.records }
}

function columnsOf(
  unit: Unit | undefined,
  areCounted: boolean,
  uptime: ChosenField | undefined
): readonly AnswerColumn[] {
  const up = uptime?.field.unit === undefined ? {} : { unit: uptime.field.unit }
  return [
    ...(unit === undefined ? [] : [periodColumn(unit)]),
    { name: 'sessions', title: 'Sessions', type: 'integer' },
    ...(areCounted ? [installationsColumn] : []),
    { name: 'p50', title: 'Half last at most', type: 'number', unit: 's' },
    { name: 'p90', title: 'Nine of ten last at most', type: 'number', unit: 's' },
    { name: 'records_mean', title: 'Records each, mean', type: 'number' },
    ...(uptime === undefined
      ? []
      : ([
          { name: 'uptimes', title: 'Ended', type: 'integer' },
          { name: 'uptime_p50', title: 'Half ran at most', type: 'number', ...up },
          { name: 'uptime_p90', title: 'Nine of ten ran at most', type: 'number', ...up }
        ] as const))
  ]
}

function sessionStatement(asked: Asked, unit: Unit | undefined): Sql {
  const { from } = recordSource(asked, { span: asked.span, condition: raw('session IS NOT NULL') })
  const period = unit === undefined ? raw(`''`) : periodSql(raw('toDate(began)'), unit)
  return sql`
    SELECT ${period} AS period, count() AS sessions, uniqExact(whose) AS installations,
      quantilesExactInclusive(0.5, 0.9)(seconds) AS lasted, avg(records) AS mean_records
    FROM (
      SELECT session, max(${raw(who)}) AS whose, min(occurred_at) AS began,
        (toUnixTimestamp64Milli(max(occurred_at)) - toUnixTimestamp64Milli(began)) / 1000
          AS seconds,
        count() AS records
      ${from}
      GROUP BY session, toDate(occurred_at)
    )
    GROUP BY period
    ORDER BY period`
}

function uptimeStatement(
  asked: Asked,
  unit: Unit | undefined,
  { field, records }: ChosenField
): Sql {
  const source = recordSource(asked, {
    span: asked.span,
    names: records,
    condition: sql`${field.sql} IS NOT NULL`
  })
  const period = unit === undefined ? raw(`''`) : periodSql(source.day, unit)
  return sql`
    SELECT ${period} AS period, count() AS ends,
      quantilesExactInclusive(0.5, 0.9)(toFloat64(assumeNotNull(${field.sql}))) AS ran
    ${source.from}
    GROUP BY period
    ORDER BY period`
}
