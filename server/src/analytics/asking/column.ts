/** Columns that several questions answer with, each with its title and type in one place. */
import type { Unit } from '../reading/span.ts'
import type { Dimension } from './parameter.ts'
import type { AnswerColumn } from './question.ts'

export function periodColumn(unit: Unit): AnswerColumn {
  return {
    name: unit,
    title: unit === 'day' ? 'Day' : unit === 'week' ? 'Week from' : 'Month from',
    type: 'date'
  }
}

export function dimensionColumn({ name, title, field }: Dimension): AnswerColumn {
  return { name, title, type: field?.type.is === 'boolean' ? 'boolean' : 'text' }
}

export const recordsColumn: AnswerColumn = { name: 'records', title: 'Records', type: 'integer' }
export const installationsColumn: AnswerColumn = {
  name: 'installations',
  title: 'Installations',
  type: 'integer'
}

/** The cells of those columns alone, in their order; null where a row has none. */
export function cells(
  columns: readonly AnswerColumn[],
  row: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))
}
