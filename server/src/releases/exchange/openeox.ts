/** Until when a release is supported, as a statement of OpenEoX Core. */
import { isInRange, readVersion } from '#values/version-order'
import type { Release, ReleaseFile, Support } from '../release-file.ts'

/** The schema of the specification's first version, which names itself so in each statement. */
const schema = 'https://docs.oasis-open.org/openeox/v1.0/schema/core.json'

/**
 * Undefined where nothing is said of the release. A last day is over at its end, a first one
 * begins with it.
 */
export function openEoxStatement(
  release: Release,
  file: Pick<ReleaseFile, 'support'>,
  updatedAt: number
): Readonly<Record<string, string>> | undefined {
  const support = supportOf(file, release.version)
  if (support === undefined) return undefined
  const end = (day: string): string => (day === 'tba' ? day : `${day}T23:59:59Z`)
  return {
    $schema: schema,
    general_availability: `${release.date}T00:00:00Z`,
    end_of_security_support: end(support.end_of_security_support),
    end_of_life: end(support.end_of_life),
    last_updated: new Date(updatedAt).toISOString().replace(/\.\d{3}Z$/, 'Z')
  }
}

/** The first range that holds the version counts. Undefined: nothing is said of it. */
function supportOf(
  { support = [] }: Pick<ReleaseFile, 'support'>,
  text: string
): Support | undefined {
  const version = readVersion(text)
  return version && support.find(({ versions }) => isInRange(version, versions))
}
