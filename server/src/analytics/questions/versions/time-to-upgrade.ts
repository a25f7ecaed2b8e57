/** How long after a release do installations take it up? */
import { date, list, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { versionOrder } from '../../../storage/tables/version-order.ts'
import { installationsColumn } from '../../asking/column.ts'
import { allFilters } from '../../asking/parameter.ts'
import type {
  Answer,
  AnswerColumn,
  Asked,
  Question,
  ReleasedVersion
} from '../../asking/question.ts'
import { find } from '../../reading/find.ts'
import { type Reports, reportsOf, shownReports } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../knowing/identity.ts'
import { expiredNote, firstKeptDay } from '../../knowing/kept.ts'
import { addDays, dayOf, type Span } from '../../reading/span.ts'

interface UpgradeDelay {
  readonly version: string
  /** Days from the release to the upgrade; -1: not yet. */
  readonly days: number
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  { name: 'version', title: 'Release', type: 'text' },
  { name: 'released', title: 'Released', type: 'date' },
  // What is asked comes first, and is what a chart draws.
  { name: 'days_25', title: 'A quarter after', type: 'integer', unit: 'days' },
  { name: 'days_50', title: 'Half after', type: 'integer', unit: 'days' },
  { name: 'days_90', title: 'Nine of ten after', type: 'integer', unit: 'days' },
  installationsColumn,
  { name: 'upgraded', title: 'Upgraded', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' },
  { name: 'share_7', title: 'Within 7 days', type: 'share' },
  { name: 'share_30', title: 'Within 30 days', type: 'share' }
]

export const timeToUpgrade: Question = {
  name: 'time-to-upgrade',
  title: 'Time to upgrade',
  says: 'how long after a release installations take it up',
  explains:
    'For each release of the span: installations are those that reported an older version ' +
    'before the day of the release and reported at all on that day or later; upgraded are ' +
    'those of them that have reported this version or a later one. ' +
    'days_50 is the day by which half of them had upgraded, those that have not yet among ' +
    'them, so it is empty until half have; days_25 and days_90 likewise. Shares within 7 and ' +
    '30 days are empty until so many days are over. ' +
    'Where no releases are known, the first day on which any installation reported a version ' +
    'stands for its release. Installations that went silent before they could upgrade are ' +
    'left out once they are silent on the day of release.',
  chart: 'bars',
  parameters: [
    { name: 'top', says: 'how many releases, the newest first', type: 'count', default: '20' }
  ],
  common: allFilters.filter((name) => name !== 'version'),
  since: '90d',
  async answer(asked) {
    const why = whyNotFollowed(asked)
    if (why !== undefined) return { columns, rows: [], notes: [why] } satisfies Answer
    const isKnown = asked.releases.length > 0
    const releases = await releasesIn(asked)
    const rows =
      releases.length === 0 ? [] : await find<UpgradeDelay>(asked, statement(asked, releases))
    return {
      columns,
      rows: releases.map((release) => summary(asked, release, rows)),
      notes: [
        ...(releases.some(({ date: day }) => day <= firstKeptDay(asked))
          ? [expiredNote(asked)]
          : []),
        isKnown
          ? 'Days are counted from the day of the release.'
          : 'No releases of this product are known to this collector: the first day on which ' +
            'any installation reported a version stands for its release. `candor release add` ' +
            'tells it.',
        ...automationNote(asked)
      ],
      ...(releases.length === 0 ? {} : { sql: toShow(shown(asked, releases)) })
    } satisfies Answer
  }
}

function summary(
  asked: Asked,
  { version, date: released }: ReleasedVersion,
  rows: readonly UpgradeDelay[]
): Readonly<Record<string, unknown>> {
  const own = rows
    .filter((row) => row.version === version)
    .map(({ days, installations }) => ({
      days: Number(days),
      installations: Number(installations)
    }))
  const count = (fits: (days: number) => boolean): number =>
    own.reduce((sum, { days, installations }) => sum + (fits(days) ? installations : 0), 0)
  const all = count(() => true)
  const upgraded = count((days) => days >= 0)
  const share = (part: number): number | null => (all === 0 ? null : part / all)
  const last = asked.span.last < dayOf(asked.now) ? asked.span.last : dayOf(asked.now)
  const within = (limit: number): number | null =>
    addDays(released, limit) > last ? null : share(count((days) => days >= 0 && days <= limit))
  const dayOfPart = (part: number): number | null =>
    own
      .filter(({ days }) => days >= 0)
      .map(({ days }) => days)
      .sort((a, b) => a - b)
      .find((day) => count((days) => days >= 0 && days <= day) >= part * all) ?? null
  return {
    version,
    released,
    installations: all,
    upgraded,
    share: share(upgraded),
    share_7: within(7),
    share_30: within(30),
    days_25: dayOfPart(0.25),
    days_50: dayOfPart(0.5),
    days_90: dayOfPart(0.9)
  }
}

/** Newest first. */
async function releasesIn(asked: Asked): Promise<readonly ReleasedVersion[]> {
  const { first, last } = asked.span
  const known = asked.releases.length > 0 ? asked.releases : await firstSightings(asked)
  return known
    .filter(({ date: day }) => day >= first && day <= last)
    .toSorted((a, b) =>
      a.date < b.date ? 1 : a.date > b.date ? -1 : a.version < b.version ? 1 : -1
    )
    .slice(0, asked.chosen.count('top'))
}

/** A version that was there on the first kept day may be older than that. */
function firstSightings(asked: Asked): Promise<readonly ReleasedVersion[]> {
  const { from, day } = reportsOf(asked, followedSpan(asked))
  return find<ReleasedVersion>(
    asked,
    sql`
      SELECT version, toString(min(${day})) AS date
      ${from}
        AND version IS NOT NULL
      GROUP BY version
      HAVING min(${day}) > (
        SELECT min(${day})
        ${from}
      )`
  )
}

function followedSpan(asked: Asked): Span {
  return { first: firstKeptDay(asked), last: asked.span.last }
}

function releasesOf(releases: readonly ReleasedVersion[]): Sql {
  return list(releases.map(({ version, date: day }) => sql`(${version}, toDate(${date(day)}))`))
}

/**
 * Versions are few: each is taken apart once, gets its place among the others, and is a number from
 * then on.
 */
function statement(asked: Asked, releases: readonly ReleasedVersion[]): Sql {
  const reports = reportsOf(asked, followedSpan(asked))
  const places = sql`
    SELECT named, dense_rank() OVER (ORDER BY ${raw(versionOrder('named'))}) AS place
    FROM (
      SELECT DISTINCT assumeNotNull(version) AS named
      ${reports.from}
        AND version IS NOT NULL
      UNION DISTINCT
      SELECT arrayJoin(arrayMap(release -> release.1, [${releasesOf(releases)}])) AS named
    )`
  return waits(places, reports, releases)
}

/**
 * Over records, whose view has the order of versions as a column. A release that nobody ever ran
 * has no place there, and no row.
 */
function shown(asked: Asked, releases: readonly ReleasedVersion[]): Sql {
  const reports = shownReports(asked, followedSpan(asked))
  const places = sql`
    SELECT CAST(assumeNotNull(version), 'String') AS named,
      dense_rank() OVER (ORDER BY any(version_order)) AS place
    ${reports.from}
      AND version IS NOT NULL
    GROUP BY version`
  return waits(places, reports, releases)
}

/** How many installations took each release up after so many days; −1: not yet. */
function waits(places: Sql, reports: Reports, releases: readonly ReleasedVersion[]): Sql {
  const placeOf = (version: Sql): Sql => sql`transform(${version}, places.1, places.2, 0)`
  return sql`
    WITH (
      SELECT (groupArray(named), groupArray(place))
      FROM (${places})
    ) AS places
    SELECT wanted.1 AS version, if(after = 0, -1, dateDiff('day', wanted.2, adopted)) AS days,
      count() AS installations
    FROM (
      SELECT alive,
        arrayJoin(
          arrayMap(
            release -> (release.1, release.2, ${placeOf(raw('release.1'))}),
            [${releasesOf(releases)}]
          )
        ) AS wanted,
        arrayExists(one -> one.1 < wanted.3 AND one.2 < wanted.2, versions) AS was_older,
        arrayFilter(one -> one.1 >= wanted.3, versions) AS newer,
        length(newer) AS after,
        if(after = 0, wanted.2, arrayMin(one -> one.2, newer)) AS adopted
      FROM (
        SELECT installation, groupArray((place, from_day)) AS versions, max(to_day) AS alive
        FROM (
          SELECT ${reports.installation} AS installation,
            ${placeOf(raw('assumeNotNull(version)'))} AS place,
            min(${reports.day}) AS from_day, max(${reports.day}) AS to_day
          ${reports.from}
            AND version IS NOT NULL
          GROUP BY installation, place
        )
        GROUP BY installation
      )
    )
    WHERE was_older AND alive >= wanted.2 AND adopted >= wanted.2
    GROUP BY version, days
    ORDER BY version, days`
}
