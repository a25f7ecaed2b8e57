/**
 * Is there a newer version for this PostgreSQL? Asked once a day of a signed list that is the same
 * for everybody, telemetry or not.
 */
import type { Telemetry } from '@candor/sdk'
import type { Effects } from '../effects.ts'
import type { Settings } from './look.ts'
import type { Session } from './session.ts'

const DAY_MS = 86_400_000

export interface VersionCheckInput {
  readonly session: Session
  readonly schema: string
  readonly settings: Settings
  /** Milliseconds since 1970. */
  readonly checkedAt: number | undefined
  readonly open: (version: string) => Telemetry
  /** For a standby, which can't write into its database. */
  readonly remember: (checkedAt: number) => void
  readonly effects: Pick<Effects, 'now' | 'random'>
}

/**
 * What is newer goes to the server's log, in the words of the public page, and to
 * candor.version_status.
 */
export async function checkVersion(input: VersionCheckInput): Promise<void> {
  const { session, schema, settings, checkedAt, effects } = input
  const isDue =
    checkedAt === undefined ||
    checkedAt > effects.now() + DAY_MS ||
    checkedAt + DAY_MS * (0.875 + effects.random() / 4) < effects.now()
  if (!isDue) return
  const [row] = await session.read<{ version: string | null }>(
    `SELECT ${schema}.telemetry_version() AS version`
  )
  const installed = row?.version
  if (installed === null || installed === undefined) return
  const telemetry = input.open(installed)
  const found = await telemetry.controls.versions({
    platform: { postgresql: settings.serverVersion }
  })
  await telemetry.close()
  if (found.is !== 'known') return
  const values = [installed, found.newest ?? null, upToDate(found.outdated), found.says]
  const sql = `SELECT ${schema}.telemetry_newest($1, $2, $3, $4)`
  await (settings.isStandby ? session.read(sql, values) : session.write(sql, values))
  input.remember(effects.now())
}

function upToDate(outdated: boolean | undefined): boolean | null {
  return outdated === undefined ? null : !outdated
}
