/**
 * What may not go on from a relay, as a file of whoever runs it says: it can leave things out, and
 * has no word that adds one.
 */
import { environmentParts } from '@candor/contract'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { CandorError } from '../../errors.ts'
import type { Product } from '../../products/product.ts'

export interface Policy {
  /** Whether products that the file does not name go on. */
  readonly others: 'pass' | 'drop'
  readonly products: ReadonlyMap<string, ProductPolicy>
}

export interface ProductPolicy {
  readonly isAllDropped: boolean
  /** Events, snapshots and counters. */
  readonly records: ReadonlySet<string>
  /** Of every record, by their columns. */
  readonly fields: ReadonlySet<string>
  readonly ids: ReadonlySet<Id>
  readonly environment: ReadonlySet<string>
  /** All installations behind this relay report as one. */
  readonly isMerged: boolean
}

const ids = ['installation', 'account', 'lineage', 'session'] as const
type Id = (typeof ids)[number]

export const everythingPasses: Policy = { others: 'pass', products: new Map() }

const nothing: ProductPolicy = {
  isAllDropped: false,
  records: new Set(),
  fields: new Set(),
  ids: new Set(),
  environment: new Set(),
  isMerged: false
}
const allDropped: ProductPolicy = { ...nothing, isAllDropped: true }

const names = z.array(z.string().min(1).max(200)).max(1_000).default([])
const ofProduct = z.union([
  z.literal('drop'),
  z.strictObject({
    drop: z
      .strictObject({
        records: names,
        fields: names,
        ids: z.array(z.enum(ids)).default([]),
        environment: z.array(z.enum(environmentParts)).default([])
      })
      .optional(),
    installations: z.enum(['each', 'merged']).default('each')
  })
])
const shape = z.strictObject({
  others: z.enum(['pass', 'drop']).default('pass'),
  products: z.record(z.string(), ofProduct).default({})
})
type Said = z.infer<typeof ofProduct>

/** Throws CONFIG_INVALID with all that is wrong: what nobody understands would let things go on. */
export function readPolicy(
  { path, text }: { readonly path: string; readonly text: string },
  products: ReadonlyMap<string, Product>
): Policy {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw wrong(path, [error.message])
  const read = shape.safeParse(document.toJS() ?? {})
  if (!read.success)
    throw wrong(
      path,
      read.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    )
  const policy: Policy = {
    others: read.data.others,
    products: new Map(
      Object.entries(read.data.products).map(([name, said]) => [name, productPolicy(said)])
    )
  }
  const unknown = [...policy.products].flatMap(([name, each]) => unknownIn(name, each, products))
  if (unknown.length > 0) throw wrong(path, unknown)
  return policy
}

/** What of this product may not go on. */
export function policyOf({ others, products }: Policy, product: string): ProductPolicy {
  return products.get(product) ?? (others === 'drop' ? allDropped : nothing)
}

function productPolicy(said: Said): ProductPolicy {
  if (said === 'drop') return allDropped
  const { drop, installations } = said
  return {
    isAllDropped: false,
    records: new Set(drop?.records),
    fields: new Set(drop?.fields),
    ids: new Set(drop?.ids),
    environment: new Set(drop?.environment),
    isMerged: installations === 'merged'
  }
}

/** A misspelled name would withhold nothing. */
function unknownIn(
  name: string,
  { records, fields }: ProductPolicy,
  products: ReadonlyMap<string, Product>
): readonly string[] {
  const product = products.get(name)
  if (product === undefined)
    return [`${name} is no product of this collector: ${[...products.keys()].join(', ')}`]
  const contracts = [...product.published.values()]
  const hasRecord = (record: string): boolean =>
    contracts.some(({ contract }) => contract.records.has(record))
  const hasField = (field: string): boolean =>
    contracts.some(({ columns }) => columns.some((column) => column.name === field))
  return [
    ...[...records]
      .filter((record) => !hasRecord(record))
      .map((record) => `${name} has no event, snapshot or counter ${record}`),
    ...[...fields]
      .filter((field) => !hasField(field))
      .map((field) => `${name} has no field ${field}`)
  ]
}

function wrong(path: string, problems: readonly string[]): CandorError {
  return new CandorError(
    'CONFIG_INVALID',
    [`The policy ${path} can't be used:`, ...problems.map((problem) => `- ${problem}`)].join('\n')
  )
}
