/**
 * Writes bytes to a socket as they are and reads what comes back as it is: no HTTP library may
 * repair either.
 */
import { connect } from 'node:net'
import { connect as connectOverTls, type ConnectionOptions } from 'node:tls'

export interface RawAnswer {
  readonly bytes: Buffer
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/**
 * Sends the bytes, waits for one whole answer by its Content-Length (or for the end), and closes.
 */
export function sendRaw(
  port: number,
  bytes: Buffer | string,
  {
    deadlineMs = 10_000,
    over
  }: { readonly deadlineMs?: number; readonly over?: ConnectionOptions } = {}
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1' }
    const socket = over === undefined ? connect(to) : connectOverTls({ ...over, ...to })
    const chunks: Buffer[] = []
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseAnswer(Buffer.concat(chunks)))
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(
        new Error(
          `no whole answer within ${deadlineMs} ms; got ${Buffer.concat(chunks).toString('latin1')}`
        )
      )
    }, deadlineMs)
    socket.on(over === undefined ? 'connect' : 'secureConnect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (isWhole(Buffer.concat(chunks))) finish()
    })
    socket.on('close', finish)
    socket.on('error', () => undefined)
  })
}

export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, Math.max(0, end)).split('\r\n')
  const headers = head
    .slice(1)
    .map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim()
    ])
  return {
    bytes,
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head[0] ?? '')?.[1] ?? 0),
    headers,
    body: end < 0 ? '' : bytes.toString('utf8', end + 4)
  }
}

function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = bytes.toString('latin1', 0, end)
  if (/^HTTP\/1\.[01] (204|304)/.test(head)) return true
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  return length !== undefined && bytes.length >= end + 4 + Number(length)
}
