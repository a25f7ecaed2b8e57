/** Where do the latest records of installations come from, or all of them? */
import { dayOf } from '#values/days'
import type { CompiledContract } from '@candor/contract'
import { quoteText } from '../../storage/tables/column-types.ts'
import { snapshotTable } from '../../storage/tables/tables.ts'
import { whyNoLatest } from './identity.ts'
import type { Parameter } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { among, filterConditions, recordSource } from './source.ts'

export const ofParameter: Parameter = {
  name: 'of',
  says: 'every record, or each installation’s latest one in the span',
  type: 'choice',
  values: ['records', 'latest'],
  default: 'records'
}

export interface Rows {
  /** `FROM … WHERE …`, of records with the columns that were asked for. */
  readonly from: string
  readonly shown: string
  /** latest: a row is an installation. */
  readonly are: 'records' | 'latest'
  readonly notes: readonly string[]
}

/** `columns`: what is read of a record, so that no more is. */
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
  const filters = asked.chosen.filters
  const needed = [
    ...new Set(['installation', 'name', ...columns, ...filters.map(({ name }) => name)])
  ].join(', ')
  const unfiltered = { ...asked, chosen: { ...asked.chosen, filters: [] } }
  const { from } = recordSource(unfiltered, {
    span: asked.span,
    names: records,
    condition: 'installation IS NOT NULL'
  })
  const where = ['true', ...filterConditions(filters, '')].join(' AND ')
  // Of several records of an installation at one moment, the one that came last.
  const latest = `FROM (SELECT ${needed} ${from} ORDER BY occurred_at DESC, received_at DESC LIMIT 1 BY installation, name) AS r WHERE ${where}`
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
function snapshots({ product, chosen, span }: Asked, records: readonly string[]): string {
  const where = [
    `toDate(occurred_at) >= ${quoteText(span.first)}`,
    among('name', records),
    ...filterConditions(chosen.filters, '')
  ]
  return `FROM ${snapshotTable(product.contract.product)} AS r FINAL WHERE ${where.join(' AND ')}`
}
