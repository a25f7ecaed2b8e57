/**
 * How does whoever may see some products see their rows alone? Each documented view stands once
 * more, in a database of its own, where it shows the products that a statement's secret opens.
 */
import { createHash, createHmac } from 'node:crypto'
import { quoteName, quoteText } from '../tables/column-types.ts'
import { onCluster } from '../cluster/cluster.ts'
import { makeTable } from '../cluster/make-table.ts'
import { column, type Table } from '../tables/table.ts'
import { blocksRemembered } from '../tables/tables.ts'
import type { StorageRun } from '../storage.ts'
import type { DocumentedView } from '../tables/views.ts'

/** Which products each secret opens; the engine's own rows, whatever a statement says. */
const openedTable: Table = {
  name: 'opened_products',
  columns: [
    column('digest', 'String', 'of the secret'),
    column('product', 'String', 'what it opens')
  ],
  engine: 'MergeTree',
  orderBy: 'digest, product',
  shardBy: 'digest'
}

/**
 * A setting of ClickHouse's own that is a text and changes nothing: a definer's view sees it as
 * whoever asks has set it. A statement that sets another opens nothing, since it knows no secret.
 */
const secretSetting = 'query_cache_tag'
const deadlineMs = 60_000

export function narrowDatabase(database: string): string {
  return `${database}_narrow`
}

export async function makeNarrowViews(
  run: Pick<StorageRun, 'command' | 'cluster'>,
  database: string,
  views: readonly DocumentedView[]
): Promise<void> {
  const [wide, narrow] = [quoteName(database), quoteName(narrowDatabase(database))]
  const everywhere = onCluster(run.cluster)
  await makeTable(run, openedTable, blocksRemembered)
  await run.command({ sql: `CREATE DATABASE IF NOT EXISTS ${narrow}${everywhere}`, deadlineMs })
  for (const { name } of views) {
    await run.command({
      sql:
        `CREATE OR REPLACE VIEW ${narrow}.${quoteName(name)}${everywhere} DEFINER = ` +
        `CURRENT_USER SQL SECURITY DEFINER AS SELECT * FROM ${wide}.${quoteName(name)} ` +
        `WHERE product IN (SELECT product FROM ${wide}.${openedTable.name} WHERE digest = ` +
        `lower(hex(SHA256(getSetting(${quoteText(secretSetting)})))))`,
      deadlineMs
    })
  }
}

/** Settings that open these products, and no other, to the statement that has them. */
export class OpenedProducts {
  readonly #run: StorageRun
  readonly #key: string
  readonly #open = new Set<string>()

  /** `key` is known to nobody who may ask. */
  constructor(run: StorageRun, key: string) {
    this.#run = run
    this.#key = key
  }

  async settingsFor(products: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const names = products.toSorted()
    const secret = createHmac('sha256', this.#key).update(names.join(' ')).digest('hex')
    const digest = createHash('sha256').update(secret).digest('hex')
    if (!this.#open.has(digest)) await this.#write(digest, names)
    this.#open.add(digest)
    return { [secretSetting]: secret }
  }

  async #write(digest: string, names: readonly string[]): Promise<void> {
    const found = await this.#run.query<{ product: string }>({
      sql: `SELECT DISTINCT product FROM ${openedTable.name} WHERE digest = {digest:String}`,
      parameters: { digest },
      deadlineMs,
      lane: 'control'
    })
    const known = new Set(found.map(({ product }) => product))
    const missing = names.filter((name) => !known.has(name))
    if (missing.length === 0) return
    const rows = missing.map((name) => `(${quoteText(digest)}, ${quoteText(name)})`).join(', ')
    await this.#run.command({
      sql: `INSERT INTO ${openedTable.name} (digest, product) VALUES ${rows}`,
      deadlineMs
    })
  }
}
