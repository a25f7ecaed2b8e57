/**
 * What does the report hold, as a contract? Written from the product file; the collector, the page
 * and the SDK read only this.
 */
import { stringify } from 'yaml'
import { distributionMatches } from './distributions.ts'
import { functionPattern } from './generate-sql.ts'
import type { ProductFile } from './product-file.ts'

type Declaration = Readonly<Record<string, unknown>>

/** What PostgreSQL itself brings along. */
const ownAccessMethods = ['heap', 'btree', 'hash', 'gist', 'gin', 'spgist', 'brin']

const types: Readonly<Record<string, Declaration>> = {
  count: {
    type: 'integer',
    min: 0,
    says: 'how many there are',
    waive: { UNIT_MISSING: 'each field says in its sentence what it counts' }
  },
  rows: { type: 'integer', unit: 'rows', min: 0, says: 'how many rows PostgreSQL estimates' },
  bytes: { type: 'integer', unit: 'bytes', min: 0, says: 'how much room it takes' },
  flag: { type: 'boolean', says: 'whether it is so' },
  storage: {
    type: 'object',
    says: 'how many there are, and how large they are together',
    fields: storageFields()
  },
  partitioned: {
    type: 'object',
    says: 'how many there are, how many parts they have, and how large they are together',
    fields: {
      ...storageFields(),
      num_children: { type: 'count', says: 'how many parts they have' }
    }
  },
  relations: {
    type: 'object',
    says: 'how many there are',
    fields: { num_relations: { type: 'count', says: 'how many there are' } }
  },
  access_method: {
    type: 'object',
    says: 'what one access method holds',
    fields: {
      pages: { type: 'count', says: 'pages, as PostgreSQL estimates' },
      instances: { type: 'count', says: 'tables or indexes that use it' }
    }
  },
  job_statistics: {
    type: 'object',
    says: 'how the job fared since it was made',
    fields: {
      total_runs: { type: 'count', says: 'how often it ran' },
      total_successes: { type: 'count', says: 'how often it ended well' },
      total_failures: { type: 'count', says: 'how often it failed' },
      max_consecutive_failures: { type: 'count', says: 'the present row of failures' },
      total_duration: { type: 'duration', unit: 's', says: 'time spent in runs that ended well' },
      total_duration_failures: {
        type: 'duration',
        unit: 's',
        says: 'time spent in runs that failed'
      }
    }
  }
}

function storageFields(): Readonly<Record<string, Declaration>> {
  return {
    num_relations: { type: 'count', says: 'how many there are' },
    num_reltuples: { type: 'rows', says: 'rows in all of them, as PostgreSQL estimates' },
    heap_size: { type: 'bytes', says: 'size of their rows' },
    toast_size: { type: 'bytes', says: 'size of their oversized values' },
    indexes_size: { type: 'bytes', says: 'size of their indexes' }
  }
}

