import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { WireRecord, WireReport } from '../wire.ts'
import {
  answered,
  numbersIn,
  openParts,
  playCollector,
  spool,
  type PartsOptions,
  type PlayedCollector
} from './delivery.test-support.ts'
import {
  attemptFailed,
  attemptSucceeded,
  beginAttempt,
  loadDeliveryState,
  readDeliveryState
} from './delivery-state.ts'
import { isDue } from './due.ts'
import { judgeAnswer } from './judge-answer.ts'
import { waitingBodies } from '../bodies/outbox.ts'
import { readLog } from './sent-log.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

let world: World
let collector: PlayedCollector
beforeEach(() => {
  world = openWorld()
  collector = playCollector()
})
afterEach(() => world.remove())
const open = (given: PartsOptions = {}): ReturnType<typeof openParts> =>
  openParts(world, { transport: collector, ...given })
const bodyOf = (index: number): WireReport =>
  JSON.parse(collector.requests[index]?.body ?? '{}') as WireReport

describe('a body', () => {
  it('joins what one run recorded in several turns, and says of it only what is declared', async () => {
    const parts = open()
    spool(parts, [1, 2])
    spool(parts, [3])
    expect(await parts.delivery.deliver()).toEqual({
      is: 'sent',
      reports: 1,
      records: 3,
      dropped: []
    })
    const body = bodyOf(0)
    expect(body.runs).toHaveLength(1)
    expect(Object.keys(body)).toEqual([
      'candor',
      'product',
      'report',
      'sdk',
      'installation',
      'deletion',
      'runs'
    ])
    expect(collector.requests[0]).toMatchObject({
      url: 'https://collector.example/v1/reports',
      connectMs: 500,
      awaited: false,
      headers: { 'Candor-Sent-At': '2026-11-20T11:00:00.000Z', 'Content-Type': 'application/json' }
    })
  })

  it('never holds two windows or two accounts', async () => {
    const parts = open({
      form: { identity: { kind: 'window', days: 7, account: { from: 'A' }, says: 'a week’s' } }
    })
    spool(parts, [1])
    spool(parts, [2], { account: 'somebody' })
    world.clock += 7 * dayMs
    spool(parts, [3])
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent', reports: 3 })
    const heads = [0, 1, 2].map(bodyOf).map(({ window, account }) => `${window} ${account}`)
    expect(heads.toSorted()).toEqual([
      '2026-W47 somebody',
      '2026-W47 undefined',
      '2026-W48 undefined'
    ])
    expect(new Set([0, 1, 2].map(bodyOf).map(({ installation }) => installation)).size).toBe(2)
  })

  it('keeps every limit of the wire, whatever was recorded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200), fc.nat(30), fc.boolean()), { maxLength: 40 }),
        (runs) => {
          world.remove()
          world = openWorld()
          const parts = open()
          let seq = 0
          for (const [index, [count, width, isOther]] of runs.entries()) {
            const numbers = Array.from({ length: count }, () => (seq += 1))
            spool(parts, numbers, {
              run: { session: isOther ? `session-${index}-${'x'.repeat(width)}` : 'one' }
            })
          }
          expect(parts.delivery.freeze()).toBe(true)
          const bodies = waitingBodies(parts.state).map(({ text }) => text)
          for (const text of bodies) {
            const report = JSON.parse(text) as WireReport
            expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limits.reportBytesMax)
            expect(report.runs.length).toBeLessThanOrEqual(limits.reportRunsMax)
            expect(report.runs.flatMap(({ records }) => records).length).toBeLessThanOrEqual(
              limits.reportRecordsMax
            )
          }
          expect(numbersIn(bodies).toSorted((one, other) => one - other)).toEqual(
            Array.from({ length: seq }, (_, at) => at + 1)
          )
        }
      ),
      { numRuns: 20 }
    )
  })

  it('is what is sent again, byte for byte, by another process and days later', async () => {
    const parts = open()
    spool(parts, [1])
    collector.answers = ['lost', answered(503), { is: 'failed', says: 'no network' }]
    for (let day = 0; day < 4; day += 1) {
      await open().delivery.deliver()
      world.clock += 1
      spool(parts, [day + 2])
      world.clock += 2 * dayMs
    }
    const first = collector.requests.filter(({ body }) => body?.includes(bodyOf(0).report))
    expect(first).toHaveLength(4)
    expect(new Set(first.map(({ body }) => body)).size).toBe(1)
    expect(new Set(first.map(({ headers }) => headers['Candor-Sent-At'])).size).toBe(4)
  })

  it('holds nothing that its user has taken back since it was frozen', async () => {
    const parts = open()
    spool(parts, [1], {
      run: {
        records: [
          {
            seq: 1,
            name: 'pipeline_load',
            at: '2026-11-20T11:00:00.000Z',
            fields: { destination: 'duckdb' }
          }
        ]
      }
    })
    spool(parts, [2], { account: 'so that it is another report' })
    parts.delivery.freeze()
    parts.consent.on({ level: 'basic' })
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent', records: 1 })
    expect(numbersIn(collector.kept.values())).toEqual([2])
  })

  it('goes on with less where its user takes back a part, and the log has both', async () => {
    const parts = open()
    const record = (seq: number, name: string, fields: WireRecord['fields']): WireRecord => ({
      seq,
      name,
      at: '2026-11-20T11:00:00.000Z',
      fields
    })
    const init = record(1, 'command_init', { elapsed: 1 })
    const load = record(2, 'pipeline_load', { destination: 'duckdb' })
    spool(parts, [1], { run: { records: [init, load] } })
    collector.answers = ['lost']
    await parts.delivery.deliver()
    parts.consent.on({ level: 'basic' })
    parts.delivery.freeze()
    const [waits] = waitingBodies(parts.state)
    world.clock += 2 * dayMs
    await parts.delivery.deliver()
    expect(collector.requests.map(({ body }) => body)).toEqual([
      expect.stringContaining('pipeline_load'),
      waits?.text
    ])
    expect([bodyOf(0), bodyOf(1)].map(({ runs }) => runs[0]?.records)).toEqual([
      [init, load],
      [init]
    ])
    expect(bodyOf(1)).toEqual({ ...bodyOf(0), runs: [{ ...bodyOf(0).runs[0], records: [init] }] })
    expect(readLog(parts.state, world.clock).map(({ status, body }) => ({ status, body }))).toEqual(
      [0, 200].map((status, index) => ({ status, body: collector.requests[index]?.body }))
    )
  })

  it('is not made of lines that a crash tore, and says that they are lost, once', async () => {
    const parts = open()
    parts.state.append('spool.jsonl', '{"written":17951957')
    spool(parts, [1], { lost: { invalid_value: 2 } })
    await parts.delivery.deliver()
    expect(bodyOf(0).lost).toEqual({ torn: 1, invalid_value: 2 })
    world.clock += 2 * dayMs
    spool(parts, [2])
    await parts.delivery.deliver()
    expect(bodyOf(1).lost).toBeUndefined()
  })
})

