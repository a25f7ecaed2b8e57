/** How many go from one step to the next, in order and in time? */
import { quoteText } from '../../../storage/tables/column-types.ts'
import { CandorError } from '../../../errors.ts'
import { automationNote, whyNotFollowed } from '../../reading/identity.ts'
import { allFilters } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { recordSource } from '../../reading/source.ts'

const hourMs = 3_600_000

export const funnel: Question = {
  name: 'funnel',
  title: 'Funnel',
  says: 'how many go through a sequence of records, in order',
  explains:
    'Counts the installations (or sessions) that sent the first record of the list, then those that also sent the second one at the same moment or later, and so on; the last step must come within so many hours of the first one that it began with, else the steps begin anew with a later first one. Other records between do not matter, and each installation counts once, at the furthest step that it ever reached in the span. ' +
    'Counts are exact. Steps are ordered by the client’s corrected clock, so clients without one are ordered by arrival. Records without an id, or without a session where those are counted, are left out.',
  chart: 'funnel',
  parameters: [
    { name: 'records', says: 'the steps in their order', type: 'records', required: true },
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
  async answer(asked) {
    const steps = asked.chosen.records('records')
    if (steps.length < 2)
      throw new CandorError(
        'PARAMETER_INVALID',
        'A funnel needs two steps or more; for example records=first,second'
      )
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
    const sql = statement(asked, steps, per)
    const found = await asked.storage.query<{ reached: number; count: number }>({
      sql,
      deadlineMs: questionDeadlineMs
    })
    const reached = steps.map((_, index) =>
      found.reduce((sum, row) => sum + (Number(row.reached) > index ? Number(row.count) : 0), 0)
    )
    return {
      columns,
      rows: steps.map((name, index) => ({
        step: index + 1,
        name,
        [counted]: reached[index] ?? 0,
        share: part(reached[index], reached[0]),
        share_before: part(reached[index], reached[index - 1] ?? reached[0])
      })),
      notes: [
        `All steps within ${asked.chosen.count('hours')} hours of the first one.`,
        ...automationNote(asked)
      ],
      sql
    } satisfies Answer
  }
}

function part(some: number | undefined = 0, all: number | undefined = 0): number | null {
  return all === 0 ? null : some / all
}

function statement(
  asked: Asked,
  steps: readonly string[],
  per: 'installation' | 'session'
): string {
  const { from } = recordSource(asked, {
    span: asked.span,
    names: steps,
    condition: `${per} IS NOT NULL`
  })
  const conditions = steps.map((name) => `name = ${quoteText(name)}`).join(', ')
  const reached = `windowFunnel(${asked.chosen.count('hours') * hourMs})(toUInt64(toUnixTimestamp64Milli(occurred_at)), ${conditions})`
  return `SELECT reached, count() AS count FROM (SELECT ${per}, ${reached} AS reached ${from} GROUP BY ${per}) GROUP BY reached ORDER BY reached`
}
