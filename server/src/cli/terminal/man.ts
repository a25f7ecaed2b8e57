/** `candor man`: the manual page of the command line, as `man` reads it. */
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

export function addMan(
  program: Command,
  terminal: Terminal,
  wholeProgram: (terminal: Terminal) => Promise<Command>
): void {
  program
    .command('man')
    .description('print the manual page of the command line')
    .addHelpText(
      'after',
      '\nExamples: candor man | man -l -\n          candor man > ~/.local/share/man/man1/candor.1'
    )
    .action(async () => {
      terminal.out(manualOf(await wholeProgram(terminal)))
    })
}

function manualOf(program: Command): string {
  return [
    '.TH CANDOR 1 "" "candor" "Candor"',
    '.SH NAME',
    `candor \\- ${escaped(program.description())}`,
    '.SH SYNOPSIS',
    '.B candor',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => sectionOf(command, command.name())),
    '.SH ENVIRONMENT',
    ...entry('CANDOR_URL, CANDOR_TOKEN', 'the server that is asked, and the token for it'),
    ...entry('CANDOR_DATA', 'the data folder of the server on this machine'),
    ...entry('CANDOR_COLUMNS', 'print as to a terminal that is so wide, also into a pipe'),
    '.SH EXIT STATUS',
    ...entry('0', 'what was asked for was done'),
    ...entry('1', 'it was not; standard error says why'),
    ...entry('3', 'candor query: not all rows were printed'),
    ...entry('130', 'it was asked to stop'),
    ''
  ].join('\n')
}

function sectionOf(command: Command, words: string): readonly string[] {
  const wanted = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
  )
  return [
    `.SS ${escaped(['candor', words, ...wanted].join(' '))}`,
    ...escaped(command.description())
      .split('\n')
      .filter((line) => line !== ''),
    ...command.options.flatMap(({ flags, description }) => entry(flags, description)),
    ...command.commands.flatMap((inner) => sectionOf(inner, `${words} ${inner.name()}`))
  ]
}

function entry(name: string, says: string): readonly string[] {
  return ['.TP', `\\fB${escaped(name)}\\fR`, escaped(says)]
}

/** A line that begins with a point or an apostrophe would be a request of troff. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')
}
