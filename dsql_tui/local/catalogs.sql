-- What the catalogs tell, where DSQL's tell something else; last of the scripts. Functions and views
-- of PostgreSQL's are renamed and wrapped: what PostgreSQL itself calls it finds by number.

-- Versions and settings ---------------------------------------------------------------------------
-- `dsql.…` are settings of ours in postgresql.conf (`postgres.py`).

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT 'PostgreSQL 16'::text $$;

ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO pg_dsql_setting;

ALTER FUNCTION pg_catalog.current_setting(text, boolean) RENAME TO pg_dsql_setting;

CREATE FUNCTION pg_catalog.current_setting(text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.pg_dsql_setting(
    CASE WHEN lower($1) IN ('server_version', 'server_version_num') THEN 'dsql.' || $1 ELSE $1 END)
$$;

CREATE FUNCTION pg_catalog.current_setting(text, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.pg_dsql_setting(
    CASE WHEN lower($1) IN ('server_version', 'server_version_num') THEN 'dsql.' || $1 ELSE $1 END, $2)
$$;

ALTER FUNCTION pg_catalog.set_config(text, text, boolean) RENAME TO pg_dsql_set_config;

CREATE FUNCTION pg_catalog.set_config(text, text, boolean) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF pg_catalog.lower($1) OPERATOR(pg_catalog.<>)
     ALL (pg_catalog.string_to_array(pg_catalog.pg_dsql_setting('dsql.settable'), ' ')) THEN
    RAISE EXCEPTION 'setting configuration parameter "%" not supported', pg_catalog.lower($1)
      USING ERRCODE = '0A000';
  END IF;
  RETURN pg_catalog.pg_dsql_set_config($1, $2, $3);
END
$$;

-- RESET ALL of a client: what counts its rows is a setting as well, and stays.
CREATE PROCEDURE pg_catalog.pg_dsql_reset_all() LANGUAGE plpgsql AS $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY
    pg_catalog.string_to_array(pg_catalog.pg_dsql_setting('dsql.settable'), ' ') LOOP
    EXECUTE 'RESET ' || CASE name WHEN 'disable_sync_create_index' THEN 'dsql.' || name ELSE name END;
  END LOOP;
END
$$;

DROP RULE pg_settings_u ON pg_catalog.pg_settings;

DROP RULE pg_settings_n ON pg_catalog.pg_settings;

CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
  SELECT name, CASE WHEN name LIKE 'server\_version%' THEN pg_catalog.current_setting(name)
                    ELSE setting END AS setting,
         unit, category, short_desc, extra_desc, context, vartype, source, min_val, max_val, enumvals,
         boot_val, reset_val, sourcefile, sourceline, pending_restart
    FROM pg_catalog.pg_show_all_settings();

REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;

CREATE OR REPLACE VIEW pg_catalog.pg_stat_ssl AS
  SELECT pg_backend_pid() AS pid, true AS ssl, said[1] AS version, said[2] AS cipher,
         said[3]::integer AS bits, NULL::text AS client_dn, NULL::numeric AS client_serial,
         NULL::text AS issuer_dn
    FROM string_to_array(current_setting('dsql.tls', true), ' ') AS said;

GRANT EXECUTE ON FUNCTION pg_get_backend_memory_contexts(), pg_get_shmem_allocations() TO PUBLIC;

GRANT SELECT ON pg_catalog.pg_statistic TO admin;

GRANT SELECT ON pg_catalog.pg_backend_memory_contexts, pg_catalog.pg_shmem_allocations TO PUBLIC;

-- Roles: ours is in no list, and there are no passwords ------------------------------------------------

DO $$
BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_roles AS '
    || rtrim(pg_get_viewdef('pg_catalog.pg_roles'::regclass), ';') || ' WHERE pg_authid.oid <> 10';
  EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_shadow AS '
    || replace(rtrim(pg_get_viewdef('pg_catalog.pg_shadow'::regclass), ';'),
               'pg_authid.rolpassword', 'NULL::text COLLATE "C"')
    || ' AND pg_authid.oid <> 10';
END
$$;

GRANT SELECT ON pg_catalog.pg_shadow TO PUBLIC;

-- Indexes: access method `btree_index`, which exists by name only; a primary key covers its table ------

ALTER TABLE pg_catalog.pg_am RENAME TO pg_dsql_am;

CREATE VIEW pg_catalog.pg_am AS
  SELECT oid, CASE amname WHEN 'btree' THEN 'btree_index' ELSE amname END AS amname, amhandler, amtype
    FROM pg_catalog.pg_dsql_am;

GRANT SELECT ON pg_catalog.pg_am TO PUBLIC;

-- A primary key's definition as the service gives it: every other column is included.
CREATE FUNCTION pg_catalog.pg_dsql_covering(definition text, index oid) RETURNS text
  LANGUAGE sql STABLE AS $$
  SELECT regexp_replace($1, ' INCLUDE \(.*\)$', '')
         || coalesce(' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')', '')
    FROM pg_catalog.pg_index i
    LEFT JOIN pg_catalog.pg_attribute a
      ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attnum <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
    WHERE i.indexrelid = $2 AND i.indisprimary
    HAVING count(*) > 0
$$;

CREATE FUNCTION pg_catalog.pg_dsql_told(definition text, index oid) RETURNS text
  LANGUAGE sql STABLE AS $$
  SELECT replace(coalesce(pg_catalog.pg_dsql_covering($1, $2), $1), ' USING btree ', ' USING btree_index ')
$$;

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid) RENAME TO pg_dsql_indexdef;

CREATE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
  AS $$ SELECT pg_catalog.pg_dsql_told(pg_catalog.pg_dsql_indexdef($1), $1) $$;

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RENAME TO pg_dsql_indexdef;

CREATE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE $2 WHEN 0 THEN pg_catalog.pg_dsql_told(pg_catalog.pg_dsql_indexdef($1, $2, $3), $1)
                 ELSE pg_catalog.pg_dsql_indexdef($1, $2, $3) END
$$;

ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid) RENAME TO pg_dsql_constraintdef;

