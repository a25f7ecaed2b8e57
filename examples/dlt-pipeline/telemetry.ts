/** The telemetry of dlt, the data load tool, typed. Written by `candor contract generate typescript`: edit the contract instead. */
import {
  createTelemetry as create,
  type ContractForm,
  type FieldForm,
  type Telemetry,
  type TelemetryOptions,
  type Unlisted
} from '@candor/sdk'

export type PipelineExtractExecInfo =
  | 'kubernetes'
  | 'docker'
  | 'codespaces'
  | 'github_actions'
  | 'notebook'
  | 'colab'
  | 'airflow'
  | 'dagster'
  | 'prefect'
  | 'marimo'
  | 'aws_lambda'
  | 'gcp_cloud_function'
  | 'streamlit'
  | 'claude_code'
  | 'claude_code_cli'
  | 'cursor'
  | 'codex'
  | 'other'
  | Unlisted

export type PipelineExtractDestinationType =
  | 'athena'
  | 'bigquery'
  | 'clickhouse'
  | 'databricks'
  | 'destination'
  | 'dremio'
  | 'duckdb'
  | 'ducklake'
  | 'dummy'
  | 'fabric'
  | 'filesystem'
  | 'lance'
  | 'lancedb'
  | 'motherduck'
  | 'mssql'
  | 'postgres'
  | 'qdrant'
  | 'redshift'
  | 'snowflake'
  | 'sqlalchemy'
  | 'synapse'
  | 'weaviate'
  | 'other'
  | Unlisted

export type PipelineExtractExtractDataName =
  | 'rest_api'
  | 'sql_database'
  | 'filesystem'
  | 'arrow'
  | 'context_rest_api'
  | 'dataframe'
  | 'debug'
  | 'default'
  | 'fruitshop'
  | 'github_api'
  | 'intro'
  | 'requests'
  | 'vibe_rest_api'
  | 'active_campaign'
  | 'affinity'
  | 'airtable'
  | 'algolia_hn_search'
  | 'arrow_pandas'
  | 'asana'
  | 'asana_dlt'
  | 'bing_webmaster'
  | 'chess'
  | 'csv_reader'
  | 'datadog'
  | 'exchange_rates'
  | 'facebook_ads'
  | 'firebase'
  | 'freshdesk'
  | 'github'
  | 'google_ads'
  | 'google_analytics'
  | 'google_play_reviews'
  | 'google_sheets'
  | 'hubspot'
  | 'inbox'
  | 'jira'
  | 'kafka'
  | 'kinesis'
  | 'matomo'
  | 'mongodb'
  | 'mongodb_arrow'
  | 'mux'
  | 'notion'
  | 'personio'
  | 'pg_legacy_replication'
  | 'pg_replication'
  | 'pipedrive'
  | 'pokemon'
  | 'quickbooks'
  | 'quickbooks_online'
  | 'salesforce'
  | 'scraping'
  | 'scrapy_scraper'
  | 'sharepoint'
  | 'shopify'
  | 'shopify_dlt'
  | 'slack'
  | 'standard'
  | 'strapi'
  | 'stripe_analytics'
  | 'typeform'
  | 'unstructured'
  | 'unstructured_data'
  | 'unstructured_weaviate'
  | 'workable'
  | 'youtube_data'
  | 'zendesk'
  | 'other'
  | Unlisted

export type PipelineExtractExtractDataDataType =
  | 'source'
  | 'resource'
  | 'dict'
  | 'list'
  | 'str'
  | 'int'
  | 'float'
  | 'bytes'
  | 'tuple'
  | 'generator'
  | 'function'
  | 'DataFrame'
  | 'Table'
  | 'RecordBatch'
  | 'other'
  | Unlisted

