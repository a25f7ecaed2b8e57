/** How many installations reported, by day, week or month, and by what they are. */
import { addDays } from '#values/days'
import { quoteText } from '../../../storage/tables/column-types.ts'
import { installationDaysTable } from '../../../storage/tables/tables.ts'
import { compared, comparedColumns, comparedNote } from '../../asking/compared.ts'
import { dimensionColumn, periodColumn } from '../../asking/column.ts'
import { frozenCounts, fuller } from '../../reading/frozen.ts'
import { approximate, countsIds, whyNotCounted } from '../../reading/identity.ts'
import { allFilters, unitParameter, type Dimension } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import {
  among,
  periodSql,
  recordSource,
  type Source,
  sourceFor,
  type Wanted
} from '../../reading/source.ts'
import { partialPeriod, type Span, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly period: string
  readonly value: unknown
  readonly records: number
  readonly installations: number
  readonly automated: number | null
  readonly in_containers: number | null
  readonly present?: number | null
}

export const activeInstallations: Question = {
  name: 'active-installations',
  title: 'Active installations',
  says: 'how many installations reported',
  explains:
    'An installation is active in a period if at least one record of it was kept whose corrected time lies in that period. It counts once in each period, however often it reports, and under each value that it reported with. ' +
    'automated is how many of them reported from CI, from an agent or from a test; in_containers how many from inside a container; both are part of the total, and clients that do not tell are in neither. ' +
    'Periods whose ids have been forgotten go on as the plain counts that were frozen before. An id is no person and no machine: copies share one, and a container without a disk is new at each start. ' +
    'A product without ids, or with ids that rotate, has present instead where its contract declares presence: how many programs said that this was their first use of the period.',
  chart: 'line',
  parameters: [
    unitParameter('day'),
    { name: 'by', says: 'count each value of this by itself', type: 'dimension' }
  ],
  common: [...allFilters, 'compare'],
  async answer(asked) {
    const unit = units.find((name) => name === asked.chosen.word('unit'))
    const by = asked.chosen.dimension('by')
    const why = whyNotCounted(asked, unit ?? 'all')
    const isPresence =
      why !== undefined && unit !== undefined && asked.product.contract.presence.includes(unit)
    const values = [
      'records',
      ...(isPresence ? ['present'] : []),
      ...(why === undefined
        ? ['installations', ...(by === undefined ? ['automated', 'in_containers'] : [])]
        : [])
    ]
    const keys = [...(unit === undefined ? [] : [unit]), ...(by === undefined ? [] : [by.name])]
    const rows = await compared(asked, { unit, keys, values }, (span) =>
      rowsOf(asked, { span, unit, by, names: [...keys, ...values], isPresence })
    )
    const partial = unit === undefined ? undefined : partialPeriod(asked.span, unit, asked.now)
    return {
      columns: comparedColumns(asked, columnsOf(unit, by, values), values),
      rows,
      notes: [
        ...(await notesFor(asked, why)),
        ...(isPresence ? [presenceNote] : []),
        ...comparedNote(asked, unit)
      ],
      ...(partial === undefined ? {} : { partial }),
      sql: statement(
        recordSource(asked, { span: asked.span, names: by?.records }),
        unit,
        by,
        isPresence
      )
    } satisfies Answer
  }
}

function columnsOf(
  unit: Unit | undefined,
  by: Dimension | undefined,
  values: readonly string[]
): readonly AnswerColumn[] {
  const all: readonly AnswerColumn[] = [
    ...(unit === undefined ? [] : [periodColumn(unit)]),
    ...(by === undefined ? [] : [dimensionColumn(by)]),
    { name: 'installations', title: 'Installations', type: 'integer' },
    { name: 'present', title: 'Present', type: 'integer' },
    { name: 'automated', title: 'Automated', type: 'integer' },
    { name: 'in_containers', title: 'In containers', type: 'integer' },
    { name: 'records', title: 'Records', type: 'integer' }
  ]
  return all.filter(({ name }) => name === unit || name === by?.name || values.includes(name))
}

