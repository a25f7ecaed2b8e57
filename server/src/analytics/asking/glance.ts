/**
 * What does somebody look at first: who is alive, on which versions, what fails, what is not kept,
 * each over full days and beside the days before?
 */
import { CandorError } from '../../errors.ts'
import { addDays, periodsBetween, type Span } from '../reading/span.ts'
import type { AnswerRow, AnswerTable } from './question.ts'
import { type CountedDay, quietDays, withWeekday } from './quiet-days.ts'

/** Asks one question of one product; what it does not take is an error of its asker. */
type AskOne = (
  question: string,
  parameters: Readonly<Record<string, string>>
) => Promise<AnswerTable>

export interface GlanceOptions {
  readonly ask: AskOne
  /** As questions take it: `7d` or a day. */
  readonly since: string
  /** The last of full days; undefined: yesterday. */
  readonly until: string | undefined
  /** Filters that the reader chose, by the names of the common parameters. */
  readonly filters: Readonly<Record<string, string>>
  /** The names of the common parameters that a question takes. */
  readonly takes: (question: string) => readonly string[]
}

export interface Figure {
  readonly name: string
  readonly title: string
  readonly type: 'integer' | 'share'
  /** Null: nobody told. */
  readonly value: number | null
  /** The same of as many days before; null: not known, or not comparable. */
  readonly before: number | null
  /** What stands behind the number: names, or how many. */
  readonly says: string | null
  /** Where the number comes from, so that it can be asked again. */
  readonly asked: {
    readonly question: string
    readonly parameters: Readonly<Record<string, string>>
  }
}

export interface Glance {
  /** The days that count. */
  readonly span: Span
  readonly figures: readonly Figure[]
  /** Each day of the span, and as many before: records, null where nothing is known. */
  readonly trend: readonly CountedDay[]
}

/** Versions that came within four weeks before are not new. */
const knownDays = 28
const namesMax = 3

export async function glanceAt({ since, until, ...given }: GlanceOptions): Promise<Glance> {
  // It reads the days as every other question does, and refuses what is none.
  const together = { unit: 'all', compare: 'previous' }
  const days = { since, ...(until === undefined ? {} : { until }) }
  const parameters = { ...days, ...given.filters, ...together }
  const answer = await given.ask('active-installations', parameters)
  const { since: first = '', until: last = '' } = answer.parameters
  const hasBefore = answer.rows.some((row) => numberIn(row, 'records_previous') !== null)
  const options = { ...given, span: { first, last }, hasBefore }
  const asked = {
    question: 'active-installations',
    parameters: { since: first, until: last, ...given.filters, ...together }
  }
  const [people, running, fresh, failed, undeclared, lost, daily] = await Promise.all([
    peopleFigure(options, answer),
    versionFigures(options),
    newVersions(options),
    failureFigure(options),
    driftFigure(options),
    lostFigure(options),
    daysOf(options)
  ])
  const figures = [
    people,
    ...activeFigures(options, { answer, asked }),
    ...running,
    fresh,
    quietFigure(options, daily),
    failed,
    undeclared,
    lost
  ]
  return {
    span: options.span,
    figures: figures.flatMap((figure) => figure ?? []),
    trend: daily.counted.filter(({ day }) => day >= addDays(first, -daysIn(options.span)))
  }
}

/** The days are read once. */
interface Asking extends Pick<GlanceOptions, 'ask' | 'filters' | 'takes'> {
  readonly span: Span
  /** Whether there were records during all of the days before. */
  readonly hasBefore: boolean
}

interface Told {
  readonly answer: AnswerTable
  readonly asked: Figure['asked']
}

/** Undefined where this contract can't be asked that, or not with these filters. */
async function tell(
  { ask, filters, takes, span }: Asking,
  question: string,
  own: Readonly<Record<string, string>>
): Promise<Told | undefined> {
  const common = takes(question)
  const isFilterable = common.includes('os')
  if (isFilterable && Object.keys(filters).some((name) => !common.includes(name))) return undefined
  const parameters = {
    since: span.first,
    until: span.last,
    ...(isFilterable ? filters : {}),
    ...own
  }
  try {
    return { answer: await ask(question, parameters), asked: { question, parameters } }
  } catch (error) {
    if (error instanceof CandorError && error.code === 'PARAMETER_INVALID') return undefined
    throw error
  }
}

