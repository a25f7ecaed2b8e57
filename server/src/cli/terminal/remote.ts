/**
 * `candor remote`: keeps the address and token of servers elsewhere, and the product that is
 * usually asked about.
 */
import { Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { readRemotes, writeRemotes } from './remotes.ts'
import type { Terminal } from './terminal.ts'

export function addRemote(program: Command, terminal: Terminal): void {
  const remote = program
    .command('remote')
    .description('keep servers elsewhere by name, with their tokens and a usual product')
  remote
    .command('add')
    .description('keep a server; its token is read from standard input or CANDOR_TOKEN')
    .argument('<name>', 'what you call it')
    .argument('<url>', 'where its dashboard is')
    .option('--product <name>', 'the product that is asked about if nothing is said')
    .addOption(new Option('--default', 'ask it where no other server is named'))
    .addHelpText(
      'after',
      '\nExample: candor token create --name me | candor remote add work https://candor.internal'
    )
    .action((name: string, url: string, options: AddOptions) => add(terminal, name, url, options))
  remote
    .command('list')
    .description('print the servers that are kept; never their tokens')
    .action(() => list(terminal))
  remote
    .command('use')
    .description('ask this one where no other server is named; none is this machine’s own again')
    .argument('<name>', 'one that is kept, or none')
    .action((name: string) => use(terminal, name))
  remote
    .command('remove')
    .description('forget a server and its token')
    .argument('<name>', 'one that is kept')
    .action((name: string) => remove(terminal, name))
}

interface AddOptions {
  readonly product?: string
  readonly default?: boolean
}

async function add(
  terminal: Terminal,
  name: string,
  url: string,
  { product, default: isDefault }: AddOptions
): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name) || name === 'none')
    throw new CandorError('CONFIG_INVALID', `"${name}" is no name; for example work`)
  if (!/^https?:\/\/[^/]/.test(url))
    throw new CandorError(
      'CONFIG_INVALID',
      `"${url}" is no address; for example https://candor.internal`
    )
  // Not an argument: everybody on the machine sees those, and shells keep them.
  const said = terminal.environment['CANDOR_TOKEN'] || (await terminal.readInput())
  const [token = ''] = said.trim().split(/\s+/).slice(-1)
  if (token === '') throw new CandorError('CONFIG_INVALID', 'No token came on standard input.')
  const { remotes, ...rest } = await readRemotes(terminal)
  const kept = {
    url: url.replace(/\/+$/, ''),
    token,
    ...(product === undefined ? {} : { product })
  }
  await writeRemotes(terminal, {
    ...rest,
    ...(isDefault === true ? { default: name } : {}),
    remotes: { ...remotes, [name]: kept }
  })
  terminal.out(`${name} is kept. Ask it with --remote ${name}.\n`)
}

async function list(terminal: Terminal): Promise<void> {
  const { default: usual, remotes } = await readRemotes(terminal)
  const lines = Object.entries(remotes).map(([name, { url, product }]) =>
    [name === usual ? '*' : ' ', name, url, product ?? ''].join('\t').trimEnd()
  )
  terminal.out(lines.length === 0 ? 'No server is kept yet.\n' : `${lines.join('\n')}\n`)
}

async function use(terminal: Terminal, name: string): Promise<void> {
  const { remotes } = await readRemotes(terminal)
  if (name !== 'none') checkKept(remotes, name)
  await writeRemotes(terminal, name === 'none' ? { remotes } : { default: name, remotes })
}

async function remove(terminal: Terminal, name: string): Promise<void> {
  const { default: usual, remotes } = await readRemotes(terminal)
  checkKept(remotes, name)
  const { [name]: _gone, ...others } = remotes
  const isUsual = usual === undefined || usual === name
  await writeRemotes(terminal, isUsual ? { remotes: others } : { default: usual, remotes: others })
}

function checkKept(remotes: Readonly<Record<string, unknown>>, name: string): void {
  if (Object.hasOwn(remotes, name)) return
  throw new CandorError(
    'CONFIG_INVALID',
    `There is no remote "${name}". There are: ${Object.keys(remotes).join(', ') || 'none yet'}.`
  )
}
