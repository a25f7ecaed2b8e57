/** The JSON Schema of a value, by its declared type: what our SDK sends, or what any client may. */
import { sqlShapes } from '#values/sql-shape'
import type { FieldDeclaration, FieldType } from '../../form/contract.ts'
import { versionLengthMax } from '../../form/limits.ts'

export type Schema = { readonly [key: string]: unknown }

/**
 * Strict: exactly what a record on the native wire holds. An unknown word that the collector would
 * keep as `other` is one mistake too many in a program of one's own.
 */
function nativeSchema(type: FieldType): Schema {
  switch (type.is) {
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
    case 'number':
      return {
        type: type.is,
        ...bounded(type.min, type.max),
        ...(type.unit === undefined ? {} : { 'x-unit': type.unit })
      }
    case 'duration': {
      const most = type.max * { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }[type.unit]
      return { type: 'number', ...bounded(-most, most), 'x-unit': type.unit }
    }
    case 'timestamp':
      return instant
    case 'version':
      return {
        type: 'string',
        pattern: String.raw`^(v?[0-9][A-Za-z0-9._+-]*|-|dev|edge|latest|nightly|stable|unknown)$`,
        maxLength: versionLengthMax
      }
    case 'enum':
      return {
        type: 'string',
        enum: [...new Set([...type.values, ...(type.other === 'collapse' ? ['other'] : [])])]
      }
    case 'pattern': {
      const own = { type: 'string', pattern: type.pattern, maxLength: type.lengthMax }
      return type.other === 'collapse' ? { anyOf: [own, { const: 'other' }] } : own
    }
    case 'uuid':
      return {
        type: 'string',
        pattern:
          type.form === 'uuid'
            ? '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
            : '^[0-9A-Fa-f]{32}$'
      }
    case 'keyed-hash':
      return { type: 'string', minLength: 1, maxLength: type.lengthMax }
    case 'sql-shape':
      return type.dialect === undefined ? { type: 'string', enum: sqlShapes } : { type: 'string' }
    case 'string':
      return { type: 'string', maxLength: type.lengthMax }
    case 'list':
      return { type: 'array', items: nativeSchema(type.of), maxItems: type.itemsMax }
    case 'map': {
      // What is none of the keys is added up under this name.
      const rest = type.others === 'sum' ? ['other'] : []
      const pattern =
        type.keys.is === 'pattern'
          ? { pattern: type.keys.pattern, maxLength: type.keys.lengthMax }
          : undefined
      return {
        type: 'object',
        propertyNames:
          type.keys.is === 'enum'
            ? { enum: [...type.keys.values, ...rest] }
            : rest.length === 0
              ? pattern
              : { anyOf: [pattern, { enum: rest }] },
        additionalProperties: nativeSchema(type.values),
        maxProperties: type.entriesMax + rest.length
      }
    }
    case 'object':
      return objectSchema(type.fields)
  }
}

/** The fields that our SDK sends, each of which may be absent, and nothing else. */
export function objectSchema(fields: ReadonlyMap<string, FieldDeclaration>): Schema {
  const sent = [...fields.values()].filter(
    (field) => field.sdk === 'sends' && field.collector !== 'drops'
  )
  return {
    type: 'object',
    properties: Object.fromEntries(
      sent.map((field) => [field.name, { description: field.says, ...nativeSchema(field.type) }])
    ),
    additionalProperties: false
  }
}

/** Lenient: what existing clients may send without leaving drift. */
export function clientSchema(type: FieldType): Schema {
  switch (type.is) {
    case 'boolean':
    case 'integer':
    case 'number':
      return { type: [type.is, 'string'] }
    case 'duration':
      return { type: ['number', 'string'], 'x-unit': type.unit }
    case 'enum':
      return type.other === 'collapse' ||
        type.matches.size > 0 ||
        type.strip.length > 0 ||
        type.ignoreCase
        ? { type: 'string', examples: type.values }
        : { type: 'string', enum: [...type.values, ...type.aliases.keys()] }
    case 'timestamp':
    case 'version':
    case 'pattern':
    case 'uuid':
    case 'keyed-hash':
    case 'sql-shape':
    case 'string':
      return { type: 'string' }
    case 'list':
      return { type: 'array', items: clientSchema(type.of) }
    case 'map':
      return { type: 'object', additionalProperties: clientSchema(type.values) }
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(
          [...type.fields.values()].map((field) => [field.name, clientSchema(field.type)])
        )
      }
  }
}

export const instant: Schema = {
  type: 'string',
  format: 'date-time',
  pattern: String.raw`^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$`
}

/**
 * What a double holds exactly bounds every whole number; a bound that is only that says nothing.
 */
function bounded(min: number, max: number): Schema {
  return {
    ...(min > -Number.MAX_VALUE ? { minimum: min } : {}),
    ...(max < Number.MAX_VALUE ? { maximum: max } : {})
  }
}
