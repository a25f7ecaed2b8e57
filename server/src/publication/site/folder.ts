/** Everything that stands in a published folder, by path: the same ledger makes the same bytes. */
import type { Contract, PublicNumbers } from '@candor/contract'
import { fleetFile } from '../data/fleet-file.ts'
import { latestOf, seriesOf } from '../data/latest.ts'
import { atomOf, csvOf, indexText, parquetOf, schemaText } from '../data/open-data.ts'
import { fileNameOf, textOf } from '../ledger.ts'
import type { PublishedTable } from '../published.ts'
import { badgeJson, badgeSvg } from './badge.ts'
import { embedOf, pageOf } from './page.ts'

export interface FolderOptions {
  readonly contract: Contract
  readonly publication: PublicNumbers
  /** Each version of each table, the oldest first. */
  readonly tables: readonly PublishedTable[]
  readonly sign: Parameters<typeof fleetFile>[2]
}

export function folderOf({
  contract,
  publication,
  tables,
  sign
}: FolderOptions): ReadonlyMap<string, string | Uint8Array> {
  const latest = latestOf(tables)
  const standing = latest.filter(({ withdrawn }) => withdrawn === undefined)
  const withdrawn = latest.filter((table) => table.withdrawn !== undefined)
  const series = seriesOf(standing, publication.tables)
  const [active] =
    series.find(({ tables: [table] }) => table?.dimensions.length === 0)?.tables ?? []
  const fleet = fleetFile(contract.product, series, sign)
  return new Map<string, string | Uint8Array>([
    ['index.html', pageOf({ contract, publication, series, withdrawn })],
    ['badge.svg', badgeSvg(active)],
    ['badge.json', badgeJson(active)],
    ['numbers.csv', csvOf(standing)],
    ['numbers.parquet', parquetOf(standing)],
    ['schema.json', schemaText()],
    ['index.json', indexText(tables)],
    ['feed.atom', atomOf(contract.title, contract.product, publication.at, tables)],
    ...(fleet === undefined ? [] : [['fleet.json', fleet] as const]),
    ...series.map((each) => [`embed/${each.name}.html`, embedOf(each, contract)] as const),
    ...tables.map((table) => [`data/${fileNameOf(table)}`, textOf(table)] as const)
  ])
}
