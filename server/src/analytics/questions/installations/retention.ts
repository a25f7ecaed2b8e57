/** How many installations that were first seen together still report some periods later? */
import { installationsColumn } from '../../asking/column.ts'
import { areKept, expiredNote, firstSights, reportsFrom } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../reading/identity.ts'
import { allFilters, unitParameter } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { filterConditions, periodSql } from '../../reading/source.ts'
import { partialPeriod, periodsBetween, periodsIn, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly cohort: string
  readonly active: string
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  { name: 'cohort', title: 'First seen in', type: 'date' },
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
    'Installations are put together by the week (or day, month) in which their first record lies; then each later period tells how many of them reported at all in it. Period 0 is the one of first sight. ' +
    'Filters choose installations by what they reported in their first period; later they count whatever they run. Cohorts of which records have expired are left out. Counts are exact, but a new id is a new installation: a container without a disk never comes back.',
  chart: 'heatmap',
  parameters: [unitParameter('week', units)],
  common: allFilters,
  since: '12w',
  async answer(asked) {
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const unit = units.find((name) => name === asked.chosen.word('unit')) ?? 'week'
    const found = await asked.storage.query<Row>({
      sql: statement(asked, unit, false),
      deadlineMs: questionDeadlineMs
    })
    const cohorts = new Map<string, Map<string, number>>()
    for (const { cohort, active, installations } of found)
      cohorts.set(
        cohort,
        (cohorts.get(cohort) ?? new Map<string, number>()).set(active, Number(installations))
      )
    const periods = periodsIn(asked.span, unit)
    const kept = periods.filter((period) => areKept(asked, period, unit))
    const rows = kept.flatMap((cohort) => {
      const actives = cohorts.get(cohort)
      const size = actives?.get(cohort) ?? 0
      if (size === 0) return []
      return periods
        .filter((start) => start >= cohort)
        .map((start) => {
          const active = actives?.get(start) ?? 0
          return {
            cohort,
            installations: size,
            period: periodsBetween(cohort, start, unit),
            start,
            active,
            share: active / size
          }
        })
    })
    const partial = partialPeriod(asked.span, unit, asked.now)
    return {
      columns,
      rows,
      notes: [
        'A period counts whoever reported in it at all, not only those who also reported in the one before.',
        ...automationNote(asked),
        ...(kept.length < periods.length ? [expiredNote(asked)] : [])
      ],
      ...(partial === undefined ? {} : { partial }),
      sql: statement(asked, unit, true)
    } satisfies Answer
  }
}

function statement(asked: Asked, unit: Unit, isShown: boolean): string {
  const { first, last } = asked.span
  const seen = `SELECT installation, ${periodSql('first_day', unit)} AS cohort FROM (${firstSights(asked, isShown)}) WHERE first_day BETWEEN '${first}' AND '${last}'`
  // Filters choose by what was reported in the first period, and not by what was reported later.
  const fits = ['true', ...filterConditions(asked.chosen.filters, '')].join(' AND ')
  const unfiltered = { ...asked, chosen: { ...asked.chosen, filters: [] } }
  const each = `SELECT installation, groupUniqArray(${periodSql('day', unit)}) AS later, groupUniqArrayIf(${periodSql('day', unit)}, ${fits}) AS begun ${reportsFrom(unfiltered, { first, last }, isShown)} GROUP BY installation`
  return `SELECT cohort, arrayJoin(later) AS active, count() AS installations FROM (${each}) AS each INNER JOIN (${seen}) AS seen ON each.installation = seen.installation WHERE has(begun, cohort) GROUP BY cohort, active ORDER BY cohort, active`
}
