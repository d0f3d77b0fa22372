-- What the catalogs tell, where DSQL's tell something else. Functions of
-- PostgreSQL's are renamed and wrapped: what PostgreSQL itself calls it finds by number.

-- How PostgreSQL's views read the catalogs, before anything here is renamed.
CREATE TEMP TABLE definitions AS
  SELECT relnamespace::regnamespace AS schema, relname AS name, pg_get_viewdef(c.oid) AS definition,
         coalesce('WITH (' || array_to_string(c.reloptions, ', ') || ')', '') AS options
    FROM pg_class c
    WHERE relkind = 'v'
      AND relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace);

-- Versions and settings ---------------------------------------------------------------------------
-- `dsql.…` are settings of ours in postgresql.conf (`postgres.py`).

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT 'PostgreSQL 16'::text;
END;

ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO pg_dsql_setting;

ALTER FUNCTION pg_catalog.current_setting(text, boolean) RENAME TO pg_dsql_setting;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_setting(
    CASE WHEN lower($1) IN ('server_version', 'server_version_num', 'max_connections')
         THEN 'dsql.' || $1 ELSE $1 END);
END;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_setting(
    CASE WHEN lower($1) IN ('server_version', 'server_version_num', 'max_connections')
         THEN 'dsql.' || $1 ELSE $1 END, $2);
END;

ALTER FUNCTION pg_catalog.set_config(text, text, boolean) RENAME TO pg_dsql_set_config;

CREATE OR REPLACE FUNCTION pg_catalog.set_config(text, text, boolean) RETURNS text
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
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_resets() RETURNS SETOF text LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT 'RESET ' || CASE name WHEN 'disable_sync_create_index' THEN 'dsql.' || name ELSE name END
    FROM string_to_table(pg_dsql_setting('dsql.settable'), ' ') AS name;
END;

CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_reset_all() LANGUAGE plpgsql AS $$
DECLARE
  statement pg_catalog.text;
BEGIN
  FOR statement IN SELECT pg_catalog.pg_dsql_resets() LOOP
    EXECUTE statement;
  END LOOP;
END
$$;

DROP RULE pg_settings_u ON pg_catalog.pg_settings;

DROP RULE pg_settings_n ON pg_catalog.pg_settings;

CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
  SELECT name, CASE WHEN name LIKE 'server\_version%' OR name = 'max_connections'
                    THEN pg_catalog.current_setting(name)
                    ELSE setting END AS setting,
         unit, category, short_desc, extra_desc, context, vartype, source, min_val, max_val, enumvals,
         boot_val, reset_val, sourcefile, sourceline, pending_restart
    FROM pg_catalog.pg_show_all_settings();

REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_show_all()
  RETURNS TABLE (name text, setting text, description text) LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT name, current_setting(name), short_desc FROM pg_settings ORDER BY lower(name);
END;

CREATE OR REPLACE FUNCTION pg_dsql.process() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
  SELECT pg_catalog.pg_backend_pid();
END;

CREATE OR REPLACE VIEW pg_catalog.pg_stat_ssl AS
  SELECT pg_dsql.process() AS pid, true AS ssl, said[1] AS version, said[2] AS cipher,
         said[3]::integer AS bits, NULL::text AS client_dn, NULL::numeric AS client_serial,
         NULL::text AS issuer_dn
    FROM string_to_array(current_setting('dsql.tls', true), ' ') AS said;

GRANT EXECUTE ON FUNCTION pg_get_backend_memory_contexts(), pg_get_shmem_allocations() TO PUBLIC;

GRANT SELECT ON pg_catalog.pg_statistic TO admin;

GRANT SELECT ON pg_catalog.pg_backend_memory_contexts, pg_catalog.pg_shmem_allocations TO PUBLIC;

-- What does not exist: nobody has the right, and the gateway says so in DSQL's words (`upstream.py`) ----

DO $$
DECLARE
  blocked record;
