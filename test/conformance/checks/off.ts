/**
 * Is off really off: no socket, no look-up, no file? Tried in a home that is new, on a terminal,
 * and where a yes had been said before.
 */
import { rmSync, writeFileSync } from 'node:fs'
import type { Laboratory, Observed } from '../laboratory/laboratory.ts'
import type { Off, Profile, Way } from '../profile.ts'
import { changesOf, isAmong, treeOf, type Sandbox } from '../laboratory/sandbox.ts'
import { judge, list, type Check } from './check.ts'
import { runUntilReported } from './reports.ts'

export function offChecks({ off, refuse }: Profile): Check[] {
  return [...ways(off), ...(refuse === undefined ? [] : [unkept])]
}

/** Whoever says no where it can't be kept must hear that, and a script by the exit code. */
const unkept: Check = {
  id: 'off/unkept',
  says: 'a no that can not be kept is no success: it says so, and its exit code is not 0',
  try: async (laboratory) => {
    const { refuse: command } = laboratory.profile
    return laboratory.inSandbox(async (sandbox) => {
      // A file where the folders would be: nobody, not even root, can make any below it.
      rmSync(sandbox.home, { recursive: true })
      writeFileSync(sandbox.home, '')
      const { code, stdout, stderr } = await laboratory.run(sandbox, [], { command })
      const said = `${stdout.toString()}${stderr.toString()}`.trim()
      return judge(
        [
          ...(code === 0 ? ['its exit code is 0'] : []),
          ...(said === '' ? ['it says nothing'] : [])
        ],
        [`exit code ${code}: ${said.split('\n')[0] ?? ''}`]
      )
    })
  }
}

function ways(off: Profile['off']): Check[] {
  return Object.entries(off).map(([name, way]) => ({
    id: `off/${name}`,
    says: `with ${name} it opens no socket, asks for no name, writes no file`,
    try: (laboratory) => tryOff(laboratory, way)
  }))
}

async function tryOff(laboratory: Laboratory, way: Off): Promise<ReturnType<typeof judge>> {
  const { yes, notice } = laboratory.profile
  const problems: string[] = []
  let isOpaque = false
  const look = async (
    where: string,
    sandbox: Sandbox,
    run: () => Promise<Observed>,
    mayTouch: (path: string) => boolean
  ): Promise<void> => {
    const before = treeOf(sandbox)
    const seen = await run()
    const left = changesOf(before, treeOf(sandbox))
    // Where it had been on, it may open what is there to put it away; in a new home it has nothing
    // to write.
    const written = [
      ...new Set([
        ...seen.written.filter((path) => !mayTouch(path)),
        ...left.filter((path) => !seen.isOwn(path) && !isAmong(path, way.leaves))
      ])
    ]
    if (seen.network.length > 0) problems.push(`${where}: ${list(seen.network)}`)
    if (written.length > 0) problems.push(`${where}: wrote ${list(written)}`)
    if (seen.isLate) problems.push(`${where}: did not end`)
    isOpaque ||= seen.isOpaque
  }
  for (const onTerminal of [false, true]) {
    await laboratory.inSandbox(async (sandbox) => {
      await sayOff(laboratory, sandbox, [way], problems)
      const where = onTerminal ? 'in a new home, on a terminal' : 'in a new home'
      await look(
        where,
        sandbox,
        () => laboratory.observe(sandbox, [way], { onTerminal }),
        (path) => isAmong(path, way.leaves)
      )
    })
  }
  await laboratory.inSandbox(async (sandbox) => {
    await laboratory.prepare(sandbox, [yes])
    await runUntilReported(laboratory, sandbox)
    await sayOff(laboratory, sandbox, [yes, way], problems)
    const known = treeOf(sandbox)
    const mayTouch = (path: string): boolean =>
      known.has(path) || isAmong(path, notice?.marks) || isAmong(path, way.leaves)
    await look('after a yes', sandbox, () => laboratory.observe(sandbox, [yes, way]), mayTouch)
  })
  return judge(
    problems,
    isOpaque
      ? [
          'it uses io_uring, which the tracer cannot see into: only the folders and the ' +
            'kernel’s counters were looked at'
        ]
      : []
  )
}

/** The commands that switch it off may write the refusal, and must not tell anybody. */
async function sayOff(
  laboratory: Laboratory,
  sandbox: Sandbox,
  state: readonly Way[],
  problems: string[]
): Promise<void> {
  for (const command of state.at(-1)?.run ?? []) {
    const { network } = await laboratory.observe(sandbox, state, { command })
    if (network.length > 0) problems.push(`${command.join(' ')}: ${list(network)}`)
  }
}