async function rowsOf(
  asked: Asked,
  {
    span,
    unit,
    by,
    names,
    isPresence
  }: {
    readonly span: Span
    readonly unit: Unit | undefined
    readonly by: Dimension | undefined
    readonly names: readonly string[]
    /** What programs without an id tell of themselves is counted beside the records. */
    readonly isPresence: boolean
  }
): Promise<readonly AnswerRow[]> {
  const wanted: Wanted = {
    span,
    names: by?.records,
    by,
    beside: by === undefined ? ['automation', 'container'] : []
  }
  const live = await asked.storage.query<Row>({
    sql: statement(
      isPresence ? recordSource(asked, wanted) : sourceFor(asked, wanted),
      unit,
      by,
      isPresence
    ),
    deadlineMs: questionDeadlineMs
  })
  const isFrozen = !isPresence && (by === undefined || by.isDaily)
  const frozen =
    unit === undefined || !isFrozen ? [] : await frozenCounts(asked, span, unit, by?.name ?? 'all')
  return fuller<Row>(
    live,
    frozen.map((row) => ({ ...row, automated: null, in_containers: null }))
  )
    .filter(({ records }) => Number(records) > 0)
    .map((row) =>
      Object.fromEntries(
        names.map((name) => [
          name,
          name === unit
            ? row.period
            : name === by?.name
              ? row.value
              : numberOrNull(row[name as 'records'])
        ])
      )
    )
}

function statement(
  source: Source,
  unit: Unit | undefined,
  by: Dimension | undefined,
  isPresence: boolean
): string {
  const apart = by === undefined
  const select = [
    ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
    ...(by === undefined ? [] : [`${source.dimension(by)} AS value`]),
    `${source.installations} AS installations`,
    ...(apart
      ? [
          `${source.installationsIf(source.is('automation', ['ci', 'agent', 'test']))} AS automated`,
          `${source.installationsIf(source.is('container', ['true']))} AS in_containers`
        ]
      : []),
    // A first use is told by one record, so that nobody is counted twice, and by no id.
    ...(isPresence ? [`countIf(ifNull(first_of_${unit}, false)) AS present`] : []),
    `${source.records} AS records`
  ]
  const keys = [...(unit === undefined ? [] : ['period']), ...(by === undefined ? [] : ['value'])]
  const order = [
    ...(unit === undefined ? [] : ['period']),
    ...(by === undefined ? [] : ['installations DESC', 'value'])
  ]
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')}`
  return `SELECT ${select.join(', ')} ${source.from}${group}`
}

function numberOrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}

const presenceNote =
  'present is how many programs said that it was their first use of the period: what can be known without an id. A copied home or a container without a disk counts anew.'

async function notesFor(asked: Asked, why: string | undefined): Promise<readonly string[]> {
  if (why !== undefined) return [why]
  const shared = await sharedIds(asked)
  return [
    countsIds,
    approximate,
    ...(asked.product.contract.identity.kind === 'window'
      ? [
          'Ids of this product rotate: a record that came late, and the day on which they rotate, may count one installation twice.'
        ]
      : []),
    ...(shared > 0
      ? [
          `${shared === 1 ? 'One id reports' : `${shared} ids report`} more often than one installation can, in the last seven days: copies share an id (template clones), so the true number is higher.`
        ]
      : [])
  ]
}

/**
 * Of the last week alone: that is enough to say that there are some, and a year of reports would
 * have to be read for all.
 */
async function sharedIds({ storage, product, span }: Asked): Promise<number> {
  const bounds = [...product.contract.records.values()].flatMap(({ name, every }) =>
    every?.perDayMax === undefined ? [] : [{ name, max: every.perDayMax }]
  )
  // Only a contract that says how often an honest installation reports can tell.
  if (bounds.length === 0) return 0
  const bound = bounds.map(({ name, max }) => `name = ${quoteText(name)}, ${max}`).join(', ')
  const each = `SELECT installation FROM ${installationDaysTable.name} AS d WHERE product = ${quoteText(product.contract.product)} AND ${among(
    'name',
    bounds.map(({ name }) => name)
  )} AND day BETWEEN ${quoteText(addDays(span.last, -6))} AND ${quoteText(span.last)} GROUP BY installation, day, name HAVING sum(d.records) > multiIf(${bound}, 18446744073709551615)`
  const [row] = await storage.query<{ shared: number }>({
    sql: `SELECT uniqExact(installation) AS shared FROM (${each})`,
    deadlineMs: questionDeadlineMs
  })
  return Number(row?.shared ?? 0)
}
