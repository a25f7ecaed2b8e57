/** Scaffolds a product file: commented, and good enough to install as it is. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write a commented product file')
    .argument('<name>', "the product's name, which is also its extension's: acme")
    .option('--out <file>', 'where to', 'candor-postgres.yaml')
    .action((name: string, { out }: { readonly out: string }) => {
      if (!/^[a-z][a-z0-9_]{0,39}$/.test(name))
        throw new Error(`"${name}" can't be a product's name: lower-case letters, digits and _`)
      writeFileSync(out, productFile(name), { flag: 'wx' })
      terminal.out(`wrote ${out}\n`)
    })
}

function productFile(name: string): string {
  return `# What ${name} collects inside PostgreSQL.
# From this file come the SQL, the contract and the page for users.
postgres: 1
product: ${name.replaceAll('_', '-')}
title: ${name}
purpose: Which versions of ${name} and PostgreSQL are alive, and how large the databases are.
contact: https://example.org/${name}/issues
location: EU                       # where the collected data is stored
recipients:                        # everybody who sees it; adding one asks every user again
  - { name: the ${name} maintainers, where: EU, for: deciding what to build next }
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
default: opt-out                   # opt-in | opt-out | ask; opt-out waits a day after its notice
endpoint: http://127.0.0.1:4700    # your collector; anything but loopback needs https

extension: ${name}                 # whose version is reported; a fork leaves this line out
version: 0.1.0                     # where that extension is not installed

report:
  related_extensions: [postgis, vector]     # told as installed or not
  access_methods: [hnsw, ivfflat]           # named besides PostgreSQL's own; the rest is "other"
  metadata: { region: [eu, us] }            # flagged rows of ${name}.metadata, and their words
  # What only you know: a query whose columns are fields, and what each of them is.
  # fields:
  #   queues: { type: integer, unit: queues, min: 0, says: how many queues there are }
  # queries:
  #   - SELECT count(*) AS queues FROM ${name}.queues
`
}
