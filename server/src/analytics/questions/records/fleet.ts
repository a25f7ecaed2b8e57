/**
 * What is the whole fleet now: sums, quantiles and shares over the latest record of each
 * installation?
 */
import { join, list, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { dimensionColumn } from '../../asking/column.ts'
import { invalid, oneOf } from '../../asking/invalid.ts'
import { allFilters, byParameter, type Dimension, keyParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { among } from '../../reading/conditions.ts'
import { type AskableField, fieldsOf, holdsNumbers, isNumber } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'
import { living } from '../../knowing/kept.ts'
import { type Rows, rowsOf } from '../../reading/latest.ts'
import { type Counted, keysPer } from '../../reading/per.ts'
import { eachOf } from '../../reading/source.ts'
import { exactMax } from './distribution.ts'

const quantiles = [0.5, 0.9]

export const fleet: Question = {
  name: 'fleet',
  title: 'The fleet now',
  says: 'sums, quantiles and shares over each installation’s latest record',
  explains:
    'Takes the latest record of one name (the snapshot, where the contract has one) of each ' +
    'installation that sent it within the span, and adds up its numbers: of each field how ' +
    'many installations sent it, the sum, half of them have at most p50 and nine of ten at ' +
    'most p90, the greatest, and the share of them whose value is above zero, or true. ' +
    'Of a map of numbers (field=), each key is a row of its own, or those that are named ' +
    '(key). An installation that sent no such field is in no number of it; a field that ' +
    'nobody sent has no row. Sums and shares ' +
    'are exact; quantiles are exact up to a million installations. Copies that share an id ' +
    'count once, with what the last of them sent.',
  chart: 'numbers',
  parameters: [
    { name: 'record', says: 'whose latest ones; the snapshot if there is one', type: 'record' },
    { name: 'field', says: 'only this number, yes-or-no, or map of numbers', type: 'field' },
    {
      name: 'serves',
      says: 'only what serves this question of the contract',
      type: 'words'
    },
    keyParameter,
    byParameter
  ],
  common: allFilters,
  async answer(given) {
    const { asked, notes: cut } = living(given)
    const record = recordOf(asked)
    const by = asked.chosen.dimensions('by')
    const fields = fieldsFor(asked, record)
    const source = rowsOf(asked, {
      records: [record],
      of: 'latest',
      columns: [
        ...fields.map(({ column }) => column),
        ...by.map(({ field, daily, name }) => field?.column ?? daily ?? name)
      ]
    })
    const counted = source.are === 'latest' ? 'installations' : 'records'
    const [first] = fields
    const isMap = fields.length === 1 && first?.pairs !== undefined
    const found =
      isMap && first !== undefined
        ? await byKey(asked, { field: first, by, source, counted })
        : await byField(asked, { fields, by, source, counted })
    const columns: readonly AnswerColumn[] = [
      { name: 'field', title: 'Field', type: 'text' },
      ...(isMap ? ([{ name: 'key', title: 'Key', type: 'text' }] as const) : []),
      ...by.map(dimensionColumn),
      {
        name: counted,
        title: counted === 'records' ? 'Records' : 'Installations',
        type: 'integer'
      },
      { name: 'sum', title: 'Sum', type: 'number' },
      { name: 'p50', title: 'Half have at most', type: 'number' },
      { name: 'p90', title: 'Nine of ten have at most', type: 'number' },
      { name: 'greatest', title: 'Greatest', type: 'number' },
      { name: 'share', title: 'Share above zero', type: 'share' },
      { name: 'unit', title: 'Unit', type: 'text' }
    ]
    return {
      columns,
      rows: found.rows,
      notes: [
        ...cut,
        source.are === 'latest'
          ? `The latest ${record} of each of ${found.total} installations that sent one in the ` +
            'span.'
          : `${found.total} records.`,
        ...source.notes,
        ...(found.unsent.length === 0
          ? []
          : [`In none of them, and left out: ${found.unsent.join(', ')}.`]),
        ...(found.total <= exactMax ? [] : ['Quantiles are within about one percent of rank.'])
      ],
      read: fields,
      ...(found.shown === undefined ? {} : { sql: toShow(found.shown) })
    } satisfies Answer
  }
}

interface Found {
  readonly rows: readonly AnswerRow[]
  readonly total: number
  /** Fields that nobody sent, and that have no row. */
  readonly unsent: readonly string[]
  readonly shown: Sql | undefined
}

async function byField(
  asked: Asked,
  {
    fields,
    by,
    source,
    counted
  }: {
    readonly fields: readonly AskableField[]
    readonly by: readonly Dimension[]
    readonly source: Rows
    readonly counted: string
  }
): Promise<Found> {
  // Which rows have a field costs little; of hundreds of fields most may never have been sent.
  const [size] = await find<Counted>(
    asked,
    sql`
      SELECT ${join([
        raw('count() AS total'),
        ...fields.map((field, index) => sql`count(${field.sql}) AS ${raw(`n${index}`)}`)
      ])}
      ${source.from}`
  )
  const total = Number(size?.['total'] ?? 0)
  const sent = fields.filter((_, index) => Number(size?.[`n${index}`] ?? 0) > 0)
  // Of hundreds of fields that nobody sent, a row each says nothing; one that was named says so.
  const shown = asked.chosen.field('field') === undefined ? sent : fields
  const aggregate = quantilesOf(total)
  const rows =
    total === 0 ? [] : await find<Counted>(asked, statement(sent, by, source.from, aggregate))
  return {
    total,
    unsent: fields.filter((field) => !shown.includes(field)).map(({ name }) => name),
    rows: shown.flatMap((field) =>
      rows.map((row) => rowOf(row, { field, index: sent.indexOf(field), by, counted }))
    ),
    shown: fields.length === 1 ? statement(fields, by, source.shown, aggregate) : undefined
  }
}

/** Each key is what a field is elsewhere. */
async function byKey(
  asked: Asked,
  {
    field,
    by,
    source,
    counted
  }: {
    readonly field: AskableField
    readonly by: readonly Dimension[]
    readonly source: Rows
    readonly counted: string
  }
): Promise<Found> {
  const [size] = await find<{ total: number }>(
    asked,
    sql`
      SELECT count() AS total
      ${source.from}`
  )
  const total = Number(size?.total ?? 0)
  const keys = asked.chosen.words('key')
  const groups = by.map((_, index) => raw(`by_${index}`))
  const numbers = numbersFor(raw('toFloat64(pair.2)'), raw('pair.2'), 0, quantilesOf(total))
  const sums = (from: Sql): Sql => sql`
    SELECT ${join([raw('pair.1 AS key'), ...groups, ...numbers])}
    FROM (
      SELECT ${join([
        sql`arrayJoin(${field.pairs}) AS pair`,
        ...by.map((dimension, index) => sql`${eachOf(dimension)} AS ${raw(`by_${index}`)}`)
      ])}
      ${from}
    )
    ${keys.length === 0 ? undefined : sql`WHERE ${among(raw('pair.1'), keys)}`}
    GROUP BY ${join([raw('key'), ...groups])}
    ORDER BY sum0 DESC, key
    LIMIT 1000`
  const rows = total === 0 ? [] : await find<Counted>(asked, sums(source.from))
  return {
    total,
    unsent: [],
    rows: rows.map((row) => {
      const { field: name, ...rest } = rowOf(row, { field, index: 0, by, counted })
      return { field: name, key: row['key'], ...rest }
    }),
    shown: sums(source.shown)
  }
}

function quantilesOf(total: number): Sql {
  const aggregate = total <= exactMax ? 'quantilesExactInclusive' : 'quantilesTDigest'
  return sql`${raw(aggregate)}(${list(quantiles)})`
}

function recordOf({ chosen, product }: Asked): string {
  const named = chosen.record('record')
  if (named !== undefined) return named
  const own = chosen.field('field')?.records
  const records = [...product.contract.records.values()]
  const found =
    records.find(({ kind, name }) => kind === 'snapshot' && own?.includes(name) !== false)?.name ??
    (own?.length === 1 ? own[0] : undefined)
  if (found !== undefined) return found
  throw invalid(
    'This contract declares no snapshot: "record" says whose latest ones; for example ' +
      `record=${records.map(({ name }) => name)[0] ?? ''}`
  )
}

function fieldsFor({ chosen, product }: Asked, record: string): readonly AskableField[] {
  const named = chosen.field('field')
  const all = fieldsOf(product).filter((field) => field.records.includes(record))
  const [question] = chosen.words('serves')
  if (question !== undefined) {
    oneOf(question, [...product.contract.questions.keys()], 'question of the contract')
    return all.filter((field) => isSummable(field) && field.serves.includes(question))
  }
  if (named === undefined) return all.filter(isSummable)
  const found = all.find(({ name }) => name === named.field.name)
  if (found !== undefined && (isSummable(found) || holdsNumbers(found))) return [found]
  const choices = all
    .filter((field) => isSummable(field) || holdsNumbers(field))
    .map(({ name }) => name)
  throw invalid(
    `"field" must be a number, yes-or-no or map of numbers of ${record}; breakdown counts ` +
      `other fields. There are: ${choices.join(', ')}`
  )
}

function isSummable(field: AskableField): boolean {
  return isNumber(field) || field.type.is === 'boolean'
}

function numbersFor(number: Sql, given: Sql, index: number, aggregate: Sql): readonly Sql[] {
  return [
    sql`count(${given}) AS ${raw(`n${index}`)}`,
    sql`sum(${number}) AS ${raw(`sum${index}`)}`,
    sql`${aggregate}(${number}) AS ${raw(`q${index}`)}`,
    sql`max(${number}) AS ${raw(`max${index}`)}`,
    sql`countIf(${number} > 0) AS ${raw(`above${index}`)}`
  ]
}

function statement(
  fields: readonly AskableField[],
  by: readonly Dimension[],
  from: Sql,
  aggregate: Sql
): Sql {
  const groups = by.map((_, index) => raw(`by_${index}`))
  const ordered = groups.map((group) => sql`toString(${group})`)
  return sql`
    SELECT ${join([
      ...by.map((dimension, index) => sql`${eachOf(dimension)} AS ${raw(`by_${index}`)}`),
      raw('count() AS rows'),
      ...fields.flatMap((field, index) =>
        numbersFor(sql`toFloat64(${field.sql})`, field.sql, index, aggregate)
      )
    ])}
    ${from}
    ${groups.length === 0 ? undefined : sql`GROUP BY ${join(groups)}`}
    ${groups.length === 0 ? undefined : sql`ORDER BY rows DESC, ${join(ordered)}`}
    ${groups.length === 0 ? undefined : raw('LIMIT 100')}`
}

function rowOf(
  row: Counted,
  {
    field,
    index,
    by,
    counted
  }: {
    readonly field: AskableField
    readonly index: number
    readonly by: readonly Dimension[]
    readonly counted: string
  }
): AnswerRow {
  const count = Number(row[`n${index}`] ?? 0)
  const [p50, p90] = (row[`q${index}`] ?? []) as readonly (number | null)[]
  const isNumeric = holdsNumbers(field)
  const orNull = (value: unknown): number | null =>
    count === 0 || !isNumeric ? null : Number(value)
  return {
    field: field.name,
    ...keysPer({ unit: undefined, by }, row),
    [counted]: count,
    sum: orNull(row[`sum${index}`]),
    p50: orNull(p50),
    p90: orNull(p90),
    greatest: orNull(row[`max${index}`]),
    share: count === 0 ? null : Number(row[`above${index}`]) / count,
    unit: field.unit ?? null
  }
}
