/** An advisory as an OSV document, for tools that read vulnerabilities of many products. */
import type { Advisory } from '../release-file.ts'
import { scoreOf } from './cvss.ts'
import { eventsOfRange } from './versions-of-osv.ts'

/** The schema's version whose words are used. */
const schemaVersion = '1.7.0'
/** Databases whose names any document may have as its own; all others begin with `x_`. */
const knownId = /^(?:x_|(?:CVE|GHSA|GO|PYSEC|RUSTSEC|OSV|DSA|USN|RHSA)-)/

/** The date of an advisory is a day; where an hour is needed, it is the day's first. */
export function instantOf({ date, modified }: Pick<Advisory, 'date' | 'modified'>): string {
  return modified ?? `${date}T00:00:00Z`
}

export function osvDocument(advisory: Advisory): Readonly<Record<string, unknown>> {
  const { id, title, message, cve = [], cvss = [], platforms, affected, url } = advisory
  // What was imported has the id that its own database gave it.
  const own = knownId.test(id) || advisory.modified !== undefined ? id : `x_${id}`
  const aliases = cve.filter((name) => name !== id)
  const severity = cvss.flatMap((score) => {
    const version = scoreOf(score)?.version
    return version === undefined ? [] : [{ type: `CVSS_V${version[0]}`, score }]
  })
  return {
    schema_version: schemaVersion,
    id: own,
    published: `${advisory.date}T00:00:00Z`,
    modified: instantOf(advisory),
    ...(advisory.withdrawn === true ? { withdrawn: instantOf(advisory) } : {}),
    ...(aliases.length === 0 ? {} : { aliases }),
    summary: title,
    ...(message === undefined ? {} : { details: message }),
    ...(severity.length === 0 ? {} : { severity }),
    affected: [
      {
        ...(advisory.package === undefined ? {} : { package: advisory.package }),
        ranges: eventsOfRange(affected).map((events) => ({ type: 'ECOSYSTEM', events })),
        ...(platforms === undefined ? {} : { ecosystem_specific: { platforms } })
      }
    ],
    references: [{ type: 'ADVISORY', url }],
    database_specific: { severity: wordOf(advisory.level) }
  }
}

/** As GitHub's database says it, since that is what tools read. */
function wordOf(level: Advisory['level']): string {
  return level === 'medium' ? 'MODERATE' : level.toUpperCase()
}
