/**
 * Counts for `candor contract risk` how many installations share their values. Only counts leave:
 * neither a value nor a token does.
 */
import { DAY_MS } from '#values/days'
import {
  bitsOf,
  environmentParts,
  fewBelow,
  type Coarser,
  type CompiledContract,
  type Counted,
  type Dimension
} from '@candor/contract'
import { CandorError } from '../../errors.ts'
import { quoteName } from '../../storage/tables/column-types.ts'
import { fieldColumn, recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { asDays } from '../describe/parameters.ts'

/** Groups of one request: each multiplies the rows that one query holds at once. */
export const riskGroupsMax = 8
const dimensionsMax = 250
const coarserMax = 3
const bucketsMax = 1_000
const deadlineMs = 60_000

interface RiskRequest {
  readonly record: string
  readonly sinceDays: number
  /**
   * Nothing that came later counts, so that the many requests of one assessment look at the same
   * records.
   */
  readonly until: number
  readonly groups: readonly (readonly Dimension[])[]
}

interface RiskCounts {
  readonly g: number
  readonly different: number
  readonly installations: number
  readonly alone: number
  readonly few: number
  readonly weighted: number
}

/**
 * Each installation counts once, with its latest record of the name; without an identity each
 * record counts by itself. The body:
 * `{ record, since, until, groups }`, groups as a `Measure` of @candor/contract takes them, `until`
 * as an earlier answer gave it. Throws
 * PARAMETER_INVALID.
 */
export async function answerRisk({
  storage,
  product,
  body,
  now
}: {
  readonly storage: Pick<Storage, 'query'>
  readonly product: CompiledContract
  readonly body: Readonly<Record<string, unknown>>
  readonly now: number
}): Promise<{ readonly counted: readonly Counted[]; readonly until: string }> {
  const request = readRequest(product, body, now)
  const rows = await storage.query<RiskCounts>({
    sql: riskSql(product, request.groups),
    parameters: {
      record: request.record,
      first: new Date(now - (request.sinceDays - 1) * DAY_MS).toISOString().slice(0, 10),
      until: request.until
    },
    deadlineMs
  })
  const byGroup = new Map(rows.map((row) => [Number(row.g), row]))
  return {
    counted: request.groups.map((_, index) => countedOf(byGroup.get(index))),
    until: new Date(request.until).toISOString()
  }
}

function countedOf(row: RiskCounts | undefined): Counted {
  if (row === undefined) return { installations: 0, values: 0, alone: 0, few: 0, bits: 0 }
  const installations = Number(row.installations)
  return {
    installations,
    values: Number(row.different),
    alone: Number(row.alone),
    few: Number(row.few),
    bits: bitsOf(installations, Number(row.weighted))
  }
}

function riskSql(
  { contract }: CompiledContract,
  groups: readonly (readonly Dimension[])[]
): string {
  const dimensions = new Map<
    string,
    { readonly name: string; readonly sql: string; readonly column: string }
  >()
  for (const dimension of groups.flat()) {
    const key = JSON.stringify(dimension)
    const column = dimension.of === 'field' ? fieldColumn(dimension.name) : dimension.name
    if (!dimensions.has(key))
      dimensions.set(key, {
        name: `d${dimensions.size}`,
        sql: dimension.coarser.reduce(coarserSql, quoteName(column)),
        column
      })
  }
  const nameOf = (dimension: Dimension): string =>
    dimensions.get(JSON.stringify(dimension))?.name ?? '0'
  // A NULL is a value as well: who alone lacks something is singled out. The marker begins as no
  // kept text can.
  const hashes = groups.map(
    (group, index) =>
      `(toUInt8(${index}), ` +
      `cityHash64(${['0', ...group.map((each) => `ifNull(toString(${nameOf(each)}), char(1))`)].join(', ')}))`
  )
  const columns = [...new Set([...dimensions.values()].map(({ column }) => quoteName(column)))]
  const hasIds = contract.identity.kind !== 'none'
  const latest = `SELECT ${['0', ...columns].join(', ')} FROM ${recordTable(contract.product)} WHERE name = {record:String} AND occurred_at >= {first:Date} AND received_at <= fromUnixTimestamp64Milli({until:Int64})${
    hasIds ? ' AND installation IS NOT NULL ORDER BY occurred_at DESC LIMIT 1 BY installation' : ''
  }`
  const coarse =
    'SELECT ' +
    `${['1', ...[...dimensions.values()].map(({ name, sql }) => `${sql} AS ${name}`)].join(', ')} ` +
    `FROM (${latest})`
  const sizes =
    'SELECT pair.1 AS g, pair.2 AS h, count() AS n FROM (SELECT ' +
    `arrayJoin([${hashes.join(', ')}]) AS pair FROM (${coarse})) GROUP BY g, h`
  return (
    'SELECT g, count() AS different, sum(n) AS installations, sumIf(n, n = 1) AS alone, ' +
    `sumIf(n, n < ${fewBelow}) AS few, sum(n * log2(n)) AS weighted FROM (${sizes}) GROUP BY g`
  )
}

/** As `codesOf` of the generated fleet does it. */
function coarserSql(value: string, coarser: Coarser): string {
  switch (coarser.by) {
    case 'digits':
      return (
        `if(${value} = 0, 0, round(toFloat64(${value}), toInt16(${coarser.digits - 1} - ` +
        `floor(log10(abs(toFloat64(${value})))))))`
      )
    case 'nearest':
      return `round(toFloat64(${value}) / ${coarser.step}) * ${coarser.step}`
    case 'bucket':
      return (
        `if(isNull(${value}), NULL, arrayCount(bound -> bound <= assumeNotNull(${value}), ` +
        `[${coarser.bounds.join(', ')}]))`
      )
    case 'time':
      return `dateTrunc('${coarser.to}', ${value})`
    case 'parts':
      return (
        `arrayStringConcat(arraySlice(splitByChar('.', assumeNotNull(toString(${value}))), 1, ` +
        `${coarser.parts}), '.')`
      )
    case 'rare':
      return (
        `multiIf(isNull(${value}), NULL, count() OVER (PARTITION BY ${value}) < ` +
        `${coarser.below}, char(2), toString(${value}))`
      )
    case 'size':
      return `length(${value})`
    // An absent list or map is kept as an empty one.
    case 'presence':
      return `NOT has(['', '[]', '{}'], ifNull(toString(${value}), ''))`
  }
}

function readRequest(
  product: CompiledContract,
  body: Readonly<Record<string, unknown>>,
  now: number
): RiskRequest {
  const { record, since, until = new Date(now).toISOString(), groups } = body
  if (typeof record !== 'string' || !product.contract.records.has(record))
    throw invalid('"record" must name a record of the contract')
  if (since !== undefined && typeof since !== 'string')
    throw invalid('"since" must be a number of days, for example 30d')
  const end = typeof until === 'string' ? Date.parse(until) : Number.NaN
  if (Number.isNaN(end)) throw invalid('"until" must be an instant, as an earlier answer gave it')
  if (!Array.isArray(groups) || groups.length === 0 || groups.length > riskGroupsMax)
    throw invalid(`"groups" must be a list of 1 to ${riskGroupsMax} groups`)
  const fields = new Map(product.columns.map(({ name, type }) => [name, type.is]))
  return {
    record,
    sinceDays: asDays(since ?? '30d'),
    until: Math.min(end, now),
    groups: groups.map((group: unknown) => readGroup(group, fields))
  }
}

type ColumnKind = CompiledContract['columns'][number]['type']['is']

const environmentKinds: ReadonlyMap<string, ColumnKind> = new Map(
  [...environmentParts, 'version'].map((name) => [name, name === 'cpu' ? 'integer' : 'word'])
)

/** What each way needs of a column; the others take any. */
const kindsFor: Readonly<Partial<Record<Coarser['by'], readonly ColumnKind[]>>> = {
  digits: ['integer', 'number'],
  bucket: ['integer', 'number'],
  nearest: ['integer', 'number'],
  time: ['timestamp'],
  parts: ['word'],
  rare: ['word', 'text'],
  size: ['list', 'map']
}

function readGroup(group: unknown, fields: ReadonlyMap<string, ColumnKind>): readonly Dimension[] {
  if (!Array.isArray(group) || group.length > dimensionsMax)
    throw invalid(`a group must be a list of at most ${dimensionsMax} columns`)
  return group.map((each: unknown): Dimension => {
    const { of, name, coarser } = objectOf(each)
    if (of !== 'field' && of !== 'environment')
      throw invalid('a column must be `of` a field or the environment')
    const kind =
      typeof name === 'string' ? (of === 'field' ? fields : environmentKinds).get(name) : undefined
    if (kind === undefined || typeof name !== 'string')
      throw invalid('a column must be one that the contract declares')
    if (!Array.isArray(coarser) || coarser.length > coarserMax)
      throw invalid(`"coarser" must be a list of at most ${coarserMax}`)
    const ways = coarser.map(readCoarser)
    if (ways.some(({ by }) => kindsFor[by]?.includes(kind) === false))
      throw invalid('"coarser" does not fit the kind of its column')
    return { of, name, coarser: ways }
  })
}

function readCoarser(coarser: unknown): Coarser {
  const { by, digits, bounds, step, to, parts, below } = objectOf(coarser)
  switch (by) {
    case 'digits':
      return { by, digits: whole(digits, 15) }
    case 'bucket':
      if (
        !Array.isArray(bounds) ||
        bounds.length > bucketsMax ||
        !bounds.every((bound) => Number.isFinite(bound))
      )
        break
      return { by, bounds: bounds as readonly number[] }
    case 'nearest':
      if (typeof step !== 'number' || !(step > 0) || !Number.isFinite(step)) break
      return { by, step }
    case 'time':
      if (to !== 'second' && to !== 'minute' && to !== 'hour' && to !== 'day') break
      return { by, to }
    case 'parts':
      return { by, parts: whole(parts, 3) }
    case 'rare':
      return { by, below: whole(below, 1_000) }
    case 'size':
    case 'presence':
      return { by }
  }
  throw invalid('"coarser" is none of those that there are')
}

function whole(value: unknown, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max)
    return value
  throw invalid(`a whole number from 1 to ${max} belongs into "coarser"`)
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw invalid('a column, or how it is made coarser, must be an object')
}

function invalid(message: string): CandorError {
  return new CandorError('PARAMETER_INVALID', `${message}.`)
}
