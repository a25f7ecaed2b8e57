/** What the API takes and answers, as types for the dashboard, from the endpoints as served. */
import { createApi } from '../../server/src/api/api.ts'
import {
  openapiDocument,
  type Operation,
  type Schema
} from '../../server/src/api/describe/openapi.ts'

const head = `/**
 * What the API takes and answers. Written by \`npm run reference\` from the endpoints of
 * server/src/api; a test holds it against them.
 */
`

export function apiTypes(): string {
  const { paths, components } = openapiDocument(createApi({} as never).endpoints)
  const shapes = Object.entries(components.schemas)
    // The client reads whatever a proxy in front may answer instead, so that it has its own.
    .filter(([name]) => name !== 'Error')
    .map(([name, schema]) => typeNamed(name, schema))
  const routes = new Map<string, string>()
  for (const [path, item] of Object.entries(paths))
    for (const [method, operation] of Object.entries(item))
      routes.set(routeName(method, path), routeOf(operation, isQuestion(path)))
  const lines = [...routes].map(([name, route]) => `  readonly '${name}': ${route}`)
  return [
    head,
    ...shapes,
    '/** Each route: what it takes, and what it answers. */',
    `export interface Routes {\n${lines.join('\n')}\n}\n`
  ].join('\n')
}

/** Every question is asked and answered alike; which there are is known only to the server. */
function isQuestion(path: string): boolean {
  return path.startsWith('/api/v1/questions/')
}

function routeName(method: string, path: string): string {
  const plain = isQuestion(path) ? 'questions/{question}' : path.replace('/api/v1/', '')
  return `${method.toUpperCase()} ${plain}`
}

function routeOf({ parameters = [], requestBody, responses }: Operation, isAsked: boolean): string {
  const body = requestBody?.content['application/json']?.schema
  const answer = responses['200']?.content['application/json']?.schema
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const query = {
    type: 'object',
    properties: Object.fromEntries(inQuery.map(({ name, schema }) => [name, schema])),
    required: inQuery.filter(({ required }) => required).map(({ name }) => name)
  }
  const parts: readonly (readonly [string, Schema | undefined])[] = [
    ['query', isAsked ? anyTexts : inQuery.length === 0 ? undefined : query],
    ['body', body],
    ['answer', answer]
  ]
  const lines = parts.flatMap(([name, schema]) =>
    schema === undefined ? [] : [`readonly ${name}: ${typeOf(schema, '    ')}`]
  )
  const [line = ''] = lines
  return lines.length === 1 && !line.includes('\n') ? `{ ${line} }` : object(lines, '  ')
}

const anyTexts = { type: 'object', additionalProperties: { type: 'string' } }

function typeNamed(name: string, schema: Schema): string {
  if (schema['properties'] !== undefined) return `export interface ${name} ${typeOf(schema, '')}\n`
  const type = typeOf(schema, '')
  return type.includes(' | ') && type.length + name.length > 80
    ? `export type ${name} =\n${type
        .split(' | ')
        .map((part) => `  | ${part}`)
        .join('\n')}\n`
    : `export type ${name} = ${type}\n`
}

function typeOf(schema: Schema, indent: string): string {
  const { $ref, anyOf, oneOf, enum: values, const: only, type } = schema
  if (typeof $ref === 'string') return $ref.split('/').at(-1) as string
  const several = (anyOf ?? oneOf) as readonly Schema[] | undefined
  if (several !== undefined) return several.map((each) => typeOf(each, indent)).join(' | ')
  if (Array.isArray(values)) return values.map(literal).join(' | ')
  if (only !== undefined) return literal(only)
  if (Array.isArray(type))
    return type.map((each: string) => typeOf({ type: each }, indent)).join(' | ')
  switch (type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'array':
      return listOf(schema['items'] as Schema, indent)
    case 'object':
      return objectOf(schema, indent)
    default:
      return 'unknown'
  }
}

function listOf(item: Schema, indent: string): string {
  const { anyOf, oneOf, enum: values, type } = item
  const isSeveral =
    type === 'array' || [anyOf, oneOf, values, type].some((each) => Array.isArray(each))
  return isSeveral ? `readonly (${typeOf(item, indent)})[]` : `readonly ${typeOf(item, indent)}[]`
}

function objectOf(schema: Schema, indent: string): string {
  const properties = Object.entries(
    (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  )
  const required = (schema['required'] ?? []) as readonly string[]
  const others = schema['additionalProperties']
  if (properties.length === 0)
    return typeof others === 'object'
      ? `Readonly<Record<string, ${typeOf(others as Schema, indent)}>>`
      : 'Readonly<Record<string, never>>'
  return object(
    properties.map(([name, property]) => {
      const mark = required.includes(name) ? '' : '?'
      const says = property['description']
      const comment = typeof says === 'string' ? `/** ${sentence(says)} */\n${indent}  ` : ''
      return `${comment}readonly ${name}${mark}: ${typeOf(property, `${indent}  `)}`
    }),
    indent
  )
}

function object(lines: readonly string[], indent: string): string {
  return `{\n${lines.map((line) => `${indent}  ${line}\n`).join('')}${indent}}`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function sentence(says: string): string {
  return `${says.slice(0, 1).toUpperCase()}${says.slice(1).replace(/\.?$/, '.')}`
}
