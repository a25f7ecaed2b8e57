/** Where does this program stand in its fleet, by a file that its maintainers signed? */
import { readFleet, sayStanding, standingOf } from '#values/fleet/comparison'
import type { ContractForm, FeedKey } from '../form.ts'
import { isObject, parseJson } from '../json.ts'
import type { Comparison } from '../telemetry.ts'
import { isSignedBy } from './feed.ts'

/** Never throws, and asks nobody: the file was fetched by whoever wanted it. */
export function compareWithFleet(
  text: string,
  {
    form,
    version,
    feedKeys = []
  }: {
    readonly form: ContractForm
    readonly version: string
    readonly feedKeys?: readonly FeedKey[] | undefined
  }
): Comparison {
  const envelope = parseJson(text)
  const signed = isObject(envelope) ? envelope['signed'] : undefined
  const signatures = isObject(envelope) ? envelope['signatures'] : undefined
  if (typeof signed !== 'string' || !Array.isArray(signatures))
    return { is: 'ignored', says: ['It is no file of a fleet.'] }
  const keys = [...(form.versionCheck?.keys ?? []), ...feedKeys]
  if (!signatures.slice(0, 8).some((signature) => isSignedBy(keys, signed, signature)))
    return { is: 'ignored', says: ['No key of the contract has signed it.'] }
  const fleet = readFleet(signed)
  if (fleet === undefined) return { is: 'ignored', says: ['It is no file of a fleet.'] }
  if (fleet.product !== form.product)
    return { is: 'ignored', says: ['It is of another product’s fleet.'] }
  const standing = standingOf(fleet, version)
  return {
    is: 'compared',
    says: sayStanding(fleet, version),
    ...(standing === undefined ? {} : { standing })
  }
}
