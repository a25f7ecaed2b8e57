/** Runs the reporter: one look, or one after the other until a signal. */
import { InvalidArgumentError, type Command } from 'commander'
import { stateFolderOf, systemEffects } from '../effects.ts'
import { loadProduct } from '../product.ts'
import { lookForever, lookOnce, sentenceOf, type ReporterInput } from '../reporter/daemon.ts'
import { dsnOption, productOption } from './options.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly product: string
  readonly dsn?: string
  readonly daemon?: true
  readonly allDatabases?: true
  readonly now?: true
  readonly lookEvery: number
  readonly state?: string
  readonly verbose?: true
}

export function addReport(program: Command, terminal: Terminal): void {
  program
    .command('report')
    .description('look whether a report is allowed and due, and send it')
    .addOption(productOption())
    .addOption(dsnOption())
    .option('--daemon', 'keep looking until a signal ends it')
    .option('--all-databases', 'each database of the server in which telemetry is installed')
    .option('--now', 'do not ask whether it is due; whether it is allowed is asked all the same')
    .option('--look-every <seconds>', 'how often a daemon looks', readSeconds, 60)
    .option('--state <folder>', 'where the reporter keeps what waits')
    .option('--verbose', 'say what came of each look')
    .action(async (options: Options) => {
      const product = loadProduct(options.product)
      const input: ReporterInput = {
        product,
        dsn: options.dsn,
        isForAll: options.allDatabases === true,
        isNow: options.now === true,
        stateFolder: options.state ?? stateFolderOf(product.form.product),
        effects: {
          ...systemEffects,
          log: onlyOnce((line) => terminal.err(`${line}\n`)),
          debug: options.verbose ? (line) => terminal.err(`${line}\n`) : () => {}
        }
      }
      if (options.daemon) return keepLooking(input, options.lookEvery * 1000)
      const visited = await lookOnce(input)
      for (const each of visited) terminal.out(`${sentenceOf(each)}\n`)
      if (visited.some(({ visit }) => visit.is === 'failed')) terminal.exit(1)
    })
}

async function keepLooking(input: ReporterInput, everyMs: number): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  process.once('SIGTERM', end).once('SIGINT', end)
  await lookForever(input, { everyMs, signal: ending.signal })
  process.off('SIGTERM', end).off('SIGINT', end)
}

/** The notice of a hundred databases is one notice. */
function onlyOnce(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (said.has(line)) return
    said.add(line)
    say(line)
  }
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= 1 && seconds <= 3_600))
    throw new InvalidArgumentError('Seconds, from 1 to 3600.')
  return seconds
}
