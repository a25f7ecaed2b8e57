/**
 * Which SQL puts the report into a database? Writes the files of `sql/`, with the product's names
 * and the contract's words in their places.
 */
import assert from 'node:assert/strict'
import type { ContractForm, TypeForm } from '@candor/sdk'
import type { ProductFile } from './product-file.ts'

export interface SqlInput {
  readonly file: ProductFile
  /** The contract, as the SDK reads it: what it does not name is in no report. */
  readonly form: ContractForm
  /** The texts of `sql/`, in their order. */
  readonly templates: readonly string[]
}

/**
 * Up to so many relations are measured by their files; beyond it the catalog's estimates are
 * summed.
 */
const exactRelationsMax = 5_000
const functionsMax = 1_000

/** Functions in `public`, in the product's own schema or in PostgreSQL's. */
export function functionPattern(schema: string): string {
  const name = '"?[a-z_][a-z0-9_]{0,62}"?'
  return `^(?:public|pg_catalog|${schema})\\.${name}\\([a-z0-9_ ,."\\[\\]]{0,200}\\)$`
}

export function generateSql({ file, form, templates }: SqlInput): string {
  const values = valuesOf(file, form)
  const body = templates.join('\n').replaceAll(/@([a-z_]+)@/g, (place, name: string) => {
    const value = values[name]
    assert(value !== undefined, `no value stands for ${place}`)
    return value
  })
  return `-- Telemetry of ${form.title}: what candor-postgres installs.
-- Written by \`candor-postgres generate sql\`: edit the product file instead.
BEGIN;
${body.trim()}
COMMIT;
`
}

function valuesOf(file: ProductFile, form: ContractForm): Readonly<Record<string, string>> {
  const { report, schema } = file
  const fields = Object.entries(form.records['report']?.fields ?? {})
  const typeOf = (name: string): TypeForm | undefined => form.records['report']?.fields[name]?.type
  const keysOf = (name: string): readonly string[] => {
    const type = typeOf(name)
    return type?.is === 'map' && 'values' in type.keys ? type.keys.values : []
  }
  const functions = typeOf('functions_used')
  const install = file.install_method === undefined ? 'NULL' : literal(file.install_method)
  return {
    title: form.title.replaceAll("'", "''"),
    schema,
    schema_literal: literal(schema),
    schema_text: schema,
    setting: file.setting,
    product_literal: literal(form.product),
    contract: form.digest,
    default_level: form.consent.default === 'opt-in' ? 'off' : 'basic',
    leave_out: report.leave_out ?? 'SELECT NULL::oid WHERE false',
    exact_relations_max: String(exactRelationsMax),
    functions_max: String(functionsMax),
    distribution: enumOf(typeOf('os_name_pretty'), 'pretty'),
    cloud: enumOf(
      typeOf('instance_metadata_cloud'),
      `nullif(current_setting(${literal(`${file.setting}_telemetry.cloud`)}, true), '')`
    ),
    license:
      report.license === undefined
        ? 'NULL::text'
        : caseOf(
            `current_setting(${literal(report.license.setting)}, true)`,
            Object.entries(report.license.values)
          ),
    install_method: `coalesce((
        SELECT ${enumOf(typeOf('install_method'), 'value')}
        FROM ${schema}.metadata WHERE key = 'install_method'), ${install})`,
    related_extensions: textArray(
      fields.flatMap(([name]) => /^related_extensions_(.+)$/.exec(name)?.[1] ?? [])
    ),
    access_methods: textArray(keysOf('access_methods')),
    metadata: literal(JSON.stringify(report.metadata)),
    counts_metadata: String(countsOthers(typeOf('db_metadata'))),
    extensions: textArray([
      ...(file.extension === undefined ? [] : [file.extension]),
      ...report.related_extensions
    ]),
    function_pattern: literal(
      functions?.is === 'map' && 'pattern' in functions.keys ? functions.keys.pattern : '^$'
    ),
    own_fields: ownFields(schema, report.queries),
    version: versionOf(file),
    fields_basic: textArray(fields.map(([name]) => name)),
    fields_no_functions: textArray(
      fields.filter(([, { level }]) => level !== 'basic').map(([name]) => name)
    ),
    installation: '@installation@',
    job_view_literal: literal(file.job_view ?? ''),
    page_view: file.job_view === undefined ? '' : jobView(schema, file.job_view)
  }
}

