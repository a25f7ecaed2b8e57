import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readServerFile, writeServerFile } from '../../api/server-file.ts'
import { systemEffects, systemNetwork, type Network } from '../../effects.ts'
import { connect, type ApiClient } from './connect.ts'

interface Call {
  readonly url: string
  readonly authorization: string | undefined
  readonly body: unknown
}

describe('the command line’s client', () => {
  let folder: string
  let calls: Call[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-connect-'))
    calls = []
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function client(options: {
    readonly url?: string
    readonly token?: string
    readonly answer?: () => Promise<Response>
  }): Promise<ApiClient> {
    const { url, token, answer = () => Promise.resolve(Response.json({ rows: [] })) } = options
    const network: Network = {
      ...systemNetwork,
      fetch(request, init) {
        const headers = new Headers(init?.headers)
        calls.push({
          url: String(request),
          authorization: headers.get('authorization') ?? undefined,
          body: init?.body
        })
        return answer()
      }
    }
    const signal = new AbortController().signal
    return connect({ dataFolder: folder, url, token, effects: systemEffects, network, signal })
  }

  it('finds the server of its data folder, and no other user can read how', async () => {
    const remove = await writeServerFile(
      folder,
      { url: 'http://127.0.0.1:4701', token: 'secret', ingest: 'http://127.0.0.1:4700' },
      systemEffects
    )
    await (await client({})).get('/api/v1/questions/events', { product: 'dlt', by: undefined })
    expect(calls).toEqual([
      {
        url: 'http://127.0.0.1:4701/api/v1/questions/events?product=dlt',
        authorization: 'Bearer secret',
        body: undefined
      }
    ])
    expect((await systemEffects.files.stat(join(folder, 'server.json'))).mode & 0o777).toBe(0o600)
    await remove()
    expect(await readServerFile(folder, systemEffects)).toBeUndefined()
  })

  it('goes where CANDOR_URL and CANDOR_TOKEN say, whatever lies in the folder', async () => {
    await writeServerFile(
      folder,
      { url: 'http://127.0.0.1:4701', token: 'secret', ingest: 'http://127.0.0.1:4700' },
      systemEffects
    )
    await (
      await client({ url: 'https://candor.internal/', token: 'mine' })
    ).post('/api/v1/query', { sql: 'SELECT 1' })
    expect(calls).toEqual([
      {
        url: 'https://candor.internal/api/v1/query',
        authorization: 'Bearer mine',
        body: '{"sql":"SELECT 1"}'
      }
    ])
  })

  it.each([
    ['https://collector.example', 'not this machine'],
    ['http://127.0.0.1@collector.example', 'not this machine'],
    ['http://203.0.113.7:4701', 'not this machine'],
    ['file:///etc/passwd', 'not this machine']
  ])('sends no token to where a file from elsewhere points (%s)', async (url, says) => {
    await writeServerFile(folder, { url, token: 'theirs', ingest: url }, systemEffects)
    for (const token of ['mine', undefined])
      await expect(client(token === undefined ? {} : { token })).rejects.toMatchObject({
        code: 'SERVER_UNREACHABLE',
        message: expect.stringContaining(says)
      })
    expect(calls).toEqual([])
  })

  it('does not believe a file that others can write, and sends no server’s token to another', async () => {
    const address = { url: 'http://127.0.0.1:4701', token: 'secret', ingest: '' }
    await writeServerFile(folder, address, systemEffects)
    await expect(client({ url: 'http://candor.internal' })).rejects.toMatchObject({
      message: expect.stringContaining('another one')
    })
    await systemEffects.files.chmod(join(folder, 'server.json'), 0o666)
    await expect(client({ token: 'mine' })).rejects.toMatchObject({
      message: expect.stringContaining('chmod 600')
    })
    expect(calls).toEqual([])
  })

  it('says what is missing when there is no server to be found', async () => {
    await expect(client({})).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining(folder)
    })
    await expect(client({ url: 'http://a' })).rejects.toMatchObject({
      message: expect.stringContaining('CANDOR_TOKEN is not')
    })
    await expect(client({ url: 'a', token: 'b' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('hands on what the server says is wrong, and says so when nothing answers', async () => {
    const refusing = await client({
      url: 'http://a',
      token: 'b',
      answer: () =>
        Promise.resolve(Response.json({ code: 'QUERY_REFUSED', message: 'No.' }, { status: 400 }))
    })
    await expect(refusing.get('/x')).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: 'No.'
    })
    const silent = await client({
      url: 'http://a',
      token: 'b',
      answer: () => Promise.reject(new TypeError('fetch failed'))
    })
    await expect(silent.get('/x')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
    const foreign = await client({
      url: 'http://a',
      token: 'b',
      answer: () => Promise.resolve(new Response('<html>', { status: 502 }))
    })
    await expect(foreign.get('/x')).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: 'The server answered 502.'
    })
  })

  it('reads lines whole, however their bytes are cut', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}\n{"b":2}\n')
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      }
    })
    const api = await client({
      url: 'http://a',
      token: 'b',
      answer: () => Promise.resolve(new Response(body))
    })
    const lines: string[] = []
    for await (const line of api.lines('/api/v1/tail', {}, new AbortController().signal))
      lines.push(line)
    expect(lines).toEqual(['{"a":"é"}', '{"b":2}'])
  })

  it('says that the connection broke off when it did, in place of a stack trace', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new TypeError('terminated'))
    })
    const api = await client({
      url: 'http://a',
      token: 'b',
      answer: () => Promise.resolve(new Response(body))
    })
    const lines = api.lines('/api/v1/tail', {}, new AbortController().signal)
    const next = lines[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('http://a') as string
    })
  })
})
