/** Asks what a contract publishes, as `candor ask` would, and makes tables of the answers. */
import {
  columnsFilledBy,
  type Contract,
  type PublicNumbers,
  type PublicTable
} from '@candor/contract'
import type { AnswerRow, AnswerTable } from '../analytics/asking/question.ts'
import { type CountCell, type CountTable, notTold, whole } from './control/count-table.ts'
import type { Period } from './published.ts'

/** One question of one product, as every reader asks it. */
export type AskOne = (
  question: string,
  parameters: Readonly<Record<string, string>>
) => Promise<AnswerTable>

/** Of each record, what the two sent that sent the most, over the same days and people. */
export type LargestSenders = (
  period: Period
) => Promise<ReadonlyMap<string, { readonly most: number; readonly second: number }>>

export interface AskedTable {
  readonly table: CountTable
  readonly asked: {
    readonly question: string
    readonly parameters: Readonly<Record<string, string>>
  }
  readonly notes: readonly string[]
  /** Of the bounds of bins. */
  readonly unit?: string | undefined
}

/** What ran by itself is nobody's use; what a network sent above its share is in no answer. */
const people = { automation: '!ci,agent,test' }

/** Everything that tables of one product and period are asked with. */
interface Asking {
  readonly contract: Contract
  readonly publication: PublicNumbers
  readonly period: Period
  readonly span: Readonly<Record<string, string>>
  /** Tables share their sums: each question is asked once. */
  readonly ask: AskOne
  readonly largestSenders: LargestSenders
}

/** Undefined: nothing is known of these days, or not of all of them. */
export function tablesAsker(
  product: { readonly contract: Contract; readonly publication: PublicNumbers },
  given: Pick<Asking, 'period' | 'ask' | 'largestSenders'>
): (table: PublicTable) => Promise<AskedTable | undefined> {
  const { period } = given
  const answers = new Map<string, Promise<AnswerTable>>()
  const asking: Asking = {
    ...product,
    ...given,
    span: { since: period.first, until: period.last, ...people },
    ask(question, parameters) {
      const key = JSON.stringify([question, parameters])
      const known = answers.get(key) ?? given.ask(question, parameters)
      answers.set(key, known)
      return known
    }
  }
  return (table) => {
    switch (table.question) {
      case 'active-installations':
        return installations(asking, table)
      case 'adoption':
        return adoption(asking, table)
      case 'events':
        return events(asking, table)
      case 'distribution':
        return distribution(asking, table)
    }
  }
}

async function installations(asking: Asking, table: PublicTable): Promise<AskedTable | undefined> {
  const { contract, publication, ask, span } = asking
  const declaring = declaringOf(contract, table.by)
  const parameters = activeParameters(span, table.by)
  const answer = await ask('active-installations', parameters)
  if (isUnknown(answer)) return undefined
  const overlaps = table.by.some((by) => hasSeveral(contract, by))
  const sums = overlaps || table.by.length === 0 ? [] : await sumsOf(asking, table, declaring)
  const cells =
    table.by.length === 0
      ? [{ at: [], count: numberIn(answer.rows[0], 'installations') ?? 0 }]
      : [...cellsOf(answer.rows, table.by), ...sums]
  return {
    table: {
      ...frame(table, publication),
      population: declaring === undefined ? 'all' : `record=${declaring.join(' or ')}`,
      dimensions: table.by,
      overlaps,
      cells
    },
    asked: { question: 'active-installations', parameters },
    notes: answer.notes
  }
}

/** What the cells add up to, as far as it is counted over the same installations. */
async function sumsOf(
  asking: Asking,
  { by }: PublicTable,
  declaring: readonly string[] | undefined
): Promise<readonly CountCell[]> {
  const { contract, ask, span } = asking
  const active = async (names: readonly string[]): Promise<readonly AnswerRow[]> =>
    (await ask('active-installations', activeParameters(span, names))).rows
  const total =
    declaring === undefined
      ? numberIn((await active([]))[0], 'installations')
      : declaring.length === 1
        ? await usersOf(asking, declaring[0] ?? '')
        : undefined
  const sums: CountCell[] = total === undefined ? [] : [{ at: by.map(() => whole), count: total }]
  if (by.length < 2) return sums
  for (const [dimension, name] of by.entries()) {
    if (JSON.stringify(declaringOf(contract, [name])) !== JSON.stringify(declaring)) continue
    for (const { at, count } of cellsOf(await active([name]), [name]))
      sums.push({ at: dimension === 0 ? [at[0] ?? '', whole] : [whole, at[0] ?? ''], count })
  }
  return sums
}

