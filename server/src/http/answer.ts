/**
 * How an answer becomes bytes: exact length, header names as written, head and body in one write.
 */
import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { answerProblem, type HttpProblem } from './problems.ts'
import type { HttpAnswer } from './route.ts'

/** Adds the exact length to the headers. `more` are the few that this room adds by itself. */
export function writeAnswer(
  response: ServerResponse,
  answer: HttpAnswer,
  more?: Readonly<Record<string, string>>
): void {
  const { status, body } = answer
  const lines = headerLines(answer.headers, more)
  if (status === 204 || status === 304) {
    response.writeHead(status, lines)
    response.end()
    if (body instanceof Readable) body.destroy()
  } else if (body instanceof Readable) {
    writeStream(response, status, lines, body)
  } else {
    lines.push(
      'Content-Length',
      String(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
    )
    response.writeHead(status, lines)
    if (body.length === 0) return void response.end()
    // `end(body)` hands the socket a second, empty piece behind the answer; so it is one write to
    // the system instead of two that are gathered, a seventh of a bare server's cost.
    response.cork()
    response.write(body)
    response.uncork()
    response.end()
  }
}

/** Lets the client read the answer while it still sends; `response.end()` is left to the caller. */
export function writeEarlyAnswer(
  response: ServerResponse,
  answer: HttpAnswer,
  more?: Readonly<Record<string, string>>
): void {
  const body = answer.body instanceof Readable ? '' : answer.body
  const lines = headerLines(answer.headers, more)
  lines.push('Connection', 'close', 'Content-Length', String(Buffer.byteLength(body)))
  response.writeHead(answer.status, lines)
  response.write(body)
}

/** For a socket whose bytes were no request, so that there is no response object. */
export function rawAnswer(problem: HttpProblem): string {
  const { status, headers, body } = answerProblem(problem)
  const lines = Object.entries({
    ...headers,
    'Content-Length': String(Buffer.byteLength(String(body))),
    Connection: 'close'
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${String(body)}`
}

/**
 * Names and values in turn: a third of the cost of spreading objects, on the path of every request.
 */
function headerLines(
  headers: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> | undefined
): string[] {
  const lines: string[] = []
  for (const name in headers) lines.push(name, headers[name]!)
  if (more !== undefined) for (const name in more) lines.push(name, more[name]!)
  return lines
}

function writeStream(
  response: ServerResponse,
  status: number,
  lines: string[],
  body: Readable
): void {
  response.writeHead(status, lines)
  response.once('close', () => body.destroy())
  if (response.req.method === 'HEAD') return void response.end()
  body.once('error', () => response.destroy())
  // Also when the server closes: the reader sees a whole answer that ends, not a broken one.
  body.once('close', () => response.end())
  // A tail may be quiet for long: its reader should know at once that it is open.
  response.flushHeaders()
  body.pipe(response)
}
