/** The telemetry of TimescaleDB, typed. Written by `candor contract generate typescript`: edit the contract instead. */
import {
  createTelemetry as create,
  type ContractForm,
  type FieldForm,
  type Telemetry,
  type TelemetryOptions,
  type Unlisted
} from '@candor/sdk'

export type ReportOsNamePretty =
  | 'debian_8'
  | 'debian_9'
  | 'debian_10'
  | 'debian_11'
  | 'debian_12'
  | 'debian_13'
  | 'debian'
  | 'ubuntu_14'
  | 'ubuntu_16'
  | 'ubuntu_18'
  | 'ubuntu_20'
  | 'ubuntu_22'
  | 'ubuntu_24'
  | 'ubuntu_26'
  | 'ubuntu'
  | 'alpine_3'
  | 'alpine'
  | 'rhel_7'
  | 'rhel_8'
  | 'rhel_9'
  | 'rhel_10'
  | 'centos_7'
  | 'centos_8'
  | 'centos_9'
  | 'centos_10'
  | 'rocky_8'
  | 'rocky_9'
  | 'rocky_10'
  | 'alma_8'
  | 'alma_9'
  | 'alma_10'
  | 'oracle_7'
  | 'oracle_8'
  | 'oracle_9'
  | 'oracle_10'
  | 'amazon_2'
  | 'amazon_2023'
  | 'fedora'
  | 'raspbian'
  | 'opensuse'
  | 'sles'
  | 'arch'
  | 'gentoo'
  | 'nixos'
  | 'photon'
  | 'mint'
  | 'other'
  | Unlisted

export type ReportInstallMethod =
  | 'source'
  | 'docker'
  | 'docker-bitnami'
  | 'docker-ha'
  | 'brew'
  | 'apt'
  | 'deb'
  | 'yum'
  | 'rpm'
  | 'windows'
  | 'other'
  | Unlisted

