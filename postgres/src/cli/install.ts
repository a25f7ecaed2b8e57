/** Puts the SQL into a database, and says what that means for its users. */
import type { Command } from 'commander'
import { loadProduct } from '../product.ts'
import { dsnOption, productOption, withClient } from './options.ts'
import type { Terminal } from './terminal.ts'

const nothingYet = 'Nothing is sent before a reporter runs and somebody could say no.'

export function addInstall(program: Command, terminal: Terminal): void {
  program
    .command('install')
    .description('install the SQL, or a newer one, in the database that the DSN names')
    .addOption(productOption())
    .addOption(dsnOption())
    .action(async (options: { readonly product: string; readonly dsn?: string }) => {
      const { file, form, sql } = loadProduct(options.product)
      const database = await withClient(options.dsn, async (client) => {
        await client.query(sql)
        const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name')
        return rows[0]?.name ?? ''
      })
      terminal.out(`Installed in ${database}, schema ${file.schema}. ${nothingYet}

  what would be sent    SELECT jsonb_pretty(${file.schema}.get_telemetry_report(true));
  what was sent         SELECT * FROM candor.sent;
  what holds now        SELECT * FROM ${file.schema}.telemetry_status;
  never, here           DELETE FROM ${file.schema}.telemetry_job;
  never, anywhere       candor-postgres level off --instance

${form.title} tells: ${form.consent.levels.map(({ name, says }) => `${name}: ${says}`).join(' ')}
`)
    })
}
