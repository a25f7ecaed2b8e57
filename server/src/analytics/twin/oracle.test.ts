/**
 * Whether every question says of generated fleets what a few naive lines say, to the last
 * installation.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import { type Fleet, fleetOf, load } from './fleet.test-support.ts'
import * as collection from './naive-collection.test-support.ts'
import * as counts from './naive-counts.test-support.ts'
import { advisoriesAt, exposure } from './naive-exposure.test-support.ts'
import * as fields from './naive-fields.test-support.ts'
import * as followed from './naive-followed.test-support.ts'
import { queryShapes } from './naive-shapes.test-support.ts'
import { Naive, type NaiveRow } from './naive.test-support.ts'
import type { AnswerTable } from '../asking/question.ts'
import { askQuestion, questions } from '../asking/questions.ts'

const kinds = [
  'persistent',
  'persistent',
  'persistent',
  'persistent',
  'persistent',
  'persistent',
  'window',
  'none'
] as const
/** Printed with each failure: the same fleets come again with it. */
const seed = fc.readConfigureGlobal().seed ?? 0
const fleets: readonly Fleet[] = [
  ...kinds.flatMap((kind, index) =>
    fc.sample(fleetOf(`fleet-${index}`, kind), { seed: seed + index, numRuns: 12 }).slice(-1)
  ),
  {
    ...(fc.sample(fleetOf('fleet-empty', 'persistent'), { seed, numRuns: 1 })[0] as Fleet),
    records: [],
    drift: []
  }
]

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate(fleets.map(({ product }) => product))
  for (const fleet of fleets) await load(engine, fleet)
  // Dozens of blocks each, through every view, on a machine that others use too.
}, 400_000)
afterAll(() => engine.close())

const maybe = (values: readonly string[]): fc.Arbitrary<string | undefined> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.constantFrom(...values) }
  )
const span = { since: fc.constantFrom('1d', '7d', '30d', '45d', '100d') }
const filters = {
  version: maybe(['1.10.0', '1.9.0,unknown', 'unknown', '!2.0.0']),
  os: maybe(['linux', 'unknown', '!darwin']),
  where: maybe([
    'success=true',
    'success!=true',
    'elapsed>=1',
    'tags=a,b',
    'calls=sum;tables>1',
    'version_line=1.9.x,2.0.x',
    'reason=unknown'
  ]),
  automation: maybe(['none', 'ci,test']),
  container: maybe(['true']),
  class: maybe(['service,batch']),
  level: maybe(['basic', 'unknown,all'])
}
/** Mostly none, or nothing would be left to count. */
const filtered = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  ...Object.entries(filters).map(([name, values]) => ({
    weight: 1,
    arbitrary: fc.record({ [name]: values })
  }))
)
const lines = ['version_line', 'version,os', 'version_line,automation', 'tags,reason', 'calls']
const units = ['day', 'week', 'month', 'all']
const dimensions = [
  'name',
  'version',
  'class',
  'automation',
  'container',
  'os',
  'level',
  'success',
  'reason',
  'tags',
  'edition',
  'vector',
  'records'
]
function withoutVersion(
  common: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(common).filter(([name]) => name !== 'version'))
}

interface Case {
  readonly naive: (asked: Naive) => readonly NaiveRow[]
  readonly asked: Readonly<Record<string, fc.Arbitrary<string | undefined>>>
  readonly unit?: string
  readonly filters?: 'all' | 'all but version' | 'none'
  /** Until so many days ago. */
  readonly until?: number
}

