/** `candor ask`: a question by name, or all that answers a question of the contract itself. */
import { Command, Option } from 'commander'
import type { Terminal } from '../terminal/terminal.ts'
import { addAskOptions, ask } from './ask-run.ts'

/**
 * Knows no question: the server does, and says what it takes. So nothing of the server's has to be
 * loaded for one answer. Help is the business of `ask-help.ts`.
 */
export function addAsk(program: Command, terminal: Terminal): void {
  program
    .command('ask')
    .description('ask a question about a product')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const isHelp = words.length === 0 || words.includes('--help') || words.includes('-h')
      if (isHelp) {
        const { addQuestions } = await import('./ask-help.ts')
        const help = new Command('candor').configureOutput(program.configureOutput())
        addQuestions(help, terminal)
        const [all] = help.commands
        const one = all?.commands.find((inner) => inner.name() === words[0])
        const asked = one ?? all
        asked?.outputHelp()
        return
      }
      const command = commandFor(words).configureOutput(program.configureOutput())
      command.showHelpAfterError('(candor ask --help tells what there is)')
      command.parse(words, { from: 'user' })
      await ask(terminal, command.args[0], command.opts())
    })
}

/**
 * The options of every question, and one for each that somebody wrote: the server knows its own.
 */
function commandFor(words: readonly string[]): Command {
  const command = addAskOptions(new Command('candor ask').argument('[question]').helpOption(false))
  const known = new Set(command.options.map(({ long }) => long))
  for (const word of words) {
    const [, name] = /^(--[a-z]+)(?:=|$)/.exec(word) ?? []
    if (name === undefined || known.has(name)) continue
    known.add(name)
    command.addOption(new Option(`${name} <value>`))
  }
  return command
}