/** Once a day for each database (each hour for the first twelve), and whenever somebody runs the job. Level: no_functions. */
export interface Report {
  /** Version of the report's format; absent in version 1: whole number, from 1 to 100. */
  readonly telemetry_version?: number | undefined
  /** When the extension was installed in this database: point in time, rounded down to the second. */
  readonly installed_time?: Date | string | undefined
  /** Distribution and major version of the operating system. */
  readonly os_name_pretty?: ReportOsNamePretty | undefined
  /** How the package was built. */
  readonly install_method?: ReportInstallMethod | undefined
  /** Version of the PostgreSQL that runs it: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$`, at most 32 characters; anything else becomes `other`. */
  readonly postgresql_version?: string | undefined
  /** System that it was built on. */
  readonly build_os_name?: 'linux' | 'darwin' | 'windows' | 'freebsd' | 'other' | Unlisted | undefined
  /** First two numbers of that system's version: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$`, at most 32 characters; anything else becomes `other`. */
  readonly build_os_version?: string | undefined
  /** Width of the architecture that it was built for: whole number of bits, from 1 to 1,024. */
  readonly build_architecture_bit_size?: number | undefined
  /** Cloud that its operator named in timescaledb_telemetry.cloud, if it is a known one. */
  readonly instance_metadata_cloud?: 'aws' | 'azure' | 'gcp' | 'timescale' | 'ci' | 'other' | Unlisted | undefined
  /** When timescaledb-tune last ran: point in time, rounded down to the second. */
  readonly last_tuned_time?: Date | string | undefined
  /** Version of timescaledb-tune that ran: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$`, at most 32 characters; anything else becomes `other`. */
  readonly last_tuned_version?: string | undefined
  /** How many standbys stream from this server: whole number, 0 or more. */
  readonly replication_num_wal_senders?: number | undefined
  /** Whether this server is a standby. */
  readonly replication_is_wal_receiver?: boolean | undefined
  /** Edition in use. */
  readonly license_edition?: 'apache_only' | 'community' | 'enterprise' | 'other' | Unlisted | undefined
  /** Size of this database: whole number of bytes, 0 or more. */
  readonly data_volume?: number | undefined
  /** Plain tables: how many, how large. */
  readonly tables?: {
    /** How many there are: whole number, 0 or more. */
    readonly num_relations?: number | undefined
    /** Rows in all of them, as PostgreSQL estimates: whole number of rows, 0 or more. */
    readonly num_reltuples?: number | undefined
    /** Size of their rows: whole number of bytes, 0 or more. */
    readonly heap_size?: number | undefined
    /** Size of their oversized values: whole number of bytes, 0 or more. */
    readonly toast_size?: number | undefined
    /** Size of their indexes: whole number of bytes, 0 or more. */
    readonly indexes_size?: number | undefined
  } | undefined
  /** Partitioned tables: how many, how large. */
  readonly partitioned_tables?: {
    /** How many there are: whole number, 0 or more. */
    readonly num_relations?: number | undefined
    /** Rows in all of them, as PostgreSQL estimates: whole number of rows, 0 or more. */
    readonly num_reltuples?: number | undefined
    /** Size of their rows: whole number of bytes, 0 or more. */
    readonly heap_size?: number | undefined
    /** Size of their oversized values: whole number of bytes, 0 or more. */
    readonly toast_size?: number | undefined
    /** Size of their indexes: whole number of bytes, 0 or more. */
    readonly indexes_size?: number | undefined
    /** How many parts they have: whole number, 0 or more. */
    readonly num_children?: number | undefined
  } | undefined
  /** Materialized views: how many, how large. */
  readonly materialized_views?: {
    /** How many there are: whole number, 0 or more. */
    readonly num_relations?: number | undefined
    /** Rows in all of them, as PostgreSQL estimates: whole number of rows, 0 or more. */
    readonly num_reltuples?: number | undefined
    /** Size of their rows: whole number of bytes, 0 or more. */
    readonly heap_size?: number | undefined
    /** Size of their oversized values: whole number of bytes, 0 or more. */
    readonly toast_size?: number | undefined
    /** Size of their indexes: whole number of bytes, 0 or more. */
    readonly indexes_size?: number | undefined
  } | undefined
  /** Views of any kind. */
  readonly views?: {
    /** How many there are: whole number, 0 or more. */
    readonly num_relations?: number | undefined
  } | undefined
  /** How many hypertables there are: whole number, 0 or more. */
  readonly hypertables_num_relations?: number | undefined
  /** Their rows, as PostgreSQL estimates: whole number of rows, 0 or more. */
  readonly hypertables_num_reltuples?: number | undefined
  /** Size of their rows: whole number of bytes, 0 or more. */
  readonly hypertables_heap_size?: number | undefined
  /** Size of their oversized values: whole number of bytes, 0 or more. */
  readonly hypertables_toast_size?: number | undefined
  /** Size of their indexes: whole number of bytes, 0 or more. */
  readonly hypertables_indexes_size?: number | undefined
  /** How many chunks they have: whole number, 0 or more. */
  readonly hypertables_num_children?: number | undefined
  /** How many of their chunks are compressed: whole number, 0 or more. */
  readonly hypertables_num_compressed_chunks?: number | undefined
  /** How many of them have compression: whole number, 0 or more. */
  readonly hypertables_num_compressed_hypertables?: number | undefined
  /** Rows after compression: whole number of rows, 0 or more. */
  readonly hypertables_compressed_row_count?: number | undefined
  /** Rows that compression froze at once: whole number of rows, 0 or more. */
  readonly hypertables_compressed_row_count_frozen_immediately?: number | undefined
  /** Size of the compressed rows: whole number of bytes, 0 or more. */
  readonly hypertables_compressed_heap_size?: number | undefined
  /** Size of their oversized values: whole number of bytes, 0 or more. */
  readonly hypertables_compressed_toast_size?: number | undefined
  /** Size of their indexes: whole number of bytes, 0 or more. */
  readonly hypertables_compressed_indexes_size?: number | undefined
  /** Rows before compression: whole number of rows, 0 or more. */
  readonly hypertables_uncompressed_row_count?: number | undefined
  /** Size of the rows before compression: whole number of bytes, 0 or more. */
  readonly hypertables_uncompressed_heap_size?: number | undefined
  /** Size of their oversized values then: whole number of bytes, 0 or more. */
  readonly hypertables_uncompressed_toast_size?: number | undefined
  /** Size of their indexes then: whole number of bytes, 0 or more. */
  readonly hypertables_uncompressed_indexes_size?: number | undefined
  /** How many continuous aggregates there are: whole number, 0 or more. */
  readonly continuous_aggregates_num_relations?: number | undefined
  /** Their rows, as PostgreSQL estimates: whole number of rows, 0 or more. */
  readonly continuous_aggregates_num_reltuples?: number | undefined
  /** Size of their rows: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_heap_size?: number | undefined
  /** Size of their oversized values: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_toast_size?: number | undefined
  /** Size of their indexes: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_indexes_size?: number | undefined
  /** How many chunks they have: whole number, 0 or more. */
  readonly continuous_aggregates_num_children?: number | undefined
  /** How many add rows that are not aggregated yet: whole number, 0 or more. */
  readonly continuous_aggregates_num_caggs_using_real_time_aggregation?: number | undefined
  /** How many keep finished values: whole number, 0 or more. */
  readonly continuous_aggregates_num_caggs_finalized?: number | undefined
  /** How many stand on another one: whole number, 0 or more. */
  readonly continuous_aggregates_num_caggs_nested?: number | undefined
  /** How many of their chunks are compressed: whole number, 0 or more. */
  readonly continuous_aggregates_num_compressed_chunks?: number | undefined
  /** How many of them have compression: whole number, 0 or more. */
  readonly continuous_aggregates_num_compressed_caggs?: number | undefined
  /** Rows after compression: whole number of rows, 0 or more. */
  readonly continuous_aggregates_compressed_row_count?: number | undefined
  /** Rows that compression froze at once: whole number of rows, 0 or more. */
  readonly continuous_aggregates_compressed_row_count_frozen_immediately?: number | undefined
  /** Size of the compressed rows: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_compressed_heap_size?: number | undefined
  /** Size of their oversized values: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_compressed_toast_size?: number | undefined
  /** Size of their indexes: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_compressed_indexes_size?: number | undefined
  /** Rows before compression: whole number of rows, 0 or more. */
  readonly continuous_aggregates_uncompressed_row_count?: number | undefined
  /** Size of the rows before compression: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_uncompressed_heap_size?: number | undefined
  /** Size of their oversized values then: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_uncompressed_toast_size?: number | undefined
  /** Size of their indexes then: whole number of bytes, 0 or more. */
  readonly continuous_aggregates_uncompressed_indexes_size?: number | undefined
  /** Policies that refresh continuous aggregates: whole number, 0 or more. */
  readonly num_continuous_aggs_policies?: number | undefined
  /** Policies that compress: whole number, 0 or more. */
  readonly num_compression_policies?: number | undefined
  /** Policies that reorder: whole number, 0 or more. */
  readonly num_reorder_policies?: number | undefined
  /** Policies that drop old chunks (before 2.0 num_drop_chunks_policies): whole number, 0 or more. */
  readonly num_retention_policies?: number | undefined
  /** Jobs that the user wrote: whole number, 0 or more. */
  readonly num_user_defined_actions?: number | undefined
  /** The same on a fixed schedule: whole number, 0 or more. */
  readonly num_continuous_aggs_policies_fixed?: number | undefined
  /** The same on a fixed schedule: whole number, 0 or more. */
  readonly num_compression_policies_fixed?: number | undefined
  /** The same on a fixed schedule: whole number, 0 or more. */
  readonly num_reorder_policies_fixed?: number | undefined
  /** The same on a fixed schedule: whole number, 0 or more. */
  readonly num_retention_policies_fixed?: number | undefined
  /** The same on a fixed schedule: whole number, 0 or more. */
  readonly num_user_defined_actions_fixed?: number | undefined
  /** How the background jobs of each kind fared: at most 16. */
  readonly stats_by_job_type?: { readonly [Key in 'policy_retention' | 'policy_compression' | 'policy_reorder' | 'policy_refresh_continuous_aggregate' | 'policy_telemetry' | 'policy_job_stat_history_retention' | 'policy_job_error_retention' | 'user_defined_action']?: {
    /** How often they ran: whole number, 0 or more. */
    readonly total_runs?: number | undefined
    /** How often they ended well: whole number, 0 or more. */
    readonly total_successes?: number | undefined
    /** How often they failed: whole number, 0 or more. */
    readonly total_failures?: number | undefined
    /** How often they died; a job counts its own run as a crash until it ends: whole number, 0 or more. */
    readonly total_crashes?: number | undefined
    /** The longest present row of failures: whole number, 0 or more. */
    readonly max_consecutive_failures?: number | undefined
    /** The longest present row of crashes: whole number, 0 or more. */
    readonly max_consecutive_crashes?: number | undefined
    /** Time spent in runs that ended well: length of time, kept in seconds. In s. */
    readonly total_duration?: number | undefined
    /** Time spent in runs that failed: length of time, kept in seconds. In s. */
    readonly total_duration_failures?: number | undefined
  } | undefined } | undefined
  /** How often the background jobs of each kind failed with which error code: at most 16. */
  readonly errors_by_sqlerrcode?: { readonly [Key in 'policy_retention' | 'policy_compression' | 'policy_reorder' | 'policy_refresh_continuous_aggregate' | 'policy_telemetry' | 'policy_job_stat_history_retention' | 'policy_job_error_retention' | 'user_defined_action']?: { readonly [key: string]: number | undefined } | undefined } | undefined
  /** Whether pg_prometheus is installed. */
  readonly related_extensions_pg_prometheus?: boolean | undefined
  /** Whether PostGIS is installed. */
  readonly related_extensions_postgis?: boolean | undefined
  /** Whether Promscale is installed. */
  readonly related_extensions_promscale?: boolean | undefined
  /** Whether timescale_analytics is installed. */
  readonly related_extensions_timescale_analytics?: boolean | undefined
  /** Whether the toolkit is installed. */
  readonly related_extensions_timescaledb_toolkit?: boolean | undefined
  /** Whether pgvector is installed. */
  readonly related_extensions_vector?: boolean | undefined
  /** Whether pgai is installed. */
  readonly related_extensions_ai?: boolean | undefined
  /** Whether pgvectorscale is installed. */
  readonly related_extensions_vectorscale?: boolean | undefined
  /** Which ways of storing and indexing are used; those of unknown extensions are summed up as `other`: at most 64. */
  readonly access_methods?: { readonly [Key in 'heap' | 'btree' | 'hash' | 'gist' | 'gin' | 'spgist' | 'brin' | 'hypercore' | 'hypercore_proxy' | 'columnar' | 'bloom' | 'rum' | 'zombodb' | 'pgroonga' | 'hnsw' | 'ivfflat' | 'diskann' | 'vectors' | 'bm25' | 'orioledb']?: {
    /** Pages of 8 KiB: whole number, 0 or more. */
    readonly pages?: number | undefined
    /** Tables or indexes that use it: whole number, 0 or more. */
    readonly instances?: number | undefined
  } | undefined } | undefined
  /** How often each function of PostgreSQL, TimescaleDB or a related extension was planned since the last report; what stands in a schema that the user named is summed up as `other`: at most 4096. */
  readonly functions_used?: { readonly [key: string]: number | undefined } | undefined
  /** How many of the rows that an operator flagged for telemetry were not kept. */
  readonly db_metadata?: {

  } | undefined
}

