/**
 * What does an extension's author say once, so that SQL, contract and page follow? One file, read
 * with all of its problems.
 */
import { parse } from 'yaml'
import { z } from 'zod'

/** PostgreSQL cuts longer names off; a plain one needs no quotes in anybody's psql. */
const plainName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be lower-case letters, digits and _, such as acme')
const sentence = z.string().min(1).max(400)
const word = z.string().regex(/^[A-Za-z0-9][\w .-]{0,63}$/, 'must be a word such as apache_only')
/** It ends up between `$body$` and `$body$`. */
const query = z
  .string()
  .min(1)
  .refine((text) => !text.includes('$body$'), 'must not hold $body$')
  .transform((text) => text.trim().replace(/;$/, ''))

const reportShape = z
  .strictObject({
    related_extensions: z.array(plainName).max(64).default([]),
    access_methods: z.array(plainName).max(64).default([]),
    install_methods: z.array(word).max(32).default([]),
    clouds: z.array(word).max(32).default(['aws', 'azure', 'gcp']),
    license: z.strictObject({ setting: z.string(), values: z.record(z.string(), word) }).optional(),
    metadata: z.record(plainName, z.array(word).min(1)).default({}),
    functions: z.boolean().default(true),
    leave_out: query.optional(),
    fields: z.record(plainName, z.record(z.string(), z.unknown())).default({}),
    queries: z.array(query).max(64).default([])
  })
  .prefault({})

const fileShape = z.strictObject({
  postgres: z.literal(1),
  product: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a name such as acme'),
  title: sentence,
  purpose: sentence,
  contact: z.string().optional(),
  source: z.string().optional(),
  page: z.string().optional(),
  location: z.string().optional(),
  recipients: z.array(z.strictObject({ name: sentence, where: sentence, for: sentence })).min(1),
  retention: z
    .strictObject({ records: z.string(), aggregates: z.string(), backups: z.string().optional() })
    .default({ records: '90 days', aggregates: '25 months' }),
  default: z.enum(['opt-out', 'opt-in', 'ask']).default('opt-in'),
  endpoint: z.url().optional(),
  releases: z
    .strictObject({
      /** Beside the contract, where the collector reads it. */
      file: z.string().default('releases.yaml'),
      url: z.url().optional(),
      keys: z.array(z.strictObject({ id: z.string(), key: z.string() })).default([])
    })
    .optional(),
  expires: z.string().default('never, the report is the version check'),
  owner: z.string().default('maintainers'),
  extension: plainName.optional(),
  /** Where the extension is not installed, and for a fork that has none. */
  version: z.string().optional(),
  schema: plainName.optional(),
  setting: plainName.optional(),
  install_method: word.optional(),
  /** `schema.view`, where users find the job under the name that a public page gives it. */
  job_view: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/, 'must be schema.view')
    .optional(),
  /** A contract that exists already, beside this file; otherwise it is generated. */
  contract: z.string().optional(),
  report: reportShape
})

type Authored = z.output<typeof fileShape>

export type ProductFile = Omit<Authored, 'schema' | 'setting'> & {
  readonly schema: string
  /** `acme` of `acme.telemetry_level`. */
  readonly setting: string
}

export type ProductFileReading =
  | { readonly is: 'read'; readonly file: ProductFile }
  | { readonly is: 'invalid'; readonly problems: readonly string[] }

/** Never throws; every problem at once. */
export function readProductFile(text: string): ProductFileReading {
  let document: unknown
  try {
    // Its warnings would go to the console.
    document = parse(text, { logLevel: 'error' })
  } catch (error) {
    return { is: 'invalid', problems: [error instanceof Error ? error.message : String(error)] }
  }
  const read = fileShape.safeParse(document)
  if (!read.success)
    return {
      is: 'invalid',
      problems: read.error.issues.map(
        ({ path, message }) => `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`
      )
    }
  const own = read.data.product.replaceAll('-', '_')
  const { schema = own, setting = own } = read.data
  // `pg_` is PostgreSQL's own, and `candor` is where all products put what they sent.
  if (schema.startsWith('pg_') || schema === 'candor')
    return { is: 'invalid', problems: [`schema: ${schema} can't be a product's schema`] }
  return { is: 'read', file: { ...read.data, schema, setting } }
}