CREATE FUNCTION pg_catalog.pg_get_constraintdef(oid) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.pg_dsql_told(
    pg_catalog.pg_dsql_constraintdef($1),
    (SELECT conindid FROM pg_catalog.pg_constraint WHERE oid = $1 AND contype = 'p'))
$$;

ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RENAME TO pg_dsql_constraintdef;

CREATE FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.pg_dsql_told(
    pg_catalog.pg_dsql_constraintdef($1, $2),
    (SELECT conindid FROM pg_catalog.pg_constraint WHERE oid = $1 AND contype = 'p'))
$$;

CREATE OR REPLACE VIEW pg_catalog.pg_indexes AS
  SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname,
         t.spcname AS tablespace, pg_catalog.pg_get_indexdef(i.oid) AS indexdef
    FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_tablespace t ON t.oid = i.reltablespace
    WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I');

-- Text search: only the configuration `simple` (facts 6.7); the default one, english, is missing ------

DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT cfgname FROM pg_ts_config WHERE cfgname <> 'simple' LOOP
    EXECUTE format('DROP TEXT SEARCH CONFIGURATION pg_catalog.%I', name);
  END LOOP;
  FOR name IN SELECT dictname FROM pg_ts_dict WHERE dictname <> 'simple' LOOP
    EXECUTE format('DROP TEXT SEARCH DICTIONARY pg_catalog.%I', name);
  END LOOP;
END
$$;

-- What is ours does not show in lists; PostgreSQL's own tables cannot have row security ----------------

DO $$
DECLARE
  list record;
BEGIN
  FOR list IN
    VALUES ('pg_event_trigger', 'false'), ('pg_available_extensions', 'false'),
           ('pg_tables', $x$schemaname <> 'pg_dsql' AND NOT starts_with(tablename::text, 'pg_dsql_')$x$),
           ('pg_indexes', $x$schemaname <> 'pg_dsql'$x$),
           ('pg_sequences', $x$schemaname <> 'pg_dsql'$x$),
           ('pg_views', $x$NOT starts_with(viewname::text, 'pg_dsql_')$x$)
  LOOP
    EXECUTE format('ALTER TABLE pg_catalog.%I RENAME TO %I', list.column1, 'pg_dsql_' || list.column1);
    EXECUTE format('CREATE VIEW pg_catalog.%I AS SELECT * FROM pg_catalog.%I WHERE %s',
                   list.column1, 'pg_dsql_' || list.column1, list.column2);
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', list.column1);
  END LOOP;
END
$$;

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA pg_dsql FROM PUBLIC;

REVOKE EXECUTE ON FUNCTION pg_catalog.pg_dsql_set_config FROM PUBLIC;
