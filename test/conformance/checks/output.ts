/**
 * Does telemetry change what the program says or how it ends? Byte for byte, but for what varies by
 * itself.
 */
import type { Laboratory, RunOptions, State } from '../laboratory/laboratory.ts'
import type { Ended } from '../laboratory/launch.ts'
import type { Profile, Way } from '../profile.ts'
import type { Sandbox } from '../laboratory/sandbox.ts'
import { judge, notOffered, type Check } from './check.ts'

/**
 * A way to have the program without telemetry, to compare with: the product's own switch before the
 * one of all products.
 */
export function silentWay({ off, baseline, lacks }: Profile): Way | undefined {
  const offered = Object.entries(off).filter(
    ([name]) => !Object.keys(lacks).some((id) => `off/${name}`.startsWith(id))
  )
  return (
    offered.find(([name]) => !name.startsWith('DO_NOT_TRACK'))?.[1] ??
    offered[0]?.[1] ??
    (baseline?.command === undefined ? baseline : undefined)
  )
}

export const output: Check = {
  id: 'output',
  says:
    'stdout, stderr and the exit code are the same with telemetry as without, piped and on a ' +
    'terminal',
  try: async (laboratory) => {
    const silent = silentWay(laboratory.profile)
    if (silent === undefined)
      return notOffered('there is no way to have it without telemetry to compare with')
    const { yes } = laboratory.profile
    const problems: string[] = []
    for (const onTerminal of [false, true]) {
      const where = onTerminal ? 'on a terminal: ' : ''
      const [first, again] = [
        await laboratory.inSandbox((sandbox) =>
          inState(laboratory, sandbox, [silent], { onTerminal })
        ),
        await laboratory.inSandbox((sandbox) =>
          inState(laboratory, sandbox, [silent], { onTerminal })
        )
      ]
      const own = differences(laboratory.profile, first, again)
      if (own.length > 0)
        problems.push(
          `${where}without telemetry it varies by itself (${own.join(', ')}): name what ` +
            'varies in the profile'
        )
      await laboratory.inSandbox(async (sandbox) => {
        await laboratory.prepare(sandbox, [yes])
        // The first run may show the notice, and the second is the first that may send; both are
        // looked at where nobody reads a notice.
        const ran = [
          await laboratory.run(sandbox, [yes], { onTerminal }),
          await laboratory.run(sandbox, [yes], { onTerminal })
        ]
        for (const each of onTerminal ? ran.slice(1) : ran) {
          const found = differences(laboratory.profile, first, each)
          if (found.length > 0) problems.push(`${where}${found.join(', ')}`)
        }
      })
    }
    return judge([...new Set(problems)])
  }
}

async function inState(
  laboratory: Laboratory,
  sandbox: Sandbox,
  state: State,
  options: RunOptions
): Promise<Ended> {
  await laboratory.prepare(sandbox, state)
  return laboratory.run(sandbox, state, options)
}

/** In words: which of the three differ, and the first line that does. */
export function differences({ varying }: Profile, before: Ended, after: Ended): string[] {
  const steady = (bytes: Buffer): string =>
    varying.reduce(
      (text, pattern) => text.replaceAll(new RegExp(pattern, 'g'), '…'),
      bytes.toString('latin1')
    )
  const found: string[] = []
  if (before.code !== after.code || before.signal !== after.signal)
    found.push(`it ends with ${endOf(after)} instead of ${endOf(before)}`)
  for (const stream of ['stdout', 'stderr'] as const) {
    const [was, is] = [steady(before[stream]).split('\n'), steady(after[stream]).split('\n')]
    const at = is.findIndex((line, index) => line !== was[index])
    if (at >= 0)
      found.push(
        `${stream} has ` +
          `${quoted(is[at])}${was[at] === undefined ? '' : ` instead of ${quoted(was[at])}`}`
      )
    else if (is.length !== was.length) found.push(`${stream} is shorter`)
  }
  return found
}

function quoted(line: string | undefined): string {
  return JSON.stringify(
    Buffer.from(line ?? '', 'latin1')
      .toString()
      .slice(0, 80)
  )
}

function endOf({ code, signal, isLate }: Ended): string {
  return isLate ? 'a kill at the deadline' : signal === undefined ? `exit code ${code}` : signal
}
