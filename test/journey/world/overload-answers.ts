/**
 * What each client is told when nothing can be kept, in words that it can bear: the same for a full
 * disk as for a full inbox.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { lintAnswer, readAsClient } from '../../../server/src/products/timescaledb/answer-parser.ts'
import { eventually, root } from './candor-server.ts'
import { nativeReport } from './clients.ts'
import { sendRaw, type RawAnswer } from './raw-request.ts'

interface Client {
  readonly name: string
  readonly request: () => Buffer | string
  /** Judges the answer to a request that could not be kept. */
  readonly overloaded: (answer: RawAnswer) => void
}

function recorded(product: string, name: string): Buffer {
  return readFileSync(join(root, 'server', 'src', 'products', product, 'fixtures', `${name}.http`))
}

function post(path: string, body: object, headers: readonly string[] = []): string {
  const text = JSON.stringify(body)
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${text.length}`,
    ...headers
  ]
  return `${head.join('\r\n')}\r\n\r\n${text}`
}

function header({ headers }: RawAnswer, name: string): string | undefined {
  return headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]
}

function isDropped(answer: RawAnswer): void {
  expect(answer).toMatchObject({ status: 204, body: '' })
  expect(header(answer, 'Candor-Dropped')).toBe('overload')
  expect(header(answer, 'Retry-After')).toBeUndefined()
}

function isUnavailable(retryAfter: string | undefined, status = 503): (answer: RawAnswer) => void {
  return (answer) => {
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'OVERLOADED',
      message: expect.any(String)
    })
    expect(header(answer, 'Retry-After')).toBe(retryAfter)
  }
}

const event = { anonymousId: 'x', event: 'engine_stopped', properties: {} }
const keyOf = (product: string): string =>
  `Authorization: Basic ${Buffer.from(`${product}:`).toString('base64')}`

const clients: readonly Client[] = [
  {
    name: 'TimescaleDB',
    request: () => recorded('timescaledb', 'capture-2.22.1'),
    overloaded: ({ bytes }) => {
      expect(lintAnswer(bytes)).toEqual([])
      expect(readAsClient(bytes)).toEqual({ is: 'unexpected-status', status: 503 })
    }
  },
  {
    name: 'DBLab',
    request: () => recorded('dblab', 'capture-4.2-alert'),
    overloaded: (answer) => {
      expect(answer.status).toBe(503)
      expect(header(answer, 'Retry-After')).toBeUndefined()
      const error = JSON.parse(answer.body) as Readonly<Record<string, unknown>>
      expect(Object.keys(error).sort()).toEqual(['code', 'details', 'hint', 'message'])
      for (const text of Object.values(error)) expect(text).toBeTypeOf('string')
    }
  },
  {
    name: 'dlt',
    request: () => recorded('dlt', 'capture-1.26.0-command-init'),
    overloaded: isDropped
  },
  {
    name: 'dlt by its write key',
    request: () => post('/v1/track', { ...event, event: 'command_init' }, [keyOf('dlt')]),
    overloaded: isDropped
  },
  {
    name: 'ReadySet',
    request: () => recorded('readyset', 'golden-schema'),
    overloaded: isUnavailable(undefined)
  },
  {
    name: 'Segment',
    request: () => post('/v1/track', event, [keyOf('dblab')]),
    overloaded: isUnavailable('30', 429)
  },
  {
    name: 'native',
    request: () => post('/v1/reports', nativeReport({ at: Date.now(), level: 'pipelines' })),
    overloaded: isUnavailable('60')
  }
]

/** Nothing is kept now, but what was kept may still be taken back. */
export async function expectOverloadAnswers(port: number): Promise<void> {
  for (const { name, request, overloaded } of clients) {
    const answer = await sendRaw(port, request())
    try {
      overloaded(answer)
    } catch (cause) {
      throw new Error(`${name} was answered ${answer.bytes.toString('latin1')}`, { cause })
    }
  }
  expect(
    (await sendRaw(port, post('/v1/deletions', { product: 'dlt', keys: ['k'.repeat(43)] }))).status
  ).toBe(202)
}

/** Until each is told that what it sends is kept. */
export async function expectAllKept(port: number): Promise<void> {
  for (const { name, request } of clients) {
    const { status, headers } = await eventually(
      () => sendRaw(port, request()),
      (answer) => answer.status < 300 && header(answer, 'Candor-Dropped') === undefined
    )
    expect(
      { status, dropped: headers.find(([known]) => known === 'Candor-Dropped') },
      name
    ).toEqual({
      status: name === 'dlt' ? 204 : 200,
      dropped: undefined
    })
  }
}
