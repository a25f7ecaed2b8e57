/**
 * `candor contract risk`: how many installations each event and field singles out, on a generated
 * fleet or on real records, and what would help.
 */
import type { Contract } from '../form/contract.ts'
import { assessRisk, type Risk } from '../risk/assess.ts'
import { compareRisk } from '../risk/compare.ts'
import { fleetMeasure } from '../risk/fleet.ts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { oneOf, wholeNumber } from './printing/choice.ts'
import type { Collector, CollectorOptions } from './collector.ts'
import { riskJson, riskText, type RiskReport } from './risk-text.ts'
import { readContractVersion } from './reading/contract-version.ts'
import type { World } from './world.ts'

const formats = ['text', 'json'] as const
type Format = (typeof formats)[number]

interface Options extends CollectorOptions {
  readonly url?: string
  readonly since?: string
  readonly installations: number
  readonly seed: number
  readonly against?: string
  readonly failOver?: number
  readonly format: Format
}

/** As in `diff`: something that somebody has to decide. */
const exitOver = 3
/** A fleet is held in memory, a few bytes for each of its values. */
const installationsMax = 100_000

export function addContractRisk(
  contract: Command,
  world: World,
  collector: Collector | undefined
): void {
  const command = contract
    .command('risk')
    .description(
      'count how many installations each event and field singles out, on a generated fleet ' +
        'or on real records'
    )
    .argument(
      '[contract]',
      'as in `diff`: a file or folder, a git revision, or a collector, whose records are ' +
        'then counted',
      'contract.yaml'
    )
    .addOption(
      new Option('--installations <number>', 'of the generated fleet')
        .argParser(wholeNumber({ from: 1, to: installationsMax, example: 10_000 }))
        .default(10_000)
    )
    .addOption(
      new Option('--seed <number>', 'of the generated fleet: the same one gives the same numbers')
        .argParser(wholeNumber({ from: 1, to: 2 ** 31, example: 1 }))
        .default(1)
    )
    .option(
      '--against <old>',
      'also what changes between that version and this one, on the same installations'
    )
    .addOption(
      new Option(
        '--fail-over <percent>',
        `exit with ${exitOver} when a field singles out more of the installations`
      ).argParser(percent)
    )
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .addHelpText(
      'after',
      `
An installation is singled out by a field when nobody else has its value.
Real records are counted by the collector, with a token (CANDOR_TOKEN, or that of a server on this
machine); only counts leave it.
What a generated fleet draws: few words often and many rarely, numbers log-normal within their
bounds, every field by itself.
Exit code: 0; ${exitOver} when --fail-over is exceeded.`
    )
  if (collector !== undefined) {
    command
      .option(
        '--url <collector>',
        'count real records of a running collector: http://127.0.0.1:4701#acme'
      )
      .option('--since <span>', 'of real records, those since then', '30d')
    collector.addOptions(command)
  }
  command.action((named: string, options: Options) => showRisk(named, options, world, collector))
}

async function showRisk(
  named: string,
  options: Options,
  world: World,
  collector: Collector | undefined
): Promise<void> {
  const { contract, name } = await readContractVersion(named, world)
  const old =
    options.against === undefined ? undefined : await readContractVersion(options.against, world)
  const url = options.url ?? (/^https?:\/\//.test(named) ? named : undefined)
  const since = options.since ?? '30d'
  const assess =
    url === undefined || collector === undefined
      ? assessFleet(options)
      : await collector.assessRecords({ url, product: contract.product, since }, options)
  const risk = await assess(contract)
  const before = old === undefined ? undefined : await assess(old.contract)
  const report: RiskReport = {
    name,
    contract,
    risk,
    source:
      url === undefined || collector === undefined
        ? { is: 'generated', installations: options.installations, seed: options.seed }
        : { is: 'records', url, since },
    against:
      old === undefined || before === undefined
        ? undefined
        : { name: old.name, changes: compareRisk(before, risk) },
    failOver:
      options.failOver === undefined
        ? undefined
        : { percent: options.failOver, fields: fieldsOver(risk, options.failOver) }
  }
  world.out(options.format === 'json' ? riskJson(report) : riskText(report))
  if ((report.failOver?.fields.length ?? 0) > 0) process.exitCode = exitOver
}

type Assess = (contract: Contract) => Promise<Risk>

function assessFleet({ installations, seed }: Options): Assess {
  return (contract) => assessRisk(contract, fleetMeasure(contract, { installations, seed }))
}

function fieldsOver({ records }: Risk, limit: number): readonly string[] {
  return records.flatMap(({ name, fields }) =>
    fields
      .filter(({ counted }) => counted.alone > (limit / 100) * counted.installations)
      .map((field) => `${name}.${field.name}`)
  )
}

function percent(text: string): number {
  const value = Number(text)
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text) && value <= 100) return value
  throw new InvalidArgumentError('A percentage from 0 to 100 is needed, for example 1.')
}
