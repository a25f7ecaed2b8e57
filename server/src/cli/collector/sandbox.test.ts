import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testTerminal } from '../program.test-support.ts'
import { createProgram } from '../program.ts'

const report = {
  candor: 1,
  product: 'acme',
  report: '9c0cf4a4-1d46-4a4e-9a7c-5f0f5bb0a3f1',
  runs: [{ session: 's', records: [{ seq: 3, name: 'opened', fields: { text: 'a\u009bb' } }] }]
}

describe('candor sandbox', () => {
  let printed: string
  let said: string
  let ending: AbortController
  beforeEach(() => {
    printed = ''
    said = ''
    ending = new AbortController()
  })
  afterEach(() => ending.abort())

  async function start(
    ...words: readonly string[]
  ): Promise<{ readonly url: string; readonly ended: Promise<unknown> }> {
    let listens = (): void => {}
    const listening = new Promise<void>((resolve) => (listens = resolve))
    const program = await createProgram(
      testTerminal({
        out: (text) => void (printed += text),
        error(text) {
          said += text
          if (said.includes('listens on')) listens()
        },
        signal: ending.signal
      }),
      ['sandbox']
    )
    for (const command of [program, ...program.commands]) command.exitOverride()
    const ended = program.parseAsync(['node', 'candor', 'sandbox', '--port', '0', ...words])
    await Promise.race([listening, ended])
    return { url: /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '', ended }
  }

  const post = (url: string, body: unknown = report): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(2_000)
    })

  it.each([
    ['good/v1/reports', 200, { accepted: 1, dropped: [], next: { afterSeconds: 86_400 } }],
    [
      'dropped/v1/reports',
      200,
      {
        accepted: 0,
        dropped: [{ run: 0, seq: 3, code: 'EVENT_NOT_IN_CONTRACT' }],
        next: { afterSeconds: 86_400 }
      }
    ],
    ['503/v1/reports', 503, { code: 'OVERLOADED', message: 'Nothing can be kept right now.' }],
    ['429/v1/reports', 429, { code: 'OVERLOADED', message: 'Too many.' }],
    ['400/v1/reports', 400, { code: 'REQUEST_MALFORMED', message: 'Not so.' }],
    ['413/v1/reports', 413, { code: 'BODY_TOO_LARGE', message: 'Too large.' }],
    ['410/v1/reports', 410, { candor: 1, product: 'acme', retired: true }],
    ['redirect/v1/reports', 308, {}],
    ['good/v1/deletions', 202, { accepted: true, erasedWithinHours: 72 }]
  ])('answers /%s with %i', async (path, status, body) => {
    const { url } = await start()
    const answer = await post(`${url}/${path}`)
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status, body })
  })

  it('answers a track call in Segment’s words, and a page where a hotel would', async () => {
    const { url } = await start()
    expect(
      await (await post(`${url}/good/v1/track`, { event: 'opened', anonymousId: 'a' })).json()
    ).toEqual({ success: true })
    expect(await (await post(`${url}/portal/v1/reports`)).text()).toContain('<title>')
    expect(
      (await post(`${url}/dropped/v1/track`, { event: 'opened' })).headers.get('candor-dropped')
    ).toBe('contract')
  })

  it('cuts one connection and never answers another', async () => {
    const { url } = await start()
    await expect(post(`${url}/reset/v1/reports`)).rejects.toThrow('fetch failed')
    const hanging = fetch(`${url}/hang/v1/reports`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(300)
    })
    await expect(hanging).rejects.toThrow()
    expect(printed).toContain('POST /hang/v1/reports, 2 bytes → nothing')
  })

  it('prints what arrives for people, without moving their cursor', async () => {
    const { url } = await start()
    await post(`${url}/good/v1/reports`)
    expect(printed).toMatch(
      /^POST \/good\/v1\/reports, \d+ bytes → 200\n {2}\{\n {4}"candor": 1,\n/
    )
    expect(printed).toContain('a·b')
  })

  it('prints a line of JSON for each, and ends after as many as were asked for', async () => {
    const { url, ended } = await start('--format', 'json', '--limit', '2')
    await (await post(`${url}/good/v1/reports`)).text()
    await (await post(`${url}/503/v1/reports`)).text()
    await ended
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ method, path, answered }) => [method, path, answered])).toEqual([
      ['POST', '/good/v1/reports', '200'],
      ['POST', '/503/v1/reports', '503']
    ])
    expect(JSON.parse(String(lines[0]?.['body']))).toEqual(report)
  })

  it('lists its addresses for who asks for another, and in its help', async () => {
    const { url } = await start()
    expect(await (await post(`${url}/nice`)).json()).toMatchObject({
      message: expect.stringContaining('/good')
    })
    expect(said).toContain('/portal')
  })

  it('ends when it is told to', async () => {
    const { ended } = await start()
    ending.abort()
    await ended
  })

  it('says so when its port is taken', async () => {
    const { url } = await start()
    await expect(start('--port', new URL(url).port)).rejects.toMatchObject({
      code: 'LISTEN_FAILED'
    })
  })
})
