/** How many sessions are there, how long are they, and how long do programs run? */
import { installationsColumn, periodColumn } from '../../asking/column.ts'
import { fieldsOf, isNumber } from '../../reading/fields.ts'
import { automationNote, whyNotCounted } from '../../reading/identity.ts'
import { allFilters, type ChosenField, unitParameter } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { periodSql, recordSource } from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

interface SessionRow {
  readonly period: string
  readonly sessions: number
  readonly installations: number
  readonly lasted: readonly number[]
  readonly mean_records: number
}

interface UptimeRow {
  readonly period: string
  readonly ends: number
  readonly ran: readonly number[]
}

export const sessions: Question = {
  name: 'sessions',
  title: 'Sessions and uptime',
  says: 'how many sessions there are, and how long programs run',
  explains:
    'A session is what a client says is one: records with the same session id, from its first record to its last one in the span; a session of one record lasts zero seconds. It counts in the period of its first record, and ends with its process, its window or the UTC day. Records without a session are in no number of it. ' +
    'uptime is of a field that tells how long a program ran (uptime, unless another one is named), over the records that have it: programs that were killed do not send it. Half of the values are at most p50, nine of ten at most p90; both are exact.',
  chart: 'line',
  parameters: [
    unitParameter('day'),
    { name: 'uptime', says: 'the field that tells how long a program ran', type: 'number-field' }
  ],
  common: allFilters,
  async answer(asked) {
    const unit = units.find((name) => name === asked.chosen.word('unit'))
    const uptime = asked.chosen.field('uptime') ?? usualUptime(asked)
    const sql = sessionStatement(asked, unit)
    const rows = await asked.storage.query<SessionRow>({ sql, deadlineMs: questionDeadlineMs })
    // Of no session at all, all periods together are one row.
    const found = rows.filter((row) => Number(row.sessions) > 0)
    const ran =
      uptime === undefined
        ? []
        : await asked.storage.query<UptimeRow>({
            sql: uptimeStatement(asked, unit, uptime),
            deadlineMs: questionDeadlineMs
          })
    const why = whyNotCounted(asked, unit ?? 'all')
    const columns = columnsOf(unit, why === undefined, uptime)
    const bySession = new Map(found.map((row) => [row.period, row]))
    const byUptime = new Map(
      ran.filter(({ ends }) => Number(ends) > 0).map((row) => [row.period, row])
    )
    const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
    return {
      columns,
      rows: [...new Set([...bySession.keys(), ...byUptime.keys()])].sort().map((period) => {
        const session = bySession.get(period)
        const up = byUptime.get(period)
        const all: Readonly<Record<string, unknown>> = {
          ...(unit === undefined ? {} : { [unit]: period }),
          sessions: Number(session?.sessions ?? 0),
          installations: Number(session?.installations ?? 0),
          p50: session?.lasted[0] ?? null,
          p90: session?.lasted[1] ?? null,
          records_mean: session === undefined ? null : Number(session.mean_records),
          uptimes: Number(up?.ends ?? 0),
          uptime_p50: up?.ran[0] ?? null,
          uptime_p90: up?.ran[1] ?? null
        }
        return Object.fromEntries(columns.map(({ name }) => [name, all[name]]))
      }),
      notes: [
        found.length === 0
          ? 'No record of this span carries a session.'
          : 'From the first record of a session to its last one; how long it went on silently nobody knows.',
        ...(uptime === undefined
          ? []
          : [
              `uptime is ${uptime.field.name} of ${uptime.records.join(', ')}, sent by programs that ended in good order.`
            ]),
        ...(why === undefined ? [] : [why]),
        ...automationNote(asked)
      ],
      ...(partial === undefined ? {} : { partial }),
      sql
    } satisfies Answer
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

function sessionStatement(asked: Asked, unit: Unit | undefined): string {
  const { from } = recordSource(asked, { span: asked.span, condition: 'session IS NOT NULL' })
  const each = `SELECT session, max(installation) AS who, min(occurred_at) AS began, (toUnixTimestamp64Milli(max(occurred_at)) - toUnixTimestamp64Milli(began)) / 1000 AS seconds, count() AS records ${from} GROUP BY session`
  const period = unit === undefined ? `''` : periodSql('toDate(began)', unit)
  return `SELECT ${period} AS period, count() AS sessions, uniqExact(who) AS installations, quantilesExactInclusive(0.5, 0.9)(seconds) AS lasted, avg(records) AS mean_records FROM (${each}) GROUP BY period ORDER BY period`
}

function uptimeStatement(
  asked: Asked,
  unit: Unit | undefined,
  { field, records }: ChosenField
): string {
  const source = recordSource(asked, {
    span: asked.span,
    names: records,
    condition: `${field.sql} IS NOT NULL`
  })
  const period = unit === undefined ? `''` : periodSql(source.day, unit)
  return `SELECT ${period} AS period, count() AS ends, quantilesExactInclusive(0.5, 0.9)(toFloat64(assumeNotNull(${field.sql}))) AS ran ${source.from} GROUP BY period ORDER BY period`
}
