/** From which version to which other did installations go? */
import { versionOrder } from '../../../storage/tables/version-order.ts'
import { installationsColumn } from '../../asking/column.ts'
import { reportsFrom } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../reading/identity.ts'
import { allFilters } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'

interface Row {
  readonly earlier: string
  readonly later: string
  readonly change: string
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  { name: 'from', title: 'From', type: 'text' },
  { name: 'to', title: 'To', type: 'text' },
  { name: 'change', title: 'Change', type: 'text' },
  installationsColumn
]

export const upgradeFlow: Question = {
  name: 'upgrade-flow',
  title: 'Upgrade flow',
  says: 'from which version to which installations went',
  explains:
    'For each installation, the version of its first record in the span and the version of its last one; then how many installations went each way. One that changed twice counts once, from where it began to where it ended; one that reported a single version is the same. ' +
    'Records whose client states no version are left out. Counts are exact. An id that copies share may seem to change to and fro.',
  chart: 'flow',
  parameters: [
    {
      name: 'top',
      says: 'how many ways are shown, the most used first',
      type: 'count',
      default: '100'
    }
  ],
  common: allFilters.filter((name) => name !== 'version'),
  async answer(asked) {
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const rows = await asked.storage.query<Row>({
      sql: statement(asked, false),
      deadlineMs: questionDeadlineMs
    })
    const top = asked.chosen.count('top')
    const total = (change: string): number =>
      rows.reduce((sum, row) => sum + (row.change === change ? Number(row.installations) : 0), 0)
    return {
      columns,
      rows: rows.slice(0, top).map(({ earlier, later, change, installations }) => ({
        from: earlier,
        to: later,
        change,
        installations: Number(installations)
      })),
      notes: [
        `${total('upgrade')} went to a later version, ${total('downgrade')} to an earlier one, ${total('same')} to none.`,
        ...(rows.length > top
          ? [`${rows.length - top} more ways are not shown; top shows more.`]
          : []),
        ...automationNote(asked)
      ],
      sql: statement(asked, true)
    } satisfies Answer
  }
}

function statement(asked: Asked, isShown: boolean): string {
  const change = `multiIf(earlier = later, 'same', ${versionOrder('earlier')} < ${versionOrder('later')}, 'upgrade', ${versionOrder('earlier')} > ${versionOrder('later')}, 'downgrade', 'same')`
  const each = `SELECT installation, argMin(assumeNotNull(version), first_at) AS earlier, argMax(assumeNotNull(version), last_at) AS later ${reportsFrom(asked, asked.span, isShown)} AND version IS NOT NULL GROUP BY installation`
  return `SELECT earlier, later, ${change} AS change, count() AS installations FROM (${each}) GROUP BY earlier, later ORDER BY installations DESC, earlier, later`
}
