import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { PostHog } from 'posthog-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects, type Clock, type Effects } from '../../effects.ts'
import { runProgram, testTerminal } from '../program.test-support.ts'
import type { ShadowCounts } from './counts.ts'

const contract = `
candor: 1
product: acme
title: acme
purpose: What is used.
contact: https://example.org/acme
location: EU
recipients: [{ name: us, where: EU, for: deciding }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-in, levels: { basic: all } }
identity: { kind: persistent, random: true, says: a random id }
environment: [os]
controls: [{ variable: ACME_TELEMETRY, off: "off", scope: run }]
questions: { usage: What is used? }
events:
  command_run:
    when: A command ended.
    level: basic
    since: 1.0.0
    owner: us
    expires: 2099-01-01
    serves: [usage]
    aliases: [Command Run]
    fields:
      command: { type: enum, values: [build, test], other: collapse, says: its name }
      success: { type: boolean, says: whether it ended well }
      elapsed: { type: duration, unit: ms, says: how long it took }
      started: { type: timestamp, says: when it began }
      pool:
        type: object
        says: its pool
        fields: { size: { type: integer, says: how many, unit: workers } }
      edition: { type: enum, values: [pro], from: context.edition, says: which edition }
      repo: { sdk: never, collector: drops, because: a user chose it }
  never_sent:
    when: Never.
    level: basic
    since: 1.0.0
    owner: us
    expires: 2099-01-01
    serves: [usage]
    fields: { ok: { type: boolean, says: whether } }
`

interface Passed {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** Whoever receives it today, or a collector: it keeps what it was sent. */
class Upstream {
  readonly passed: Passed[] = []
  answer = (response: ServerResponse): unknown =>
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'X-Theirs': 'yes' })
      .end('{"success":true}')
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method = '', url = '', headers, rawHeaders } = request
        this.passed.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks) })
        this.answer(response)
      })
    })
  }

  static async open(): Promise<Upstream> {
    const upstream = new Upstream()
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve))
    return upstream
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let folder: string
let upstream: Upstream
const ends: (() => Promise<void>)[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-shadow-'))
  writeFileSync(join(folder, 'contract.yaml'), contract)
  upstream = await Upstream.open()
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

interface RunningShadow {
  readonly url: string
  readonly said: () => string
  /** Ends it as Ctrl-C does, and says what it printed. */
  readonly end: () => Promise<string>
}

function shadow(...words: readonly string[]): Promise<RunningShadow> {
  return shadowWith(systemEffects, ...words)
}

async function shadowWith(effects: Effects, ...words: readonly string[]): Promise<RunningShadow> {
  const ending = new AbortController()
  let [printed, said] = ['', '']
  let listens = (): void => undefined
  const listening = new Promise<void>((resolve) => (listens = resolve))
  const terminal = testTerminal({
    effects,
    folder,
    signal: ending.signal,
    width: 200,
    out: (text) => void (printed += text),
    error(text) {
      said += text
      if (said.includes('listens on')) listens()
    }
  })
  const ended = runProgram(terminal, [
    'shadow',
    '--contract',
    'contract.yaml',
    '--port',
    '0',
    '--forward',
    upstream.url,
    ...words
  ])
  await Promise.race([listening, ended])
  const end = async (): Promise<string> => {
    ending.abort()
    await ended
    return printed
  }
  ends.push(async () => void (await end()))
  return { url: /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '', said: () => said, end }
}

async function counted(running: RunningShadow, from = 'segment'): Promise<ShadowCounts> {
  await running.end()
  return JSON.parse(readFileSync(join(folder, `shadow-acme-${from}.json`), 'utf8')) as ShadowCounts
}

const event = (more: object = {}): object => ({
  type: 'track',
  event: 'Command Run',
  anonymousId: 'machine-1',
  userId: 'jane@example.org',
  context: { app: { version: '1.2.3' }, ip: '192.0.2.7', edition: 'pro', theme: 'dark' },
  properties: {
    command: 'deploy-secret',
    success: 'maybe',
    elapsed: 1_500,
    started: '2026-11-20T12:00:00+01:00',
    pool: { size: 3 },
    repo: 'secret-repo',
    hostname: 'db1.internal',
    'jane@example.org': 1
  },
  ...more
})

const post = (
  url: string,
  body: unknown,
  headers: Record<string, string> = {}
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  })

