/**
 * `candor installation`: what is kept about one installation, for its own user or on a support
 * request; each look is audited.
 */
import { Argument, Option, type Command } from 'commander'
import { auditReasons } from '../../api/access/audit.ts'
import { CandorError } from '../../errors.ts'
import { oneOf } from '../terminal/choice.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface InstallationOptions extends ServerOptions {
  readonly product: string
  readonly reason?: string
  readonly yes?: true
}

const actions = ['show', 'export', 'delete'] as const

export function addInstallation(program: Command, terminal: Terminal): void {
  const installation = program
    .command('installation')
    .description('show, export or delete what is kept about one installation')
    .addArgument(new Argument('<action>', 'what to do').choices(actions).argParser(oneOf(actions)))
    .argument(
      '<id>',
      'the id as its user sees it; it is re-keyed before anything looks it up, and never ' +
        'stored or logged'
    )
    .requiredOption('--product <name>', 'whose installation')
    .addOption(
      new Option('--reason <reason>', 'why, for the audit; deletion or access by default')
        .choices(auditReasons)
        .argParser(oneOf(auditReasons))
    )
    .option('--yes', 'delete without asking')
  addServerOptions(installation).action(
    async (action: string, id: string, options: InstallationOptions) => {
      if (action === 'delete' && options.yes !== true) {
        throw new CandorError(
          'PARAMETER_INVALID',
          "A deletion can't be undone. Say --yes to go on."
        )
      }
      const client = await connectTo(terminal, options)
      const answer = await client.post<unknown>('/api/v1/installation', {
        action,
        id,
        product: options.product,
        reason: options.reason ?? (action === 'delete' ? 'deletion' : 'access')
      })
      terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`)
    }
  )
}
