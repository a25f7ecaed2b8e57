/** Networks that do not answer, each in its own way, on this machine alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

export interface Network {
  readonly name: 'hanging' | 'refused' | 'black-holed'
  readonly url: string
  close(): void
}

/** Takes every connection and never says a word. */
async function hanging(): Promise<Network> {
  const held = new Set<Socket>()
  const server = createServer((socket) => {
    held.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    name: 'hanging',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of held) socket.destroy()
      server.close()
    }
  }
}

/** A port that was just given back. */
async function refused(): Promise<Network> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { name: 'refused', url: `http://127.0.0.1:${port}`, close() {} }
}

/**
 * A listener that has stopped looking, with its queue full: the kernel drops whatever else wants to
 * connect.
 */
async function blackHoled(): Promise<Network> {
  const text = `const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(String(server.address().port), () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(chunk.toString())
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await new Promise((resolve) => setTimeout(resolve, 200))
  return {
    name: 'black-holed',
    url: `http://127.0.0.1:${port}`,
    close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
    }
  }
}

export async function openNetworks(): Promise<readonly Network[]> {
  return [await refused(), await hanging(), await blackHoled()]
}