describe('age and number', () => {
  it('what is older than 21 days does not leave any more, spooled or frozen, and is counted', async () => {
    const parts = open()
    spool(parts, [1, 2])
    collector.answers = [answered(503)]
    await parts.delivery.deliver()
    spool(parts, [3])
    world.clock += limits.spoolAgeMsMax + 1
    spool(parts, [4])
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent', records: 1 })
    expect(numbersIn([collector.requests[1]?.body ?? ''])).toEqual([4])
    // The frozen ones are found too old only after the others were frozen, so that the next report
    // tells of them.
    world.clock += 2 * dayMs
    spool(parts, [5])
    await parts.delivery.deliver()
    expect([bodyOf(1).lost, bodyOf(2).lost]).toEqual([{ age: 1 }, { age: 2 }])
  })

  it('of too many bodies the oldest go, and are counted', () => {
    const parts = open()
    for (let index = 0; index <= limits.outboxReportsMax; index += 1) {
      spool(parts, [index], { account: String(index) })
      world.clock += 1
    }
    parts.delivery.freeze()
    expect(waitingBodies(parts.state)).toHaveLength(limits.outboxReportsMax)
    expect(loadDeliveryState(parts).lost).toEqual({ outbox: 1 })
  })

  it('all that waits is a mebibyte, and all that was sent another, however long nobody answers', async () => {
    const parts = open()
    const size = (folder: string): number =>
      parts.state
        .list(folder)
        .reduce((sum, name) => sum + parts.state.sizeOf(`${folder}${folder && '/'}${name}`), 0)
    collector.answers = Array.from({ length: 200 }, () => answered(503))
    let number = 0
    for (let hour = 0; hour < 40; hour += 1) {
      for (let line = 0; line < 60; line += 1) {
        const numbers = Array.from({ length: 60 }, () => (number += 1))
        spool(parts, numbers, { run: { session: `${number} ${'x'.repeat(900)}` } })
      }
      await parts.delivery.deliver({ asked: true })
      world.clock += 3_600_000
      const waiting = size('') + size('outbox')
      expect(waiting).toBeLessThan(1024 * 1024 + 64 * 1024)
      expect(size('log')).toBeLessThan(1024 * 1024 + 64 * 1024)
    }
    const { lost } = loadDeliveryState(parts)
    expect(lost['outbox']).toBeGreaterThan(0)
  })
})

