/** What can be said about installations at all, when ids rotate or there are none? */
import type { Asked } from '../asking/question.ts'
import type { Unit } from '../reading/span.ts'

/**
 * Why distinct installations of such a period would be a wrong number; undefined: they can be
 * counted.
 */
export function whyNotCounted(
  { product }: Pick<Asked, 'product'>,
  unit: Unit | 'all'
): string | undefined {
  const { kind, days = 7 } = product.contract.identity
  if (kind === 'none')
    return 'This contract has no identity: records are counted, installations cannot be.'
  if (kind === 'window' && unit !== 'day')
    return (
      `Ids of this product rotate every ${days === 1 ? 'day' : `${days} days`}: installations ` +
      'are counted by day only (unit=day), since a longer period would count one installation ' +
      'several times. Records are counted.'
    )
  return undefined
}

/**
 * Why nothing can be said that follows an installation from one day to another; undefined: it can.
 */
export function whyNotFollowed(asked: Pick<Asked, 'product'>): string | undefined {
  const reason = reasonNotFollowed(asked)
  return reason === undefined ? undefined : `${reason}: this has no answer.`
}

export function whyNoLatest(asked: Pick<Asked, 'product'>): string | undefined {
  const reason = reasonNotFollowed(asked)
  return reason === undefined
    ? undefined
    : `${reason}: every record is counted instead of the latest ones.`
}

function reasonNotFollowed({ product }: Pick<Asked, 'product'>): string | undefined {
  const { kind, days = 7 } = product.contract.identity
  if (kind === 'none')
    return (
      'This contract has no identity, so no record can be told to come from the same ' +
      'installation as another one'
    )
  if (kind === 'window')
    return (
      `Ids of this product rotate every ${days === 1 ? 'day' : `${days} days`}, so no ` +
      'installation can be followed'
    )
  return undefined
}

export const countsIds =
  'Counts ids, not people or machines: a container may be a new id at each start, and who ' +
  'opted out is in no count. Days are UTC.'
export const countsRecords =
  'Records as they were kept; what was not kept is in `candor ask drift`. Days are UTC, by ' +
  'the client’s corrected clock.'
export const approximate = 'Up to 2,000 installations are counted exactly, more within about 1 %.'

/**
 * Whether anything was told apart by what runs by itself; else a reader should know that it is in
 * the number.
 */
export function automationNote({ chosen }: Pick<Asked, 'chosen'>): readonly string[] {
  return chosen.filters.some(({ dimension }) => dimension.name === 'automation')
    ? []
    : ['Runs by CI, agents and tests are among them; automation=none leaves them out.']
}
