/**
 * Adds what the sender counted itself: how many undeclared keys there were, where the contract asks
 * for their number alone.
 */
import { othersMax } from '../form/limits.ts'
import type { ColumnValue } from '../form/validated.ts'
import type { Run } from './scalar-readers.ts'

/** A field with `others: count`, and the column of its number. */
export interface CountPlace {
  readonly column: string
  readonly rank: number
  /** From when on it is no longer kept. */
  readonly end: number
  /** What reads the field, whose conditions hold for its count too; an object has none. */
  readonly slot: number | undefined
}

interface Telling {
  readonly placeOf: (path: string) => CountPlace | undefined
  readonly isMet: (place: CountPlace) => boolean
  readonly isDeclared: (path: string) => boolean
  readonly run: Run
  readonly level: number | undefined
  readonly kept: Record<string, ColumnValue>
}

/** `told` is untrusted, and of any shape. */
export function addToldCounts(
  told: unknown,
  { placeOf, isMet, isDeclared, run, level, kept }: Telling
): void {
  if (typeof told !== 'object' || told === null) return
  for (const [path, count] of Object.entries(told)) {
    if (count === null || count === undefined) continue
    const place = placeOf(path)
    const note = (code: Parameters<Run['note']>[0], declared: boolean): void =>
      run.note(code, path, count, { declared, insideCollection: false })
    if (place === undefined) note('FIELD_NOT_IN_CONTRACT', isDeclared(path))
    else if (level !== undefined && place.rank > level) note('ABOVE_CONSENT', true)
    else if (run.at >= place.end) note('EXPIRED', true)
    else if (!Number.isInteger(count) || Number(count) < 0) note('FIELD_WRONG_TYPE', true)
    else if (Number(count) > othersMax) note('FIELD_OUT_OF_BOUNDS', true)
    else if (Number(count) > 0 && isMet(place))
      kept[place.column] = Number(kept[place.column] ?? 0) + Number(count)
  }
}
