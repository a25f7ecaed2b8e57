/** `candor publish`: makes numbers public, or tries what a stranger could make of public ones. */
import { resolve } from 'node:path'
import cliProgress from 'cli-progress'
import type { Command } from 'commander'
import { attack } from '../../publication/attack/attack.ts'
import { readLedger, writeCopy } from '../../publication/ledger.ts'
import { openSolver } from '../../publication/linear-program.ts'
import type { Outcome } from '../../publication/publish.ts'
import { CandorError } from '../../errors.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface PublishOptions extends ServerOptions {
  readonly product?: string
  readonly out?: string
  readonly attack?: string
  readonly withdraw?: string
  readonly period?: string
  readonly because?: string
}

const examples = `
Examples:
  candor publish --product dlt --out ./public/dlt
  candor publish --attack ./public/dlt
  candor publish --product dlt --withdraw versions --period 2026-10 --because "counted twice"

Without --out, the numbers are published where the collector serves them.
--attack asks no server: it tries to compute every hidden count of a folder, and fails if it can.`

export function addPublish(program: Command, terminal: Terminal): void {
  const publish = program
    .command('publish')
    .description('publish what the contract names, protected; or attack a published folder')
    .option('--product <name>', 'whose numbers')
    .option('--out <folder>', 'copy all that is published here: a site for any static host')
    .option('--attack <folder>', 'try what a stranger could make of a published folder')
    .option('--withdraw <table>', 'take a published number back, for all to see')
    .option('--period <name>', 'of which period: 2026-10, 2026-W47')
    .option('--because <text>', 'why it is taken back')
    .addHelpText('after', examples)
  addServerOptions(publish).action(async (options: PublishOptions) => {
    if (options.attack !== undefined) {
      await attackFolder(resolve(options.attack), terminal)
      return
    }
    if (options.product === undefined)
      throw new CandorError('PARAMETER_INVALID', 'Say whose numbers: --product NAME.')
    await publishProduct(options.product, options, terminal)
  })
}

async function attackFolder(folder: string, terminal: Terminal): Promise<void> {
  const tables = await readLedger(folder, terminal.effects)
  if (tables.length === 0)
    throw new CandorError('PUBLICATION_NONE', `Nothing is published in ${folder}.`)
  const { bar, step } = progressOn(terminal, 'attack  ')
  const found = attack(tables, await openSolver(), step)
  bar?.stop()
  for (const { is, table, period, at, says } of found.findings)
    terminal.out(
      `${is}: ${table} ${period}${at.length === 0 ? '' : ` ${at.join(', ')}`}: ${says}\n`
    )
  const narrowest = found.narrowest === undefined ? 'open' : `${found.narrowest} wide`
  terminal.out(
    `${found.tables} tables, ${found.hidden} hidden counts, the narrowest of them ${narrowest}: ` +
      `${found.findings.length === 0 ? 'nothing leaks' : `${found.findings.length} leaks`}.\n`
  )
  if (found.findings.length > 0)
    throw new CandorError('PUBLICATION_LEAKS', 'Somebody can be told apart in what is published.')
}

async function publishProduct(
  product: string,
  { out, withdraw, period, because, ...server }: PublishOptions,
  terminal: Terminal
): Promise<void> {
  const isWithdrawn = withdraw !== undefined
  if (isWithdrawn && (period === undefined || because === undefined))
    throw new CandorError('PARAMETER_INVALID', 'A number is withdrawn with --period and --because.')
  const client = await connectTo(terminal, server)
  const path = `/api/v1/products/${encodeURIComponent(product)}/publication`
  const outcome = await client.post<Outcome>(
    path,
    isWithdrawn ? { withdraw: { table: withdraw, period, because } } : {}
  )
  for (const one of outcome.withheld)
    terminal.out(`withheld ${one.table} ${one.period}: ${one.because}\n`)
  const periods = new Set(outcome.published.map((one) => one.period))
  terminal.out(
    outcome.published.length === 0
      ? `Nothing new is due before ${outcome.next}.\n`
      : `Published ${outcome.published.length} tables of ${[...periods].join(', ')}; ` +
          `the next are due on ${outcome.next}.\n`
  )
  if (out === undefined) return
  const { paths } = await client.get<{ paths: readonly string[] }>(path, {})
  const contents = new Map<string, Uint8Array>()
  const { bar, step } = progressOn(terminal, 'copying ')
  for (const [index, file] of paths.entries()) {
    step(index, paths.length)
    const { content } = await client.get<{ content: string | null }>(path, { file })
    contents.set(file, Buffer.from(content ?? '', 'base64'))
  }
  bar?.stop()
  const folder = resolve(out)
  const written = await writeCopy(folder, contents, terminal.effects)
  terminal.out(
    written.length === 0
      ? `${folder} is as it was.\n`
      : `${written.length} files written to ${folder}; begin with index.html.\n`
  )
}

/** A bar on a terminal that somebody watches; nothing in a pipe. */
function progressOn(
  { isInteractive }: Terminal,
  what: string
): {
  readonly bar: cliProgress.SingleBar | undefined
  readonly step: (done: number, of: number) => void
} {
  if (!isInteractive) return { bar: undefined, step: () => undefined }
  const bar = new cliProgress.SingleBar(
    { format: `  ${what} {bar} {value} of {total}`, hideCursor: true, stream: process.stderr },
    cliProgress.Presets.shades_classic
  )
  bar.start(1, 0)
  return {
    bar,
    step: (done, of) => {
      bar.setTotal(of)
      bar.update(done)
    }
  }
}
