/**
 * What could a report look like before anything was recorded? Made up from the contract, with what
 * this machine would tell of itself.
 */
import { isExpired } from '#values/expiry'
import type { FieldForm, RecordForm, TypeForm } from '../form.ts'
import { compileFields } from '../record/validate.ts'
import type { ControlParts } from './control-parts.ts'
import { previewLines } from './held-line.ts'

/** So many kinds of records show what there is; the page for users lists them all. */
const recordsMax = 4

/** Lines as the spool would have them; none where the contract has no record. */
export function exampleLines({
  form,
  version,
  environment,
  effects
}: Pick<ControlParts, 'form' | 'version' | 'environment' | 'effects'>): readonly string[] {
  const now = effects.now()
  const names = form.consent.levels.map(({ name }) => name)
  const highest = names.indexOf(form.consent.defaultLevel ?? names.at(-1) ?? '')
  const isWithin = (level: string): boolean => names.indexOf(level) <= highest
  const records = Object.entries(form.records)
    .filter(([, record]) => isWithin(record.level) && !isExpired(record, now))
    .slice(0, recordsMax)
    .map(([name, record]) => ({
      name,
      at: now,
      fields: fieldsOf(record, { version, now, isWithin })
    }))
  return previewLines({ form, version, environment, effects }, records)
}

interface Made {
  readonly version: string
  readonly now: number
  readonly isWithin: (level: string) => boolean
}

function fieldsOf(
  { fields, level }: RecordForm,
  made: Made
): ReturnType<ReturnType<typeof compileFields>> {
  const values = membersOf(fields, made)
  // What stands above the level, or under a condition that is not met, is not in the example
  // either.
  const above = new Set<string>()
  const look = (members: typeof fields, around: string, parent: string): void => {
    for (const [name, field] of Object.entries(members)) {
      const own = field.level ?? around
      if (!made.isWithin(own)) above.add(parent + name)
      if (field.type.is === 'object') look(field.type.fields, own, `${parent}${name}.`)
    }
  }
  look(fields, level, '')
  return compileFields(fields, {
    allows: (path) => !above.has(path),
    hashName: () => '0'.repeat(64)
  })(values, () => {})
}

function membersOf(
  fields: { readonly [name: string]: FieldForm },
  made: Made
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { type }]) => [name, valueOf(type, made)])
  )
}

const texts = ['example', 'abc', 'a', 'A', '1', '1.0', 'a-1', 'a_b', 'a.b', '0'.repeat(40)]

function valueOf(type: TypeForm, made: Made): unknown {
  switch (type.is) {
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return Math.min(Math.max(3, type.min), type.max)
    case 'duration':
      return type.unit === 's' ? 1.5 : 1_500
    case 'timestamp':
      return new Date(made.now).toISOString()
    case 'version':
      return made.version
    case 'enum':
      return type.values[0]
    case 'pattern':
      return textFor(type.pattern, type.lengthMax)
    case 'uuid':
      return type.form === 'uuid' ? '00000000-0000-4000-8000-000000000000' : '0'.repeat(32)
    case 'keyed-hash':
      return 'x'
    case 'sql-shape':
      return 'select'
    case 'string':
      return 'example'.slice(0, type.lengthMax)
    case 'list':
      return [valueOf(type.of, made)]
    case 'map': {
      const key =
        'values' in type.keys
          ? type.keys.values[0]
          : textFor(type.keys.pattern, type.keys.lengthMax)
      return key === undefined ? {} : { [key]: valueOf(type.values, made) }
    }
    case 'object':
      return membersOf(type.fields, made)
  }
}

/** Undefined where none of a few texts fits: then the example goes without. */
function textFor(pattern: string, lengthMax: number): string | undefined {
  const expression = new RegExp(pattern, 'u')
  return texts.find((text) => text.length <= lengthMax && expression.test(text))
}
