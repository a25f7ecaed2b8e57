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
import { z } from 'zod'
import { CandorError } from '../../errors.ts'
import { date, id, join, list, raw, sql, type Sql, toRun } from '../../storage/sql.ts'
import { quoteName } from '../../storage/tables/column-types.ts'
import { fieldColumn, recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { asDays } from '../describe/days.ts'
import { once } from '../describe/shapes.ts'

/** Groups of one request: each multiplies the rows that one query holds at once. */
const riskGroupsMax = 8
const dimensionsMax = 250
const coarserMax = 3
const bucketsMax = 1_000
const deadlineMs = 60_000

/** Groups as a `Measure` of @candor/contract takes them; each is a list of columns. */
export const riskGroups = once(() => {
  const from1 = (max: number): z.ZodInt => z.int().min(1).max(max)
  const coarser = z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('digits'), digits: from1(15) }),
    z.strictObject({ by: z.literal('bucket'), bounds: z.array(z.number()).max(bucketsMax) }),
    z.strictObject({ by: z.literal('nearest'), step: z.number().positive() }),
    z.strictObject({ by: z.literal('time'), to: z.enum(['second', 'minute', 'hour', 'day']) }),
    z.strictObject({ by: z.literal('parts'), parts: from1(3) }),
    z.strictObject({ by: z.literal('rare'), below: from1(1_000) }),
    z.strictObject({ by: z.literal('size') }),
    z.strictObject({ by: z.literal('presence') })
  ])
  const column = z.strictObject({
    of: z.enum(['field', 'environment']),
    name: z.string(),
    coarser: z.array(coarser).max(coarserMax)
  })
  return z.array(z.array(column).max(dimensionsMax)).min(1).max(riskGroupsMax)
})

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
 * record counts by itself. Throws PARAMETER_INVALID.
 */
export async function answerRisk({
  storage,
  product,
  body,
  now
}: {
  readonly storage: Pick<Storage, 'query'>
  readonly product: CompiledContract
  readonly body: RiskBody
  readonly now: number
}): Promise<{ readonly counted: readonly Counted[]; readonly until: string }> {
  const request = readRequest(product, body, now)
  const rows = await storage.query<RiskCounts>({
    ...toRun(
      riskSql(product, request, {
        first: date(new Date(now - (request.sinceDays - 1) * DAY_MS).toISOString().slice(0, 10))
      })
    ),
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
  { record, until, groups }: Pick<RiskRequest, 'record' | 'until' | 'groups'>,
  { first }: { readonly first: Sql }
): Sql {
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
  const hashes = groups.map((group, index) => {
    const values = group.map((each) => sql`ifNull(toString(${raw(nameOf(each))}), char(1))`)
    return sql`(toUInt8(${index}), cityHash64(${join([raw('0'), ...values])}))`
  })
  const columns = new Set([...dimensions.values()].map(({ column }) => column))
  const latest = sql`
    SELECT ${list([0, ...[...columns].map(id)])}
    FROM ${raw(recordTable(contract.product))}
    WHERE name = ${record} AND occurred_at >= ${first}
      AND received_at <= fromUnixTimestamp64Milli(toInt64(${until}))
      ${contract.identity.kind === 'none' ? undefined : latestOfEach}`
  const values = [...dimensions.values()].map((each) => raw(`${each.sql} AS ${each.name}`))
  const coarse = sql`
    SELECT ${list([1, ...values])}
    FROM (${latest})`
  return sql`
    SELECT
      g,
      count() AS different,
      sum(n) AS installations,
      sumIf(n, n = 1) AS alone,
      sumIf(n, n < ${fewBelow}) AS few,
      sum(n * log2(n)) AS weighted
    FROM (
      SELECT pair.1 AS g, pair.2 AS h, count() AS n
      FROM (
        SELECT arrayJoin([${join(hashes)}]) AS pair
        FROM (${coarse})
      )
      GROUP BY g, h
    )
    GROUP BY g`
}

const latestOfEach = sql`
  AND installation IS NOT NULL
  ORDER BY occurred_at DESC
  LIMIT 1 BY installation`

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

interface RiskBody {
  readonly record: string
  readonly since: string
  readonly until?: string | undefined
  readonly groups: readonly (readonly Dimension[])[]
}

function readRequest(product: CompiledContract, body: RiskBody, now: number): RiskRequest {
  const { record, since, until, groups } = body
  if (!product.contract.records.has(record))
    throw invalid('"record" must name a record of the contract')
  const fields = new Map(product.columns.map(({ name, type }) => [name, type.is]))
  for (const { of, name, coarser } of groups.flat()) {
    const kind = (of === 'field' ? fields : environmentKinds).get(name)
    if (kind === undefined) throw invalid('a column must be one that the contract declares')
    if (coarser.some(({ by }) => kindsFor[by]?.includes(kind) === false))
      throw invalid('"coarser" does not fit the kind of its column')
  }
  return {
    record,
    sinceDays: asDays(since),
    until: until === undefined ? now : Math.min(Date.parse(until), now),
    groups
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

function invalid(message: string): CandorError {
  return new CandorError('PARAMETER_INVALID', `${message}.`)
}
