-- Who decides when this database reports? Whoever may change the one row of this table. No row: it
-- never does.
DO $job$
BEGIN
  -- Only a new table gets its row: somebody may have deleted the one that was here.
  IF to_regclass('@schema_text@.telemetry_job') IS NULL THEN
    CREATE TABLE @schema@.telemetry_job (
      application_name text NOT NULL DEFAULT 'Telemetry Reporter',
      job_type text NOT NULL DEFAULT 'telemetry_and_version_check_if_enabled',
      schedule_interval interval NOT NULL DEFAULT '24 hours'
        CHECK (schedule_interval > interval '0'),
      max_runtime interval NOT NULL DEFAULT '100 seconds' CHECK (max_runtime > interval '0'),
      -- After so many failures in a row it waits for schedule_interval; -1: it tries again without
      -- end.
      max_retries integer NOT NULL DEFAULT -1 CHECK (max_retries >= -1),
      retry_period interval NOT NULL DEFAULT '1 hour' CHECK (retry_period > interval '0')
    );
    CREATE UNIQUE INDEX telemetry_job_is_one ON @schema@.telemetry_job ((true));
    INSERT INTO @schema@.telemetry_job DEFAULT VALUES;
  END IF;
END
$job$;

-- How the job fared. It is written by the reporter alone.
CREATE TABLE IF NOT EXISTS @schema@.telemetry_job_stats (
  is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
  last_start timestamptz,
  last_finish timestamptz,
  next_start timestamptz,
  total_runs bigint NOT NULL DEFAULT 0,
  total_successes bigint NOT NULL DEFAULT 0,
  total_failures bigint NOT NULL DEFAULT 0,
  consecutive_failures integer NOT NULL DEFAULT 0,
  total_duration interval NOT NULL DEFAULT '0',
  total_duration_failures interval NOT NULL DEFAULT '0',
  -- A digest of the id that all this belongs to: a copy begins anew.
  of_installation text,
  -- The role whose settings count: the one that the reporter logs in as.
  reporter name,
  -- Calls of each function when the last report was accepted: the next one tells those since.
  functions jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO @schema@.telemetry_job_stats DEFAULT VALUES ON CONFLICT DO NOTHING;
GRANT SELECT ON @schema@.telemetry_job, @schema@.telemetry_job_stats TO PUBLIC;

DO $grants$
DECLARE
  owner text := 'pg_database_owner';
BEGIN
  IF current_setting('server_version_num')::integer < 140000 THEN
    SELECT pg_get_userbyid(datdba) INTO owner FROM pg_database WHERE datname = current_database();
  END IF;
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON @schema@.telemetry_job TO %I', owner);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON @schema@.metadata TO %I', owner);
  -- So that a database's owner, and each role for itself, may set the level. Before 15 only a
  -- superuser may.
  IF current_setting('server_version_num')::integer >= 150000
    AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE 'GRANT SET ON PARAMETER "@setting@.telemetry_level" TO PUBLIC';
  END IF;
END
$grants$;
