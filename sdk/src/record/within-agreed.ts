/**
 * What may be sent of a record whose contract has changed since its user agreed? What the two
 * readings leave, one after the other.
 */
import { fieldReadings, type FieldForms } from '../consent/agreed-type.ts'
import { compileFields, type ReadFields, type ReadingRules } from './validate.ts'

/** A token stands for the name that it was made of already. */
const asItIs: ReadingRules['hashName'] = (_field, value) => value

/** Of what a program records now. Fields that are new count as no mistake of it. */
export function compileWithin(
  now: FieldForms,
  agreed: FieldForms,
  rules: ReadingRules
): ReadFields {
  const both = fieldReadings(now, agreed)
  const [first, second] = [
    compileFields(both.agreed, rules),
    compileFields(both.now, { ...rules, hashName: asItIs })
  ]
  return (raw, lose, others) => {
    for (const [name, value] of Object.entries(raw))
      if (!Object.hasOwn(now, name) && value !== null && value !== undefined) lose('undeclared')
    const sent = first(
      raw,
      (cause) => {
        if (cause !== 'undeclared') lose(cause)
      },
      others
    )
    return second(sent, () => {}, others)
  }
}

/**
 * Of what was recorded before, and waits: what is agreed to may be less by now. A record of this
 * build is in its units, one of an older
 * build in those that were agreed to.
 */
export function compileRereading(
  now: FieldForms,
  agreed: FieldForms,
  {
    allows,
    isOfThisBuild
  }: { readonly allows: ReadingRules['allows']; readonly isOfThisBuild: boolean }
): ReadFields {
  const as = fieldReadings(isOfThisBuild ? now : agreed, agreed).agreed
  return compileFields(fieldReadings(as, as).now, { allows, hashName: asItIs })
}
