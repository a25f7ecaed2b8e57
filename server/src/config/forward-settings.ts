/** What `forward` may say in candor.yaml: whom a product's records are passed on to, and how. */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isUnheard } from './loopback.ts'

const httpsUrl = z.string().max(2_000, 'is too long').refine(isSafe, {
  message: 'must be an https:// URL without a password, or lie on this machine'
})
const host = httpsUrl.transform((text) => text.replace(/\/+$/, ''))
const path = z.string().min(1, 'must name a file')

const webhook = z.strictObject({ url: httpsUrl, secret_file: path })
const segment = z.strictObject({
  host: host.default('https://api.segment.io'),
  write_key_file: path,
  /** Where deletions are asked for; without it nothing may go there. */
  deletions: z.strictObject({
    host: host.default('https://api.segmentapis.com'),
    token_file: path
  })
})
const s3 = z.strictObject({
  endpoint: host,
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*$/, 'must be a path without slashes at its ends')
    .default(''),
  access_key_file: path,
  secret_key_file: path,
  format: z.enum(['ndjson', 'parquet'], 'must be ndjson or parquet').default('ndjson')
})

const target = z
  .strictObject({
    to: z.string().min(1, 'must be a recipient, as the contract names it').max(200, 'is too long'),
    records: z.array(z.string().regex(/^[^,]{1,200}$/), 'must be a list of records').optional(),
    webhook: webhook.optional(),
    segment: segment.optional(),
    s3: s3.optional()
  })
  .refine(
    ({ webhook: one, segment: two, s3: three }) =>
      [one, two, three].filter((kind) => kind !== undefined).length === 1,
    'needs one of webhook, segment and s3'
  )

export const forwardSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a product name'),
  z
    .array(target, 'must be a list of recipients')
    .max(20, 'are too many')
    .refine((targets) => new Set(targets.map(({ to }) => to)).size === targets.length, {
      message: 'must name each recipient once'
    })
)

/** Paths are absolute. */
export interface ForwardConfig {
  readonly product: string
  readonly to: string
  /** Names of records; undefined: all. */
  readonly records: readonly string[] | undefined
  readonly by:
    | { readonly is: 'webhook'; readonly url: string; readonly secretFile: string }
    | {
        readonly is: 'segment'
        readonly host: string
        readonly writeKeyFile: string
        readonly deletions: { readonly host: string; readonly tokenFile: string }
      }
    | {
        readonly is: 's3'
        readonly endpoint: string
        readonly region: string
        readonly bucket: string
        readonly prefix: string
        readonly accessKeyFile: string
        readonly secretKeyFile: string
        readonly format: 'ndjson' | 'parquet'
      }
}

/** Relative paths are relative to the file that says them. */
export function forwardConfig(
  read: z.infer<typeof forwardSchema>,
  file: string
): readonly ForwardConfig[] {
  const path = (name: string): string => resolve(dirname(file), name)
  return Object.entries(read).flatMap(([product, targets]) =>
    targets.map(({ to, records, ...kinds }) => ({ product, to, records, by: byOf(kinds, path) }))
  )
}

function byOf(
  { webhook, segment, s3 }: Omit<z.infer<typeof target>, 'to' | 'records'>,
  path: (name: string) => string
): ForwardConfig['by'] {
  if (webhook !== undefined)
    return { is: 'webhook', url: webhook.url, secretFile: path(webhook.secret_file) }
  if (segment !== undefined)
    return {
      is: 'segment',
      host: segment.host,
      writeKeyFile: path(segment.write_key_file),
      deletions: {
        host: segment.deletions.host,
        tokenFile: path(segment.deletions.token_file)
      }
    }
  const { access_key_file: accessKey, secret_key_file: secretKey, ...said } = s3 as S3
  return {
    is: 's3',
    ...said,
    accessKeyFile: path(accessKey),
    secretKeyFile: path(secretKey)
  }
}

type S3 = z.infer<typeof s3>

/** Records never travel in clear beyond this machine. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.username === '' && url.password === '' && isUnheard(url)
}
