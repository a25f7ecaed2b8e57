/** How many go from one step to the next, in order and in time? */
import { all, join, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { invalid } from '../../asking/invalid.ts'
import { allFilters, type Step } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, Asked, Question } from '../../asking/question.ts'
import { recordConditions } from '../../reading/conditions.ts'
import { find } from '../../reading/find.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { recordSource, who } from '../../reading/source.ts'

const hourMs = 3_600_000

export const funnel: Question = {
  name: 'funnel',
  title: 'Funnel',
  says: 'how many go through a sequence of records, in order',
  explains:
    'Counts the installations (or sessions) that sent the first record of the list, then ' +
    'those that also sent the second one at the same moment or later, and so on; the last ' +
    'step must come within so many hours of the first one that it began with, else the steps ' +
    'begin anew with a later first one. A step may have conditions in brackets, which its ' +
    'own record must meet. Other records between do not matter, and each installation counts ' +
    'once, at the furthest step that it ever reached in the span. ' +
    'Counts are exact. Steps are ordered by the client’s corrected clock, so clients without ' +
    'one are ordered by arrival. Records without an id, or without a session where those are ' +
    'counted, are left out.',
  chart: 'funnel',
  parameters: [
    {
      name: 'records',
      says: 'the steps in their order; each may have conditions: started,worked(success=true)',
      type: 'steps',
      required: true
    },
    {
      name: 'per',
      says: 'who goes through them',
      type: 'choice',
      values: ['installation', 'session'],
      default: 'installation'
    },
    { name: 'hours', says: 'from the first step to the last', type: 'count', default: '168' }
  ],
  common: allFilters,
  async answer(given) {
    const { asked, notes } = living(given)
    const steps = asked.chosen.steps('records')
    if (steps.length < 2)
      throw invalid('A funnel needs two steps or more; for example records=first,second')
    const per = asked.chosen.word('per') === 'session' ? 'session' : 'installation'
    const counted = `${per}s`
    const columns: readonly AnswerColumn[] = [
      { name: 'step', title: 'Step', type: 'integer' },
      { name: 'name', title: 'Record', type: 'text' },
      { name: counted, title: per === 'session' ? 'Sessions' : 'Installations', type: 'integer' },
      { name: 'share', title: 'Of the first step', type: 'share' },
      { name: 'share_before', title: 'Of the step before', type: 'share' }
    ]
    const why = per === 'installation' ? whyNotFollowed(asked) : undefined
    if (why !== undefined)
      return { columns, rows: [], notes: [`${why} per=session may have one.`] } satisfies Answer
    const counting = statement(asked, steps, per)
    const found = await find<{ reached: number; count: number }>(asked, counting)
    const reached = steps.map((_, index) =>
      found.reduce((sum, row) => sum + (Number(row.reached) > index ? Number(row.count) : 0), 0)
    )
    return {
      columns,
      rows: steps.map((step, index) => ({
        step: index + 1,
        name: nameOf(step),
        [counted]: reached[index] ?? 0,
        share: part(reached[index], reached[0]),
        share_before: part(reached[index], reached[index - 1] ?? reached[0])
      })),
      notes: [
        ...notes,
        `All steps within ${asked.chosen.count('hours')} hours of the first one.`,
        ...automationNote(asked)
      ],
      sql: toShow(counting)
    } satisfies Answer
  }
}

function nameOf({ record, filters }: Step): string {
  const said = filters.map(({ dimension, is, values }) => {
    const sign = is === 'among' ? '=' : is === 'not among' ? '!=' : is
    return `${dimension.title}${sign}${values.join(',')}`
  })
  return said.length === 0 ? record : `${record} (${said.join('; ')})`
}

function part(some: number | undefined = 0, whole: number | undefined = 0): number | null {
  return whole === 0 ? null : some / whole
}

function statement(asked: Asked, steps: readonly Step[], per: 'installation' | 'session'): Sql {
  const whom = raw(per === 'session' ? 'session' : who)
  const { from } = recordSource(asked, {
    span: asked.span,
    names: [...new Set(steps.map(({ record }) => record))],
    condition: sql`${whom} IS NOT NULL`
  })
  const conditions = steps.map(({ record, filters }) =>
    all([sql`name = ${record}`, ...recordConditions(filters)])
  )
  return sql`
    SELECT reached, count() AS count
    FROM (
      SELECT ${whom},
        windowFunnel(${asked.chosen.count('hours') * hourMs})(
          toUInt64(toUnixTimestamp64Milli(occurred_at)),
          ${join(conditions)}
        ) AS reached
      ${from}
      GROUP BY ${whom}
    )
    GROUP BY reached
    ORDER BY reached`
}
