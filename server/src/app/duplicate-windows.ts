/** How long do the marks of each wire hold, for collectors that compare theirs? */
import { duplicatesMs as nativeMs } from '../protocols/native/native.ts'
import { retriesEndMs as otlpMs } from '../protocols/otlp/otlp.ts'
import { duplicatesMs as posthogMs } from '../protocols/posthog/posthog.ts'
import { duplicatesMs as segmentMs } from '../protocols/segment/segment.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { SharedMarksOptions } from '../storage/jobs/shared-marks.ts'
import type { Products } from './products.ts'

/** `products` is looked into at each call: some may come later. */
export function duplicateWindows(products: Products): SharedMarksOptions['windowMs'] {
  const usual = new Map([
    ['native', nativeMs],
    ['otlp', otlpMs],
    ['posthog', posthogMs],
    ['segment', segmentMs]
  ])
  return (table, protocol) => {
    if (protocol !== 'segment') return usual.get(protocol)
    const own = [...products.values()].find(({ name }) => recordTable(name) === table)?.behaviour
      .segment?.duplicates
    if (own === undefined) return usual.get(protocol)
    // What a body without ids means: it may be a real repetition, so that only retries are one.
    const rule = own(Buffer.alloc(0))
    return rule.by === 'request' ? rule.ttlMs : undefined
  }
}
