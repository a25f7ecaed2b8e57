/** `candor completion`: a script that completes commands and flags, for the shell that reads it. */
import type { Command } from 'commander'
import { oneOf } from './choice.ts'
import type { Terminal } from './terminal.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

export function addCompletion(
  program: Command,
  terminal: Terminal,
  wholeProgram: (terminal: Terminal) => Promise<Command>
): void {
  program
    .command('completion')
    .description('print a script that completes commands and flags in bash, zsh or fish')
    .argument('<shell>', 'bash, zsh or fish', oneOf(shells))
    .addHelpText(
      'after',
      '\nbash: candor completion bash > ~/.local/share/bash-completion/completions/candor\n' +
        'zsh:  candor completion zsh > "${fpath[1]}/_candor"\n' +
        'fish: candor completion fish > ~/.config/fish/completions/candor.fish'
    )
    .action(async (shell: Shell) => {
      terminal.out(scripts[shell](linesOf(await wholeProgram(terminal))))
    })
}

interface Line {
  /** Words of the command, with spaces between: `ask versions`. */
  readonly words: string
  /** What may follow: names of commands, and flags. */
  readonly next: readonly { readonly word: string; readonly says: string }[]
}

function linesOf(command: Command, before: readonly string[] = []): readonly Line[] {
  const commands = command.commands.map((inner) => ({
    word: inner.name(),
    says: inner.summary() || inner.description()
  }))
  const flags = command.options.flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ word: long, says: description }] : []
  )
  return [
    { words: before.join(' '), next: [...commands, ...flags, { word: '--help', says: 'help' }] },
    ...command.commands.flatMap((inner) => linesOf(inner, [...before, inner.name()]))
  ]
}

function bashCase({ words, next }: Line): string {
  return `    "${words}") next="${next.map(({ word }) => word).join(' ')}" ;;`
}

const scripts: Readonly<Record<Shell, (lines: readonly Line[]) => string>> = {
  bash: (lines) => `# candor: completion for bash
_candor() {
  local words="" word next=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) words="\${words:+$words }$word" ;; esac
  done
  case "$words" in
${lines.map(bashCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _candor candor
`,
  zsh: (lines) => `#compdef candor
# candor: completion for zsh
_candor() {
  local joined="" word
  local -a next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && break
    joined="\${joined:+$joined }$word"
  done
  case "$joined" in
${lines
  .map(
    ({ words, next }) =>
      `    "${words}") ` +
      `next=(${next.map(({ word, says }) => quoted(`${word}:${firstLine(says)}`)).join(' ')}) ;;`
  )
  .join('\n')}
  esac
  _describe candor next || _files
}
if [ "$funcstack[1]" = "_candor" ]; then _candor "$@"; else compdef _candor candor; fi
`,
  fish: (lines) => `# candor: completion for fish
function __candor_words
  set -l words (commandline -opc)
  set -e words[1]
  set -l found
  for word in $words
    string match -q -- '-*' $word; and break
    set found $found $word
  end
  string join ' ' -- $found
end
complete -c candor -f
${lines
  .flatMap(({ words, next }) =>
    next.map(({ word, says }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
      return (
        `complete -c candor -n 'test "$(__candor_words)" = ${JSON.stringify(words)}' ${what} ` +
        `-d ${quoted(firstLine(says))}`
      )
    })
  )
  .join('\n')}
`
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n')
  return line.replaceAll(/[:'"\\]/g, ' ').slice(0, 60)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
