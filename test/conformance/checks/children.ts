/** Which processes does it start, and do its reports arrive though it ends at once? */
import type { Laboratory } from '../laboratory/laboratory.ts'
import { isAmong, type Sandbox } from '../laboratory/sandbox.ts'
import { readBody } from '../laboratory/wires.ts'
import { judge, list, notOffered, type Check } from './check.ts'

const runs = 2
/** From the next country to the other side of the world, by satellite. */
const roundTripsMs = [50, 200, 800]
/** Whoever sends for it lives no longer than this. */
const arrivalMs = 10_000

export const childrenChecks: readonly Check[] = [
  {
    id: 'children',
    says: 'it starts no process but the one that it declares to send, and that one once a period',
    try: (laboratory) =>
      laboratory.inSandbox(async (sandbox) => {
        const { profile } = laboratory
        await laboratory.prepare(sandbox, [profile.yes])
        // So that something waits, and its time has come.
        await laboratory.run(sandbox, [profile.yes])
        await beginPeriod(laboratory, sandbox)
        const undeclared = new Set<string>()
        let declared = 0
        for (let count = 0; count < runs; count += 1) {
          const { children } = await laboratory.observe(sandbox, [profile.yes])
          for (const words of children) {
            if (isSender(words, profile.sender)) declared += 1
            else undeclared.add(words.slice(0, 3).join(' '))
          }
        }
        return judge(
          [
            ...(undeclared.size > 0 ? [`it started ${list([...undeclared])}`] : []),
            ...(declared > 1 ? [`it started ${declared} processes to send in ${runs} runs`] : [])
          ],
          [`${declared} process${declared === 1 ? '' : 'es'} to send in ${runs} runs`]
        )
      })
  },
  {
    id: 'short',
    says: 'what a run recorded that ends before any answer can come arrives, without another run',
    try: (laboratory) =>
      laboratory.profile.stop === undefined
        ? tryShort(laboratory, [0])
        : Promise.resolve(notOffered('it runs until it is told to end'))
  },
  {
    id: 'short/far',
    says: `the same over ${roundTripsMs.join(', ')} ms of round trip`,
    try: (laboratory) =>
      laboratory.profile.stop === undefined
        ? tryShort(laboratory, roundTripsMs)
        : Promise.resolve(notOffered('it runs until it is told to end'))
  }
]

function isSender(words: readonly string[], sender: string | undefined): boolean {
  return sender !== undefined && words.some((word) => isAmong(word, [sender]))
}

async function tryShort(
  laboratory: Laboratory,
  roundTripsMs: readonly number[]
): Promise<ReturnType<typeof judge>> {
  const [silent, heard]: [string[], string[]] = [[], []]
  for (const roundTripMs of roundTripsMs) {
    const records = await shortAt(laboratory, roundTripMs)
    const from = roundTripMs === 0 ? 'nearby' : `over ${roundTripMs} ms of round trip`
    if (records === undefined) silent.push(`nothing arrived ${from} within ${arrivalMs / 1_000} s`)
    else heard.push(`${records} record${records === 1 ? '' : 's'} arrived ${from}`)
  }
  return judge(silent, heard)
}

/** How many records of a run arrived that was over at once; undefined for no report at all. */
function shortAt(laboratory: Laboratory, roundTripMs: number): Promise<number | undefined> {
  const { profile, collector } = laboratory
  const { yes, short: command } = profile
  return laboratory.inSandbox(async (sandbox) => {
    await laboratory.prepare(sandbox, [yes])
    // A home that is in use: where nothing was kept before, nobody can know that anything will be.
    await laboratory.run(sandbox, [yes], { command })
    await beginPeriod(laboratory, sandbox)
    collector.takeReports()
    collector.moveAway(roundTripMs)
    await laboratory.run(sandbox, [yes], { command })
    const until = performance.now() + arrivalMs
    while (collector.count() === 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20))
    const [first] = collector.takeReports()
    return first === undefined ? undefined : readBody(first.path, first.body).records.length
  })
}

/** The first run may have delivered: what stands for the time that passes is run. */
async function beginPeriod(laboratory: Laboratory, sandbox: Sandbox): Promise<void> {
  await laboratory.settle(sandbox)
  const { deliver } = laboratory.profile
  if (deliver !== undefined) await laboratory.prepare(sandbox, [{ run: deliver.run ?? [] }])
}
