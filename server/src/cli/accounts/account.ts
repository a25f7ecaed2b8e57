/**
 * `candor account`: whom an edition's streams are kept of. An operator names them, support finds
 * one by what a customer quotes, and each may read what is kept of it.
 */
import { Option, type Command } from 'commander'
import { auditReasons } from '../../api/access/audit.ts'
import type { ListedAccount, ShownAccount } from '../../api/endpoints/operating/accounts.ts'
import { CandorError } from '../../errors.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat, textTable } from '../questions/print-table.ts'
import { oneOf } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'
import { accountPage } from './account-page.ts'

interface WhomOptions extends ServerOptions {
  readonly product: string
  readonly key?: true
  readonly installation?: string
  readonly reason?: string
}

interface LinkOptions extends ServerOptions {
  readonly product: string
  readonly token?: string
  readonly key?: true
  readonly alias?: string
  readonly id?: string
  readonly plan?: string
  readonly billing?: 'on' | 'off'
}

export function addAccount(program: Command, terminal: Terminal): void {
  const account = program
    .command('account')
    .description('the accounts of an edition: list, show, link, delete')
  addList(account, terminal)
  addShow(account, terminal)
  addLink(account, terminal)
  addDelete(account, terminal)
}

function addList(account: Command, terminal: Terminal): void {
  const list = account
    .command('list')
    .description('show every account that reported or was named, and what it is answered')
    .addOption(tableFormatOption())
  addServerOptions(list).action(
    async ({ format, ...options }: ServerOptions & { readonly format: TableFormat }) => {
      const client = await connectTo(terminal, options)
      const { accounts } = await client.get<{ accounts: readonly ListedAccount[] }>(
        '/api/v1/accounts'
      )
      const rows = accounts.map((each) => ({
        product: each.product,
        name: each.name ?? '',
        token: each.tokens[0] ?? '',
        billing: each.billingActive === null ? '' : each.billingActive ? 'active' : 'not active',
        installations: String(each.installations),
        last_seen: each.lastSeen ?? ''
      }))
      const columns = ['product', 'name', 'token', 'billing', 'installations', 'last_seen']
      terminal.out(printTable(textTable(columns, rows), format))
    }
  )
}

function addShow(account: Command, terminal: Terminal): void {
  const show = withWhom(
    account
      .command('show')
      .description('what is kept of one account: for support, or for the account itself')
  ).option('--page', 'as a page that can be handed to the account, in Markdown')
  addServerOptions(show).action(
    async (who: string | undefined, { page, ...options }: WhomOptions & { page?: true }) => {
      const client = await connectTo(terminal, options)
      const asked = await whom(who, options, terminal, page === true ? 'access' : 'support')
      const shown = await client.post<ShownAccount>('/api/v1/accounts/show', asked)
      terminal.out(page === true ? accountPage(shown) : `${JSON.stringify(shown, undefined, 2)}\n`)
    }
  )
}

function addLink(account: Command, terminal: Terminal): void {
  const link = account
    .command('link')
    .description('give an account its readable name, and say what its programs are answered')
    .argument('<name>', 'as people call it; it stands in the file of accounts and nowhere else')
    .requiredOption('--product <name>', 'the stream that it is an account of, such as dblab-usage')
    .option('--token <token>', 'as `candor account list` shows it')
    .option('--key', 'read its key from standard input: it may not have reported yet')
    .option('--alias <alias>', 'its name in addresses')
    .option('--id <number>', 'its number in systems of yours')
    .option('--plan <plan>', 'what it has booked')
    .addOption(
      new Option('--billing <state>', 'whether its programs hear that billing is active')
        .choices(['on', 'off'])
        .argParser(oneOf(['on', 'off'] as const))
    )
    .addHelpText(
      'after',
      '\nExample: candor account link "ACME Inc." --product dblab-usage --key --billing on < key.txt'
    )
  addServerOptions(link).action(async (name: string, options: LinkOptions) => {
    const client = await connectTo(terminal, options)
    const { product, token, alias, plan, billing } = options
    const linked = await client.post<{ name: string; billingActive: boolean }>(
      '/api/v1/accounts/link',
      {
        product,
        name,
        ...(token === undefined ? {} : { token }),
        ...(options.key === true ? { key: await keyFrom(terminal) } : {}),
        ...(alias === undefined ? {} : { alias }),
        ...(plan === undefined ? {} : { plan }),
        ...(options.id === undefined ? {} : { id: wholeOf(options.id) }),
        ...(billing === undefined ? {} : { billingActive: billing === 'on' })
      }
    )
    terminal.out(
      `${linked.name} is an account of ${product}; billing is ` +
        `${linked.billingActive ? 'active' : 'not active'}\n`
    )
  })
}

function addDelete(account: Command, terminal: Terminal): void {
  const remove = withWhom(
    account.command('delete').description('erase all that is kept of one account')
  ).option('--yes', 'delete without asking')
  addServerOptions(remove).action(
    async (who: string | undefined, { yes, ...options }: WhomOptions & { yes?: true }) => {
      if (yes !== true)
        throw new CandorError(
          'PARAMETER_INVALID',
          "A deletion can't be undone. Say --yes to go on."
        )
      const client = await connectTo(terminal, options)
      const asked = await whom(who, options, terminal, 'deletion')
      const { within } = await client.post<{ within: string }>('/api/v1/accounts/delete', asked)
      terminal.out(`What is kept of it is erased within ${within}.\n`)
    }
  )
}

function withWhom(command: Command): Command {
  return command
    .argument('[account]', 'its name, its alias or its token')
    .requiredOption('--product <name>', 'the stream that it is an account of, such as dblab-usage')
    .option('--key', 'read its key from standard input')
    .option('--installation <id>', 'the id of one of its installations, as the customer quotes it')
    .addOption(
      new Option('--reason <reason>', 'why, for the audit')
        .choices(auditReasons)
        .argParser(oneOf(auditReasons))
    )
}

async function whom(
  account: string | undefined,
  { product, key, installation, reason }: WhomOptions,
  terminal: Terminal,
  usual: (typeof auditReasons)[number]
): Promise<object> {
  const said = [account, key, installation].filter((each) => each !== undefined)
  if (said.length !== 1)
    throw new CandorError(
      'PARAMETER_INVALID',
      'Say which account: by its name or token, by --key or by --installation ID.'
    )
  return {
    product,
    reason: reason ?? usual,
    ...(account === undefined ? {} : { account }),
    ...(key === undefined ? {} : { key: await keyFrom(terminal) }),
    ...(installation === undefined ? {} : { installation })
  }
}

/** Never a flag: every user of a machine sees the flags of every process. */
async function keyFrom(terminal: Terminal): Promise<string> {
  const key = (await terminal.readInput()).trim()
  if (key !== '') return key
  throw new CandorError('PARAMETER_INVALID', 'Standard input is empty: give the key there.')
}

function wholeOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new CandorError('PARAMETER_INVALID', '--id takes a whole number.')
}
