/** The flags that say how an answer is printed, the same on every command that prints one. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { oneOf } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { printTable, type PrintableTable, tableFormats, type TableFormat } from './print-table.ts'

export interface PrintFlags {
  readonly format?: TableFormat
  readonly raw?: boolean
  readonly columns?: readonly string[]
  readonly sort?: string
  readonly watch?: number | true
}

const watchSecondsUsual = 5

export function addPrintOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--format <format>',
        'how to print: a table on a terminal, tab-separated lines elsewhere'
      )
        .choices(tableFormats)
        .argParser(oneOf(tableFormats))
    )
    .option('--raw', 'numbers as they are, without groups of digits or readable units')
    .addOption(
      new Option('--columns <names>', 'only these columns, in this order').argParser((text) =>
        text.split(',').map((name) => name.trim())
      )
    )
    .option('--sort <column>', 'by this column; -column has the greatest first')
    .addOption(
      new Option('--watch [seconds]', 'ask again every so many seconds (5) until Ctrl-C').argParser(
        readSeconds
      )
    )
}

/** Once, or again and again until the signal. */
export async function printAnswers(
  terminal: Terminal,
  flags: PrintFlags,
  answers: () => Promise<readonly { readonly title?: string; readonly answer: PrintableTable }[]>
): Promise<void> {
  const { watch } = flags
  const seconds = watch === true ? watchSecondsUsual : watch
  do {
    const found = await answers()
    // A terminal is cleared, so that the numbers change where they stand.
    if (seconds !== undefined && terminal.width !== undefined) terminal.clear()
    for (const { title, answer } of found)
      terminal.out(
        `${title === undefined ? '' : `\n${title}\n`}${printed(answer, terminal, flags)}`
      )
    if (seconds === undefined) return
    await terminal.effects.clock.sleep(seconds * 1000, terminal.signal)
  } while (!terminal.signal.aborted)
}

function printed(answer: PrintableTable, terminal: Terminal, flags: PrintFlags): string {
  try {
    const usual = terminal.width === undefined ? 'tsv' : 'table'
    return printTable(answer, flags.format ?? usual, {
      ...(terminal.width === undefined ? {} : { width: terminal.width }),
      isRaw: flags.raw === true,
      columns: flags.columns,
      sort: flags.sort
    })
  } catch (error) {
    if (error instanceof RangeError) throw new CandorError('PARAMETER_INVALID', error.message)
    throw error
  }
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('A whole number of seconds is needed, for example 5.')
}
