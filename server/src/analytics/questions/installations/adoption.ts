/** Which share of installations uses a feature? */
import { installationsColumn, periodColumn } from '../../asking/column.ts'
import { CandorError } from '../../../errors.ts'
import { isNumber } from '../../reading/fields.ts'
import {
  approximate,
  automationNote,
  whyNotCounted,
  whyNotFollowed
} from '../../reading/identity.ts'
import { rowsOf } from '../../reading/latest.ts'
import { allFilters, unitParameter } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { periodSql, recordSource, type Source, sourceFor } from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly period?: string
  readonly feature: string
  readonly users: number
}

export const adoption: Question = {
  name: 'adoption',
  title: 'Feature adoption',
  says: 'which share of installations uses a feature',
  explains:
    'Without a field: of all installations that reported at all in the span (or in each day, week or month of it), the share that sent each record at least once. With a field: of all installations that sent the record that declares it, the share whose latest one has more than zero, or true, in it; those that left it out are part of the whole and told apart as sent. ' +
    'Records: up to 2,000 installations are counted exactly, more within about 1 %. Fields are exact.',
  chart: 'bars',
  parameters: [
    { name: 'record', says: 'only this record', type: 'record' },
    {
      name: 'field',
      says: 'a number or yes-or-no of a snapshot: in use if above zero',
      type: 'field'
    },
    unitParameter('all')
  ],
  common: allFilters,
  answer: (asked) => (asked.chosen.field('field') === undefined ? ofRecords(asked) : ofField(asked))
}

async function ofRecords(asked: Asked): Promise<Answer> {
  const unit = units.find((name) => name === asked.chosen.word('unit'))
  const columns: readonly AnswerColumn[] = [
    ...(unit === undefined ? [] : [periodColumn(unit)]),
    { name: 'feature', title: 'Record', type: 'text' },
    { name: 'users', title: 'Sent it', type: 'integer' },
    installationsColumn,
    { name: 'share', title: 'Share', type: 'share' }
  ]
  const why = whyNotCounted(asked, unit ?? 'all')
  if (why !== undefined)
    return { columns, rows: [], notes: [why, '`events` counts the records themselves.'] }
  const names = asked.chosen.records('record')
  const wanted = { span: asked.span, names: names.length === 0 ? undefined : names, areNamed: true }
  const rows = await asked.storage.query<Row>({
    sql: statement(sourceFor(asked, wanted), unit),
    deadlineMs: questionDeadlineMs
  })
  const totals = await totalsOf(asked, unit)
  const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
  return {
    columns,
    rows: rows.map(({ period, feature, users }): AnswerRow => {
      const installations = totals.get(period ?? '') ?? 0
      return {
        ...(unit === undefined ? {} : { [unit]: period }),
        feature,
        users: Number(users),
        installations,
        share: installations === 0 ? null : Number(users) / installations
      }
    }),
    notes: [approximate, ...automationNote(asked)],
    ...(partial === undefined ? {} : { partial }),
    sql: statement(recordSource(asked, wanted), unit)
  }
}

function statement(source: Source, unit: Unit | undefined): string {
  const period = unit === undefined ? '' : `${periodSql(source.day, unit)} AS period, `
  const keys = unit === undefined ? '' : 'period, '
  return `SELECT ${period}${source.name} AS feature, ${source.installations} AS users ${source.from} GROUP BY ${keys}feature ORDER BY ${keys}users DESC, feature`
}

async function totalsOf(
  asked: Asked,
  unit: Unit | undefined
): Promise<ReadonlyMap<string, number>> {
  const source = sourceFor(asked, { span: asked.span })
  const rows = await asked.storage.query<{ period: string; installations: number }>({
    sql: `SELECT ${unit === undefined ? `''` : periodSql(source.day, unit)} AS period, ${source.installations} AS installations ${source.from} GROUP BY period`,
    deadlineMs: questionDeadlineMs
  })
  return new Map(rows.map(({ period, installations }) => [period, Number(installations)]))
}

async function ofField(asked: Asked): Promise<Answer> {
  const chosen = asked.chosen.field('field')
  if (chosen === undefined) throw new Error('asked without a field')
  const [record] = asked.chosen.records('record')
  const { field } = chosen
  const records =
    record === undefined ? chosen.records : chosen.records.filter((name) => name === record)
  if (!isNumber(field) && field.type.is !== 'boolean')
    throw new CandorError(
      'PARAMETER_INVALID',
      '"field" must be a number or yes-or-no here; breakdown counts the values of others'
    )
  if (asked.chosen.word('unit') !== 'all')
    throw new CandorError(
      'PARAMETER_INVALID',
      'The latest records have no periods: leave "unit" out where "field" is given'
    )
  const columns: readonly AnswerColumn[] = [
    { name: 'feature', title: 'Field', type: 'text' },
    { name: 'users', title: 'Use it', type: 'integer' },
    { name: 'sent', title: 'Sent it', type: 'integer' },
    installationsColumn,
    { name: 'share', title: 'Share', type: 'share' }
  ]
  const why = whyNotFollowed(asked)
  if (why !== undefined)
    return { columns, rows: [], notes: [why, '`breakdown` counts the values of records.'] }
  const source = rowsOf(asked, { records, of: 'latest', columns: [field.column] })
  const sql = (from: string): string =>
    `SELECT uniqExactIf(installation, ifNull(${field.sql} > 0, false)) AS users, uniqExactIf(installation, ${field.sql} IS NOT NULL) AS sent, uniqExact(installation) AS installations ${from}`
  const [row] = await asked.storage.query<{ users: number; sent: number; installations: number }>({
    sql: sql(source.from),
    deadlineMs: questionDeadlineMs
  })
  const installations = Number(row?.installations ?? 0)
  return {
    columns,
    rows:
      installations === 0
        ? []
        : [
            {
              feature: field.name,
              users: Number(row?.users),
              sent: Number(row?.sent),
              installations,
              share: Number(row?.users) / installations
            }
          ],
    notes: [
      `The latest ${records.join(', ')} of each installation in the span.`,
      ...automationNote(asked)
    ],
    sql: sql(source.shown)
  }
}
