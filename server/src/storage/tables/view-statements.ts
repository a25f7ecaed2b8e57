/**
 * Which statements make a product's documented views, each column with its comment, one view for
 * each record?
 */
import { columnsFilledBy, type CompiledContract } from '@candor/contract'
import { quoteName, quoteText, type TableColumn } from './column-types.ts'
import { fieldColumn } from './rows.ts'
import { documentedViews, productView } from './views.ts'

/** Runs as it is in `clickhouse-client --multiquery`, on the database that the collector fills. */
export function viewStatements(compiled: CompiledContract): string {
  const { contract } = compiled
  const name = productView(contract.product)
  const product = documentedViews([compiled]).find((view) => view.name === name)
  if (product === undefined) throw new TypeError('a product without a documented view')
  const fields = new Set(compiled.columns.map((column) => fieldColumn(column.name)))
  const common = product.columns.filter(
    (column) => !fields.has(column.name) && !['product', 'name', 'kind'].includes(column.name)
  )
  const records = [...contract.records.values()].map((record) => {
    const own = new Set(columnsFilledBy(record).map((column) => fieldColumn(column.name)))
    const columns = [...common, ...product.columns.filter((column) => own.has(column.name))]
    const select = columns.map((column) => quoteName(column.name)).join(', ')
    return statement({
      name: `${name}__${record.name}`,
      says: record.when,
      columns,
      sql: `SELECT ${select} FROM ${quoteName(name)} WHERE name = ${quoteText(record.name)}`
    })
  })
  const head =
    `-- Views of ${contract.title.replaceAll('\n', ' ')}, written from the contract ` +
    `${contract.digest} by \`candor contract generate sql\`.\n`
  return `${[head, statement(product), ...records].join('\n')}`
}

function statement(view: {
  readonly name: string
  readonly says: string
  readonly columns: readonly TableColumn[]
  readonly sql: string
}): string {
  const columns = view.columns.map(
    (column) => `  ${quoteName(column.name)} ${column.type} COMMENT ${quoteText(column.says)}`
  )
  return (
    `CREATE OR REPLACE VIEW ${quoteName(view.name)}\n(\n${columns.join(',\n')}\n)\nAS ` +
    `${view.sql}\nCOMMENT ${quoteText(view.says)};\n`
  )
}
