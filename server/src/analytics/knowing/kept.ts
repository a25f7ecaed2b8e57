/** Since which day are all records still there, and what must be said of days before it? */
import type { Asked } from '../asking/question.ts'
import { addPeriods, dayOf, type Unit } from '../reading/span.ts'

const dayMs = 86_400_000

/** The first day whose records may all still be there. */
export function firstKeptDay({ product, now }: Pick<Asked, 'product' | 'now'>): string {
  return dayOf(now - product.contract.retention.recordsDays * dayMs)
}

/** Where the counts of an answer go on as those that were frozen. */
export function frozenNote(asked: Asked): string {
  return (
    `${lifetime(asked)}: of days before ${firstKeptDay(asked)} there are the plain counts that ` +
    'were frozen, and what they can’t tell is empty.'
  )
}

/** Whether a note says already what of it has expired. */
export function tellsExpiry(asked: Asked, note: string): boolean {
  return note.startsWith(lifetime(asked))
}

/** Periods that begin before anything expired, with as many before them as are needed. */
export function areKept(asked: Asked, period: string, unit: Unit, before = 0): boolean {
  return addPeriods(period, unit, -before) >= firstKeptDay(asked)
}

export function expiredNote(asked: Asked): string {
  return `${lifetime(asked)}: what needs days before ${firstKeptDay(asked)} is not known.`
}

/** The same question about what still lives, with what its reader must know of that. */
export function living(asked: Asked): { readonly asked: Asked; readonly notes: readonly string[] } {
  const first = firstKeptDay(asked)
  const { span } = asked
  if (span.first >= first) return { asked, notes: [] }
  const lived =
    span.last < first ? { first: span.last, last: span.last } : { first, last: span.last }
  return {
    asked: { ...asked, span: lived },
    notes: [`${lifetime(asked)}: this counts ${first} and later, nothing of days before.`]
  }
}

function lifetime({ product }: Asked): string {
  return `Records live for ${product.contract.retention.recordsDays} days`
}
