/**
 * Killed 100 ms after it recorded, or unsure whether it was heard: is everything delivered in the
 * end, and nothing kept twice?
 */
import type { Laboratory } from '../laboratory/laboratory.ts'
import type { Sandbox } from '../laboratory/sandbox.ts'
import { keptOf, type Kept } from '../laboratory/wires.ts'
import { judge, list, notOffered, type Check } from './check.ts'
import { deliver, runsMax } from './reports.ts'

const killedAfterMs = 100

export const crashChecks: readonly Check[] = [
  {
    id: 'crash/kept',
    says: `killed ${killedAfterMs} ms after it recorded, everything is delivered by later runs`,
    try: async (laboratory) => {
      const { crash, yes } = laboratory.profile
      if (crash === undefined)
        return notOffered('the profile names no command that records and waits to be killed')
      return laboratory.inSandbox(async (sandbox) => {
        const { collector } = laboratory
        await laboratory.prepare(sandbox, [yes])
        await collector.behave('refuses')
        const wasKilled = await laboratory.runUntilKilled(
          sandbox,
          [yes],
          crash.command,
          crash.prints,
          killedAfterMs
        )
        if (!wasKilled)
          return judge([
            'the command ended before it was killed, or never printed ' +
              `${JSON.stringify(crash.prints)}`
          ])
        await collector.behave('answers')
        const requests = []
        for (let runs = 0; runs < runsMax; runs += 1) {
          // Two at a time: both see the same spool.
          await Promise.all([deliver(laboratory, sandbox), deliver(laboratory, sandbox)])
          requests.push(...collector.takeReports())
        }
        const kept = keptOf(requests)
        const found = kept.records.filter(
          ({ name, text }) => name === crash.name || text?.includes(crash.name) === true
        ).length
        const isWhole = found === crash.records
        return judge(
          [...(isWhole ? [] : [shortfall(found, crash)]), ...problemsOf(kept)],
          isWhole ? [`${crash.records} of ${crash.records} records arrived`] : [],
          { recorded: crash.records, arrived: Math.min(found, crash.records) }
        )
      })
    }
  },
  {
    id: 'crash/once',
    says: 'cut off before the answer, it never makes a collector keep anything twice',
    try: (laboratory) =>
      laboratory.inSandbox(async (sandbox) => {
        const { collector, profile } = laboratory
        await laboratory.prepare(sandbox, [profile.yes])
        await collector.behave('loses')
        const requests = await runsUntil(laboratory, sandbox)
        if (requests.length === 0) return judge([`nothing arrived in ${runsMax} runs`])
        await collector.behave('answers')
        for (let runs = 0; runs < 3; runs += 1) {
          await deliver(laboratory, sandbox)
          requests.push(...collector.takeReports())
        }
        const kept = keptOf(requests)
        return judge(problemsOf(kept), [
          `${requests.length} requests; ${kept.resent} records came again and were known`
        ])
      })
  }
]

async function runsUntil(
  laboratory: Laboratory,
  sandbox: Sandbox
): Promise<ReturnType<Laboratory['collector']['takeReports']>> {
  for (let runs = 0; runs < runsMax && laboratory.collector.count() === 0; runs += 1)
    await deliver(laboratory, sandbox, runs > 0)
  return laboratory.collector.takeReports()
}

function shortfall(
  found: number,
  { records, name }: { readonly records: number; readonly name: string }
): string {
  const says = `${found} of ${records} records arrived`
  return found > records
    ? `${says}: is ${name} the name of records that other runs make too?`
    : says
}

function problemsOf({ twice, altered }: Kept): string[] {
  return [
    ...(twice.length > 0 ? [`kept twice: ${list(twice)}`] : []),
    ...(altered.length > 0
      ? [`sent again under the same id with other bytes: ${list(altered)}`]
      : [])
  ]
}
