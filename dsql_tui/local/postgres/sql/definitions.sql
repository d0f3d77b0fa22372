-- Limits of definitions ---------------------------------------------------------------------------
-- Judged where names are resolved: event triggers look at what a definition has made.

-- Sources: UG = user guide, CHAP_quotas, September 2026; LIVE-B = seen on a cluster, 2026-10-01. For
-- columns LIVE-B saw 256 pass, the guide and the text say 255; how long a view may be depends on its
-- shape, and what has 512 KiB failed in every one (the guide says 2 MiB).
CREATE TABLE pg_dsql.limits (
  subject text PRIMARY KEY,
  most integer NOT NULL,
  sqlstate text NOT NULL,
  message text NOT NULL,
  source text NOT NULL
);

INSERT INTO pg_dsql.limits VALUES
  ('schemas', 10, '54000', 'more than 10 schemas not allowed', 'LIVE-B'),
  ('tables', 1000, '54000', 'creating more than 1000 tables not allowed', 'UG'),
  ('views', 5000, '54000', 'creating more than 5000 views not allowed', 'UG'),
  ('sequences', 5000, '54000', 'creating more than 5000 sequences is not allowed', 'UG'),
  ('view bytes', 524288, '54000', 'view definition too large', 'LIVE-B'),
  ('columns', 255, '54011', 'tables can have at most 255 columns', 'UG'),
  ('columns beside a key', 256, '54011', 'cannot use more than 256 columns in an index', 'LIVE-B'),
  ('indexes', 24, '54000', 'more than 24 indexes per table are not allowed', 'LIVE-B'),
  ('key columns', 8, '54011', 'more than 8 column keys in an index are not supported', 'LIVE-B'),
  ('declared key bytes', 2000, '54000', 'key size greater than 2000 bytes not supported', 'LIVE-B'),
  ('char', 4096, '54000', 'Datatype limit greater than 4096 bytes not supported for char', 'LIVE-B'),
  ('varchar', 65535, '54000', 'Datatype limit greater than 65535 bytes not supported for varchar',
   'LIVE-B'),
  ('statistics', 5, '54000', 'more than 5 extended statistics per table are not allowed', 'LIVE-B');

