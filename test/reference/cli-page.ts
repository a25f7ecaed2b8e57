/** Every command, as its own help describes it. */
import { wholeProgram } from '../../server/src/cli/program.ts'
import { page } from './page.ts'

type Command = Awaited<ReturnType<typeof wholeProgram>>

/** Columns: as wide as the longest lines of the other pages. */
const helpWidth = 120

export async function cliPage(): Promise<string> {
  const written: string[] = []
  const program = await wholeProgram({
    out: (text: string) => written.push(text),
    error: (text: string) => written.push(text)
  } as never)
  const helpOf = (command: Command): string => {
    written.length = 0
    command.configureHelp({ helpWidth }).outputHelp()
    return written.join('').trimEnd()
  }
  const section = (command: Command, words: string): readonly string[] => [
    `## ${words}`,
    ['```text', helpOf(command), '```'].join('\n'),
    ...command.commands.flatMap((inner) => section(inner, `${words} ${inner.name()}`))
  ]
  return page(
    'Command line',
    '`npx candor` in the repository. Commands other than `serve` ask a running server: the ' +
      'one of `--data` on the same machine, or the one that `CANDOR_URL` ' +
      'and `CANDOR_TOKEN` name. What goes wrong is printed as `candor: CODE` with what to do ' +
      '([errors](errors.md)); the exit code is then 1, and 130 after Ctrl-C.',
    ...program.commands.flatMap((command) => section(command, `candor ${command.name()}`))
  )
}
