/**
 * The floor: a bare node:http server that reads a body and parses it as JSON, and does nothing
 * else.
 */
import { createServer } from 'node:http'

const answer = '{"success":true}'
const headers = { 'Content-Type': 'application/json', 'Content-Length': String(answer.length) }

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(
      (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')
    )
    response.writeHead(200, headers)
    response.end(answer)
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('listening'))
process.on('disconnect', () => process.exit(0))
