/** What of a run may still travel? Its user may allow less by now than when it was recorded. */
import type { FieldForm } from '../form.ts'
import type { WireRecord, WireReport, WireRun, WireValue } from '../wire.ts'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import type { WaitingBody } from './outbox.ts'
import type { PlanContext } from './plan.ts'

type Allowed = Pick<PlanContext, 'form' | 'fieldsOf'>

export function withinConsent(run: WireRun, allowed: Allowed): WireRun {
  return { ...run, records: run.records.flatMap((record) => narrowed(record, allowed) ?? []) }
}

/** Whether a body that was frozen earlier holds nothing that its user has taken back since. */
export function isWithinConsent(
  { wire, text }: Pick<WaitingBody, 'wire' | 'text'>,
  allowed: Allowed
): boolean {
  const body = parseJson(text)
  if (!isObject(body)) return false
  if (wire === 'native')
    return (body as unknown as WireReport).runs.every(({ records }) =>
      records.every(
        (record) => JSON.stringify(narrowed(record, allowed)) === JSON.stringify(record)
      )
    )
  const messages = Array.isArray(body['batch']) ? (body['batch'] as readonly JsonObject[]) : [body]
  return messages.every((message) => {
    const name = String(message['event'])
    const paths = allowed.fieldsOf(name)
    const fields = Object.entries(allowed.form.records[name]?.fields ?? {})
    return (
      paths !== undefined &&
      !fields.some(
        ([field, { at }]) => !paths.has(field) && has(message, at ?? `properties.${field}`)
      )
    )
  })
}

/** Undefined: none of it may travel. */
function narrowed(record: WireRecord, { form, fieldsOf }: Allowed): WireRecord | undefined {
  const paths = fieldsOf(record.name)
  const declared = form.records[record.name]?.fields
  if (paths === undefined || declared === undefined) return undefined
  return { ...record, fields: within(record.fields, declared, paths, '') }
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
    // The rest of an object with `others: count` is a number beside the declared parts, and stands
    // with the object.
    if (form === undefined && parent !== '') kept.push([name, value])
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

function has(message: JsonObject, path: string): boolean {
  let at: unknown = message
  for (const key of path.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return false
    at = at[key]
  }
  return true
}
