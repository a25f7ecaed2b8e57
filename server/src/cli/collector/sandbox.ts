/**
 * `candor sandbox`: collectors that answer well and badly, for tests of a program that reports.
 * They keep nothing, and print what arrives.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { oneOf, wholeNumber } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface SandboxOptions {
  readonly port: number
  readonly format: 'text' | 'json'
  readonly limit?: number
}

interface Arrival {
  readonly method: string
  readonly path: string
  readonly answered: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

type Behaviour = {
  readonly says: string
  readonly answer: (
    arrived: { readonly path: string; readonly body: unknown },
    response: ServerResponse
  ) => string
}

const formats = ['text', 'json'] as const
// A report has at most 64 KiB, a Segment batch at most 500 KiB.
const bodyBytesMax = 1024 * 1024

const fixed =
  (
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Behaviour['answer'] =>
  (_, response) => {
    response
      .writeHead(status, { 'Content-Type': 'application/json', ...headers })
      .end(JSON.stringify(body))
    return String(status)
  }

/** By the first part of the path; what follows it is whatever the client adds. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  good: {
    says: 'keeps everything: 200, and what a collector answers',
    answer: (arrived, response) => asCollector(arrived, response, 'kept')
  },
  dropped: {
    says: 'keeps nothing: 200 with each record named as dropped, and Candor-Dropped',
    answer: (arrived, response) => asCollector(arrived, response, 'dropped')
  },
  reset: {
    says: 'cuts the connection once the request has arrived',
    answer(_, response) {
      response.socket?.resetAndDestroy()
      return 'reset'
    }
  },
  hang: { says: 'takes the request and never answers', answer: () => 'nothing' },
  '503': {
    says: 'is overloaded: 503 with Retry-After: 60',
    answer: fixed(
      503,
      { code: 'OVERLOADED', message: 'Nothing can be kept right now.' },
      { 'Retry-After': '60' }
    )
  },
  '429': {
    says: 'asks for patience: 429 with Retry-After: 3600',
    answer: fixed(429, { code: 'OVERLOADED', message: 'Too many.' }, { 'Retry-After': '3600' })
  },
  '400': {
    says: 'refuses the body for good: 400',
    answer: fixed(400, { code: 'REQUEST_MALFORMED', message: 'Not so.' })
  },
  '413': {
    says: 'finds the body too large: 413',
    answer: fixed(413, { code: 'BODY_TOO_LARGE', message: 'Too large.' })
  },
  '410': {
    says: 'no longer collects: the 410 that makes a client fall silent for 30 days',
    answer: ({ body }, response) =>
      fixed(410, { candor: 1, product: memberOf(body, 'product'), retired: true })(
        { path: '', body },
        response
      )
  },
  redirect: {
    says: 'answers 308 to /good, which no client should follow',
    answer: fixed(308, {}, { Location: '/good' })
  },
  portal: {
    says: 'answers 200 with a page, as the network of a hotel does',
    answer(_, response) {
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<!doctype html><title>Welcome</title>')
      return '200, a page'
    }
  }
}

export function addSandbox(program: Command, terminal: Terminal): void {
  const listed = Object.entries(behaviours).map(
    ([name, { says }]) => `  /${name.padEnd(10)}${says}`
  )
  program
    .command('sandbox')
    .description(
      'collectors that answer well and badly, for tests of a program that reports; prints ' +
        'what arrives and keeps nothing'
    )
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 takes a free one')
        .argParser(wholeNumber({ from: 0, to: 65_535, example: 4702 }))
        .default(4702)
    )
    .addOption(
      new Option('--format <format>', 'how to print what arrives')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .option(
      '--limit <count>',
      'stop after so many requests',
      wholeNumber({ from: 1, to: 1_000_000, example: 10 })
    )
    .addHelpText(
      'after',
      '\nAddresses, each with what the client adds to it (/503/v1/reports, /good/v1/track, ' +
        `/good/v1/deletions):\n${listed.join('\n')}\n\n` +
        'Example: ACME_TELEMETRY=on ACME_TELEMETRY_ENDPOINT=http://127.0.0.1:4702/503 acme build'
    )
    .action((options: SandboxOptions) => run(options, terminal))
}

async function run(
  { port, format, limit = Number.POSITIVE_INFINITY }: SandboxOptions,
  terminal: Terminal
): Promise<void> {
  let left = limit
  let enough = (): void => {}
  const server = createServer((request, response) => {
    read(request, (text) => {
      const path = request.url ?? '/'
      const behaviour = behaviours[/^\/([a-z0-9]+)/.exec(path)?.[1] ?? '']
      const answered =
        behaviour === undefined
          ? fixed(404, {
              code: 'ROUTE_UNKNOWN',
              message: `There are: /${Object.keys(behaviours).join(', /')}.`
            })({ path, body: undefined }, response)
          : behaviour.answer({ path, body: parsed(text) }, response)
      const arrival = {
        method: request.method ?? '',
        path,
        answered,
        headers: request.headers,
        body: text
      }
      terminal.out(format === 'json' ? `${JSON.stringify(arrival)}\n` : textOf(arrival))
      left -= 1
      if (left <= 0) response.once('close', enough)
      if (left <= 0 && /^(?:nothing|reset)$/.test(answered)) enough()
    })
  })
  const listening = new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
  let open: number
  try {
    open = await listening
  } catch (cause) {
    throw new CandorError(
      'LISTEN_FAILED',
      `Port ${port} can’t be listened on: something else has it. Name another with --port, or 0.`,
      {
        cause
      }
    )
  }
  terminal.error(
    `The sandbox listens on http://127.0.0.1:${open}/good (and ${others()}); Ctrl-C ends.\n`
  )
  await new Promise<void>((resolve) => {
    enough = resolve
    if (left <= 0 || terminal.signal.aborted) resolve()
    terminal.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

function others(): string {
  return Object.keys(behaviours)
    .filter((name) => name !== 'good')
    .map((name) => `/${name}`)
    .join(', ')
}

function read(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bodyBytesMax) request.destroy()
    else chunks.push(chunk)
  })
  request.on('error', () => {})
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    try {
      done(
        (request.headers['content-encoding'] === 'gzip'
          ? gunzipSync(body, { maxOutputLength: bodyBytesMax })
          : body
        ).toString()
      )
    } catch {
      done('(not readable gzip)')
    }
  })
}

/** In the words of the wire that was spoken. */
function asCollector(
  { path, body }: { readonly path: string; readonly body: unknown },
  response: ServerResponse,
  of: 'kept' | 'dropped'
): string {
  const isDropped = of === 'dropped'
  const header = isDropped ? { 'Candor-Dropped': 'contract' } : {}
  if (path.endsWith('/v1/deletions'))
    return fixed(202, { accepted: true, erasedWithinHours: 72 })({ path, body }, response)
  const runs = memberOf(body, 'runs')
  if (memberOf(body, 'candor') !== 1 || !Array.isArray(runs))
    return fixed(200, { success: true }, header)({ path, body }, response)
  const records = runs.flatMap((run, index) => {
    const all = memberOf(run, 'records')
    return Array.isArray(all)
      ? all.map((record) => ({
          run: index,
          seq: memberOf(record, 'seq'),
          code: 'EVENT_NOT_IN_CONTRACT'
        }))
      : []
  })
  const answer = {
    accepted: isDropped ? 0 : records.length,
    dropped: isDropped ? records : [],
    next: { afterSeconds: 86_400 }
  }
  return fixed(200, answer, header)({ path, body }, response)
}

/** What arrived, for people: its head, and its body laid out if it is JSON. */
function textOf({ method, path, answered, body }: Arrival): string {
  const laidOut = parsed(body)
  const text = laidOut === undefined ? body : JSON.stringify(laidOut, null, 2)
  const lines = text === '' ? [] : text.split('\n').map((line) => `  ${line}`)
  const head = `${method} ${path}, ${Buffer.byteLength(body)} bytes → ${answered}`
  // Control characters could move the reader's cursor.
  return `${[head, ...lines].map((line) => line.replaceAll(/\p{Cc}/gu, '·')).join('\n')}\n`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}