const cases: Readonly<Record<string, Case>> = {
  'active-installations': {
    naive: counts.activeInstallations,
    asked: { unit: maybe(units), by: maybe([...dimensions, ...lines]) },
    unit: 'day'
  },
  'new-returning-lost': {
    naive: followed.newReturningLost,
    asked: { unit: maybe(units.slice(0, 3)) },
    unit: 'week'
  },
  retention: {
    naive: followed.retention,
    asked: {
      unit: maybe(units.slice(0, 3)),
      by: maybe(['os', 'version', 'class,container'])
    },
    unit: 'week'
  },
  versions: {
    naive: counts.versions,
    asked: { unit: maybe(units), lines: maybe(['minor']) }
  },
  'up-to-date': { naive: followed.upToDate, asked: {}, filters: 'all but version', until: 1 },
  'upgrade-flow': { naive: followed.upgradeFlow, asked: {}, filters: 'all but version' },
  'time-to-upgrade': { naive: followed.timeToUpgrade, asked: {}, filters: 'all but version' },
  exposure: {
    naive: exposure,
    asked: {
      advisory: fc.constantFrom('A-1', 'A-2', 'A-3'),
      unit: maybe(units.slice(0, 3)),
      show: maybe(['fix'])
    },
    unit: 'week',
    filters: 'all but version'
  },
  events: {
    naive: counts.events,
    asked: {
      unit: maybe(units),
      by: maybe([...dimensions.slice(1), ...lines]),
      record: maybe(['work', 'report'])
    }
  },
  breakdown: {
    naive: fields.breakdown,
    asked: {
      field: fc.constantFrom(
        'success',
        'elapsed',
        'reason',
        'tags',
        'calls',
        'tables',
        'edition',
        'records'
      ),
      of: maybe(['records', 'latest']),
      key: maybe(['sum'])
    }
  },
  'breakdown by lines': {
    naive: fields.breakdown,
    asked: {
      field: fc.constant('engine'),
      of: maybe(['records', 'latest']),
      lines: maybe(['minor', 'major'])
    }
  },
  distribution: {
    naive: fields.distribution,
    asked: {
      field: fc.constantFrom('elapsed', 'delta', 'tables', 'bytes', 'uptime', 'calls'),
      of: maybe(['latest']),
      key: maybe(['sum']),
      show: fc.constant('quantiles')
    }
  },
  fleet: {
    naive: fields.fleet,
    asked: {
      field: maybe(['tables', 'bytes', 'vector', 'calls']),
      by: maybe(['version', 'edition', 'os', 'version_line,edition'])
    }
  },
  adoption: {
    naive: counts.adoption,
    asked: { unit: maybe(units), record: maybe(['work']) }
  },
  'adoption of a field': {
    naive: counts.adoption,
    asked: { field: fc.constantFrom('tables', 'vector', 'bytes', 'success') }
  },
  funnel: {
    naive: followed.funnel,
    asked: {
      records: fc.constantFrom(
        'start,work',
        'start,work(success=true),stop',
        'work,check,report',
        'work(success=false),work(success=true)'
      ),
      per: maybe(['session', 'installation']),
      hours: maybe(['1', '24', '720'])
    }
  },
  failures: {
    naive: fields.failures,
    asked: { unit: maybe(units), by: maybe(['version', 'os', 'tags', 'version_line,name']) }
  },
  'failures that are records': {
    naive: fields.failures,
    asked: {
      failure: fc.constant('stop'),
      unit: maybe(units),
      by: maybe(['version', 'automation'])
    }
  },
  'failures that are counted': {
    naive: fields.failures,
    asked: { failed: fc.constant('calls'), key: maybe(['sum']) }
  },
  'failures by reason': {
    naive: fields.failures,
    asked: {
      reason: fc.constantFrom('reason', 'tags'),
      unit: maybe(units),
      by: maybe(['version', 'name'])
    }
  },
  'query-shapes': {
    naive: queryShapes,
    asked: { status: maybe(['unsupported', 'pending,other']) },
    until: 1
  },
  'query-shapes by another state': {
    naive: queryShapes,
    asked: {
      field: fc.constant('work.query'),
      status_field: fc.constant('reason'),
      executions: fc.constant('delta')
    },
    until: 1
  },
  sessions: { naive: followed.sessions, asked: { unit: maybe(units) }, unit: 'day' },
  ingestion: {
    naive: collection.ingestion,
    asked: { unit: maybe(units), show: maybe(['reasons']) },
    unit: 'day',
    filters: 'none'
  },
  drift: {
    naive: collection.drift,
    asked: { show: maybe(['declared', 'versions']) },
    filters: 'none'
  }
}