/** YAML, as an author would write it. */
export function generateContract(file: ProductFile): string {
  const fields: Record<string, Declaration> = {
    ...platformFields(file),
    ...relationFields(),
    ...usageFields(file),
    ...Object.fromEntries(
      Object.entries(file.report.fields).map(([name, declared]) => [
        name,
        { serves: ['features'], ...declared }
      ])
    )
  }
  const document = {
    candor: 1,
    product: file.product,
    title: file.title,
    purpose: file.purpose,
    contact: file.contact,
    source: file.source,
    page: file.page,
    location: file.location,
    recipients: file.recipients,
    retention: file.retention,
    consent: {
      default: file.default,
      levels: {
        no_functions:
          'Versions, platform, sizes and counts of the database. Nothing of your queries.',
        basic:
          `All of that, and how often which function of ${file.title} was called. ` +
          'Functions that you wrote are never named.'
      }
    },
    identity: {
      kind: 'persistent',
      lineage: true,
      random: true,
      says:
        'a random UUID per database, made before its first report and left behind by dumps, ' +
        'and a second one that dumps carry along; copies of files share both'
    },
    environment: ['class', 'automation', 'container'],
    presence: [],
    questions: {
      versions:
        `Which versions of ${file.title} and PostgreSQL are alive, ` +
        'and how fast do people upgrade?',
      platforms: 'On which systems, architectures and packages must it run?',
      features: 'Which features deserve our next month, and which could go?',
      sizes: 'How large are the databases that it must serve?'
    },
    types,
    snapshots: {
      report: {
        when:
          'Once a day for each database (each hour for the first twelve), ' +
          'and whenever somebody runs the reporter by hand.',
        level: 'no_functions',
        owner: file.owner,
        expires: file.expires,
        every: { says: 'every 24 hours, hourly for the first 12 reports', per_day_max: 26 },
        fields
      }
    },
    version_check: file.releases && {
      feed: file.releases.file,
      says:
        'the reporter reads a signed list that is the same for everybody and compares here; ' +
        'what is newer is told in the server’s log and in candor.version_status',
      url: file.releases.url,
      keys: file.releases.keys.length === 0 ? undefined : file.releases.keys
    },
    controls: controls(file),
    endpoint: file.endpoint && { default: file.endpoint },
    never: {
      sdk: neverSent,
      collector: neverSent
    }
  }
  const head = '# Written by `candor-postgres generate contract`: edit the product file instead.'
  return `${head}\n${stringify(JSON.parse(JSON.stringify(document)), { lineWidth: 0 })}`
}

const neverSent = [
  'data',
  'queries',
  'table names',
  'column names',
  'database names',
  'role names',
  'credentials',
  'host names',
  'IP addresses',
  'functions that users wrote'
]

function platformFields({ report, install_method }: ProductFile): Record<string, Declaration> {
  const release = { type: 'version', says: 'a version in numbers', serves: ['versions'] }
  return {
    installed_time: {
      type: 'timestamp',
      round: 'second',
      serves: ['versions'],
      says: 'when telemetry was installed in this database'
    },
    postgresql_version: { ...release, says: 'version of the PostgreSQL that runs it' },
    os_name_pretty: {
      type: 'enum',
      values: Object.keys(distributionMatches()),
      matches: distributionMatches(),
      other: 'collapse',
      serves: ['platforms'],
      says: 'distribution of the server’s operating system, where the installing role may read it'
    },
    build_os_name: word(
      ['linux', 'darwin', 'windows', 'freebsd'],
      'system that PostgreSQL was built for'
    ),
    build_architecture: word(
      ['x86_64', 'aarch64', 'ppc64', 's390x', 'riscv64'],
      'architecture that PostgreSQL was built for'
    ),
    build_architecture_bit_size: {
      type: 'integer',
      unit: 'bits',
      min: 1,
      max: 1024,
      serves: ['platforms'],
      says: 'width of the architecture that it was built for'
    },
    ...(install_method === undefined && report.install_methods.length === 0
      ? {}
      : {
          install_method: word(
            [...new Set([...report.install_methods, install_method].filter(isText))],
            'how the package was built'
          )
        }),
    instance_metadata_cloud: word(
      report.clouds,
      'cloud that the operator named in a setting, if it is a known one'
    ),
    last_tuned_time: {
      type: 'timestamp',
      round: 'second',
      serves: ['features'],
      says: 'when a tuning tool last ran'
    },
    last_tuned_version: { ...release, serves: ['features'], says: 'version of that tool' },
    replication_num_wal_senders: {
      type: 'count',
      serves: ['features'],
      says: 'how many standbys stream from this server'
    },
    replication_is_wal_receiver: {
      type: 'flag',
      serves: ['features'],
      says: 'whether this server is a standby'
    },
    ...(report.license && {
      license_edition: word([...new Set(Object.values(report.license.values))], 'edition in use')
    })
  }
}

function relationFields(): Record<string, Declaration> {
  const both = ['sizes', 'features']
  return {
    data_volume: { type: 'bytes', serves: ['sizes'], says: 'size of this database' },
    sizes: {
      type: 'enum',
      values: ['exact', 'estimated'],
      serves: ['sizes'],
      says:
        'whether sizes were read from the files, or are what PostgreSQL last counted ' +
        '(large databases, and while somebody alters a table)'
    },
    tables: { type: 'storage', serves: both, says: 'plain tables: how many, how large' },
    partitioned_tables: {
      type: 'partitioned',
      serves: both,
      says: 'partitioned tables: how many, how large'
    },
    materialized_views: {
      type: 'storage',
      serves: both,
      says: 'materialized views: how many, how large'
    },
    views: { type: 'relations', serves: ['features'], says: 'views of any kind' }
  }
}