BEGIN
  FOR blocked IN
    SELECT format('EXECUTE ON FUNCTION %s', oid::regprocedure) AS what FROM pg_proc
      WHERE pronamespace = 'pg_catalog'::regnamespace
        AND proname ~ ('^(?:' || current_setting('dsql.blocked_functions') || ')$')
    UNION ALL
    SELECT format('SELECT ON %s', oid::regclass) FROM pg_class
      WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'v' AND relname <> 'pg_stat_ssl'
        AND relname ~ '^(?:pg_stat(?:io)?_.*|pg_locks|pg_cursors|pg_prepared_xacts)$'
  LOOP
    EXECUTE format('REVOKE %s FROM PUBLIC', blocked.what);
  END LOOP;
END
$$;

REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;

-- In these a quote can be half of a character, so that the gate would read something else.
DELETE FROM pg_conversion
  WHERE ARRAY[pg_encoding_to_char(conforencoding), pg_encoding_to_char(contoencoding)]
     && ARRAY['SJIS', 'BIG5', 'GBK', 'UHC', 'GB18030', 'JOHAB', 'SHIFT_JIS_2004']::name[];

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

-- Indexes: access method `btree_index`, to PostgreSQL btree; a primary key covers its table ------------

-- A primary key's definition as the service gives it: every other column is included.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_covering(definition text, index oid) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT regexp_replace($1, ' INCLUDE \(.*\)$', '')
         || coalesce(' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')', '')
    FROM pg_catalog.pg_index i
    LEFT JOIN pg_catalog.pg_attribute a
      ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attnum <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
    WHERE i.indexrelid = $2 AND i.indisprimary
    HAVING count(*) > 0;
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_told(definition text, index oid) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT replace(coalesce(pg_catalog.pg_dsql_covering($1, $2), $1), ' USING btree ', ' USING btree_index ');
END;

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid) RENAME TO pg_dsql_indexdef;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_told(pg_catalog.pg_dsql_indexdef($1), $1);
END;

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RENAME TO pg_dsql_indexdef;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT CASE $2 WHEN 0 THEN pg_catalog.pg_dsql_told(pg_catalog.pg_dsql_indexdef($1, $2, $3), $1)
                 ELSE pg_catalog.pg_dsql_indexdef($1, $2, $3) END;
END;

ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid) RENAME TO pg_dsql_constraintdef;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_told(
    pg_catalog.pg_dsql_constraintdef($1),
    (SELECT conindid FROM pg_catalog.pg_constraint WHERE oid = $1 AND contype = 'p'));
END;

ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RENAME TO pg_dsql_constraintdef;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_told(
    pg_catalog.pg_dsql_constraintdef($1, $2),
    (SELECT conindid FROM pg_catalog.pg_constraint WHERE oid = $1 AND contype = 'p'));
END;

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
  DROP TEXT SEARCH TEMPLATE pg_catalog.snowball;
END
$$;

-- What is ours does not show --------------------------------------------------------------------------
-- PostgreSQL's own tables cannot have row security. So there are views of those in which something
-- of ours is; the gate puts them in front of the catalogs that a statement names (`gate/catalogs.py`),
-- and PostgreSQL's views are defined anew over them. Those in `pg_dsql_whole` have the system columns.

CREATE SCHEMA pg_dsql_shown;

CREATE SCHEMA pg_dsql_whole;

GRANT USAGE ON SCHEMA pg_dsql_shown, pg_dsql_whole TO PUBLIC;

-- Replaced at the end, when all that is ours is there; SQL, so that it is planned as a condition.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_hides(oid) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT false;
END;

-- Of the functions in pg_catalog PostgreSQL's own have lower numbers.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_is_service(schema oid, number oid, language oid)
  RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT language <> 13
     AND (schema = 'sys'::regnamespace OR schema = 'pg_catalog'::regnamespace AND number >= 12000);
END;

-- `told` says otherwise what some columns hold: their names and the expressions.
CREATE OR REPLACE PROCEDURE pg_dsql.show_catalog(name text, condition text, told jsonb DEFAULT '{}')
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  columns CONSTANT text := (
    SELECT string_agg(coalesce(told ->> attname::text || ' AS ', '') || attname, ', ' ORDER BY attnum)
      FROM pg_attribute
      WHERE attrelid = ('pg_catalog.' || name)::regclass AND attnum > 0 AND NOT attisdropped);