function ask(
  name: string,
  fleet: Fleet,
  asked: Readonly<Record<string, string>>
): Promise<AnswerTable> {
  const { product, now, releases } = fleet
  return askQuestion({
    name,
    parameters: new Map(Object.entries(asked)),
    storage: engine,
    product,
    now,
    releases,
    advisories: advisoriesAt(now).map((advisory) => ({
      ...advisory,
      severity: 'high'
    }))
  })
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Rows in any order; fractions within a billionth, since sums of floats depend on their order. */
function expectSame(rows: Rows, expected: Rows, told: string): void {
  const [found, wanted] = [inOrder(rows), inOrder(expected)]
  const close = found.map((row, index) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [
        key,
        isClose(value, wanted[index]?.[key]) ? wanted[index]?.[key] : value
      ])
    )
  )
  expect(close, told).toEqual(wanted)
}

/**
 * 207359.99999999994 is close to 207360, and 1e-17 to 0; two whole numbers are counts, and must be
 * equal.
 */
function isClose(one: unknown, other: unknown): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return false
  if (Number.isInteger(one) && Number.isInteger(other)) return false
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other))
}

/**
 * By words first, then by numbers as far as both sides must agree on them: their last digit must
 * not change the order.
 */
function inOrder(rows: Rows): Rows {
  const keyOf = (row: Readonly<Record<string, unknown>>): string => {
    const entries = Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1))
    return JSON.stringify([
      ...entries.map(([, value]) => (typeof value === 'number' ? '' : value)),
      ...entries.map(([, value]) => (typeof value === 'number' ? value.toPrecision(6) : ''))
    ])
  }
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

/** Fleets with what they are asked; what is undefined is not said. */
function askedOf({
  asked,
  filters: which = 'all',
  until: least = 0
}: Case): fc.Arbitrary<{ index: number; said: Readonly<Record<string, string>> }> {
  return fc
    .tuple(
      fc.nat(fleets.length - 1),
      fc.record({ ...span, ...asked }),
      filtered,
      fc.constantFrom(least, least, least, 3, 10)
    )
    .map(([index, own, common, ago]) => {
      const fleet = fleets[index] as Fleet
      const chosen = which === 'none' ? {} : which === 'all' ? common : withoutVersion(common)
      const until =
        ago === 0
          ? {}
          : { until: new Date(fleet.now - ago * 86_400_000).toISOString().slice(0, 10) }
      const said = Object.entries({ ...own, ...chosen, ...until }).filter(
        ([name, value]) => value !== undefined && (name !== 'key' || isMap(own))
      )
      return { index, said: Object.fromEntries(said) as Record<string, string> }
    })
}

/** Only a map has keys to choose from. */
function isMap(own: Readonly<Record<string, string | undefined>>): boolean {
  return own['field'] === 'calls' || own['failed'] === 'calls'
}

