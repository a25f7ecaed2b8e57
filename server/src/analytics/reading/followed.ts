/** Where does a question that follows installations from day to day read from? */
import { all, date, raw, type Sql, sql } from '../../storage/sql.ts'
import { environmentDaysTable, installationsTable } from '../../storage/tables/tables.ts'
import type { Dimension, Filter } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { areDaily, dailyConditions, recordConditions } from './conditions.ts'
import { recordSource, who } from './source.ts'
import type { Span } from './span.ts'

/** Over rows of one installation, day, version and environment, or over the records themselves. */
export interface Reports {
  /** `FROM … WHERE …` */
  readonly from: Sql
  readonly day: Sql
  readonly installation: Sql
  readonly firstAt: Sql
  readonly lastAt: Sql
  /** What tells rows apart. */
  readonly value: (dimension: Dimension) => Sql
  /** Filters as a condition on one row. */
  readonly fits: (filters: readonly Filter[]) => Sql
}

/** As few rows as can tell: filters by a field need the records. */
export function reportsOf(
  asked: Asked,
  span: Span,
  {
    filters = asked.chosen.filters,
    needs = []
  }: { readonly filters?: readonly Filter[]; readonly needs?: readonly Filter[] } = {}
): Reports {
  if (!areDaily([...filters, ...needs])) return shownReports(asked, span, { filters })
  return {
    from: sql`
      FROM ${raw(environmentDaysTable.name)} AS e
      WHERE ${all([
        sql`e.product = ${asked.product.contract.product}`,
        sql`e.day BETWEEN ${date(span.first)} AND ${date(span.last)}`,
        raw('NOT e.over_budget'),
        ...dailyConditions(filters, 'e.')
      ])}`,
    day: raw('e.day'),
    installation: raw('e.installation'),
    firstAt: raw('e.first_at'),
    lastAt: raw('e.last_at'),
    value: ({ over, daily }) => over(raw(`e.${daily ?? ''}`)),
    fits: (some) => all(dailyConditions(some, 'e.'))
  }
}

/** The same over the product's documented view, which its reader may run. */
export function shownReports(
  asked: Asked,
  span: Span,
  { filters = asked.chosen.filters }: { readonly filters?: readonly Filter[] } = {}
): Reports {
  const { from } = recordSource(
    { ...asked, chosen: { ...asked.chosen, filters } },
    { span, condition: raw(`${who} IS NOT NULL`) }
  )
  return {
    from,
    day: raw('toDate(r.occurred_at)'),
    installation: raw(`r.${who}`),
    firstAt: raw('r.occurred_at'),
    lastAt: raw('r.occurred_at'),
    value: ({ sql: value }) => value,
    fits: (some) => all(recordConditions(some))
  }
}

/** Each installation with the day of its first sight, whatever the filters. */
export function firstSights({ product }: Asked): Sql {
  return sightsIn(installationsTable.name, product.contract.product)
}

export function shownSights({ product }: Asked): Sql {
  return sightsIn('installations', product.contract.product)
}

function sightsIn(table: string, product: string): Sql {
  return sql`
    SELECT installation, toDate(min(first_seen)) AS first_day
    FROM ${raw(table)}
    WHERE product = ${product}
    GROUP BY installation`
}