function usageFields({ report, title, schema }: ProductFile): Record<string, Declaration> {
  return {
    ...Object.fromEntries(
      report.related_extensions.map((name) => [
        `related_extensions_${name}`,
        { type: 'flag', serves: ['features'], says: `whether ${name} is installed` }
      ])
    ),
    access_methods: {
      type: 'map',
      says:
        'which ways of storing and indexing are used; ' +
        'those of unknown extensions are summed up as `other`',
      serves: ['features'],
      keys: [...new Set([...ownAccessMethods, ...report.access_methods])],
      values: 'access_method',
      max_entries: 80,
      others: 'sum'
    },
    stats_by_job_type: {
      type: 'map',
      says: 'how the telemetry job itself fared',
      serves: ['features'],
      keys: ['policy_telemetry'],
      values: 'job_statistics',
      max_entries: 1
    },
    ...(Object.keys(report.metadata).length === 0
      ? {}
      : {
          db_metadata: {
            type: 'object',
            says: 'rows of the metadata table that somebody flagged for telemetry',
            serves: ['features'],
            fields: Object.fromEntries(
              Object.entries(report.metadata).map(([key, values]) => [
                key,
                { type: 'enum', values, other: 'collapse', says: `what the row ${key} holds` }
              ])
            )
          }
        }),
    ...(report.functions
      ? {
          functions_used: {
            type: 'map',
            level: 'basic',
            says:
              `how often each function of ${title} or a related extension was called since the ` +
              'last report, as far as track_functions counts; what stands in a schema that the ' +
              'user named is summed up as `other`',
            serves: ['features'],
            keys: { pattern: functionPattern(schema), max_length: 256 },
            values: 'count',
            max_entries: 1000,
            others: 'sum',
            waive: {
              BOUND_LARGE: 'signatures are long, and what stands in any other schema is summed up'
            }
          }
        }
      : {})
  }
}

function word(values: readonly string[], says: string): Declaration {
  return { type: 'enum', values, other: 'collapse', serves: ['platforms'], says }
}

function controls({ product, setting, schema }: ProductFile): readonly Declaration[] {
  const key = `${setting}.telemetry_level`
  return [
    {
      key,
      file: 'postgresql.conf',
      off: 'off',
      scope: 'instance',
      also: 'reload the configuration afterwards'
    },
    {
      command: 'candor-postgres level off --instance',
      scope: 'instance',
      also: 'with --database or --role for one of them; it knows what plain SQL refuses'
    },
    {
      sql: `SET ${key} = 'off'; ALTER SYSTEM SET ${key} = 'off'; SELECT pg_reload_conf();`,
      scope: 'instance',
      also: 'the first statement makes the setting known to this session'
    },
    { sql: `ALTER DATABASE name SET ${key} = 'off';`, scope: 'database' },
    { sql: `ALTER ROLE name SET ${key} = 'off';`, scope: 'role that the reporter logs in as' },
    {
      sql: `DELETE FROM ${schema}.telemetry_job;`,
      scope: 'database',
      also:
        'in template1 for databases that are made later; ' +
        `INSERT INTO ${schema}.telemetry_job DEFAULT VALUES takes it back`
    },
    {
      key,
      file: 'postgresql.conf',
      off: 'no_functions',
      scope: 'instance',
      keeps: 'everything but functions_used'
    },
    {
      variable: `${product.toUpperCase().replaceAll('-', '_')}_TELEMETRY`,
      off: 'off',
      scope: 'reporter'
    },
    { variable: 'DO_NOT_TRACK', off: '1', scope: 'reporter' },
    { status: `SELECT * FROM ${schema}.telemetry_status` },
    { preview: `SELECT ${schema}.get_telemetry_report(true)` }
  ]
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
