/**
 * A JSON Schema of the product's records on the native wire: what is valid passes, and what drifted
 * from the contract fails.
 */
import type { Contract, RecordDeclaration } from '../../form/contract.ts'
import { instant, objectSchema, type Schema } from './value-schema.ts'

/**
 * JSON Schema 2020-12 of one record of a native report. `$defs` has each record under its name.
 *
 * @example
 * await writeFile('records.schema.json', generateJsonSchema(contract))
 */
export function generateJsonSchema(contract: Contract): string {
  const records = [...contract.records.values()]
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:candor:${contract.product}:${contract.digest}`,
    title: `A record of ${contract.title}`,
    description:
      `${contract.purpose} Written from the contract by \`candor contract generate ` +
      'json-schema`.',
    oneOf: records.map(({ name }) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(records.map((record) => [record.name, recordSchema(record)]))
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

export function recordSchema(record: RecordDeclaration): Schema {
  return {
    description: record.when,
    type: 'object',
    properties: {
      seq: { description: 'counts the records of a session', type: 'integer', minimum: 0 },
      name: { const: record.name },
      at: { description: 'when it happened', ...instant },
      fields: objectSchema(record.fields)
    },
    required: ['seq', 'name'],
    additionalProperties: false
  }
}
