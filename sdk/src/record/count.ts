/**
 * How often did something happen? Amounts are added up here, so that a counter costs one record an
 * hour and not one a call.
 */
import { countsIn } from '#values/coarsening'
import type { ContractForm, CountsForm, TypeForm } from '../form.ts'
import type { Loss } from './scalars.ts'
import { snapshot } from './snapshot.ts'

export const countEveryMs = 3_600_000
/** Of one process and hour; each is a record. */
const sumsMax = 1_000
/** Of one labelled counter: what comes beyond counts as lost, until the hour is told. */
const keysMax = 1_000

export interface Counts {
  add(name: string, amounts: object): void
  /** The sums as records, which are then forgotten. */
  take(): readonly { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[]
  forget(): void
}

/**
 * Numbers are added up; whatever else a counter has (an enum, a boolean) tells one sum from
 * another.
 */
export function createCounts(form: ContractForm, lose: (cause: Loss) => void): Counts {
  const sums = new Map<
    string,
    { readonly name: string; readonly fields: Record<string, unknown> }
  >()
  return {
    add(name, amounts) {
      const declared = Object.hasOwn(form.records, name) ? form.records[name]?.fields : undefined
      const given = snapshot(amounts)
      if (declared === undefined || typeof given !== 'object' || given === null)
        return lose('undeclared')
      const typeOf = (field: string): TypeForm | undefined =>
        Object.hasOwn(declared, field) ? declared[field]?.type : undefined
      const countsOf = (field: string): CountsForm | undefined => {
        const type = typeOf(field)
        return type?.is === 'map' ? type.counts : undefined
      }
      const isSummed = (field: string): boolean =>
        countsOf(field) !== undefined ||
        /^(?:integer|number|duration)$/.test(typeOf(field)?.is ?? '')
      const entries = Object.entries(given).filter(
        ([, value]) => value !== null && value !== undefined
      )
      const kinds = entries.filter(([field]) => !isSummed(field))
      const key = JSON.stringify([name, kinds.toSorted(([one], [other]) => (one < other ? -1 : 1))])
      let sum = sums.get(key)
      if (sum === undefined) {
        if (sums.size >= sumsMax) return lose('overflow')
        sum = { name, fields: Object.fromEntries(kinds) }
        sums.set(key, sum)
      }
      for (const [field, amount] of entries) {
        if (!isSummed(field)) continue
        const counts = countsOf(field)
        if (counts !== undefined) {
          sum.fields[field] = addedCounts(sum.fields[field], countsIn(amount, counts), () =>
            lose('invalid_value')
          )
        } else if (typeof amount !== 'number' || !Number.isFinite(amount)) lose('invalid_value')
        else sum.fields[field] = Number(sum.fields[field] ?? 0) + amount
      }
    },
    take() {
      const taken = [...sums.values()]
      sums.clear()
      return taken
    },
    forget: () => sums.clear()
  }
}

/** Label by label, bucket by bucket; however many there are, their type bounds them when read. */
function addedCounts(sum: unknown, counts: unknown, lose: () => void): unknown {
  if (typeof counts !== 'object' || counts === null || Array.isArray(counts)) {
    lose()
    return sum
  }
  const added = { ...(sum as Record<string, unknown> | undefined) }
  for (const [key, count] of Object.entries(counts as Record<string, unknown>)) {
    if (typeof count !== 'number' || !Number.isFinite(count)) lose()
    else if (Object.hasOwn(added, key) || Object.keys(added).length < keysMax)
      added[key] = Number(added[key] ?? 0) + count
    else lose()
  }
  return added
}
