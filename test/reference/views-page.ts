/** Every view that a user's SQL may read, with its columns; and the same rows in an export. */
import type { CompiledContract } from '@candor/contract'
import { partMax } from '../../server/src/storage/exported-records.ts'
import { baseTableColumns } from '../../server/src/storage/tables/column-types.ts'
import { documentedViews } from '../../server/src/storage/tables/views.ts'
import { code, page, table } from './page.ts'

export function viewsPage(contracts: readonly CompiledContract[]): string {
  return page(
    'Views',
    'What `candor query` may read: one SELECT over these views, with listed functions only, ' +
      'and limits on rows and time. A product of your own gets a view of ' +
      'its name too (dashes as underscores). Days are UTC; ids are tokens that only this ' +
      'collector can make.',
    ...documentedViews(contracts).flatMap(({ name, says, columns }) => [
      `## ${name}`,
      says,
      table(
        ['column', 'type', 'what it is'],
        columns.map((column) => [code(column.name), code(column.type), column.says])
      )
    ])
  )
}

export function exportsPage(): string {
  return page(
    'Exports',
    'What `candor export records` and `GET /api/v1/products/{product}/export/{day}` write, in ' +
      'both formats under the names of the product’s [view](views.md). ' +
      '[The guide](../guide/export.md) shows how to use it.',
    '## A row',
    'One JSON object a line in NDJSON, one column each in Parquet. Every row has every column ' +
      'that was asked for; what was not sent is `null` (an empty list or map).',
    table(
      ['column', 'in NDJSON', 'what it is'],
      baseTableColumns.map(({ name, type, says }) => [code(name), jsonOf(type), says])
    ),
    'Behind these stand the fields of the contract, by the names of their columns: ' +
      '`field_<name>` where a column above has the name already. A boolean, whole number or ' +
      'number is that in JSON, a timestamp an instant, a list a list, a map an object, and ' +
      'everything else a text.',
    'Ids are tokens: what arrived is re-keyed before anything is stored, so an export holds no ' +
      'id as its user sees it. `key_epoch` says which generation of the secret made them; the ' +
      'collector that wrote them, or one with the same secret, makes the same again.',
    '## Pieces',
    `A day of receipt comes in pieces of about ${partMax.rows} rows, or ` +
      `${partMax.bytes / 2 ** 20} MiB of columns. Which row is in which piece follows from the ` +
      'row alone, and rows stand in one order, so that a piece that is asked for again has the ' +
      'same bytes, less what was deleted meanwhile. The header `Candor-Rows` says how many there ' +
      'are.',
    '## manifest.json',
    table(
      ['key', 'what it is'],
      [
        [`${code('candor')}, ${code('export')}`, '`1` and `records`'],
        [
          ['product', 'format', 'columns', 'records', 'since', 'until'].map(code).join(', '),
          'what was asked for; no `records` means all, no `since` or `until` all days'
        ],
        [code('isWhole'), 'false: it was cut off, and `--resume` goes on'],
        [code('rows'), 'of all files'],
        [
          code('days'),
          'each with `day`; `before`: what was received before this is in it, which is the day’s ' +
            'end unless the day went on; `parts`: how many pieces it has; and `files`'
        ],
        [code('files'), 'each with `file`, `part`, `rows`, `bytes` and the `sha256` of these bytes']
      ]
    )
  )
}

function jsonOf(type: string): string {
  const form = /DateTime64/.test(type)
    ? 'instant such as `2026-11-20T11:00:00.000Z`'
    : type.startsWith('Array')
      ? 'list of numbers'
      : /Bool/.test(type)
        ? 'boolean'
        : /U?Int\d+/.test(type)
          ? 'whole number'
          : 'text'
  return /Nullable/.test(type) ? `${form} or null` : form
}
