/** Which shapes of queries are there, in which state, for how many, and where do they go? */
import { among } from '../../reading/conditions.ts'
import { all, date, join, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, recordsColumn } from '../../asking/column.ts'
import { invalid, nearest } from '../../asking/invalid.ts'
import { allFilters, type ChosenField } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { type AskableField, fieldsOf, isNumber } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'
import { automationNote, countsRecords, whyNotFollowed } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { type Known, knownOf } from '../../knowing/known.ts'
import { recordSource, who } from '../../reading/source.ts'
import { addDays, periodsBetween, type Span } from '../../reading/span.ts'

interface CountedShape {
  readonly shape: string
  readonly status?: string | null
  readonly records: number
  readonly executions?: number | null
  /** How many of those that sent it can be told apart at all. */
  readonly known: number
  readonly installations: number
  readonly gone_on: number
  /** In which state those are now. */
  readonly went: Readonly<Record<string, number>>
  readonly weeks: readonly number[]
}

interface Fields {
  readonly shape: ChosenField
  readonly status: AskableField | undefined
  readonly executions: AskableField | undefined
}

export const queryShapes: Question = {
  name: 'query-shapes',
  title: 'Query shapes',
  says: 'which shapes of queries there are, in which state, and for how many',
  explains:
    'Each shape of a statement, with each state that it is in: a shape has no names and no ' +
    'values, so equal shapes are counted across installations. installations are those whose ' +
    'last word on the shape in the span is this state; gone_on those that said it before in the ' +
    'span and are in another state now, went_to the state in which most of them are. share is of ' +
    'the installations that sent any shape. trend has one number for each seven days of the ' +
    'span, the last seven at its end: installations that sent the shape in this state, or ' +
    'records where ids rotate or are missing. A contract that tells no state has one row for ' +
    'each shape. Counts are exact; only full days count.',
  chart: 'shapes',
  parameters: [
    {
      name: 'field',
      says: 'the field that holds shapes; the first one that the contract declares',
      type: 'shape-field'
    },
    {
      name: 'status',
      says: 'only shapes that are in one of these states, or were: unsupported',
      type: 'words'
    },
    {
      name: 'status_field',
      says: 'the field that tells the state; the one called status, or something_status',
      type: 'field'
    },
    {
      name: 'executions',
      says: 'the number that tells how often a query ran; the one called executions',
      type: 'number-field'
    },
    { name: 'top', says: 'how many rows are shown', type: 'count', default: '50' }
  ],
  common: allFilters,
  since: '12w',
  until: 'yesterday',
  async answer(given) {
    const { asked, notes: cut } = living(given)
    const fields = fieldsFor(asked)
    const statuses = statusesFor(asked, fields)
    const why = whyNotFollowed(asked)
    const known = await knownOf(asked)
    const weeks = weeksOf(asked.span)
    const columns = columnsOf(fields, why === undefined)
    const statement = statementOf(asked, fields, { statuses, weeks })
    const rows = await find<CountedShape>(asked, statement)
    const [total] = await find<{ senders: number }>(asked, totalOf(asked, fields.shape))
    const top = asked.chosen.count('top')
    return {
      columns,
      rows: rows
        .slice(0, top)
        .map((row) =>
          cells(columns, rowOf(row, { known, weeks, why, senders: Number(total?.senders ?? 0) }))
        ),
      notes: [
        ...cut,
        ...(why === undefined ? [] : [countsOnly]),
        ...(fields.status === undefined
          ? ['This contract tells no state of a query: status_field names the field that does.']
          : [`The state is what ${fields.status.name} says.`]),
        ...(fields.executions === undefined
          ? ['How often a query ran is not told: records counts how often it was reported.']
          : []),
        rareNote,
        countsRecords,
        ...(rows.length > top
          ? [`${rows.length - top} more rows are not shown; top shows more.`]
          : []),
        ...automationNote(asked)
      ],
      sql: toShow(statement)
    } satisfies Answer
  }
}

const countsOnly =
  'No installation can be followed here, so records are counted, and by the state that each tells.'
const rareNote =
  'A shape that few installations have may tell whose it is: treat it like a rare value.'

