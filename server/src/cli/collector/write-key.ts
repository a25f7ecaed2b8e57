/** `candor write-key`: the keys by which clients of a product are told from others. */
import type { Command } from 'commander'
import type { WriteKey } from '../../products/write-keys.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat, textTable } from '../questions/print-table.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface CreateOptions extends ServerOptions {
  readonly key?: string
}

interface ListOptions extends ServerOptions {
  readonly format: TableFormat
}

export function addWriteKey(program: Command, terminal: Terminal): void {
  const writeKey = program
    .command('write-key')
    .description("the keys that a product's clients send: list, give out, take back")
  addList(writeKey, terminal)
  addCreate(writeKey, terminal)
  addRevoke(writeKey, terminal)
}

function addList(writeKey: Command, terminal: Terminal): void {
  const list = writeKey
    .command('list')
    .description('show every key, and whether it is still one')
    .addOption(tableFormatOption())
  addServerOptions(list).action(async ({ format, ...options }: ListOptions) => {
    const client = await connectTo(terminal, options)
    const { keys } = await client.get<{ keys: readonly WriteKey[] }>('/api/v1/write-keys')
    const rows = keys.map(({ key, product, revoked, from, createdAt }) => ({
      product,
      key,
      from,
      created: createdAt?.slice(0, 10) ?? '',
      is: revoked ? 'revoked' : 'a key'
    }))
    const columns = ['product', 'key', 'from', 'created', 'is']
    terminal.out(printTable(textTable(columns, rows), format))
  })
}

function addCreate(writeKey: Command, terminal: Terminal): void {
  const create = writeKey
    .command('create')
    .description("give out a key for a product's clients")
    .argument('<product>', 'whose clients')
    .option('--key <key>', 'the key itself, such as one that is compiled in; default: a random one')
    .addHelpText(
      'after',
      "\nA product's name is its key until another is given out; --key NAME keeps it " +
        'one.\nExample: candor write-key create readyset --key abc123'
    )
  addServerOptions(create).action(async (product: string, { key, ...options }: CreateOptions) => {
    const client = await connectTo(terminal, options)
    const { made } = await client.post<{ made: WriteKey }>('/api/v1/write-keys', {
      product,
      ...(key === undefined ? {} : { key })
    })
    terminal.out(`${made.key}\n`)
  })
}

function addRevoke(writeKey: Command, terminal: Terminal): void {
  const revoke = writeKey
    .command('revoke')
    .description('end a key at once; what comes with it is answered as before, and not kept')
    .argument('<key>', 'the key')
  addServerOptions(revoke).action(async (key: string, options: ServerOptions) => {
    const client = await connectTo(terminal, options)
    const { revoked } = await client.delete<{ revoked: WriteKey }>(
      `/api/v1/write-keys/${encodeURIComponent(key)}`
    )
    terminal.out(`${revoked.key} of ${revoked.product} is revoked\n`)
  })
}
