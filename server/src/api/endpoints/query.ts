/**
 * The SQL console: a reader's own SELECT over the documented views, within limits, as JSON or CSV.
 */
import type { CompiledContract } from '@candor/contract'
import { z } from 'zod'
import type { Storage } from '../../storage/storage.ts'
import type { FieldUse } from '../field-use.ts'
import type { Audit } from '../access/audit.ts'
import type { Reach } from '../access/scope.ts'
import { csvStream } from '../csv.ts'
import { endpoint, json, other, type Endpoint } from '../describe/endpoint.ts'
import { named, texts, wholeFrom1, word } from '../describe/shapes.ts'

const formats = ['json', 'csv'] as const
const rowsMaxMax = 100_000
const deadlineMsMax = 300_000

/** A cell may be whatever a SELECT gives: arrays and maps too. */
const rows = named('Rows', () =>
  z.strictObject({
    question: z.literal('query'),
    parameters: z.strictObject({}),
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), z.unknown())),
    notes: texts()
  })
)

export function queryEndpoint(services: {
  readonly storage: Pick<Storage, 'userQuery'>
  readonly products: (reach: Reach) => ReadonlyMap<string, { readonly newest: CompiledContract }>
  readonly fieldUse: Pick<FieldUse, 'used'>
  readonly audit: Pick<Audit, 'write'>
}): Endpoint {
  return endpoint({
    method: 'POST',
    path: '/api/v1/query',
    says: 'rows of one SELECT over the documented views',
    scope: 'read',
    body: () =>
      z.strictObject({
        sql: word('SELECT count() FROM records'),
        rowsMax: wholeFrom1(1000, rowsMaxMax),
        deadlineMs: wholeFrom1(30_000, deadlineMsMax),
        format: z.enum(formats).default('json')
      }),
    answer: rows,
    media: ['text/csv'],
    async handle({ body, who, reach, signal }) {
      const { sql, rowsMax, deadlineMs, format } = body
      // Before anything is looked up: what can't be written down is not granted.
      const isNoted = looksAtOne(sql)
      const seen = services.products(reach)
      const products = reach.isAll ? undefined : [...seen.keys()]
      const note = { who: who.name, act: 'query', ...(products && { products }) } as const
      if (isNoted) await services.audit.write(note)
      const { columns, rows, truncated } = await services.storage.userQuery({
        sql,
        rowsMax,
        deadlineMs,
        asker: who.owner,
        products,
        signal
      })
      noteUse(sql, seen, services.fieldUse)
      if (!isNoted && columns.some(({ name }) => isOfOne(name))) await services.audit.write(note)
      if (format === 'csv')
        return other({
          status: 200,
          headers: { ...csvHeaders('query'), ...(truncated && { 'Candor-Cut': 'rows' }) },
          body: csvStream({ columns, rows }, truncated ? cutNote(rowsMax) : undefined)
        })
      const notes = truncated ? [cutNote(rowsMax)] : []
      return json({ question: 'query' as const, parameters: {}, columns, rows, notes })
    }
  })
}

/** Every column that a word of it names: one too many is asked for a season longer, and no less. */
function noteUse(
  sql: string,
  products: ReadonlyMap<string, { readonly newest: CompiledContract }>,
  fieldUse: Pick<FieldUse, 'used'>
): void {
  const words = new Set(sql.match(/\w+/g))
  for (const [product, { newest }] of products)
    fieldUse.used(
      product,
      newest.columns.map(({ name }) => name).filter((name) => words.has(name))
    )
}

const columnsOfOne = ['installation', 'sender', 'account', 'lineage', 'session', 'deletion']

function isOfOne(column: string): boolean {
  return columnsOfOne.some((name) => column.toLowerCase().includes(name))
}

/**
 * Names a column that tells one sender from another, or one sender's token; or takes columns
 * without naming them, which under another name would not be seen in what comes back.
 */
function looksAtOne(sql: string): boolean {
  const chosen = sql.replaceAll(/\bcount\s*\(\s*\*\s*\)/gi, '')
  return isOfOne(sql) || /[0-9a-f]{32}/i.test(sql) || /\*|\bcolumns\b/i.test(chosen)
}

function cutNote(rowsMax: number): string {
  return `Only the first ${rowsMax} rows are shown; --rows raises that.`
}

/** `name` is one of our own words. */
export function csvHeaders(name: string): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${name}.csv"`
  }
}