function fieldsFor({ product, chosen }: Asked): Fields {
  const all = fieldsOf(product)
  const first = all.find(({ isShape }) => isShape)
  const shape = chosen.field('field') ?? (first && { field: first, records: first.records })
  if (shape === undefined)
    throw invalid('This contract declares no field of type sql-shape, so it has no shapes')
  const isBeside = ({ records }: AskableField): boolean =>
    records.some((name) => shape.records.includes(name))
  const beside = (field: AskableField | undefined): AskableField | undefined => {
    if (field === undefined || isBeside(field)) return field
    throw invalid(
      `${field.name} is told by ${field.records.join(', ')}, and ${shape.field.name} by ` +
        `${shape.records.join(', ')}: no record has both`
    )
  }
  const status =
    chosen.field('status_field')?.field ??
    all.find((field) => /(?:^|_)status$/.test(field.name) && isStatus(field) && isBeside(field))
  const executions =
    chosen.field('executions')?.field ??
    all.find((field) => field.name === 'executions' && isNumber(field) && isBeside(field))
  if (status !== undefined && !isStatus(status))
    throw invalid(`"status_field" must be a field with few values; ${status.name} has others`)
  if (executions !== undefined && !isNumber(executions))
    throw invalid(`"executions" must be one number; ${executions.name} has several`)
  return { shape, status: beside(status), executions: beside(executions) }
}

function isStatus({ type, isDimension }: AskableField): boolean {
  return type.is === 'word' && isDimension
}

function statusesFor({ chosen }: Asked, { status }: Fields): readonly string[] {
  const wanted = chosen.words('status')
  if (wanted.length > 0 && status === undefined)
    throw invalid('"status" chooses among states, and no field of this contract tells one')
  const known = status?.values
  const strange = wanted.find((word) => known?.includes(word) === false)
  if (known !== undefined && strange !== undefined)
    throw invalid(
      `"${strange}" is no value of ${status?.name ?? ''}; did you mean ` +
        `"${nearest(strange, known)}"? There are: ${known.join(', ')}`
    )
  return wanted
}

function columnsOf({ status, executions }: Fields, areFollowed: boolean): readonly AnswerColumn[] {
  const followed: readonly AnswerColumn[] = areFollowed
    ? [
        installationsColumn,
        { name: 'share', title: 'Of all', type: 'share' },
        ...(status === undefined
          ? []
          : ([
              { name: 'gone_on', title: 'Gone on', type: 'integer' },
              { name: 'went_to', title: 'Most went to', type: 'text' }
            ] as const))
      ]
    : []
  return [
    { name: 'shape', title: 'Shape', type: 'text' },
    ...(status === undefined ? [] : [{ name: 'status', title: 'State', type: 'text' } as const]),
    ...followed,
    ...(executions === undefined
      ? []
      : [{ name: 'executions', title: 'Executions', type: 'number' } as const]),
    recordsColumn,
    { name: 'trend', title: 'Every 7 days', type: 'trend' }
  ]
}

/** The first day of each seven, the last of which end with the span; what is cut is left out. */
function weeksOf({ first, last }: Span): readonly string[] {
  const count = Math.floor((periodsBetween(first, last, 'day') + 1) / 7)
  return Array.from({ length: count }, (_, index) => addDays(last, 1 - 7 * (count - index)))
}

