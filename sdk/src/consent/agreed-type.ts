/**
 * How is a value read so that nothing passes that was not agreed to? First as it was agreed, then,
 * of what came of that, as it is declared now.
 */
import { sqlShapeLengthMax } from '#values/sql-shape'
import type { FieldForm, TypeForm } from '../form.ts'

export type FieldForms = { readonly [name: string]: FieldForm }

/** What of a record may travel. */
export interface AllowedRecord {
  /** Paths of fields: `elapsed`, `pools`, `pools.size`. */
  readonly fields: ReadonlySet<string>
  /**
   * The record's fields as they were agreed to, where the contract has changed since: nothing
   * passes that they would not let through.
   */
  readonly agreed?: FieldForms
  readonly telling: Telling
}

/** How a record is told, beside its fields. */
export interface Telling {
  /** In a report that carries no id, under a session of its own. */
  readonly isNameless: boolean
  /** Its time is the beginning of so many milliseconds. */
  readonly timeMs: number
  /** The share of them that is sent. */
  readonly sample: number
}

/** What was agreed, and what is declared now of what comes of it. */
export interface AgreedAndNow<Form> {
  readonly agreed: Form
  readonly now: Form
}

/** What comes of a name that was hashed: the second reading takes it as it is. */
const token = { is: 'string', lengthMax: 64 } as const satisfies TypeForm

/**
 * Two readings, one after the other, can tell apart only what the first alone tells apart: so that
 * whatever has changed in a type, from
 * a new word to another rounding, nobody learns more than was agreed to. Undefined where the one
 * says nothing about the other.
 */
export function typeReadings(now: TypeForm, was: TypeForm): AgreedAndNow<TypeForm> | undefined {
  switch (now.is) {
    case 'integer':
    case 'number':
      // The same number means something else in another unit.
      return (was.is === 'integer' || was.is === 'number') && now.unit === was.unit
        ? { agreed: was, now }
        : undefined
    case 'duration':
      // Bounds and rounding are in seconds, so that those of then hold for what is given in the
      // unit of now.
      return was.is === now.is ? { agreed: { ...was, unit: now.unit }, now } : undefined
    case 'keyed-hash':
      return was.is === now.is
        ? { agreed: { ...was, lengthMax: Math.min(was.lengthMax, now.lengthMax) }, now: token }
        : undefined
    case 'sql-shape':
      if (was.is !== now.is) return undefined
      // What comes of a statement that was reduced is a text: the second reading takes it as it is.
      return {
        agreed: was,
        now:
          was.dialect !== undefined && now.dialect !== undefined
            ? { is: 'string', lengthMax: sqlShapeLengthMax }
            : { is: 'sql-shape' }
      }
    case 'list': {
      const of = was.is === now.is ? typeReadings(now.of, was.of) : undefined
      return was.is === now.is && of !== undefined
        ? { agreed: { ...was, of: of.agreed }, now: { ...now, of: of.now } }
        : undefined
    }
    case 'map': {
      const values = was.is === now.is ? typeReadings(now.values, was.values) : undefined
      return was.is === now.is && values !== undefined
        ? {
            agreed: { ...countedAs(was, now), values: values.agreed },
            now: { ...countedAs(now, was), values: values.now }
          }
        : undefined
    }
    case 'object': {
      if (was.is !== now.is) return undefined
      const fields = fieldReadings(now.fields, was.fields)
      return {
        agreed: { ...countedAs(was, now), fields: fields.agreed },
        now: { ...countedAs(now, was), fields: fields.now }
      }
    }
    default:
      return was.is === now.is ? { agreed: was, now } : undefined
  }
}

/** Undeclared keys are counted where both do: whoever agreed to none learns of no number. */
function countedAs<Type extends { readonly others?: 'count' | 'sum' }>(
  type: Type,
  other: { readonly others?: 'count' | 'sum' }
): Type {
  if (type.others !== 'count' || other.others === 'count') return type
  const { others: _notCounted, ...rest } = type
  return rest as Type
}

/**
 * Of those fields that both have, and whose handling by the collector has not become more. A field
 * that was agreed to and is read no more stays declared there, under a condition that nothing
 * meets: among the keys that are only counted it would tell whether it came.
 */
export function fieldReadings(now: FieldForms, was: FieldForms): AgreedAndNow<FieldForms> {
  const agreed: [string, FieldForm][] = []
  const declared: [string, FieldForm][] = []
  for (const [name, before] of Object.entries(was)) {
    const field = Object.hasOwn(now, name) ? now[name] : undefined
    const types =
      field === undefined || keepsMore(field, before)
        ? undefined
        : typeReadings(field.type, before.type)
    if (field === undefined || types === undefined) {
      agreed.push([name, { ...before, onlyWhen: { [name]: [] } }])
      continue
    }
    agreed.push([name, { ...before, type: types.agreed }])
    declared.push([name, { ...field, type: types.now }])
  }
  return { agreed: Object.fromEntries(agreed), now: Object.fromEntries(declared) }
}

const handlings: readonly unknown[] = ['drops', 'reduces', undefined]

/**
 * Whether the collector would make more of it: what is dropped or reduced there was agreed to for
 * no other reason.
 */
export function keepsMore(now: FieldForm, was: FieldForm): boolean {
  return handlings.indexOf(now.collector) > handlings.indexOf(was.collector)
}