describe('candor shadow', () => {
  it('counts in a file that no other shadow counts in, and takes one that a dead one left', async () => {
    const counts = join(folder, 'shadow-acme-segment.json')
    writeFileSync(`${counts}.lock`, JSON.stringify({ pid: 1, host: hostname(), born: 'long ago' }))
    const first = await shadow('--from', 'segment')
    await post(`${first.url}/v1/track`, event())
    await expect(shadow('--from', 'segment')).rejects.toThrow(
      /Another shadow counts in .*shadow-acme-segment\.json \(process \d+ on .*--counts/
    )
    const beside = await shadow('--from', 'segment', '--counts', 'other.json')
    await beside.end()
    expect((await counted(first)).requests.passed).toBe(1)
    expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toEqual([])
    await (await shadow('--from', 'segment')).end()
  })

  it('waits for as long as anything moves, and gives up once nothing does', async () => {
    const waits: (() => void)[] = []
    const clock: Clock = {
      ...systemEffects.clock,
      after(delayMs, call) {
        if (delayMs !== 60_000) return systemEffects.clock.after(delayMs, call)
        waits.push(call)
        return () => void waits.splice(waits.indexOf(call), 1)
      }
    }
    upstream.answer = (response) => {
      response.writeHead(200).write('begun ')
    }
    const running = await shadowWith({ ...systemEffects, clock }, '--from', 'segment')
    const answer = await post(`${running.url}/v1/track`, event())
    const reader = answer.body?.getReader()
    await reader?.read()
    // One wait at a time, begun anew by whatever moved.
    expect(waits).toHaveLength(1)
    waits[0]?.()
    await expect(reader?.read()).rejects.toThrow()
    expect((await counted(running)).requests.unanswered).toBe(1)
  })

  it('passes a request on byte for byte, and gives back the answer as it came', async () => {
    const { url } = await shadow('--from', 'segment')
    const body = gzipSync(JSON.stringify({ batch: [event()] }))
    const answer = await post(`${url}//v1/batch/?a=%20b`, body, {
      'Content-Encoding': 'gzip',
      Authorization: 'Basic a2V5Og==',
      'X-Own': 'as it is'
    })
    expect([answer.status, answer.headers.get('x-theirs'), await answer.text()]).toEqual([
      200,
      'yes',
      '{"success":true}'
    ])
    const [passed] = upstream.passed
    expect([passed?.method, passed?.url]).toEqual(['POST', '//v1/batch/?a=%20b'])
    expect(passed?.body.equals(body)).toBe(true)
    expect(passed?.headers).toMatchObject({
      host: new URL(upstream.url).host,
      'content-encoding': 'gzip',
      authorization: 'Basic a2V5Og==',
      'x-own': 'as it is'
    })
  })

  it('says of each field what the contract would keep, reduce and drop, and why', async () => {
    const running = await shadow('--from', 'segment')
    await post(`${running.url}/v1/batch`, { batch: [event(), event({ event: 'Signed Up' })] })
    const { events, around } = await counted(running)
    expect(Object.keys(events)).toEqual(['command_run', 'never_sent', 'Signed Up'])
    expect(events['Signed Up']).toMatchObject({
      dropped: 1,
      because: { RECORD_NOT_IN_CONTRACT: 1 }
    })
    const fates = Object.fromEntries(
      Object.entries(events['command_run']?.fields ?? {}).map(([field, counts]) => [
        field,
        [
          counts.kept === 1 ? 'kept' : counts.reduced === 1 ? 'reduced' : 'dropped',
          ...Object.keys(counts.because)
        ]
      ])
    )
    expect(fates).toEqual({
      command: ['reduced'],
      success: ['dropped', 'FIELD_WRONG_TYPE (string)'],
      elapsed: ['kept'],
      started: ['kept'],
      'pool.size': ['kept'],
      'context.edition': ['kept'],
      repo: ['dropped', 'a user chose it'],
      hostname: ['dropped', 'FIELD_NOT_IN_CONTRACT'],
      'context.theme': ['dropped', 'FIELD_NOT_IN_CONTRACT'],
      '(a name that looks like data)': ['dropped', 'FIELD_NOT_IN_CONTRACT']
    })
    expect(around).toMatchObject({
      anonymousId: { reduced: 2 },
      userId: { dropped: 2, because: { 'no account': 2 } },
      'context.app.version': { kept: 2 }
    })
  })

  it('prints a report that a person reads, with what nobody sent', async () => {
    const running = await shadow('--from', 'segment')
    await post(`${running.url}/v1/track`, event())
    const printed = await running.end()
    expect(printed).toMatch(/│ command_run +│ \(whole event\) +│ +1 │ +0 │ +1 │ +0 │/)
    expect(printed).toContain('1 event: 0 whole, 1 in part, 0 not of acme')
    expect(printed).toContain('Declared, and never sent: never_sent.')
  })

  it('keeps counts alone: nothing that was sent lies in its file or its output', async () => {
    const running = await shadow('--from', 'segment')
    await post(`${running.url}/v1/track`, event())
    const printed = await running.end()
    const file = join(folder, 'shadow-acme-segment.json')
    const all = printed + running.said() + readFileSync(file, 'utf8')
    for (const value of ['machine-1', 'jane@', '192.0.2.7', 'deploy-secret', 'secret-repo', 'dark'])
      expect(all).not.toContain(value)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('goes on counting after a restart, and lays counts of another contract aside', async () => {
    const first = await shadow('--from', 'segment')
    await post(`${first.url}/v1/track`, event())
    const before = await counted(first)
    const second = await shadow('--from', 'segment')
    await post(`${second.url}/v1/track`, event())
    const after = await counted(second)
    expect(after.events['command_run']?.sent).toBe(2)
    expect(after.since).toBe(before.since)
    writeFileSync(join(folder, 'contract.yaml'), contract.replace('[build, test]', '[build]'))
    const third = await shadow('--from', 'segment')
    expect(third.said()).toContain('counting begins anew')
    expect((await counted(third)).events['command_run']?.sent).toBe(0)
    expect(readdirSync(folder).filter((name) => name.includes('.json.'))).toHaveLength(1)
  })

  it('counts what the upstream took, so that nothing that is sent again counts twice', async () => {
    const running = await shadow('--from', 'segment')
    upstream.answer = (response) => response.writeHead(429, { 'Retry-After': '7' }).end()
    const answer = await post(`${running.url}/v1/track`, event())
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
    const { requests, events } = await counted(running)
    expect(requests).toMatchObject({ refused: 1, passed: 0 })
    expect(events['command_run']?.sent).toBe(0)
  })

  it('answers 502 where nobody is reached or an answer breaks off, and goes on', async () => {
    const running = await shadow('--from', 'segment')
    upstream.answer = (response) => response.socket?.destroy()
    expect((await post(`${running.url}/v1/track`, event())).status).toBe(502)
    upstream.answer = (response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half')
      setImmediate(() => response.socket?.destroy())
    }
    await expect(
      post(`${running.url}/v1/track`, event()).then((answer) => answer.text())
    ).rejects.toThrow()
    const { requests } = await counted(running)
    expect(requests).toMatchObject({ passed: 0 })
  })

  it('passes on whatever it cannot read, and counts that as such', async () => {
    const running = await shadow('--from', 'segment')
    const large = Buffer.alloc(5 * 1_048_576, 'x')
    for (const [path, body] of [
      ['/v1/track', 'no json'],
      ['/v1/track', large],
      ['/v1/projects/key/settings', '{}']
    ] as const)
      expect((await post(`${running.url}${path}`, body)).status).toBe(200)
    expect(upstream.passed.map(({ body }) => body.length)).toEqual([7, large.length, 2])
    const { requests } = await counted(running)
    expect(requests).toMatchObject({ passed: 3, unread: 2, other: 1 })
  })

  it('sends a collector a copy, whose answers and outages nobody hears of', async () => {
    const collector = await Upstream.open()
    ends.push(() => collector.close())
    const running = await shadow('--from', 'segment', '--copy-to', `${collector.url}/in/acme/`)
    expect((await post(`${running.url}/v1/track`, event())).status).toBe(200)
    await expect.poll(() => collector.passed.length).toBe(1)
    const [copy] = collector.passed
    expect([copy?.url, copy?.body.equals(upstream.passed[0]?.body ?? Buffer.alloc(0))]).toEqual([
      '/in/acme/v1/track',
      true
    ])
    collector.answer = (response) => response.socket?.destroy()
    expect((await post(`${running.url}/v1/track`, event())).status).toBe(200)
    await expect.poll(() => collector.passed.length).toBe(2)
    const { requests } = await counted(running)
    expect(requests).toMatchObject({ passed: 2, copied: 1, notCopied: 1 })
  })

  it('counts an export, as lines, as an array, packed, and from standard input', async () => {
    const lines = [
      event(),
      event({ context: {}, properties: JSON.stringify({ success: true }) }),
      7
    ]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    writeFileSync(join(folder, 'lines.ndjson'), `\uFEFF${text}\n\nno json\n`)
    writeFileSync(join(folder, 'array.json'), JSON.stringify(lines, undefined, 2))
    writeFileSync(join(folder, 'lines.ndjson.gz'), gzipSync(text))
    for (const [file, unread] of [
      ['lines.ndjson', 1],
      ['array.json', 0],
      ['lines.ndjson.gz', 0],
      ['-', 0]
    ] as const) {
      let printed = ''
      await runProgram(
        testTerminal({
          folder,
          readInput: () => Promise.resolve(text),
          out: (said) => void (printed += said)
        }),
        ['shadow', file, '--from', 'segment', '--contract', 'contract.yaml', '--format', 'json']
      )
      const { events, requests } = JSON.parse(printed) as ShadowCounts
      expect(events['command_run']).toMatchObject({ sent: 2, whole: 1, part: 1 })
      expect(events['(no event)']).toMatchObject({ dropped: 1 })
      expect(requests.unread).toBe(unread)
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('shadow-'))).toEqual([])
  })

  it('prints what was counted so far while it goes on, and says when that is nothing', async () => {
    const report = async (): Promise<string> => {
      let printed = ''
      await runProgram(testTerminal({ folder, out: (text) => void (printed += text) }), [
        'shadow',
        '--from',
        'segment',
        '--contract',
        'contract.yaml',
        '--report'
      ])
      return printed
    }
    await expect(report()).rejects.toThrow('Nothing was counted yet')
    const running = await shadow('--from', 'segment')
    await post(`${running.url}/v1/track`, event())
    await running.end()
    expect(await report()).toContain('command_run')
  })

  it('does not listen beyond this machine without being told to, nor forward nowhere', async () => {
    await expect(shadow('--from', 'segment', '--host', '0.0.0.0')).rejects.toMatchObject({
      code: 'LISTEN_UNSAFE'
    })
    await expect(shadow('--from', 'segment', '--forward', 'segment')).rejects.toMatchObject({
      code: 'PARAMETER_INVALID'
    })
  })
})

describe('a library that reports through it by one line', () => {
  it('is Segment’s for Node', async () => {
    const running = await shadow('--from', 'segment')
    const analytics = new Analytics({ writeKey: 'theirs', host: running.url })
    for (const command of ['build', 'test'])
      analytics.track({ anonymousId: 'a', event: 'command_run', properties: { command } })
    await analytics.closeAndFlush()
    const { events } = await counted(running)
    expect(events['command_run']).toMatchObject({ sent: 2, whole: 2 })
    expect(upstream.passed[0]?.headers.authorization).toMatch(/^Basic /)
  })

  it('is PostHog’s for Node, whose own events and questions are told apart', async () => {
    upstream.answer = (response) => response.writeHead(200).end('{"status":1}')
    const running = await shadow('--from', 'posthog')
    const posthog = new PostHog('phc_theirs', { host: running.url })
    posthog.capture({ distinctId: 'a', event: 'command_run', properties: { command: 'build' } })
    posthog.identify({ distinctId: 'a', properties: { plan: 'pro' } })
    await posthog.shutdown()
    const { events, around } = await counted(running, 'posthog')
    expect(events['command_run']).toMatchObject({ sent: 1, whole: 1 })
    expect(events['$identify']).toMatchObject({ dropped: 1, because: { 'the library’s own': 1 } })
    expect(around['distinct_id']).toMatchObject({ reduced: 2 })
  })
})
