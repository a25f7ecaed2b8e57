/**
 * Which names a program asks for: a name server for the closed network, which answers each with a
 * loopback address of its own.
 */
import { createSocket } from 'node:dgram'

export interface NameServer {
  /** Names asked for since the last call. */
  readonly takeNames: () => string[]
  /** The name behind an address that this server gave out. */
  readonly nameOf: (address: string) => string | undefined
  readonly close: () => Promise<void>
}

const header = 12

export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket('udp4')
  let asked: string[] = []
  const addresses = new Map<string, string>()
  const addressOf = (name: string): string => {
    for (const [address, known] of addresses) if (known === name) return address
    // 127.99/16 is nobody's: a connection to it tells which name it was for. A program that asks
    // for more names than this is known by then.
    const address = `127.99.${(addresses.size >> 8) & 0xff}.${addresses.size & 0xff}`
    addresses.set(address, name)
    return address
  }
  socket.on('message', (message, { address, port }) => {
    const question = readQuestion(message)
    if (question === undefined) return
    asked.push(question.name)
    socket.send(answer(message, question, addressOf(question.name)), port, address)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(53, '127.0.0.1', resolve)
  })
  return {
    takeNames: () => {
      const names = [...new Set(asked)]
      asked = []
      return names
    },
    nameOf: (address) => addresses.get(address),
    close: () => new Promise((resolve) => socket.close(resolve))
  }
}

export interface Question {
  readonly name: string
  /** 1 is A, 28 is AAAA. */
  readonly type: number
  /** Where the question ends. */
  readonly end: number
}

/** The first question of a DNS message; undefined for what is none. */
export function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = []
  let at = header
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63) return undefined
    if (length === 0) break
    if (at + 1 + length > message.length) return undefined
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  if (labels.length === 0 || at + 5 > message.length) return undefined
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function answer(message: Buffer, { type, end }: Question, address: string): Buffer {
  const head = Buffer.from(message.subarray(0, header))
  head.writeUInt16BE(0x8180, 2)
  const hasAnswer = type === 1
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(hasAnswer ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const record = Buffer.from([
    0xc0,
    header,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    4,
    ...address.split('.').map(Number)
  ])
  return Buffer.concat([head, message.subarray(header, end), ...(hasAnswer ? [record] : [])])
}
