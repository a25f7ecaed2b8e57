/** What becomes of a batch follows from what the recipient answers: nothing is lost by mistake. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { NotTaken } from './forwarded.ts'
import { post } from './post.ts'

describe('a recipient', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  async function told(
    status: number | 'silence' | 'cut',
    headers: Readonly<Record<string, string>> = {},
    signal = new AbortController().signal
  ): Promise<Pick<NotTaken, 'because' | 'says' | 'retryAfterMs'> | undefined> {
    server = createServer((request, response) => {
      request.resume()
      if (status === 'cut') request.socket.destroy()
      else if (status !== 'silence') response.writeHead(status, headers).end('secret words')
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', () => resolve()))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const posting = { headers: {}, body: '{}' }
    try {
      await post({ fetch: globalThis.fetch }, url, posting, signal)
      return undefined
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error
      const { because, says, retryAfterMs } = error
      return { because, says, retryAfterMs }
    }
  }

  it.each([200, 202, 204])('that answers %d has taken it', async (status) => {
    expect(await told(status)).toBeUndefined()
  })

  it.each([400, 413, 415, 422])('that answers %d never takes it as it is', async (status) => {
    expect(await told(status)).toMatchObject({ because: 'content', says: `answers ${status}` })
  })

  it.each([301, 401, 403, 404, 408, 410, 429, 500, 502, 503])(
    'that answers %d is asked again, and nothing is passed over',
    async (status) => {
      expect(await told(status)).toMatchObject({ because: 'later' })
    }
  )

  it('that hangs up in the middle is asked again', async () => {
    expect(await told('cut')).toMatchObject({ because: 'later', says: 'can’t be reached' })
  })

  it('is heeded when it says when to come again, within an hour', async () => {
    const after = async (seconds: string): Promise<number | undefined> =>
      (await told(503, { 'retry-after': seconds }))?.retryAfterMs
    expect(await after('120')).toBe(120_000)
    expect(await after('999999')).toBe(3_600_000)
    expect(await after('soon')).toBeUndefined()
  })

  it('that says nothing is left when the server stops, and what it would say is never repeated', async () => {
    const closing = new AbortController()
    const waiting = told('silence', {}, closing.signal)
    setTimeout(() => closing.abort(), 50)
    expect(await waiting).toMatchObject({ because: 'later', says: 'can’t be reached' })
    expect(JSON.stringify(await told(500))).not.toContain('secret')
  })
})
