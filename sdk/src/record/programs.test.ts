import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ended, openBench, type Bench } from './program.test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterEach(() => rmSync(join(bench.folder, 'home/.local'), { recursive: true, force: true }))
afterAll(() => bench.remove())

const numbers = (): readonly unknown[] => bench.records().map(({ fields }) => fields['n'])
const make = `const telemetry = createTelemetry({ contract, version: '1.0.0' })\n`
const quiet = { out: '', err: '' }

describe('a program that ends', () => {
  it.each([
    ['by itself', `telemetry.record('load', { n: 1 })`, 0],
    [
      'by process.exit in the turn of its record',
      `telemetry.record('load', { n: 1 }); process.exit(3)`,
      3
    ],
    ['after its exit code was set', `process.exitCode = 4; telemetry.record('load', { n: 1 })`, 4],
    [
      'in a loop of microtasks',
      "telemetry.record('load', { n: 1 }); for (let i = 0; i < 1e5; i++) await null; " +
        'process.exit()',
      0
    ],
    [
      'while it records at its exit',
      `process.on('exit', () => telemetry.record('load', { n: 1 }, { durable: true }))`,
      0
    ],
    [
      'while a listener that was added later records at its exit',
      `process.on('exit', () => telemetry.record('load', { n: 1 }))`,
      0
    ],
    [
      'while such a listener records, when it ends later',
      "process.on('exit', () => telemetry.record('load', { n: 1 })); setTimeout(() => " +
        'process.exit(2), 20)',
      2
    ]
  ])('%s has its record in the spool, and said nothing', async (name, text, code) => {
    const result = await bench.run(bench.program(name.replaceAll(/\W/g, '-'), make + text))
    expect(result).toEqual({ ...quiet, code, signal: null })
    expect(numbers()).toEqual([1])
  })

  it('by an error that nobody caught has its record in the spool, and its error told as ever', async () => {
    const path = bench.program(
      'uncaught',
      `${make}telemetry.record('load', { n: 1 })\nthrow new Error('its own')`
    )
    const result = await bench.run(path)
    expect([result.code, result.out]).toEqual([1, ''])
    expect(result.err).toContain('Error: its own')
    expect(numbers()).toEqual([1])
  })

  it('by kill -9, 100 ms after its record, has it in the spool', async () => {
    const path = bench.program(
      'killed',
      `${make}telemetry.record('load', { n: 1 })\nsetTimeout(() => console.log('now'), ` +
        '100)\nsetTimeout(() => {}, 60_000)'
    )
    const child = bench.start(path)
    const end = ended(child)
    child.stdout?.once('data', () => child.kill('SIGKILL'))
    expect(await end).toMatchObject({ signal: 'SIGKILL', err: '' })
    expect(numbers()).toEqual([1])
  })

  it('by kill -9 in the turn of a durable record has it in the spool', async () => {
    const path = bench.program(
      'durable',
      `${make}telemetry.record('load', { n: 1 }, { durable: true ` +
        "})\nprocess.kill(process.pid, 'SIGKILL')"
    )
    expect((await bench.run(path)).signal).toBe('SIGKILL')
    expect(numbers()).toEqual([1])
  })

  it('leaves its counts, and an operation’s outcome', async () => {
    const text = `${make}telemetry.count('calls', { amount: 2 }); telemetry.count('calls', { amount: 3 })
await telemetry.measure('load', { n: 5 }, async () => {})`
    await bench.run(bench.program('counts', text))
    expect(
      bench.records().map(({ name, fields }) => [name, fields['amount'] ?? fields['n']])
    ).toEqual([
      ['load', 5],
      ['calls', 5]
    ])
  })
})

describe('many at once', () => {
  it('8 processes with 500 records each leave every line whole, and none is missing', async () => {
    const path = bench.program(
      'many',
      `${make}const base = Number(process.argv[2]) * 500
for (let n = 0; n < 500; n++) { telemetry.record('load', { n: base + n }); if (n % 7 === 0) await new Promise(setImmediate) }`
    )
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) => bench.run(path, {}, [String(index)]))
    )
    expect(results.every((each) => each.code === 0 && each.err === '')).toBe(true)
    expect(numbers().toSorted((one, other) => Number(one) - Number(other))).toEqual(
      Array.from({ length: 4_000 }, (_, n) => n)
    )
  })

  it('8 processes that overflow the spool agree on what is lost', async () => {
    const path = bench.program(
      'overflow',
      `${make}for (let n = 0; n < 2_000; n++) { telemetry.record('load', { n, host: 'h' + n, ` +
        "list: ['abcdefgh', 'abcdefgh'] }); if (n % 20 === 0) await new Promise(setImmediate) }"
    )
    await Promise.all(Array.from({ length: 8 }, () => bench.run(path)))
    const lost = bench
      .fragments()
      .reduce((sum, fragment) => sum + (fragment.lost?.['spool'] ?? 0), 0)
    expect(lost).toBeGreaterThan(0)
    expect(bench.records().length + lost).toBe(16_000)
  })

  it('a storm of short programs leaves one record each, and no lock or half-made file', async () => {
    const path = bench.program(
      'storm',
      `${make}telemetry.record('load', { n: Number(process.argv[2]) })`
    )
    const all = Array.from({ length: 24 }, (_, n) => n)
    for (let from = 0; from < all.length; from += 8)
      await Promise.all(all.slice(from, from + 8).map((n) => bench.run(path, {}, [String(n)])))
    expect(numbers().toSorted((one, other) => Number(one) - Number(other))).toEqual(all)
    expect(bench.everything()).not.toMatch(/\.lock|\.tmp/)
  })

  it('worker threads record like their host, each in a session of its own', async () => {
    const text = `import { Worker, isMainThread, workerData } from 'node:worker_threads'
${make}telemetry.record('load', { n: isMainThread ? 0 : workerData })
if (isMainThread) for (const n of [1, 2]) new Worker(new URL(import.meta.url), { workerData: n })`
    expect(await bench.run(bench.program('workers', text))).toEqual({
      ...quiet,
      code: 0,
      signal: null
    })
    expect(numbers().toSorted()).toEqual([0, 1, 2])
    expect(new Set(bench.fragments().map(({ run }) => run.session)).size).toBe(3)
  })
})

