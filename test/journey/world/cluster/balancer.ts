/**
 * A balancer in front of several collectors: each request goes to the next one that is there. Now
 * and then it loses an answer, as networks do, so that a client sends again what was kept.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Balancer {
  readonly url: string
  /** How many answers of collectors never reached their clients. */
  lost(): number
  stop(): Promise<void>
}

export async function startBalancer({
  ports,
  loseEvery
}: {
  readonly ports: readonly number[]
  readonly loseEvery: number
}): Promise<Balancer> {
  let [next, answers, lost] = [0, 0, 0]
  const pass = (asked: IncomingMessage, answer: ServerResponse, body: Buffer, tries = 0): void => {
    const port = ports[next++ % ports.length]
    const passed = request(
      { host: '127.0.0.1', port, path: asked.url, method: asked.method, headers: asked.headers },
      (answered) => {
        if (++answers % loseEvery === 0) {
          lost++
          answered.resume()
          answer.destroy()
          return
        }
        answer.writeHead(answered.statusCode ?? 502, answered.headers)
        answered.once('error', () => answer.destroy())
        answered.pipe(answer)
      }
    )
    passed.once('error', (error: NodeJS.ErrnoException) => {
      // Whoever refuses a connection has heard nothing; what became of another request is unknown.
      if (error.code === 'ECONNREFUSED' && tries < ports.length)
        pass(asked, answer, body, tries + 1)
      else answer.destroy()
    })
    passed.end(body)
  }
  const server = createServer((asked, answer) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.once('end', () => pass(asked, answer, Buffer.concat(chunks)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}
