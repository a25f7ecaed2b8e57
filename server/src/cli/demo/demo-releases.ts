/**
 * The releases that the simulated fleet upgrades to, as files that the version check and the
 * questions read: what says how long upgrades take must lie where the upgrades are.
 */
import { join } from 'node:path'
import { dayOf, DAY_MS } from '#values/days'
import type { Effects } from '../../effects.ts'
import { dblabReleases } from './dblab.ts'
import { dltReleases } from './dlt.ts'
import { demoDaysMax, fleetStartsAt } from './fleet.ts'
import type { Release } from './member.ts'
import { ownReleases } from './own-product.ts'
import { readysetReleases } from './readyset.ts'
import { timescaledbReleases } from './timescaledb.ts'

const releasesOf: Readonly<Record<string, readonly Release[]>> = {
  dblab: dblabReleases,
  dlt: dltReleases,
  readyset: readysetReleases,
  timescaledb: timescaledbReleases
}

/**
 * The folder that the demonstration reads releases from: the operator's own where there is one.
 * Files of an earlier run stay, since their days are those of its records.
 */
export async function demoReleases({
  releases,
  data,
  product,
  now,
  files
}: {
  readonly releases: string
  readonly data: string
  /** A product of the operator's own, if the demonstration is of it. */
  readonly product: string | undefined
  readonly now: number
  readonly files: Effects['files']
}): Promise<string> {
  if (await exists(releases, files)) return releases
  const folder = join(data, 'demo-releases')
  if (await exists(folder, files)) return folder
  await files.mkdir(folder, { recursive: true, mode: 0o700 })
  const start = fleetStartsAt({ endsAt: now, days: demoDaysMax })
  const own = product === undefined || product in releasesOf ? {} : { [product]: ownReleases }
  for (const [name, known] of Object.entries({ ...releasesOf, ...own })) {
    const lines = known.map(
      ([version, day]) => `  - { version: ${plain(version)}, date: ${dayOf(start + day * DAY_MS)} }`
    )
    const text = `# Of the demonstration.\nreleases:\n${lines.join('\n')}\n`
    await files.writeFile(join(folder, `${name}.yaml`), text, { mode: 0o600 })
  }
  return folder
}

/** DBLab names builds (`v4.1.3-20260507-0859`); its reports are kept with the release's name. */
function plain(version: string): string {
  return version.replace(/^v/, '').replace(/-\d{8}-\d{4}$/, '')
}

async function exists(path: string, files: Effects['files']): Promise<boolean> {
  return files.stat(path).then(
    () => true,
    () => false
  )
}
