/**
 * Speaks as much of ClickHouse's HTTP interface as `@clickhouse/client` needs, on a private Unix
 * socket.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { LaneName } from './engine-settings.ts'
import type { Lane, LaneAnswer } from './lane.ts'
import { readStatement } from './statement.ts'

// Eight times the largest block that the loader writes.
const bodyBytesMax = 256 * 1024 * 1024

export function engineServer(lanes: Readonly<Record<LaneName, Lane>>): Server {
  const server = createServer(
    { maxHeaderSize: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 600_000 },
    (request, response) => {
      answer(lanes, request, response).catch(() => response.destroy())
    }
  )
  server.timeout = 0
  return server
}

async function answer(
  lanes: Readonly<Record<LaneName, Lane>>,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const url = request.url ?? '/'
  if (url.startsWith('/ping')) {
    request.resume()
    response.end('Ok.\n')
    return
  }
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const body = await readBody(request)
  if (body === undefined)
    return fail(
      response,
      131,
      'Code: 131. DB::Exception: The body is too large. (TOO_LARGE_STRING_SIZE)'
    )
  const statement = readStatement(url, body)
  if ('is' in statement)
    return fail(
      response,
      statement.code,
      `Code: ${statement.code}. DB::Exception: ${statement.says}. (EMBEDDED_REFUSED)`
    )
  send(response, await lanes[statement.lane].run(statement, gone.signal))
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, result: LaneAnswer): void {
  if (result.is === 'failed') return fail(response, result.code, result.says)
  response.writeHead(200, {
    'X-ClickHouse-Format': result.format,
    'X-ClickHouse-Summary': JSON.stringify(result.summary),
    'Content-Length': result.bytes.length
  })
  response.end(result.bytes)
}

function fail(response: ServerResponse, code: number, says: string): void {
  const body = Buffer.from(says)
  response.writeHead(500, { 'X-ClickHouse-Exception-Code': code, 'Content-Length': body.length })
  response.end(body)
}