it.each(['never', 'after a second'])(
  'a program that waits for its flush ends as it would, where its collector answers %s',
  async (when) => {
    const collector = createServer((asked, answer) => {
      asked.resume()
      if (when !== 'never') setTimeout(() => answer.end('{"accepted":1,"dropped":[]}'), 950).unref()
    })
    await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve))
    const { port } = collector.address() as AddressInfo
    // Something is under way already when it asks, and ends while it waits.
    const text = `const telemetry = createTelemetry({ contract, version: '1.0.0', delivery: 'in-process' })
telemetry.record('load', { n: 1 }); await new Promise((done) => setTimeout(done, 50))
const flushed = await telemetry.flush(); await telemetry.close(); console.log(flushed.is)`
    const path = bench.program('flush', text)
    try {
      const results = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          bench.run(path, {
            HOME: join(bench.folder, `flush-${when.length}-${index}`),
            DEMO_TELEMETRY: 'on',
            DEMO_TELEMETRY_ENDPOINT: `http://127.0.0.1:${port}`
          })
        )
      )
      expect(results.map(({ code, err }) => ({ code, err }))).toEqual(
        results.map(() => ({ code: 0, err: '' }))
      )
      for (const { out } of results) expect(out).toMatch(/^(?:sent|kept|nothing)\n$/)
    } finally {
      collector.closeAllConnections()
      collector.close()
    }
  }
)

it('on a Node that it does not support, a program runs as if it had no telemetry', async () => {
  const early = bench.program(
    'old',
    `${make}telemetry.record('load', { n: 1 }, { durable: true }); telemetry.count('calls', { amount: 1 }); telemetry.recordOnce('load', 'k', { n: 1 })
const result = telemetry.measure('load', {}, () => 7)
telemetry.report('shape', () => ({ size: 1 }), { everyHours: 1 })()
const { is } = await telemetry.flush(); await telemetry.close()
for (const [name, control] of Object.entries(telemetry.controls)) await control('')
console.log(result, is, (await telemetry.controls.status()).because.where.slice(0, 4))`
  )
  const result = await bench.run(early, {
    DEMO_TELEMETRY: 'on',
    // As Node 21 is: its process has no way to built-in modules.
    NODE_OPTIONS: '--import=data:text/javascript,delete%20process.getBuiltinModule'
  })
  expect(result).toEqual({ code: 0, signal: null, out: '7 silent Node\n', err: '' })
  expect(bench.everything()).toBe('')
})

describe('where nothing can be kept', () => {
  const program = `${make}telemetry.record('load', { n: 1 }, { durable: true })
await telemetry.close()
console.log((await telemetry.controls.status()).state)`

  it('without a home it is silent', async () => {
    const path = bench.program('homeless', program)
    const result = await bench.run(path, { HOME: '' })
    expect([result.code, result.err]).toEqual([0, ''])
  })
  it('on a home that is a file it is silent', async () => {
    writeFileSync(join(bench.folder, 'file'), '')
    const result = await bench.run(bench.program('file-home', program), {
      HOME: join(bench.folder, 'file')
    })
    expect([result.code, result.err]).toEqual([0, ''])
  })
  it('on a home that may not be written to it is silent', async () => {
    const home = join(bench.folder, 'read-only')
    mkdirSync(home)
    chmodSync(home, 0o500)
    const result = await bench.run(bench.program('read-only', program), { HOME: home })
    expect([result.code, result.err]).toEqual([0, ''])
  })
})

it('a program whose user said nothing leaves no trace, in any of its ways to record', async () => {
  const text = `${make}telemetry.record('load', { n: 1 }, { durable: true }); telemetry.count('calls', { amount: 1 })
telemetry.recordOnce('load', 'k', { n: 1 }); telemetry.measure('load', {}, () => 1); await telemetry.flush(); await telemetry.close()`
  for (const says of ['', 'off']) {
    const result = await bench.run(bench.program('silent', text), { DEMO_TELEMETRY: says })
    expect(result).toEqual({ ...quiet, code: 0, signal: null })
    expect(bench.everything()).toBe('')
  }
})
