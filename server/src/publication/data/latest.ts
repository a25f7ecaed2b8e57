/** What stands of a ledger: of each table and period its last version, unless it was withdrawn. */
import type { PublishedTable } from '../published.ts'

export interface Series {
  readonly name: string
  readonly title: string
  /** The newest first. */
  readonly tables: readonly PublishedTable[]
}

export function latestOf(tables: readonly PublishedTable[]): readonly PublishedTable[] {
  const last = new Map<string, PublishedTable>()
  for (const table of tables) {
    const key = `${table.table} ${table.period.name}`
    if ((last.get(key)?.version ?? 0) < table.version) last.set(key, table)
  }
  return [...last.values()].toSorted((one, other) =>
    one.period.name === other.period.name
      ? one.table < other.table
        ? -1
        : 1
      : one.period.name < other.period.name
        ? 1
        : -1
  )
}

/** In the order in which the contract names them; what it names no longer comes last. */
export function seriesOf(
  tables: readonly PublishedTable[],
  order: readonly { readonly name: string; readonly title: string }[]
): readonly Series[] {
  const latest = latestOf(tables)
  const known = new Map(order.map(({ name, title }) => [name, title]))
  for (const { table, title } of latest) if (!known.has(table)) known.set(table, title)
  return [...known].flatMap(([name, title]) => {
    const own = latest.filter(({ table }) => table === name)
    return own.length === 0 ? [] : [{ name, title, tables: own }]
  })
}
