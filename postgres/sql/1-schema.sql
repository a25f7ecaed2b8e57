-- Where does the telemetry of @title@ live in this database? In two schemas, which belong to
-- whoever installs it. Plain SQL for PostgreSQL 13 and later. It may be run again: what users
-- changed stays as it is.
SET LOCAL client_min_messages = warning;
SET LOCAL check_function_bodies = off;
SET LOCAL search_path = pg_catalog, pg_temp;

DO $check$
DECLARE
  foreign_schema text;
BEGIN
  IF current_setting('server_version_num')::integer < 130000 THEN
    RAISE EXCEPTION 'the telemetry of @title@ needs PostgreSQL 13 or later';
  END IF;
  -- Whoever owns the schema could have put anything into it, for instance a trigger.
  SELECT n.nspname INTO foreign_schema
  FROM pg_namespace AS n
  WHERE n.nspname IN (@schema_literal@, 'candor')
    AND n.nspowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
  LIMIT 1;
  IF foreign_schema IS NOT NULL THEN
    RAISE EXCEPTION 'the schema % belongs to another role', foreign_schema
      USING HINT = 'Install as the role that owns it, or name another schema in the product file.';
  END IF;
END
$check$;

CREATE SCHEMA IF NOT EXISTS @schema@;
CREATE SCHEMA IF NOT EXISTS candor;
GRANT USAGE ON SCHEMA @schema@, candor TO PUBLIC;

-- Rows with include_in_telemetry travel if the contract names their key; of all others it may ask
-- how many there are, and never for a name.
CREATE TABLE IF NOT EXISTS @schema@.metadata (
  key text PRIMARY KEY,
  value text NOT NULL,
  include_in_telemetry boolean NOT NULL DEFAULT false
);
INSERT INTO @schema@.metadata (key, value)
VALUES ('install_timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
ON CONFLICT (key) DO NOTHING;

-- A dump does not hold what is in a materialized view: whoever restores it makes a new id, and so
-- does whoever finds that the row was written for another database, which is what a template's
-- copies see.
CREATE MATERIALIZED VIEW IF NOT EXISTS @schema@.telemetry_identity AS
  SELECT
    gen_random_uuid() AS uuid,
    (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AS of_database
WITH NO DATA;

-- The last hundred reports. In place of the database's own id stands a mark, so that a dump does
-- not carry it along; the view candor.sent shows the bytes as they were. `sent_as` is a digest of
-- that id: a restored copy knows it as another's.
CREATE TABLE IF NOT EXISTS @schema@.telemetry_sent (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product text NOT NULL DEFAULT @product_literal@,
  sent_at timestamptz NOT NULL DEFAULT now(),
  url text NOT NULL,
  answer text NOT NULL,
  sent_as text NOT NULL,
  body text NOT NULL
);

CREATE TABLE IF NOT EXISTS candor.version_status (
  product text PRIMARY KEY,
  installed text NOT NULL,
  newest text,
  is_up_to_date boolean,
  says text NOT NULL,
  checked_at timestamptz NOT NULL
);
GRANT SELECT ON @schema@.metadata, @schema@.telemetry_sent, candor.version_status TO PUBLIC;
