/** What of a run may still travel? Its user may allow less by now than when it was recorded. */
import type { AllowedRecord } from '../consent/agreed-type.ts'
import type { FieldForm, TypeForm } from '../form.ts'
import type { Fields } from '../telemetry.ts'
import { compileRereading } from '../record/within-agreed.ts'
import type { WireRecord, WireReport, WireRun, WireValue } from '../wire.ts'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import type { WaitingBody } from './outbox.ts'
import type { PlanContext } from './plan.ts'

type Allowed = Pick<PlanContext, 'form' | 'allowedOf'>
type WireFields = WireRecord['fields']
type FieldForms = { readonly [name: string]: FieldForm }

export function withinConsent(run: WireRun, allowed: Allowed): WireRun {
  const { digest, edition } = allowed.form
  const isOfThisBuild =
    run.contract === digest ||
    (edition?.streams.some((stream) => stream.digest === run.contract) ?? false)
  return {
    ...run,
    records: run.records.flatMap((record) => {
      const fields = narrowed(record, allowed, isOfThisBuild)
      if (fields === undefined) return []
      const { others: counted = {}, ...rest } = record
      const others = narrowedCounts(record.name, counted, allowed)
      return [{ ...rest, fields, ...(Object.keys(others).length === 0 ? {} : { others }) }]
    })
  }
}

/**
 * What of a body that was frozen earlier may travel still: the same text while all of it may.
 * Undefined: nothing of it may. Its ids stay, so that it is known again where it had arrived whole.
 */
export function bodyWithinConsent(
  { wire, text }: Pick<WaitingBody, 'wire' | 'text'>,
  allowed: Allowed
): string | undefined {
  const body = parseJson(text)
  if (!isObject(body)) return undefined
  if (wire === 'native') {
    const { runs } = body as unknown as WireReport
    const left = runs.map((run) => withinConsent(run, allowed))
    if (isSame(left, runs)) return text
    const some = left.filter(({ records }) => records.length > 0)
    return some.length === 0 ? undefined : JSON.stringify({ ...body, runs: some })
  }
  const { batch } = body
  if (!Array.isArray(batch)) return mayTravel(body, allowed) ? text : undefined
  const left = (batch as readonly JsonObject[]).filter((message) => mayTravel(message, allowed))
  if (left.length === batch.length) return text
  return left.length === 0 ? undefined : JSON.stringify({ ...body, batch: left })
}

/** A message of Segment's goes whole or not at all: its fields lie where its client puts them. */
function mayTravel(message: JsonObject, allowed: Allowed): boolean {
  const name = String(message['event'])
  const declared = allowed.form.records[name]?.fields ?? {}
  const fields: Record<string, WireValue> = {}
  for (const [field, { at }] of Object.entries(declared)) {
    const value = valueAt(message, at ?? `properties.${field}`)
    if (value !== undefined) fields[field] = value
  }
  const left = narrowed({ name, fields }, allowed, true)
  return left !== undefined && isSame(left, fields)
}

/** Undefined: none of it may travel. */
function narrowed(
  { name, fields }: Pick<WireRecord, 'name' | 'fields'>,
  { form, allowedOf }: Allowed,
  isOfThisBuild: boolean
): WireFields | undefined {
  const allowed = allowedOf(name)
  const declared = form.records[name]?.fields
  if (allowed === undefined || declared === undefined) return undefined
  const left = within(fields, declared, allowed.fields, '')
  // Whoever agreed to this build's own terms did so after an older build had recorded by others.
  const agreed = allowed.agreed ?? (isOfThisBuild ? undefined : declared)
  return agreed === undefined ? left : asAgreed(left, declared, allowed, agreed, isOfThisBuild)
}

/** Numbers of what is only counted, where both what was agreed to and what is declared count it. */
function narrowedCounts(
  name: string,
  counted: NonNullable<WireRecord['others']>,
  { form, allowedOf }: Allowed
): NonNullable<WireRecord['others']> {
  const allowed = allowedOf(name)
  const both = [form.records[name]?.fields, allowed?.agreed ?? form.records[name]?.fields]
  return Object.fromEntries(
    Object.entries(counted).filter(
      ([path]) =>
        allowed?.fields.has(path) === true && both.every((fields) => countsAt(fields, path))
    )
  )
}

function countsAt(fields: FieldForms | undefined, path: string): boolean {
  const [name = '', ...rest] = path.split('.')
  const type = fields !== undefined && Object.hasOwn(fields, name) ? fields[name]?.type : undefined
  if (type === undefined) return false
  if (rest.length > 0) return type.is === 'object' && countsAt(type.fields, rest.join('.'))
  return type.is === 'object' ? type.others === 'count' : countsInside(type)
}

/** In a list or map, or in anything that it holds. */
function countsInside(type: TypeForm): boolean {
  switch (type.is) {
    case 'list':
      return countsInside(type.of)
    case 'map':
      return type.others === 'count' || countsInside(type.values)
    case 'object':
      return (
        type.others === 'count' ||
        Object.values(type.fields).some((field) => countsInside(field.type))
      )
    default:
      return false
  }
}

/** Whatever the order of their members. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other
  const keys = Object.keys(one)
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) &&
        isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])
    )
  )
}

function asAgreed(
  fields: WireFields,
  declared: { readonly [name: string]: FieldForm },
  allowed: AllowedRecord,
  agreed: NonNullable<AllowedRecord['agreed']>,
  isOfThisBuild: boolean
): WireFields {
  return compileRereading(declared, agreed, {
    allows: (path) => allowed.fields.has(path),
    isOfThisBuild
  })(fields as Fields, () => {})
}

function within(
  fields: { readonly [name: string]: WireValue },
  declared: { readonly [name: string]: FieldForm },
  paths: ReadonlySet<string>,
  parent: string
): { readonly [name: string]: WireValue } {
  const kept: [string, WireValue][] = []
  for (const [name, value] of Object.entries(fields)) {
    const form = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (form === undefined || !paths.has(parent + name)) continue
    const isNested =
      form.type.is === 'object' &&
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value)
    kept.push([
      name,
      isNested && form.type.is === 'object'
        ? within(
            value as { readonly [name: string]: WireValue },
            form.type.fields,
            paths,
            `${parent}${name}.`
          )
        : value
    ])
  }
  return Object.fromEntries(kept)
}

function valueAt(message: JsonObject, path: string): WireValue | undefined {
  let at: unknown = message
  for (const key of path.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined
    at = at[key]
  }
  return at as WireValue
}
