/** `--format` of the commands that list something: a table, unless another form is named. */
import { Option } from 'commander'
import { oneOf } from '../terminal/choice.ts'
import { tableFormats } from './print-table.ts'

export function tableFormatOption(): Option {
  return new Option('--format <format>', 'how to print')
    .choices(tableFormats)
    .argParser(oneOf(tableFormats))
    .default('table')
}
