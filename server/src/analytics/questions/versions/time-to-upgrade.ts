/** How long after a release do installations take it up? */
import { addDays, dayOf } from '#values/days'
import { quoteText } from '../../../storage/tables/column-types.ts'
import { versionOrder } from '../../../storage/tables/version-order.ts'
import { installationsColumn } from '../../asking/column.ts'
import { expiredNote, firstKeptDay, reportsFrom } from '../../reading/followed.ts'
import { automationNote, whyNotFollowed } from '../../reading/identity.ts'
import { allFilters } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type Asked,
  type Question,
  questionDeadlineMs,
  type ReleasedVersion
} from '../../asking/question.ts'

interface Row {
  readonly version: string
  /** Days from the release to the upgrade; -1: not yet. */
  readonly days: number
  readonly installations: number
}

const columns: readonly AnswerColumn[] = [
  { name: 'version', title: 'Release', type: 'text' },
  { name: 'released', title: 'Released', type: 'date' },
  installationsColumn,
  { name: 'upgraded', title: 'Upgraded', type: 'integer' },
  { name: 'share', title: 'Share', type: 'share' },
  { name: 'share_7', title: 'Within 7 days', type: 'share' },
  { name: 'share_30', title: 'Within 30 days', type: 'share' },
  { name: 'days_25', title: 'A quarter after', type: 'integer', unit: 'days' },
  { name: 'days_50', title: 'Half after', type: 'integer', unit: 'days' },
  { name: 'days_90', title: 'Nine of ten after', type: 'integer', unit: 'days' }
]

export const timeToUpgrade: Question = {
  name: 'time-to-upgrade',
  title: 'Time to upgrade',
  says: 'how long after a release installations take it up',
  explains:
    'For each release of the span: installations are those that reported an older version before the day of the release and reported at all on that day or later; upgraded are those of them that have reported this version or a later one. ' +
    'days_50 is the day by which half of them had upgraded, those that have not yet among them, so it is empty until half have; days_25 and days_90 likewise. Shares within 7 and 30 days are empty until so many days are over. ' +
    'Where no releases are known, the first day on which any installation reported a version stands for its release. Installations that went silent before they could upgrade are left out once they are silent on the day of release.',
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
      releases.length === 0
        ? []
        : await asked.storage.query<Row>({
            sql: statement(asked, releases, false),
            deadlineMs: questionDeadlineMs
          })
    return {
      columns,
      rows: releases.map((release) => summary(asked, release, rows)),
      notes: [
        isKnown
          ? 'Days are counted from the day of the release.'
          : 'No releases of this product are known to this collector: the first day on which any installation reported a version stands for its release. `candor release add` tells it.',
        ...automationNote(asked),
        ...(releases.some(({ date }) => date <= firstKeptDay(asked)) ? [expiredNote(asked)] : [])
      ],
      ...(releases.length === 0 ? {} : { sql: statement(asked, releases, true) })
    } satisfies Answer
  }
}

function summary(
  asked: Asked,
  { version, date }: ReleasedVersion,
  rows: readonly Row[]
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
    addDays(date, limit) > last ? null : share(count((days) => days >= 0 && days <= limit))
  const dayOfPart = (part: number): number | null =>
    own
      .filter(({ days }) => days >= 0)
      .map(({ days }) => days)
      .sort((a, b) => a - b)
      .find((day) => count((days) => days >= 0 && days <= day) >= part * all) ?? null
  return {
    version,
    released: date,
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
    .filter(({ date }) => date >= first && date <= last)
    .toSorted((a, b) =>
      a.date < b.date ? 1 : a.date > b.date ? -1 : a.version < b.version ? 1 : -1
    )
    .slice(0, asked.chosen.count('top'))
}

/** A version that was there on the first kept day may be older than that. */
function firstSightings(asked: Asked): Promise<readonly ReleasedVersion[]> {
  const since = firstKeptDay(asked)
  return asked.storage.query<ReleasedVersion>({
    sql: `SELECT version, toString(min(day)) AS date ${reportsFrom(asked, { first: since, last: asked.span.last })} AND version IS NOT NULL GROUP BY version HAVING min(day) > (SELECT min(day) ${reportsFrom(asked, { first: since, last: asked.span.last })})`,
    deadlineMs: questionDeadlineMs
  })
}

function statement(asked: Asked, releases: readonly ReleasedVersion[], isShown: boolean): string {
  const list = releases
    .map(({ version, date }) => `(${quoteText(version)}, toDate(${quoteText(date)}))`)
    .join(', ')
  const reports = `${reportsFrom(asked, { first: firstKeptDay(asked), last: asked.span.last }, isShown)} AND version IS NOT NULL`
  // Versions are few: each is taken apart once, gets its place among the others, and is a number
  // from then on.
  const named = `SELECT DISTINCT assumeNotNull(version) AS named ${reports} UNION DISTINCT SELECT arrayJoin(arrayMap(release -> release.1, [${list}])) AS named`
  const places = `SELECT named, dense_rank() OVER (ORDER BY ${versionOrder('named')}) AS place FROM (${named})`
  const ran = `SELECT installation, transform(assumeNotNull(version), places.1, places.2, 0) AS place, min(day) AS from_day, max(day) AS to_day ${reports} GROUP BY installation, place`
  const each = `SELECT installation, groupArray((place, from_day)) AS versions, max(to_day) AS alive FROM (${ran}) GROUP BY installation`
  const wanted = `arrayMap(release -> (release.1, release.2, transform(release.1, places.1, places.2, 0)), [${list}])`
  const taken = `SELECT arrayJoin(${wanted}) AS wanted, arrayExists(one -> one.1 < wanted.3 AND one.2 < wanted.2, versions) AS was_older, arrayFilter(one -> one.1 >= wanted.3, versions) AS newer, length(newer) AS after, if(after = 0, wanted.2, arrayMin(one -> one.2, newer)) AS adopted, alive FROM (${each})`
  return `WITH (SELECT (groupArray(named), groupArray(place)) FROM (${places})) AS places SELECT wanted.1 AS version, if(after = 0, -1, dateDiff('day', wanted.2, adopted)) AS days, count() AS installations FROM (${taken}) WHERE was_older AND alive >= wanted.2 AND adopted >= wanted.2 GROUP BY version, days ORDER BY version, days`
}
