/** `candor token`: tokens for people and programs that should not have the operator's own. */
import { Option, type Command } from 'commander'
import { scopes, scopeSays, type Scope } from '../../api/access/scope.ts'
import type { ListedToken } from '../../api/endpoints/tokens.ts'
import { oneOf } from '../terminal/choice.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat, textTable } from '../questions/print-table.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface CreateOptions extends ServerOptions {
  readonly scope: readonly Scope[]
  readonly product?: readonly string[]
  readonly expires: string
}

interface ListOptions extends ServerOptions {
  readonly format: TableFormat
}

export function addToken(program: Command, terminal: Terminal): void {
  const token = program
    .command('token')
    .description('give others access of their own, and take it back')
  addCreate(token, terminal)
  addList(token, terminal)
  addRevoke(token, terminal)
}

const scopeLines = scopes.map((scope) => `  ${scope.padEnd(9)}${scopeSays[scope]}`)

function addCreate(token: Command, terminal: Terminal): void {
  const create = token
    .command('create')
    .description('make a token; it is shown once, and only its digest is kept')
    .argument('<name>', 'what it is for, such as grafana or jane')
    .addOption(
      new Option('--scope <scopes>', 'what it may do, commas between')
        .argParser(scopeList)
        .default(['read'], 'read')
    )
    .addOption(
      new Option(
        '--product <names>',
        'on which products, commas between; all if none are named'
      ).argParser(nameList)
    )
    .option('--expires <span>', 'how long it lives: 90d, 12w, 6m, 1y; at most 5y', '90d')
    .addHelpText(
      'after',
      `\nScopes:\n${scopeLines.join('\n')}\n\nExample: ` +
        'candor token create grafana --scope read --product dlt --expires 1y'
    )
  addServerOptions(create).action(
    async (name: string, { scope, product, expires, ...options }: CreateOptions) => {
      const client = await connectTo(terminal, options)
      const made = await client.post<ListedToken & { token: string }>('/api/v1/tokens', {
        name,
        scopes: scope,
        ...(product && { products: product }),
        expires
      })
      // Alone on standard output, so that it can be piped to where it is kept.
      terminal.out(`${made.token}\n`)
      terminal.error(
        `${made.name}: ${made.scopes.join(', ')} on ${productsOf(made)}, until ` +
          `${made.expiresAt.slice(0, 10)}. It ` +
          'is not shown again.\n'
      )
    }
  )
}

function addList(token: Command, terminal: Terminal): void {
  const list = token
    .command('list')
    .description('show which tokens there are, and when each was last used')
    .addOption(tableFormatOption())
  addServerOptions(list).action(async ({ format, ...options }: ListOptions) => {
    const client = await connectTo(terminal, options)
    const { tokens } = await client.get<{ tokens: readonly ListedToken[] }>('/api/v1/tokens')
    const now = new Date(terminal.effects.clock.now()).toISOString()
    const rows = tokens.map(({ createdAt, expiresAt, lastUsedOn, ...token }) => ({
      name: token.name,
      id: token.id,
      scopes: token.scopes.join(' '),
      products: productsOf(token),
      created: createdAt.slice(0, 10),
      expires: `${expiresAt.slice(0, 10)}${expiresAt <= now ? ' (expired)' : ''}`,
      last_used: lastUsedOn ?? ''
    }))
    const columns = ['name', 'id', 'scopes', 'products', 'created', 'expires', 'last_used']
    terminal.out(printTable(textTable(columns, rows), format))
  })
}

function addRevoke(token: Command, terminal: Terminal): void {
  const revoke = token
    .command('revoke')
    .description('end a token, and the sessions that it opened, at once')
    .argument('<name>', 'its name or id')
  addServerOptions(revoke).action(async (name: string, options: ServerOptions) => {
    const client = await connectTo(terminal, options)
    const { revoked } = await client.delete<{ revoked: ListedToken }>(
      `/api/v1/tokens/${encodeURIComponent(name)}`
    )
    terminal.out(`${revoked.name} is revoked\n`)
  })
}

function productsOf({ products }: Pick<ListedToken, 'products'>): string {
  return products === null ? 'all products' : products.join(', ')
}

function nameList(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}

const scopeOf = oneOf(scopes)

function scopeList(text: string): readonly Scope[] {
  return text.split(',').map((scope) => scopeOf(scope.trim()))
}
