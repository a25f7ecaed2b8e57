/** `candor installation`: what is kept about one installation, for its own user or on a support request; each look is audited. */
import { Argument, type Command } from 'commander'
import { connectTo, dataOption, type ServerOptions, type Terminal } from './terminal.ts'

interface InstallationOptions extends ServerOptions {
  readonly product: string
  readonly reason: string
  readonly yes?: true
}

export function addInstallation(program: Command, terminal: Terminal): void {
  program
    .command('installation')
    .description('show, export or delete what is kept about one installation')
    .addArgument(new Argument('<action>', 'what to do').choices(['show', 'export', 'delete']))
    .argument('<id>', 'the id as its user sees it; it is re-keyed before anything looks it up, and never stored or logged')
    .requiredOption('--product <name>', 'whose installation')
    .option('--reason <text>', 'why, for the audit: access, support or deletion', 'access')
    .option('--yes', 'delete without asking')
    .addOption(dataOption())
    .action(async (action: string, id: string, options: InstallationOptions) => {
      if (action === 'delete' && options.yes !== true) {
        terminal.error('Deletion can not be undone. Say --yes to go on.\n')
        process.exitCode = 1
        return
      }
      const client = await connectTo(terminal, options)
      const answer = await client.post<unknown>('/api/v1/installation', {
        action,
        id,
        product: options.product,
        reason: options.reason
      })
      terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`)
    })
}
