/** Which versions are alive, and how each was adopted over time. */
import { quoteText } from '../../../storage/tables/column-types.ts'
import { versionOrder } from '../../../storage/tables/version-order.ts'
import { installationsColumn, periodColumn, recordsColumn } from '../../asking/column.ts'
import { ownDimension } from '../../reading/dimension.ts'
import { frozenCounts, fuller } from '../../reading/frozen.ts'
import { whyNotCounted } from '../../reading/identity.ts'
import { allFilters, unitParameter } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { periodSql, recordSource, type Source, sourceFor } from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly period?: string
  readonly ran: string | null
  readonly installations: number
  readonly records: number
  readonly first_day: string
  readonly last_day: string
}

type PeriodRow = Row & { readonly period: string }

interface Total {
  readonly period: string
  readonly installations: number
  readonly records: number
}

const others = '(others)'

export const versions: Question = {
  name: 'versions',
  title: 'Versions',
  says: 'which versions are alive, and how each was adopted over time',
  explains:
    'Counts the installations and records of each version, newest first, for the whole span or for each day, week or month of it. share is the part of all installations of that period that ran the version: ' +
    'an installation that upgraded within a period counts under each version that it ran, so shares may add up to more than one. Records whose client states no version are the row without one. ' +
    'Versions beyond the most used ones (top) are counted together as (others), an installation once. Periods whose records have expired go on as the plain counts that were frozen before.',
  chart: 'stacked',
  parameters: [
    unitParameter('all'),
    { name: 'top', says: 'how many versions are told apart', type: 'count', default: '100' }
  ],
  common: allFilters,
  async answer(asked) {
    const unit = units.find((name) => name === asked.chosen.word('unit'))
    const why = whyNotCounted(asked, unit ?? 'all')
    const wanted = { span: asked.span }
    const source = sourceFor(asked, { ...wanted, by: ownDimension('version') })
    const whole = await asked.storage.query<Row>({
      sql: statement(source, unit, undefined),
      deadlineMs: questionDeadlineMs
    })
    const isCut = new Set(whole.map(({ ran }) => ran)).size > asked.chosen.count('top')
    const told = isCut ? await topVersions(asked) : undefined
    const live =
      told === undefined
        ? whole
        : await asked.storage.query<Row>({
            sql: statement(source, unit, told),
            deadlineMs: questionDeadlineMs
          })
    const frozen = unit === undefined ? [] : await frozenCounts(asked, asked.span, unit, 'version')
    const rows =
      unit === undefined
        ? live
        : fuller<PeriodRow>(
            live as readonly PeriodRow[],
            frozen.map(({ value, ...row }) => ({
              ...row,
              ran: value,
              first_day: row.period,
              last_day: row.period
            }))
          )
    const totals = await totalsOf(asked, unit)
    const measure = why === undefined ? 'installations' : 'records'
    const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
    const columns = columnsOf(unit, why === undefined)
    return {
      columns,
      rows: rows.map((row) => {
        const total = totals.get(row.period ?? '')?.[measure] ?? 0
        const all: Readonly<Record<string, unknown>> = {
          ...(unit === undefined ? {} : { [unit]: row.period }),
          version: row.ran,
          installations: Number(row.installations),
          share: total === 0 ? 0 : Number(row[measure]) / total,
          records: Number(row.records),
          first_day: row.first_day,
          last_day: row.last_day
        }
        return Object.fromEntries(columns.map(({ name }) => [name, all[name]]))
      }),
      notes: [
        why === undefined
          ? 'An installation that upgraded within the span counts under each version that it ran. Records whose client states no version are the row without one.'
          : `${why} share is of records.`
      ],
      ...(partial === undefined ? {} : { partial }),
      sql: statement(recordSource(asked, wanted), unit, told)
    } satisfies Answer
  }
}

function columnsOf(unit: Unit | undefined, areCounted: boolean): readonly AnswerColumn[] {
  return [
    ...(unit === undefined ? [] : [periodColumn(unit)]),
    { name: 'version', title: 'Version', type: 'text' },
    ...(areCounted ? [installationsColumn] : []),
    { name: 'share', title: 'Share', type: 'share' },
    recordsColumn,
    ...(unit === undefined
      ? ([
          { name: 'first_day', title: 'First day', type: 'date' },
          { name: 'last_day', title: 'Last day', type: 'date' }
        ] as const)
      : [])
  ]
}

function statement(
  source: Source,
  unit: Unit | undefined,
  told: readonly (string | null)[] | undefined
): string {
  const version = source.version
  const named =
    told === undefined ? version : `if(${isTold(version, told)}, ${version}, ${quoteText(others)})`
  const select = [
    ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
    `${named} AS ran`,
    `${source.installations} AS installations`,
    `${source.records} AS records`,
    `min(${source.day}) AS first_day`,
    `max(${source.day}) AS last_day`
  ]
  const keys = unit === undefined ? 'ran' : 'period, ran'
  const order = `ran = ${quoteText(others)}, ${versionOrder('ran')} DESC, ran`
  return `SELECT ${select.join(', ')} ${source.from} GROUP BY ${keys} ORDER BY ${unit === undefined ? '' : 'period, '}${order}`
}

function isTold(version: string, told: readonly (string | null)[]): string {
  const named = told.flatMap((name) => (name === null ? [] : [quoteText(name)]))
  const among = named.length === 0 ? 'false' : `ifNull(${version} IN (${named.join(', ')}), false)`
  return told.includes(null) ? `(${version} IS NULL OR ${among})` : among
}

/**
 * Those that are told apart. Of the others an installation must count once, so they are merged and
 * not added up.
 */
async function topVersions(asked: Asked): Promise<readonly (string | null)[]> {
  const source = sourceFor(asked, { span: asked.span, by: ownDimension('version') })
  const rows = await asked.storage.query<{ version: string | null }>({
    sql: `SELECT ${source.version} AS version ${source.from} GROUP BY version ORDER BY ${source.installations} DESC, ${source.records} DESC, version DESC LIMIT ${asked.chosen.count('top')}`,
    deadlineMs: questionDeadlineMs
  })
  return rows.map(({ version }) => version)
}

async function totalsOf(asked: Asked, unit: Unit | undefined): Promise<ReadonlyMap<string, Total>> {
  const source = sourceFor(asked, { span: asked.span })
  const live = await asked.storage.query<Total>({
    sql: `SELECT ${unit === undefined ? `''` : periodSql(source.day, unit)} AS period, ${source.installations} AS installations, ${source.records} AS records ${source.from} GROUP BY period`,
    deadlineMs: questionDeadlineMs
  })
  const frozen = unit === undefined ? [] : await frozenCounts(asked, asked.span, unit, 'all')
  return new Map(
    fuller<Total>(live, frozen).map(({ period, installations, records }) => [
      period,
      { period, installations: Number(installations), records: Number(records) }
    ])
  )
}
