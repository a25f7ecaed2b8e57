/** Who runs a version that an advisory names, since it was published, and how fast it is left? */
import { holdsOn } from '#values/newest-release'
import { isInRange, readVersion } from '#values/version-order'
import { date, list, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { periodColumn } from '../../asking/column.ts'
import { invalid, nearest, printable } from '../../asking/invalid.ts'
import { allFilters, type Dimension, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, Asked, KnownAdvisory, Question } from '../../asking/question.ts'
import { filled } from '../../knowing/fill.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { expiredNote, firstKeptDay } from '../../knowing/kept.ts'
import { knownOf, partialPeriods } from '../../knowing/known.ts'
import { among } from '../../reading/conditions.ts'
import { ownDimension } from '../../reading/dimension.ts'
import { find } from '../../reading/find.ts'
import { type Reports, reportsOf, shownReports } from '../../reading/followed.ts'
import { unitOf } from '../../reading/per.ts'
import { periodSql } from '../../reading/source.ts'
import { addDays, periodOf, periodsIn, type Span, type Unit, units } from '../../reading/span.ts'

/** Whoever was not heard of in the month before the publication may be gone for good. */
const lookBackDays = 30

const countColumns: readonly AnswerColumn[] = [
  { name: 'installations', title: 'Affected, at least', type: 'integer' },
  { name: 'at_most', title: 'At most', type: 'integer' },
  { name: 'not_told', title: 'Version not told', type: 'integer' },
  { name: 'silent', title: 'Went silent', type: 'integer' },
  { name: 'reported', title: 'Reported', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' }
]
const fixColumns: readonly AnswerColumn[] = [
  { name: 'advisory', title: 'Advisory', type: 'text' },
  { name: 'published', title: 'Published', type: 'date' },
  // What is asked comes first, and is what a chart draws.
  { name: 'days_50', title: 'Half after', type: 'integer', unit: 'days' },
  { name: 'days_25', title: 'A quarter after', type: 'integer', unit: 'days' },
  { name: 'days_90', title: 'Nine of ten after', type: 'integer', unit: 'days' },
  { name: 'installations', title: 'Heard of since', type: 'integer' },
  { name: 'left', title: 'Left it', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' },
  { name: 'silent', title: 'Went silent', type: 'integer' }
]

export const exposure: Question = {
  name: 'exposure',
  title: 'Exposure',
  says: 'how many run a version that an advisory names, since it was published',
  explains:
    'Of each period since the advisory was published: reported are the installations that ' +
    'reported in it, each with the last version that it stated; installations are those of ' +
    'them whose version the advisory names, on a platform that it names. not_told reported no ' +
    'version that can be compared, or nothing of the platform. silent did not report in the ' +
    'period, and had an affected version or none when they were last heard of, at most 30 days ' +
    'before the publication. at_most adds both; whoever switched telemetry off is in no number. ' +
    'share is of those whose version is known. ' +
    'show=fix instead follows those that ran an affected version when the advisory was ' +
    'published: days_50 is the half-life of the fix, the day by which half of those heard of ' +
    'since had reported a version that is not affected.',
  chart: 'line',
  parameters: [
    {
      name: 'advisory',
      says: 'which one, by its id',
      type: 'advisory',
      required: true
    },
    unitParameter('week', units),
    {
      name: 'show',
      says: 'each period, or how fast the affected versions were left',
      type: 'choice',
      values: ['periods', 'fix'],
      default: 'periods'
    }
  ],
  common: allFilters.filter((name) => name !== 'version'),
  since: '90d',
  async answer(asked) {
    const advisory = advisoryOf(asked)
    const unit = unitOf(asked.chosen) ?? 'week'
    const isFix = asked.chosen.word('show') === 'fix'
    const columns = isFix ? fixColumns : [periodColumn(unit), ...countColumns]
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const followed = followedSpan(asked, advisory)
    const states = await statesOf(asked, { advisory, followed })
    const fix = await fixOf(asked, { advisory, states, followed })
    const notes = notesOf(asked, { advisory, states, fix, followed })
    if (isFix)
      return {
        columns,
        rows: advisory.date > asked.span.last ? [] : [fix],
        notes,
        sql: toShow(fixStatement({ advisory, states, reports: shownReports(asked, followed) }))
      } satisfies Answer
    return { columns, notes, ...(await periodsSince(asked, { advisory, unit, states, followed })) }
  }
}

/** Which states a version, on a platform, is in; what is in none is not affected. */
interface States {
  readonly affected: readonly string[]
  readonly notTold: readonly string[]
  /** The platform's column, if the advisory names one that reports tell. */
  readonly os: Dimension | undefined
}

interface Following {
  readonly advisory: KnownAdvisory
  readonly states: States
  readonly followed: Span
}

function advisoryOf({ advisories, chosen }: Asked): KnownAdvisory {
  const wanted = chosen.word('advisory') ?? ''
  const found = advisories.find(({ id }) => id.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found
  const ids = advisories.map(({ id }) => id)
  throw invalid(
    ids.length === 0
      ? 'no advisory of this product is published: `candor advisory add` and `import` do'
      : `there is no advisory "${printable(wanted)}"; did you mean "${nearest(wanted, ids)}"? ` +
          `There are: ${ids.slice(0, 20).join(', ')}`
  )
}

function followedSpan(asked: Asked, { date: published }: KnownAdvisory): Span {
  const from = addDays(published, -lookBackDays)
  const kept = firstKeptDay(asked)
  const first = from < kept ? kept : from
  return { first: first > asked.span.last ? asked.span.last : first, last: asked.span.last }
}

/** Versions are few, and compared as everywhere: the store only looks them up in a list. */
async function statesOf(
  asked: Asked,
  { advisory, followed }: Pick<Following, 'advisory' | 'followed'>
): Promise<States> {
  const conditions = advisory.platforms ?? {}
  const os = Object.hasOwn(conditions, 'os') ? ownDimension('os') : undefined
  const reports = reportsOf(asked, followed)
  const rows = await find<{ ran: string; os: string }>(
    asked,
    sql`
      SELECT DISTINCT assumeNotNull(version) AS ran, ${osOf(os, reports)} AS os
      ${reports.from}
        AND version IS NOT NULL`
  )
  const stateOf = (row: { ran: string; os: string }): 'affected' | 'not told' | 'other' => {
    const version = readVersion(row.ran)
    if (version === undefined) return 'not told'
    if (!isInRange(version, advisory.affected)) return 'other'
    const holds = holdsOn(conditions, { os: row.os })
    return holds === 'yes' ? 'affected' : holds === 'no' ? 'other' : 'not told'
  }
  const keys = (state: string): readonly string[] =>
    rows.filter((row) => stateOf(row) === state).map(({ ran, os: on }) => `${ran} ${on}`)
  return { affected: keys('affected'), notTold: keys('not told'), os }
}

function osOf(os: Dimension | undefined, { value }: Pick<Reports, 'value'>): Sql {
  return os === undefined ? sql`${''}` : sql`ifNull(${value(os)}, ${''})`
}

/** affected, other, or not told; of the last version that was stated, if any was. */
function lastState({ affected, notTold, os }: States, reports: Reports): Sql {
  const key = sql`concat(ifNull(version, ''), ' ', ${osOf(os, reports)})`
  return sql`
    multiIf(
      version IS NULL, 'not told',
      ${among(key, affected)}, 'affected',
      ${among(key, notTold)}, 'not told',
      'other'
    )`
}

async function periodsSince(
  asked: Asked,
  { advisory, unit, states, followed }: Following & { readonly unit: Unit }
): Promise<Pick<Answer, 'rows' | 'partial' | 'sql'>> {
  const published = periodOf(advisory.date, unit)
  const { span: wanted } = asked
  const span = { first: wanted.first < published ? published : wanted.first, last: wanted.last }
  if (span.first > span.last) return { rows: [] }
  const periods = periodsIn(span, unit)
  const parts = { states, unit, periods }
  const found = await find<{ period: string } & Readonly<Record<string, unknown>>>(
    asked,
    periodStatement({ ...parts, reports: reportsOf(asked, followed) })
  )
  const known = await knownOf(asked)
  const zero = { installations: 0, not_told: 0, silent: 0, reported: 0 }
  const { rows, lost } = filled(found, { per: { unit, by: [] }, span, known, zero })
  return {
    rows: rows.map((row) => {
      const of = (name: keyof typeof zero): number | null =>
        row[name] === undefined ? null : Number(row[name])
      const [sure, notTold, silent, reported] = [
        of('installations'),
        of('not_told'),
        of('silent'),
        of('reported')
      ]
      const told = (reported ?? 0) - (notTold ?? 0)
      return {
        [unit]: row['period'],
        installations: sure,
        at_most: sure === null ? null : sure + (notTold ?? 0) + (silent ?? 0),
        not_told: notTold,
        silent,
        reported,
        share: sure === null || told === 0 ? null : sure / told
      }
    }),
    partial: partialPeriods({ ...asked, span }, unit, lost),
    sql: toShow(periodStatement({ ...parts, reports: shownReports(asked, followed) }))
  }
}

function periodStatement({
  states,
  unit,
  periods,
  reports
}: {
  readonly states: States
  readonly unit: Unit
  readonly periods: readonly string[]
  readonly reports: Reports
}): Sql {
  return sql`
    SELECT toString(at) AS period, countIf(now = 'affected') AS installations,
      countIf(now = 'not told') AS not_told,
      countIf(now = '' AND before IN ('affected', 'not told')) AS silent,
      countIf(now != '') AS reported
    FROM (
      SELECT arrayJoin([${list(periods.map((period) => sql`toDate(${date(period)})`))}]) AS at,
        arrayFirst(one -> one.1 = at, states).2 AS now,
        arrayLast(one -> one.1 < at, states).2 AS before
      FROM (
        SELECT installation, arraySort(groupArray((own_period, state))) AS states
        FROM (
          SELECT ${reports.installation} AS installation,
            ${periodSql(reports.day, unit)} AS own_period,
            argMax(
              ${lastState(states, reports)},
              (version IS NOT NULL, ${reports.lastAt})
            ) AS state
          ${reports.from}
          GROUP BY installation, own_period
        )
        GROUP BY installation
      )
    )
    GROUP BY at
    ORDER BY at`
}

interface Fix extends Readonly<Record<string, unknown>> {
  readonly days_50: number | null
  readonly installations: number
  readonly left: number
  readonly silent: number
}

async function fixOf(asked: Asked, following: Following): Promise<Fix> {
  const { advisory, states, followed } = following
  const rows = await find<{ days: number; installations: number }>(
    asked,
    fixStatement({ advisory, states, reports: reportsOf(asked, followed) })
  )
  const count = (fits: (days: number) => boolean): number =>
    rows
      .filter(({ days }) => fits(Number(days)))
      .reduce((sum, { installations }) => sum + Number(installations), 0)
  const heard = count((days) => days !== silentDays)
  const left = count((days) => days > 0)
  const dayOfPart = (part: number): number | null =>
    rows
      .map(({ days }) => Number(days))
      .filter((days) => days > 0)
      .toSorted((one, other) => one - other)
      .find((day) => count((days) => days > 0 && days <= day) >= part * heard) ?? null
  return {
    advisory: advisory.id,
    published: advisory.date,
    days_50: dayOfPart(0.5),
    days_25: dayOfPart(0.25),
    days_90: dayOfPart(0.9),
    installations: heard,
    left,
    share: heard === 0 ? null : left / heard,
    silent: count((days) => days === silentDays)
  }
}

/** In place of a count of days: was heard of since, and still runs it; was not heard of. */
const stillDays = -1
const silentDays = -2

/** Days from the publication until another version was stated, of those that ran it then. */
function fixStatement({
  advisory,
  states,
  reports
}: Pick<Following, 'advisory' | 'states'> & { readonly reports: Reports }): Sql {
  const published = sql`toDate(${date(advisory.date)})`
  return sql`
    SELECT multiIf(lefts > 0, dateDiff('day', ${published}, left_on), last_day > ${published},
      ${stillDays}, ${silentDays}) AS days, count() AS installations
    FROM (
      SELECT installation, max(own_day) AS last_day,
        argMaxIf(state, order_of, own_day <= ${published}) AS at_first,
        countIf(own_day > ${published} AND state = 'other') AS lefts,
        minIf(own_day, own_day > ${published} AND state = 'other') AS left_on
      FROM (
        SELECT ${reports.installation} AS installation, ${reports.day} AS own_day,
          (version IS NOT NULL, ${reports.lastAt}) AS order_of,
          ${lastState(states, reports)} AS state
        ${reports.from}
      )
      GROUP BY installation
    )
    WHERE at_first = 'affected'
    GROUP BY days
    ORDER BY days`
}

function notesOf(
  asked: Asked,
  { advisory, fix, followed }: Following & { readonly fix: Fix }
): readonly string[] {
  const { installations, left, days_50: half, silent } = fix
  const untold = Object.keys(advisory.platforms ?? {}).filter((name) => name !== 'os')
  const ran = `${installations} installations that ran it when it was published`
  const isCut = addDays(advisory.date, -lookBackDays) < followed.first
  return [
    advisory.date > asked.span.last
      ? `It was published on ${advisory.date}, after the days that are asked for.`
      : installations === 0
        ? 'Nobody that ran an affected version when it was published was heard of since.'
        : half === null
          ? `Of ${ran}, ${left} have left the affected versions: not half of them yet. ` +
            `${silent} more were not heard of since.`
          : `Half of ${ran} had left the affected versions after ${half} ` +
            `${half === 1 ? 'day' : 'days'}; ${silent} more were not heard of since.`,
    'at_most adds whoever told no version and whoever went silent. How many switched telemetry ' +
      'off is not known, and they are in no number.',
    ...(untold.length === 0
      ? []
      : [
          `It concerns only some of ${untold.join(', ')}, which reports do not tell by that ` +
            'name: whoever runs an affected version counts in at_most alone.'
        ]),
    ...(isCut ? [expiredNote(asked)] : []),
    ...automationNote(asked)
  ]
}