/** How many times its fair share the fullest of these bins has. */
function worstShare(bins: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const bin of bins) counts.set(bin, (counts.get(bin) ?? 0) + 1)
  const width = Math.max(...counts.keys()) - Math.min(...counts.keys()) + 1
  return (Math.max(...counts.values()) * width) / bins.length
}

describe('attempts', () => {
  it('are one a period, which an answer can only lengthen; whoever asks for one does not wait for it', async () => {
    const parts = open()
    const again = async (): Promise<unknown> => {
      spool(parts, [1])
      return (await open().delivery.deliver()).is
    }
    expect(await again()).toBe('sent')
    expect(await again()).toBe('kept')
    expect(isDue(parts.state.read('delivery.json'), world.clock)).toBe(false)
    expect(await parts.delivery.deliver({ asked: true })).toMatchObject({ is: 'sent' })
    collector.answers = [answered(200, { accepted: 1, dropped: [], next: { afterSeconds: 1 } })]
    world.clock += 2 * dayMs
    expect(await again()).toBe('sent')
    world.clock += dayMs / 2
    expect(await again()).toBe('kept')
    collector.answers = [
      answered(200, { accepted: 1, dropped: [], next: { afterSeconds: 7 * 86_400 } })
    ]
    world.clock += dayMs
    expect(await again()).toBe('sent')
    world.clock += 6 * dayMs
    expect(await again()).toBe('kept')
    // Whoever is asked to wait comes up to a half later, each at a moment of its own.
    world.clock += 4.5 * dayMs + 1
    expect(await again()).toBe('sent')
  })

  it('come ever more rarely while they fail, and obey Retry-After, also when somebody asks', async () => {
    const parts = open()
    spool(parts, [1])
    let made = 0
    collector.answers = Array.from({ length: 100 }, () => answered(503))
    // Asked for every five minutes of two days.
    for (let minute = 0; minute < 2 * 24 * 60; minute += 5) {
      const { requests } = collector
      const before = requests.length
      await parts.delivery.deliver({ asked: true })
      made += requests.length - before
      world.clock += 5 * minuteMs
    }
    expect(made).toBeGreaterThan(4)
    expect(made).toBeLessThan(12)
    world.clock += 3 * dayMs
    collector.answers = [answered(429, {}, { 'retry-after': String(5 * 86_400) })]
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept', because: 'refused' })
    world.clock += 4 * dayMs
    expect(await parts.delivery.deliver({ asked: true })).toMatchObject({
      is: 'kept',
      because: 'later'
    })
    world.clock += 3.5 * dayMs
    collector.answers = []
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent' })
    expect(loadDeliveryState(parts).failures).toBe(0)
  })

  it('that are cut off by the end of their program are no failure: however many, the pause stays a minute', async () => {
    const ends: (() => void)[] = []
    const dying = open({
      effects: {
        ...world.effects,
        now: () => world.clock,
        atExit: (call) => (ends.push(call), () => {})
      },
      transport: { ...collector, send: () => new Promise(() => {}) }
    })
    spool(dying, [1])
    for (let time = 0; time < 20; time += 1) {
      void dying.delivery.deliver()
      for (const end of ends.splice(0)) end()
      expect(await open().delivery.deliver()).toMatchObject({ is: 'kept', because: 'later' })
      expect(loadDeliveryState(dying).failures).toBe(0)
      world.clock += 76_000
      expect(isDue(dying.state.read('delivery.json'), world.clock)).toBe(true)
    }
    void dying.delivery.deliver()
    for (const end of ends) end()
    expect(await open().delivery.deliver({ asked: true })).toMatchObject({ is: 'sent', records: 1 })
  })

  it('of a hundred processes at once are one', async () => {
    const parts = open()
    spool(parts, [1])
    const results = await Promise.all(
      Array.from({ length: 100 }, () => open().delivery.deliver({ asked: true }))
    )
    expect(results.filter(({ is }) => is === 'sent')).toHaveLength(1)
    expect(collector.requests).toHaveLength(1)
  })

  it('are not held up by a clock that was fast once', async () => {
    const parts = open()
    for (const ahead of [3_600_000, dayMs, 20 * dayMs, 400 * dayMs]) {
      world.clock += ahead
      spool(parts, [1])
      expect(await parts.delivery.deliver({ asked: true })).toMatchObject({ is: 'sent' })
      world.clock -= ahead
      spool(parts, [2])
      expect(await open().delivery.deliver()).toMatchObject({ is: 'sent' })
      expect(isDue(parts.state.read('delivery.json'), world.clock)).toBe(false)
    }
    fc.assert(fc.property(fc.string(), (any) => void isDue(any, world.clock)))
  })

  it('after an outage never meet in a herd: of 100,000 clients no second sees twice its share', () => {
    const clients = 100_000
    /** Seconds in which they come back, of those that all heard the same at the same moment. */
    const comeBack = (hear: (place: Parameters<typeof attemptFailed>[0]) => number): number[] => {
      const place = { state: open().state, effects: { ...world.effects, randomBytes } }
      return Array.from({ length: clients }, () => Math.floor((hear(place) - world.clock) / 1_000))
    }
    const start = readDeliveryState(undefined)
    const failed = (retryAfterMs: number) => (place: Parameters<typeof attemptFailed>[0]) =>
      attemptFailed(place, beginAttempt(place, start), retryAfterMs).notBefore
    for (const [what, seconds] of [
      ['nobody answered', comeBack(failed(0))],
      ['Retry-After: 5', comeBack(failed(5_000))],
      ['Retry-After: 120', comeBack(failed(120_000))],
      ['Retry-After: 3600', comeBack(failed(3_600_000))]
    ] as const)
      expect([what, worstShare(seconds) < 2]).toEqual([what, true])
    // Of a day there are more seconds than clients: minutes tell as much.
    const succeeded = comeBack(
      (place) => attemptSucceeded(place, start, { periodMs: dayMs, afterSeconds: 86_400 }).next
    ).map((second) => Math.floor(second / 60))
    expect(worstShare(succeeded)).toBeLessThan(2)
    expect(Math.max(...succeeded) - Math.min(...succeeded)).toBeGreaterThan(11 * 60)
  })

  it('are not made while a state file that a wrong clock wrote lies in the future, but for a moment', () => {
    const text = (at: number): string => JSON.stringify({ notBefore: at, next: at, mutedUntil: at })
    expect(isDue(text(world.clock + dayMs), world.clock)).toBe(false)
    expect(isDue(text(world.clock + 400 * dayMs), world.clock)).toBe(true)
    fc.assert(fc.property(fc.string(), (any) => void isDue(any, world.clock)))
  })
})