/** Whatever did not run by itself, and who does not tell; nothing where no client tells it. */
async function peopleFigure(options: Asking, all: AnswerTable): Promise<Figure | undefined> {
  if (options.filters['automation'] !== undefined) return undefined
  if (all.rows.every((row) => numberIn(row, 'automated') === null)) return undefined
  const own = { unit: 'all', compare: 'previous', automation: '!ci,agent,test' }
  const told = await tell(options, 'active-installations', own)
  const [row] = told?.answer.rows ?? []
  if (told === undefined || row === undefined) return undefined
  return {
    name: 'people',
    title: 'People’s installations',
    type: 'integer',
    value: numberIn(row, 'installations'),
    before: numberIn(row, 'installations_previous'),
    says: null,
    asked: told.asked
  }
}

function activeFigures(options: Asking, told: Told): readonly Figure[] {
  const [row] = told.answer.rows
  if (row === undefined) return []
  const figure = (name: string, title: string, says: string | null): readonly Figure[] =>
    told.answer.columns.some((column) => column.name === name)
      ? [
          {
            name,
            title,
            type: 'integer',
            value: numberIn(row, name),
            before: numberIn(row, `${name}_previous`),
            says,
            asked: told.asked
          }
        ]
      : []
  const automated = numberIn(row, 'automated')
  const isOfAll = options.filters['automation'] === undefined
  return [
    ...figure(
      'installations',
      options.filters['automation'] === undefined ? 'All installations' : 'Active installations',
      isOfAll && automated !== null ? `${counted(automated)} of them automated` : null
    ),
    ...figure('present', 'Present', null),
    ...figure('records', 'Records', null)
  ]
}

/** Of those alive in the last seven of the days; the shares are of whoever told a version. */
async function versionFigures(options: Asking): Promise<readonly Figure[]> {
  const alive = { since: addDays(options.span.last, -6) }
  const told = await tell(options, 'up-to-date', alive)
  const before = await tell(options, 'up-to-date', {
    since: addDays(alive.since, -7),
    until: addDays(alive.since, -1)
  })
  if (told === undefined) return []
  const of = (answer: AnswerTable | undefined, state: string): readonly AnswerRow[] =>
    answer?.rows.filter((row) => row['state'] === state) ?? []
  const newest = of(told.answer, 'newest')[0]
  const sameNewest = of(before?.answer, 'newest')[0]?.['what'] === newest?.['what']
  const figure = (state: string, title: string, says: (row: AnswerRow) => string): Figure[] => {
    const [row] = of(told.answer, state)
    if (row === undefined) return []
    const [then] = of(before?.answer, state)
    return [
      {
        name: state,
        title,
        type: 'share',
        value: numberIn(row, 'share'),
        before:
          options.hasBefore && sameNewest && then !== undefined ? numberIn(then, 'share') : null,
        says: says(row),
        asked: told.asked
      }
    ]
  }
  const many = (row: AnswerRow): string => `${counted(numberIn(row, 'installations') ?? 0)} or more`
  const affected = of(told.answer, 'affected')
  return [
    ...figure('newest', `On the newest, ${String(newest?.['what'] ?? '')}`, many),
    ...figure('behind', 'Behind', many),
    ...(affected.length === 0
      ? []
      : figure('affected', 'Affected by an advisory', () =>
          listed(affected.map(({ what }) => String(what)))
        ))
  ]
}

async function newVersions(options: Asking): Promise<Figure | undefined> {
  const { span } = options
  const told = await tell(options, 'versions', {})
  const earlier = await tell(options, 'versions', {
    since: addDays(span.first, -knownDays),
    until: addDays(span.first, -1)
  })
  const old = new Set(earlier?.answer.rows.map(({ version }) => version))
  if (told === undefined || told.answer.rows.length === 0) return undefined
  const names = told.answer.rows
    .map(({ version }) => version)
    .filter((version) => typeof version === 'string' && version !== '(others)' && !old.has(version))
    .map(String)
  const isKnown = old.size > 0
  return {
    name: 'new_versions',
    title: 'New versions',
    type: 'integer',
    // Where nothing came before, everything would be new.
    value: isKnown ? names.length : null,
    before: null,
    says: isKnown && names.length > 0 ? listed(names) : null,
    asked: told.asked
  }
}

