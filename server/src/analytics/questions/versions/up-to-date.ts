/** Who runs the newest version, who is behind, and whom does an advisory affect? */
import {
  compareVersions,
  isInRange,
  isPreRelease,
  readVersion,
  type Version
} from '#values/version-order'
import { sql, toShow, type Sql } from '../../../storage/sql.ts'
import { installationsColumn } from '../../asking/column.ts'
import { allFilters } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { find } from '../../reading/find.ts'
import { type Reports, reportsOf, shownReports } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'

interface VersionCount {
  readonly ran: string | null
  readonly installations: number
}

interface Running {
  readonly version: Version
  readonly text: string
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  { name: 'state', title: 'State', type: 'text' },
  { name: 'what', title: 'Version or advisory', type: 'text' },
  { ...installationsColumn, title: 'Installations, at least' },
  { name: 'at_most', title: 'At most', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' }
]

export const upToDate: Question = {
  name: 'up-to-date',
  title: 'Up to date',
  says: 'how many run the newest version, are behind, or are affected by an advisory',
  explains:
    'Looks at the installations that reported in the last seven full days, each with the ' +
    'last version that it stated. newest runs the newest release or something later; behind ' +
    'runs an older one; affected runs a version that an advisory names, one row for each ' +
    'advisory that still affects somebody. ' +
    'share is of those whose version is known. Whoever never stated one may be either: ' +
    'installations is the number that is sure, at_most adds them. The newest is the newest ' +
    'that was released, pre-releases left out; where no releases are known, the newest that ' +
    'anybody runs.',
  chart: 'bars',
  parameters: [],
  common: allFilters.filter((name) => name !== 'version'),
  since: '7d',
  until: 'yesterday',
  async answer(given) {
    const { asked, notes } = living(given)
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const rows = await find<VersionCount>(asked, statement(reportsOf(asked, asked.span)))
    const running = rows.flatMap(({ ran, installations }): readonly Running[] => {
      const version = ran === null ? undefined : readVersion(ran)
      return version === undefined
        ? []
        : [{ version, text: ran ?? '', installations: Number(installations) }]
    })
    const alive = rows.reduce((sum, { installations }) => sum + Number(installations), 0)
    const known = total(running)
    const newest = newestOf(asked, running)
    return {
      columns,
      rows: alive === 0 ? [] : states(asked, { running, newest, known, alive }),
      notes: [
        ...notes,
        'at_most adds whoever never stated a version that can be compared.',
        ...(asked.releases.length === 0
          ? ['No releases of this product are known: the newest is the newest that anybody runs.']
          : []),
        ...automationNote(asked)
      ],
      sql: toShow(statement(shownReports(asked, asked.span)))
    } satisfies Answer
  }
}

function states(
  { advisories }: Asked,
  {
    running,
    newest,
    known,
    alive
  }: {
    readonly running: readonly Running[]
    readonly newest: { readonly text: string; readonly version: Version } | undefined
    readonly known: number
    readonly alive: number
  }
): readonly AnswerRow[] {
  const row = (state: string, what: string | null, fits: (one: Running) => boolean): AnswerRow => {
    const installations = total(running.filter(fits))
    return {
      state,
      what,
      installations,
      at_most: installations + alive - known,
      share: known === 0 ? null : installations / known
    }
  }
  const isNewest = ({ version }: Running): boolean =>
    newest !== undefined && compareVersions(version, newest.version) >= 0
  return [
    ...(newest === undefined
      ? []
      : [row('newest', newest.text, isNewest), row('behind', null, (one) => !isNewest(one))]),
    ...advisories
      .map(({ id, affected }) => row('affected', id, ({ version }) => isInRange(version, affected)))
      .filter(({ installations }) => Number(installations) > 0),
    ...(alive > known
      ? [
          {
            state: 'not told',
            what: null,
            installations: alive - known,
            at_most: alive - known,
            share: null
          }
        ]
      : [])
  ]
}

function newestOf(
  { releases }: Asked,
  running: readonly Running[]
): { readonly text: string; readonly version: Version } | undefined {
  const released = releases.map(({ version }) => version)
  const texts = released.length > 0 ? released : running.map(({ text }) => text)
  return texts
    .flatMap((text) => {
      const version = readVersion(text)
      return version === undefined || isPreRelease(version) ? [] : [{ text, version }]
    })
    .toSorted((one, other) => compareVersions(other.version, one.version))[0]
}

function total(running: readonly Running[]): number {
  return running.reduce((sum, { installations }) => sum + installations, 0)
}

/** An installation has the version of its last report that has one. */
function statement({ from, installation, lastAt }: Reports): Sql {
  return sql`
    SELECT ran, count() AS installations
    FROM (
      SELECT ${installation} AS installation,
        argMax(tuple(version), (version IS NOT NULL, ${lastAt})).1 AS ran
      ${from}
      GROUP BY installation
    )
    GROUP BY ran
    ORDER BY installations DESC, ran`
}
