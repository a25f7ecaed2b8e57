/** What became of each event of a batch, for libraries that hand the answer to their user. */
import type { Dropped } from '../../record.ts'
import type { Outcome } from '../protocol.ts'

/** What a request's answer needs of its events; kept beside its records until then. */
export interface Placed {
  readonly product: string
  /** Where each record's event stood in the batch. Undefined: as the records do. */
  places: number[] | undefined
  /** What never became a record. */
  readonly dropped: readonly {
    readonly code: Dropped['code']
    readonly index: number
    readonly events: number
  }[]
}

interface Result {
  readonly index: number
  readonly code: Dropped['code']
  /** How many events in a row this is said of; 1 when absent. */
  readonly events?: number
}

// A sender's log shows the first few; a hostile batch should not be answered with its own size.
const resultsMax = 100

/** `kept` counts whole events. `dropped` is in the batch's order, and names no value. */
export function resultsOf(
  { places, dropped }: Placed,
  outcomes: readonly Outcome[]
): { readonly kept: number; readonly dropped: readonly Result[] } {
  const results: Result[] = dropped.map(({ code, index, events }) =>
    events === 1 ? { index, code } : { index, code, events }
  )
  let kept = 0
  for (const [place, outcome] of outcomes.entries()) {
    if (outcome.is === 'kept') kept += 1
    else
      results.push({
        index: places?.[place] ?? place,
        code: outcome.dropped[0]?.code ?? 'EVENT_MALFORMED'
      })
  }
  results.sort((one, other) => one.index - other.index)
  return { kept, dropped: results.slice(0, resultsMax) }
}
