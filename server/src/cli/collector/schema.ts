/** `candor schema`: what a ClickHouse of one's own must be told before Candor uses it. */
import type { Command } from 'commander'
import { findConfigFile, readConfig } from '../../config/config.ts'
import { loadProducts } from '../../products/load.ts'
import { viewNames } from '../../storage/tables/views.ts'
import { readerStatements } from '../../storage/user-sql/reader-grants.ts'
import type { Terminal } from '../terminal/terminal.ts'

export function addSchema(program: Command, terminal: Terminal): void {
  program
    .command('schema')
    .description("print the SQL that makes the reader of a ClickHouse of one's own")
    .option('--products <folders>', 'folders of further products, commas between')
    .option('--config <file>', 'configuration file')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const { environment, effects, folder, out } = terminal
      const source = { flags, environment, folder }
      const config = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
      const { products } = await loadProducts({ folders: config.products, files: effects.files })
      const statements = readerStatements({
        database: config.clickhouse?.database ?? 'candor',
        user: config.clickhouse?.reader.user ?? 'candor_reader',
        guest: config.clickhouse?.guest.user ?? 'candor_guest',
        views: viewNames(products.map(({ newest }) => newest))
      })
      out(
        "-- Whoever runs users' SQL may read the documented views, and nothing else. Run " +
          'this as an\n-- administrator once Candor has made its tables, and again after a ' +
          `product was added.\n${statements.map((statement) => `${statement};\n`).join('')}`
      )
    })
}
