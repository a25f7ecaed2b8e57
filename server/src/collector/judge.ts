/**
 * Is a record kept, by its contract and its sender, and what is whoever sent it told? The
 * collector and its edges have one judge.
 */
import type { ShapeOf, Validation, Violation } from '@candor/contract'
import type { Dropped, Instant, WireRecord } from '../record.ts'
import type { Sender } from './sender.ts'

export type Judgement =
  /** Nothing of it is kept, and no violation says why. */
  | { readonly is: 'refused'; readonly because: Dropped['code'] }
  | {
      readonly is: 'held'
      readonly validation: Validation
      /** Those of an edge that held it before among them. */
      readonly violations: readonly Violation[]
      readonly dropped: readonly Dropped[]
    }

const nothing: readonly never[] = []
const shownToItsSender = /^[A-Za-z0-9_.-]{1,128}$/

export function judgeRecord(
  { wire, name, fields, others, source, found = nothing }: WireRecord,
  sender: Pick<Sender, 'compiled' | 'deletion' | 'rekey'>,
  options: {
    readonly at: Instant
    readonly isDeleted: (deletion: string) => boolean
    readonly shapeOf: ShapeOf
  }
): Judgement {
  const { compiled, deletion } = sender
  if (compiled.contract.retired) return { is: 'refused', because: 'PRODUCT_RETIRED' }
  if (deletion !== undefined && options.isDeleted(deletion))
    return { is: 'refused', because: 'DELETED' }
  const validation = compiled.validate({
    name,
    wire,
    fields,
    others,
    level: source.level,
    at: options.at,
    rekey: sender.rekey,
    shapeOf: options.shapeOf
  })
  const violations =
    found.length === 0 ? validation.violations : [...found, ...validation.violations]
  const dropped =
    violations.length === 0 ? nothing : violations.map((violation) => toldTo(wire, violation))
  return { is: 'held', validation, violations, dropped }
}

/**
 * Our own SDK is told its own word back, so that a maintainer finds the field; a client that can't
 * read the answer is told nothing.
 */
function toldTo(
  wire: WireRecord['wire'],
  { code, field, declared, insideCollection }: Violation
): Dropped {
  const mayBeTold =
    declared || (wire === 'native' && !insideCollection && shownToItsSender.test(field))
  return mayBeTold ? { code, field } : { code }
}
