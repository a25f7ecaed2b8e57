import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { createHttpServer } from './server.ts'

it('is told to whoever works for an asker that the asker has closed its side', async () => {
  let told: () => void = () => undefined
  const left = new Promise<void>((resolve) => (told = resolve))
  let asked: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const ok = { status: 200, headers: {}, body: '' }
  const server = createHttpServer({
    routes: [
      {
        method: 'GET',
        path: '/',
        bodyBytesMax: 0,
        async handle(_request, exchange) {
          exchange.onLeft(told)
          asked()
          await left
          return ok
        },
        refused: () => ok
      }
    ],
    clock: systemEffects.clock
  })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await isAsked
  socket.end()
  await expect(left).resolves.toBeUndefined()
  await server.close({ deadlineMs: 100 })
})
