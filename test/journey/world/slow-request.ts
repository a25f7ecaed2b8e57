/** Sends bytes with pauses between them, as a client does that connects first and speaks later. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A number is a pause in milliseconds. Resolves with all that was said until the server closed, or
 * until its first answer is whole.
 */
export async function sendSlowly(
  port: number,
  pieces: readonly (Buffer | string | number)[]
): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const chunks: Buffer[] = []
  const said = new Promise<Buffer>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      const end = bytes.indexOf('\r\n\r\n')
      const length = /\r\ncontent-length: *(\d+)/i.exec(
        bytes.toString('latin1', 0, Math.max(0, end))
      )?.[1]
      if (length !== undefined && bytes.length >= end + 4 + Number(length)) resolve(bytes)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
  const stop = new AbortController()
  const sent = (async () => {
    for (const piece of pieces) {
      if (stop.signal.aborted) return
      if (typeof piece === 'number')
        await sleep(piece, undefined, { signal: stop.signal }).catch(() => undefined)
      else socket.write(piece)
    }
  })()
  const bytes = await said
  stop.abort()
  await sent
  socket.destroy()
  return bytes
}
