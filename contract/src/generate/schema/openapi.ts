/**
 * An OpenAPI description of the routes that take this product's telemetry, for tools and for
 * readers of specifications.
 */
import { stringify } from 'yaml'
import type { Contract, EnvironmentPart, FieldDeclaration } from '../../form/contract.ts'
import { readPath } from '../../form/wire-path.ts'
import { recordSchema } from './json-schema.ts'
import { clientSchema, type Schema } from './value-schema.ts'

/**
 * OpenAPI 3.1 as YAML: Segment's `track` call as existing clients send it, and the native report.
 *
 * @example
 * await writeFile('openapi.yaml', generateOpenapi(contract))
 */
export function generateOpenapi(contract: Contract): string {
  const records = [...contract.records.values()]
  const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' }
  const document = {
    openapi: '3.1.0',
    info: {
      title: `Telemetry of ${contract.title}`,
      version: contract.digest,
      summary: contract.purpose,
      description:
        'Written from the contract by `candor contract generate openapi`. What is not named ' +
        'here is not stored.'
    },
    paths: {
      '/v1/track': {
        post: {
          operationId: 'track',
          summary:
            'One event, as the Segment Track API has it. The write key, as the user of basic ' +
            'authentication, names the product.',
          security: [{ writeKey: [] }],
          requestBody: json('TrackBody'),
          responses: {
            200: { description: 'Kept.' },
            400: { description: 'Not readable; final.' },
            503: { description: 'Try again later.' }
          }
        }
      },
      '/v1/reports': {
        post: {
          operationId: 'report',
          summary: "One report of Candor's SDK.",
          requestBody: json('Report'),
          responses: {
            200: { description: 'Kept; names each field that was not.' },
            400: { description: 'Not readable; final.' },
            410: { description: 'The product collects no longer.' },
            503: { description: 'Try again later.' }
          }
        }
      }
    },
    components: {
      securitySchemes: { writeKey: { type: 'http', scheme: 'basic' } },
      schemas: {
        ...trackSchemas(contract),
        Report: {
          type: 'object',
          properties: {
            candor: { const: 1 },
            product: { const: contract.product },
            report: { type: 'string', format: 'uuid' },
            sdk: {
              type: 'object',
              properties: { name: { type: 'string' }, version: { type: 'string' } },
              required: ['name', 'version']
            },
            ...(contract.identity.kind === 'none'
              ? {}
              : {
                  installation: {
                    type: 'string',
                    maxLength: 128,
                    description: contract.identity.says
                  }
                }),
            ...(contract.identity.lineage ? { lineage: { type: 'string', maxLength: 128 } } : {}),
            ...(contract.identity.kind === 'window'
              ? { window: { type: 'string', maxLength: 32 } }
              : {}),
            ...(contract.identity.account ? { account: { type: 'string', maxLength: 256 } } : {}),
            deletion: { ...digest, description: "hash of the installation's deletion key" },
            runs: { type: 'array', maxItems: 50, items: { $ref: '#/components/schemas/Run' } }
          },
          required: ['candor', 'product', 'report', 'runs']
        },
        Run: {
          type: 'object',
          properties: {
            session: { type: 'string', maxLength: 128 },
            version: { type: 'string', maxLength: 64 },
            contract: digest,
            consent: {
              type: 'object',
              properties: {
                level: { type: 'string', enum: contract.consent.levels.map(({ name }) => name) },
                accepted: digest
              }
            },
            environment: {
              type: 'object',
              properties: Object.fromEntries(
                contract.environment.map((part) => [part, environmentSchemas[part]])
              ),
              additionalProperties: false
            },
            records: {
              type: 'array',
              maxItems: 500,
              items: {
                oneOf: records.map(({ name }) => ({ $ref: `#/components/schemas/${name}` }))
              }
            }
          },
          required: ['records']
        },
        ...Object.fromEntries(records.map((record) => [record.name, recordSchema(record)]))
      }
    }
  }
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
}

const environmentSchemas: Readonly<Record<EnvironmentPart, Schema>> = {
  class: { type: 'string', enum: ['interactive', 'service', 'batch', 'unknown'] },
  automation: { type: 'string', enum: ['none', 'ci', 'agent', 'test', 'unknown'] },
  container: { type: ['boolean', 'string'] },
  os: { type: 'string' },
  os_version: { type: 'string' },
  arch: { type: 'string' },
  runtime: { type: 'string' },
  cpu: { type: 'integer', minimum: 1 }
}

function json(name: string): Schema {
  return {
    required: true,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } }
  }
}

/**
 * One set of properties for all events, as a Segment source has it: each field where existing
 * clients send it.
 */
function trackSchemas(contract: Contract): Schema {
  const fields = new Map<string, FieldDeclaration>()
  for (const record of contract.records.values())
    for (const field of record.fields.values())
      if (!fields.has(field.name)) fields.set(field.name, field)
  const paths = [...fields.values()].flatMap((field) =>
    field.from.map((path) => ({ field, keys: readPath(path) ?? [path] }))
  )
  // Where a contract's paths begin at the event itself, they name its parts; else they begin in its
  // properties.
  const fromEvent = paths.some(({ keys }) => keys[0] === 'properties' && keys.length > 1)
  const root: Branch = { fields: [], children: new Map() }
  for (const { field, keys } of paths)
    place(root, fromEvent ? keys : keys[0] === 'context' ? keys : ['properties', ...keys], field)
  const event = [...contract.records.values()].flatMap((record) => [record.name, ...record.aliases])
  const { properties, context, ...others } = Object.fromEntries(
    [...root.children].map(([key, branch]) => [key, branchSchema(branch)])
  )
  return {
    TrackBody: {
      type: 'object',
      properties: {
        ...(contract.identity.account
          ? { userId: { type: 'string', description: 'an account or key that the user gave' } }
          : {}),
        anonymousId: { type: 'string' },
        event: { type: 'string', enum: event },
        properties: { $ref: '#/components/schemas/Properties' },
        ...(context === undefined ? {} : { context }),
        ...others,
        messageId: { type: 'string' },
        timestamp: { type: 'string', format: 'date-time' }
      },
      description:
        'What a program sends. Existing clients leave some of it out, and are taken all the same.',
      required: ['anonymousId', 'event', 'timestamp']
    },
    Properties: properties ?? { type: 'object' }
  }
}

interface Branch {
  readonly fields: FieldDeclaration[]
  readonly children: Map<string, Branch>
}

function place(root: Branch, keys: readonly string[], field: FieldDeclaration): void {
  let at = root
  for (const key of keys) {
    const next = at.children.get(key) ?? { fields: [], children: new Map<string, Branch>() }
    at.children.set(key, next)
    at = next
  }
  at.fields.push(field)
}

function branchSchema({ fields, children }: Branch): Schema {
  const own = fields.map((field) =>
    field.collector === 'drops'
      ? { description: `${field.says}; dropped: ${field.because ?? ''}` }
      : { description: field.says, ...clientSchema(field.type) }
  )
  if (children.size > 0)
    own.push({
      type: 'object',
      properties: Object.fromEntries(
        [...children].map(([key, branch]) => [key, branchSchema(branch)])
      )
    } as never)
  const [only] = own
  return own.length === 1 && only !== undefined ? only : { anyOf: own }
}
