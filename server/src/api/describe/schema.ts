/** The few words in which endpoints describe their answers: JSON Schema, written short. */
import type { Schema } from './endpoint.ts'

export const text: Schema = { type: 'string' }
export const whole: Schema = { type: 'integer', minimum: 0 }
export const share: Schema = { type: 'number', minimum: 0, maximum: 1 }
export const flag: Schema = { type: 'boolean' }
export const day: Schema = { type: 'string', format: 'date' }
export const instant: Schema = { type: 'string', format: 'date-time' }
export const anything: Schema = {}

/** All of them are there unless their names end in `?`. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/, ''), schema])
    ),
    required: Object.keys(properties).filter((name) => !name.endsWith('?')),
    additionalProperties: false
  }
}

export function list(items: Schema): Schema {
  return { type: 'array', items }
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

export function oneOf(values: readonly string[]): Schema {
  return { type: 'string', enum: [...values] }
}

/** Keys that nobody knows beforehand. */
export function map(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

export function asJson(schema: Schema): Readonly<Record<string, Schema>> {
  return { 'application/json': schema }
}
