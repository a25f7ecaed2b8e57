/**
 * Is what the preview shows what is sent next, byte for byte, and does looking at it stay at home?
 */
import { readFileSync } from 'node:fs'
import type { Laboratory } from '../laboratory/laboratory.ts'
import { globFiles, type Sandbox } from '../laboratory/sandbox.ts'
import { judge, list, notOffered, type Check } from './check.ts'
import { deliver, runsMax } from './reports.ts'

export const preview: Check = {
  id: 'preview',
  says: 'the preview is, byte for byte, what the collector gets next, and asks nobody',
  try: async (laboratory) => {
    const { preview: way, yes } = laboratory.profile
    if (way === undefined) return notOffered('the profile names no preview')
    return laboratory.inSandbox(async (sandbox) => {
      const { collector } = laboratory
      await laboratory.prepare(sandbox, [yes])
      const problems: string[] = []
      let shown: Buffer = Buffer.alloc(0)
      // What the first run leaves to the next is looked at; of a program that leaves nothing, what
      // it could not deliver.
      for (const behaviour of ['answers', 'refuses'] as const) {
        if (shown.length > 0) break
        await collector.behave(behaviour)
        await laboratory.run(sandbox, [yes])
        await laboratory.settle(sandbox)
        shown = await look(laboratory, sandbox, problems)
      }
      if (shown.length === 0)
        return judge([...problems, 'the preview shows nothing though something waits'])
      collector.takeReports()
      await collector.behave('answers')
      for (let runs = 0; runs < runsMax && collector.count() === 0; runs += 1)
        await deliver(laboratory, sandbox)
      const [next] = collector.takeReports()
      if (next === undefined)
        return judge([...problems, `nothing arrived in ${runsMax} later runs`])
      // Several bodies may be shown, one a line; a line's end after the last is the terminal's.
      const isSame =
        shown.subarray(0, next.body.length).equals(next.body) &&
        /^(\n|$)/.test(shown.toString('latin1', next.body.length))
      if (!isSame) problems.push(firstDifference(shown, next.body))
      return judge(problems, isSame ? [`${next.body.length} bytes, the same`] : [])
    })
  }
}

async function look(laboratory: Laboratory, sandbox: Sandbox, problems: string[]): Promise<Buffer> {
  const { command, file } = laboratory.profile.preview ?? {}
  if (command === undefined) {
    const [found] = globFiles(sandbox, file ?? '')
    return found === undefined ? Buffer.alloc(0) : readFileSync(found)
  }
  const { stdout, network, code } = await laboratory.observe(sandbox, [laboratory.profile.yes], {
    command
  })
  if (network.length > 0) problems.push(`the preview ${list(network)}`)
  if (code !== 0) problems.push(`the preview ends with exit code ${code}`)
  return withoutRemarks(stdout)
}

/**
 * Lines before the body that begin with `#` are said to the reader: no wire that the kit knows
 * begins so.
 */
function withoutRemarks(shown: Buffer): Buffer {
  let at = 0
  while (shown[at] === 0x23) {
    const end = shown.indexOf('\n', at)
    at = end < 0 ? shown.length : end + 1
  }
  return shown.subarray(at)
}

function firstDifference(shown: Buffer, sent: Buffer): string {
  const at = sent.findIndex((byte, index) => byte !== shown[index])
  const place = at < 0 ? sent.length : at
  const around = (bytes: Buffer): string =>
    JSON.stringify(bytes.toString('utf8', Math.max(0, place - 20), place + 20))
  return `at byte ${place} the preview has ${around(shown)}, and ${around(sent)} was sent`
}
