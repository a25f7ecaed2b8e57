/** Writes what follows from a product file: SQL, contract, page for users. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { loadProduct, type Product } from '../product.ts'
import { productOption } from './options.ts'
import type { Terminal } from './terminal.ts'

const kinds: Readonly<Record<string, (product: Product) => string>> = {
  sql: ({ sql }) => sql,
  contract: ({ contractText }) => contractText,
  disclosure: ({ page }) => page
}

export function addGenerate(program: Command, terminal: Terminal): void {
  const generate = program
    .command('generate')
    .description('write what follows from the product file')
  for (const [kind, make] of Object.entries(kinds))
    generate
      .command(kind)
      .addOption(productOption())
      .option('--out <file>', 'where to; default: the standard output')
      .action((options: { readonly product: string; readonly out?: string }) => {
        const text = make(loadProduct(options.product))
        if (options.out === undefined) return terminal.out(text)
        writeFileSync(options.out, text)
        terminal.out(`wrote ${options.out}\n`)
      })
}
