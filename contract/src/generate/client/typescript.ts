/** A typed client over the SDK: what no contract declares does not compile. */
import type {
  Contract,
  FieldDeclaration,
  FieldType,
  RecordDeclaration
} from '../../form/contract.ts'
import { presenceName } from '../../form/presence.ts'
import { sdkForm, type Form } from './sdk-form.ts'
import { typeInWords } from '../type-words.ts'

/**
 * A TypeScript module for `@candor/sdk`: a type for each record, all records by name, the contract
 * as data, and `createTelemetry`.
 * The same contract gives the same bytes. Needs no other file.
 *
 * @example
 * await writeFile('telemetry.ts', generateTypescript(contract))
 */
export function generateTypescript(contract: Contract): string {
  const words = new Words()
  // The SDK itself tells of presence.
  const records = [...contract.records.values()].filter(
    ({ name }) => name !== presenceName || contract.presence.length === 0
  )
  const interfaces = records.map((record) => recordType(record, words))
  const form = formSource(sdkForm(contract))
  const unlisted = words.usesUnlisted || interfaces.some((text) => text.includes('Unlisted'))
  return [
    `/** The telemetry of ${comment(contract.title)}, typed. Written by \`candor contract generate typescript\`: edit the contract instead. */`,
    'import {',
    '  createTelemetry as create,',
    '  type ContractForm,',
    ...(form.shared.length === 0 ? [] : ['  type FieldForm,']),
    '  type Telemetry,',
    `  type TelemetryOptions${unlisted ? ',\n  type Unlisted' : ''}`,
    "} from '@candor/sdk'",
    '',
    ...words.declarations(),
    ...interfaces.flatMap((text) => [text, '']),
    '/** Every record of the contract by its name. */',
    'export type Records = {',
    ...records.map((record) => `  readonly ${record.name}: ${typeName(record.name)}`),
    '}',
    '',
    ...(form.shared.length === 0 ? [] : [...form.shared, '']),
    `/** \`${contract.digest}\`. */`,
    `export const contract: ContractForm = ${form.text}`,
    '',
    `/** Telemetry of ${comment(contract.title)}: nothing is sent before its user could say no. Never throws after this call. */`,
    "export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): Telemetry<Records> {",
    '  return create<Records>({ ...options, contract })',
    '}',
    ''
  ].join('\n')
}

function recordType(record: RecordDeclaration, words: Words): string {
  const name = typeName(record.name)
  const level = record.level === 'all' ? '' : ` Level: ${record.level}.`
  return [
    `/** ${comment(record.when)}${level} */`,
    `export interface ${name} {`,
    ...fieldLines(record.fields, words, name, '  '),
    '}'
  ].join('\n')
}

function fieldLines(
  fields: ReadonlyMap<string, FieldDeclaration>,
  words: Words,
  owner: string,
  indent: string
): readonly string[] {
  return [...fields.values()].flatMap((field) => {
    if (field.sdk !== 'sends') return []
    const type = valueType(field.type, words, `${owner}${typeName(field.name)}`, indent)
    return [
      `${indent}/** ${comment(fieldWords(field))} */`,
      `${indent}readonly ${propertyName(field.name)}?: ${type} | undefined`
    ]
  })
}

function fieldWords(field: FieldDeclaration): string {
  const form = formOf(field.type)
  const unit = field.type.is === 'duration' ? ` In ${field.type.unit}.` : ''
  return `${capital(field.says)}${form === '' ? '' : `: ${form}`}.${unit}`
}

/** What its type does not show by itself. */
function formOf(type: FieldType): string {
  switch (type.is) {
    case 'boolean':
    case 'enum':
    case 'object':
      return ''
    case 'keyed-hash':
      return 'given as it is, sent as a token'
    case 'sql-shape':
      return type.dialect === undefined
        ? 'given as SQL, sent as the kind of statement'
        : 'given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind'
    case 'list':
      return `at most ${type.itemsMax}`
    case 'map':
      return `at most ${type.entriesMax}`
    default:
      return typeInWords(type, () => '')
  }
}

function valueType(type: FieldType, words: Words, name: string, indent: string): string {
  switch (type.is) {
    case 'boolean':
      return 'boolean'
    case 'integer':
    case 'number':
    case 'duration':
      return 'number'
    case 'timestamp':
      return 'Date | string'
    case 'sql-shape':
      return type.dialect === undefined ? 'string' : '{ readonly shape: string } | string'
    case 'enum':
      return words.union({
        name,
        values: type.values,
        aliases: [...type.aliases.keys()],
        collapses: type.other === 'collapse'
      })
    case 'list':
      return `readonly ${wrapped(valueType(type.of, words, name, indent))}[]`
    case 'map': {
      const value = valueType(type.values, words, name, indent)
      return type.keys.is === 'enum'
        ? `{ readonly [Key in ${type.keys.values.map(quoted).join(' | ')}]?: ${value} | undefined }`
        : `{ readonly [key: string]: ${value} | undefined }`
    }
    case 'object':
      return `{\n${fieldLines(type.fields, words, name, `${indent}  `).join('\n')}\n${indent}}`
    default:
      return 'string'
  }
}

/** Lists of words: a long one is declared once, under the name of the first field that takes it. */
class Words {
  readonly #declared = new Map<string, { readonly name: string; readonly text: string }>()
  usesUnlisted = false

  union(list: {
    readonly name: string
    readonly values: readonly string[]
    readonly aliases: readonly string[]
    readonly collapses: boolean
  }): string {
    const values = [
      ...new Set([...list.values, ...list.aliases, ...(list.collapses ? ['other'] : [])])
    ]
    const members = [...values.map(quoted), ...(list.collapses ? ['Unlisted'] : [])]
    if (list.collapses) this.usesUnlisted = true
    if (values.length <= namedFrom) return members.join(' | ')
    const key = members.join(' | ')
    const known = this.#declared.get(key)
    if (known !== undefined) return known.name
    this.#declared.set(key, {
      name: list.name,
      text: `export type ${list.name} =\n${members.map((each) => `  | ${each}`).join('\n')}`
    })
    return list.name
  }

  declarations(): readonly string[] {
    return [...this.#declared.values()].flatMap(({ text }) => [text, ''])
  }
}

/** Fewer words stand where they are used: nobody wants to look up five. */
const namedFrom = 8

/**
 * The form as source text: JSON, one record a line, so that a changed record is one changed line;
 * fields that many records have stand before it, once.
 */
function formSource(form: Form): { readonly shared: readonly string[]; readonly text: string } {
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
    return `    ${propertyName(name)}: { ${[...own, `fields: { ${members.join(', ')} }`].join(', ')} }`
  })
  const lines = Object.entries(frame).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
  return {
    shared: [...names].map(([text, name]) => `const ${name}: FieldForm = ${text}`),
    text: `{\n${[...lines, `  records: {\n${recordLines.join(',\n')}\n  }`].join(',\n')}\n}`
  }
}

type Records = {
  readonly [name: string]: { readonly fields: { readonly [name: string]: unknown } }
}

function lower(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`
}

function typeName(name: string): string {
  return name
    .split(/[^a-zA-Z0-9]+/)
    .map(capital)
    .join('')
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A string of TypeScript: JSON's, with the quotes that most of its code has. */
function quoted(text: string): string {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`
}

function wrapped(type: string): string {
  return /[|&]/.test(type) ? `(${type})` : type
}

/** What a maintainer wrote may not end the comment that it stands in. */
function comment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim()
}
