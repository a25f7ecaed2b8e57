/**
 * What does a filter say in SQL, over records or over aggregates, and of one value that was frozen?
 */
import { list, raw, type Sql, sql } from '../../storage/sql.ts'
import type { DailyDimension, Dimension, Filter } from '../asking/parameter.ts'

export function among(column: Sql, values: readonly string[]): Sql {
  if (values.length === 0) return raw('false')
  const [only] = values
  return values.length === 1 && only !== undefined
    ? sql`${column} = ${only}`
    : sql`${column} IN (${list(values)})`
}

/** Over the columns of a record, with nothing or `r.` before those that every record has. */
export function recordConditions(filters: readonly Filter[]): readonly Sql[] {
  return filters.map((filter) => condition(filter, filter.dimension.sql))
}

/** Over daily aggregates: each filter must be of something that they tell apart. */
export function dailyConditions(filters: readonly Filter[], prefix: string): readonly Sql[] {
  return filters.map((filter) =>
    condition(filter, filter.dimension.over(raw(`${prefix}${filter.dimension.daily ?? ''}`)))
  )
}

export function areDaily(filters: readonly Filter[]): boolean {
  return filters.every(({ dimension }) => dimension.daily !== undefined)
}

/** Which daily dimensions filters need. */
export function dailyOf(filters: readonly Filter[]): ReadonlySet<DailyDimension> {
  return new Set(filters.flatMap(({ dimension }) => dimension.daily ?? []))
}

/** Whether a value of the filter's own dimension fits it. */
export function fits({ is, values, dimension }: Filter, value: string | null): boolean {
  const own = dimension.ofValue(value)
  // A part of the environment is told as `unknown` where nobody told it, or not at all.
  const isThere = values.includes(own ?? 'unknown')
  return is === 'not among' ? !isThere : isThere
}

function condition({ dimension, is, values }: Filter, column: Sql): Sql {
  const { field, each } = dimension
  if (is !== 'among' && is !== 'not among')
    return sql`ifNull(${column} ${raw(is)} ${Number(values[0])}, false)`
  const isNot = raw(is === 'not among' ? 'NOT ' : '')
  if (each !== 'record') {
    const items = each === 'key' ? sql`mapKeys(${column})` : column
    const known = values.filter((value) => value !== 'unknown')
    const held = known.map((value) => sql`has(${items}, ${literal(dimension, value)})`)
    const none = values.includes('unknown') ? [sql`empty(${items})`] : []
    return sql`${isNot}(${any([...held, ...none])})`
  }
  // `unknown` is a value of its own where a column is never empty, and stands for what was not told
  // elsewhere.
  const isNullable =
    field !== undefined || !['class', 'automation', 'container'].includes(dimension.name)
  const known = isNullable ? values.filter((value) => value !== 'unknown') : values
  const found = field === undefined ? among(column, known) : amongField(dimension, column, known)
  if (!isNullable) return is === 'among' ? found : sql`NOT ${found}`
  const conditions = [
    ...(values.includes('unknown') ? [sql`${column} IS NULL`] : []),
    ...(known.length === 0 ? [] : [is === 'among' ? found : sql`ifNull(${found}, false)`])
  ]
  const isAlone = conditions.length === 1 && is === 'among'
  return sql`${isNot}${isAlone ? conditions[0] : sql`(${any(conditions)})`}`
}

function amongField(dimension: Dimension, column: Sql, values: readonly string[]): Sql {
  const literals = values.map((value) => literal(dimension, value))
  const [only] = literals
  if (only === undefined) return raw('false')
  return literals.length === 1 ? sql`${column} = ${only}` : sql`${column} IN (${list(literals)})`
}

/** A value as the field's column holds it. */
function literal({ field }: Dimension, value: string): Sql {
  const type = field?.type.is === 'list' ? field.type.of : field?.type
  if (type?.is === 'boolean') return raw(value === 'true' ? 'true' : 'false')
  if (type?.is === 'integer' || type?.is === 'number') return sql`${Number(value)}`
  return sql`${value}`
}

function any(conditions: readonly Sql[]): Sql {
  const [first, ...others] = conditions
  if (first === undefined) return raw('false')
  return others.reduce((before, next) => sql`${before} OR ${next}`, first)
}
