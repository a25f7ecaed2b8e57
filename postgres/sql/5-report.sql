-- What does a report hold? Sizes, counts, versions and words of fixed lists; the contract says
-- which.

-- Whoever installs may not be allowed to read the server's files: then there is no distribution in
-- the report.
CREATE OR REPLACE FUNCTION @schema@.telemetry_distribution() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  pretty text;
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT pg_has_role(current_user, 'pg_read_server_files', 'USAGE') THEN
    RETURN NULL;
  END IF;
  pretty := substring(
    pg_read_file('/etc/os-release', 0, 4096, true) FROM 'PRETTY_NAME="?([^"\n]*)');
  RETURN @distribution@;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$body$;

CREATE OR REPLACE FUNCTION @schema@.telemetry_of_platform() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  WITH built AS (
    SELECT version() AS text, lower(substring(version() FROM ' on ([^,]+)')) AS machine
  ), settings AS (
    SELECT
      @cloud@ AS cloud,
      @license@ AS license,
      @install_method@ AS install_method,
      substring(coalesce(
          current_setting('@setting@.last_tuned', true),
          current_setting('@setting@.last_tune_time', true))
        FROM '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[+-]\d\d(?::?\d\d)?|Z)?') AS tuned_time,
      coalesce(
        current_setting('@setting@.last_tuned_version', true),
        current_setting('@setting@.last_tune_version', true)) AS tuned_version
  )
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'telemetry_version', 2,
    'installed_time', (
      SELECT to_char(value::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')
      FROM @schema@.metadata WHERE key = 'install_timestamp'),
    'os_name_pretty', @schema@.telemetry_distribution(),
    'postgresql_version', substring(
      current_setting('server_version') FROM '^\d+(?:\.\d+)*(?:beta\d*|rc\d*|devel)?'),
    'build_os_name', CASE
      WHEN built.machine ~ 'linux' THEN 'linux'
      WHEN built.machine ~ 'darwin|apple' THEN 'darwin'
      WHEN built.machine ~ 'freebsd' THEN 'freebsd'
      WHEN built.machine ~ 'mingw|windows' OR built.text ~ 'Visual C' THEN 'windows'
      ELSE 'other' END,
    'build_architecture', CASE
      WHEN built.machine ~ '^(?:x86_64|amd64)' THEN 'x86_64'
      WHEN built.machine ~ '^(?:aarch64|arm64)' THEN 'aarch64'
      WHEN built.machine ~ '^(?:ppc64|powerpc64)' THEN 'ppc64'
      WHEN built.machine ~ '^s390x' THEN 's390x'
      WHEN built.machine ~ '^riscv64' THEN 'riscv64'
      ELSE 'other' END,
    'build_architecture_bit_size', substring(built.text FROM '(\d+)-bit')::integer,
    'install_method', settings.install_method,
    'instance_metadata_cloud', settings.cloud,
    'license_edition', settings.license,
    'last_tuned_time', to_char(
      settings.tuned_time::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"'),
    'last_tuned_version', substring(settings.tuned_version FROM '^\d{1,5}(?:\.\d{1,5}){0,3}$'),
    'replication_is_wal_receiver', pg_is_in_recovery(),
    'replication_num_wal_senders', (SELECT count(*) FROM pg_stat_replication)
  ))
  FROM built, settings
$body$;

CREATE OR REPLACE FUNCTION @schema@.telemetry_of_usage() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT (
    SELECT coalesce(jsonb_object_agg('related_extensions_' || r.name, e.oid IS NOT NULL), '{}')
    FROM unnest(@related_extensions@::text[]) AS r(name)
    LEFT JOIN pg_extension AS e ON e.extname = r.name
  ) || jsonb_build_object(
    'access_methods', (
      SELECT jsonb_object_agg(name, jsonb_build_object('pages', pages, 'instances', instances))
      FROM (
        SELECT
          CASE WHEN a.amname = ANY (@access_methods@::text[]) THEN a.amname
            ELSE 'other' END AS name,
          sum(c.relpages) AS pages, count(*) AS instances
        FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam GROUP BY 1
      ) AS method
    ),
    'db_metadata', (
      SELECT coalesce(jsonb_object_agg(m.key, CASE
          WHEN m.value = ANY (ARRAY(SELECT jsonb_array_elements_text(allowed.words)))
          THEN m.value ELSE 'other' END), '{}')
      FROM @schema@.metadata AS m
      JOIN jsonb_each(@metadata@::jsonb) AS allowed(key, words) ON allowed.key = m.key
      WHERE m.include_in_telemetry
    ),
    'stats_by_job_type', (
      SELECT jsonb_build_object('policy_telemetry', jsonb_build_object(
        'total_runs', total_runs,
        'total_successes', total_successes,
        'total_failures', total_failures,
        'max_consecutive_failures', consecutive_failures,
        'total_duration', trim_scale(round(extract(epoch FROM total_duration)::numeric, 3)),
        'total_duration_failures',
          trim_scale(round(extract(epoch FROM total_duration_failures)::numeric, 3))))
      FROM @schema@.telemetry_job_stats
    )
  )
$body$;

