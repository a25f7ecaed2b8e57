import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTelemetry } from '../create-telemetry.ts'
import { limits } from '../limits.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Telemetry, TelemetryOptions } from '../telemetry.ts'
import type { Fragment, WireReport } from '../wire.ts'
import { demo, textBelow } from './program.test-support.ts'

let world: World
beforeEach(() => {
  world = openWorld()
  world.variables['DEMO_TELEMETRY'] = 'on'
})
afterEach(() => world.remove())

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function telemetryWith(options: Partial<TelemetryOptions> = {}): Telemetry {
  return createTelemetry({
    contract: demo.form,
    version: '1.2.3',
    effects: world.effects,
    ...options
  })
}

function fragments(): readonly Fragment[] {
  const folder = join(world.home, '.local/state/demo/telemetry')
  return ['spool.1.jsonl', 'spool.jsonl'].flatMap((name) => {
    try {
      return String(world.effects.files.readFileSync(join(folder, name), 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Fragment)
    } catch {
      return []
    }
  })
}
const fieldsSpooled = (): readonly unknown[] =>
  fragments().flatMap(({ run }) => run.records.map(({ fields }) => fields))

describe('a record', () => {
  it('is in the spool when its turn is over, with all that the wire says of it', async () => {
    const telemetry = telemetryWith()
    telemetry.record('load', { n: 7, engine: 'a', elapsed: 1.5 })
    telemetry.record('load', { n: 8, engine: 'nobody knows' })
    expect(fragments()).toEqual([])
    await turn()
    expect(fragments()).toEqual([
      {
        written: world.clock,
        run: {
          session: expect.stringMatching(/^[0-9a-f-]{36}$/),
          version: '1.2.3',
          contract: demo.form.digest,
          consent: { level: 'more', accepted: demo.form.terms },
          environment: expect.objectContaining({
            automation: 'none',
            os: 'linux',
            runtime: expect.stringMatching(/^node \d/)
          }),
          records: [
            {
              seq: 0,
              name: 'load',
              at: new Date(world.clock).toISOString(),
              fields: { n: 7, engine: 'a', elapsed: 1.5 }
            },
            {
              seq: 1,
              name: 'load',
              at: new Date(world.clock).toISOString(),
              fields: { n: 8, engine: 'other' }
            }
          ]
        }
      }
    ])
  })
  it('is there at once where it must not be lost', () => {
    telemetryWith().record('load', { n: 1 }, { durable: true })
    expect(fieldsSpooled()).toEqual([{ n: 1 }])
  })
  it('is as it was when it was recorded, whatever its program changes afterwards', async () => {
    const fields = { n: 1, pools: { size: 1 }, list: ['a'] }
    telemetryWith().record('load', fields)
    fields.n = 2
    fields.pools.size = 2
    fields.list.push('b')
    await turn()
    expect(fieldsSpooled()).toEqual([{ n: 1, pools: { size: 1 }, list: ['a'] }])
  })
  it('may have happened before', () => {
    telemetryWith().record('load', {}, { at: new Date('2026-11-19T01:02:03Z'), durable: true })
    telemetryWith().record('load', {}, { at: new Date(Number.NaN), durable: true })
    expect(fragments().flatMap(({ run }) => run.records.map(({ at }) => at))).toEqual([
      '2026-11-19T01:02:03.000Z',
      new Date(world.clock).toISOString()
    ])
  })
  it('gets what all have in common, gathered once and only where it is declared and not said', () => {
    let calls = 0
    const telemetry = telemetryWith({
      context: () => ({ n: (calls += 1), engine: 'b', hostname: 'db1' })
    })
    telemetry.record('load', { n: 5 }, { durable: true })
    telemetry.record('load', {}, { durable: true })
    expect(fieldsSpooled()).toEqual([
      { n: 5, engine: 'b' },
      { n: 1, engine: 'b' }
    ])
    expect(calls).toBe(1)
  })
  it('numbers restart with the session, which ends with the UTC day', () => {
    const telemetry = telemetryWith()
    telemetry.record('load', {}, { durable: true })
    world.clock += 86_400_000
    telemetry.record('load', {}, { durable: true })
    const [first, second] = fragments().map(({ run }) => run)
    expect([first?.records[0]?.seq, second?.records[0]?.seq]).toEqual([0, 0])
    expect(first?.session).not.toBe(second?.session)
  })
  it('is kept in as many lines as its size needs, each small enough for a report', async () => {
    const telemetry = telemetryWith()
    for (let n = 0; n < 2_000; n += 1)
      telemetry.record('load', { n, list: ['abcdefgh', 'abcdefgh', 'abcdefgh'] })
    await turn()
    expect(fieldsSpooled()).toHaveLength(2_000)
    for (const fragment of fragments()) {
      expect(fragment.run.records.length).toBeLessThanOrEqual(limits.reportRecordsMax)
      expect(JSON.stringify(fragment).length).toBeLessThan(limits.reportBytesMax - 8_192)
    }
  })
})

describe('a mistake of the program', () => {
  it('costs the one field, and is counted in the next line', () => {
    const telemetry = telemetryWith()
    telemetry.record('load', {
      n: 'seven',
      engine: 'a',
      hostname: 'db1',
      success: 1n as unknown as boolean
    })
    telemetry.record('nothing of the contract', {})
    telemetry.record('load', {}, { durable: true })
    expect(fieldsSpooled()).toEqual([{ engine: 'a' }, {}])
    expect(fragments()[0]?.lost).toEqual({ invalid_value: 2, undeclared: 2 })
    telemetry.record('load', {}, { durable: true })
    expect(fragments()[1]?.lost).toBeUndefined()
  })
  it('that floods one turn costs the oldest, and says how many', async () => {
    const telemetry = telemetryWith()
    for (let n = 0; n < limits.pendingRecordsMax + 5; n += 1) telemetry.record('load', { n })
    await turn()
    const kept = fieldsSpooled()
    expect(kept.length).toBeGreaterThan(2_000)
    expect(kept.at(-1)).toEqual({ n: limits.pendingRecordsMax + 4 })
    const { lost } = (await telemetry.controls.status()).waiting
    expect(kept.length + lost).toBe(limits.pendingRecordsMax + 5)
  })
  it('at construction is told, and nowhere else', () => {
    expect(() => telemetryWith({ version: '' })).toThrow('version')
    expect(() => telemetryWith({ version: 'my build' })).toThrow('version')
    expect(() => telemetryWith({ contract: {} as TelemetryOptions['contract'] })).toThrow(
      'contract'
    )
    expect(() => createTelemetry(undefined as unknown as TelemetryOptions)).toThrow('contract')
  })
})

describe('what is hostile', () => {
  const secret = 'hunter2'
  const cycle: Record<string, unknown> = { n: 3 }
  cycle['pools'] = cycle
  // Told apart by number: fast-check could not print them without being caught by them.
  const traps: readonly unknown[] = [
    cycle,
    Symbol(secret),
    10n,
    () => secret,
    'x'.repeat(1_000_000),
    new Proxy({}, { ownKeys: () => thrown(), get: () => thrown(), getPrototypeOf: () => thrown() }),
    new Proxy([], { get: () => thrown() }),
    Object.defineProperty({ n: 1 }, 'engine', { enumerable: true, get: () => thrown() }),
    Object.defineProperty(new Date(), 'toISOString', { value: () => thrown() }),
    { toJSON: () => thrown(), n: 4 },
    Array.from({ length: 50_000 }, () => secret)
  ]
  const ordinaryValue = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true
  })
  const value = fc.oneof(ordinaryValue, fc.record({ trap: fc.nat(traps.length - 1) }))
  const sprung = (given: unknown): unknown => {
    const trap = (given as { readonly trap?: unknown } | null | undefined)?.trap
    return typeof trap === 'number' ? traps[trap] : given
  }
  const names = fc.oneof(
    fc.constantFrom('load', 'calls', 'shape', '__proto__', 'constructor', ''),
    fc.string()
  )
  const keys = fc.constantFrom(
    'n',
    'engine',
    'elapsed',
    'host',
    'pools',
    'tags',
    'list',
    '__proto__',
    'hostname'
  )
  const members = fc.dictionary(keys, value, { noNullPrototype: true })
  const given = fc.oneof(value, fc.record({ members }))
  const built = (from: unknown): never => {
    const inside = (from as { readonly members?: object } | null | undefined)?.members
    if (inside === undefined) return sprung(from) as never
    return Object.fromEntries(
      Object.entries(inside).map(([key, member]) => [key, sprung(member)])
    ) as never
  }

  function thrown(): never {
    throw new Error(secret)
  }

  it('never throws, and leaves lines that a collector keeps whole', () => {
    const telemetry = telemetryWith({ context: () => thrown() })
    fc.assert(
      fc.property(names, given, given, given, (name, one, another, third) => {
        const [fields, others, options] = [built(one), built(another), built(third)]
        telemetry.record(name, fields, options)
        telemetry.record('load', fields, { durable: true })
        telemetry.recordOnce(name, fields, others)
        telemetry.count('calls', others)
        telemetry.count(name, fields)
        telemetry.measure(name, fields, () => 1)
        telemetry.controls.configure(options)
        telemetry.controls.configure({})
      }),
      { numRuns: 200 }
    )
    void telemetry.close()
    for (const { run } of fragments())
      for (const { name, fields } of run.records) {
        const kept = demo.collector.validate({
          name,
          wire: 'native',
          fields,
          level: 'more',
          rekey: ({ value }) => value
        })
        expect([kept.is, kept.violations]).toEqual(['kept', []])
      }
  })

  it('leaves nothing of what is not declared anywhere on the disk', () => {
    const said = fc.constantFrom<unknown>(
      secret,
      [secret],
      { [secret]: 1, x: secret, size: secret },
      { size: 1, host: secret, kind: secret },
      [{ x: secret }, secret.toUpperCase()],
      new Map([[secret, secret]])
    )
    const fields = fc.dictionary(fc.oneof(keys, fc.constant(secret)), said, {
      noNullPrototype: true
    })
    const telemetry = telemetryWith({ context: { hostname: secret, engine: secret } })
    fc.assert(
      fc.property(fields, said, (given, other) => {
        // A list of words and a hashed name would be declared texts.
        const { list, host, ...rest } = given
        telemetry.record('load', { ...rest, undeclared: [list, host] } as never, { durable: true })
        telemetry.record(secret, given as never, { durable: true })
        telemetry.recordOnce('load', secret, rest as never)
        telemetry.count('calls', { kind_of: other, [secret]: 1, amount: 1 } as never)
        telemetry.measure('load', rest as never, () => secret)
      }),
      { numRuns: 200 }
    )
    void telemetry.close()
    expect(fieldsSpooled().length).toBeGreaterThan(400)
    expect(textBelow(world.root).toLowerCase()).not.toContain(secret)
  })
})