export type CommandPipelineOperation =
  | 'info'
  | 'show'
  | 'list'
  | 'failed-jobs'
  | 'drop-pending-packages'
  | 'abort-packages'
  | 'sync'
  | 'trace'
  | 'schema'
  | 'drop'
  | 'load-package'
  | 'mcp'
  | 'mcp-install'
  | 'clean'
  | 'run'
  | 'serve'
  | 'pin'
  | 'setup'
  | 'status'
  | 'init'
  | 'toolkit_install'
  | 'toolkit_list'
  | 'toolkit_info'
  | 'secrets_list'
  | 'secrets_view_redacted'
  | 'secrets_update_fragment'
  | 'other'
  | Unlisted

export type McpToolTool =
  | 'execute_sql_query'
  | 'export_schema'
  | 'get_local_pipeline_state'
  | 'get_row_counts'
  | 'get_table_create_sql'
  | 'get_table_schema'
  | 'get_workspace_info'
  | 'list_pipelines'
  | 'list_profiles'
  | 'list_tables'
  | 'list_toolkits'
  | 'pipeline_trace'
  | 'preview_table'
  | 'search_dlthub_sources'
  | 'secrets_list'
  | 'secrets_update_fragment'
  | 'secrets_view_redacted'
  | 'toolkit_info'
  | 'other'
  | Unlisted

export type McpToolAgentName =
  | 'claude_code'
  | 'claude'
  | 'cursor'
  | 'codex'
  | 'vscode'
  | 'cline'
  | 'continue'
  | 'windsurf'
  | 'gemini'
  | 'mcp'
  | 'other'
  | Unlisted

/** A pipeline's extract step ended, well or badly. Level: pipelines. */
export interface PipelineExtract {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly pipeline_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly dataset_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly default_schema_name_hash?: string | undefined
  /** A random id of the run: UUID. */
  readonly transaction_id?: string | undefined
  /** What was extracted: at most 256. */
  readonly extract_data?: readonly ({
    /** Its name, if it is a source that dlt publishes; otherwise `other`. */
    readonly name?: PipelineExtractExtractDataName | undefined
    /** Whether it was a source, a resource or a bare Python value. */
    readonly data_type?: PipelineExtractExtractDataDataType | undefined
  })[] | undefined
}

/** A pipeline's normalize step ended, well or badly. Level: pipelines. */
export interface PipelineNormalize {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly pipeline_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly dataset_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly default_schema_name_hash?: string | undefined
  /** A random id of the run: UUID. */
  readonly transaction_id?: string | undefined
}

/** A pipeline's load step ended, well or badly. Level: pipelines. */
export interface PipelineLoad {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly pipeline_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly dataset_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly default_schema_name_hash?: string | undefined
  /** A random id of the run: UUID. */
  readonly transaction_id?: string | undefined
}

/** A pipeline's run ended, well or badly; it comes beside the events of its steps. Level: pipelines. */
export interface PipelineRun {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly pipeline_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly dataset_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly default_schema_name_hash?: string | undefined
  /** A random id of the run: UUID. */
  readonly transaction_id?: string | undefined
}

/** A pipeline's dataset was read for the first time. Level: pipelines. */
export interface PipelineAccessDataset {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly pipeline_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly dataset_name_hash?: string | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly default_schema_name_hash?: string | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** A name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it: given as it is, sent as a token. */
  readonly requested_schema_name_hash?: string | undefined
}

/** Somebody ran `dlt init`. Level: basic. */
export interface CommandInit {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which source, if it is one that dlt publishes. */
  readonly source_name?: PipelineExtractExtractDataName | undefined
  /** Which kind of destination, if dlt brings it along. */
  readonly destination_type?: PipelineExtractDestinationType | undefined
}

