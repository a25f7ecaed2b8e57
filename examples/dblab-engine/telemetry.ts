/** The telemetry of DBLab Engine, typed. Written by `candor contract generate typescript`: edit the contract instead. */
import {
  createTelemetry as create,
  type ContractForm,
  type FieldForm,
  type Telemetry,
  type TelemetryOptions,
  type Unlisted
} from '@candor/sdk'

export type ConfigProbedProvider =
  | 'rds'
  | 'aurora'
  | 'cloudsql'
  | 'supabase'
  | 'azure'
  | 'heroku'
  | 'timescale'
  | 'generic'
  | 'other'
  | Unlisted

/** An engine is ready, before it begins to retrieve data. Once for each start. Level: basic. */
export interface EngineStarted {
  /** The engine's version with the day and minute of its build: version: numbers, and words such as `rc`. */
  readonly engine_version?: string | undefined
  /** The kind of database. */
  readonly db_engine?: 'postgres' | 'other' | Unlisted | undefined
  /** PostgreSQL's major version, or `unknown`: text such as `16`, of the form `^([0-9]{1,2}(\.[0-9]{1,2})?|unknown)$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** The pools that hold clones, taken together. */
  readonly pools?: {
    /** What kind of pool makes thin clones here. */
    readonly fs_type?: 'none' | 'zfs' | 'lvm' | 'other' | Unlisted | undefined
    /** How many pools there are: whole number of pools, from 0 to 10,000. */
    readonly number?: number | undefined
    /** Size of all pools; LVM reports 0: whole number of bytes, 0 or more, rounded to 3 digits. */
    readonly total_size?: number | undefined
    /** How much of that is used; LVM reports 0: whole number of bytes, 0 or more, rounded to 3 digits. */
    readonly total_used?: number | undefined
  } | undefined
  /** How the engine gets its data. */
  readonly restore?: {
    /** By dump and restore or by copying files. */
    readonly mode?: 'logical' | 'physical' | 'unknown' | 'other' | Unlisted | undefined
    /** How often data is refreshed. */
    readonly refreshing?: 'none' | 'hourly' | 'several_a_day' | 'daily' | 'weekly' | 'monthly' | 'other' | Unlisted | undefined
    /** The steps of a refresh; nothing when none is set up: at most 16. */
    readonly jobs?: readonly ('logicalDump' | 'logicalRestore' | 'logicalSnapshot' | 'physicalRestore' | 'physicalSnapshot' | 'other' | Unlisted)[] | undefined
  } | undefined
  /** The machine. */
  readonly system?: {
    /** How many logical processors there are: whole number of processors, from 0 to 65,536. */
    readonly cpu?: number | undefined
    /** How much memory there is: whole number of bytes, 0 or more, rounded to 3 digits. */
    readonly total_memory?: number | undefined
    /** How much of all pools is used; the same as pools.total_used: whole number of bytes, 0 or more, rounded to 3 digits. */
    readonly data_used?: number | undefined
  } | undefined
}

