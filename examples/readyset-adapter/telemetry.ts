/** The telemetry of ReadySet, typed. Written by `candor contract generate typescript`: edit the contract instead. */
import {
  createTelemetry as create,
  type ContractForm,
  type FieldForm,
  type Telemetry,
  type TelemetryOptions,
  type Unlisted
} from '@candor/sdk'

/** The adapter was launched, before it accepts connections. Level: basic. */
export interface AdapterStart {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The adapter was shut down in good order. Level: basic. */
export interface AdapterStop {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The server was launched; in standalone mode it shares its process with the adapter. Level: basic. */
export interface ServerStart {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The server was shut down in good order. Level: basic. */
export interface ServerStop {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** A client session opened a connection to the upstream database. Level: features. */
export interface UpstreamConnected {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The upstream database was snapshotted. Level: features. */
export interface SnapshotComplete {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** A table or a view was snapshotted; one event for each. Level: queries. */
export interface Schema {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** CREATE CACHE was run; whether it succeeded is not known yet. Level: features. */
export interface CreateCache {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** SHOW CACHES was run. Level: features. */
export interface ShowCaches {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** SHOW PROXIED QUERIES was run. Level: features. */
export interface ShowProxiedQueries {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** FLUSH ALL SHALLOW CACHES was run. Level: features. */
export interface FlushAllShallowCaches {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** ReadySet could not parse a query that the upstream database accepted; once for each time it was run. Level: queries. */
export interface QueryParseFailed {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** A query was seen that goes to the upstream database, or its status changed; again after each restart. Level: queries. */
export interface ProxiedQuery {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The installer was launched. Level: basic. */
export interface InstallerRun {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The installer ended successfully. Level: basic. */
export interface InstallerFinished {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The installer began to deploy ReadySet. Level: basic. */
export interface DeploymentStarted {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The installer finished deploying a new instance. Level: basic. */
export interface DeploymentFinished {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** The installer finished removing a deployment. Level: basic. */
export interface DeploymentTornDown {
  /** The git commit that the binary was built from, or `dev`: text such as `e6a034e`, of the form `^([0-9a-f]{7,40}|dev|unknown-commit-id)$`, at most 64 characters; anything else becomes `other`. */
  readonly commit_id?: string | undefined
  /** The adapter's version; sent with adapter_start: version: numbers, and words such as `rc`. */
  readonly adapter_version?: string | undefined
  /** The server's version, sent with server_start; the adapter's, sent with query_parse_failed: version: numbers, and words such as `rc`. */
  readonly server_version?: string | undefined
  /** The version of Docker that the installer found; on the public page, sent by no binary whose source is public: text such as `16.16`, of the form `^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`, at most 64 characters; anything else becomes `other`. */
  readonly docker_version?: string | undefined
  /** The way ReadySet was installed, from DEPLOYMENT_ENV. */
  readonly deployment_env?: 'none' | 'quickstart_docker' | 'tutorial_docker' | 'package' | 'eks' | 'helm' | 'installer_compose' | 'other' | Unlisted | undefined
  /** The deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation: given as it is, sent as a token. */
  readonly deployment_id?: string | undefined
  /** The kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`. */
  readonly db_backend?: 'mysql' | 'postgresql' | 'postgres' | 'psql' | 'other' | Unlisted | undefined
  /** The upstream database's version (16.2, 8.0); sent with snapshot_complete: text such as `16`, of the form `^[0-9]{1,3}(\.[0-9]{1,3})?$`, at most 64 characters; anything else becomes `other`. */
  readonly db_version?: string | undefined
  /** A token for one query that could not be parsed; sent with query_parse_failed: given as it is, sent as a token. */
  readonly query_id?: string | undefined
  /** The shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly proxied_query?: { readonly shape: string } | string | undefined
  /** The shape of a table or view that was snapshotted, without names and values; sent with schema: given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind. */
  readonly schema?: { readonly shape: string } | string | undefined
  /** Whether the query can be cached; sent with proxied_query. */
  readonly migration_status?: 'pending' | 'successful' | 'supported' | 'pending_inlining' | 'successfully_inlined' | 'unsupported' | 'other' | Unlisted | undefined
}

/** Every record of the contract by its name. */
export type Records = {
  readonly adapter_start: AdapterStart
  readonly adapter_stop: AdapterStop
  readonly server_start: ServerStart
  readonly server_stop: ServerStop
  readonly upstream_connected: UpstreamConnected
  readonly snapshot_complete: SnapshotComplete
  readonly schema: Schema
  readonly create_cache: CreateCache
  readonly show_caches: ShowCaches
  readonly show_proxied_queries: ShowProxiedQueries
  readonly flush_all_shallow_caches: FlushAllShallowCaches
  readonly query_parse_failed: QueryParseFailed
  readonly proxied_query: ProxiedQuery
  readonly installer_run: InstallerRun
  readonly installer_finished: InstallerFinished
  readonly deployment_started: DeploymentStarted
  readonly deployment_finished: DeploymentFinished
  readonly deployment_torn_down: DeploymentTornDown
}

const commitIdField: FieldForm = {"says":"the git commit that the binary was built from, or `dev`","type":{"is":"pattern","pattern":"^([0-9a-f]{7,40}|dev|unknown-commit-id)$","lengthMax":64,"collapse":true}}
const adapterVersionField: FieldForm = {"says":"the adapter's version; sent with adapter_start","type":{"is":"version"}}
const serverVersionField: FieldForm = {"says":"the server's version, sent with server_start; the adapter's, sent with query_parse_failed","type":{"is":"version"}}
const dockerVersionField: FieldForm = {"says":"the version of Docker that the installer found; on the public page, sent by no binary whose source is public","type":{"is":"pattern","pattern":"^[0-9]{1,4}(\\.[0-9]{1,4}){0,3}$","lengthMax":64,"collapse":true}}
const deploymentEnvField: FieldForm = {"says":"the way ReadySet was installed, from DEPLOYMENT_ENV","type":{"is":"enum","values":["none","quickstart_docker","tutorial_docker","package","eks","helm","installer_compose"],"matches":{"none":"^$"},"collapse":true},"collector":"reduces"}
const deploymentIdField: FieldForm = {"says":"the deployment's name from --deployment or DEPLOYMENT, as a token that means nothing outside your installation","type":{"is":"keyed-hash","lengthMax":512},"collector":"reduces"}
const dbBackendField: FieldForm = {"says":"the kind of upstream database; the adapter says `postgresql`, the replicator `psql`, the page `postgres`","type":{"is":"enum","values":["mysql","postgresql"],"aliases":{"postgres":"postgresql","psql":"postgresql"},"collapse":true}}
const dbVersionField: FieldForm = {"says":"the upstream database's version (16.2, 8.0); sent with snapshot_complete","type":{"is":"pattern","pattern":"^[0-9]{1,3}(\\.[0-9]{1,3})?$","lengthMax":64,"collapse":true},"collector":"reduces"}
const queryIdField: FieldForm = {"says":"a token for one query that could not be parsed; sent with query_parse_failed","level":"queries","type":{"is":"keyed-hash","lengthMax":512},"collector":"reduces"}
const proxiedQueryField: FieldForm = {"says":"the shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query","level":"queries","type":{"is":"sql-shape","dialect":"any"},"collector":"reduces"}
const schemaField: FieldForm = {"says":"the shape of a table or view that was snapshotted, without names and values; sent with schema","level":"queries","type":{"is":"sql-shape","dialect":"any"},"collector":"reduces"}
const migrationStatusField: FieldForm = {"says":"whether the query can be cached; sent with proxied_query","level":"queries","type":{"is":"enum","values":["pending","successful","supported","pending_inlining","successfully_inlined","unsupported"],"matches":{"pending":"^pending$","successful":"^successful( [(][^)]{0,80}[)])?$","supported":"^supported$","pending_inlining":"^pending inlining$","successfully_inlined":"^successfully inlined$","unsupported":"^unsupported(:|$)"},"collapse":true},"collector":"reduces"}
const queryIdField2: FieldForm = {"says":"a token for one query that could not be parsed; sent with query_parse_failed","type":{"is":"keyed-hash","lengthMax":512},"collector":"reduces"}
const proxiedQueryField2: FieldForm = {"says":"the shape of a query that is passed on to the upstream database, without names and values; sent with proxied_query","type":{"is":"sql-shape","dialect":"any"},"collector":"reduces"}
const schemaField2: FieldForm = {"says":"the shape of a table or view that was snapshotted, without names and values; sent with schema","type":{"is":"sql-shape","dialect":"any"},"collector":"reduces"}
const migrationStatusField2: FieldForm = {"says":"whether the query can be cached; sent with proxied_query","type":{"is":"enum","values":["pending","successful","supported","pending_inlining","successfully_inlined","unsupported"],"matches":{"pending":"^pending$","successful":"^successful( [(][^)]{0,80}[)])?$","supported":"^supported$","pending_inlining":"^pending inlining$","successfully_inlined":"^successfully inlined$","unsupported":"^unsupported(:|$)"},"collapse":true},"collector":"reduces"}

/** `sha256:d2c9c3f1811068e08b6ab10baa7eac4aa11a83c4ae50d3a3d7fc4a5ef10c041d`. */
export const contract: ContractForm = {
  candor: 1,
  product: "readyset",
  title: "ReadySet",
  purpose: "To diagnose issues, and to understand how people use ReadySet and which of their queries it cannot cache yet.",
  digest: "sha256:d2c9c3f1811068e08b6ab10baa7eac4aa11a83c4ae50d3a3d7fc4a5ef10c041d",
  terms: "sha256:e96b178865b30a2c40ef20cbdf5f67c7d9a3c3845675c21a1ba58f3e82a4dae8",
  contact: "https://github.com/readysettech/readyset/issues",
  consent: {"default":"opt-out","levels":[{"name":"basic","says":"That ReadySet starts, stops and is deployed, in which version and beside which kind of database."},{"name":"features","says":"Which of its commands are used, and that it connects and snapshots."},{"name":"queries","says":"What shape statements have that could not be cached, and tables and views that were snapshotted. Never their text, no name and no value in them."}],"graceHours":24},
  identity: {"kind":"none","account":{"from":"RS_API_KEY"},"says":"each process has a random id of its own, which ends with it; if you set RS_API_KEY, a token of that key is kept as your account"},
  environment: ["class","automation","container"],
  presence: [],
  recipients: [{"name":"ReadySet, Inc.","where":"the page names no place","for":"diagnosing issues and deciding which queries to support next"},{"name":"Segment","where":"the page names no place","for":"passing events on to ReadySet, when a binary reports to its compiled-in address and not to this collector"}],
  location: "wherever the operator of this collector runs it; the page of ReadySet names no place for its own",
  retention: {"recordsDays":90,"aggregatesDays":761,"backupsDays":30},
  versionCheck: {"says":"compared on your machine; nothing about you is sent"},
  controls: [{"flag":"--disable-telemetry","scope":"process","says":"works with both binaries; nothing is sent and no connection is opened"},{"variable":"DISABLE_TELEMETRY","off":true,"scope":"process","says":"takes `true` or `false` and nothing else; `1` may keep ReadySet from starting"},{"variable":"RS_API_KEY","scope":"process","says":"leave it unset to send no key of yours"}],
  endpoint: {"default":"https://api.segment.io/v1/track","variable":"RS_SEGMENT_WRITE_KEY","says":"the address is compiled in; the variable only names another source of Segment. A collector catches an unmodified binary by a name override with TLS."},
  never: ["query texts","query results","table names","column names","host names","credentials","API keys","machine ids","IP addresses"],
  records: {
    adapter_start: { kind: "event", when: "The adapter was launched, before it accepts connections.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    adapter_stop: { kind: "event", when: "The adapter was shut down in good order.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    server_start: { kind: "event", when: "The server was launched; in standalone mode it shares its process with the adapter.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    server_stop: { kind: "event", when: "The server was shut down in good order.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    upstream_connected: { kind: "event", when: "A client session opened a connection to the upstream database.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    snapshot_complete: { kind: "event", when: "The upstream database was snapshotted.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    schema: { kind: "event", when: "A table or a view was snapshotted; one event for each.", level: "queries", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField2, proxied_query: proxiedQueryField2, schema: schemaField2, migration_status: migrationStatusField2 } },
    create_cache: { kind: "event", when: "CREATE CACHE was run; whether it succeeded is not known yet.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    show_caches: { kind: "event", when: "SHOW CACHES was run.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    show_proxied_queries: { kind: "event", when: "SHOW PROXIED QUERIES was run.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    flush_all_shallow_caches: { kind: "event", when: "FLUSH ALL SHALLOW CACHES was run.", level: "features", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    query_parse_failed: { kind: "event", when: "ReadySet could not parse a query that the upstream database accepted; once for each time it was run.", level: "queries", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField2, proxied_query: proxiedQueryField2, schema: schemaField2, migration_status: migrationStatusField2 } },
    proxied_query: { kind: "event", when: "A query was seen that goes to the upstream database, or its status changed; again after each restart.", level: "queries", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField2, proxied_query: proxiedQueryField2, schema: schemaField2, migration_status: migrationStatusField2 } },
    installer_run: { kind: "event", when: "The installer was launched.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    installer_finished: { kind: "event", when: "The installer ended successfully.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    deployment_started: { kind: "event", when: "The installer began to deploy ReadySet.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    deployment_finished: { kind: "event", when: "The installer finished deploying a new instance.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } },
    deployment_torn_down: { kind: "event", when: "The installer finished removing a deployment.", level: "basic", fields: { commit_id: commitIdField, adapter_version: adapterVersionField, server_version: serverVersionField, docker_version: dockerVersionField, deployment_env: deploymentEnvField, deployment_id: deploymentIdField, db_backend: dbBackendField, db_version: dbVersionField, query_id: queryIdField, proxied_query: proxiedQueryField, schema: schemaField, migration_status: migrationStatusField } }
  }
}

/** Telemetry of ReadySet: nothing is sent before its user could say no. Never throws after this call. */
export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): Telemetry<Records> {
  return create<Records>({ ...options, contract })
}
