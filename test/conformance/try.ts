/** Runs all checks of one program, one after the other, within the closed network. */
import type { Check } from './checks/check.ts'
import { childrenChecks } from './checks/children.ts'
import { contacts } from './checks/contacts.ts'
import { crashChecks } from './checks/crash.ts'
import { networkChecks } from './checks/network.ts'
import { offChecks } from './checks/off.ts'
import { output } from './checks/output.ts'
import { preview } from './checks/preview.ts'
import { reports } from './checks/reports.ts'
import { undecidedChecks } from './checks/undecided.ts'
import { startCollector } from './laboratory/collector.ts'
import { Laboratory } from './laboratory/laboratory.ts'
import { startNameServer } from './laboratory/name-server.ts'
import type { Profile } from './profile.ts'
import { Refusal } from './refusal.ts'
import type { Line, Report } from './report.ts'

export interface TryOptions {
  readonly path: string
  readonly pairs: number
  readonly toleranceMs: number
  /** Beginnings of ids; empty: all. */
  readonly only: readonly string[]
  readonly tell: (line: Line) => void
}

function checksOf(profile: Profile): readonly Check[] {
  return [
    reports,
    ...offChecks(profile),
    ...undecidedChecks(profile),
    output,
    ...networkChecks,
    preview,
    ...crashChecks,
    contacts,
    ...childrenChecks
  ]
}

export async function tryProgram(
  profile: Profile,
  { path, pairs, toleranceMs, only, tell }: TryOptions
): Promise<Report> {
  const checks = checksOf(profile).filter(
    ({ id }) => only.length === 0 || only.some((start) => id.startsWith(start))
  )
  if (checks.length === 0)
    throw new Refusal(
      'USAGE',
      `no check is called ${only.join(' or ')}: ${checksOf(profile)
        .map(({ id }) => id)
        .join(', ')}`
    )
  const names = await startNameServer()
  const collector = await startCollector()
  try {
    const laboratory = new Laboratory({ profile, collector, names, path, pairs, toleranceMs })
    const lines: Line[] = []
    for (const { id, says, try: attempt } of checks) {
      const lacking = Object.entries(profile.lacks).find(([start]) => id.startsWith(start))
      const outcome =
        lacking === undefined
          ? await attempt(laboratory)
          : ({ is: 'not offered', evidence: [lacking[1]] } as const)
      const line = { id, says, outcome }
      tell(line)
      lines.push(line)
    }
    return { name: profile.name, command: profile.command, lines }
  } finally {
    await collector.close()
    await names.close()
  }
}
