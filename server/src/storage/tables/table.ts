/** What is a table of the store, and which columns do several of them share? */
import { baseTableColumns, instantType, type TableColumn } from './column-types.ts'

export interface Table {
  readonly name: string
  readonly columns: readonly TableColumn[]
  readonly engine: string
  readonly partitionBy?: string
  readonly orderBy: string
  /**
   * Which rows lie on one shard of a cluster, as SQL: all that is known of an installation, so that
   * what fills one table from another never has to ask elsewhere.
   */
  readonly shardBy: string
  /** How many rows are read at least. Where a row is a sketch, the usual 8,192 are megabytes. */
  readonly granularity?: number
}

const typeOf = new Map(baseTableColumns.map((column) => [column.name, column]))

/** Columns that every record has, by their names. */
export function base(...names: readonly string[]): readonly TableColumn[] {
  return names.flatMap((name) => typeOf.get(name) ?? [])
}

/** One column, as tables of the store's own making write it. */
export function column(name: string, type: string, says: string): TableColumn {
  return { name, type, says }
}

export const day: TableColumn = { name: 'day', type: 'Date', says: 'the UTC day of occurred_at' }
export const sum = 'SimpleAggregateFunction(sum, UInt64)'
/**
 * uniqCombined64 is exact up to 2,000 and has a standard error of 0.3 % above (`tables.test.ts`),
 * in at most 96 KiB a state: fifty million records answer as quickly as ten. An exact state grows
 * with its installations, and a year of them would have to be read whole.
 */
const installationsState = 'AggregateFunction(uniqCombined64, String)'

/**
 * Months: a block of late records touches many days, and each day of it would be a part of its own.
 */
const productMonth = 'product, toYYYYMM(day)'

/** States that add up by day, kept by month. */
export const aggregating = { engine: 'AggregatingMergeTree', partitionBy: productMonth } as const
export const word = 'LowCardinality(String)'
export const wordOrNull = 'LowCardinality(Nullable(String))'

/** An instant of which the earliest or the latest is kept. */
export const earliest = `SimpleAggregateFunction(min, ${instantType})`
export const latest = `SimpleAggregateFunction(max, ${instantType})`

/** Whom counts of installations count. */
export const counted = column(
  'installation',
  'String',
  'whom counts of installations count, as a keyed token'
)
/** How many of them a state has seen. */
export const installations = column(
  'installations',
  installationsState,
  'distinct installations: merge with uniqCombined64Merge'
)
