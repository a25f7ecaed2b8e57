-- Which level holds for the reporter? What PostgreSQL would give a new session of its role in this
-- database.
CREATE OR REPLACE FUNCTION @schema@.telemetry_level(
  OUT level text, OUT setting text, OUT said_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  WITH reporter AS (
    SELECT (SELECT oid FROM pg_roles WHERE rolname = coalesce(s.reporter, session_user)) AS role,
      (SELECT oid FROM pg_database WHERE datname = current_database()) AS database
    FROM @schema@.telemetry_job_stats AS s
  ), said AS (
    SELECT substr(entry, strpos(entry, '=') + 1) AS value,
      CASE
        WHEN setrole <> 0 AND setdatabase <> 0 THEN 1
        WHEN setrole <> 0 THEN 2
        WHEN setdatabase <> 0 THEN 3
        ELSE 4
      END AS rank
    FROM pg_db_role_setting, unnest(setconfig) AS entry, reporter
    WHERE lower(split_part(entry, '=', 1)) = '@setting@.telemetry_level'
      AND setrole IN (0, reporter.role) AND setdatabase IN (0, reporter.database)
    UNION ALL
    -- Empty is what a line leaves behind that was taken out of the configuration file.
    SELECT nullif(current_setting('@setting@.telemetry_level', true), ''), 5
  ), deciding AS (
    SELECT value, rank FROM said WHERE value IS NOT NULL ORDER BY rank LIMIT 1
  )
  SELECT
    CASE
      WHEN d.value IS NULL THEN '@default_level@'
      WHEN lower(d.value) IN ('no_functions', 'basic') THEN lower(d.value)
      ELSE 'off'
    END,
    d.value,
    CASE d.rank
      WHEN 1 THEN 'ALTER ROLE … IN DATABASE … SET'
      WHEN 2 THEN 'ALTER ROLE … SET'
      WHEN 3 THEN 'ALTER DATABASE … SET'
      WHEN 4 THEN 'ALTER ROLE ALL SET'
      WHEN 5 THEN 'the configuration file, or this session'
      ELSE 'nobody: the default'
    END
  FROM (SELECT 1) AS one LEFT JOIN deciding AS d ON true
$body$;

-- What holds now, in one row.
CREATE OR REPLACE VIEW @schema@.telemetry_status AS
  SELECT l.level, l.said_by, j.schedule_interval IS NOT NULL AS has_job, j.schedule_interval,
    s.next_start, s.last_start, s.last_finish, s.consecutive_failures
  FROM @schema@.telemetry_level() AS l
  CROSS JOIN @schema@.telemetry_job_stats AS s
  LEFT JOIN @schema@.telemetry_job AS j ON true;
GRANT SELECT ON @schema@.telemetry_status TO PUBLIC;
