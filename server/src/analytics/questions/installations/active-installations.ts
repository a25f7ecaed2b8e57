/** How many installations reported, by day, week or month, and by what they are. */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells } from '../../asking/column.ts'
import { comparedColumns, comparedCounts } from '../../asking/compared.ts'
import { allFilters, byParameter, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { countsStatement, type CountsWanted } from '../../knowing/counts.ts'
import type { FrozenPart } from '../../knowing/frozen.ts'
import { approximate, countsIds, whyNotCounted } from '../../knowing/identity.ts'
import { firstKeptDay } from '../../knowing/kept.ts'
import { partialPeriods } from '../../knowing/known.ts'
import { columnsPer, declaring, type Per, unitOf } from '../../reading/per.ts'
import { recordSource, type Source } from '../../reading/source.ts'
import type { Unit } from '../../reading/span.ts'

export const activeInstallations: Question = {
  name: 'active-installations',
  title: 'Active installations',
  says: 'how many installations reported',
  explains:
    'An installation is active in a period if at least one record of it was kept whose ' +
    'corrected time lies in that period. It counts once in each period, however often it ' +
    'reports, and under each value that it reported with. ' +
    'automated is how many of them reported from CI, from an agent or from a test; ' +
    'in_containers how many from inside a container; both are part of the total, and empty ' +
    'where no client tells. ' +
    'Periods whose ids have been forgotten go on as the plain counts that were frozen ' +
    'before. An id is no person and no machine: copies share one, and a container without a ' +
    'disk is new at each start. ' +
    'A product without ids, or with ids that rotate, has present instead where its contract ' +
    'declares presence: how many programs said that this was their first use of the period.',
  chart: 'line',
  parameters: [unitParameter('day'), byParameter],
  common: [...allFilters, 'compare'],
  async answer(asked) {
    const per: Per = { unit: unitOf(asked.chosen), by: asked.chosen.dimensions('by') }
    const { unit, by } = per
    const why = whyNotCounted(asked, unit ?? 'all')
    const presence = why !== undefined && unit !== undefined ? presenceOf(asked, unit) : undefined
    const isWhole = by.length === 0
    const values = [
      'records',
      ...(presence === undefined ? [] : ['present']),
      ...(why === undefined
        ? ['installations', ...(isWhole ? ['automated', 'in_containers'] : [])]
        : [])
    ]
    const wanted = wantedOf(asked, per, presence)
    const kept = firstKeptDay(asked)
    // Where only counts are left, it is those that do not tell.
    const isOfRecords = (row: AnswerRow): boolean =>
      String(unit === undefined ? asked.span.first : row[unit]) >= kept
    const columns = comparedColumns(asked, [...columnsPer(per), ...columnsOf(values)], values)
    const {
      rows,
      notes,
      lost,
      living: span
    } = await comparedCounts(asked, { ...wanted, values, rowOf: told })
    return {
      columns,
      rows: rows.map((row) => cells(columns, row)),
      notes: [
        ...(why === undefined ? notTold(rows.filter(isOfRecords), isWhole) : [why]),
        ...(presence === undefined ? [] : [presenceNote]),
        ...notes,
        ...(why === undefined ? [countsIds, approximate, ...rotationNote(asked)] : [])
      ],
      partial: partialPeriods(asked, unit, lost),
      sql: toShow(countsStatement(wanted, recordSource(asked, { span, names: declaring(by) })))
    } satisfies Answer
  }
}

function wantedOf(
  asked: Asked,
  per: Per,
  presence: Sql | undefined
): Omit<CountsWanted, 'span' | 'known'> {
  const isWhole = per.by.length === 0
  return {
    per,
    names: declaring(per.by),
    ...(isWhole || presence !== undefined
      ? {
          beside: {
            names: [
              ...(isWhole ? ['automated', 'in_containers'] : []),
              ...(presence === undefined ? [] : ['present'])
            ],
            parts: isWhole ? ['automation', 'container'] : [],
            select: (source) => [
              ...(isWhole ? environmentOf(source) : []),
              ...(presence === undefined ? [] : [sql`${presence} AS present`])
            ],
            ...(isWhole ? { frozen: frozenEnvironment } : {})
          }
        }
      : {}),
    ...(presence === undefined ? {} : { source: (wanted) => recordSource(asked, wanted) })
  }
}

function environmentOf(source: Source): readonly Sql[] {
  const count = (part: 'automation' | 'container', values: readonly string[]): Sql =>
    source.installationsIf(source.is(part, values))
  return [
    sql`${count('automation', automated)} AS automated`,
    sql`${count('automation', ['none', ...automated])} AS automation_told`,
    sql`${count('container', ['true'])} AS in_containers`,
    sql`${count('container', ['true', 'false'])} AS containers_told`
  ]
}

const automated = ['ci', 'agent', 'test']
const frozenEnvironment: readonly FrozenPart[] = [
  {
    name: 'automated',
    from: [
      { dimension: 'automated', values: ['true'] },
      { dimension: 'automation', values: automated }
    ]
  },
  {
    name: 'automation_told',
    from: [{ dimension: 'automation', values: ['none', ...automated] }],
    adds: true
  },
  { name: 'in_containers', from: [{ dimension: 'container', values: ['true'] }] },
  {
    name: 'containers_told',
    from: [{ dimension: 'container', values: ['true', 'false'] }],
    adds: true
  }
]

/** What no client tells is not known, and not zero. */
function told(row: AnswerRow): AnswerRow {
  const isSilent = (name: string): boolean => Number(row['installations']) > 0 && row[name] === 0
  return {
    ...row,
    automated: isSilent('automation_told') ? null : row['automated'],
    in_containers: isSilent('containers_told') ? null : row['in_containers']
  }
}

function notTold(rows: readonly AnswerRow[], isWhole: boolean): readonly string[] {
  if (!isWhole) return []
  const silent = (name: string): boolean =>
    rows.some((row) => Number(row['installations']) > 0) &&
    rows.every((row) => row[name] === null || row['installations'] === 0)
  return [
    ...(silent('automated')
      ? ['No client tells whether it ran by itself: automated is not told.']
      : []),
    ...(silent('in_containers')
      ? ['No client tells whether it runs in a container: in_containers is not told.']
      : [])
  ]
}

function columnsOf(values: readonly string[]): readonly AnswerColumn[] {
  const all: readonly AnswerColumn[] = [
    { name: 'installations', title: 'Installations', type: 'integer' },
    { name: 'present', title: 'Present', type: 'integer' },
    { name: 'automated', title: 'Automated', type: 'integer' },
    { name: 'in_containers', title: 'In containers', type: 'integer' },
    { name: 'records', title: 'Records', type: 'integer' }
  ]
  return all.filter(({ name }) => values.includes(name))
}

/** A first use is told by one record, so that nobody is counted twice, and by no id. */
function presenceOf({ product }: Asked, unit: Unit): Sql | undefined {
  return product.contract.presence.includes(unit)
    ? raw(`countIf(ifNull(first_of_${unit}, false))`)
    : undefined
}

const presenceNote =
  'present is how many programs said that it was their first use of the period: what can be ' +
  'known without an id. A copied home or a container without a disk counts anew.'

function rotationNote({ product }: Asked): readonly string[] {
  return product.contract.identity.kind === 'window'
    ? [
        'Ids of this product rotate: a record that came late, and the day on which they ' +
          'rotate, may count one installation twice.'
      ]
    : []
}
