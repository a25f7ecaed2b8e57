/**
 * Telemetry for a program built with commander: its subcommand, and a record of each command that
 * its contract declares.
 */
import type { ContractForm } from '../form.ts'
import type { Telemetry } from '../telemetry.ts'
import { measureCommand } from './report-command.ts'
import { telemetryCommand, telemetryVerbs } from './telemetry-command.ts'

/** What is used of commander's `Command`; any version since 9 has it. */
export interface CommanderCommand {
  readonly parent: CommanderCommand | null
  name(): string
  command(nameAndWords: string): CommanderCommand
  description(text: string): CommanderCommand
  helpOption(flag: boolean): CommanderCommand
  allowUnknownOption(): CommanderCommand
  action(run: (words: string[]) => Promise<void>): CommanderCommand
  opts(): { readonly [name: string]: unknown }
}

/** Adds `telemetry [verb…]` to a program. */
export function addTelemetryCommand(
  program: CommanderCommand,
  telemetry: Telemetry,
  surroundings: {
    readonly out: (text: string) => void
    readonly err: (text: string) => void
    readonly exit: (code: number) => void
  }
): void {
  const names = telemetryVerbs.map(({ name }) => name).join(', ')
  program
    .command('telemetry [words...]')
    .description(`what is reported, and your say in it: ${names}`)
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words) => {
      const { out, err, exit } = surroundings
      exit(
        await telemetryCommand(telemetry.controls, words, {
          name: `${program.name()} telemetry`,
          out,
          err
        })
      )
    })
}

/**
 * Wraps a command's action, so that running it is reported as the contract declares it; its result
 * and errors pass through.
 *
 * @example
 * program.command('init').action(reported(telemetry, contract, (source, options, command) =>
 * init(source)))
 */
export function reported<Words extends readonly unknown[], Result>(
  telemetry: Telemetry,
  contract: ContractForm,
  run: (...words: Words) => Result
): (...words: Words) => Result {
  return (...words) => {
    // Commander hands the command itself over last.
    const command = words.at(-1) as CommanderCommand | undefined
    const path: string[] = []
    for (
      let each: CommanderCommand | null | undefined = command;
      each?.parent != null;
      each = each.parent
    )
      path.unshift(each.name())
    return measureCommand(telemetry, contract, { path, options: command?.opts() ?? {} }, () =>
      run(...words)
    )
  }
}
