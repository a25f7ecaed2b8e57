/**
 * A deletion is durable before it is answered, and its answer tells nothing about what was found.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandorError } from '../../errors.ts'
import type { Answer } from '../protocol.ts'
import { createDeletions, type DeletionRequest, type DeletionRoute } from './deletions.ts'

const key = 'pWq3yZ0rT8vKx1nB5mC7dL9sF2gH4jUaEiOoQzXcVbN'
const productOf = (name: string): { retired: boolean } | undefined =>
  name === 'acme' || name === 'gone' ? { retired: name === 'gone' } : undefined

function recording(): { route: DeletionRoute; asked: DeletionRequest[] } {
  const asked: DeletionRequest[] = []
  return {
    asked,
    route: createDeletions({
      productOf,
      requestDeletion: async (request) => void asked.push(request)
    })
  }
}

function ask(
  route: DeletionRoute,
  body: Buffer | string,
  headers: Record<string, string> = {},
  mayAsk: (keys: number) => boolean = () => true
): Promise<Answer> {
  return route.handle(
    { path: route.path, query: '', headers, body: Buffer.from(body), receivedAt: 0 },
    mayAsk
  )
}

describe('a deletion', () => {
  it('is asked for by the hashes that reports carried, each once, and acknowledged', async () => {
    const { route, asked } = recording()
    const bytes = readFileSync(new URL('fixtures/deletion.http', import.meta.url))
    const answer = await ask(route, bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))
    expect(answer).toEqual({
      status: 202,
      headers: { 'Content-Type': 'application/json' },
      body: '{"accepted":true,"erasedWithinHours":72}'
    })
    expect(asked).toEqual([{ product: 'acme', keys: [key, 'A'.repeat(43)] }])
  })
  it('is put off where its network has asked for too many, and not remembered', async () => {
    const { route, asked } = recording()
    const body = JSON.stringify({ product: 'acme', keys: [key, key, 'A'.repeat(43)] })
    const wanted: number[] = []
    const answer = await ask(route, body, {}, (keys) => wanted.push(keys) === 0)
    expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': expect.anything() } })
    expect(wanted).toEqual([2])
    expect(asked).toEqual([])
  })
  it('is still owed by a retired product', async () => {
    const { route, asked } = recording()
    expect(await ask(route, JSON.stringify({ product: 'gone', keys: [key] }))).toMatchObject({
      status: 202
    })
    expect(asked).toHaveLength(1)
  })
  it('is not acknowledged before it is durable', async () => {
    const route = createDeletions({
      productOf,
      requestDeletion: () =>
        Promise.reject(new CandorError('INBOX_DISK_LOW', 'Too little space is left.'))
    })
    const answer = await ask(route, JSON.stringify({ product: 'acme', keys: [key] }))
    expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '60' } })
    expect(answer.body).toContain('OVERLOADED')
  })
  it('does not hide a mistake of ours', async () => {
    const route = createDeletions({
      productOf,
      requestDeletion: () => Promise.reject(new TypeError('ours'))
    })
    await expect(ask(route, JSON.stringify({ product: 'acme', keys: [key] }))).rejects.toThrow(
      'ours'
    )
  })
  it.each<[number, string, unknown]>([
    [404, 'PRODUCT_UNKNOWN', { product: 'nobody', keys: [key] }],
    [400, 'REQUEST_MALFORMED', { keys: [key] }],
    [400, 'REQUEST_MALFORMED', { product: 'acme' }],
    [400, 'REQUEST_MALFORMED', { product: 'acme', keys: [] }],
    [400, 'REQUEST_MALFORMED', { product: 'acme', keys: [key, 'short'] }],
    [400, 'REQUEST_MALFORMED', { product: 'acme', keys: [key, null] }],
    [413, 'TOO_MANY_KEYS', { product: 'acme', keys: Array.from({ length: 101 }, () => key) }],
    [400, 'BODY_NOT_JSON', []]
  ])(
    'that is malformed is refused with %i %s, and nothing is asked for',
    async (status, code, body) => {
      const { route, asked } = recording()
      const answer = await ask(route, JSON.stringify(body))
      expect(answer.status).toBe(status)
      expect(JSON.parse(String(answer.body))).toMatchObject({ code })
      expect(answer.body).not.toContain(key)
      expect(asked).toEqual([])
    }
  )
  it('no body makes it throw or answer 5xx', async () => {
    const { route } = recording()
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.jsonValue().map((value) => JSON.stringify({ product: 'acme', keys: value })),
      fc.array(fc.jsonValue()).map((keys) => JSON.stringify({ product: 'acme', keys }))
    )
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        expect((await ask(route, bytes)).status).toBeLessThan(500)
      })
    )
  })
})