BEGIN
  EXECUTE format('CREATE OR REPLACE VIEW pg_dsql_shown.%1$I AS SELECT %2$s FROM pg_catalog.%1$I WHERE %3$s',
                 name, columns, condition);
  EXECUTE format('CREATE OR REPLACE VIEW pg_dsql_whole.%1$I AS SELECT %2$s, tableoid, ctid, xmin, cmin, xmax, cmax'
                 ' FROM pg_catalog.%1$I WHERE %3$s', name, columns, condition);
  EXECUTE format('GRANT SELECT ON pg_dsql_shown.%1$I, pg_dsql_whole.%1$I TO PUBLIC', name);
END
$$;

DO $$
DECLARE
  catalog record;
BEGIN
  FOR catalog IN
    VALUES ('pg_attrdef', 'adrelid'), ('pg_cast', 'oid'), ('pg_constraint', 'oid'), ('pg_event_trigger', 'evtfoid'),
           ('pg_index', 'indexrelid'), ('pg_rewrite', 'ev_class'), ('pg_sequence', 'seqrelid'),
           ('pg_trigger', 'tgfoid'), ('pg_type', 'oid')
  LOOP
    CALL pg_dsql.show_catalog(catalog.column1, format('NOT pg_dsql_hides(%I)', catalog.column2));
  END LOOP;
END
$$;

-- Who makes a role is its member twice, once by PostgreSQL itself; the service shows one row.
CALL pg_dsql.show_catalog('pg_auth_members', $x$grantor <> 10 OR NOT EXISTS (
  SELECT FROM pg_catalog.pg_auth_members granted
    WHERE granted.roleid = pg_auth_members.roleid AND granted.member = pg_auth_members.member
      AND granted.grantor <> 10)$x$, jsonb_build_object(
  'admin_option', $x$(SELECT bool_or(granted.admin_option) FROM pg_catalog.pg_auth_members granted
    WHERE granted.roleid = pg_auth_members.roleid AND granted.member = pg_auth_members.member
      AND granted.grantor IN (10, pg_auth_members.grantor))$x$));

-- Values are compressed by lz4 (LIVE-E), which our PostgreSQL is built without.
CALL pg_dsql.show_catalog('pg_attribute', 'NOT pg_dsql_hides(attrelid)', jsonb_build_object(
  'attcompression', $x$CASE WHEN attstorage = 'x' AND attrelid >= 16384 AND EXISTS (
    SELECT FROM pg_class WHERE oid = attrelid AND relkind = 'r') THEN 'l' ELSE attcompression END$x$));

-- The service's own functions are not SQL. Rights on PostgreSQL's are shown as they were: pg_dump would
-- dump each function whose rights we have changed.
CALL pg_dsql.show_catalog('pg_proc', 'NOT pg_dsql_hides(oid)', jsonb_build_object(
  'proacl', $x$CASE WHEN pronamespace <> 'pg_catalog'::regnamespace THEN proacl ELSE (
    SELECT initprivs FROM pg_catalog.pg_init_privs
      WHERE objoid = pg_proc.oid AND classoid = 'pg_proc'::regclass AND objsubid = 0) END$x$,
  'prolang', 'CASE WHEN pg_dsql_is_service(pronamespace, oid, prolang) THEN 12 ELSE prolang END',
  'prosrc',
  'CASE WHEN pg_dsql_is_service(pronamespace, oid, prolang) THEN proname::text ELSE prosrc END',
  'prosqlbody', 'CASE WHEN NOT pg_dsql_is_service(pronamespace, oid, prolang) THEN prosqlbody END',
  'proconfig', 'CASE WHEN NOT pg_dsql_is_service(pronamespace, oid, prolang) THEN proconfig END'));

CALL pg_dsql.show_catalog('pg_am', 'true');

-- The only temporary things are copies for a transaction that has lost.
CALL pg_dsql.show_catalog('pg_namespace', $x$NOT pg_dsql_hides(oid) AND nspname !~ '^pg_(toast_)?temp_'$x$);

