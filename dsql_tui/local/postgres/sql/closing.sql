-- Last of the scripts, and run again in a database of an earlier version: what is left of that goes,
-- who may call what, and what of ours does not show.

DROP CAST IF EXISTS (text AS pg_node_tree);

DROP FUNCTION IF EXISTS pg_catalog.pg_dsql_is_service(oid, text);

DROP FUNCTION IF EXISTS pg_catalog.pg_dsql_bytes(regclass);

DROP FUNCTION IF EXISTS pg_dsql.enforcing_statement(text);

UPDATE pg_dsql.measures SET message = replace(message, 'Datatype', 'datatype');

DROP FUNCTION IF EXISTS pg_catalog.pg_dsql_last_value(regclass, name);

-- What nobody but us can be: an earlier version could be tricked into it.
UPDATE pg_authid SET rolsuper = false, rolreplication = false, rolbypassrls = false
  WHERE oid <> 10 AND (rolsuper OR rolreplication OR rolbypassrls);

DELETE FROM pg_auth_members WHERE roleid < 12000 AND member >= 12000;

DROP EVENT TRIGGER IF EXISTS dsql_before_ddl;

CREATE EVENT TRIGGER dsql_before_ddl ON ddl_command_start EXECUTE FUNCTION pg_dsql.before_ddl();

DROP EVENT TRIGGER IF EXISTS dsql_before_schema;

CREATE EVENT TRIGGER dsql_before_schema ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA')
  EXECUTE FUNCTION pg_dsql.before_schema();

-- The service's access methods (live, August 2026); `pg_class` shows btree_index for indexes.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_am WHERE oid = 9901) THEN
    INSERT INTO pg_am (oid, amname, amhandler, amtype)
      VALUES (9901, 'btree_index', 'bthandler', 'i'), (9902, 'btree_table', 'heap_tableam_handler', 't');
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION pg_catalog.inet_server_addr(), pg_catalog.inet_server_port() FROM PUBLIC;

-- Whoever owns PostgreSQL's own objects is in the list: pg_dump looks each owner up there.
DO $$
BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_roles AS ' || replace(
    rtrim(pg_dsql_viewdef('pg_catalog.pg_roles'::regclass), ';'), 'pg_authid.oid <> (10)::oid', 'true');
END
$$;

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA pg_dsql FROM PUBLIC;

REVOKE EXECUTE ON FUNCTION pg_catalog.pg_dsql_set_config FROM PUBLIC;

GRANT EXECUTE ON FUNCTION pg_dsql.process TO PUBLIC;

-- PostgreSQL lets only a superuser set for a role what it does not know itself.
GRANT SET ON PARAMETER dsql.disable_sync_create_index, dsql.enable_batched_nestloop TO PUBLIC;

-- Ours are our schemas, what is named as ours, and all that is a part of it.
DO $$
DECLARE
  numbers oid[];
BEGIN
  WITH RECURSIVE own (class, object) AS (
    SELECT 'pg_namespace'::regclass::oid, oid FROM pg_namespace WHERE nspname LIKE 'pg\_dsql%'
    UNION ALL
    SELECT 'pg_proc'::regclass::oid, oid FROM pg_proc
      WHERE proname LIKE 'pg\_dsql\_%' AND pronamespace = 'pg_catalog'::regnamespace
    UNION
    SELECT d.classid, d.objid
      FROM pg_depend d JOIN own ON d.refclassid = own.class AND d.refobjid = own.object
      WHERE d.deptype IN ('i', 'a') OR d.refclassid = 'pg_namespace'::regclass)
  SELECT array_agg(DISTINCT object ORDER BY object) INTO numbers FROM own;
  EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_hides(oid) RETURNS boolean'
                 ' LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 = ANY (%L::oid[])', numbers);
END
$$;