describe('without a yes', () => {
  it.each(['off', 'undecided'])('nothing is written: %s', async (says) => {
    if (says === 'off') world.variables['DEMO_TELEMETRY'] = 'off'
    else delete world.variables['DEMO_TELEMETRY']
    const telemetry = telemetryWith()
    telemetry.record('load', { n: 1 }, { durable: true })
    telemetry.recordOnce('load', 'k', { n: 1 })
    telemetry.count('calls', { amount: 1 })
    await turn()
    await telemetry.close()
    expect(textBelow(world.home)).toBe('')
  })
  it('the last five hundred records can be looked at, and no more are remembered', async () => {
    delete world.variables['DEMO_TELEMETRY']
    const telemetry = telemetryWith()
    const seen = async (): Promise<readonly unknown[]> => {
      const { bodies } = await telemetry.controls.preview()
      const runs = bodies.flatMap((body) => (JSON.parse(body) as WireReport).runs)
      return runs.flatMap(({ records }) => records.map(({ fields }) => fields))
    }
    const numbers = Array.from({ length: 501 }, (_, n) => ({ n }))
    for (const fields of numbers.slice(0, 500)) telemetry.record('load', fields)
    expect(await seen()).toEqual(numbers.slice(0, 500))
    telemetry.record('load', { n: 500 })
    expect(await seen()).toEqual(numbers.slice(1))
    await telemetry.close()
  })
  it('nothing that was recorded before it is sent after it', async () => {
    delete world.variables['DEMO_TELEMETRY']
    const telemetry = telemetryWith()
    telemetry.record('load', { n: 1 })
    await telemetry.controls.on()
    telemetry.record('load', { n: 2 })
    await turn()
    expect(fieldsSpooled()).toEqual([{ n: 2 }])
  })
  it('what waits in memory goes with the no', async () => {
    const telemetry = telemetryWith()
    telemetry.record('load', { n: 1 })
    void telemetry.controls.off()
    await turn()
    expect(fieldsSpooled()).toEqual([])
  })
  it('a field above the level that is agreed to stays home', async () => {
    delete world.variables['DEMO_TELEMETRY']
    const telemetry = telemetryWith()
    await telemetry.controls.on({ level: 'basic' })
    telemetry.record('load', { n: 2, ok: true }, { durable: true })
    expect(fragments()[0]?.run.consent.level).toBe('basic')
    expect(fieldsSpooled()).toEqual([{ n: 2 }])
    expect(fragments()[0]?.lost).toBeUndefined()
  })
})

