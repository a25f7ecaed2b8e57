/** Which share of installations uses a feature? */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn } from '../../asking/column.ts'
import { invalid } from '../../asking/invalid.ts'
import { allFilters, type Dimension, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, Asked, Question } from '../../asking/question.ts'
import { countsPer } from '../../knowing/counts.ts'
import { ownDimension } from '../../reading/dimension.ts'
import { isNumber } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'
import {
  approximate,
  automationNote,
  whyNotCounted,
  whyNotFollowed
} from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { knownOf, livingSpan, partialPeriods } from '../../knowing/known.ts'
import { rowsOf } from '../../reading/latest.ts'
import { columnsPer, type Per, statementPer, unitOf } from '../../reading/per.ts'
import { recordSource, who } from '../../reading/source.ts'

export const adoption: Question = {
  name: 'adoption',
  title: 'Feature adoption',
  says: 'which share of installations uses a feature',
  explains:
    'Without a field: of all installations that reported at all in the span (or in each day, ' +
    'week or month of it), the share that sent each record at least once. With a field: of ' +
    'all installations whose latest record that declares it tells it, the share that has ' +
    'more than zero, or true, in it; those that do not tell are in installations, and in no ' +
    'share. ' +
    'Records: up to 2,000 installations are counted exactly, more within about 1 %. Fields ' +
    'are exact.',
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
  const name: Dimension = { ...(ownDimension('name') as Dimension), title: 'Record' }
  const unit = unitOf(asked.chosen)
  const keys = columnsPer({ unit, by: [] })
  const columns: readonly AnswerColumn[] = [
    ...keys,
    { name: 'feature', title: 'Record', type: 'text' },
    { name: 'users', title: 'Sent it', type: 'integer' },
    installationsColumn,
    { name: 'share', title: 'Share', type: 'share' }
  ]
  const why = whyNotCounted(asked, unit ?? 'all')
  if (why !== undefined)
    return { columns, rows: [], notes: [why, '`events` counts the records themselves.'] }
  const record = asked.chosen.record('record')
  const names = record === undefined ? undefined : [record]
  const per: Per = { unit, by: [name] }
  const known = await knownOf(asked)
  const { span } = asked
  const counts = await countsPer(asked, { per, names, span, known })
  const all = await countsPer(asked, { per: { unit, by: [] }, span, known })
  const period = (row: Readonly<Record<string, unknown>>): string =>
    unit === undefined ? '' : String(row[unit])
  const totals = new Map(all.rows.map((row) => [period(row), row['installations'] ?? null]))
  const source = recordSource(asked, { span: livingSpan(known, span, unit), names })
  return {
    columns,
    rows: counts.rows.map((row) => {
      const installations = totals.get(period(row)) ?? null
      const users = row['installations'] ?? null
      const isShare = users !== null && installations !== null && installations !== 0
      return cells(columns, {
        ...row,
        feature: row['name'],
        users,
        installations,
        share: isShare ? Number(users) / Number(installations) : null
      })
    }),
    notes: [approximate, ...automationNote(asked)],
    partial: partialPeriods(asked, unit, counts.lost),
    sql: toShow(
      statementPer(per, source, {
        select: [sql`${source.installations} AS users`],
        order: [raw('users DESC'), raw('by_0')]
      })
    )
  }
}

async function ofField(given: Asked): Promise<Answer> {
  const { asked, notes } = living(given)
  const chosen = asked.chosen.field('field')
  if (chosen === undefined) throw new Error('asked without a field')
  const record = asked.chosen.record('record')
  const { field } = chosen
  const records =
    record === undefined ? chosen.records : chosen.records.filter((name) => name === record)
  if (!isNumber(field) && field.type.is !== 'boolean')
    throw invalid(
      '"field" must be a number or yes-or-no here; breakdown counts the values of others'
    )
  if (asked.chosen.word('unit') !== 'all')
    throw invalid('The latest records have no periods: leave "unit" out where "field" is given')
  const columns: readonly AnswerColumn[] = [
    { name: 'feature', title: 'Field', type: 'text' },
    { name: 'users', title: 'Use it', type: 'integer' },
    { name: 'sent', title: 'Tell it', type: 'integer' },
    installationsColumn,
    { name: 'share', title: 'Share', type: 'share' }
  ]
  const why = whyNotFollowed(asked)
  if (why !== undefined)
    return { columns, rows: [], notes: [why, '`breakdown` counts the values of records.'] }
  const source = rowsOf(asked, { records, of: 'latest', columns: [field.column] })
  const whom = raw(who)
  const statement = (from: Sql): Sql => sql`
    SELECT uniqExactIf(${whom}, ifNull(${field.sql} > 0, false)) AS users,
      uniqExactIf(${whom}, ${field.sql} IS NOT NULL) AS sent,
      uniqExact(${whom}) AS installations
    ${from}`
  const [row] = await find<{ users: number; sent: number; installations: number }>(
    asked,
    statement(source.from)
  )
  const [users, sent] = [Number(row?.users ?? 0), Number(row?.sent ?? 0)]
  const installations = Number(row?.installations ?? 0)
  return {
    columns,
    rows:
      installations === 0
        ? []
        : [
            {
              feature: field.name,
              users: sent === 0 ? null : users,
              sent,
              installations,
              share: sent === 0 ? null : users / sent
            }
          ],
    notes: [
      ...notes,
      `The latest ${records.join(', ')} of each installation in the span.`,
      ...(sent < installations
        ? [`${installations - sent} of ${installations} do not tell it, and are in no share.`]
        : []),
      ...automationNote(asked)
    ],
    sql: toShow(statement(source.shown))
  }
}
