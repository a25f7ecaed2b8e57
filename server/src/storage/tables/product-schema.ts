/** What do all known contracts of one product, together, ask of its tables? */
import {
  columnsFilledBy,
  type Column,
  type CompiledContract,
  type FieldType,
  type RecordDeclaration,
  type Retention
} from '@candor/contract'
import { CandorError } from '../../errors.ts'
import { baseTableColumns, fieldTableColumn, quoteText, type TableColumn } from './column-types.ts'
import { fieldColumn } from './rows.ts'
import { mergedType } from './type-merging.ts'

export interface ProductSchema {
  readonly product: string
  /** Fields only, in the order of their declaration, the oldest contract's first. */
  readonly fields: readonly TableColumn[]
  /** Those whose values the contract names, each counted by day in `value_states`. */
  readonly counted: readonly CountedField[]
  /** Numbers with few values, each counted by day in `number_states`. */
  readonly numbers: readonly Pick<CountedField, 'name' | 'records'>[]
  readonly hasSnapshots: boolean
  /** Record names that an honest installation sends at most so often a day. */
  readonly perDayMax: ReadonlyMap<string, number>
  readonly retention: Retention
}

interface CountedField {
  /** Its column. */
  readonly name: string
  /** Names of the records that declare it in any of the contracts, and are counted by day. */
  readonly records: readonly string[]
  readonly isList: boolean
}

/**
 * Of snapshots the latest counts, and not how many there were: their fields, which may be hundreds,
 * are not counted by day.
 */
function isCountedByDay({ kind }: RecordDeclaration): boolean {
  return kind !== 'snapshot'
}

/**
 * One per product. Contracts of one product go from the oldest to the newest: the newest counts for
 * retention and bounds; columns are those of all.
 */
export function productSchemas(contracts: readonly CompiledContract[]): readonly ProductSchema[] {
  const byProduct = new Map<string, CompiledContract[]>()
  for (const compiled of contracts) {
    const product = compiled.contract.product
    byProduct.set(product, [...(byProduct.get(product) ?? []), compiled])
  }
  return [...byProduct].map(([product, compiled]) => productSchema(product, compiled))
}

/**
 * All columns of `records_<product>` and `snapshots_<product>`. Their product is the same in every
 * row: computed, so that it costs nothing.
 */
export function recordColumns(schema: ProductSchema): readonly TableColumn[] {
  const base = baseTableColumns.map((column) =>
    column.name === 'product' ? { ...column, computed: quoteText(schema.product) } : column
  )
  return [...base, ...schema.fields]
}

/** What is stored. */
export function storedColumns(schema: ProductSchema): readonly TableColumn[] {
  return recordColumns(schema).filter((column) => column.computed === undefined)
}

/** What is sent: where a version comes from, and when it came, is found out while it is loaded. */
export function sentColumns(schema: ProductSchema): readonly TableColumn[] {
  return storedColumns(schema).filter(({ name }) => name !== 'version_from' && name !== 'loaded_at')
}

function productSchema(product: string, contracts: readonly CompiledContract[]): ProductSchema {
  const fields = new Map<string, TableColumn>()
  for (const column of contracts.flatMap((compiled) => compiled.columns)) {
    const field = checked(product, column)
    const known = fields.get(field.name)
    const type = mergedType(known?.type ?? field.type, field.type)
    if (type === undefined) throw typeChanged(product, field.name, known?.type ?? '', field.type)
    fields.set(field.name, { ...field, type })
  }
  const newest = contracts.at(-1)
  if (newest === undefined) throw new Error('A product has at least one contract.')
  const records = contracts.flatMap((compiled) => [...compiled.contract.records.values()])
  const bounds = [...newest.contract.records.values()].flatMap((record): [string, number][] =>
    record.every?.perDayMax === undefined ? [] : [[record.name, record.every.perDayMax]]
  )
  return {
    product,
    fields: [...fields.values()],
    counted: countedFields(contracts),
    numbers: [...countedNumbers(contracts)].map(([name, records]) => ({
      name: fieldColumn(name),
      records
    })),
    hasSnapshots: records.some((record) => record.kind === 'snapshot'),
    perDayMax: new Map(bounds),
    retention: newest.contract.retention
  }
}

function countedFields(contracts: readonly CompiledContract[]): readonly CountedField[] {
  const types = new Map(
    contracts.flatMap(({ columns }) => columns.map(({ name, type }) => [name, type.is]))
  )
  return [...countedValues(contracts)].map(([name, records]) => ({
    name: fieldColumn(name),
    records,
    isList: types.get(name) === 'list'
  }))
}

/**
 * By field: the records that declare which values it has, and are counted by day. No patterns and
 * no SQL: users choose those words, and what
 * is counted outlives the records of one installation that is deleted.
 */
export function countedValues(
  contracts: readonly CompiledContract[]
): ReadonlyMap<string, readonly string[]> {
  return declaringRecords(contracts, (type) => {
    const one = type?.is === 'list' ? type.of : type
    return one?.is === 'boolean' || one?.is === 'enum' || one?.is === 'version'
  })
}

/** By field: the records that declare it as a number with few values, and are counted by day. */
export function countedNumbers(
  contracts: readonly CompiledContract[]
): ReadonlyMap<string, readonly string[]> {
  return declaringRecords(contracts, hasFewNumbers)
}

function declaringRecords(
  contracts: readonly CompiledContract[],
  fits: (type: FieldType | undefined) => boolean
): ReadonlyMap<string, readonly string[]> {
  const declaring = new Map<string, readonly string[]>()
  for (const record of contracts
    .flatMap(({ contract }) => [...contract.records.values()])
    .filter(isCountedByDay)) {
    for (const { name } of columnsFilledBy(record).filter(({ type }) => fits(type)))
      declaring.set(name, [...new Set([...(declaring.get(name) ?? []), record.name])])
  }
  return declaring
}

/**
 * A day of numbers with three digits has at most 900 for each power of ten; without any rounding it
 * may have as many as records.
 */
const digitsMax = 3
const numbersMax = 10_000

function hasFewNumbers(type: FieldType | undefined): boolean {
  if (type?.is !== 'integer' && type?.is !== 'number' && type?.is !== 'duration') return false
  if (type.coarsen?.by === 'digits') return type.coarsen.digits <= digitsMax
  if (type.coarsen?.by === 'bucket') return true
  const step = type.coarsen?.step ?? (type.is === 'integer' ? 1 : 0)
  return (type.max - (type.is === 'duration' ? 0 : type.min)) / step <= numbersMax
}

/**
 * `field_os` would be two fields where `os`, which a base column has taken, is declared beside it.
 */
function checked(product: string, column: Column): TableColumn {
  const field = fieldTableColumn(column)
  if (
    field.name === column.name &&
    column.name.startsWith('field_') &&
    fieldColumn(column.name.slice('field_'.length)) === column.name
  ) {
    throw new CandorError(
      'PRODUCT_INVALID',
      `The field ${column.name} of ${product} has a name that the store keeps for itself: ` +
        'name it without “field_”.',
      {
        details: { product, column: column.name }
      }
    )
  }
  return field
}

export function typeChanged(
  product: string,
  column: string,
  before: string,
  after: string
): CandorError<'PRODUCT_INVALID'> {
  return new CandorError(
    'PRODUCT_INVALID',
    `The field ${column} of ${product} was kept as ${before} and its contract now says ` +
      `${after}: a kept column never changes its type, so give the changed field a new name.`,
    { details: { product, column } }
  )
}
