/**
 * Says anything to a server over a socket, in any pieces, and holds all that comes back to the
 * grammar of HTTP/1.1.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TortureAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export interface Torture {
  /** Written one after the other; a number is a pause in milliseconds. */
  readonly pieces: readonly (string | Buffer | number)[]
  /** Says after the last piece that no more will come. Default: true. */
  readonly ends?: boolean
  /** Of each request, in order, for HEAD has no body; default: none is HEAD. */
  readonly methods?: readonly string[]
  /** From connecting to the server's close. */
  readonly deadlineMs?: number
}

/**
 * Resolves when the server has closed, with its whole answers; throws if it does not close in time
 * or says what is no HTTP.
 */
export async function torture(
  port: number,
  { pieces, ends = true, methods = [], deadlineMs = 15_000 }: Torture
): Promise<readonly TortureAnswer[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  // A reset is a close: what came before it counts.
  socket.on('error', () => undefined)
  const closed = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs)
    for (const event of ['end', 'close'] as const) {
      socket.once(event, () => {
        clearTimeout(timer)
        resolve(true)
      })
    }
  })
  const written = (async () => {
    for (const piece of pieces) {
      if (!socket.writable || socket.readableEnded) break
      if (typeof piece === 'number') await sleep(piece)
      else await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    }
    if (ends && socket.writable) socket.end()
  })()
  const isClosed = await closed
  socket.destroy()
  await written
  const bytes = Buffer.concat(received)
  if (!isClosed)
    throw new Error(
      `not closed after ${deadlineMs} ms; said ${JSON.stringify(bytes.toString('latin1', 0, 500))}`
    )
  return readAnswers(bytes, methods)
}

/** Throws unless these bytes are whole answers and nothing else. */
function readAnswers(bytes: Buffer, methods: readonly string[] = []): readonly TortureAnswer[] {
  const answers: TortureAnswer[] = []
  let rest = bytes
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0)
      throw new Error(`no whole head: ${JSON.stringify(rest.toString('latin1', 0, 300))}`)
    const [start = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) [ -~]*$/.exec(start)?.[1] ?? Number.NaN)
    const headers = new Map(lines.map(readHeader))
    if (Number.isNaN(status) || headers.size !== lines.length)
      throw new Error(`no answer's head: ${JSON.stringify([start, ...lines])}`)
    rest = rest.subarray(end + 4)
    if (status === 100) continue
    const hasBody = status !== 204 && status !== 304
    const length = headers.get('content-length')
    if (hasBody && !/^\d+$/.test(length ?? ''))
      throw new Error(`no length: ${JSON.stringify([start, ...lines])}`)
    const size = hasBody && methods[answers.length] !== 'HEAD' ? Number(length) : 0
    if (rest.length < size) throw new Error(`the body has ${rest.length} bytes of ${size}`)
    answers.push({ status, headers, body: rest.subarray(0, size) })
    rest = rest.subarray(size)
  }
  return answers
}

function readHeader(line: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~]*)$/.exec(line) ?? []
  if (name === undefined || value === undefined)
    throw new Error(`no header: ${JSON.stringify(line)}`)
  return [name.toLowerCase(), value]
}

/** A request with the right length. */
export function request(
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: readonly string[] = [],
  version = '1.1'
): Buffer {
  const bytes = Buffer.from(body)
  const lines = [`${method} ${path} HTTP/${version}`, 'Host: localhost', ...headers]
  if (bytes.length > 0 || method === 'POST') lines.push(`Content-Length: ${bytes.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
