/** Writes a client over the SDK for programs in JavaScript, with the same types as JSDoc. */
import type { Contract, RecordDeclaration } from '../../form/contract.ts'
import { formSource } from './form-source.ts'
import { comment, typeName } from './names.ts'
import { recordsOf } from './records-of.ts'
import { sdkForm } from './sdk-form.ts'
import { fieldWords, valueType, Words } from './value-types.ts'

/**
 * An ES module for `@candor/sdk` that editors and `tsc --checkJs` check as they check TypeScript.
 * The same contract gives the same bytes. Needs no other file.
 *
 * @example
 * await writeFile('telemetry.mjs', generateJavascript(contract))
 */
export function generateJavascript(contract: Contract): string {
  const words = new Words()
  const records = recordsOf(contract)
  const typedefs = records.map((record) => recordTypedef(record, words))
  const form = formSource(sdkForm(contract))
  return [
    '// @ts-check',
    `/** The telemetry of ${comment(contract.title)}, typed. Written by \`candor contract ` +
      'generate javascript`: edit the contract instead. */',
    "import { createTelemetry as create } from '@candor/sdk'",
    '',
    ...(words.usesUnlisted
      ? ["/** @typedef {import('@candor/sdk').Unlisted} Unlisted */", '']
      : []),
    ...words
      .named()
      .flatMap(({ name, members }) => [
        `/** @typedef {${inComment(members.join(' | '))}} ${name} */`,
        ''
      ]),
    ...typedefs.flatMap((text) => [text, '']),
    '/**',
    ' * Every record of the contract by its name.',
    ' * @typedef {object} Records',
    ...records.map((record) => ` * @property {${typeName(record.name)}} ${record.name}`),
    ' */',
    '',
    ...form.shared.map(
      ({ name, text }) => `/** @type {import('@candor/sdk').FieldForm} */\nconst ${name} = ${text}`
    ),
    ...(form.shared.length === 0 ? [] : ['']),
    '/**',
    ` * \`${contract.digest}\`.`,
    " * @type {import('@candor/sdk').ContractForm}",
    ' */',
    `export const contract = ${form.text}`,
    '',
    '/**',
    ` * Telemetry of ${comment(contract.title)}: nothing is sent before its user could say ` +
      'no. Never throws after this call.',
    " * @param {Omit<import('@candor/sdk').TelemetryOptions, 'contract'>" +
      `${contract.edition === undefined ? '' : ` & { edition: '${contract.edition.name}' }`}} ` +
      'options',
    " * @returns {import('@candor/sdk').Telemetry<Records>}",
    ' */',
    'export function createTelemetry(options) {',
    '  return create({ ...options, contract })',
    '}',
    ''
  ].join('\n')
}

/** A record's fields as JSDoc. */
export function recordTypedef(record: RecordDeclaration, words: Words): string {
  const name = typeName(record.name)
  const level = record.level === 'all' ? '' : ` Level: ${record.level}.`
  const fields = [...record.fields.values()].filter(({ sdk }) => sdk === 'sends')
  return [
    '/**',
    ` * ${comment(record.when)}${level}`,
    ` * @typedef {object} ${name}`,
    ...fields.map((field) => {
      const type = valueType(field.type, words, `${name}${typeName(field.name)}`, undefined)
      return (
        ` * @property {${inComment(type)} | undefined} [${field.name}] ` +
        `${comment(fieldWords(field))}`
      )
    }),
    ' */'
  ].join('\n')
}

/** A word of an enum may not end the comment that it stands in. */
function inComment(type: string): string {
  return type.replaceAll('*/', String.raw`*\/`)
}
