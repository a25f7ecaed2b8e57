/** What a running collector adds to the contract's commands: its views, records and drift. */
import {
  assessRisk,
  compileContract,
  type Contract,
  type DriftedName,
  type Measure
} from '@candor/contract'
import { readContractVersion, type Collector } from '@candor/contract/command'
import { CandorError } from '../../errors.ts'
import { viewStatements } from '../../storage/tables/view-statements.ts'
import type { ApiClient } from '../terminal/connect.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

/** What the API counts in one request (server/src/api/endpoints/risk.ts). */
const groupsPerRequest = 8

export function runningCollector(terminal: Terminal): Collector {
  return {
    addOptions: addServerOptions,
    viewsOf: viewStatements,
    assessRecords: (asked, options) => assessRecords(asked, options, terminal),
    async driftOf({ product, since }, options) {
      const api = await connectTo(terminal, options as ServerOptions)
      const { contract } = await readContractVersion(`${api.address.url}#${product}`, terminal)
      const { rows } = await api.get<{ readonly rows: readonly DriftedName[] }>(
        '/api/v1/questions/drift',
        { product: contract.product, since }
      )
      return { contract, rows }
    }
  }
}

/**
 * Both versions are counted on what the collector has: fields that it does not have yet are told as
 * that.
 */
async function assessRecords(
  { url, product, since }: Parameters<Collector['assessRecords']>[0],
  options: ServerOptions,
  terminal: Terminal
): ReturnType<Collector['assessRecords']> {
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
  const typesOf = (contract: Contract): ReadonlyMap<string, string> =>
    new Map(
      compileContract(contract).columns.map((column) => [column.name, JSON.stringify(column.type)])
    )
  const columns = typesOf(kept)
  const measure = recordsMeasure({ api, kept, since })
  return (contract) => {
    const types = typesOf(contract)
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
