/** A typed client over the SDK: what no contract declares does not compile. */
import type { Contract, RecordDeclaration } from '../../form/contract.ts'
import { recordsOf } from './records-of.ts'
import { formSource } from './form-source.ts'
import { comment, typeName } from './names.ts'
import { sdkForm } from './sdk-form.ts'
import { fieldLines, Words } from './value-types.ts'

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
  const records = recordsOf(contract)
  const interfaces = records.map((record) => recordType(record, words))
  const form = formSource(sdkForm(contract))
  const unlisted = words.usesUnlisted || interfaces.some((text) => text.includes('Unlisted'))
  return [
    `/** The telemetry of ${comment(contract.title)}, typed. Written by \`candor contract ` +
      'generate typescript`: edit the contract instead. */',
    'import {',
    '  createTelemetry as create,',
    '  type ContractForm,',
    ...(form.shared.length === 0 ? [] : ['  type FieldForm,']),
    '  type Telemetry,',
    `  type TelemetryOptions${unlisted ? ',\n  type Unlisted' : ''}`,
    "} from '@candor/sdk'",
    '',
    ...words
      .named()
      .flatMap(({ name, members }) => [
        `export type ${name} =\n${members.map((each) => `  | ${each}`).join('\n')}`,
        ''
      ]),
    ...interfaces.flatMap((text) => [text, '']),
    '/** Every record of the contract by its name. */',
    'export type Records = {',
    ...records.map((record) => `  readonly ${record.name}: ${typeName(record.name)}`),
    '}',
    '',
    ...form.shared.map(({ name, text }) => `const ${name}: FieldForm = ${text}`),
    ...(form.shared.length === 0 ? [] : ['']),
    `/** \`${contract.digest}\`. */`,
    `export const contract: ContractForm = ${form.text}`,
    '',
    `/** Telemetry of ${comment(contract.title)}: nothing is sent before its user could say ` +
      'no. Never throws after this call. */',
    ...creating(contract),
    '  return create<Records>({ ...options, contract })',
    '}',
    ''
  ].join('\n')
}

/** Whoever embeds an edition's client says which edition the program is. */
function creating({ edition }: Contract): readonly string[] {
  if (edition === undefined)
    return [
      "export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): " +
        'Telemetry<Records> {'
    ]
  return [
    'export function createTelemetry(',
    `  options: Omit<TelemetryOptions, 'contract'> & { readonly edition: '${edition.name}' }`,
    '): Telemetry<Records> {'
  ]
}

/** A record's fields as an interface. */
export function recordType(record: RecordDeclaration, words: Words): string {
  const name = typeName(record.name)
  const level = record.level === 'all' ? '' : ` Level: ${record.level}.`
  return [
    `/** ${comment(record.when)}${level} */`,
    `export interface ${name} {`,
    ...fieldLines(record.fields, words, name, '  '),
    '}'
  ].join('\n')
}
