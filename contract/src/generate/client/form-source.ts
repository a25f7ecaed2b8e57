/** A contract as the source text of a program: what the SDK reads of it. */
import { lower, propertyName, typeName } from './names.ts'
import type { Form } from './sdk-form.ts'

/**
 * The form as source text: JSON, one record a line, so that a changed record is one changed line;
 * fields that many records have stand before it, once.
 */
export function formSource(form: Form): {
  readonly shared: readonly { readonly name: string; readonly text: string }[]
  readonly text: string
} {
  const { records, ...frame } = JSON.parse(JSON.stringify(form)) as {
    readonly records: Records
  } & Record<string, unknown>
  const uses = new Map<string, number>()
  for (const { fields } of Object.values(records))
    for (const field of Object.values(fields))
      uses.set(JSON.stringify(field), (uses.get(JSON.stringify(field)) ?? 0) + 1)
  const names = new Map<string, string>()
  const taken = new Set<string>()
  const fieldText = (name: string, field: unknown): string => {
    const text = JSON.stringify(field)
    if ((uses.get(text) ?? 0) < 2) return text
    const known = names.get(text)
    if (known !== undefined) return known
    let chosen = `${lower(typeName(name))}Field`
    for (let count = 2; taken.has(chosen); count += 1)
      chosen = `${lower(typeName(name))}Field${count}`
    taken.add(chosen)
    names.set(text, chosen)
    return chosen
  }
  const recordLines = Object.entries(records).map(([name, { fields, ...record }]) => {
    const members = Object.entries(fields).map(
      ([field, form]) => `${propertyName(field)}: ${fieldText(field, form)}`
    )
    const own = Object.entries(record).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    return (
      `    ${propertyName(name)}: { ` +
      `${[...own, `fields: { ${members.join(', ')} }`].join(', ')} }`
    )
  })
  const lines = Object.entries(frame).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
  return {
    shared: [...names].map(([text, name]) => ({ name, text })),
    text: `{\n${[...lines, `  records: {\n${recordLines.join(',\n')}\n  }`].join(',\n')}\n}`
  }
}

type Records = {
  readonly [name: string]: { readonly fields: { readonly [name: string]: unknown } }
}