/** Somebody listed the sources that `dlt init` knows. Level: basic. */
export interface CommandListSources {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** Somebody listed the destinations that `dlt init` knows. Level: basic. */
export interface CommandListDestinations {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** Somebody ran `dlt pipeline`; sent before it does anything, so it always says success. Level: basic. */
export interface CommandPipeline {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of the command's operations. */
  readonly operation?: CommandPipelineOperation | undefined
}

/** Somebody ran `dlt schema`. Level: basic. */
export interface CommandSchema {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Format that the schema was printed in. */
  readonly format?: 'json' | 'yaml' | 'dbml' | 'dot' | 'mermaid' | 'other' | Unlisted | undefined
}

/** Somebody ran `dlt deploy`. Level: basic. */
export interface CommandDeploy {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** What it was deployed to. */
  readonly deployment_method?: 'github-action' | 'airflow-composer' | 'other' | Unlisted | undefined
}

/** Somebody asked whether telemetry is on. Level: basic. */
export interface CommandTelemetry {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** Somebody switched telemetry on. Switching it off is nothing to count: dlt 1.31 sends that it was switched off, and the collector drops it unread; other versions send nothing then. Level: basic. */
export interface CommandTelemetrySwitch {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** What it was switched to. */
  readonly enabled?: boolean | undefined
}

/** Somebody opened the dashboard; sent before it opens. Level: basic. */
export interface CommandDashboard {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** Somebody ran `dlt workspace`. Level: basic. */
export interface CommandWorkspace {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of the command's operations. */
  readonly operation?: CommandPipelineOperation | undefined
}

/** Somebody ran `dlthub local`, or one of the commands below it that have no record of their own. Level: basic. */
export interface CommandLocal {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of the command's operations. */
  readonly operation?: CommandPipelineOperation | undefined
}

/** Somebody made a workspace with `dlthub init`. Level: basic. */
export interface CommandDlthubInit {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** Somebody ran `dlt profile`. Level: basic. */
export interface CommandProfile {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of the command's operations. */
  readonly operation?: CommandPipelineOperation | undefined
}

/** Somebody ran `dlt ai`. Level: basic. */
export interface CommandAi {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of the command's operations. */
  readonly operation?: CommandPipelineOperation | undefined
}

/** Somebody ran `dlt ai setup` (1.10 to 1.17). Level: basic. */
export interface CommandAiSetup {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Which of the two commands was typed: `dlt` or `dlthub`. */
  readonly host?: 'dlt' | 'dlthub' | 'other' | Unlisted | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** A pipeline was added to an Airflow task group. Level: basic. */
export interface HelperAirflowAddRun {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** How its work was cut into tasks. */
  readonly decompose?: 'none' | 'serialize' | 'parallel' | 'parallel-isolated' | 'other' | Unlisted | undefined
}

/** A dbt runner was made. Level: basic. */
export interface HelperDbtCreateRunner {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
}

/** An agent called one of dlt's MCP tools. Clients put the tool's name into the event's: `mcp_tool_list_tables`. Level: basic. */
export interface McpTool {
  /** The known surroundings that dlt found itself in: at most 32. */
  readonly exec_info?: readonly PipelineExtractExecInfo[] | undefined
  /** Whether a workspace is used: `dlt` if not, `other` for any; its name is not kept. */
  readonly run_context?: 'dlt' | 'other' | Unlisted | undefined
  /** Version of the commercial package, if it is installed: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly dlthub_version?: string | undefined
  /** Time since it began; of a pipeline's step, since the whole run began: length of time, kept in seconds, rounded to 3 digits. In s. */
  readonly elapsed?: number | undefined
  /** Whether it ended well. */
  readonly success?: boolean | undefined
  /** Which of dlt's tools. */
  readonly tool?: McpToolTool | undefined
  /** That it was a tool. */
  readonly mcp_primitive?: 'tool' | 'other' | Unlisted | undefined
  /** Which agent, as it calls itself, if it is a known one. */
  readonly agent_name?: McpToolAgentName | undefined
  /** Version that the agent states: text such as `16.16`, of the form `^[0-9]{1,5}(\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\.post[0-9]{1,5})?(\.dev[0-9]{1,5})?$`, at most 32 characters; anything else becomes `other`. */
  readonly agent_version?: string | undefined
  /** A token of the agent's session: given as it is, sent as a token. */
  readonly session_hash?: string | undefined
}

/** Every record of the contract by its name. */
export type Records = {
  readonly pipeline_extract: PipelineExtract
  readonly pipeline_normalize: PipelineNormalize
  readonly pipeline_load: PipelineLoad
  readonly pipeline_run: PipelineRun
  readonly pipeline_access_dataset: PipelineAccessDataset
  readonly command_init: CommandInit
  readonly command_list_sources: CommandListSources
  readonly command_list_destinations: CommandListDestinations
  readonly command_pipeline: CommandPipeline
  readonly command_schema: CommandSchema
  readonly command_deploy: CommandDeploy
  readonly command_telemetry: CommandTelemetry
  readonly command_telemetry_switch: CommandTelemetrySwitch
  readonly command_dashboard: CommandDashboard
  readonly command_workspace: CommandWorkspace
  readonly command_local: CommandLocal
  readonly command_dlthub_init: CommandDlthubInit
  readonly command_profile: CommandProfile
  readonly command_ai: CommandAi
  readonly command_ai_setup: CommandAiSetup
  readonly helper_airflow_add_run: HelperAirflowAddRun
  readonly helper_dbt_create_runner: HelperDbtCreateRunner
  readonly mcp_tool: McpTool
}

const execInfoField: FieldForm = {"says":"the known surroundings that dlt found itself in","type":{"is":"list","of":{"is":"enum","values":["kubernetes","docker","codespaces","github_actions","notebook","colab","airflow","dagster","prefect","marimo","aws_lambda","gcp_cloud_function","streamlit","claude_code","claude_code_cli","cursor","codex"],"collapse":true},"itemsMax":32},"at":"context.exec_info"}
const runContextField: FieldForm = {"says":"whether a workspace is used: `dlt` if not, `other` for any; its name is not kept","type":{"is":"enum","values":["dlt"],"collapse":true},"at":"context.run_context.name"}
const dlthubVersionField: FieldForm = {"says":"version of the commercial package, if it is installed","type":{"is":"pattern","pattern":"^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\\.post[0-9]{1,5})?(\\.dev[0-9]{1,5})?$","lengthMax":32,"collapse":true},"at":"context.dlthub.version"}
const elapsedField: FieldForm = {"says":"time since it began; of a pipeline's step, since the whole run began","type":{"is":"duration","unit":"s","max":3155760000,"coarsen":{"by":"digits","digits":3}}}
const successField: FieldForm = {"says":"whether it ended well","type":{"is":"boolean"}}
const destinationTypeField: FieldForm = {"says":"which kind of destination, if dlt brings it along","type":{"is":"enum","values":["athena","bigquery","clickhouse","databricks","destination","dremio","duckdb","ducklake","dummy","fabric","filesystem","lance","lancedb","motherduck","mssql","postgres","qdrant","redshift","snowflake","sqlalchemy","synapse","weaviate"],"strip":["dlt.destinations."],"collapse":true},"collector":"reduces"}
const pipelineNameHashField: FieldForm = {"says":"a name that you chose, turned into a token that means nothing outside your installation; old clients send a hash without salt, so it is re-keyed before anything stores it","type":{"is":"keyed-hash","lengthMax":64},"collector":"reduces"}
const transactionIdField: FieldForm = {"says":"a random id of the run","type":{"is":"uuid","form":"hex32"}}
const hostField: FieldForm = {"says":"which of the two commands was typed: `dlt` or `dlthub`","type":{"is":"enum","values":["dlt","dlthub"],"collapse":true}}
const operationField: FieldForm = {"says":"which of the command's operations","type":{"is":"enum","values":["info","show","list","failed-jobs","drop-pending-packages","abort-packages","sync","trace","schema","drop","load-package","mcp","mcp-install","clean","run","serve","pin","setup","status","init","toolkit_install","toolkit_list","toolkit_info","secrets_list","secrets_view_redacted","secrets_update_fragment"],"matches":{"mcp-install":"^mcp[.]install$","toolkit_install":"^toolkit[.]install$","toolkit_list":"^toolkit[.]list$","toolkit_info":"^toolkit[.]info$","secrets_list":"^secrets[.]list$","secrets_view_redacted":"^secrets[.]view_redacted$","secrets_update_fragment":"^secrets[.]update_fragment$"},"collapse":true}}

/** `sha256:e7e486ccb1ea1b7cb5be59dd7baa891e103a711aac21828dc4cfe9fa8c2d5fef`. */
export const contract: ContractForm = {
  candor: 1,
  product: "dlt",
  title: "dlt, the data load tool",
  purpose: "Which sources and destinations are used, which steps fail, which versions are alive.",
  digest: "sha256:e7e486ccb1ea1b7cb5be59dd7baa891e103a711aac21828dc4cfe9fa8c2d5fef",
  terms: "sha256:267b8d6ba2b7b2aef456a8279216d78184f59114cb3f56093b41e1412d8cab4e",
  contact: "https://github.com/dlt-hub/dlt/issues",
  consent: {"default":"opt-out","levels":[{"name":"basic","says":"Which commands and helpers run, with which known source and destination, on which version and system."},{"name":"pipelines","says":"What pipelines do and how long it takes. Never what they carry, nor what you named them."}],"graceHours":24},
  identity: {"kind":"persistent","says":"a random id that dlt writes to .anonymous_id in its data folder, and that you can delete; it is re-keyed before anything stores it"},
  environment: ["class","automation","container","os","os_version","runtime","cpu"],
  presence: [],
  recipients: [{"name":"dltHub","where":"the page names no place","for":"figuring out how to improve the library"}],
  location: "wherever the operator of this collector runs it; the page of dlt names no place for its own",
  retention: {"recordsDays":90,"aggregatesDays":761,"backupsDays":30},
  controls: [{"variable":"RUNTIME__DLTHUB_TELEMETRY","off":"false","also":"beats every file; `0`, `no`, `n` and `f` work too, `off` is an error"},{"flag":"--disable-telemetry","scope":"user","project":true,"also":"before any dlt command; writes the project's file, if there is one, and the user's; a project can undo it"},{"flag":"--enable-telemetry","does":"on","scope":"user","project":true,"says":"writes the same files"},{"status":"dlt telemetry"},{"key":"runtime.dlthub_telemetry","file":".dlt/config.toml","scope":"project","off":false},{"key":"runtime.dlthub_telemetry","file":"~/.dlt/config.toml","scope":"user","off":false,"also":"a project's file beats it"},{"variable":"RUNTIME__ENABLE_RUNTIME_TRACE","off":"false","keeps":"events of commands"},{"variable":"DO_NOT_TRACK","honoured":false}],
  endpoint: {"default":"https://telemetry.scalevector.ai","key":"runtime.dlthub_telemetry_endpoint","variable":"RUNTIME__DLTHUB_TELEMETRY_ENDPOINT","segment_key":"runtime.dlthub_telemetry_segment_write_key","says":"a whole URL with its scheme; without one dlt sends nothing and says nothing"},
  never: ["data","credentials","queries","host names","paths","e-mail addresses","IP addresses","names of pipelines","names of datasets","names of schemas","names of workspaces","names of profiles"],
  records: {
    pipeline_extract: { kind: "event", when: "A pipeline's extract step ended, well or badly.", level: "pipelines", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, destination_type: destinationTypeField, pipeline_name_hash: pipelineNameHashField, dataset_name_hash: pipelineNameHashField, default_schema_name_hash: pipelineNameHashField, transaction_id: transactionIdField, extract_data: {"says":"what was extracted","type":{"is":"list","of":{"is":"object","fields":{"name":{"says":"its name, if it is a source that dlt publishes; otherwise `other`","type":{"is":"enum","values":["rest_api","sql_database","filesystem","arrow","context_rest_api","dataframe","debug","default","fruitshop","github_api","intro","requests","vibe_rest_api","active_campaign","affinity","airtable","algolia_hn_search","arrow_pandas","asana","asana_dlt","bing_webmaster","chess","csv_reader","datadog","exchange_rates","facebook_ads","firebase","freshdesk","github","google_ads","google_analytics","google_play_reviews","google_sheets","hubspot","inbox","jira","kafka","kinesis","matomo","mongodb","mongodb_arrow","mux","notion","personio","pg_legacy_replication","pg_replication","pipedrive","pokemon","quickbooks","quickbooks_online","salesforce","scraping","scrapy_scraper","sharepoint","shopify","shopify_dlt","slack","standard","strapi","stripe_analytics","typeform","unstructured","unstructured_data","unstructured_weaviate","workable","youtube_data","zendesk"],"strip":["dlthub:"],"collapse":true}},"data_type":{"says":"whether it was a source, a resource or a bare Python value","type":{"is":"enum","values":["source","resource","dict","list","str","int","float","bytes","tuple","generator","function","DataFrame","Table","RecordBatch"],"collapse":true}}}},"itemsMax":256},"collector":"reduces"} } },
    pipeline_normalize: { kind: "event", when: "A pipeline's normalize step ended, well or badly.", level: "pipelines", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, destination_type: destinationTypeField, pipeline_name_hash: pipelineNameHashField, dataset_name_hash: pipelineNameHashField, default_schema_name_hash: pipelineNameHashField, transaction_id: transactionIdField } },
    pipeline_load: { kind: "event", when: "A pipeline's load step ended, well or badly.", level: "pipelines", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, destination_type: destinationTypeField, pipeline_name_hash: pipelineNameHashField, dataset_name_hash: pipelineNameHashField, default_schema_name_hash: pipelineNameHashField, transaction_id: transactionIdField } },
    pipeline_run: { kind: "event", when: "A pipeline's run ended, well or badly; it comes beside the events of its steps.", level: "pipelines", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, destination_type: destinationTypeField, pipeline_name_hash: pipelineNameHashField, dataset_name_hash: pipelineNameHashField, default_schema_name_hash: pipelineNameHashField, transaction_id: transactionIdField } },
    pipeline_access_dataset: { kind: "event", when: "A pipeline's dataset was read for the first time.", level: "pipelines", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, destination_type: destinationTypeField, pipeline_name_hash: pipelineNameHashField, dataset_name_hash: pipelineNameHashField, default_schema_name_hash: pipelineNameHashField, success: successField, requested_schema_name_hash: pipelineNameHashField } },
    command_init: { kind: "event", when: "Somebody ran `dlt init`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, source_name: {"says":"which source, if it is one that dlt publishes","type":{"is":"enum","values":["rest_api","sql_database","filesystem","arrow","context_rest_api","dataframe","debug","default","fruitshop","github_api","intro","requests","vibe_rest_api","active_campaign","affinity","airtable","algolia_hn_search","arrow_pandas","asana","asana_dlt","bing_webmaster","chess","csv_reader","datadog","exchange_rates","facebook_ads","firebase","freshdesk","github","google_ads","google_analytics","google_play_reviews","google_sheets","hubspot","inbox","jira","kafka","kinesis","matomo","mongodb","mongodb_arrow","mux","notion","personio","pg_legacy_replication","pg_replication","pipedrive","pokemon","quickbooks","quickbooks_online","salesforce","scraping","scrapy_scraper","sharepoint","shopify","shopify_dlt","slack","standard","strapi","stripe_analytics","typeform","unstructured","unstructured_data","unstructured_weaviate","workable","youtube_data","zendesk"],"strip":["dlthub:"],"collapse":true},"collector":"reduces"}, destination_type: destinationTypeField } },
    command_list_sources: { kind: "event", when: "Somebody listed the sources that `dlt init` knows.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    command_list_destinations: { kind: "event", when: "Somebody listed the destinations that `dlt init` knows.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    command_pipeline: { kind: "event", when: "Somebody ran `dlt pipeline`; sent before it does anything, so it always says success.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, operation: operationField } },
    command_schema: { kind: "event", when: "Somebody ran `dlt schema`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, format: {"says":"format that the schema was printed in","type":{"is":"enum","values":["json","yaml","dbml","dot","mermaid"],"collapse":true},"at":"properties.format_"} } },
    command_deploy: { kind: "event", when: "Somebody ran `dlt deploy`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, deployment_method: {"says":"what it was deployed to","type":{"is":"enum","values":["github-action","airflow-composer"],"collapse":true}} } },
    command_telemetry: { kind: "event", when: "Somebody asked whether telemetry is on.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    command_telemetry_switch: { kind: "event", when: "Somebody switched telemetry on. Switching it off is nothing to count: dlt 1.31 sends that it was switched off, and the collector drops it unread; other versions send nothing then.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, enabled: {"says":"what it was switched to","type":{"is":"boolean"}} } },
    command_dashboard: { kind: "event", when: "Somebody opened the dashboard; sent before it opens.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    command_workspace: { kind: "event", when: "Somebody ran `dlt workspace`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, operation: operationField } },
    command_local: { kind: "event", when: "Somebody ran `dlthub local`, or one of the commands below it that have no record of their own.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, operation: operationField } },
    command_dlthub_init: { kind: "event", when: "Somebody made a workspace with `dlthub init`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    command_profile: { kind: "event", when: "Somebody ran `dlt profile`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, operation: operationField } },
    command_ai: { kind: "event", when: "Somebody ran `dlt ai`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField, operation: operationField } },
    command_ai_setup: { kind: "event", when: "Somebody ran `dlt ai setup` (1.10 to 1.17).", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, host: hostField, elapsed: elapsedField, success: successField } },
    helper_airflow_add_run: { kind: "event", when: "A pipeline was added to an Airflow task group.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, decompose: {"says":"how its work was cut into tasks","type":{"is":"enum","values":["none","serialize","parallel","parallel-isolated"],"collapse":true}} } },
    helper_dbt_create_runner: { kind: "event", when: "A dbt runner was made.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField } },
    mcp_tool: { kind: "event", when: "An agent called one of dlt's MCP tools. Clients put the tool's name into the event's: `mcp_tool_list_tables`.", level: "basic", fields: { exec_info: execInfoField, run_context: runContextField, dlthub_version: dlthubVersionField, elapsed: elapsedField, success: successField, tool: {"says":"which of dlt's tools","type":{"is":"enum","values":["execute_sql_query","export_schema","get_local_pipeline_state","get_row_counts","get_table_create_sql","get_table_schema","get_workspace_info","list_pipelines","list_profiles","list_tables","list_toolkits","pipeline_trace","preview_table","search_dlthub_sources","secrets_list","secrets_update_fragment","secrets_view_redacted","toolkit_info"],"collapse":true}}, mcp_primitive: {"says":"that it was a tool","type":{"is":"enum","values":["tool"],"collapse":true}}, agent_name: {"says":"which agent, as it calls itself, if it is a known one","type":{"is":"enum","values":["claude_code","claude","cursor","codex","vscode","cline","continue","windsurf","gemini","mcp"],"matches":{"claude_code":"^[Cc]laude[-_ ]?[Cc]ode","claude":"^[Cc]laude","cursor":"^[Cc]ursor","codex":"^[Cc]odex","vscode":"^([Vv]isual [Ss]tudio [Cc]ode|[Vv][Ss] ?[Cc]ode)","cline":"^[Cc]line","continue":"^[Cc]ontinue","windsurf":"^[Ww]indsurf","gemini":"^[Gg]emini","mcp":"^(mcp|MCP)"},"collapse":true},"collector":"reduces","at":"properties.agent_info.name"}, agent_version: {"says":"version that the agent states","type":{"is":"pattern","pattern":"^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}((a|b|rc)[0-9]{1,5})?(\\.post[0-9]{1,5})?(\\.dev[0-9]{1,5})?$","lengthMax":32,"collapse":true},"collector":"reduces","at":"properties.agent_info.version"}, session_hash: {"says":"a token of the agent's session","type":{"is":"keyed-hash","lengthMax":64},"collector":"reduces","at":"properties.agent_info.session_hash"} } }
  }
}

/** Telemetry of dlt, the data load tool: nothing is sent before its user could say no. Never throws after this call. */
export function createTelemetry(options: Omit<TelemetryOptions, 'contract'>): Telemetry<Records> {
  return create<Records>({ ...options, contract })
}
