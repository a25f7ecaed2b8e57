/**
 * `candor contract risk`: how many installations each event and field singles out, on a generated
 * fleet or on real records, and what would help.
 */
import {
  assessRisk,
  compareRisk,
  compileContract,
  fleetMeasure,
  type Contract,
  type Measure,
  type Risk
} from '@candor/contract'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import type { ApiClient } from '../terminal/connect.ts'
import { oneOf } from '../terminal/choice.ts'
import { riskJson, riskText, type RiskReport } from './contract-risk-text.ts'
import { readContractVersion } from './contract-version.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

const formats = ['text', 'json'] as const
type Format = (typeof formats)[number]

interface Options extends ServerOptions {
  readonly url?: string
  readonly since: string
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
/** What the API counts in one request (server/src/api/endpoints/risk.ts). */
const groupsPerRequest = 8

export function addContractRisk(contract: Command, terminal: Terminal): void {
  const command = contract
    .command('risk')
    .description(
      'count how many installations each event and field singles out, on a generated fleet or on real records'
    )
    .argument(
      '[contract]',
      'as in `diff`: a file or folder, a git revision, or a collector, whose records are then counted',
      'contract.yaml'
    )
    .option(
      '--url <collector>',
      'count real records of a running collector: http://127.0.0.1:4701#acme'
    )
    .option('--since <span>', 'of real records, those since then', '30d')
    .addOption(
      new Option('--installations <number>', 'of the generated fleet')
        .argParser(wholeUpTo(installationsMax))
        .default(10_000)
    )
    .addOption(
      new Option('--seed <number>', 'of the generated fleet: the same one gives the same numbers')
        .argParser(wholeUpTo(2 ** 31))
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
An installation is singled out by a field when nobody else has its value. Real records are counted by the collector, with a token (CANDOR_TOKEN, or
that of a server on this machine); only counts leave it. What a generated fleet draws: few words often and many rarely, numbers log-normal within their
bounds, every field by itself. Exit code: 0; ${exitOver} when --fail-over is exceeded.`
    )
  addServerOptions(command).action((named: string, options: Options) =>
    showRisk(named, options, terminal)
  )
}

async function showRisk(named: string, options: Options, terminal: Terminal): Promise<void> {
  const { contract, name } = await readContractVersion(named, terminal)
  const old =
    options.against === undefined ? undefined : await readContractVersion(options.against, terminal)
  const url = options.url ?? (/^https?:\/\//.test(named) ? named : undefined)
  const assess =
    url === undefined
      ? assessFleet(options)
      : await assessRecords({ url, product: contract.product, options, terminal })
  const risk = await assess(contract)
  const before = old === undefined ? undefined : await assess(old.contract)
  const report: RiskReport = {
    name,
    contract,
    risk,
    source:
      url === undefined
        ? { is: 'generated', installations: options.installations, seed: options.seed }
        : { is: 'records', url, since: options.since },
    against:
      old === undefined || before === undefined
        ? undefined
        : { name: old.name, changes: compareRisk(before, risk) },
    failOver:
      options.failOver === undefined
        ? undefined
        : { percent: options.failOver, fields: fieldsOver(risk, options.failOver) }
  }
  terminal.out(options.format === 'json' ? riskJson(report) : riskText(report))
  if ((report.failOver?.fields.length ?? 0) > 0) process.exitCode = exitOver
}

type Assess = (contract: Contract) => Promise<Risk>

function assessFleet({ installations, seed }: Options): Assess {
  return (contract) => assessRisk(contract, fleetMeasure(contract, { installations, seed }))
}

/**
 * Both versions are counted on what the collector has: fields that it does not have yet are told as
 * that.
 */
async function assessRecords({
  url,
  product,
  options,
  terminal
}: {
  url: string
  product: string
  options: Options
  terminal: Terminal
}): Promise<Assess> {
  const address = new URL(url)
  if (address.hash === '') address.hash = product
  const { contract: kept } = await readContractVersion(address.href, terminal)
  if (kept.product !== product)
    throw new CandorError(
      'PARAMETER_INVALID',
      `The contract is that of ${product}, and ${url} names ${kept.product}: name the same product.`
    )
  const base = address.href.replace(/[#?].*$/, '').replace(/\/+$/, '')
  const api = await connectTo(
    { ...terminal, environment: { ...terminal.environment, CANDOR_URL: base } },
    options
  )
  const columns = new Map(
    compileContract(kept).columns.map((column) => [column.name, JSON.stringify(column.type)])
  )
  const measure = recordsMeasure({ api, kept, since: options.since })
  return (contract) => {
    const types = new Map(
      compileContract(contract).columns.map((column) => [column.name, JSON.stringify(column.type)])
    )
    const isMeasured = (column: string): boolean =>
      columns.has(column) && columns.get(column) === types.get(column)
    return assessRisk(contract, measure, { isMeasured })
  }
}

/**
 * Contracts that are compared are counted over the same records: nothing that comes after the first
 * request counts.
 */
function recordsMeasure({
  api,
  kept,
  since
}: {
  api: ApiClient
  kept: Contract
  since: string
}): Measure {
  let until: string | undefined
  return async (record, groups) => {
    const nothing = { installations: 0, values: 0, alone: 0, few: 0, bits: 0 }
    // What is only proposed has no records yet.
    if (!kept.records.has(record)) return groups.map(() => nothing)
    const counted = []
    for (let from = 0; from < groups.length; from += groupsPerRequest) {
      const answer = await api.post<{
        readonly counted: Awaited<ReturnType<Measure>>
        readonly until: string
      }>('/api/v1/risk', {
        product: kept.product,
        record,
        since,
        ...(until === undefined ? {} : { until }),
        groups: groups.slice(from, from + groupsPerRequest)
      })
      until = answer.until
      counted.push(...answer.counted)
    }
    return counted
  }
}

function fieldsOver({ records }: Risk, limit: number): readonly string[] {
  return records.flatMap(({ name, fields }) =>
    fields
      .filter(({ counted }) => counted.alone > (limit / 100) * counted.installations)
      .map((field) => `${name}.${field.name}`)
  )
}

function wholeUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d{1,10}$/.test(text) && value >= 1 && value <= max) return value
    throw new InvalidArgumentError(`A whole number from 1 to ${max} is needed.`)
  }
}

function percent(text: string): number {
  const value = Number(text)
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text) && value <= 100) return value
  throw new InvalidArgumentError('A percentage from 0 to 100 is needed, for example 1.')
}
