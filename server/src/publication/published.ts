/** What a published table looks like: in the open data, and as an attacker reads it. */
import { z } from 'zod'
import { type CountTable, isSum } from './control/count-table.ts'

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

const period = z.strictObject({
  /** `2026-11`, or `2026-W47`. */
  name: z.string(),
  first: day,
  last: day
})

/** A number that is shown, or the fact that there is one: never both, and never why. */
const cell = z.union([
  z.strictObject({ at: z.array(z.string()), value: z.int().min(0) }),
  z.strictObject({ at: z.array(z.string()), hidden: z.literal(true) })
])

export const publishedTable = z.strictObject({
  candor: z.literal(1),
  product: z.string(),
  table: z.string(),
  title: z.string(),
  says: z.string(),
  /** What `candor ask` is asked for the same numbers before the rules. */
  asked: z.strictObject({
    question: z.string(),
    parameters: z.record(z.string(), z.string())
  }),
  period,
  /** Of this table and period: 2 is what was withdrawn. */
  version: z.int().min(1),
  published: z.iso.datetime(),
  population: z.string(),
  measure: z.enum(['installations', 'records']),
  dimensions: z.array(z.string()).max(2),
  order: z.enum(['ordered', 'nominal']),
  /** Of the bounds of an ordered table. */
  unit: z.string().optional(),
  overlaps: z.boolean(),
  threshold: z.int(),
  combined: z.int(),
  rounding: z.int(),
  licence: z.string(),
  cells: z.array(cell),
  notes: z.array(z.string()),
  withdrawn: z.strictObject({ because: z.string() }).optional()
})

export type PublishedTable = z.infer<typeof publishedTable>
export type PublishedCell = PublishedTable['cells'][number]
export type Period = z.infer<typeof period>

/** Of a protected table only what is shown: counts and reasons stay behind. */
export function cellsOf({ cells }: Pick<CountTable, 'cells'>): readonly PublishedCell[] {
  return cells.map(({ at, hidden, rounded, count }) =>
    hidden === undefined
      ? { at: [...at], value: rounded ?? count }
      : { at: [...at], hidden: true as const }
  )
}

export function valueOf(cell: PublishedCell): number | undefined {
  return 'value' in cell ? cell.value : undefined
}

/** The sum of everything, where it is published. */
export function totalOf({ cells }: Pick<PublishedTable, 'cells'>): number | undefined {
  const all = cells.find((each) => each.at.every((value) => isSum({ at: [value] })))
  return all === undefined ? undefined : valueOf(all)
}
