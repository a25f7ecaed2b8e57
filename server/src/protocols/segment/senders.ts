/**
 * Lets the records of one sender in a request share one source, so that what is derived from it is
 * derived once.
 */
import type { WireSource } from '../../record.ts'
import { isObject, type JsonObject } from '../json.ts'

interface Sender {
  readonly said: Omit<WireSource, 'product'>
  readonly source: WireSource
}

/** For one request of one product. */
export function senders(product: string): (said: Omit<WireSource, 'product'>) => WireSource {
  let known: Map<string | undefined, Sender> | undefined
  let last: Sender | undefined
  return (said) => {
    if (last !== undefined && isSame(last.said, said)) return last.source
    if (last !== undefined) known ??= new Map([[last.said.installation, last]])
    const earlier = known?.get(said.installation)
    if (earlier !== undefined && isSame(earlier.said, said)) last = earlier
    else {
      last = { said, source: { ...said, product } }
      known?.set(said.installation, last)
    }
    return last.source
  }
}

// A source has parts of parts (`sdk`, `environment`) and no deeper: what a client nests there
// counts as different, and is not walked.
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
    if (deep === 0 || !isObject(one) || !isObject(other) || !isSame(one, other, deep - 1))
      return false
  }
  return true
}
