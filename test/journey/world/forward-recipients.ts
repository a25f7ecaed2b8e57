/** Whom a collector passes records on to, on real sockets: a webhook, Segment, a bucket. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

interface Received {
  readonly records: readonly Readonly<Record<string, unknown>>[]
  readonly deletions: readonly Readonly<Record<string, unknown>>[]
}

export interface WebhookReceiver {
  readonly url: string
  /** How the next requests are answered. */
  answer: number
  readonly received: Received
  /** All statuses that were answered. */
  readonly answered: number[]
  close(): Promise<void>
}

export async function webhookReceiver(secret: string): Promise<WebhookReceiver> {
  const received = { records: [] as never[], deletions: [] as never[] }
  const receiver = await listening(async (request, response) => {
    const body = await bodyOf(request)
    held.answered.push(held.answer)
    if (held.answer === 200) {
      const [, seconds = '', mac = ''] =
        /^t=(\d+),v1=(\w+)$/.exec(String(request.headers['candor-signature'])) ?? []
      const own = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
      if (mac !== own) return void response.writeHead(401).end()
      const read = JSON.parse(body) as Partial<Received>
      received.records.push(...((read.records ?? []) as never[]))
      received.deletions.push(...((read.deletions ?? []) as never[]))
    }
    response.writeHead(held.answer).end()
  })
  const held: WebhookReceiver = {
    url: `${receiver.url}/hook`,
    answer: 200,
    received,
    answered: [],
    close: receiver.close
  }
  return held
}

export interface SegmentReceiver {
  readonly url: string
  readonly events: Readonly<Record<string, unknown>>[]
  readonly regulations: {
    readonly regulationType: string
    readonly subjectType: string
    readonly subjectIds: readonly string[]
  }[]
  close(): Promise<void>
}

/** Tracking and Public API in one, with Segment's own limits and answers. */
export async function segmentReceiver(keys: {
  readonly writeKey: string
  readonly token: string
}): Promise<SegmentReceiver> {
  const events: Readonly<Record<string, unknown>>[] = []
  const regulations: SegmentReceiver['regulations'] = []
  const { url, close } = await listening(async (request, response) => {
    const body = await bodyOf(request)
    const said = request.headers.authorization
    if (request.url === '/v1/batch') {
      const basic = `Basic ${Buffer.from(`${keys.writeKey}:`).toString('base64')}`
      const { batch } = JSON.parse(body) as { batch: Readonly<Record<string, unknown>>[] }
      const isWrong =
        said !== basic ||
        body.length > 500_000 ||
        batch.some((event) => JSON.stringify(event).length > 32_768) ||
        batch.some(({ userId, anonymousId }) => userId === undefined && anonymousId === undefined)
      if (!isWrong) events.push(...batch)
      response.writeHead(isWrong ? 400 : 200, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ success: !isWrong }))
    }
    if (request.url !== '/regulations' || said !== `Bearer ${keys.token}`)
      return void response.writeHead(403).end()
    regulations.push(JSON.parse(body) as never)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: { regulateId: 'r' } }))
  })
  return { url, events, regulations, close }
}

export interface Bucket {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  /** Objects whose keys begin so, by key. */
  objects(prefix: string): ReadonlyMap<string, Buffer>
  close(): Promise<void>
}

/** A server of others that checks signatures. */
export async function bucketNamed(name: string): Promise<Bucket> {
  const directory = mkdtempSync(join(tmpdir(), 'candor-s3-'))
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name }]
  })
  const { port } = await server.run()
  return {
    endpoint: `http://127.0.0.1:${port}`,
    // Those that it knows.
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    objects(prefix) {
      const root = join(directory, name)
      const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
      const found = files
        .filter((file) => file.startsWith(prefix) && file.endsWith('_object'))
        .map((file) => [file, readFileSync(join(root, file))] as const)
      return new Map(found)
    },
    async close() {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

async function listening(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
