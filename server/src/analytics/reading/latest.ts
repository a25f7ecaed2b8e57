/** Where do the latest records of installations come from, or all of them? */
import type { CompiledContract } from '@candor/contract'
import { all, date, join, raw, type Sql, sql } from '../../storage/sql.ts'
import { snapshotTable } from '../../storage/tables/tables.ts'
import type { Parameter } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { among, recordConditions } from './conditions.ts'
import { whyNoLatest } from '../knowing/identity.ts'
import { recordSource, who } from './source.ts'
import { dayOf } from './span.ts'

export const ofParameter: Parameter = {
  name: 'of',
  says: 'every record, or each installation’s latest one in the span',
  type: 'choice',
  values: ['records', 'latest'],
  default: 'records'
}

export interface Rows {
  /** `FROM … WHERE …`, of records with the columns that were asked for. */
  readonly from: Sql
  readonly shown: Sql
  /** latest: a row is an installation. */
  readonly are: 'records' | 'latest'
  readonly notes: readonly string[]
}

/** `columns`: what is read of a record beside what filters need, so that no more is. */
export function rowsOf(
  asked: Asked,
  {
    records,
    of,
    columns
  }: {
    readonly records: readonly string[]
    readonly of: 'records' | 'latest'
    readonly columns: readonly string[]
  }
): Rows {
  const why = of === 'latest' ? whyNoLatest(asked) : undefined
  if (of === 'records' || why !== undefined) {
    const { from } = recordSource(asked, { span: asked.span, names: records })
    return { from, shown: from, are: 'records', notes: why === undefined ? [] : [why] }
  }
  const { filters } = asked.chosen
  const filtered = filters.map(
    ({ dimension }) => dimension.field?.column ?? dimension.daily ?? dimension.name
  )
  const needed = [...new Set([who, 'name', ...columns, ...filtered])].map((column) => raw(column))
  const unfiltered = { ...asked, chosen: { ...asked.chosen, filters: [] } }
  const { from } = recordSource(unfiltered, {
    span: asked.span,
    names: records,
    condition: raw(`${who} IS NOT NULL`)
  })
  // Of several records of an installation at one moment, the one that came last.
  const latest = sql`
    FROM (
      SELECT ${join(needed)}
      ${from}
      ORDER BY occurred_at DESC, received_at DESC
      LIMIT 1 BY ${raw(who)}, name
    ) AS r
    WHERE ${all(recordConditions(filters))}`
  return {
    from: isNow(asked) && areSnapshots(asked.product, records) ? snapshots(asked, records) : latest,
    shown: latest,
    are: 'latest',
    notes: []
  }
}

function isNow({ span, now }: Asked): boolean {
  return span.last >= dayOf(now)
}

function areSnapshots({ contract }: CompiledContract, records: readonly string[]): boolean {
  return records.every((name) => contract.records.get(name)?.kind === 'snapshot')
}

/** The store keeps the latest snapshots by themselves. */
function snapshots({ product, chosen, span }: Asked, records: readonly string[]): Sql {
  return sql`
    FROM ${raw(snapshotTable(product.contract.product))} AS r FINAL
    WHERE ${all([
      sql`toDate(occurred_at) >= ${date(span.first)}`,
      raw('NOT over_budget'),
      among(raw('name'), records),
      ...recordConditions(chosen.filters)
    ])}`
}