CREATE OR REPLACE FUNCTION pg_dsql.refuse_above(what text, counted bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  l pg_dsql.limits;
BEGIN
  SELECT * INTO l FROM pg_dsql.limits WHERE subject = what;
  IF counted > l.most THEN
    RAISE EXCEPTION '%', l.message USING ERRCODE = l.sqlstate;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION pg_dsql.refuse_type(message text, type oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF type IS NOT NULL THEN
    RAISE EXCEPTION '%', format(message, format_type(type, NULL)) USING ERRCODE = '0A000';
  END IF;
END
$$;

-- Keys must be sortable (facts 6.4); what cannot be a key is refused for primary keys as well.
CREATE OR REPLACE FUNCTION pg_dsql.check_types(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM pg_dsql.refuse_type('datatype %s not supported', min(c.declared))
    FROM pg_dsql.columns(relation) c WHERE c.type NOT IN (SELECT type FROM pg_dsql.types);
  PERFORM pg_dsql.refuse_type('datatype %s not supported, identity column type must be bigint',
                              min(atttypid))
    FROM pg_attribute
    WHERE attrelid = relation AND attidentity <> '' AND atttypid <> 'bigint'::regtype;
  PERFORM pg_dsql.refuse_type('datatype %s is not supported in a key', min(c.declared))
    FROM pg_index i, pg_dsql.columns(i.indexrelid) c
    WHERE i.indrelid = relation AND c.number <= i.indnkeyatts
      AND c.type NOT IN (SELECT type FROM pg_dsql.types WHERE is_key);
END
$$;

CREATE OR REPLACE FUNCTION pg_dsql.check_relation(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  has_key CONSTANT boolean := EXISTS (SELECT FROM pg_index WHERE indrelid = relation AND indisprimary);
BEGIN
  PERFORM pg_dsql.check_types(relation);
  PERFORM pg_dsql.refuse_above(t.length_of, max(c.length))
    FROM pg_dsql.columns(relation) c JOIN pg_dsql.types t USING (type)
    WHERE c.length IS NOT NULL GROUP BY t.length_of;
  PERFORM pg_dsql.refuse_above('columns beside a key', CASE WHEN has_key THEN count(*) END),
          pg_dsql.refuse_above('columns', count(*))
    FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
  PERFORM pg_dsql.refuse_above('indexes', count(*)),
          pg_dsql.refuse_above('key columns', max(indnkeyatts))
    FROM pg_index WHERE indrelid = relation;
  PERFORM pg_dsql.refuse_above('declared key bytes', max(declared.bytes)) FROM (
    SELECT sum(c.length) AS bytes FROM pg_index i, pg_dsql.columns(i.indexrelid) c
      WHERE i.indrelid = relation AND c.number <= i.indnkeyatts GROUP BY i.indexrelid) AS declared;
  PERFORM pg_dsql.refuse_above('statistics', count(*))
    FROM pg_statistic_ext WHERE stxrelid = relation;
  PERFORM pg_dsql.measure(relation);
END
$$;

CREATE OR REPLACE FUNCTION pg_dsql.check_database() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM pg_dsql.refuse_above('schemas', count(*)) FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('public', 'sys', 'information_schema');
  PERFORM pg_dsql.refuse_above('tables', count(*) FILTER (WHERE relkind = 'r')),
          pg_dsql.refuse_above('views', count(*) FILTER (WHERE relkind = 'v')),
          pg_dsql.refuse_above('sequences', count(*) FILTER (WHERE relkind = 'S'))
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('sys', 'information_schema');
END
$$;

-- One of another has been judged when that was made.
CREATE OR REPLACE FUNCTION pg_dsql.check_domain(domain oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsql.refuse_type('datatype %s not supported', d.typbasetype)
    FROM pg_type d JOIN pg_type b ON b.oid = d.typbasetype
    WHERE d.oid = domain AND b.typtype <> 'd' AND b.oid NOT IN (SELECT type FROM pg_dsql.types);
  PERFORM pg_dsql.refuse_above(t.length_of, d.typtypmod - 4)
    FROM pg_type d JOIN pg_dsql.types t ON t.type = d.typbasetype WHERE d.oid = domain;
END
$$;

-- These are no function's result, and may be its parameters (LIVE-F, 2026-08-28; live, August 2026).
CREATE OR REPLACE FUNCTION pg_dsql.check_function(function oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused text;
BEGIN
  SELECT lower(split_part(setting, '=', 1)) INTO refused
    FROM pg_proc, unnest(proconfig) AS setting
    WHERE oid = function AND lower(split_part(setting, '=', 1))
      <> ALL (string_to_array(current_setting('dsql.settable'), ' '));
  IF FOUND THEN
    RAISE EXCEPTION 'setting configuration parameter "%" not supported', refused
      USING ERRCODE = '0A000';
  END IF;
  PERFORM pg_dsql.refuse_type('datatype %s not supported', prorettype)
    FROM pg_proc p JOIN pg_type t ON t.oid = prorettype
    WHERE p.oid = function
      AND (typtype IN ('r', 'm') OR t.oid = ANY (ARRAY['money', 'xml', 'jsonpath', 'macaddr', 'bit', 'cidr',
                                                       'point']::regtype[]));
END
$$;

-- A column that is just `numeric` is numeric(18, 6) (facts 6.6): 18 << 16 | 6, plus a header of 4.
CREATE OR REPLACE FUNCTION pg_dsql.default_numeric(relation oid) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE pg_attribute SET atttypmod = 1179658
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid = 'numeric'::regtype
      AND atttypmod = -1
$$;

-- Nothing is temporary but the copies that the gateway has made.
CREATE OR REPLACE FUNCTION pg_dsql.refuse_temporary(kind text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT starts_with(current_query(), 'SELECT pg_catalog.pg_dsql_copy_for_show(') THEN
    RAISE EXCEPTION 'TEMPORARY or TEMP % not supported for CREATE %', kind, upper(kind)
      USING ERRCODE = '0A000';
  END IF;
END
$$;

-- DROP … IF EXISTS of triggers, of which a client has none (`gate/rewriting.py`); PostgreSQL's words.
CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_drop_no_trigger(name text, relation text) LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.to_regclass(relation) IS NULL THEN
    RAISE NOTICE 'relation "%" does not exist, skipping', relation;
  ELSE
    RAISE NOTICE 'trigger "%" for relation "%" does not exist, skipping', name, relation;
  END IF;
END
$$;

CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_drop_no_event_trigger(names text[])
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY names LOOP
    RAISE NOTICE 'event trigger "%" does not exist, skipping', name;
  END LOOP;
END
$$;

-- The gate refuses what DSQL does not have by its words; this refuses it by what PostgreSQL has
-- understood. Operators, casts, types and triggers of a client's could take the place of ours. Run with
-- the client's rights: what functions of ours do as their owner is not asked for here.
CREATE OR REPLACE FUNCTION pg_dsql.before_ddl() RETURNS event_trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user <> 'postgres' AND tg_tag NOT IN (
    'CREATE TABLE', 'ALTER TABLE', 'DROP TABLE', 'CREATE INDEX', 'ALTER INDEX', 'DROP INDEX',
    'CREATE VIEW', 'ALTER VIEW', 'DROP VIEW', 'CREATE SCHEMA', 'ALTER SCHEMA', 'DROP SCHEMA',
    'CREATE SEQUENCE', 'ALTER SEQUENCE', 'DROP SEQUENCE', 'CREATE DOMAIN', 'ALTER DOMAIN', 'DROP DOMAIN',
    'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE', 'DROP FUNCTION', 'CREATE STATISTICS',
    'ALTER STATISTICS', 'DROP STATISTICS', 'GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES', 'COMMENT')
  THEN
    RAISE EXCEPTION 'unsupported statement: %', tg_tag USING ERRCODE = '0A000';
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION pg_dsql.after_ddl() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  command record;
  changed oid[] := '{}';
BEGIN
  IF session_user = 'postgres' THEN
    RETURN;
  END IF;
  FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    IF command.schema_name = 'pg_temp' THEN
      PERFORM pg_dsql.refuse_temporary(command.object_type);
      RETURN;
    END IF;
    IF command.command_tag = 'CREATE TABLE' AND command.object_type = 'table'
       AND command.schema_name NOT LIKE 'pg\_%' THEN
      PERFORM pg_dsql.adopt_table(command.objid);
    END IF;
    IF command.object_type IN ('table', 'table column') THEN
      PERFORM pg_dsql.default_numeric(command.objid);
      changed := changed || command.objid;
    ELSIF command.object_type = 'index' THEN
      changed := changed || (SELECT indrelid FROM pg_index WHERE indexrelid = command.objid);
    ELSIF command.object_type = 'statistics object' THEN
      changed := changed || (SELECT stxrelid FROM pg_statistic_ext WHERE oid = command.objid);
    ELSIF command.object_type = 'view' THEN
      PERFORM pg_dsql.refuse_above('view bytes', octet_length(pg_get_viewdef(command.objid)));
    ELSIF command.object_type = 'sequence' THEN
      PERFORM pg_dsql.refuse_type('datatype %s not supported, sequence type must be bigint', seqtypid)
        FROM pg_sequence WHERE seqrelid = command.objid AND seqtypid <> 'bigint'::regtype
         AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = seqrelid AND deptype = 'i');
    ELSIF command.object_type = 'function' THEN
      PERFORM pg_dsql.check_function(command.objid);
    ELSIF command.object_type = 'type' THEN
      PERFORM pg_dsql.check_domain(command.objid);
    END IF;
  END LOOP;
  PERFORM pg_dsql.check_relation(relation) FROM (SELECT DISTINCT unnest(changed)) AS c (relation);
  PERFORM pg_dsql.check_database();
END
$$;

-- The limit comes before the question whether the schema is there (live, August 2026).
CREATE OR REPLACE FUNCTION pg_dsql.before_schema() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF session_user <> 'postgres' THEN
    PERFORM pg_dsql.refuse_above('schemas', count(*) + 1) FROM pg_namespace
      WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('public', 'sys', 'information_schema');
  END IF;
END
$$;

CREATE EVENT TRIGGER dsql_after_ddl ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE STATISTICS', 'CREATE SCHEMA',
               'CREATE VIEW', 'CREATE SEQUENCE', 'ALTER SEQUENCE', 'CREATE DOMAIN', 'CREATE FUNCTION',
               'ALTER FUNCTION', 'ALTER ROUTINE')
  EXECUTE FUNCTION pg_dsql.after_ddl();

CREATE OR REPLACE FUNCTION pg_dsql.after_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  column_name text;
BEGIN
  PERFORM pg_dsql.measure(relation) FROM pg_dsql.measures
    WHERE indexes && ARRAY(SELECT objid FROM pg_event_trigger_dropped_objects()
                             WHERE object_type = 'index');
  DELETE FROM pg_dsql.measures
    WHERE relation IN (SELECT objid FROM pg_event_trigger_dropped_objects()
                        WHERE object_type = 'table');
  DELETE FROM pg_dsql.primary_keys
    WHERE constraint_oid IN (SELECT objid FROM pg_event_trigger_dropped_objects()
                              WHERE classid = 'pg_constraint'::regclass);
  IF FOUND AND tg_tag = 'ALTER TABLE' THEN
    SELECT address_names[3] INTO column_name FROM pg_event_trigger_dropped_objects()
      WHERE object_type = 'table column' AND original;
    RAISE EXCEPTION '%', coalesce('cannot drop primary key column ' || column_name,
                                  'unsupported ALTER TABLE DROP CONSTRAINT statement')
      USING ERRCODE = '0A000';
  END IF;
  -- What was stored is deleted by a job; a table takes its indexes along.
  PERFORM pg_dsql.submit_job('DROP', objid, NULL, '')
    FROM pg_event_trigger_dropped_objects()
    WHERE object_type = CASE WHEN tg_tag IN ('DROP TABLE', 'DROP SCHEMA') THEN 'table' ELSE 'index' END;
END
$$;

CREATE EVENT TRIGGER dsql_after_drop ON sql_drop
  WHEN TAG IN ('ALTER TABLE', 'DROP TABLE', 'DROP INDEX', 'DROP SCHEMA')
  EXECUTE FUNCTION pg_dsql.after_drop();