async function failureFigure(options: Asking): Promise<Figure | undefined> {
  const { first, last } = options.span
  const told = await tell(options, 'failures', {})
  if (told === undefined) return undefined
  const days = daysIn(options.span)
  const before = await tell(options, 'failures', {
    since: addDays(first, -days),
    until: addDays(last, -days)
  })
  const isBroken = (told.answer.marks ?? []).some(({ isBreak }) => isBreak === true)
  const now = rateOf(told.answer.rows)
  return {
    name: 'failures',
    title: 'Failure rate',
    type: 'share',
    value: now.rate,
    before: isBroken || !options.hasBefore ? null : rateOf(before?.answer.rows ?? []).rate,
    says: now.failed === 0 ? null : `${counted(now.failed)} failed`,
    asked: told.asked
  }
}

async function driftFigure(options: Asking): Promise<Figure | undefined> {
  const told = await tell(options, 'drift', {})
  if (told === undefined) return undefined
  const { rows } = told.answer
  const sum = rows.reduce((all, row) => all + (numberIn(row, 'records') ?? 0), 0)
  return {
    name: 'drift',
    title: 'Not kept: undeclared',
    type: 'integer',
    value: sum,
    before: null,
    says: rows.length === 0 ? null : listed([...new Set(rows.map(({ name }) => String(name)))]),
    asked: told.asked
  }
}

async function lostFigure(options: Asking): Promise<Figure | undefined> {
  const told = await tell(options, 'ingestion', { show: 'reasons', unit: 'all' })
  if (told === undefined) return undefined
  const row = told.answer.rows.find(({ reason }) => reason === 'lost by clients')
  return {
    name: 'lost',
    title: 'Lost by clients',
    type: 'integer',
    value: row === undefined ? 0 : numberIn(row, 'count'),
    before: null,
    says: null,
    asked: told.asked
  }
}

interface Days {
  /** As many as the span has before it, and a week at least. */
  readonly counted: readonly CountedDay[]
  readonly asked: Figure['asked'] | undefined
}

async function daysOf(options: Asking): Promise<Days> {
  const since = addDays(options.span.first, -Math.max(7, daysIn(options.span)))
  const told = await tell(options, 'active-installations', { unit: 'day', since })
  const counted = (told?.answer.rows ?? []).map((row) => ({
    day: String(row['day']),
    value: numberIn(row, 'records')
  }))
  return { counted, asked: told?.asked }
}

/** An outage of a day is hardly seen in what is one number for many. */
function quietFigure({ span }: Asking, { counted: days, asked }: Days): Figure | undefined {
  if (asked === undefined || days.every(({ value }) => value === null)) return undefined
  const quiet = quietDays(days, span)
  const [worst] = quiet.toSorted(
    (one, other) => one.value / one.before - other.value / other.before
  )
  const others = quiet.length > 1 ? ` and ${quiet.length - 1} more` : ''
  return {
    name: 'quiet_days',
    title: 'Quiet days',
    type: 'integer',
    value: quiet.length,
    before: null,
    says:
      worst === undefined
        ? null
        : `${withWeekday(worst.day)}: ${counted(worst.value)} records, ` +
          `${counted(worst.before)} a week before${others}`,
    asked
  }
}

function rateOf(rows: readonly AnswerRow[]): {
  readonly rate: number | null
  readonly failed: number
} {
  const sum = (name: string): number =>
    rows.reduce((total, row) => total + (numberIn(row, name) ?? 0), 0)
  const outcomes = sum('records')
  return { rate: outcomes === 0 ? null : sum('failed') / outcomes, failed: sum('failed') }
}

function daysIn({ first, last }: Span): number {
  return periodsBetween(first, last, 'day') + 1
}

function listed(names: readonly string[]): string {
  const more = names.length - namesMax
  return `${names.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function counted(value: number): string {
  return new Intl.NumberFormat('en').format(value)
}

function numberIn(row: AnswerRow, name: string): number | null {
  const value = row[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
