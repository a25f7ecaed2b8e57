/** How many installations that were first seen together still report some periods later? */
import { date, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { installationsColumn } from '../../asking/column.ts'
import { allFilters, byParameter, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { dimensionColumn } from '../../asking/column.ts'
import { invalid } from '../../asking/invalid.ts'
import { find } from '../../reading/find.ts'
import {
  firstSights,
  type Reports,
  reportsOf,
  shownReports,
  shownSights
} from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { areKept, expiredNote } from '../../knowing/kept.ts'
import { knownOf, partialPeriods } from '../../knowing/known.ts'
import { type Counted, keysPer, type Per, unitOf } from '../../reading/per.ts'
import { periodSql } from '../../reading/source.ts'
import { periodsBetween, periodsIn, type Unit, units } from '../../reading/span.ts'
import { rememberedNote } from './new-returning-lost.ts'

type CohortCell = Counted & {
  readonly cohort: string
  readonly active: string
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  installationsColumn,
  { name: 'period', title: 'Periods later', type: 'integer' },
  { name: 'start', title: 'Period from', type: 'date' },
  { name: 'active', title: 'Active', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' }
]

export const retention: Question = {
  name: 'retention',
  title: 'Retention',
  says: 'how many installations come back, by when they were first seen',
  explains:
    'Installations are put together by the week (or day, month) in which their first record ' +
    'lies, and by what they reported first in it (by); then each later period tells how many ' +
    'of them reported at all in it. Period 0 is the one of first sight. ' +
    'Filters choose installations by what they reported in their first period; later they ' +
    'count whatever they run. Cohorts of which records have expired are left out. Counts are ' +
    'exact, but a new id is a new installation: a container without a disk never comes back.',
  chart: 'heatmap',
  parameters: [unitParameter('week', units), byParameter],
  common: allFilters,
  since: '12w',
  async answer(asked) {
    const unit = unitOf(asked.chosen) ?? 'week'
    const by = asked.chosen.dimensions('by')
    if (by.some(({ daily }) => daily === undefined || daily === 'name'))
      throw invalid(
        '"by" takes a version or a part of the environment here: version, version_line, ' +
          'class, automation, container, os, level'
      )
    const per: Per = { unit: undefined, by }
    const all: readonly AnswerColumn[] = [
      { name: 'cohort', title: 'First seen in', type: 'date' },
      ...by.map(dimensionColumn),
      ...columns
    ]
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns: all, rows: [], notes: [why] } satisfies Answer
    const known = await knownOf(asked)
    const { filters } = asked.chosen
    const reports = reportsOf(asked, asked.span, { filters: [], needs: filters })
    const sights = firstSights(asked)
    const found = await find<CohortCell>(asked, statement(asked, { unit, per, reports, sights }))
    const periods = periodsIn(asked.span, unit)
    const isKept = (period: string): boolean =>
      areKept(asked, period, unit) ||
      known.firstDay === undefined ||
      known.firstDay >= known.keptFrom
    const kept = periods.filter(isKept)
    return {
      columns: all,
      rows: cohorts(found, { per, unit, periods }).filter(({ cohort }) =>
        kept.includes(String(cohort))
      ),
      notes: [
        ...(kept.length < periods.length ? [expiredNote(asked)] : []),
        'A period counts whoever reported in it at all, not only those who also reported in ' +
          'the one before.',
        rememberedNote(asked),
        ...automationNote(asked)
      ],
      partial: partialPeriods(asked, unit),
      sql: toShow(
        statement(asked, {
          unit,
          per,
          reports: shownReports(asked, asked.span, { filters: [] }),
          sights: shownSights(asked)
        })
      )
    } satisfies Answer
  }
}

/** Each cohort with all its periods, also those in which nobody came back. */
function cohorts(
  found: readonly CohortCell[],
  {
    per,
    unit,
    periods
  }: { readonly per: Per; readonly unit: Unit; readonly periods: readonly string[] }
): readonly AnswerRow[] {
  const groups = new Map<string, Map<string, CohortCell>>()
  for (const row of found) {
    const key = JSON.stringify([row.cohort, ...Object.values(keysPer(per, row))])
    groups.set(key, (groups.get(key) ?? new Map<string, CohortCell>()).set(row.active, row))
  }
  return [...groups.values()].flatMap((actives) => {
    const [some] = actives.values()
    if (some === undefined) return []
    const { cohort } = some
    const size = Number(actives.get(cohort)?.installations ?? 0)
    return periods
      .filter((start) => start >= cohort && size > 0)
      .map((start) => {
        const active = Number(actives.get(start)?.installations ?? 0)
        return {
          cohort,
          ...keysPer(per, some),
          installations: size,
          period: periodsBetween(cohort, start, unit),
          start,
          active,
          share: active / size
        }
      })
  })
}

/** Filters, and what is told apart, look at what was reported in the first period, not later. */
function statement(
  asked: Asked,
  {
    unit,
    per,
    reports,
    sights
  }: {
    readonly unit: Unit
    readonly per: Per
    readonly reports: Reports
    readonly sights: Sql
  }
): Sql {
  const { first, last } = asked.span
  const period = periodSql(reports.day, unit)
  const keys = per.by.map((_, index) => sql`${by(index)},`)
  const firstOf = per.by.map(
    (dimension, index) =>
      sql`argMin(tuple(${reports.value(dimension)}), ${reports.firstAt}).1 AS ${by(index)},`
  )
  return sql`
    SELECT cohort,
      ${keys.length === 0 ? undefined : lines(keys)}
      arrayJoin(later) AS active, count() AS installations
    FROM (
      SELECT ${reports.installation} AS installation,
        ${firstOf.length === 0 ? undefined : lines(firstOf)}
        groupUniqArray(${period}) AS later,
        groupUniqArrayIf(${period}, ${reports.fits(asked.chosen.filters)}) AS begun
      ${reports.from}
      GROUP BY installation
    ) AS each
    INNER JOIN (
      SELECT installation, ${periodSql(raw('first_day'), unit)} AS cohort
      FROM (${sights})
      WHERE first_day BETWEEN ${date(first)} AND ${date(last)}
    ) AS seen ON each.installation = seen.installation
    WHERE has(begun, cohort)
    GROUP BY cohort, ${keys.length === 0 ? undefined : lines(keys)} active
    ORDER BY cohort, active`
}

function by(index: number): Sql {
  return raw(`by_${index}`)
}

function lines(pieces: readonly Sql[]): Sql {
  return pieces.reduce((before, next) => sql`${before} ${next}`)
}
