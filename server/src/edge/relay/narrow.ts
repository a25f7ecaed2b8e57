/**
 * Leaves out of a record what a relay's policy does not let go on, and makes one installation of
 * many. What comes out has nothing that did not go in, but for ids that this relay makes.
 */
import { createHmac } from 'node:crypto'
import type { WireRecord, WireSource } from '../../record.ts'
import type { Withhold } from '../edge-collector.ts'
import { policyOf, type Policy, type ProductPolicy } from './policy.ts'

/** A key of this relay alone, for whatever is only compared. */
export type RelayKey = Buffer

export function keyedDigest(key: RelayKey, text: string | Buffer): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

export function createWithhold({
  policy,
  key,
  withheld: note
}: {
  readonly policy: Policy
  readonly key: RelayKey
  /** Of a product, a record, or one of its fields. */
  readonly withheld: (product: string, record: string, fields: readonly string[]) => void
}): Withhold {
  // Records of one sender share their source, and go on sharing it.
  const sources = new WeakMap<WireSource, WireSource>()
  const sourceOf = (source: WireSource, own: ProductPolicy): WireSource => {
    let narrow = sources.get(source)
    if (narrow === undefined) sources.set(source, (narrow = narrowSource(source, own, key)))
    return narrow
  }
  return {
    isAllOf: (product) => policyOf(policy, product).isAllDropped,
    record(record) {
      const { source, name } = record
      const own = policyOf(policy, source.product)
      if (own.isAllDropped || own.records.has(name)) {
        note(source.product, name, [])
        return undefined
      }
      const { record: narrow, withheld } = narrowRecord(record, own)
      if (withheld.length > 0) note(source.product, name, withheld)
      return { record: { ...narrow, source: sourceOf(source, own) }, withheld }
    }
  }
}

function narrowRecord(
  record: WireRecord,
  { fields: dropped }: ProductPolicy
): { readonly record: WireRecord; readonly withheld: readonly string[] } {
  const fields = Object.entries(record.fields as Readonly<Record<string, unknown>>)
  const withheld = fields.map(([field]) => field).filter((field) => dropped.has(field))
  if (dropped.size === 0) return { record, withheld }
  return {
    record: {
      ...record,
      fields: Object.fromEntries(fields.filter(([field]) => !dropped.has(field))),
      // What was wrong with a field that stays here would tell that it was sent.
      found: []
    },
    withheld
  }
}

function narrowSource(source: WireSource, own: ProductPolicy, key: RelayKey): WireSource {
  const { ids, environment: parts, isMerged } = own
  const narrow: WireSource = {
    ...source,
    ...Object.fromEntries([...ids].map((id) => [id, undefined])),
    environment: Object.fromEntries(
      Object.entries(source.environment ?? {}).filter(([part]) => !parts.has(part))
    ),
    ...(isMerged && source.installation !== undefined && !ids.has('installation')
      ? { installation: mergedId(source, key) }
      : {})
  }
  if (narrow.installation === source.installation && narrow.account === source.account)
    return narrow
  // Message ids are told apart by whoever sent them: here by a digest that this relay alone makes.
  const scope = source.scope ?? source.installation ?? source.account ?? ''
  return { ...narrow, scope: keyedDigest(key, `scope\n${scope}`) }
}

/** One for the product, and where ids rotate a new one in each window. */
function mergedId({ product, window = '' }: WireSource, key: RelayKey): string {
  return keyedDigest(key, `installation\n${product}\n${window}`).slice(0, 32)
}
