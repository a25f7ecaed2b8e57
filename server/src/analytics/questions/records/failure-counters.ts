/**
 * What fails where a report itself counts its failures and tries: added up over the latest one of
 * each installation, by key.
 */
import { join, raw, type Sql, sql } from '../../../storage/sql.ts'
import { installationsColumn } from '../../asking/column.ts'
import { invalid } from '../../asking/invalid.ts'
import type { ChosenField } from '../../asking/parameter.ts'
import type { Asked } from '../../asking/question.ts'
import { among } from '../../reading/conditions.ts'
import type { AskableField } from '../../reading/fields.ts'
import { rowsOf } from '../../reading/latest.ts'
import { columnsPer, type Per, unitOf } from '../../reading/per.ts'
import { eachOf, who } from '../../reading/source.ts'
import type { Plan } from './failure-plan.ts'

export function countersPlan(asked: Asked, failed: ChosenField): Plan {
  const tried = asked.chosen.field('tried')?.field
  checkFitting(asked, failed.field, tried)
  const by = asked.chosen.dimensions('by')
  const per: Per = { unit: undefined, by }
  const isMap = failed.field.pairs !== undefined
  const source = rowsOf(asked, {
    records: failed.records,
    of: 'latest',
    columns: [
      failed.field.column,
      ...(tried === undefined ? [] : [tried.column]),
      ...by.map(({ field, daily, name }) => field?.column ?? daily ?? name)
    ]
  })
  const statement = (from: Sql): Sql =>
    statementOf(from, { asked, per, failed: failed.field, tried, isMap })
  return {
    per,
    columns: [
      ...(isMap ? ([{ name: 'key', title: failed.field.name, type: 'text' }] as const) : []),
      ...columnsPer(per),
      { name: 'failed', title: 'Failed', type: 'integer' },
      ...(tried === undefined
        ? []
        : ([
            { name: 'tried', title: 'Tried', type: 'integer' },
            { name: 'share', title: 'Failure rate', type: 'share' }
          ] as const)),
      installationsColumn,
      { name: 'installations_failed', title: 'Installations that failed', type: 'integer' }
    ],
    zero: {},
    statement: statement(source.from),
    shown: statement(source.shown),
    notes: [
      `${failed.field.name} added up over the latest ${failed.records.join(', ')} of each ` +
        'installation, as far back as that counts.',
      ...source.notes
    ]
  }
}

function checkFitting(asked: Asked, failed: AskableField, tried: AskableField | undefined): void {
  if (unitOf(asked.chosen) !== undefined)
    throw invalid('The latest records have no periods: leave "unit" out where "failed" is given')
  if (asked.chosen.field('reason') !== undefined)
    throw invalid('"reason" counts records that failed; with "failed" a map counts by its keys')
  if (tried === undefined) return
  const areAlike = (failed.pairs === undefined) === (tried.pairs === undefined)
  if (!areAlike || !failed.records.every((name) => tried.records.includes(name)))
    throw invalid(
      `"tried" must count what "failed" counts: ${tried.name} and ${failed.name} are not of ` +
        'one record, or only one is a map'
    )
}

/** Of a map, each key is a row: failures and tries of the same key stand beside each other. */
function statementOf(
  from: Sql,
  {
    asked,
    per,
    failed,
    tried,
    isMap
  }: {
    readonly asked: Asked
    readonly per: Per
    readonly failed: AskableField
    readonly tried: AskableField | undefined
    readonly isMap: boolean
  }
): Sql {
  const keys = asked.chosen.words('key')
  const groups = per.by.map((_, index) => raw(`by_${index}`))
  const pairs = (field: AskableField): Sql =>
    field.pairs ?? sql`if(isNull(${field.sql}), [], [('', assumeNotNull(${field.sql}))])`
  const counted = (field: AskableField, as: 'failure' | 'try'): Sql =>
    sql`arrayMap(p -> (p.1, toFloat64(p.2), ${raw(String(as === 'try'))}), ${pairs(field)})`
  const both =
    tried === undefined
      ? counted(failed, 'failure')
      : sql`arrayConcat(${counted(failed, 'failure')}, ${counted(tried, 'try')})`
  const isNobody = raw(`count() > 0 AND count(${who}) = 0`)
  const grouped = [...(isMap ? [raw('key')] : []), ...groups]
  return sql`
    SELECT ${join([
      isMap ? raw('counted.1 AS key') : undefined,
      ...groups,
      raw('sumIf(counted.2, NOT counted.3) AS failed'),
      raw('sumIf(counted.2, counted.3) AS tried'),
      raw('if(tried = 0, NULL, failed / tried) AS share'),
      // Of reports that name nobody, a sum of zero would say that there was none.
      sql`if(${isNobody}, NULL, uniqExact(${raw(who)})) AS installations`,
      sql`uniqExactIf(${raw(who)}, counted.2 > 0 AND NOT counted.3) AS installations_failed`
    ])}
    FROM (
      SELECT ${join([
        raw(who),
        sql`arrayJoin(${both}) AS counted`,
        ...per.by.map((dimension, index) => sql`${eachOf(dimension)} AS ${raw(`by_${index}`)}`)
      ])}
      ${from}
    )
    ${keys.length === 0 ? undefined : sql`WHERE ${among(raw('counted.1'), keys)}`}
    ${grouped.length === 0 ? undefined : sql`GROUP BY ${join(grouped)}`}
    ORDER BY failed DESC, installations DESC
    LIMIT 1000`
}