-- Calls of the functions of the product and of related extensions, as far as track_functions counts
-- them.
CREATE OR REPLACE FUNCTION @schema@.telemetry_function_calls() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT coalesce(jsonb_object_agg(name, calls), '{}')
  FROM (
    SELECT f.funcid::regprocedure::text AS name, f.calls
    FROM pg_stat_user_functions AS f
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = f.funcid
      AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
    JOIN pg_extension AS e ON e.oid = d.refobjid
    WHERE e.extname = ANY (@extensions@::text[])
    ORDER BY f.calls DESC LIMIT @functions_max@
  ) AS called
$body$;

-- Since the last report that was accepted. A function in a schema that the user named is summed up
-- as `other`.
CREATE OR REPLACE FUNCTION @schema@.telemetry_of_functions() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT jsonb_build_object('functions_used', coalesce(jsonb_object_agg(name, calls), '{}'))
  FROM (
    SELECT
      CASE WHEN now.key ~ @function_pattern@ AND length(now.key) <= 256 THEN now.key
        ELSE 'other' END AS name,
      -- Whoever resets statistics begins to count anew.
      sum(now.value::bigint - CASE WHEN before.value::bigint <= now.value::bigint
        THEN before.value::bigint ELSE 0 END) AS calls
    FROM jsonb_each_text(@schema@.telemetry_function_calls()) AS now(key, value)
    CROSS JOIN @schema@.telemetry_job_stats AS s
    LEFT JOIN jsonb_each_text(s.functions) AS before(key, value) ON before.key = now.key
    GROUP BY 1
  ) AS used
  WHERE calls > 0
$body$;

@own_fields@

CREATE OR REPLACE FUNCTION @schema@.telemetry_version() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT @version@
$body$;

-- The fields of one report, and no other: what the contract does not name is not in it.
CREATE OR REPLACE FUNCTION @schema@.telemetry_fields(level text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT coalesce(jsonb_object_agg(key, value), '{}')
  FROM jsonb_each(
    @schema@.telemetry_of_platform()
    || @schema@.telemetry_of_relations()
    || @schema@.telemetry_of_usage()
    || CASE WHEN level = 'basic' THEN @schema@.telemetry_of_functions() ELSE '{}' END
    || @schema@.telemetry_own_fields()
  )
  WHERE value <> 'null' AND key = ANY (
    CASE WHEN level = 'basic' THEN @fields_basic@::text[] ELSE @fields_no_functions@::text[] END)
$body$;

-- How many flagged rows have a key that the contract does not name: their number alone, where it asks
-- for that.
CREATE OR REPLACE FUNCTION @schema@.telemetry_others() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  SELECT coalesce((
    SELECT jsonb_build_object('db_metadata', count(*))
    FROM @schema@.metadata AS m
    WHERE @counts_metadata@ AND m.include_in_telemetry AND NOT @metadata@::jsonb ? m.key
    HAVING count(*) > 0
  ), '{}')
$body$;

-- This database's own id; zeros while there is none, and in a copy that has not noticed yet that it
-- is one.
CREATE OR REPLACE FUNCTION @schema@.telemetry_installation() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  nobody constant text := '00000000-0000-0000-0000-000000000000';
BEGIN
  IF NOT (
    SELECT relispopulated FROM pg_class
    WHERE oid = '@schema_text@.telemetry_identity'::regclass
  ) THEN
    RETURN nobody;
  END IF;
  RETURN coalesce((
    SELECT i.uuid::text FROM @schema@.telemetry_identity AS i
    WHERE i.of_database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ), nobody);
END
$body$;

-- Shows, and only shows, what would be sent: nothing is written, reset or made. Zeros stand for ids
-- that are not there yet.
CREATE OR REPLACE FUNCTION @schema@.get_telemetry_report(
  always_display_report boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  said text := (SELECT l.level FROM @schema@.telemetry_level() AS l);
  shown text := CASE WHEN said <> 'off' THEN said ELSE 'basic' END;
BEGIN
  IF NOT always_display_report THEN
    IF said = 'off' THEN
      RAISE NOTICE 'the telemetry level is off: nothing is sent'
        USING HINT =
          'SELECT @schema_text@.get_telemetry_report(true) shows what a report would hold.';
      RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM @schema@.telemetry_job) THEN
      RAISE NOTICE 'this database has no telemetry job: nothing is sent'
        USING HINT =
          'SELECT @schema_text@.get_telemetry_report(true) shows what a report would hold.';
      RETURN NULL;
    END IF;
  END IF;
  RETURN jsonb_build_object(
    'candor', 1,
    'product', @product_literal@,
    'installation', @schema@.telemetry_installation(),
    'lineage', coalesce((SELECT value FROM @schema@.metadata WHERE key = 'exported_uuid'),
      '00000000-0000-0000-0000-000000000000'),
    'runs', jsonb_build_array(jsonb_build_object(
      'version', @schema@.telemetry_version(),
      'contract', '@contract@',
      'consent', jsonb_build_object('level', shown),
      'records', jsonb_build_array(jsonb_build_object(
        'name', 'report',
        'fields', @schema@.telemetry_fields(shown))
        || CASE WHEN @schema@.telemetry_others() = '{}' THEN '{}'
          ELSE jsonb_build_object('others', @schema@.telemetry_others()) END)
    ))
  );
END
$body$;
