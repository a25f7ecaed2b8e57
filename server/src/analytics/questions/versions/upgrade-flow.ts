/** From which version to which other did installations go? */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { versionOrder } from '../../../storage/tables/version-order.ts'
import { installationsColumn } from '../../asking/column.ts'
import { allFilters } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, Question } from '../../asking/question.ts'
import { find } from '../../reading/find.ts'
import { reportsOf, shownReports } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { who } from '../../reading/source.ts'
import { living } from '../../knowing/kept.ts'

interface VersionChange {
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
    'For each installation, the version of its first record in the span and the version of ' +
    'its last one; then how many installations went each way. One that changed twice counts ' +
    'once, from where it began to where it ended; one that reported a single version is the ' +
    'same. ' +
    'Installations that never stated a version are left out. Counts are exact. An id that ' +
    'copies share may seem to change to and fro.',
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
  async answer(given) {
    const { asked, notes } = living(given)
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const reports = reportsOf(asked, asked.span)
    const rows = await find<VersionChange>(
      asked,
      sql`
        SELECT earlier, later, ${change(orderOf('earlier'), orderOf('later'))} AS change,
          count() AS installations
        FROM (
          SELECT ${reports.installation} AS installation,
            argMin(assumeNotNull(version), ${reports.firstAt}) AS earlier,
            argMax(assumeNotNull(version), ${reports.lastAt}) AS later
          ${reports.from}
            AND version IS NOT NULL
          GROUP BY installation
        )
        GROUP BY earlier, later
        ORDER BY installations DESC, earlier, later`
    )
    const top = asked.chosen.count('top')
    const total = (name: string): number =>
      rows.reduce((sum, row) => sum + (row.change === name ? Number(row.installations) : 0), 0)
    const { from } = shownReports(asked, asked.span)
    return {
      columns,
      rows: rows.slice(0, top).map((row) => ({
        from: row.earlier,
        to: row.later,
        change: row.change,
        installations: Number(row.installations)
      })),
      notes: [
        ...notes,
        `${total('upgrade')} went to a later version, ${total('downgrade')} to an earlier ` +
          `one, ${total('same')} to none.`,
        ...(rows.length > top
          ? [`${rows.length - top} more ways are not shown; top shows more.`]
          : []),
        ...automationNote(asked)
      ],
      sql: toShow(shown(from))
    } satisfies Answer
  }
}

function orderOf(version: string): Sql {
  return raw(versionOrder(version))
}

function change(earlier: Sql, later: Sql): Sql {
  return sql`
    multiIf(
      earlier = later, 'same',
      ${earlier} < ${later}, 'upgrade',
      ${earlier} > ${later}, 'downgrade',
      'same'
    )`
}

/** Over records, whose view has the order of versions as a column. */
function shown(from: Sql): Sql {
  return sql`
    SELECT way.1.2 AS earlier, way.2.2 AS later,
      ${change(raw('way.1.1'), raw('way.2.1'))} AS change,
      count() AS installations
    FROM (
      SELECT ${raw(who)},
        (
          argMin((version_order, assumeNotNull(version)), occurred_at),
          argMax((version_order, assumeNotNull(version)), occurred_at)
        ) AS way
      ${from}
        AND version IS NOT NULL
      GROUP BY ${raw(who)}
    )
    GROUP BY way
    ORDER BY installations DESC, earlier, later`
}
