/** Which versions are alive, and how each was adopted over time. */
import { compareVersionTexts } from '#values/version-order'
import { list, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, recordsColumn } from '../../asking/column.ts'
import { allFilters, type Dimension, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { countsPer } from '../../knowing/counts.ts'
import { frozenCounts } from '../../knowing/frozen.ts'
import { ownDimension } from '../../reading/dimension.ts'
import { find } from '../../reading/find.ts'
import { whyNotCounted } from '../../knowing/identity.ts'
import { type Known, knownOf, livingSpan, partialPeriods, stateOf } from '../../knowing/known.ts'
import { columnsPer, type Per, statementPer, unitOf } from '../../reading/per.ts'
import { recordSource, type Source, sourceFor } from '../../reading/source.ts'
import { addDays, type Unit } from '../../reading/span.ts'

const others = '(others)'

export const versions: Question = {
  name: 'versions',
  title: 'Versions',
  says: 'which versions are alive, and how each was adopted over time',
  explains:
    'Counts the installations and records of each version, newest first, for the whole span ' +
    'or for each day, week or month of it. A record that states no version counts under the ' +
    'last one that its installation stated before. share is the part of all installations of ' +
    'that period that are known to have run any version: ' +
    'an installation that upgraded within a period counts under each version that it ran, so ' +
    'shares may add up to more than one. What never stated a version is the row without one, ' +
    'and has no share. ' +
    'lines=minor puts the versions of a minor line together (2.29.x). Versions beyond the ' +
    'most used ones (top) are counted together as (others), an installation once. Periods ' +
    'whose records have expired go on as the plain counts that were frozen before.',
  chart: 'stacked',
  parameters: [
    unitParameter('all'),
    {
      name: 'lines',
      says: 'each version by itself, or the versions of a minor line together',
      type: 'choice',
      values: ['version', 'minor'],
      default: 'version'
    },
    { name: 'top', says: 'how many versions are told apart', type: 'count', default: '100' }
  ],
  common: allFilters,
  async answer(asked) {
    const unit = unitOf(asked.chosen)
    const line = asked.chosen.word('lines') === 'minor' ? 'version_line' : 'version'
    const version = ownDimension(line) as Dimension
    const per: Per = { unit, by: [{ ...version, name: 'version' }] }
    const why = whyNotCounted(asked, unit ?? 'all')
    const measure = why === undefined ? 'installations' : 'records'
    const { span } = asked
    const known = await knownOf(asked)
    const whole = await countsPer(asked, { per, span, known })
    const told = mostUsed(whole.rows, { measure, top: asked.chosen.count('top') })
    const counts =
      told === undefined
        ? whole
        : await countsPer(asked, { per: { unit, by: [toldApart(version, told)] }, span, known })
    const totals = await totalsOf(asked, { unit, measure, known, version })
    const days =
      unit === undefined ? await daysOf(asked, known, toldApart(version, told)) : new Map()
    const columns = columnsOf(per, why === undefined)
    const rows = counts.rows.map((row): AnswerRow => {
      const total = totals.get(String(unit === undefined ? '' : row[unit]))
      const own = row['version'] ?? null
      const isShared = own !== null && total !== undefined && total !== null && total > 0
      return {
        ...row,
        share: isShared && row[measure] !== null ? Number(row[measure]) / total : null,
        ...days.get(own)
      }
    })
    return {
      columns,
      rows: inOrder(rows, unit).map((row) => cells(columns, row)),
      notes: [
        why === undefined
          ? 'share is of the installations whose version is known. An installation that ' +
            'upgraded within the span counts under each version that it ran.'
          : `${why} share is of records whose version is known.`
      ],
      partial: partialPeriods(asked, unit, counts.lost),
      sql: toShow(shown({ ...asked, span: livingSpan(known, span, unit) }, per, told))
    } satisfies Answer
  }
}

function columnsOf(per: Per, areCounted: boolean): readonly AnswerColumn[] {
  return [
    ...columnsPer(per),
    ...(areCounted ? [installationsColumn] : []),
    { name: 'share', title: 'Share', type: 'share' },
    recordsColumn,
    ...(per.unit === undefined
      ? ([
          { name: 'first_day', title: 'First day', type: 'date' },
          { name: 'last_day', title: 'Last day', type: 'date' }
        ] as const)
      : [])
  ]
}

/**
 * Of the others an installation must count once, so they are merged by the store and not added up.
 */
function toldApart(version: Dimension, told: readonly string[] | undefined): Dimension {
  if (told === undefined) return version
  const over = (column: Sql): Sql => {
    const own = version.over(column)
    return sql`if(${own} IS NULL OR ${own} IN (${list(['', ...told])}), ${own}, ${others})`
  }
  return {
    ...version,
    name: 'version',
    over,
    sql: over(raw('version')),
    ofValue: (value) => {
      const own = version.ofValue(value)
      return own === null || told.includes(own) ? own : others
    }
  }
}

/** Undefined: there are no more than are told apart. */
function mostUsed(
  rows: readonly AnswerRow[],
  { measure, top }: { readonly measure: string; readonly top: number }
): readonly string[] | undefined {
  const totals = new Map<string, number>()
  for (const row of rows) {
    if (typeof row['version'] !== 'string') continue
    totals.set(row['version'], (totals.get(row['version']) ?? 0) + Number(row[measure] ?? 0))
  }
  if (totals.size <= top) return undefined
  return [...totals]
    .toSorted(([one, few], [other, many]) => many - few || compareVersionTexts(other, one))
    .slice(0, top)
    .map(([version]) => version)
}

/** Newest first, then what never stated one, then all others together. */
function inOrder(rows: readonly AnswerRow[], unit: Unit | undefined): readonly AnswerRow[] {
  const period = (row: AnswerRow): string => (unit === undefined ? '' : String(row[unit]))
  return rows.toSorted((one, other) =>
    period(one) === period(other)
      ? newestFirst(one['version'], other['version'])
      : period(one) < period(other)
        ? -1
        : 1
  )
}

function newestFirst(one: unknown, other: unknown): number {
  const group = (version: unknown): number => (version === others ? 2 : version === null ? 1 : 0)
  return group(one) - group(other) || compareVersionTexts(String(other), String(one))
}

/** Of those whose version is known: each counts once, however many versions it ran. */
async function totalsOf(
  asked: Asked,
  {
    unit,
    measure,
    known,
    version
  }: {
    readonly unit: Unit | undefined
    readonly measure: string
    readonly known: Known
    readonly version: Dimension
  }
): Promise<ReadonlyMap<string, number | null>> {
  const isKnown: Dimension = {
    ...version,
    name: 'is_known',
    over: (column) => sql`isNotNull(${column})`,
    sql: sql`isNotNull(${raw('version')})`,
    ofValue: (value) => (value === null ? null : 'known')
  }
  const { span } = asked
  const { rows } = await countsPer(asked, { per: { unit, by: [isKnown] }, span, known })
  const period = (row: AnswerRow): string => (unit === undefined ? '' : String(row[unit]))
  const numberOf = (row: AnswerRow): number | null =>
    row[measure] === null ? null : Number(row[measure])
  const told = rows.filter((row) => row['is_known'] === 1 || row['is_known'] === 'known')
  const totals = new Map(told.map((row) => [period(row), numberOf(row)]))
  if (![...totals.values()].includes(null)) return totals
  // Of frozen counts only all together is known: where everybody had a version, that is the number.
  const all = await countsPer(asked, { per: { unit, by: [] }, span, known })
  const silent = new Set(rows.filter((row) => row['is_known'] === null).map(period))
  for (const row of all.rows)
    if (totals.get(period(row)) === null && !silent.has(period(row)))
      totals.set(period(row), numberOf(row))
  return totals
}

/** Of days that have expired by what was frozen; nothing where that can't tell. */
async function daysOf(
  asked: Asked,
  known: Known,
  by: Dimension
): Promise<ReadonlyMap<unknown, AnswerRow>> {
  const { span } = asked
  const source = sourceFor(asked, { span, by: [by] })
  const living = await find<{ own: string | null; first_day: string; last_day: string }>(
    asked,
    sql`
      SELECT ${source.value(by)} AS own, toString(min(${source.day})) AS first_day,
        toString(max(${source.day})) AS last_day
      ${source.from}
      GROUP BY own`
  )
  const days = new Map<unknown, AnswerRow>(living.map(({ own, ...found }) => [own, found]))
  if (!known.hasForgotten || stateOf(known, span) !== 'lost') return days
  const before = { first: span.first, last: addDays(known.keptFrom, -1) }
  const frozen = await frozenCounts(asked, before, 'day', { by: [by] })
  if (frozen === undefined)
    return new Map([...days].map(([own, found]) => [own, { ...found, first_day: null }]))
  for (const { by_0: own, period } of frozen.rows.toReversed()) {
    const day = String(period)
    const { last_day: last = day } = days.get(own) ?? {}
    days.set(own, { first_day: day, last_day: last })
  }
  return days
}

/** Over records, whose view has the order of versions as a column. */
function shown(asked: Asked, per: Per, told: readonly string[] | undefined): Sql {
  const [version] = per.by
  if (version === undefined) throw new Error('versions are told apart by version')
  const by = toldApart(version, told)
  const source: Source = recordSource(asked, { span: asked.span })
  const columns = [
    sql`${source.installations} AS installations`,
    sql`${source.records} AS records`,
    raw('min(toDate(occurred_at)) AS first_day'),
    raw('max(toDate(occurred_at)) AS last_day')
  ]
  return statementPer({ unit: per.unit, by: [by] }, source, {
    select: columns,
    order: [raw('max(version_order) DESC')]
  })
}