describe(`every question agrees with a naive count (fleets of seed ${seed})`, () => {
  it('and each has one', () => {
    expect(Object.keys(cases)).toEqual(expect.arrayContaining(questions.map(({ name }) => name)))
  })

  for (const [title, given] of Object.entries(cases)) {
    const name = title.split(' ')[0] as string
    it(`${title}`, async () => {
      await fc.assert(
        fc.asyncProperty(askedOf(given), async ({ index, said }) => {
          const fleet = fleets[index] as Fleet
          const answer = await ask(name, fleet, said)
          const expected = given.naive(new Naive(fleet, said, said['unit'] ?? given.unit))
          const told =
            `${name} of ${fleet.product.contract.product} ` +
            `(${fleet.product.contract.identity.kind}), seed ${seed}, ${JSON.stringify(said)}`
          expectSame(answer.rows, expected, told)
          const columns = answer.columns.map((column) => column.name).toSorted()
          for (const row of answer.rows) expect(Object.keys(row).toSorted(), told).toEqual(columns)
          expect(answer.notes.length).toBeGreaterThan(0)
        }),
        { numRuns: 40 }
      )
    })
  }

  it('compare=previous, with the same question asked of the span before', async () => {
    const given: Case = {
      naive: () => [],
      asked: {
        which: fc.constantFrom('active-installations', 'events', 'breakdown'),
        by: maybe(dimensions.slice(1, 9))
      }
    }
    await fc.assert(
      fc.asyncProperty(
        askedOf(given),
        async ({ index, said: { which = '', by, since = '7d', until, ...said } }) => {
          const fleet = fleets[index] as Fleet
          const last = until ?? new Date(fleet.now).toISOString().slice(0, 10)
          const own =
            which === 'breakdown'
              ? { field: 'reason' }
              : { unit: 'all', ...(by === undefined ? {} : { by }) }
          const { rows, columns } = await ask(which, fleet, {
            ...said,
            ...own,
            since,
            until: last,
            compare: 'previous'
          })
          const before = new Date(Date.parse(last) - Number(since.replace('d', '')) * 86_400_000)
            .toISOString()
            .slice(0, 10)
          const [now, then] = await Promise.all([
            ask(which, fleet, { ...said, ...own, since, until: last }),
            ask(which, fleet, { ...said, ...own, since, until: before })
          ])
          const values = columns.flatMap(({ name }) =>
            name.endsWith('_previous') ? [name.slice(0, -'_previous'.length)] : []
          )
          const keys = now.columns
            .map(({ name }) => name)
            .filter((name) => !values.includes(name) && name !== 'share')
          const keyOf = (row: Readonly<Record<string, unknown>>): string =>
            JSON.stringify(keys.map((key) => row[key]))
          const told = `${which}, seed ${seed}, ${JSON.stringify({ ...said, by, since, until })}`
          // Before the first record there is nothing to compare with, and of fields that expired
          // neither.
          const earlier = new Naive(fleet, { since, until: before }, undefined)
          const isNothing =
            earlier.firstDay === undefined ||
            earlier.first < earlier.firstDay ||
            (which === 'breakdown' && earlier.state(earlier.first, before) === 'lost')
          expect(new Set(rows.map(keyOf)), told).toEqual(
            new Set([...now.rows, ...(isNothing ? [] : then.rows)].map(keyOf))
          )
          const absentIn = (span: Naive): 0 | null =>
            span.state(span.first, span.last) === 'kept' ? 0 : null
          const present = new Naive(fleet, { since, until: last }, undefined)
          for (const row of rows) {
            const [current, previous] = [now, then].map((answer) =>
              answer.rows.find((other) => keyOf(other) === keyOf(row))
            )
            for (const value of values)
              expect([row[value], row[`${value}_previous`]], told).toEqual([
                current === undefined ? absentIn(present) : current[value],
                isNothing ? null : previous === undefined ? absentIn(earlier) : previous[value]
              ])
          }
        }
      ),
      { numRuns: 30 }
    )
  })

  it('distribution, each number in the bin that it belongs to', async () => {
    const given: Case = {
      naive: () => [],
      asked: {
        field: fc.constantFrom('elapsed', 'delta', 'tables', 'bytes', 'uptime'),
        of: maybe(['latest'])
      }
    }
    await fc.assert(
      fc.asyncProperty(askedOf(given), async ({ index, said }) => {
        const fleet = fleets[index] as Fleet
        const { rows } = await ask('distribution', fleet, said)
        const values = fields.numbersOf(new Naive(fleet, said, undefined), said['field'] ?? '')
        const binned = rows.map(({ from, to, records, installations }) => {
          const inside = values.filter(
            (value) => value >= Number(from) && (to === null || to === from || value < Number(to))
          )
          return [from, records ?? installations, inside.length]
        })
        for (const [from, counted, expected] of binned)
          expect(counted, `seed ${seed} ${JSON.stringify(said)} from ${String(from)}`).toBe(
            expected
          )
        expect(binned.reduce((sum, [, counted]) => sum + Number(counted), 0)).toBe(values.length)
      }),
      { numRuns: 40 }
    )
  })
})
