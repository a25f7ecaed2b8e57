/**
 * Which rules of the check does this contract waive, where, and why? Reviewers read it in the file;
 * users read it here.
 */
import type { Contract } from '../../form/contract.ts'
import { rules } from '../../check/rules.ts'
import { viewContract, type FieldView, type Waiver } from '../../check/view.ts'
import { sourceOf } from '../../grammar/source.ts'

export interface Exception {
  readonly rule: string
  /** What the rule finds, as the end of "a rule against …". */
  readonly against: string
  /** Records, and fields as `record.field`, that it concerns; empty for the whole contract. */
  readonly concerns: readonly string[]
  readonly because: string
}

/**
 * In the order of the contract; the same rule waived with the same reason in several places is one
 * exception.
 */
export function exceptionsOf(contract: Contract): readonly Exception[] {
  const source = sourceOf(contract.document)
  if (source === undefined) return []
  // Nothing here depends on the day: expiry concerns the check, not what is waived.
  const view = viewContract(contract, source, '')
  const exceptions = new Map<string, Exception>()
  for (const waiver of view.waivers) {
    const rule = rules.find(({ code }) => code === waiver.code)
    if (rule === undefined) continue
    const key = JSON.stringify([waiver.code, waiver.reason])
    const known = exceptions.get(key)
    const concerns =
      waiver.path === '' || known?.concerns.length === 0 ? [] : concernedBy(waiver, view)
    // What nothing uses concerns nobody.
    if (waiver.path !== '' && concerns.length === 0) continue
    exceptions.set(key, {
      rule: waiver.code,
      against: rule.finds,
      concerns:
        concerns.length === 0 ? [] : [...new Set([...(known?.concerns ?? []), ...concerns])],
      because: waiver.reason
    })
  }
  return [...exceptions.values()]
}

function concernedBy(
  { written }: Waiver,
  { records, fields }: ReturnType<typeof viewContract>
): readonly string[] {
  const has = (waivers: readonly Waiver[]): boolean =>
    waivers.some((each) => each.written === written)
  const whole = records.filter((record) => has(record.waivers)).map(({ record }) => record.name)
  const single = fields
    .filter(
      (field) =>
        !whole.includes(field.record.record.name) &&
        (has(field.waivers) || field.types.some((type) => has(type.waivers)))
    )
    .map(nameOf)
  return [...whole, ...single]
}

function nameOf({ record, column }: FieldView): string {
  return `${record.record.name}.${column}`
}