describe('a disk', () => {
  it.each(['EROFS', 'EACCES'])(
    'that takes nothing (%s) leaves the records of a consented run in memory, from where they can be sent',
    async (code) => {
      world.diskRefuses = code
      const telemetry = telemetryWith()
      telemetry.record('load', { n: 1 })
      await turn()
      telemetry.record('load', { n: 2 }, { durable: true })
      expect(await telemetry.controls.status()).toMatchObject({
        state: 'on',
        folder: undefined,
        waiting: { records: 2, lost: 0 }
      })
      const { bodies } = await telemetry.controls.preview()
      const runs = bodies.flatMap((body) => (JSON.parse(body) as WireReport).runs)
      expect(runs.flatMap(({ records }) => records.map(({ fields }) => fields))).toEqual([
        { n: 1 },
        { n: 2 }
      ])
      await telemetry.controls.off()
      expect((await telemetry.controls.status()).waiting.records).toBe(0)
      expect([textBelow(world.home), world.written]).toEqual(['', ''])
      await telemetry.close()
    }
  )
  it.each(['ENOSPC', 'EIO'])(
    'that refuses with %s is no concern of the program, and costs what could not be written',
    async (code) => {
      const telemetry = telemetryWith()
      telemetry.record('load', { n: 1 }, { durable: true })
      world.diskRefuses = code
      telemetry.record('load', { n: 2 })
      await turn()
      world.diskRefuses = undefined
      telemetry.record('load', { n: 3 }, { durable: true })
      expect(fieldsSpooled()).toEqual([{ n: 1 }, { n: 3 }])
      expect(fragments()[1]?.lost).toEqual({ spool: 1 })
      expect(world.written).toBe('')
    }
  )
  it('has to bear a mebibyte and what is moved aside, oldest out and counted', async () => {
    const telemetry = telemetryWith()
    const total = 60_000
    for (let n = 0; n < total; n += 1)
      telemetry.record('load', { n, host: 'some name' }, n % 500 === 499 ? { durable: true } : {})
    telemetry.record('load', { n: total }, { durable: true })
    const kept = fieldsSpooled().length
    const lost = fragments().reduce((sum, fragment) => sum + (fragment.lost?.['spool'] ?? 0), 0)
    expect(kept).toBeGreaterThan(2_000)
    expect(kept).toBeLessThan(total)
    // Those of the line that told of them, and left again, are told of again.
    expect(kept + lost + (await telemetry.controls.status()).waiting.lost).toBeGreaterThanOrEqual(
      total
    )
    expect(textBelow(world.home).length).toBeLessThan(2.2 * limits.spoolBytesMax)
  })
})

