/** Whether what is due is published once, is never changed, and says no more than rules allow. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseContract } from '@candor/contract'
import { systemEffects } from '../effects.ts'
import { attackBeside } from './attack/attack-thread.ts'
import { attack } from './attack/attack.ts'
import { readLedger, readPublished } from './ledger.ts'
import { openSolver, type Solver } from './linear-program.ts'
import { duePeriods, nextDue } from './periods.ts'
import { type Outcome, publish, type Publisher, type Publishing } from './publish.ts'
import { valueOf } from './published.ts'

const now = Date.parse('2026-11-20T06:00:00Z')
const contract = (() => {
  const read = parseContract(`candor: 1
product: acme
title: Acme
purpose: To test.
recipients: [{ name: Us, where: Here, for: testing }]
retention: { records: 90 days, aggregates: 25 months, backups: none }
consent: { default: opt-out }
identity: { kind: persistent, random: true, says: a random id }
environment: [os, class]
controls: [{ flag: --off }]
events:
  work: { when: It works., fields: { rows: { type: integer, unit: rows, max: 9, says: rows } } }
publication:
  says: What runs.
  at: https://numbers.example/acme
  tables:
    active: {}
    systems: { by: [os] }
    both: { by: [os, class] }
    work: { question: events }
    sizes: { field: rows }
`)
  if (read.is === 'invalid') throw new Error(read.problems[0]?.message)
  return read.contract
})()

const systems: Readonly<Record<string, number>> = { linux: 412, darwin: 203, plan9: 3, haiku: 9 }
const asked: string[] = []
let folder: string
let solver: Solver

function answer(question: string, { by }: Readonly<Record<string, string>>): object[] {
  const all = Object.values(systems).reduce((sum, count) => sum + count, 0)
  if (question === 'events') return [{ name: 'work', records: 90_000, installations: all }]
  if (question === 'distribution')
    return [300, 200, 100, 24, 3].map((installations, from) => ({ from, installations }))
  if (by === undefined) return [{ installations: all }]
  if (by === 'os')
    return Object.entries(systems).map(([os, installations]) => ({ os, installations }))
  if (by === 'class') return [{ class: 'service', installations: all }]
  return Object.entries(systems).map(([os, installations]) => ({
    os,
    class: 'service',
    installations
  }))
}

function run(
  options: Partial<Publishing> = {},
  at = now,
  otherwise: Partial<Publisher> = {}
): Promise<Outcome> {
  return publish(
    { contract, folder, ...options },
    {
      effects: { ...systemEffects, clock: { ...systemEffects.clock, now: () => at } },
      solver,
      attack: (tables) => Promise.resolve(attack(tables, solver).findings),
      ask: (question, parameters) => {
        asked.push(`${question} ${parameters['automation']}`)
        const rows = answer(question, parameters)
        return Promise.resolve({
          question,
          parameters,
          columns: [],
          rows: rows as never,
          notes: []
        })
      },
      largestSenders: () => Promise.resolve(new Map([['work', { most: 80_000, second: 10 }]])),
      chance: (of) => (of.length % 10) / 10,
      sign: () => ({ key: 'key', signature: 'signature' }),
      ...otherwise
    }
  )
}

function text(path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-public-'))
  solver = await openSolver()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('periods', () => {
  it('are thirty days to the end of a month, or a week, and due a week later', () => {
    expect(duePeriods(now, 'month', 2)).toEqual([
      { name: '2026-10', first: '2026-10-02', last: '2026-10-31' },
      { name: '2026-09', first: '2026-09-01', last: '2026-09-30' }
    ])
    expect(duePeriods(Date.parse('2026-11-07T23:59:59Z'), 'month', 1)[0]?.name).toBe('2026-09')
    expect(duePeriods(Date.parse('2026-11-08T00:00:00Z'), 'month', 1)[0]?.name).toBe('2026-10')
    expect(duePeriods(now, 'week', 1)).toEqual([
      { name: '2026-W45', first: '2026-11-02', last: '2026-11-08' }
    ])
    for (const every of ['week', 'month'] as const) {
      const due = nextDue(now, every)
      const [before] = duePeriods(due - 1, every, 1)
      expect(duePeriods(now, every, 1)).toEqual([before])
      expect(duePeriods(due, every, 1)).not.toEqual([before])
    }
  })
})

describe('publishing', () => {
  it('writes what is due, the same bytes however often it is run', async () => {
    const first = await run()
    expect(first.published.map(({ table, period }) => `${period} ${table}`)).toContain(
      '2026-10 both'
    )
    expect(first.withheld).toContainEqual({
      table: 'work',
      period: '2026-10',
      because: 'Too few are behind it.'
    })
    expect(asked.every((one) => one.endsWith('!ci,agent,test'))).toBe(true)
    const sums = text('SHA256SUMS')
    const again = await run({}, now + 86_400_000)
    expect(again).toMatchObject({ published: [], written: [], next: '2026-12-08' })
    expect(text('SHA256SUMS')).toBe(sums)
  })

  it('folds what is rare, opens the ends, and stands up to every attack', async () => {
    const ledger = await readLedger(folder, systemEffects)
    const of = (name: string): object =>
      Object.fromEntries(
        ledger
          .find(({ table, period }) => table === name && period.name === '2026-10')
          ?.cells.map((cell) => [cell.at.join(' '), valueOf(cell)]) ?? []
      )
    expect(Object.keys(of('systems'))).toEqual(['linux', 'darwin', '(others)', '*'])
    expect(Object.keys(of('sizes'))).toEqual(['under 1', '1 to 2', '2 to 3', '3 and more'])
    expect(attack(ledger, solver).findings).toEqual([])
  })

  it('is not said where what a stranger could find out was not tried', async () => {
    const other = mkdtempSync(join(tmpdir(), 'candor-untried-'))
    try {
      const { published, withheld } = await run({ folder: other }, now, {
        attack: () => Promise.resolve(undefined)
      })
      expect(published).toEqual([])
      expect(withheld.map(({ because }) => because)).toContain(
        'What a stranger could find out was not tried in time.'
      )
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  })

  it('is tried in a thread, which finds what is found here', async () => {
    const ledger = await readLedger(folder, systemEffects)
    const leaking = ledger.map((table) => ({ ...table, published: table.period.first }))
    const beside = { clock: systemEffects.clock, signal: new AbortController().signal }
    expect(await attackBeside(leaking, beside)).toEqual(attack(leaking, solver).findings)
    expect(attack(leaking, solver).findings).not.toEqual([])
    expect(await attackBeside(leaking, { ...beside, signal: AbortSignal.abort() })).toBeUndefined()
  })

  it('goes on after it was killed at any write, with whole numbers of one publication', async () => {
    const other = mkdtempSync(join(tmpdir(), 'candor-killed-'))
    try {
      let writes = 0
      for (const killedAt of [1, 2, 3, 5, 8, 13, 21, 34, Infinity]) {
        writes = 0
        const writeFile = ((...given: Parameters<typeof systemEffects.files.writeFile>) => {
          writes += 1
          if (writes === killedAt) throw new Error('killed')
          return systemEffects.files.writeFile(...given)
        }) as typeof systemEffects.files.writeFile
        // Each start is later, so that what it would publish is not what lies there.
        const at = now + (Number.isFinite(killedAt) ? killedAt : 100) * 60_000
        const clock = { ...systemEffects.clock, now: () => at }
        const effects = { ...systemEffects, clock, files: { ...systemEffects.files, writeFile } }
        await run({ folder: other }, at, { effects }).catch((error: unknown) => {
          expect(error).toMatchObject({ message: 'killed' })
        })
      }
      const ledger = await readLedger(other, systemEffects)
      expect(ledger.length).toBeGreaterThan(5)
      expect(new Set(ledger.map(({ published }) => published)).size).toBe(1)
      expect((await readPublished(other, systemEffects)).size).toBeGreaterThan(ledger.length)
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  })

  it('takes nothing away outside of its folder, whatever a file in there names', async () => {
    const other = mkdtempSync(join(tmpdir(), 'candor-foreign-'))
    try {
      writeFileSync(join(other, 'outside'), 'precious')
      mkdirSync(join(other, 'public'))
      const line = `${'0'.repeat(64)}  ../outside\n`
      writeFileSync(join(other, 'public', 'SHA256SUMS.new'), line)
      await run({ folder: join(other, 'public') })
      expect(readFileSync(join(other, 'outside'), 'utf8')).toBe('precious')
      writeFileSync(join(other, 'public', 'SHA256SUMS'), line)
      await expect(readPublished(join(other, 'public'), systemEffects)).rejects.toMatchObject({
        code: 'PUBLICATION_DAMAGED'
      })
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  })

  it('is told in open data, a signed file, a badge and pages where nothing runs', async () => {
    expect(text('numbers.csv')).toContain('acme,active,2026-10,2026-10-02,2026-10-31,1,')
    const buffer = readFileSync(join(folder, 'numbers.parquet'))
    const rows = await parquetReadObjects({ file: new Uint8Array(buffer).buffer })
    expect(rows[0]).toMatchObject({ product: 'acme', table: 'active', within: 5 })
    expect(JSON.parse(text('badge.json'))).toMatchObject({ message: 'at least 620 in 30 days' })
    expect(JSON.parse(text('fleet.json'))).toMatchObject({ signatures: [{ key: 'key' }] })
    for (const page of ['index.html', 'embed/systems.html']) {
      expect(text(page)).not.toMatch(/<script|style="|http:\/\/|src=/)
      expect(text(page)).toContain('default-src &#39;none&#39;')
    }
    expect(text('feed.atom')).toContain(
      'href="https://numbers.example/acme/data/2026-10/active.json"'
    )
  })

  it('takes a number back for all to see, and keeps what was said', async () => {
    const withdraw = { table: 'systems', period: '2026-10', because: 'one client counted twice' }
    await run({ withdraw })
    expect(JSON.parse(text('data/2026-10/systems.json'))).not.toHaveProperty('withdrawn')
    expect(JSON.parse(text('data/2026-10/systems.2.json'))).toMatchObject({ version: 2, cells: [] })
    expect(text('index.html')).toContain('one client counted twice')
    await expect(run({ withdraw })).rejects.toMatchObject({ code: 'PUBLICATION_UNKNOWN' })
  })

  it('builds on nothing that somebody changed', async () => {
    const path = join(folder, 'data/2026-10/active.json')
    writeFileSync(path, text('data/2026-10/active.json').replace('"value"', '"value "'))
    await expect(run()).rejects.toMatchObject({ code: 'PUBLICATION_DAMAGED' })
  })

  it('needs tables to publish', async () => {
    const nothing = { ...contract, publication: undefined }
    await expect(run({ contract: nothing })).rejects.toMatchObject({ code: 'PUBLICATION_NONE' })
  })
})
