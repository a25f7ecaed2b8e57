/**
 * What is counted by itself: each period, each value of what tells records apart, or all together.
 * One value, so that no statement asks which.
 */
import { all, join, raw, type Sql, sql } from '../../storage/sql.ts'
import { dimensionColumn, periodColumn } from '../asking/column.ts'
import type { Chosen, Dimension } from '../asking/parameter.ts'
import type { AnswerColumn, AnswerRow } from '../asking/question.ts'
import { periodSql, type Source } from './source.ts'
import { type Unit, units } from './span.ts'

export interface Per {
  /** Undefined: the whole span is one period. */
  readonly unit: Unit | undefined
  readonly by: readonly Dimension[]
}

/** As the store answers: `period`, then `by_0`, `by_1`, then what was counted. */
export type Counted = Readonly<Record<string, unknown>>

export function unitOf(chosen: Chosen): Unit | undefined {
  return units.find((name) => name === chosen.word('unit'))
}

/** A dimension that is the name of a record is read from where the source has it. */
export function statementPer(
  { unit, by }: Per,
  source: Source,
  {
    select,
    having,
    order = [],
    where,
    limit
  }: {
    readonly select: readonly Sql[]
    readonly where?: Sql | undefined
    readonly having?: Sql | undefined
    /** Behind the period. */
    readonly order?: readonly Sql[]
    readonly limit?: number
  }
): Sql {
  const keys = [
    ...(unit === undefined ? [] : ['period']),
    ...by.map((_, index) => `by_${index}`)
  ].map(raw)
  const ordered = [...(unit === undefined ? [] : [raw('period')]), ...order]
  return sql`
    SELECT ${join([
      unit === undefined ? undefined : sql`${periodSql(source.day, unit)} AS period`,
      ...by.map((dimension, index) => {
        const value = dimension.name === 'name' ? source.name : source.value(dimension)
        return sql`${value} AS ${raw(`by_${index}`)}`
      }),
      ...select
    ])}
    ${source.from}
    ${where === undefined ? undefined : sql`  AND ${where}`}
    ${keys.length === 0 ? undefined : sql`GROUP BY ${join(keys)}`}
    ${having === undefined ? undefined : sql`HAVING ${all([having])}`}
    ${ordered.length === 0 ? undefined : sql`ORDER BY ${join(ordered)}`}
    ${limit === undefined ? undefined : sql`LIMIT ${limit}`}`
}

/** Only records that declare all that they are told apart by. */
export function declaring(
  by: readonly Dimension[],
  only: readonly string[] | undefined = undefined
): readonly string[] | undefined {
  const lists = by.flatMap(({ records }) => (records === undefined ? [] : [records]))
  const [first, ...others] = only === undefined ? lists : [only, ...lists]
  return first?.filter((name) => others.every((list) => list.includes(name)))
}

export function columnsPer({ unit, by }: Per): readonly AnswerColumn[] {
  return [...(unit === undefined ? [] : [periodColumn(unit)]), ...by.map(dimensionColumn)]
}

/** The row's own keys, by the names of their columns. */
export function keysPer({ unit, by }: Per, row: Counted): AnswerRow {
  return {
    ...(unit === undefined ? {} : { [unit]: row['period'] }),
    ...Object.fromEntries(by.map(({ name }, index) => [name, row[`by_${index}`] ?? null]))
  }
}

/** Where values are ordered by how many there are, equal ones by what they are. */
export function byValue({ by }: Per): readonly Sql[] {
  return by.map((_, index) => raw(`toString(by_${index})`))
}
