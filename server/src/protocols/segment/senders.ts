/** Lets the records of one sender in a request share one source, so that what is derived from it is derived once. */
import type { WireSource } from '../../record.ts'
import { isObject, type JsonObject } from '../json.ts'

export function senders(): (product: string, source: Omit<WireSource, 'product'>) => WireSource {
  const known = new Map<string | undefined, WireSource>()
  let last: WireSource | undefined
  return (product, source) => {
    const candidate = { product, ...source }
    if (last !== undefined && isSame(last, candidate)) return last
    const earlier = known.get(candidate.installation)
    last = earlier !== undefined && isSame(earlier, candidate) ? earlier : candidate
    known.set(candidate.installation, last)
    return last
  }
}

// A source has parts of parts (`sdk`, `environment`) and no deeper: what a client nests there counts as different, and is not walked.
const partsDeep = 1

function isSame(a: object, b: object, deep = partsDeep): boolean {
  const left = a as JsonObject
  const right = b as JsonObject
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  for (const key of keys) {
    const one = left[key]
    const other = right[key]
    if (one === other && Object.hasOwn(right, key)) continue
    if (deep === 0 || !isObject(one) || !isObject(other) || !isSame(one, other, deep - 1)) return false
  }
  return true
}
