/**
 * What does a server answer to these exact bytes? A socket for tests, with the head's grammar
 * checked on every answer.
 */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** As written, in order. */
  readonly names: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Talk {
  readonly socket: Socket
  send(bytes: string | Buffer): void
  /** Bytes received until now. */
  received(): Buffer
  /** Resolves with everything received once the server has closed. */
  readonly closed: Promise<Buffer>
  /** Resolves once so many whole answers are here. */
  answers(count: number): Promise<readonly RawAnswer[]>
}

export function talk(port: number): Talk {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = Buffer.alloc(0)
  let isClosed = false
  const watchers = new Set<() => void>()
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (const watcher of watchers) watcher()
  })
  socket.on('error', () => undefined)
  const closed = new Promise<Buffer>((resolve) => {
    socket.on('close', () => {
      isClosed = true
      for (const watcher of watchers) watcher()
      resolve(received)
    })
  })
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    received: () => received,
    closed,
    answers: (count) =>
      new Promise((resolve, reject) => {
        const watcher = (): void => {
          const answers = readAnswers(received)
          if (answers.length >= count) resolve(answers)
          else if (isClosed)
            reject(
              new Error(`closed after ${answers.length} answers: ${received.toString('latin1')}`)
            )
          else return
          watchers.delete(watcher)
        }
        watchers.add(watcher)
        watcher()
      })
  }
}

/** Throws where a head breaks what our strictest client (TimescaleDB) can read. */
export function readAnswers(bytes: Buffer): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return answers
    const [start = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(start)?.[1])
    if (Number.isNaN(status)) throw new Error(`status line: ${start}`)
    const pairs = lines.map((line) => {
      const [, name, value] = /^([A-Za-z-]+): ([^\r\n]*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`header: ${line}`)
      return [name, value] as const
    })
    const headers = Object.fromEntries(pairs)
    rest = rest.subarray(end + 4)
    if (status === 100) continue
    const length = headers['Content-Length']
    if (length === undefined && status !== 204 && status !== 304)
      throw new Error(`no Content-Length: ${lines.join(' | ')}`)
    const bytes = Number(length ?? 0)
    if (rest.length < bytes) return answers
    answers.push({
      status,
      names: pairs.map(([name]) => name),
      headers,
      body: rest.subarray(0, bytes).toString()
    })
    rest = rest.subarray(bytes)
  }
}
