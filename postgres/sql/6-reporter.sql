-- What the reporter may write, and nothing else may: ids, how the job fared, what was sent, which
-- version is newest.

-- Ids are made when a report is about to be made, never before. A reporter that dies meanwhile is
-- followed at `retry_at`. A copy of a template forgets what its model had.
CREATE OR REPLACE FUNCTION @schema@.telemetry_begin(retry_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  own oid := (SELECT oid FROM pg_database WHERE datname = current_database());
  is_known boolean := (
    SELECT relispopulated FROM pg_class
    WHERE oid = '@schema_text@.telemetry_identity'::regclass);
  written_for oid;
BEGIN
  IF is_known THEN
    SELECT of_database INTO written_for FROM @schema@.telemetry_identity;
  END IF;
  IF NOT pg_is_in_recovery() THEN
    IF written_for IS DISTINCT FROM own THEN
      REFRESH MATERIALIZED VIEW @schema@.telemetry_identity;
    END IF;
    IF NOT EXISTS (SELECT FROM @schema@.telemetry_job_stats
        WHERE of_installation = md5(@schema@.telemetry_installation())) THEN
      DELETE FROM @schema@.telemetry_job_stats;
      INSERT INTO @schema@.telemetry_job_stats (of_installation)
        VALUES (md5(@schema@.telemetry_installation()));
      DELETE FROM @schema@.telemetry_sent;
    END IF;
    INSERT INTO @schema@.metadata (key, value) VALUES ('exported_uuid', gen_random_uuid()::text)
      ON CONFLICT (key) DO NOTHING;
    UPDATE @schema@.telemetry_job_stats
      SET last_start = now(), next_start = retry_at, reporter = session_user;
  ELSIF written_for IS DISTINCT FROM own THEN
    -- The primary has not made any yet.
    RETURN NULL;
  END IF;
  RETURN (
    SELECT jsonb_build_object('installation', i.uuid, 'lineage', m.value)
    FROM @schema@.telemetry_identity AS i, @schema@.metadata AS m WHERE m.key = 'exported_uuid'
  );
END
$body$;

-- The report as the reporter reads it. A failure is an answer and not an error, so that no line of
-- the server's log tells of it.
CREATE OR REPLACE FUNCTION @schema@.telemetry_gather(level text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  RETURN jsonb_build_object(
    'version', @schema@.telemetry_version(),
    'calls', CASE WHEN level = 'basic' THEN @schema@.telemetry_function_calls() ELSE '{}' END,
    'fields', @schema@.telemetry_fields(level),
    'others', @schema@.telemetry_others());
EXCEPTION WHEN OTHERS OR query_canceled THEN
  RETURN jsonb_build_object('failed', SQLSTATE);
END
$body$;

CREATE OR REPLACE FUNCTION @schema@.telemetry_end(
  is_success boolean, next_start timestamptz, took interval, calls jsonb, reports jsonb)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  UPDATE @schema@.telemetry_job_stats AS s SET
    last_finish = now(),
    next_start = $2,
    total_runs = total_runs + 1,
    total_successes = total_successes + is_success::integer,
    total_failures = total_failures + (NOT is_success)::integer,
    consecutive_failures = CASE WHEN is_success THEN 0 ELSE consecutive_failures + 1 END,
    total_duration = total_duration + CASE WHEN is_success THEN took ELSE interval '0' END,
    total_duration_failures = total_duration_failures
      + CASE WHEN is_success THEN interval '0' ELSE took END,
    functions = coalesce(calls, functions);
  INSERT INTO @schema@.telemetry_sent (sent_at, url, answer, sent_as, body)
    SELECT r.at, r.url, r.answer, md5(@schema@.telemetry_installation()),
      replace(r.body, @schema@.telemetry_installation(), '@installation@')
    FROM jsonb_to_recordset(coalesce(reports, '[]'))
      AS r(at timestamptz, url text, answer text, body text);
  DELETE FROM @schema@.telemetry_sent WHERE id NOT IN (
    SELECT id FROM @schema@.telemetry_sent ORDER BY id DESC LIMIT 100);
$body$;

-- The words of the public page. LOG reaches the server's log whatever its level is; up to date
-- needs no line.
CREATE OR REPLACE FUNCTION @schema@.telemetry_newest(
  installed text, newest text, is_up_to_date boolean, says text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  is_sane constant boolean := coalesce(newest ~ '^[A-Za-z0-9.-]{1,128}$', true);
BEGIN
  IF NOT is_sane THEN
    RETURN;
  END IF;
  IF NOT pg_is_in_recovery() THEN
    INSERT INTO candor.version_status (product, installed, newest, is_up_to_date, says, checked_at)
      VALUES (@product_literal@, $1, $2, $3, left($4, 500), now())
      ON CONFLICT (product) DO UPDATE SET installed = excluded.installed, newest = excluded.newest,
        is_up_to_date = excluded.is_up_to_date, says = excluded.says,
        checked_at = excluded.checked_at;
  END IF;
  IF is_up_to_date = false THEN
    RAISE LOG 'the "%" extension is not up-to-date', @product_literal@
      USING HINT = format(
        'The most up-to-date version is %s, the installed version is %s.', newest, installed);
  END IF;
END
$body$;

DO $access$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'telemetry_begin(timestamptz)',
    'telemetry_gather(text)',
    'telemetry_fields(text)',
    'telemetry_others()',
    'telemetry_relations(boolean)',
    'telemetry_relations_summed(boolean)',
    'telemetry_of_relations()',
    'telemetry_end(boolean, timestamptz, interval, jsonb, jsonb)',
    'telemetry_newest(text, text, boolean, text)'
  ] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION @schema@.%s FROM PUBLIC', name);
  END LOOP;
END
$access$;

-- For a reporter that is not the role which installed this: SELECT
-- @schema_text@.allow_reporter('reporter').
CREATE OR REPLACE FUNCTION @schema@.allow_reporter(role regrole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['telemetry_begin(timestamptz)', 'telemetry_gather(text)',
    'telemetry_end(boolean, timestamptz, interval, jsonb, jsonb)',
    'telemetry_newest(text, text, boolean, text)'] LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION @schema@.%s TO %s', name, role);
  END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION @schema@.allow_reporter(regrole) FROM PUBLIC;

-- What was sent by all products of this database, byte for byte.
DO $sent$
DECLARE
  parts text;
BEGIN
  SELECT string_agg(format(
      $part$SELECT product, sent_at, url, answer, CASE sent_as
          WHEN md5(%1$I.telemetry_installation())
          THEN replace(body, '@installation@', %1$I.telemetry_installation())
          ELSE body END AS body
        FROM %1$I.telemetry_sent$part$, n.nspname), ' UNION ALL ' ORDER BY n.nspname)
  INTO parts
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relname = 'telemetry_sent' AND c.relkind = 'r'
    AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user);
  EXECUTE 'CREATE OR REPLACE VIEW candor.sent AS ' || parts;
END
$sent$;
GRANT SELECT ON candor.sent TO PUBLIC;

@page_view@
