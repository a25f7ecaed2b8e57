/** `candor schema`: what a ClickHouse of one's own must be told before Candor uses it. */
import type { Command } from 'commander'
import { type Config, findConfigFile, readConfig } from '../../config/config.ts'
import { allContracts, readProducts } from '../../app/products.ts'
import { passwordIn } from '../../app/store-address.ts'
import { CandorError } from '../../errors.ts'
import { createLog } from '../../log.ts'
import { connectCluster } from '../../storage/cluster/connect-cluster.ts'
import { applyClusterSchema, clusterStatements } from '../../storage/cluster/cluster-schema.ts'
import { type Cluster, clusterOf } from '../../storage/cluster/cluster.ts'
import { viewNames } from '../../storage/tables/views.ts'
import { readerStatements } from '../../storage/user-sql/reader-grants.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface SchemaFlags extends Readonly<Record<string, unknown>> {
  readonly cluster?: string
  readonly apply?: true
  readonly user?: string
  readonly passwordFile?: string
}

/** What it is all made from. */
interface Asked {
  readonly config: Config
  readonly contracts: ReturnType<typeof allContracts>
  readonly database: string
  readonly cluster: Cluster | undefined
}

const databaseUsual = 'candor'

export function addSchema(program: Command, terminal: Terminal): void {
  program
    .command('schema')
    .description(
      "print the SQL that a ClickHouse of one's own needs: its reader, or a whole cluster"
    )
    .option('--cluster <name>', 'every table, spread over this cluster (clickhouse.cluster)')
    .option('--apply', 'run it on that cluster, from whatever state it is in, instead of printing')
    .option('--user <name>', 'who runs it: may create databases and tables (clickhouse.user)')
    .option('--password-file <file>', "file of that user's password (clickhouse.password_file)")
    .option('--products <folders>', 'folders of further products, commas between')
    .option('--config <file>', 'configuration file')
    .action(async (flags: SchemaFlags) => {
      const asked = await read(flags, terminal)
      if (flags.apply === true) await apply(asked, flags, terminal)
      else if (asked.cluster === undefined) terminal.out(readerScript(asked))
      else terminal.out(await clusterScript(asked, asked.cluster))
    })
}

async function read(
  { cluster: named, apply: _apply, user: _user, passwordFile: _file, ...flags }: SchemaFlags,
  { environment, effects, folder }: Terminal
): Promise<Asked> {
  const source = { flags, environment, folder }
  const config = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
  const products = await readProducts(config, effects, createLog('error'))
  const database = config.clickhouse?.database ?? databaseUsual
  const name = named ?? config.clickhouse?.cluster
  return {
    config,
    contracts: allContracts(products),
    database,
    cluster: name === undefined ? undefined : clusterOf(name, database)
  }
}

function readerScript(asked: Asked): string {
  return (
    "-- Whoever runs users' SQL may read the documented views, and nothing else. Run this as an\n" +
    '-- administrator once Candor has made its tables, and again after a product was added.\n' +
    reader(asked)
      .map((statement) => `${statement};\n`)
      .join('')
  )
}

function reader({ config, contracts, database, cluster }: Asked): readonly string[] {
  return readerStatements({
    database,
    user: config.clickhouse?.reader.user ?? 'candor_reader',
    guest: config.clickhouse?.guest.user ?? 'candor_guest',
    views: viewNames(contracts),
    cluster
  })
}

async function clusterScript(asked: Asked, cluster: Cluster): Promise<string> {
  const { contracts, database } = asked
  let current: string | undefined
  const lines = (await clusterStatements(contracts, cluster, database)).map((statement) => {
    const use = statement.database === current ? '' : `USE ${statement.database};\n`
    current = statement.database
    return `${use}${statement.sql};\n`
  })
  return (
    `-- Everything that the cluster ${cluster.name} needs, in this order; each may be run\n` +
    '-- again.\n' +
    '-- The servers have the macros {shard} and {replica}, and a Keeper. Collectors start once\n' +
    `-- candor schema --cluster ${cluster.name} --apply has noted that it is there: it runs the\n` +
    '-- same from whatever state the cluster is in.\n' +
    `${lines.join('')}\n` +
    "-- Whoever runs users' SQL may read the documented views, and nothing else.\n" +
    reader(asked)
      .map((statement) => `${statement};\n`)
      .join('')
  )
}

async function apply(asked: Asked, flags: SchemaFlags, terminal: Terminal): Promise<void> {
  const { config, contracts, database, cluster } = asked
  const { effects, out, error } = terminal
  if (cluster === undefined)
    throw new CandorError(
      'CONFIG_INVALID',
      '--apply needs a cluster: candor schema --cluster NAME --apply. One server needs none, ' +
        'since the collector makes its tables itself.'
    )
  const { clickhouse } = config
  if (clickhouse === undefined)
    throw new CandorError(
      'CONFIG_INVALID',
      'No ClickHouse is named: clickhouse.url in the configuration, or CANDOR_CLICKHOUSE.'
    )
  let done = 0
  const connection = connectCluster(
    {
      url: clickhouse.url,
      user: flags.user ?? clickhouse.user ?? 'default',
      password: await passwordIn(
        effects.files,
        '--password-file',
        flags.passwordFile ?? clickhouse.passwordFile
      ),
      database,
      cluster: cluster.name
    },
    effects,
    (sql) => {
      done += 1
      error(`✓ ${sql.split('\n', 1)[0]?.slice(0, 100)}\n`)
    }
  )
  try {
    const held = await applyClusterSchema(contracts, { ...connection, database })
    for (const { product, says } of held) error(`! ${product}: nothing of it is loaded: ${says}\n`)
    out(`${done} statements were run on ${cluster.name}: its collectors can start.\n`)
  } finally {
    await connection.close()
  }
}
