/**
 * Telemetry for a program built with yargs: its subcommand as a command module, and a record of
 * each command that its contract declares.
 */
import type { ContractForm } from '../form.ts'
import type { Telemetry } from '../telemetry.ts'
import { measureCommand } from './report-command.ts'
import { telemetryCommand, telemetryVerbs } from './telemetry-command.ts'

/** What yargs hands to a handler. */
export interface YargsArguments {
  readonly _: readonly (string | number)[]
  readonly $0: string
  readonly [name: string]: unknown
}

export interface YargsModule {
  readonly command: string
  readonly describe: string
  readonly builder: (yargs: {
    help(isOn: boolean): unknown
    version(isOn: boolean): unknown
    strict(isOn: boolean): unknown
  }) => void
  readonly handler: (parsed: YargsArguments) => Promise<void>
}

/**
 * For `yargs().command(telemetryModule(…))`. `words` are those of the process, since yargs would
 * take flags for its own.
 */
export function telemetryModule(
  telemetry: Telemetry,
  surroundings: {
    readonly words: readonly string[]
    readonly out: (text: string) => void
    readonly err: (text: string) => void
    readonly exit: (code: number) => void
  }
): YargsModule {
  return {
    command: 'telemetry [words..]',
    describe:
      'what is reported, and your say in it: ' +
      `${telemetryVerbs.map(({ name }) => name).join(', ')}`,
    builder: (yargs) => {
      yargs.help(false)
      yargs.version(false)
      yargs.strict(false)
    },
    async handler(parsed) {
      const { words, out, err, exit } = surroundings
      const own = words.slice(words.indexOf('telemetry') + 1)
      exit(
        await telemetryCommand(telemetry.controls, own, {
          name: `${parsed.$0} telemetry`,
          out,
          err
        })
      )
    }
  }
}

/**
 * Wraps a command's handler, so that running it is reported as the contract declares it; its result
 * and errors pass through.
 */
export function reported<Result>(
  telemetry: Telemetry,
  contract: ContractForm,
  run: (parsed: YargsArguments) => Result
): (parsed: YargsArguments) => Result {
  return (parsed) => {
    const { _: path, $0: _program, ...options } = parsed
    return measureCommand(telemetry, contract, { path: path.map(String), options }, () =>
      run(parsed)
    )
  }
}
