/** Describes the API to programs: OpenAPI 3.1, from the very endpoints that are served. */
import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

export interface OpenApi {
  readonly openapi: string
  readonly info: Schema
  readonly servers: readonly Schema[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, Schema>>
    readonly schemas: Readonly<Record<string, Schema>>
  }
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly description?: string
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Content }>
  >
}

export function openapiDocument(endpoints: readonly Endpoint[]): OpenApi {
  const paths = new Map<string, Record<string, Operation>>()
  const schemas = new Map<string, Schema>()
  for (const endpoint of endpoints) {
    if (endpoint.isUnlisted) continue
    const item = paths.get(endpoint.path) ?? {}
    item[endpoint.method.toLowerCase()] = operationOf(endpoint, schemas)
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
        },
        ...Object.fromEntries([...schemas].toSorted(([one], [two]) => (one < two ? -1 : 1)))
      }
    }
  }
}

function operationOf(endpoint: Endpoint, schemas: Map<string, Schema>): Operation {
  const { method, path, says, scope, shapes, media } = endpoint
  const all = [...inPath(path), ...inQuery(shapes.query?.(), schemas)]
  const answers: Content = {
    ...(shapes.answer && { 'application/json': { schema: schemaOf(shapes.answer(), schemas) } }),
    ...Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }]))
  }
  return {
    operationId: operationId(method, path),
    summary: says,
    security: scope === 'anyone' ? [] : [{ token: [scope] }, { session: [scope] }],
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(shapes.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(shapes.body(), schemas) } }
      }
    }),
    responses: {
      200: { description: says, content: answers },
      default: {
        description: 'What is wrong, with a stable code.',
        content: { 'application/json': { schema: { $ref: `${refs}Error` } } }
      }
    }
  }
}

function inPath(path: string): NonNullable<Operation['parameters']> {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1] as string,
    in: 'path',
    required: true,
    schema: { type: 'string' }
  }))
}

function inQuery(
  query: z.ZodObject | undefined,
  schemas: Map<string, Schema>
): NonNullable<Operation['parameters']> {
  if (query === undefined) return []
  const { properties = {}, required = [] } = schemaOf(query, schemas) as {
    readonly properties?: Readonly<Record<string, Schema>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(typeof description === 'string' && { description }),
    required: required.includes(name),
    schema
  }))
}

const refs = '#/components/schemas/'

/** Shapes that have a name go to `schemas`, and are referred to. */
function schemaOf(shape: z.ZodType, schemas: Map<string, Schema>): Schema {
  // Inside another one, a shape that has a name is referred to like any other.
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object({ whole: shape }), {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Both say only what `format` and a JSON number say already.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    }
  })
  const here = (schema: unknown): Schema =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${refs}`)) as Schema
  for (const [name, { id: _id, ...schema }] of Object.entries($defs))
    schemas.set(name, here(schema))
  return here(properties['whole'])
}

/** `getProductsProductReleases`: what generators name a function after. */
function operationId(method: string, path: string): string {
  const words = path.replace('/api/v1/', '').split(/[^A-Za-z0-9]+/)
  return (
    method.toLowerCase() +
    words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  )
}