/** Every record of the contract by its name. */
export type Records = {
  readonly report: Report
}

const hypertablesNumReltuplesField: FieldForm = {"says":"their rows, as PostgreSQL estimates","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}}
const hypertablesHeapSizeField: FieldForm = {"says":"size of their rows","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesToastSizeField: FieldForm = {"says":"size of their oversized values","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesIndexesSizeField: FieldForm = {"says":"size of their indexes","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesNumChildrenField: FieldForm = {"says":"how many chunks they have","type":{"is":"integer","min":0,"max":9007199254740991}}
const hypertablesNumCompressedChunksField: FieldForm = {"says":"how many of their chunks are compressed","type":{"is":"integer","min":0,"max":9007199254740991}}
const hypertablesNumCompressedHypertablesField: FieldForm = {"says":"how many of them have compression","type":{"is":"integer","min":0,"max":9007199254740991}}
const hypertablesCompressedRowCountField: FieldForm = {"says":"rows after compression","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}}
const hypertablesCompressedRowCountFrozenImmediatelyField: FieldForm = {"says":"rows that compression froze at once","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}}
const hypertablesCompressedHeapSizeField: FieldForm = {"says":"size of the compressed rows","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesUncompressedRowCountField: FieldForm = {"says":"rows before compression","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}}
const hypertablesUncompressedHeapSizeField: FieldForm = {"says":"size of the rows before compression","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesUncompressedToastSizeField: FieldForm = {"says":"size of their oversized values then","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const hypertablesUncompressedIndexesSizeField: FieldForm = {"says":"size of their indexes then","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}
const numContinuousAggsPoliciesFixedField: FieldForm = {"says":"the same on a fixed schedule","type":{"is":"integer","min":0,"max":9007199254740991}}

/** `sha256:429d488e833a506431d8d632464ee09bde2f978109c1e7bff524a52270472aaf`. */
export const contract: ContractForm = {
  candor: 1,
  product: "timescaledb",
  title: "TimescaleDB",
  purpose: "Which versions, platforms and features of TimescaleDB are in use, and which databases should be told of a newer release.",
  digest: "sha256:429d488e833a506431d8d632464ee09bde2f978109c1e7bff524a52270472aaf",
  terms: "sha256:816ae45552eb5fea942af9b18f62b46d0aeb2ee368076ff206337a11bf41dbdf",
  contact: "https://github.com/timescale/timescaledb/issues",
  consent: {"default":"opt-out","levels":[{"name":"no_functions","says":"Versions, platform, sizes, counts and job statistics of the database. Nothing of your queries."},{"name":"basic","says":"All of that, and how often which built-in function was used. Functions that you wrote are never named."}],"graceHours":24},
  identity: {"kind":"persistent","lineage":true,"says":"a random UUID per database, made when the extension is installed, and a second one that dumps carry along; both are re-keyed before anything stores them"},
  environment: ["class","automation","container","os","os_version","arch"],
  presence: [],
  recipients: [{"name":"Timescale","where":"the page names no place","for":"understanding and assisting users of TimescaleDB, and telling them of newer releases"}],
  location: "wherever the operator of this collector runs it; the page of TimescaleDB names no place for its own",
  retention: {"recordsDays":90,"aggregatesDays":761},
  versionCheck: {"says":"the answer to a report tells the newest release for your PostgreSQL, and TimescaleDB writes it to the server's log; without telemetry the database does not ask, but anybody may read the same list in the feed"},
  controls: [{"key":"timescaledb.telemetry_level","file":"postgresql.conf","off":"off","scope":"instance","also":"reload the configuration afterwards"},{"sql":"ALTER SYSTEM SET timescaledb.telemetry_level = 'off'; SELECT pg_reload_conf();","scope":"instance"},{"sql":"ALTER DATABASE name SET timescaledb.telemetry_level = 'off';","scope":"database"},{"key":"timescaledb.telemetry_level","file":"postgresql.conf","off":"no_functions","scope":"instance","since":"2.8.0","keeps":"everything but functions_used"},{"sql":"SELECT alter_job(1, scheduled => false);","scope":"database","since":"2.0.0","was":"DELETE FROM _timescaledb_config.bgw_job WHERE job_type = 'telemetry_and_version_check_if_enabled'"},{"variable":"TIMESCALEDB_TELEMETRY","off":"off","scope":"official Docker image","also":"only when the cluster is initialised"},{"status":"SHOW timescaledb.telemetry_level"},{"preview":"SELECT get_telemetry_report()","also":"resets the counts of functions_used"},{"variable":"DO_NOT_TRACK","honoured":false}],
  endpoint: {"default":"https://telemetry.timescale.com/v1/metrics","says":"compiled in; an operator can only override the name in DNS or the hosts file, and the client verifies no certificate"},
  never: ["data","queries","table names","column names","database names","credentials","host names","IP addresses","functions that users wrote"],
  records: {
    report: { kind: "snapshot", when: "Once a day for each database (each hour for the first twelve), and whenever somebody runs the job.", level: "no_functions", perDayMax: 26, fields: { telemetry_version: {"says":"version of the report's format; absent in version 1","type":{"is":"integer","min":1,"max":100}}, installed_time: {"says":"when the extension was installed in this database","type":{"is":"timestamp","round":"second"}}, os_name_pretty: {"says":"distribution and major version of the operating system","type":{"is":"enum","values":["debian_8","debian_9","debian_10","debian_11","debian_12","debian_13","debian","ubuntu_14","ubuntu_16","ubuntu_18","ubuntu_20","ubuntu_22","ubuntu_24","ubuntu_26","ubuntu","alpine_3","alpine","rhel_7","rhel_8","rhel_9","rhel_10","centos_7","centos_8","centos_9","centos_10","rocky_8","rocky_9","rocky_10","alma_8","alma_9","alma_10","oracle_7","oracle_8","oracle_9","oracle_10","amazon_2","amazon_2023","fedora","raspbian","opensuse","sles","arch","gentoo","nixos","photon","mint"],"matches":{"debian_8":"^Debian GNU/Linux 8( |$)","debian_9":"^Debian GNU/Linux 9( |$)","debian_10":"^Debian GNU/Linux 10( |$)","debian_11":"^Debian GNU/Linux 11( |$)","debian_12":"^Debian GNU/Linux 12( |$)","debian_13":"^Debian GNU/Linux 13( |$)","debian":"^Debian GNU/Linux","ubuntu_14":"^Ubuntu 14\\.","ubuntu_16":"^Ubuntu 16\\.","ubuntu_18":"^Ubuntu 18\\.","ubuntu_20":"^Ubuntu 20\\.","ubuntu_22":"^Ubuntu 22\\.","ubuntu_24":"^Ubuntu 24\\.","ubuntu_26":"^Ubuntu 26\\.","ubuntu":"^Ubuntu","alpine_3":"^Alpine Linux v3\\.","alpine":"^Alpine Linux","rhel_7":"^Red Hat Enterprise Linux( Server)? 7(\\.| |$)","rhel_8":"^Red Hat Enterprise Linux( Server)? 8(\\.| |$)","rhel_9":"^Red Hat Enterprise Linux( Server)? 9(\\.| |$)","rhel_10":"^Red Hat Enterprise Linux( Server)? 10(\\.| |$)","centos_7":"^CentOS (Linux|Stream) 7(\\.| |$)","centos_8":"^CentOS (Linux|Stream) 8(\\.| |$)","centos_9":"^CentOS (Linux|Stream) 9(\\.| |$)","centos_10":"^CentOS (Linux|Stream) 10(\\.| |$)","rocky_8":"^Rocky Linux 8(\\.| |$)","rocky_9":"^Rocky Linux 9(\\.| |$)","rocky_10":"^Rocky Linux 10(\\.| |$)","alma_8":"^AlmaLinux 8(\\.| |$)","alma_9":"^AlmaLinux 9(\\.| |$)","alma_10":"^AlmaLinux 10(\\.| |$)","oracle_7":"^Oracle Linux Server 7(\\.| |$)","oracle_8":"^Oracle Linux Server 8(\\.| |$)","oracle_9":"^Oracle Linux Server 9(\\.| |$)","oracle_10":"^Oracle Linux Server 10(\\.| |$)","amazon_2":"^Amazon Linux 2$","amazon_2023":"^Amazon Linux 2023","fedora":"^Fedora","raspbian":"^Raspbian","opensuse":"^openSUSE","sles":"^SUSE Linux Enterprise","arch":"^Arch Linux","gentoo":"^Gentoo","nixos":"^NixOS","photon":"^VMware Photon","mint":"^Linux Mint"},"collapse":true},"collector":"reduces"}, install_method: {"says":"how the package was built","type":{"is":"enum","values":["source","docker","docker-bitnami","docker-ha","brew","apt","deb","yum","rpm","windows"],"ignoreCase":true,"collapse":true}}, postgresql_version: {"says":"version of the PostgreSQL that runs it","type":{"is":"pattern","pattern":"^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$","lengthMax":32,"collapse":true}}, build_os_name: {"says":"system that it was built on","type":{"is":"enum","values":["linux","darwin","windows","freebsd"],"ignoreCase":true,"collapse":true}}, build_os_version: {"says":"first two numbers of that system's version","type":{"is":"pattern","pattern":"^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$","lengthMax":32,"collapse":true},"collector":"reduces"}, build_architecture_bit_size: {"says":"width of the architecture that it was built for","type":{"is":"integer","unit":"bits","min":1,"max":1024}}, instance_metadata_cloud: {"says":"cloud that its operator named in timescaledb_telemetry.cloud, if it is a known one","type":{"is":"enum","values":["aws","azure","gcp","timescale","ci"],"ignoreCase":true,"collapse":true}}, last_tuned_time: {"says":"when timescaledb-tune last ran","type":{"is":"timestamp","round":"second"}}, last_tuned_version: {"says":"version of timescaledb-tune that ran","type":{"is":"pattern","pattern":"^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}(-?(alpha|beta|rc|dev)[0-9]{0,3})?$","lengthMax":32,"collapse":true}}, replication_num_wal_senders: {"says":"how many standbys stream from this server","type":{"is":"integer","min":0,"max":9007199254740991}}, replication_is_wal_receiver: {"says":"whether this server is a standby","type":{"is":"boolean"}}, license_edition: {"says":"edition in use","type":{"is":"enum","values":["apache_only","community","enterprise"],"collapse":true}}, data_volume: {"says":"size of this database","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}, tables: {"says":"plain tables: how many, how large","type":{"is":"object","fields":{"num_relations":{"says":"how many there are","type":{"is":"integer","min":0,"max":9007199254740991}},"num_reltuples":{"says":"rows in all of them, as PostgreSQL estimates","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}},"heap_size":{"says":"size of their rows","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"toast_size":{"says":"size of their oversized values","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"indexes_size":{"says":"size of their indexes","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}}}}, partitioned_tables: {"says":"partitioned tables: how many, how large","type":{"is":"object","fields":{"num_relations":{"says":"how many there are","type":{"is":"integer","min":0,"max":9007199254740991}},"num_reltuples":{"says":"rows in all of them, as PostgreSQL estimates","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}},"heap_size":{"says":"size of their rows","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"toast_size":{"says":"size of their oversized values","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"indexes_size":{"says":"size of their indexes","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"num_children":{"says":"how many parts they have","type":{"is":"integer","min":0,"max":9007199254740991}}}}}, materialized_views: {"says":"materialized views: how many, how large","type":{"is":"object","fields":{"num_relations":{"says":"how many there are","type":{"is":"integer","min":0,"max":9007199254740991}},"num_reltuples":{"says":"rows in all of them, as PostgreSQL estimates","type":{"is":"integer","unit":"rows","min":0,"max":9007199254740991}},"heap_size":{"says":"size of their rows","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"toast_size":{"says":"size of their oversized values","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}},"indexes_size":{"says":"size of their indexes","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991}}}}}, views: {"says":"views of any kind","type":{"is":"object","fields":{"num_relations":{"says":"how many there are","type":{"is":"integer","min":0,"max":9007199254740991}}}}}, hypertables_num_relations: {"says":"how many hypertables there are","type":{"is":"integer","min":0,"max":9007199254740991}}, hypertables_num_reltuples: hypertablesNumReltuplesField, hypertables_heap_size: hypertablesHeapSizeField, hypertables_toast_size: hypertablesToastSizeField, hypertables_indexes_size: hypertablesIndexesSizeField, hypertables_num_children: hypertablesNumChildrenField, hypertables_num_compressed_chunks: hypertablesNumCompressedChunksField, hypertables_num_compressed_hypertables: hypertablesNumCompressedHypertablesField, hypertables_compressed_row_count: hypertablesCompressedRowCountField, hypertables_compressed_row_count_frozen_immediately: hypertablesCompressedRowCountFrozenImmediatelyField, hypertables_compressed_heap_size: hypertablesCompressedHeapSizeField, hypertables_compressed_toast_size: hypertablesToastSizeField, hypertables_compressed_indexes_size: hypertablesIndexesSizeField, hypertables_uncompressed_row_count: hypertablesUncompressedRowCountField, hypertables_uncompressed_heap_size: hypertablesUncompressedHeapSizeField, hypertables_uncompressed_toast_size: hypertablesUncompressedToastSizeField, hypertables_uncompressed_indexes_size: hypertablesUncompressedIndexesSizeField, continuous_aggregates_num_relations: {"says":"how many continuous aggregates there are","type":{"is":"integer","min":0,"max":9007199254740991}}, continuous_aggregates_num_reltuples: hypertablesNumReltuplesField, continuous_aggregates_heap_size: hypertablesHeapSizeField, continuous_aggregates_toast_size: hypertablesToastSizeField, continuous_aggregates_indexes_size: hypertablesIndexesSizeField, continuous_aggregates_num_children: hypertablesNumChildrenField, continuous_aggregates_num_caggs_using_real_time_aggregation: {"says":"how many add rows that are not aggregated yet","type":{"is":"integer","min":0,"max":9007199254740991}}, continuous_aggregates_num_caggs_finalized: {"says":"how many keep finished values","type":{"is":"integer","min":0,"max":9007199254740991}}, continuous_aggregates_num_caggs_nested: {"says":"how many stand on another one","type":{"is":"integer","min":0,"max":9007199254740991}}, continuous_aggregates_num_compressed_chunks: hypertablesNumCompressedChunksField, continuous_aggregates_num_compressed_caggs: hypertablesNumCompressedHypertablesField, continuous_aggregates_compressed_row_count: hypertablesCompressedRowCountField, continuous_aggregates_compressed_row_count_frozen_immediately: hypertablesCompressedRowCountFrozenImmediatelyField, continuous_aggregates_compressed_heap_size: hypertablesCompressedHeapSizeField, continuous_aggregates_compressed_toast_size: hypertablesToastSizeField, continuous_aggregates_compressed_indexes_size: hypertablesIndexesSizeField, continuous_aggregates_uncompressed_row_count: hypertablesUncompressedRowCountField, continuous_aggregates_uncompressed_heap_size: hypertablesUncompressedHeapSizeField, continuous_aggregates_uncompressed_toast_size: hypertablesUncompressedToastSizeField, continuous_aggregates_uncompressed_indexes_size: hypertablesUncompressedIndexesSizeField, num_continuous_aggs_policies: {"says":"policies that refresh continuous aggregates","type":{"is":"integer","min":0,"max":9007199254740991}}, num_compression_policies: {"says":"policies that compress","type":{"is":"integer","min":0,"max":9007199254740991}}, num_reorder_policies: {"says":"policies that reorder","type":{"is":"integer","min":0,"max":9007199254740991}}, num_retention_policies: {"says":"policies that drop old chunks (before 2.0 num_drop_chunks_policies)","type":{"is":"integer","min":0,"max":9007199254740991}}, num_user_defined_actions: {"says":"jobs that the user wrote","type":{"is":"integer","min":0,"max":9007199254740991}}, num_continuous_aggs_policies_fixed: numContinuousAggsPoliciesFixedField, num_compression_policies_fixed: numContinuousAggsPoliciesFixedField, num_reorder_policies_fixed: numContinuousAggsPoliciesFixedField, num_retention_policies_fixed: numContinuousAggsPoliciesFixedField, num_user_defined_actions_fixed: numContinuousAggsPoliciesFixedField, stats_by_job_type: {"says":"how the background jobs of each kind fared","type":{"is":"map","keys":{"values":["policy_retention","policy_compression","policy_reorder","policy_refresh_continuous_aggregate","policy_telemetry","policy_job_stat_history_retention","policy_job_error_retention","user_defined_action"]},"values":{"is":"object","fields":{"total_runs":{"says":"how often they ran","type":{"is":"integer","min":0,"max":9007199254740991}},"total_successes":{"says":"how often they ended well","type":{"is":"integer","min":0,"max":9007199254740991}},"total_failures":{"says":"how often they failed","type":{"is":"integer","min":0,"max":9007199254740991}},"total_crashes":{"says":"how often they died; a job counts its own run as a crash until it ends","type":{"is":"integer","min":0,"max":9007199254740991}},"max_consecutive_failures":{"says":"the longest present row of failures","type":{"is":"integer","min":0,"max":9007199254740991}},"max_consecutive_crashes":{"says":"the longest present row of crashes","type":{"is":"integer","min":0,"max":9007199254740991}},"total_duration":{"says":"time spent in runs that ended well","type":{"is":"duration","unit":"s","max":3155760000}},"total_duration_failures":{"says":"time spent in runs that failed","type":{"is":"duration","unit":"s","max":3155760000}}}},"entriesMax":16}}, errors_by_sqlerrcode: {"says":"how often the background jobs of each kind failed with which error code","type":{"is":"map","keys":{"values":["policy_retention","policy_compression","policy_reorder","policy_refresh_continuous_aggregate","policy_telemetry","policy_job_stat_history_retention","policy_job_error_retention","user_defined_action"]},"values":{"is":"map","keys":{"pattern":"^(0[012389ABFLPZ]|2[0-8BDF]|3[489BDF]|4[024]|5[34578]|72|F0|HV|P0|TS|XX)(0[0-9][0-9A-Z]|P[0-9][0-9A-Z]|[0-9]{3})$","lengthMax":5},"values":{"is":"integer","min":0,"max":9007199254740991},"entriesMax":300,"others":"sum"},"entriesMax":16}}, related_extensions_pg_prometheus: {"says":"whether pg_prometheus is installed","type":{"is":"boolean"}}, related_extensions_postgis: {"says":"whether PostGIS is installed","type":{"is":"boolean"}}, related_extensions_promscale: {"says":"whether Promscale is installed","type":{"is":"boolean"}}, related_extensions_timescale_analytics: {"says":"whether timescale_analytics is installed","type":{"is":"boolean"}}, related_extensions_timescaledb_toolkit: {"says":"whether the toolkit is installed","type":{"is":"boolean"}}, related_extensions_vector: {"says":"whether pgvector is installed","type":{"is":"boolean"}}, related_extensions_ai: {"says":"whether pgai is installed","type":{"is":"boolean"}}, related_extensions_vectorscale: {"says":"whether pgvectorscale is installed","type":{"is":"boolean"}}, access_methods: {"says":"which ways of storing and indexing are used; those of unknown extensions are summed up as `other`","type":{"is":"map","keys":{"values":["heap","btree","hash","gist","gin","spgist","brin","hypercore","hypercore_proxy","columnar","bloom","rum","zombodb","pgroonga","hnsw","ivfflat","diskann","vectors","bm25","orioledb"]},"values":{"is":"object","fields":{"pages":{"says":"pages of 8 KiB","type":{"is":"integer","min":0,"max":9007199254740991}},"instances":{"says":"tables or indexes that use it","type":{"is":"integer","min":0,"max":9007199254740991}}}},"entriesMax":64,"others":"sum"}}, functions_used: {"says":"how often each function of PostgreSQL, TimescaleDB or a related extension was planned since the last report; what stands in a schema that the user named is summed up as `other`","level":"basic","type":{"is":"map","keys":{"pattern":"^(?:pg_catalog|public|_timescaledb_(?:functions|internal|catalog|config|cache|debug)|timescaledb_(?:information|experimental)|toolkit_experimental)\\.\"?[a-z_][a-z0-9_]{0,62}\"?\\((?:[a-z0-9_ \"\\[\\]]{1,80}(?:,[a-z0-9_ \"\\[\\]]{1,80}){0,99})?\\)$","lengthMax":256},"values":{"is":"integer","min":0,"max":9007199254740991},"entriesMax":4096,"others":"sum"}}, db_metadata: {"says":"how many of the rows that an operator flagged for telemetry were not kept","type":{"is":"object","fields":{},"others":"count"}} } }
  }
}

/** Telemetry of TimescaleDB: nothing is sent before its user could say no. Never throws after this call. */
export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): Telemetry<Records> {
  return create<Records>({ ...options, contract })
}