describe('an answer', () => {
  it.each([
    [400, 'REQUEST_MALFORMED'],
    [404, 'PRODUCT_UNKNOWN'],
    [413, 'TOO_MANY_RECORDS'],
    [415, 'ENCODING_UNSUPPORTED']
  ])(
    'of %i in the words of a collector is final: the body goes to the log with it, its records count as lost',
    async (status, code) => {
      const parts = open()
      spool(parts, [1, 2])
      collector.answers = [answered(status, { code, message: 'It says why.' })]
      expect(await parts.delivery.deliver()).toMatchObject({
        is: 'sent',
        reports: 0,
        dropped: [{ code: `ANSWERED_${status}` }, {}]
      })
      expect(readLog(parts.state, world.clock)).toMatchObject([
        { status, body: collector.requests[0]?.body }
      ])
      expect(waitingBodies(parts.state)).toEqual([])
      spool(parts, [3])
      await parts.delivery.deliver({ asked: true })
      expect(bodyOf(1).lost).toEqual({ refused: 2 })
    }
  )

  it.each([
    ['a redirect', answered(308)],
    ['a 404 of something else', answered(404, 'not found')],
    ['a page that says 200', answered(200, '<html>Welcome to the hotel</html>')],
    ['JSON that is no answer of a collector', answered(200, { ok: true })],
    [
      'a 410 that is not exactly ours',
      answered(410, { candor: 1, product: 'dlt', retired: true, please: true })
    ],
    ['a 410 of another product', answered(410, { candor: 1, product: 'other', retired: true })],
    ['a 401', answered(401)],
    ['a firewall’s 400', answered(400, '<html>Blocked by policy</html>')],
    ['a 400 in somebody else’s JSON', answered(400, { error: 'bad request', code: 'E_WAF' })],
    ['a proxy’s 413', answered(413, 'Request Entity Too Large')],
    ['a scanner’s 415', answered(415, { code: 'UNSUPPORTED' })],
    ['a 200 that takes more than was sent', answered(200, { accepted: 7, dropped: [] })],
    ['a 200 that says nothing of what it dropped', answered(200, { accepted: 1 })],
    ['nothing', { is: 'failed', says: 'no network' } as const]
  ])('that is %s keeps the body for another attempt', async (_, answer) => {
    const parts = open()
    spool(parts, [1])
    collector.answers = [answer]
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept' })
    expect(waitingBodies(parts.state)).toHaveLength(1)
    world.clock += 2 * dayMs
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'sent' })
  })

  it('to a call of Segment’s is any success but a page', async () => {
    const options = { endpoint: 'https://api.segment.example', writeKey: 'key' }
    for (const [answer, is] of [
      [answered(200, '<!DOCTYPE html><title>Sign in</title>'), 'kept'],
      [answered(200, 'Welcome', { 'content-type': 'text/html; charset=utf-8' }), 'kept'],
      [answered(400, '<html>Blocked</html>'), 'kept'],
      [answered(204, ''), 'sent'],
      [answered(202, 'ok'), 'sent']
    ] as const) {
      const parts = open({ options })
      spool(parts, [1])
      collector.answers = [answer]
      expect([answer, (await parts.delivery.deliver()).is]).toEqual([answer, is])
      world.clock += 2 * dayMs
    }
  })

  it('of 410 in exactly our words mutes for thirty days, and then is asked for again', async () => {
    const parts = open()
    spool(parts, [1])
    const retired = answered(410, { candor: 1, product: 'dlt', retired: true })
    collector.answers = [retired, retired]
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept', because: 'muted' })
    world.clock += 29 * dayMs
    spool(parts, [2])
    expect(await parts.delivery.deliver({ asked: true })).toMatchObject({
      is: 'kept',
      because: 'muted'
    })
    expect(collector.requests).toHaveLength(1)
    world.clock += 16 * dayMs + 1
    spool(parts, [3])
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'kept', because: 'muted' })
    expect(collector.requests).toHaveLength(2)
  })

  it('names what was dropped by the name that was recorded', async () => {
    const parts = open()
    spool(parts, [1, 2])
    const dropped = [
      { run: 0, seq: 2, code: 'FIELD_NOT_IN_CONTRACT', field: 'host\u001b[2Jn\u202eame\u2066' },
      { run: 7, seq: 2, code: 'X' },
      { run: 0, seq: 1, code: 'not a code' },
      null
    ]
    collector.answers = [answered(200, { accepted: 2, dropped })]
    expect(await parts.delivery.deliver()).toMatchObject({
      dropped: [{ name: 'command_init', code: 'FIELD_NOT_IN_CONTRACT', field: 'host[2Jname' }]
    })
  })

  it('never throws and never mutes by chance, whatever it holds', () => {
    const text = '{"runs":[{"records":[{"seq":0,"name":"a"}]}]}'
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.string(), fc.json()),
        fc.string(),
        (status, body, after) => {
          const verdict = judgeAnswer(answered(status, body, { 'retry-after': after }), {
            wire: 'native',
            product: 'dlt',
            text,
            now: 0
          })
          expect(verdict.is).not.toBe('retired')
        }
      )
    )
  })
})