function statementOf(
  asked: Asked,
  { shape, status, executions }: Fields,
  { statuses, weeks }: { readonly statuses: readonly string[]; readonly weeks: readonly string[] }
): Sql {
  const { from } = recordSource(asked, {
    span: asked.span,
    names: shape.records,
    condition: sql`${shape.field.sql} IS NOT NULL`
  })
  const areFollowed = whyNotFollowed(asked) === undefined
  const sender = areFollowed ? raw(who) : raw(`CAST(NULL, 'Nullable(String)')`)
  const state = status === undefined ? raw(`''`) : status.sql
  // Records that count in `trend`: of one installation one a week, else each.
  const [firstWeek = asked.span.last] = weeks
  const week = sql`intDiv(dateDiff('day', toDate(${date(firstWeek)}), toDate(occurred_at)), 7)`
  const isInWeeks = sql`toDate(occurred_at) >= ${date(firstWeek)}`
  const each = areFollowed
    ? raw('toUInt64(is_known AND has(sevens, i))')
    : raw('countEqual(sevens, i)')
  const ran = executions === undefined ? undefined : raw('ran')
  // Of two states at one moment the one whose name comes later: an installation counts once.
  const ended = raw(`(last_at, ifNull(state, ''))`)
  return sql`
    SELECT ${join([
      raw('shape'),
      status === undefined ? undefined : raw('state AS status'),
      raw('sum(sent) AS records'),
      ran === undefined ? undefined : raw('sum(ran) AS executions'),
      raw('countIf(is_known) AS known'),
      raw('countIf(is_known AND is_last) AS installations'),
      raw('countIf(is_known AND NOT is_last) AS gone_on'),
      raw('sumMapIf(map(ended_in, toUInt64(1)), is_known AND NOT is_last) AS went'),
      raw('sumForEach(weekly) AS weeks')
    ])}
    FROM (
      SELECT ${join([
        raw('shape'),
        raw('state'),
        raw('sent'),
        ran,
        raw('sender IS NOT NULL AS is_known'),
        sql`max(${ended}) OVER (PARTITION BY sender, shape) AS latest`,
        sql`${ended} = latest AS is_last`,
        raw('latest.2 AS ended_in'),
        sql`arrayMap(i -> ${each}, range(${weeks.length})) AS weekly`
      ])}
      FROM (
        SELECT ${join([
          sql`${sender} AS sender`,
          sql`assumeNotNull(${shape.field.sql}) AS shape`,
          sql`${state} AS state`,
          raw('count() AS sent'),
          executions === undefined ? undefined : sql`sum(${executions.sql}) AS ran`,
          raw('max(occurred_at) AS last_at'),
          areFollowed
            ? sql`groupUniqArrayIf(${week}, ${isInWeeks}) AS sevens`
            : sql`groupArrayIf(${week}, ${isInWeeks}) AS sevens`
        ])}
        ${from}
        GROUP BY sender, shape, state
      )
    )
    GROUP BY shape, state
    ${statuses.length === 0 ? undefined : sql`HAVING ${among(raw('state'), statuses)}`}
    ORDER BY installations DESC, records DESC, shape, state`
}

/** Whoever sent any shape could have told this one. */
function totalOf(asked: Asked, { field, records }: ChosenField): Sql {
  const { from } = recordSource(asked, {
    span: asked.span,
    names: records,
    condition: all([sql`${field.sql} IS NOT NULL`, raw(`${who} IS NOT NULL`)])
  })
  return sql`SELECT uniqExact(${raw(who)}) AS senders ${from}`
}

function rowOf(
  row: CountedShape,
  {
    known,
    weeks,
    why,
    senders
  }: {
    readonly known: Known
    readonly weeks: readonly string[]
    readonly why: string | undefined
    readonly senders: number
  }
): AnswerRow {
  // Records of which none has an id come from somebody: how many that are is not told.
  const isTold = why !== undefined || Number(row.known) > 0
  const told = (value: number): number | null => (isTold ? Number(value) : null)
  return {
    shape: row.shape,
    status: row.status ?? null,
    records: Number(row.records),
    executions:
      row.executions === undefined || row.executions === null ? null : Number(row.executions),
    installations: told(row.installations),
    share: senders === 0 || !isTold ? null : Number(row.installations) / senders,
    gone_on: told(row.gone_on),
    went_to: mostOf(row.went),
    trend: weeks.map((first, index) =>
      known.firstDay === undefined || addDays(first, 6) < known.firstDay
        ? null
        : told(row.weeks[index] ?? 0)
    )
  }
}

/** Of equally many the one whose name comes first. */
function mostOf(counts: Readonly<Record<string, number>>): string | null {
  const [most] = Object.entries(counts).toSorted(
    ([one, few], [other, many]) => Number(many) - Number(few) || (one < other ? -1 : 1)
  )
  return most === undefined || most[0] === '' ? null : most[0]
}
