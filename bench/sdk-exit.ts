/** How much later does a program end for its SDK, whatever the network does? */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openNetworks } from './sdk-networks.ts'
import {
  exitMsMax,
  round,
  runProgram,
  type MeasuredSdk,
  type ProgramFolder
} from './sdk-programs.ts'

/** Of a run on which nothing is due, and of one on which something is (decision 61). */
const bars = { nothingDueMs: 2, dueMs: 12 }
const runsOfEach = 7

type Tell = (
  figure: { readonly bench: string; readonly sdk: string } & Record<string, unknown>,
  row: string
) => void

/** How a run of ours finds its state, and how much later it may end for it. */
interface ExitWay {
  readonly name: 'nothing due' | 'due' | 'in-process'
  readonly barMs: number
}

const exitKinds = [
  // A program that records in its last statement pays for its first record there: `sdk-start`.
  { name: 'after its turn', wait: 'await new Promise(setImmediate)', ways: ['nothing due', 'due'] },
  // Long enough for whatever sends in the background to be under way.
  {
    name: 'while sending',
    wait: 'await new Promise((done) => setTimeout(done, 400))',
    ways: ['nothing due', 'due', 'in-process']
  }
] as const
const exitWays: readonly ExitWay[] = [
  { name: 'nothing due', barMs: bars.nothingDueMs },
  // It starts the process that sends for it, once a period.
  { name: 'due', barMs: bars.dueMs },
  { name: 'in-process', barMs: bars.nothingDueMs }
]

const waysOf = ({ ways }: (typeof exitKinds)[number]): readonly ExitWay[] =>
  exitWays.filter(({ name }) => ways.some((each) => each === name))

/**
 * From the last statement of a program to its end, beyond what an empty one takes, whatever the
 * network does.
 */
export async function measureExit(
  folder: ProgramFolder,
  measured: readonly MeasuredSdk[],
  tell: Tell
): Promise<void> {
  const networks = await openNetworks()
  try {
    for (const kind of exitKinds)
      for (const network of networks)
        for (const sdk of measured) {
          const told = { bench: 'sdk-exit', sdk: sdk.name, network: network.name, ends: kind.name }
          const row = `${network.name}, ends ${kind.name}`
          if (sdk.name === 'candor')
            for (const way of waysOf(kind)) {
              const found = await exitOfOurs(folder, {
                sdk,
                wait: kind.wait,
                way,
                url: network.url
              })
              const barred = { bar: way.barMs, holds: found.delayMs <= way.barMs }
              tell(
                { ...told, way: way.name, ...found, ...barred },
                `${row}, ${way.name}: ${found.delayMs} ms, of which the network ` +
                  `${found.networkMs} ms`
              )
            }
          else if (sdk.name !== 'empty') {
            const path = exitProgram(folder, sdk, kind.wait)
            const delayMs = round((await runProgram(path, [network.url], folder.home())).afterMs)
            const isLonger = delayMs >= exitMsMax
            tell(
              { ...told, delayMs, ...(isLonger ? { orLonger: true } : {}) },
              `${row}: ${isLonger ? 'more than ' : ''}${delayMs} ms`
            )
          }
        }
  } finally {
    for (const network of networks) network.close()
  }
}

function exitProgram(folder: ProgramFolder, sdk: MeasuredSdk, wait: string): string {
  return folder.program(
    sdk,
    `exit-${wait.length}-${sdk.opens.length}`,
    `import { writeSync } from 'node:fs'
const now = () => performance.timeOrigin + performance.now()
${sdk.opens}
const n = 1
${sdk.records}
${wait}
writeSync(1, String(now()))`
  )
}

/** The least of as many runs each: on a machine that others use too, the rest is theirs. */
async function exitOfOurs(
  folder: ProgramFolder,
  asked: {
    readonly sdk: MeasuredSdk
    readonly wait: string
    readonly way: ExitWay
    readonly url: string
  }
): Promise<{ readonly delayMs: number; readonly networkMs: number; readonly emptyMs: number }> {
  const { sdk, wait, way, url } = asked
  const inProcess = sdk.opens.replace('endpoint,', "endpoint, delivery: 'in-process',")
  const opens = way.name === 'in-process' ? inProcess : sdk.opens
  const path = exitProgram(folder, { ...sdk, opens }, wait)
  const empty = exitProgram(folder, { ...sdk, imports: '', opens: '', records: '' }, wait)
  const [own, floor, local] = [[] as number[], [] as number[], [] as number[]]
  for (let run = 0; run < runsOfEach; run += 1) {
    const home = folder.home()
    const delivery = join(home, '.local/state/bench/telemetry/delivery.json')
    // An earlier run has left something to send, and no failure that would keep this one from
    // trying.
    await runProgram(path, [url], home, { BENCH_TELEMETRY: 'on' })
    if (way.name === 'nothing due')
      writeFileSync(delivery, JSON.stringify({ next: Date.now() + 3_600_000 }))
    else rmSync(delivery, { force: true })
    local.push((await runProgram(path, [url], folder.home(), { BENCH_TELEMETRY: 'local' })).afterMs)
    own.push((await runProgram(path, [url], home, { BENCH_TELEMETRY: 'on' })).afterMs)
    floor.push((await runProgram(empty, [url], home)).afterMs)
  }
  const least = Math.min(...own)
  return {
    delayMs: round(least - Math.min(...floor)),
    // What the network adds to a program that records and never sends.
    networkMs: round(least - Math.min(...local)),
    emptyMs: round(Math.min(...floor))
  }
}
