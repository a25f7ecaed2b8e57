/** `candor advisory`: what users of a product must hear of, published without a restart. */
import { Option, type Command } from 'commander'
import { advisoryLevels } from '../../releases/release-file.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat, textTable } from '../questions/print-table.ts'
import { oneOf } from '../terminal/choice.ts'
import { addAdvisoryExport, addAdvisoryImport } from './advisory-import.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface AddOptions extends ServerOptions {
  readonly product: string
  readonly level: string
  readonly title: string
  readonly url: string
  readonly affected: string
  readonly fixed?: string
  readonly message?: string
  readonly date?: string
}

interface ListOptions extends ServerOptions {
  readonly product: string
  readonly format: TableFormat
}

export function addAdvisory(program: Command, terminal: Terminal): void {
  const advisory = program
    .command('advisory')
    .description("what a product's users must hear of: publish, list, import and export")
  const add = advisory
    .command('add')
    .description("put an advisory into the product's file, and so into its signed feed")
    .argument('<id>', 'for example ACME-2026-1')
    .requiredOption('--product <name>', 'whose')
    .addOption(
      new Option('--level <level>', 'how bad it is')
        .choices(advisoryLevels)
        .argParser(oneOf(advisoryLevels))
        .makeOptionMandatory()
    )
    .requiredOption('--title <text>', 'in one line')
    .requiredOption('--url <url>', 'where the rest stands, https')
    .requiredOption('--affected <range>', 'such as ">=2.0.0 <2.14.3"')
    .option('--fixed <version>', 'the first version without it')
    .option('--message <text>', 'what to do')
    .option('--date <day>', 'YYYY-MM-DD; today by default')
  addServerOptions(add).action(async (id: string, options: AddOptions) => {
    const { product, level, title, url, affected, fixed, message, date } = options
    const client = await connectTo(terminal, options)
    await client.post(`/api/v1/products/${encodeURIComponent(product)}/advisories`, {
      id,
      level,
      title,
      url,
      affected,
      fixed,
      message,
      date
    })
    terminal.out(`${id} of ${product} is published\n`)
  })
  const list = advisory
    .command('list')
    .description('show what is published')
    .requiredOption('--product <name>', 'whose')
    .addOption(tableFormatOption())
  addAdvisoryImport(advisory, terminal)
  addAdvisoryExport(advisory, terminal)
  addServerOptions(list).action(async ({ product, format, ...options }: ListOptions) => {
    const client = await connectTo(terminal, options)
    const { advisories } = await client.get<{
      advisories: readonly Readonly<Record<string, unknown>>[]
    }>(`/api/v1/products/${encodeURIComponent(product)}/releases`)
    const columns = ['id', 'date', 'severity', 'affected', 'fixed', 'title']
    terminal.out(printTable(textTable(columns, advisories), format))
  })
}
