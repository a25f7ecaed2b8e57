/** Simulated fleets: installations with versions, systems, sizes and records, month after month. */
import { type CountCell, type CountTable, keyOf, whole } from '../control/count-table.ts'
import { protect, type Rule, rules } from '../control/protect.ts'
import type { Solver } from '../linear-program.ts'
import { cellsOf, type PublishedTable, valueOf } from '../published.ts'

interface Installation {
  readonly version: string
  readonly os: string
  readonly size: number
  readonly records: number
  readonly isForged: boolean
}

export interface Fleet {
  readonly seed: number
  readonly periods: readonly {
    readonly members: readonly Installation[]
    readonly tables: readonly CountTable[]
  }[]
}

export interface Simulation {
  readonly solver: Solver
  readonly applied: readonly Rule[]
  readonly isEarly: boolean
  readonly isCountedAgain: boolean
  readonly isForgedCounted: boolean
}

/** Mulberry32: a small generator whose numbers a seed repeats. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const versions = ['2.1.x', '2.2.x', '2.3.x', '1.0.x', '0.9.x']
const systems = ['linux', 'darwin', 'windows', 'freebsd']
const months = ['2026-07', '2026-08', '2026-09']

/** Most run what most run; each month a few change. */
export function fleetOf(seed: number): Fleet {
  const random = randomOf(seed)
  const pick = (values: readonly string[]): string =>
    values[Math.min(values.length - 1, Math.floor(-Math.log(1 - random()) / 0.9))] ?? ''
  const born = (): Installation => ({
    version: pick(versions),
    os: pick(systems),
    size: Math.exp(random() * 12),
    records: random() < 0.004 ? 90_000 : 1 + Math.floor(random() * 30),
    isForged: false
  })
  const count = 350 + Math.floor(random() * 300)
  let members = Array.from({ length: count }, born)
  return {
    seed,
    periods: months.map(() => {
      // Few come and few go, so that a month is nearly the one before.
      members = members.map((one) => (random() < 0.004 ? born() : one))
      return { members, tables: tablesOf(members) }
    })
  }
}

/**
 * A fleet that hardly changes: which count is the smallest to hide beside a small one does.
 */
export const slowFleet: Fleet = {
  seed: 0,
  periods: [
    [60, 61],
    [61, 60]
  ].map(([linux = 0, darwin = 0]) => ({
    members: [],
    tables: [
      crossed({
        '2.1.x': { linux, darwin, windows: 8 },
        '2.2.x': { linux: 300, darwin: 290, windows: 300 },
        '2.3.x': { linux: 500, darwin: 500, windows: 500 }
      })
    ]
  }))
}

function crossed(counts: Readonly<Record<string, Readonly<Record<string, number>>>>): CountTable {
  const sums = new Map<string, CountCell>()
  for (const [version, row] of Object.entries(counts))
    for (const [os, count] of Object.entries(row))
      for (const at of [
        [version, os],
        [version, whole],
        [whole, os],
        [whole, whole]
      ])
        sums.set(keyOf(at), { at, count: count + (sums.get(keyOf(at))?.count ?? 0) })
  return {
    name: 'both',
    population: 'all',
    measure: 'installations',
    dimensions: ['version', 'os'],
    order: 'nominal',
    overlaps: false,
    strictness: { threshold: 10, combined: 50, rounding: 5 },
    cells: [...sums.values()]
  }
}

const strictness = { threshold: 10, combined: 50, rounding: 5 }

function tablesOf(members: readonly Installation[]): readonly CountTable[] {
  const table = (
    name: string,
    dimensions: readonly string[],
    cells: readonly CountCell[],
    rest: Partial<CountTable> = {}
  ): CountTable => ({
    name,
    population: 'all',
    measure: 'installations',
    dimensions,
    order: 'nominal',
    overlaps: false,
    strictness,
    cells,
    ...rest
  })
  const total = { at: [whole], count: members.length }
  const byVersion = counted(members, ({ version }) => [version])
  const byOs = counted(members, ({ os }) => [os])
  const both = counted(members, ({ version, os }) => [version, os])
  const sized = (bin: number): number =>
    members.filter(({ size }) => Math.floor(Math.log10(size)) === bin).length
  return [
    table('active', [], [{ at: [], count: members.length }]),
    table('versions', ['version'], [...byVersion, total]),
    table('systems', ['os'], [...byOs, total]),
    table(
      'both',
      ['version', 'os'],
      [
        ...both,
        ...byVersion.map(({ at, count }) => ({ at: [...at, whole], count })),
        ...byOs.map(({ at, count }) => ({ at: [whole, ...at], count })),
        { at: [whole, whole], count: members.length }
      ]
    ),
    table(
      'sizes',
      ['size'],
      [0, 1, 2, 3, 4, 5].map((bin) => ({ at: [String(10 ** bin)], count: sized(bin) })),
      { order: 'ordered', population: 'size' }
    ),
    table(
      'activity',
      ['name'],
      ['work', 'rest'].map((name, index) => {
        const senders = members.filter((_, place) => index === 0 || place % 12 === 0)
        return {
          at: [name],
          count: senders.reduce((sum, { records }) => sum + records, 0),
          senders: {
            count: senders.length,
            ...largest(senders)
          }
        }
      }),
      { measure: 'records', overlaps: true, population: 'records' }
    )
  ]
}

