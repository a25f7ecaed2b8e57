/** Prints an answer as a table for people, or as JSON or CSV for programs. */
import { tableText, type PrintableTable } from '@candor/contract/command'
import { csvChunks } from '../../api/csv.ts'

export const tableFormats = ['table', 'json', 'csv'] as const
export type TableFormat = (typeof tableFormats)[number]

/** The whole text to print, ending in a newline. JSON is the answer as the API gave it. */
export function printTable(answer: PrintableTable, format: TableFormat): string {
  if (format === 'json') return `${JSON.stringify(answer, undefined, 2)}\n`
  if (format === 'csv') return [...csvChunks(answer)].join('')
  return tableText(answer)
}
