/**
 * What did a relay pass on and withhold since its start? Counts by the contracts' own names, and
 * the last records as they went.
 */
import type { Instant, WireRecord } from '../../record.ts'

interface FieldCounts {
  passed: number
  withheld: number
}

interface RecordCounts extends FieldCounts {
  readonly fields: Record<string, FieldCounts>
}

interface LastRecord {
  readonly at: Instant
  readonly product: string
  readonly name: string
  readonly installation: string | undefined
  readonly version: string | undefined
  readonly fields: unknown
}

export interface Passed {
  passed(records: readonly WireRecord[], at: Instant): void
  withheld(product: string, record: string, fields: readonly string[]): void
  counts(): Readonly<Record<string, Readonly<Record<string, RecordCounts>>>>
  /** The newest first. */
  last(): readonly LastRecord[]
}

/** Enough to see what a program sends, and no archive of it. */
const lastMax = 20

export function createPassed(): Passed {
  const products: Record<string, Record<string, RecordCounts>> = {}
  const last: LastRecord[] = []
  // Names are the contracts' own, so there are no more of them than those have.
  const of = (product: string, record: string): RecordCounts =>
    ((products[product] ??= {})[record] ??= { passed: 0, withheld: 0, fields: {} })
  const fieldOf = (record: RecordCounts, field: string): FieldCounts =>
    (record.fields[field] ??= { passed: 0, withheld: 0 })
  return {
    passed(records, at) {
      for (const { source, name, fields } of records) {
        const { product, installation, version } = source
        const counts = of(product, name)
        counts.passed += 1
        for (const field of Object.keys(fields as object)) fieldOf(counts, field).passed += 1
        last.unshift({ at, product, name, installation, version, fields })
      }
      last.length = Math.min(last.length, lastMax)
    },
    withheld(product, record, fields) {
      const counts = of(product, record)
      if (fields.length === 0) counts.withheld += 1
      for (const field of fields) fieldOf(counts, field).withheld += 1
    },
    counts: () => products,
    last: () => last
  }
}
