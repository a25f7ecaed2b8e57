/** Hands records and deletions to a bucket of an S3-compatible store, as objects by day. */
import { AwsClient } from 'aws4fetch'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Effects, Network } from '../effects.ts'
import type { ForwardedRecord, Recipient } from './forwarded.ts'
import { post } from './post.ts'

interface BucketRecipient {
  /** `https://s3.eu-central-1.amazonaws.com`; the bucket is the first part of the path. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string
  readonly accessKey: string
  readonly secretKey: string
  readonly format: 'ndjson' | 'parquet'
}

interface World {
  readonly product: string
  readonly effects: Pick<Effects, 'clock'>
  readonly network: Pick<Network, 'fetch'>
  readonly signal: AbortSignal
}

export function bucketRecipient(
  { endpoint, region, bucket, prefix, accessKey, secretKey, format }: BucketRecipient,
  { product, effects, network, signal }: World
): Recipient {
  const signer = new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    region,
    service: 's3',
    retries: 0
  })
  const put = async (path: string, type: string, body: Uint8Array): Promise<void> => {
    const url = [endpoint, bucket, prefix, product, path].filter((part) => part !== '').join('/')
    const signed = await signer.sign(url, {
      method: 'PUT',
      body: body as never,
      headers: { 'Content-Type': type }
    })
    const headers = Object.fromEntries(signed.headers)
    await post(network, url, { method: 'PUT', headers, body }, signal)
  }
  return {
    // Few large objects: each is listed and opened by whoever reads the bucket.
    pace: { recordsMax: 10_000, pauseMs: 600_000 },
    async send(records, batch) {
      for (const day of new Set(records.map(({ received }) => received))) {
        const own = records.filter(({ received }) => received === day)
        const path = `records/day=${day}/${batch}.${format}`
        if (format === 'parquet') await put(path, 'application/vnd.apache.parquet', parquetOf(own))
        else await put(path, 'application/x-ndjson', linesOf(own))
      }
    },
    forget(deletions, batch) {
      const day = new Date(effects.clock.now()).toISOString().slice(0, 10)
      const told = deletions.map(({ kind, id, before }) => ({ kind, id, before }))
      return put(`deletions/day=${day}/${batch}.ndjson`, 'application/x-ndjson', linesOf(told))
    }
  }
}

function linesOf(values: readonly object[]): Buffer {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}

const texts = [
  'id',
  'product',
  'name',
  'kind',
  'at',
  'received',
  'version',
  'level',
  'contract',
  'terms',
  'installation',
  'account',
  'lineage',
  'session',
  'deletion'
] as const

/** Environment and fields as JSON: which there are differs from record to record. */
function parquetOf(records: readonly ForwardedRecord[]): Uint8Array {
  const column = (
    name: string,
    data: readonly (string | undefined)[]
  ): { name: string; data: (string | null)[]; type: 'STRING'; nullable: true } => ({
    name,
    data: data.map((value) => value ?? null),
    type: 'STRING',
    nullable: true
  })
  const columnData = [
    ...texts.map((name) =>
      column(
        name,
        records.map((record) => record[name])
      )
    ),
    column(
      'environment',
      records.map(({ environment }) => JSON.stringify(environment))
    ),
    column(
      'fields',
      records.map(({ fields }) => JSON.stringify(fields))
    )
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}
