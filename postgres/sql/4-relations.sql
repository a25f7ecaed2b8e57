-- How many relations of each kind are there, and how large are they together? Names of none of them
-- are read.

-- Relations that the product itself makes are told by fields of their own.
CREATE OR REPLACE FUNCTION @schema@.telemetry_relations_left_out() RETURNS SETOF oid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  RETURN QUERY @leave_out@;
EXCEPTION WHEN undefined_table OR undefined_column OR invalid_schema_name OR undefined_function THEN
  RETURN;
END
$body$;

-- One row for each relation of users, with the sizes of what belongs to it. Exact sizes open each
-- relation, which takes a lock that nobody but ALTER TABLE and its like waits for; estimates are
-- read from the catalog.
CREATE OR REPLACE FUNCTION @schema@.telemetry_relations(is_exact boolean)
RETURNS TABLE (kind "char", is_part boolean, is_root boolean, reltuples double precision,
  heap_size bigint, toast_size bigint, indexes_size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  WITH left_out AS MATERIALIZED (
    SELECT o FROM @schema@.telemetry_relations_left_out() AS o
  ), page AS (
    SELECT current_setting('block_size')::bigint AS bytes
  ), indexes AS MATERIALIZED (
    SELECT i.indrelid, sum(c.relpages)::bigint AS pages
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE NOT is_exact
    GROUP BY i.indrelid
  )
  SELECT c.relkind, c.relispartition, c.relkind = 'p' AND NOT c.relispartition,
    greatest(c.reltuples, 0)::double precision,
    coalesce(CASE WHEN is_exact THEN pg_relation_size(c.oid) ELSE c.relpages * page.bytes END, 0),
    coalesce(CASE
      WHEN c.reltoastrelid = 0 THEN 0
      WHEN is_exact THEN pg_relation_size(c.reltoastrelid)
      ELSE t.relpages * page.bytes
    END, 0),
    coalesce(CASE WHEN is_exact THEN pg_indexes_size(c.oid) ELSE x.pages * page.bytes END, 0)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  CROSS JOIN page
  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid AND NOT is_exact
  LEFT JOIN indexes AS x ON x.indrelid = c.oid
  WHERE c.relkind IN ('r', 'p', 'm', 'v')
    AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'candor')
    AND NOT (n.nspname = @schema_literal@ AND c.relname ~ '^(telemetry_|metadata$)')
    AND c.oid IS DISTINCT FROM to_regclass(nullif(@job_view_literal@, ''))::oid
    AND NOT EXISTS (SELECT FROM left_out WHERE left_out.o = c.oid)
$body$;

CREATE OR REPLACE FUNCTION @schema@.telemetry_of_relations() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms'
AS $body$
DECLARE
  is_exact boolean := (SELECT count(*) <= @exact_relations_max@ FROM pg_class);
  summed jsonb;
BEGIN
  BEGIN
    summed := @schema@.telemetry_relations_summed(is_exact);
  EXCEPTION WHEN lock_not_available THEN
    -- Somebody alters a table: what the catalog estimates is there without waiting.
    is_exact := false;
    summed := @schema@.telemetry_relations_summed(is_exact);
  END;
  RETURN summed || jsonb_build_object(
    'sizes', CASE WHEN is_exact THEN 'exact' ELSE 'estimated' END,
    'data_volume', (
      SELECT pg_database_size(oid) FROM pg_database WHERE datname = current_database()
    )
  );
END
$body$;

CREATE OR REPLACE FUNCTION @schema@.telemetry_relations_summed(is_exact boolean) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
  WITH grouped AS (
    SELECT
      CASE WHEN kind = 'm' THEN 'materialized_views'
        WHEN kind = 'v' THEN 'views'
        WHEN kind = 'p' OR is_part THEN 'partitioned_tables'
        ELSE 'tables'
      END AS name,
      is_root, kind, is_part, reltuples, heap_size, toast_size, indexes_size
    FROM @schema@.telemetry_relations(is_exact)
  ), summed AS (
    SELECT name,
      CASE WHEN name = 'partitioned_tables' THEN count(*) FILTER (WHERE is_root)
        ELSE count(*) END AS number,
      count(*) FILTER (WHERE is_part) AS children,
      coalesce(sum(reltuples) FILTER (WHERE kind <> 'p'), 0)::bigint AS reltuples,
      coalesce(sum(heap_size), 0)::bigint AS heap,
      coalesce(sum(toast_size), 0)::bigint AS toast,
      coalesce(sum(indexes_size), 0)::bigint AS indexes
    FROM grouped GROUP BY name
  )
  SELECT jsonb_object_agg(kind.name, jsonb_build_object('num_relations', coalesce(s.number, 0))
    || CASE WHEN kind.name = 'views' THEN '{}' ELSE jsonb_build_object(
        'num_reltuples', coalesce(s.reltuples, 0),
        'heap_size', coalesce(s.heap, 0),
        'toast_size', coalesce(s.toast, 0),
        'indexes_size', coalesce(s.indexes, 0)) END
    || CASE WHEN kind.name = 'partitioned_tables'
        THEN jsonb_build_object('num_children', coalesce(s.children, 0)) ELSE '{}' END)
  FROM unnest(ARRAY['tables', 'partitioned_tables', 'materialized_views', 'views']) AS kind(name)
  LEFT JOIN summed AS s ON s.name = kind.name
$body$;