function largest(senders: readonly Installation[]): {
  readonly most: number
  readonly second: number
} {
  const [most = 0, second = 0] = senders.map(({ records }) => records).toSorted((a, b) => b - a)
  return { most, second }
}

function counted(
  members: readonly Installation[],
  atOf: (member: Installation) => readonly string[]
): readonly CountCell[] {
  const found = new Map<string, { readonly at: readonly string[]; count: number }>()
  for (const member of members) {
    const at = atOf(member)
    const cell = found.get(keyOf(at)) ?? { at, count: 0 }
    cell.count++
    found.set(keyOf(at), cell)
  }
  return [...found.values()]
}

export function publishedFrom(
  fleet: Fleet,
  {
    solver,
    applied = rules,
    isEarly = false,
    isCountedAgain = false
  }: Partial<Simulation> & Pick<Simulation, 'solver'>
): readonly PublishedTable[] {
  const published: PublishedTable[] = []
  const random = randomOf(fleet.seed + 1_000)
  const chances = new Map<string, number>()
  const chance = (of: string): number => {
    const known = chances.get(of) ?? random()
    chances.set(of, known)
    return known
  }
  fleet.periods.forEach(({ tables, members }, index) => {
    const name = months[index] ?? ''
    const versionsOfIt = isCountedAgain ? [tablesOf(members.slice(4)), tables] : [tables]
    for (const each of versionsOfIt)
      for (const table of each) {
        const before = published.filter((one) => one.table === table.name)
        const hiddenBefore = new Set(
          (before.at(-1)?.cells ?? [])
            .filter((cell) => valueOf(cell) === undefined)
            .map(({ at }) => keyOf(at))
        )
        published.push(
          asPublished(protect(table, { solver, chance, hiddenBefore }, applied), name, isEarly)
        )
      }
  })
  return published
}

function asPublished(table: CountTable, name: string, isEarly: boolean): PublishedTable {
  return {
    candor: 1,
    product: 'acme',
    table: table.name,
    title: table.name,
    says: '',
    asked: { question: 'active-installations', parameters: {} },
    period: { name, first: `${name}-01`, last: `${name}-30` },
    version: 1,
    published: isEarly ? `${name}-28T00:00:00.000Z` : '2026-11-20T00:00:00.000Z',
    population: table.population,
    measure: table.measure,
    dimensions: [...table.dimensions],
    order: table.order,
    overlaps: table.overlaps,
    ...table.strictness,
    licence: 'CC0-1.0',
    cells: [...cellsOf(table)],
    notes: []
  }
}

/** How many sums let the second largest sender guess the largest to within a tenth. */
export function insiders(fleet: Fleet, options: Pick<Simulation, 'solver' | 'applied'>): number {
  const published = publishedFrom(fleet, options).filter(({ measure }) => measure === 'records')
  return published.reduce((guessed, table) => {
    const members = fleet.periods[months.indexOf(table.period.name)]?.members ?? []
    return (
      guessed +
      table.cells.filter((cell) => {
        const senders = members.filter((_, place) => cell.at[0] === 'work' || place % 12 === 0)
        const { most, second } = largest(senders)
        const value = valueOf(cell)
        return value !== undefined && Math.abs(value - second - most) < most / 10
      }).length
    )
  }, 0)
}

/**
 * How many counts of a few honest ones are shown because a forger added so many of the same kind
 * that they are above the threshold, and can subtract what they added.
 */
export function injected(
  fleet: Fleet,
  { solver, isForgedCounted }: Pick<Simulation, 'solver' | 'isForgedCounted'>
): number {
  const added = 10
  const target = { version: '0.9.x', os: 'haiku', size: 5, records: 1, isForged: true }
  const honest = Array.from({ length: 3 }, () => ({ ...target, isForged: false }))
  const members = [...(fleet.periods.at(-1)?.members ?? []), ...honest]
  const forged = Array.from({ length: added }, () => target)
  const all = [...members, ...forged].filter(({ isForged }) => isForgedCounted || !isForged)
  const tables = tablesOf(all).filter(({ name }) => name === 'systems')
  const published = publishedFrom(
    { seed: fleet.seed, periods: [{ members: all, tables }] },
    { solver }
  )
  return published
    .flatMap(({ cells }) => cells)
    .filter((cell) => {
      const value = valueOf(cell)
      return cell.at[0] === target.os && value !== undefined && value - added < 10
    }).length
}