describe('consent', () => {
  it.each(['off', 'local', ''])('%s sends nothing', async (word) => {
    world.variables['DLT_TELEMETRY'] = word
    const parts = open()
    spool(parts, [1])
    expect(await parts.delivery.deliver({ asked: true })).toMatchObject({ is: 'silent' })
    expect(collector.requests).toEqual([])
  })

  it('log writes to the log what would have been sent', async () => {
    world.variables['DLT_TELEMETRY'] = 'log'
    const parts = open()
    spool(parts, [1])
    expect(await parts.delivery.deliver()).toEqual({ is: 'silent', state: 'log' })
    expect(readLog(parts.state, world.clock)).toMatchObject([
      { status: 'log', url: 'https://collector.example/v1/reports' }
    ])
    expect(collector.requests).toEqual([])
  })

  it('that is taken back during an attempt ends it, and leaves only the refusal', async () => {
    const parts = open({
      transport: {
        ...collector,
        send: () => {
          parts.consent.refuse()
          parts.consent.purge()
          return Promise.resolve(answered(200, { accepted: 1, dropped: [] }))
        }
      }
    })
    spool(parts, [1])
    expect(await parts.delivery.deliver()).toMatchObject({ is: 'silent', state: 'off' })
    expect(parts.state.list('')).toEqual(['consent.json'])
    expect(collector.closed).toBeGreaterThan(0)
  })
})

describe('the log', () => {
  it('has the last hundred bodies with what was heard', async () => {
    const parts = open()
    for (let index = 0; index < 105; index += 1) {
      spool(parts, [index])
      world.clock += (3 * dayMs) / 10
      await parts.delivery.deliver({ asked: true })
    }
    const log = readLog(parts.state, world.clock)
    expect(log).toHaveLength(100)
    expect(log.at(-1)).toMatchObject({ status: 200, body: collector.requests.at(-1)?.body })
    world.clock += 91 * dayMs
    expect(readLog(parts.state, world.clock)).toEqual([])
  })
})