/** How many sent a record, as a published table of adoption says it. */
async function usersOf({ ask, span }: Asking, record: string): Promise<number | undefined> {
  const { rows } = await ask('adoption', { ...span, unit: 'all' })
  return numberIn(
    rows.find(({ feature }) => feature === record),
    'users'
  )
}

async function adoption(
  { publication, ask, span }: Asking,
  table: PublicTable
): Promise<AskedTable | undefined> {
  const parameters = { ...span, unit: 'all' }
  const answer = await ask('adoption', parameters)
  if (isUnknown(answer)) return undefined
  return {
    table: {
      ...frame(table, publication),
      population: 'all',
      dimensions: ['record'],
      overlaps: true,
      cells: answer.rows.map((row) => ({
        at: [String(row['feature'])],
        count: Number(row['users'])
      }))
    },
    asked: { question: 'adoption', parameters },
    notes: answer.notes
  }
}

async function events(
  { publication, ask, span, period, largestSenders }: Asking,
  table: PublicTable
): Promise<AskedTable | undefined> {
  const parameters = { ...span, unit: 'all' }
  const [answer, most] = await Promise.all([ask('events', parameters), largestSenders(period)])
  if (isUnknown(answer)) return undefined
  return {
    table: {
      ...frame(table, publication),
      population: 'all',
      measure: 'records',
      dimensions: ['record'],
      overlaps: true,
      cells: answer.rows.map((row) => ({
        at: [String(row['name'])],
        count: Number(row['records']),
        senders: {
          count: Number(row['installations'] ?? 0),
          // Nobody knows whose they are: then nobody sees them.
          ...(most.get(String(row['name'])) ?? { most: Number(row['records']), second: 0 })
        }
      }))
    },
    asked: { question: 'events', parameters },
    notes: answer.notes
  }
}

async function distribution(
  { publication, ask, span }: Asking,
  table: PublicTable
): Promise<AskedTable | undefined> {
  const field = table.field ?? ''
  const parameters = { ...span, field, of: 'latest', count: 'installations' }
  const answer = await ask('distribution', parameters)
  if (isUnknown(answer)) return undefined
  return {
    table: {
      ...frame(table, publication),
      population: `field=${field}`,
      dimensions: [field],
      order: 'ordered',
      overlaps: false,
      cells: answer.rows.map((row) => ({
        at: [String(row['from'])],
        count: Number(row['installations'] ?? row['records'] ?? 0)
      }))
    },
    asked: { question: 'distribution', parameters },
    notes: answer.notes,
    unit: answer.columns[0]?.unit
  }
}

function activeParameters(
  span: Readonly<Record<string, string>>,
  by: readonly string[]
): Readonly<Record<string, string>> {
  return { ...span, unit: 'all', ...(by.length === 0 ? {} : { by: by.join(',') }) }
}

function frame(
  { name }: PublicTable,
  { threshold, combined, rounding }: PublicNumbers
): Pick<CountTable, 'name' | 'measure' | 'order' | 'strictness'> {
  return {
    name,
    measure: 'installations',
    order: 'nominal',
    strictness: { threshold, combined, rounding }
  }
}

function cellsOf(rows: readonly AnswerRow[], by: readonly string[]): readonly CountCell[] {
  return rows.map((row) => ({
    // A field whose name is taken by a column of answers stands in one of another name.
    at: by.map((name) => valueIn(row[name] ?? row[`field_${name}`])),
    count: Number(row['installations'])
  }))
}

function valueIn(value: unknown): string {
  return value === null || value === undefined || value === '' ? notTold : String(value)
}

function numberIn(row: AnswerRow | undefined, name: string): number | undefined {
  const value = row?.[name]
  return value === null || value === undefined ? undefined : Number(value)
}

/** Days that were partly expired, or before the first record, give no number. */
function isUnknown({ rows }: AnswerTable): boolean {
  return (
    rows.length === 0 ||
    rows.some((row) => (row['installations'] ?? row['users'] ?? row['records'] ?? null) === null)
  )
}

/** Records that declare all of these fields; undefined: no field is among them. */
function declaringOf({ records }: Contract, by: readonly string[]): readonly string[] | undefined {
  const all = [...records.values()].map((record) => ({
    name: record.name,
    columns: columnsFilledBy(record).map(({ name }) => name)
  }))
  const fields = by.filter((name) => all.some(({ columns }) => columns.includes(name)))
  if (fields.length === 0) return undefined
  return all
    .filter(({ columns }) => fields.every((field) => columns.includes(field)))
    .map(({ name }) => name)
    .toSorted()
}

/** Of a list or a map one installation tells several. */
function hasSeveral({ records }: Contract, by: string): boolean {
  return [...records.values()].some((record) =>
    columnsFilledBy(record).some(
      ({ name, type }) => name === by && (type?.is === 'list' || type?.is === 'map')
    )
  )
}
