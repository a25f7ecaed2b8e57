/** Who is new, who came back, and who is gone, period by period? */
import { periodColumn } from '../../asking/column.ts'
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
import { periodSql } from '../../reading/source.ts'
import { addPeriods, partialPeriod, periodsIn, type Unit, units } from '../../reading/span.ts'

interface Row {
  readonly period: string
  readonly active: number
  readonly fresh: number
  readonly returning: number
  readonly back: number
  readonly lost: number
}

export const newReturningLost: Question = {
  name: 'new-returning-lost',
  title: 'New, returning, lost',
  says: 'who is new, who came back, and who is gone',
  explains:
    'Of each period: active reported in it; new were seen for the first time ever; returning reported in the period before, too; back had been seen before, but not in the period before; lost reported in the period before and not in this one. ' +
    'active is new + returning + back. First sight is of any record; filters count only reports that fit them, so that with a filter an installation may be lost by changing. Lost of the last period falls until it is over. Counts are exact.',
  chart: 'stacked',
  parameters: [unitParameter('week', units)],
  common: allFilters,
  since: '12w',
  async answer(asked) {
    const unit = units.find((name) => name === asked.chosen.word('unit')) ?? 'week'
    const columns = columnsOf(unit)
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const found = await asked.storage.query<Row>({
      sql: statement(asked, unit, false),
      deadlineMs: questionDeadlineMs
    })
    const kept = found.filter(({ period }) => areKept(asked, period, unit, 1))
    const isCut = periodsIn(asked.span, unit).some((period) => !areKept(asked, period, unit, 1))
    const partial = partialPeriod(asked.span, unit, asked.now)
    return {
      columns,
      rows: kept.map(({ period, active, fresh, returning, back, lost }) => ({
        [unit]: period,
        active: Number(active),
        new: Number(fresh),
        returning: Number(returning),
        back: Number(back),
        lost: Number(lost)
      })),
      notes: [
        'active = new + returning + back. A new id is a new installation: reinstalled machines and containers without a disk are among the new and the lost.',
        ...automationNote(asked),
        ...(isCut ? [expiredNote(asked)] : [])
      ],
      ...(partial === undefined ? {} : { partial }),
      sql: statement(asked, unit, true)
    } satisfies Answer
  }
}

function columnsOf(unit: Unit): readonly AnswerColumn[] {
  return [
    periodColumn(unit),
    { name: 'active', title: 'Active', type: 'integer' },
    { name: 'new', title: 'New', type: 'integer' },
    { name: 'returning', title: 'Returning', type: 'integer' },
    { name: 'back', title: 'Back again', type: 'integer' },
    { name: 'lost', title: 'Lost', type: 'integer' }
  ]
}

function statement(asked: Asked, unit: Unit, isShown: boolean): string {
  const { first, last } = asked.span
  const span = { first: addPeriods(first, unit, -1), last }
  const periods = periodsIn(asked.span, unit)
  const add = { day: 'addDays(p, 1)', week: 'addWeeks(p, 1)', month: 'addMonths(p, 1)' }[unit]
  const less = {
    day: 'subtractDays(period, 1)',
    week: 'subtractWeeks(period, 1)',
    month: 'subtractMonths(period, 1)'
  }[unit]
  const each = `SELECT installation, groupUniqArray(${periodSql('day', unit)}) AS reported ${reportsFrom(asked, span, isShown)} GROUP BY installation`
  const states = `SELECT installation, arrayJoin(arrayDistinct(arrayConcat(reported, arrayMap(p -> ${add}, reported)))) AS period, has(reported, period) AS is_active, has(reported, ${less}) AS was_active FROM (${each})`
  const sights = `SELECT installation, ${periodSql('first_day', unit)} AS seen FROM (${firstSights(asked, isShown)})`
  return `SELECT period, countIf(is_active) AS active, countIf(is_active AND seen = period) AS fresh, countIf(is_active AND was_active AND seen != period) AS returning, countIf(is_active AND NOT was_active AND seen != period) AS back, countIf(was_active AND NOT is_active) AS lost FROM (${states}) AS states LEFT JOIN (${sights}) AS sights ON states.installation = sights.installation WHERE period BETWEEN '${periods[0] ?? first}' AND '${periods.at(-1) ?? last}' GROUP BY period ORDER BY period`
}