function countsOthers(type: TypeForm | undefined): boolean {
  return type?.is === 'object' && type.others === 'count'
}

/**
 * A fork has the server's version; an extension that is not there has what the file says, or none.
 */
function versionOf({ extension, version }: ProductFile): string {
  const otherwise =
    version === undefined
      ? extension === undefined
        ? `substring(current_setting('server_version') FROM '^[0-9.]+[a-z0-9]*')`
        : 'NULL'
      : literal(version)
  return extension === undefined
    ? otherwise
    : `coalesce((
    SELECT extversion FROM pg_extension WHERE extname = ${literal(extension)}
  ), ${otherwise})`
}

/**
 * A query that fails, since a catalog of the extension is not there or has changed, leaves out its
 * own fields and no other.
 */
function ownFields(schema: string, queries: readonly string[]): string {
  const blocks = queries.map(
    (query) => `  BEGIN
    own := own || (SELECT coalesce(to_jsonb(q), '{}') FROM (SELECT) AS one LEFT JOIN LATERAL (
      ${query}
      LIMIT 1
    ) AS q ON true);
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;`
  )
  return `-- What only the product knows: a query each, whose columns are fields of the contract.
CREATE OR REPLACE FUNCTION ${schema}.telemetry_own_fields() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms'
AS $body$
DECLARE
  own jsonb := '{}';
BEGIN
${blocks.join('\n')}
  RETURN jsonb_strip_nulls(own);
END
$body$;
REVOKE ALL ON FUNCTION ${schema}.telemetry_own_fields() FROM PUBLIC;`
}

/** Where something else has that name, the extension itself above all, it stays. */
function jobView(schema: string, name: string): string {
  const [viewSchema = '', view = ''] = name.split('.')
  const mark = literal(`the telemetry job of ${schema}`)
  return `-- The job under the name and with the columns that the public page gives it.
DO $view$
DECLARE
  owner name;
BEGIN
  IF obj_description(to_regclass(${literal(name)}), 'pg_class') IS DISTINCT FROM ${mark}
    AND to_regclass(${literal(name)}) IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE SCHEMA IF NOT EXISTS ${viewSchema};
  GRANT USAGE ON SCHEMA ${viewSchema} TO PUBLIC;
  CREATE OR REPLACE VIEW ${viewSchema}.${view} AS
    SELECT application_name, job_type, schedule_interval, max_runtime, max_retries, retry_period
    FROM ${schema}.telemetry_job;
  COMMENT ON VIEW ${viewSchema}.${view} IS ${mark};
  GRANT SELECT ON ${viewSchema}.${view} TO PUBLIC;
  owner := CASE
    WHEN current_setting('server_version_num')::integer >= 140000 THEN 'pg_database_owner'
    ELSE (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()) END;
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON ${viewSchema}.${view} TO %I', owner);
END
$view$;`
}

/**
 * The word that the SDK would make of a text: the collector keeps no other, so the preview shows no
 * other.
 */
function enumOf(type: TypeForm | undefined, text: string): string {
  if (type?.is !== 'enum') return 'NULL::text'
  const compared = type.ignoreCase === true ? `lower(${text})` : text
  const arms = [
    ...Object.entries(type.aliases ?? {}).map(
      ([raw, value]) => `WHEN ${compared} = ${literal(raw)} THEN ${literal(value)}`
    ),
    `WHEN ${compared} = ANY (${textArray(type.values)}) THEN ${compared}`,
    ...Object.entries(type.matches ?? {}).map(
      ([value, pattern]) => `WHEN ${text} ~ ${literal(pattern)} THEN ${literal(value)}`
    )
  ]
  const otherwise = type.collapse ? `'other'` : 'NULL'
  return `CASE
    WHEN ${text} IS NULL THEN NULL
    ${arms.join('\n    ')}
    ELSE ${otherwise} END`
}

function caseOf(text: string, pairs: readonly (readonly [string, string])[]): string {
  const arms = pairs.map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`)
  return `CASE ${text} ${arms.join(' ')} WHEN NULL THEN NULL END`
}

function textArray(words: readonly string[]): string {
  return `ARRAY[${words.map(literal).join(', ')}]::text[]`
}

/**
 * No backslash has a meaning between plain quotes: standard_conforming_strings is on since 9.1, and
 * the script needs it.
 */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