-- Nobody knows how large a table is before it has been analysed; PostgreSQL, when an index is built.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_is_counted(relation oid, kind "char", tuples real) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT kind <> 'r' OR relation < 16384 OR tuples = 0
         OR EXISTS (SELECT FROM pg_statistic WHERE starelid = relation)
$$;

CALL pg_dsql.show_catalog('pg_class', $x$NOT pg_dsql_hides(oid) AND relpersistence <> 't'$x$, jsonb_build_object(
  'relpages', 'CASE WHEN pg_dsql_is_counted(oid, relkind, reltuples) THEN relpages ELSE 0 END',
  'reltuples', 'CASE WHEN pg_dsql_is_counted(oid, relkind, reltuples) THEN reltuples ELSE -1 END',
  'relam', 'CASE relam WHEN 403 THEN 9901 ELSE relam END',
  'relhastriggers',
  'relhastriggers AND EXISTS (SELECT FROM pg_dsql_shown.pg_trigger WHERE tgrelid = pg_class.oid)'));

CALL pg_dsql.show_catalog('pg_depend', $x$NOT pg_dsql_hides(objid) AND NOT pg_dsql_hides(refobjid)
  AND NOT (classid = 'pg_trigger'::regclass AND EXISTS (
    SELECT FROM pg_trigger t WHERE t.oid = objid AND pg_dsql_hides(t.tgfoid)))$x$);

-- A view is told without our schemas.
ALTER FUNCTION pg_catalog.pg_get_viewdef(oid) RENAME TO pg_dsql_viewdef;

ALTER FUNCTION pg_catalog.pg_get_viewdef(oid, boolean) RENAME TO pg_dsql_viewdef;

ALTER FUNCTION pg_catalog.pg_get_viewdef(oid, integer) RENAME TO pg_dsql_viewdef;

ALTER FUNCTION pg_catalog.pg_get_viewdef(text) RENAME TO pg_dsql_viewdef;

ALTER FUNCTION pg_catalog.pg_get_viewdef(text, boolean) RENAME TO pg_dsql_viewdef;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_view_told(definition text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT regexp_replace(definition, 'pg_dsql(_shown)?\.', '', 'g');
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_dsql_view_told(pg_dsql_viewdef($1));
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_dsql_view_told(pg_dsql_viewdef($1, $2));
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid, integer) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_dsql_view_told(pg_dsql_viewdef($1, $2));
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_dsql_view_told(pg_dsql_viewdef($1));
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(text, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE BEGIN ATOMIC
  SELECT pg_dsql_view_told(pg_dsql_viewdef($1, $2));
END;

-- The standard's views call these with rows of catalogs, which are of another type now.
CREATE OR REPLACE FUNCTION pg_dsql_shown._pg_truetypid(pg_dsql_shown.pg_attribute, pg_dsql_shown.pg_type)
  RETURNS oid LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT CASE $2.typtype WHEN 'd' THEN $2.typbasetype ELSE $1.atttypid END;
END;

CREATE OR REPLACE FUNCTION pg_dsql_shown._pg_truetypmod(pg_dsql_shown.pg_attribute, pg_dsql_shown.pg_type)
  RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
  SELECT CASE $2.typtype WHEN 'd' THEN $2.typtypmod ELSE $1.atttypmod END;
END;

DO $$
DECLARE
  list record;
BEGIN
  SET LOCAL search_path = pg_dsql_shown, pg_catalog, information_schema;
  FOR list IN
    SELECT * FROM definitions
      WHERE definition ~ (SELECT format('\m(%s)\M', string_agg(relname, '|'))
                            FROM pg_class WHERE relnamespace = 'pg_dsql_shown'::regnamespace)
        AND name <> 'pg_seclabels'
  LOOP
    EXECUTE format('CREATE OR REPLACE VIEW %s.%I %s AS %s', list.schema, list.name, list.options,
                   replace(list.definition, 'information_schema._pg_truetyp', '_pg_truetyp'));
  END LOOP;
END
$$;

CREATE OR REPLACE VIEW pg_catalog.pg_available_extensions AS
  SELECT e.name, e.default_version, NULL::text COLLATE "C" AS installed_version, e.comment
    FROM pg_available_extensions() AS e (name, default_version, comment)
    WHERE false;

DROP TABLE definitions;
