/**
 * Does it report at all once somebody said yes? What never reports proves nothing by its silence.
 */
import type { Laboratory } from '../laboratory/laboratory.ts'
import type { Sandbox } from '../laboratory/sandbox.ts'
import { readBody } from '../laboratory/wires.ts'
import { judge, type Check } from './check.ts'

/** A short program may deliver only in its next run what it recorded in this one. */
export const runsMax = 4
/** A program that leaves delivery to a child is given this long. */
const arrivalMs = 300

export const reports: Check = {
  id: 'reports',
  says: 'with a yes it reports, so that silence means something',
  try: (laboratory) =>
    laboratory.inSandbox(async (sandbox) => {
      const { profile, collector } = laboratory
      await laboratory.prepare(sandbox, [profile.yes])
      const runs = await runUntilReported(laboratory, sandbox)
      const [first] = collector.takeReports()
      if (first === undefined)
        return judge([`nothing arrived in ${runsMax} runs that somebody had said yes to`])
      const { wire, records } = readBody(first.path, first.body)
      const isOther = profile.wire !== undefined && profile.wire !== wire
      return judge(isOther ? [`the body is no ${profile.wire}: it reads as ${wire}`] : [], [
        `${first.method} ${first.path} in run ${runs}: ${records.length} ` +
          `record${records.length === 1 ? '' : 's'} on the ${wire} wire`
      ])
    })
}

/** Returns in which run something arrived; `runsMax` if nothing did. */
export async function runUntilReported(laboratory: Laboratory, sandbox: Sandbox): Promise<number> {
  for (let runs = 1; runs <= runsMax; runs += 1) {
    await deliver(laboratory, sandbox, runs > 1)
    if (laboratory.collector.count() > 0) return runs
  }
  return runsMax
}

/** One more run, by the profile's way to deliver if it has one and something can wait already. */
export async function deliver(
  laboratory: Laboratory,
  sandbox: Sandbox,
  isLater = true
): Promise<void> {
  const { yes, deliver: way } = laboratory.profile
  if (isLater && way !== undefined) {
    await laboratory.prepare(sandbox, [{ env: yes.env ?? {} }, way])
    await laboratory.run(sandbox, [yes, way], { command: way.command })
  } else await laboratory.run(sandbox, [yes])
  for (let waited = 0; waited < arrivalMs && laboratory.collector.count() === 0; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20))
  if (laboratory.profile.sender !== undefined) await laboratory.settle(sandbox)
}
