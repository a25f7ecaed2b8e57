/** Every view that a user's SQL may read, with its columns. */
import type { CompiledContract } from '@candor/contract'
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