describe('a counter', () => {
  it('adds up for each of its kinds, and travels when its program ends', async () => {
    const telemetry = telemetryWith()
    for (let call = 0; call < 5; call += 1)
      telemetry.count('calls', { amount: 2, kind_of: call % 2 === 0 ? 'q' : 'w' })
    telemetry.count('calls', { amount: Number.NaN })
    await telemetry.close()
    expect(fieldsSpooled()).toEqual([{ kind_of: 'q', amount: 6 }, { kind_of: 'w', amount: 4 }, {}])
  })
})

describe('what is recorded once', () => {
  it('is recorded again when it changed', async () => {
    const telemetry = telemetryWith()
    for (const n of [1, 1, 2, 2, 1]) telemetry.recordOnce('load', 'query 1', { n })
    telemetry.recordOnce('load', 'query 2', { n: 1 })
    await turn()
    expect(fieldsSpooled()).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }, { n: 1 }])
  })
})

describe('an operation that is measured', () => {
  it('gives what it gave, and says how long it took and how it ended', async () => {
    const telemetry = telemetryWith()
    const error = new Error('its own')
    expect(telemetry.measure('load', { n: 1 }, () => 'result')).toBe('result')
    expect(
      await telemetry.measure(
        'load',
        ({ success }) => ({ n: success ? 2 : 3 }),
        async () => 'later'
      )
    ).toBe('later')
    expect(() =>
      telemetry.measure('load', {}, () => {
        throw error
      })
    ).toThrow(error)
    await expect(telemetry.measure('load', {}, () => Promise.reject(error))).rejects.toBe(error)
    await turn()
    expect(fieldsSpooled()).toEqual([
      { n: 1, elapsed: expect.any(Number), success: true },
      { n: 2, elapsed: expect.any(Number), success: true },
      { elapsed: expect.any(Number), success: false },
      { elapsed: expect.any(Number), success: false }
    ])
  })
  it('runs even when nobody may know of it, and whatever is thrown about it', async () => {
    const telemetry = telemetryWith()
    const broken = (): never => {
      throw new Error('about the outcome')
    }
    expect(telemetry.measure('load', broken, () => 1)).toBe(1)
    await telemetry.controls.off()
    expect(telemetry.measure('load', {}, () => 2)).toBe(2)
    await telemetry.close()
    expect(telemetry.measure('load', {}, () => 3)).toBe(3)
  })
  it('is not started by being looked at', () => {
    let runs = 0
    // oxlint-disable-next-line unicorn/no-thenable -- a query that runs when it is awaited is one
    const lazy = { then: () => (runs += 1) }
    expect(telemetryWith().measure('load', {}, () => lazy)).toBe(lazy)
    expect(runs).toBe(0)
  })
})
