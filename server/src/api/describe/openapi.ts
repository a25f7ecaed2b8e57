/** Describes the API to programs: OpenAPI 3.1, from the very endpoints that are served. */
import type { Endpoint, Schema } from './endpoint.ts'

const tags: readonly (readonly [RegExp, string])[] = [
  [/\/(session|sign-in-links|tokens|write-keys)/, 'access'],
  [/\/(questions|query)/, 'answers'],
  [/\/(products|tail)/, 'products'],
  [/./, 'operation']
]

export function openapiDocument(endpoints: readonly Endpoint[]): Readonly<Record<string, unknown>> {
  const paths = new Map<string, Record<string, unknown>>()
  for (const endpoint of endpoints) {
    if (endpoint.isUnlisted === true) continue
    const item = paths.get(endpoint.path) ?? {}
    item[endpoint.method.toLowerCase()] = operationOf(endpoint)
    paths.set(endpoint.path, item)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Candor',
      version: '1',
      summary: 'Questions about telemetry, and the operation of the collector that keeps it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The operator’s token, or one of `candor token create`.'
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'candor-…',
          description:
            'A browser that has signed in. Unsafe methods need the header Candor-CSRF, as ' +
            'GET /api/v1/session tells it.'
        }
      },
      schemas: {
        Error: {
          type: 'object',
          properties: {
            code: { type: 'string', description: 'Stable.' },
            message: { type: 'string', description: 'For people; may change.' }
          },
          required: ['code', 'message']
        }
      }
    }
  }
}

function operationOf(endpoint: Endpoint): Readonly<Record<string, unknown>> {
  const { method, path, says, scope, parameters = [], body, answers } = endpoint
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1] as string,
    in: 'path',
    required: true,
    schema: { type: 'string' }
  }))
  const inQuery = parameters.map(({ name, says: description, schema, required = false }) => ({
    name,
    in: 'query',
    description,
    required,
    schema
  }))
  const all = [...inPath, ...inQuery]
  return {
    operationId: operationId(method, path),
    summary: says,
    tags: [tags.find(([pattern]) => pattern.test(path))?.[1]],
    ...(scope === 'anyone'
      ? { security: [] }
      : { security: [{ token: [scope] }, { session: [scope] }] }),
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: content({ 'application/json': bodySchema(body) })
          }
        }),
    responses: {
      200: { description: says, content: content(answers) },
      default: {
        description: 'What is wrong, with a stable code.',
        content: content({ 'application/json': { $ref: '#/components/schemas/Error' } })
      }
    }
  }
}

function bodySchema({ properties, required = [] }: NonNullable<Endpoint['body']>): Schema {
  return { type: 'object', properties, required: [...required], additionalProperties: false }
}

function content(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]))
}

/** `getProductsProductReleases`: what generators name a function after. */
function operationId(method: string, path: string): string {
  const words = path.replace('/api/v1/', '').split(/[^A-Za-z0-9]+/)
  return (
    method.toLowerCase() +
    words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  )
}