/** An engine was told to stop, as its last act. Not sent by an engine that crashed or was killed. Level: basic. */
export interface EngineStopped {
  /** How long the engine ran: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly uptime?: number | undefined
}

/** A snapshot job ended well; since 4.0 also when a branch was snapshotted. Level: usage. */
export interface SnapshotCreated {
}

/** A snapshot's protection was changed. Level: usage. */
export interface SnapshotUpdated {
  /** Whether it is protected from deletion now. */
  readonly protected?: boolean | undefined
}

/** A snapshot was deleted, by a person or because it was due. Level: usage. */
export interface SnapshotDestroyed {
}

/** A clone was asked for. Whether it could be made is not known yet, so engines send a cloning time of 0. Level: usage. */
export interface CloneCreated {
  /** A token for one clone, which means nothing outside your installation: given as it is, sent as a token. */
  readonly id?: string | undefined
  /** How long making the clone took; after a reset, how long making it had taken at first: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly cloning_time?: number | undefined
  /** How old the clone's data was: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly dsa_diff?: number | undefined
}

/** A clone was reset to a snapshot. Level: usage. */
export interface CloneReset {
  /** A token for one clone, which means nothing outside your installation: given as it is, sent as a token. */
  readonly id?: string | undefined
  /** How long making the clone took; after a reset, how long making it had taken at first: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly cloning_time?: number | undefined
  /** How old the clone's data was: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly dsa_diff?: number | undefined
}

/** A clone's protection was changed. Level: usage. */
export interface CloneUpdated {
  /** A token for one clone, which means nothing outside your installation: given as it is, sent as a token. */
  readonly id?: string | undefined
  /** Whether it is protected from deletion now. */
  readonly protected?: boolean | undefined
}

/** Somebody asked for a clone to be deleted. Clones that are deleted for being idle are not reported. Level: usage. */
export interface CloneDestroyed {
  /** A token for one clone, which means nothing outside your installation: given as it is, sent as a token. */
  readonly id?: string | undefined
}

/** A branch was made. Level: usage. */
export interface BranchCreated {
}

/** A branch's protection was changed. Level: usage. */
export interface BranchUpdated {
  /** Whether it is protected from deletion now. */
  readonly protected?: boolean | undefined
}

/** A branch was deleted; since 4.2 also because it was due. Level: usage. */
export interface BranchDestroyed {
}

/** The configuration was saved through the user interface or the API. Level: usage. */
export interface ConfigUpdated {
}

/** The simplified installation recognised the database that it was pointed to. Level: usage. */
export interface ConfigProbed {
  /** Who hosts that database; never where. */
  readonly provider?: ConfigProbedProvider | undefined
}

/** A refresh of data failed or was skipped. Level: usage. */
export interface Alert {
  /** Whether a refresh failed or was skipped. */
  readonly alert_level?: 'refresh_failed' | 'refresh_skipped' | 'other' | Unlisted | undefined
  /** Which of the known reasons it was. */
  readonly message?: 'no_pool_for_refresh' | 'initial_retrieval_failed' | 'full_refresh_failed' | 'refresh_in_progress' | 'no_pool_for_full_refresh' | 'other' | Unlisted | undefined
}

/** Every record of the contract by its name. */
export type Records = {
  readonly engine_started: EngineStarted
  readonly engine_stopped: EngineStopped
  readonly snapshot_created: SnapshotCreated
  readonly snapshot_updated: SnapshotUpdated
  readonly snapshot_destroyed: SnapshotDestroyed
  readonly clone_created: CloneCreated
  readonly clone_reset: CloneReset
  readonly clone_updated: CloneUpdated
  readonly clone_destroyed: CloneDestroyed
  readonly branch_created: BranchCreated
  readonly branch_updated: BranchUpdated
  readonly branch_destroyed: BranchDestroyed
  readonly config_updated: ConfigUpdated
  readonly config_probed: ConfigProbed
  readonly alert: Alert
}

const protectedField: FieldForm = {"says":"whether it is protected from deletion now","type":{"is":"boolean"}}
const idField: FieldForm = {"says":"a token for one clone, which means nothing outside your installation","type":{"is":"keyed-hash","lengthMax":512},"collector":"reduces"}
const cloningTimeField: FieldForm = {"says":"how long making the clone took; after a reset, how long making it had taken at first","type":{"is":"duration","unit":"s","max":3155760000,"coarsen":{"by":"digits","digits":3}}}
const dsaDiffField: FieldForm = {"says":"how old the clone's data was","type":{"is":"duration","unit":"s","max":3155760000,"coarsen":{"by":"digits","digits":3}}}

/** `sha256:5977dab6b4601041d705017e0fa13886ab0237dfcc51ecf2e53db12923162cee`. */
export const contract: ContractForm = {
  candor: 1,
  product: "dblab",
  title: "DBLab Engine",
  purpose: "To understand how DBLab Engine is used and what to focus on next.",
  digest: "sha256:5977dab6b4601041d705017e0fa13886ab0237dfcc51ecf2e53db12923162cee",
  terms: "sha256:1cfe5b1599ccc9a0a7931f3dc4afce0e8260f2942b9bf302a31a6c000399e976",
  contact: "https://gitlab.com/postgres-ai/database-lab/-/issues",
  consent: {"default":"opt-out","levels":[{"name":"basic","says":"That an engine starts and stops, in which version and beside which PostgreSQL."},{"name":"usage","says":"How large it is, and what is done with clones, branches and snapshots. Never what they are called or what is in them."}],"graceHours":24},
  identity: {"kind":"persistent","says":"the id that an engine makes at its first start and keeps in meta/instance_id, turned into a token that only this collector can make; delete the file for a new one. A container keeps it only in a volume that holds meta/; without one, each container has a new id and counts as another installation"},
  environment: ["class","automation","container"],
  presence: [],
  recipients: [{"name":"Postgres.ai","where":"United States","for":"deciding what to develop next"}],
  location: "United States (Google Cloud)",
  retention: {"recordsDays":90,"aggregatesDays":761,"backupsDays":30},
  versionCheck: {"says":"compared on your machine; nothing about you is sent"},
  controls: [{"key":"platform.enableTelemetry","file":"server.yml","off":false,"since":"3.4.0","was":"global.telemetry.enabled","scope":"machine","says":"reload the configuration afterwards and look at the status; a reload that fails leaves telemetry on"},{"key":"global.telemetry.enabled","file":"server.yml","off":false,"since":"3.0.0","until":"3.3.0","scope":"machine","says":"engines from 3.4.0 on ignore this key, although the public page still names it"},{"status":"GET /status","says":"engine.telemetry in the answer of the engine's own API tells whether it is on"}],
  endpoint: {"default":"https://postgres.ai/api/general","key":"platform.url","was":"global.telemetry.url"},
  never: ["database contents","queries","clone names","branch names","snapshot ids","host names","paths","credentials","error texts","IP addresses"],
  records: {
    engine_started: { kind: "event", when: "An engine is ready, before it begins to retrieve data. Once for each start.", level: "basic", fields: { engine_version: {"says":"the engine's version with the day and minute of its build","type":{"is":"version"}}, db_engine: {"says":"the kind of database","type":{"is":"enum","values":["postgres"],"collapse":true}}, db_version: {"says":"PostgreSQL's major version, or `unknown`","type":{"is":"pattern","pattern":"^([0-9]{1,2}(\\.[0-9]{1,2})?|unknown)$","lengthMax":64,"collapse":true}}, pools: {"says":"the pools that hold clones, taken together","level":"usage","type":{"is":"object","fields":{"fs_type":{"says":"what kind of pool makes thin clones here","type":{"is":"enum","values":["none","zfs","lvm"],"ignoreCase":true,"matches":{"none":"^$"},"collapse":true}},"number":{"says":"how many pools there are","type":{"is":"integer","unit":"pools","min":0,"max":10000}},"total_size":{"says":"size of all pools; LVM reports 0","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991,"coarsen":{"by":"digits","digits":3}}},"total_used":{"says":"how much of that is used; LVM reports 0","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991,"coarsen":{"by":"digits","digits":3}}}}}}, restore: {"says":"how the engine gets its data","level":"usage","type":{"is":"object","fields":{"mode":{"says":"by dump and restore or by copying files","type":{"is":"enum","values":["logical","physical","unknown"],"collapse":true}},"refreshing":{"says":"how often data is refreshed","type":{"is":"enum","values":["none","hourly","several_a_day","daily","weekly","monthly"],"matches":{"none":"^$","hourly":"^(@hourly|[0-9*/,-]{1,60} [*](/1)? [*] [*] [*])$","several_a_day":"^[0-9*/,-]{1,60} [0-9*]{0,2}[*/,-][0-9*/,-]{0,60} [*] [*] [*]$","daily":"^(@daily|@midnight|[0-9*/,-]{1,60} [0-9]{1,2} [*] [*] [*])$","weekly":"^(@weekly|[0-9*/,-]{1,60} [0-9*/,-]{1,60} [*] [*] [0-9A-Za-z/,-]{1,40})$","monthly":"^(@monthly|[0-9*/,-]{1,60} [0-9*/,-]{1,60} [0-9*/,-]{1,60} [*] [*])$"},"collapse":true},"collector":"reduces"},"jobs":{"says":"the steps of a refresh; nothing when none is set up","type":{"is":"list","of":{"is":"enum","values":["logicalDump","logicalRestore","logicalSnapshot","physicalRestore","physicalSnapshot"],"collapse":true},"itemsMax":16}}}}}, system: {"says":"the machine","level":"usage","type":{"is":"object","fields":{"cpu":{"says":"how many logical processors there are","type":{"is":"integer","unit":"processors","min":0,"max":65536}},"total_memory":{"says":"how much memory there is","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991,"coarsen":{"by":"digits","digits":3}}},"data_used":{"says":"how much of all pools is used; the same as pools.total_used","type":{"is":"integer","unit":"bytes","min":0,"max":9007199254740991,"coarsen":{"by":"digits","digits":3}}}}}} } },
    engine_stopped: { kind: "event", when: "An engine was told to stop, as its last act. Not sent by an engine that crashed or was killed.", level: "basic", fields: { uptime: {"says":"how long the engine ran","type":{"is":"duration","unit":"s","max":3155760000,"coarsen":{"by":"digits","digits":3}}} } },
    snapshot_created: { kind: "event", when: "A snapshot job ended well; since 4.0 also when a branch was snapshotted.", level: "usage", fields: {  } },
    snapshot_updated: { kind: "event", when: "A snapshot's protection was changed.", level: "usage", fields: { protected: protectedField } },
    snapshot_destroyed: { kind: "event", when: "A snapshot was deleted, by a person or because it was due.", level: "usage", fields: {  } },
    clone_created: { kind: "event", when: "A clone was asked for. Whether it could be made is not known yet, so engines send a cloning time of 0.", level: "usage", fields: { id: idField, cloning_time: cloningTimeField, dsa_diff: dsaDiffField } },
    clone_reset: { kind: "event", when: "A clone was reset to a snapshot.", level: "usage", fields: { id: idField, cloning_time: cloningTimeField, dsa_diff: dsaDiffField } },
    clone_updated: { kind: "event", when: "A clone's protection was changed.", level: "usage", fields: { id: idField, protected: protectedField } },
    clone_destroyed: { kind: "event", when: "Somebody asked for a clone to be deleted. Clones that are deleted for being idle are not reported.", level: "usage", fields: { id: idField } },
    branch_created: { kind: "event", when: "A branch was made.", level: "usage", fields: {  } },
    branch_updated: { kind: "event", when: "A branch's protection was changed.", level: "usage", fields: { protected: protectedField } },
    branch_destroyed: { kind: "event", when: "A branch was deleted; since 4.2 also because it was due.", level: "usage", fields: {  } },
    config_updated: { kind: "event", when: "The configuration was saved through the user interface or the API.", level: "usage", fields: {  } },
    config_probed: { kind: "event", when: "The simplified installation recognised the database that it was pointed to.", level: "usage", expires: "2027-11-20", fields: { provider: {"says":"who hosts that database; never where","type":{"is":"enum","values":["rds","aurora","cloudsql","supabase","azure","heroku","timescale","generic"],"collapse":true}} } },
    alert: { kind: "event", when: "A refresh of data failed or was skipped.", level: "usage", fields: { alert_level: {"says":"whether a refresh failed or was skipped","type":{"is":"enum","values":["refresh_failed","refresh_skipped"],"collapse":true}}, message: {"says":"which of the known reasons it was","type":{"is":"enum","values":["no_pool_for_refresh","initial_retrieval_failed","full_refresh_failed","refresh_in_progress","no_pool_for_full_refresh"],"matches":{"no_pool_for_refresh":"^Pool to perform data refresh not found","initial_retrieval_failed":"^Failed to perform initial data retrieving","full_refresh_failed":"^Failed to run full-refresh","refresh_in_progress":"^The data refresh/snapshot is currently in progress","no_pool_for_full_refresh":"^Pool to perform full refresh not found"},"collapse":true},"collector":"reduces"} } }
  }
}

/** Telemetry of DBLab Engine: nothing is sent before its user could say no. Never throws after this call. */
export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): Telemetry<Records> {
  return create<Records>({ ...options, contract })
}
