-- Limits of transactions ---------------------------------------------------------------------------
-- Rows are counted at the statement, cascades too; bytes are refused at COMMIT (facts 6.9, 6.10).

CREATE TABLE pg_dsql.oversized (transaction xid8 PRIMARY KEY);

CREATE FUNCTION pg_dsql.refuse_oversized() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'transaction size limit 10mb exceeded' USING ERRCODE = '54000',
    DETAIL = format('Current transaction size %smb > 10mb',
                    ceil(current_setting('dsql.bytes')::numeric / 1048576));
END
$$;

CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON pg_dsql.oversized
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_dsql.refuse_oversized();

-- `dsql.written` is for DPU (`telling.py`): the running statement's time, and the bytes it is billed.
CREATE FUNCTION pg_dsql.count_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  row_count bigint;
  byte_count bigint;
  billed bigint;
  largest bigint;
  statement CONSTANT text := statement_timestamp()::text || '|';
  written CONSTANT text := current_setting('dsql.written', true);
  long_column record;
  longest bigint;
BEGIN
  IF session_user = 'postgres' THEN
    RETURN NULL;
  END IF;
  SELECT count(*), coalesce(sum(size), 0), coalesce(sum(greatest(size, 128)), 0), max(size)
    INTO row_count, byte_count, billed, largest
    FROM (SELECT pg_column_size(changed.*) AS size FROM changed) AS sizes;
  IF largest > 4096 THEN
    FOR long_column IN SELECT * FROM pg_dsql.column_limits(TG_RELID, largest) LOOP
      EXECUTE format('SELECT max(%s(%I)) FROM changed', long_column.measure, long_column.name)
        INTO longest;
      IF longest > long_column.most THEN
        RAISE EXCEPTION '%', long_column.message USING ERRCODE = '54000';
      END IF;
    END LOOP;
  END IF;
  IF largest > 2097152 THEN
    RAISE EXCEPTION 'maximum row size exceeded' USING ERRCODE = '54000';
  END IF;
  row_count := row_count + coalesce(nullif(current_setting('dsql.rows', true), ''), '0')::bigint;
  IF row_count > 3000 THEN
    RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
  END IF;
  byte_count := byte_count + coalesce(nullif(current_setting('dsql.bytes', true), ''), '0')::bigint;
  IF starts_with(written, statement) THEN
    billed := billed + split_part(written, '|', 2)::bigint;
  END IF;
  PERFORM pg_dsql_set_config('dsql.rows', row_count::text, true),
          pg_dsql_set_config('dsql.bytes', byte_count::text, true),
          pg_dsql_set_config('dsql.written', statement || billed, false);
  IF byte_count > 10485760 THEN
    INSERT INTO pg_dsql.oversized VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- What values may measure (facts 6.6, 6.10): the columns that a row of `row_size` bytes can break.
CREATE FUNCTION pg_dsql.column_limits(relation oid, row_size bigint)
  RETURNS TABLE (name name, measure text, most integer, message text)
  LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT attname, limits.measure, limits.most, limits.message
    FROM pg_attribute
    JOIN (VALUES
      ('bpchar', 'octet_length', 4096, 'Datatype limit greater than 4096 bytes not supported for char'),
      ('varchar', 'octet_length', 65535,
       'Datatype limit greater than 65535 bytes not supported for varchar'),
      ('text', 'octet_length', 1048576,
       'datatype limit greater than 1048576 bytes not supported for text'),
      ('bytea', 'octet_length', 1048576,
       'datatype limit greater than 1048576 bytes not supported for bytea'),
      ('json', 'pg_column_size', 1048576,
       'datatype limit greater than 1048576 bytes not supported for json'),
      ('jsonb', 'pg_column_size', 1048576,
       'datatype limit greater than 1048576 bytes not supported for jsonb')
    ) AS limits (type, measure, most, message)
      ON limits.type::regtype = sys.base_type_oid(atttypid) AND limits.most < row_size
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
$$;

-- The triggers are marked as internal: no browser, view of information_schema or dump shows them.
CREATE FUNCTION pg_dsql.limit_changes(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER dsql_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.count_changes()', relation);
  EXECUTE format('CREATE TRIGGER dsql_update AFTER UPDATE ON %s REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.count_changes()', relation);
  EXECUTE format('CREATE TRIGGER dsql_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.count_changes()', relation);
  UPDATE pg_trigger SET tgisinternal = true
    WHERE tgrelid = relation AND tgname IN ('dsql_insert', 'dsql_update', 'dsql_delete');
END
$$;

-- Primary keys are remembered: they cannot be changed, and once one is dropped nobody knows it.
CREATE TABLE pg_dsql.primary_keys (constraint_oid oid PRIMARY KEY);

CREATE FUNCTION pg_dsql.adopt_table(relation regclass) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT pg_dsql.limit_changes(relation);
  INSERT INTO pg_dsql.primary_keys
    SELECT oid FROM pg_constraint WHERE conrelid = relation AND contype = 'p'
$$;

-- Limits of definitions ---------------------------------------------------------------------------

CREATE FUNCTION pg_dsql.refuse_above(counted bigint, most bigint, message text, sqlstate_ text)
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF counted > most THEN
    RAISE EXCEPTION '%', message USING ERRCODE = sqlstate_;
  END IF;
END
$$;

CREATE FUNCTION pg_dsql.refuse_type(message text, type oid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF type IS NOT NULL THEN
    RAISE EXCEPTION '%', format(message, format_type(type, NULL)) USING ERRCODE = '0A000';
  END IF;
END
$$;

CREATE FUNCTION pg_dsql.is_storable(type oid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT sys.base_type_oid(type) IN (SELECT type_oid FROM sys.supported_datatypes())
$$;

-- Keys must be sortable (facts 6.4); what cannot be a key is refused for primary keys as well.
CREATE FUNCTION pg_dsql.check_types(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  -- OFFSET keeps the planner from asking for every column: 250 of them took 0.2 s.
  PERFORM pg_dsql.refuse_type('datatype %s not supported', min(type))
    FROM (SELECT DISTINCT atttypid AS type FROM pg_attribute
            WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped OFFSET 0) AS types
    WHERE NOT pg_dsql.is_storable(type);
  PERFORM pg_dsql.refuse_type('datatype %s not supported, identity column type must be bigint',
                              min(atttypid))
    FROM pg_attribute
    WHERE attrelid = relation AND attidentity <> '' AND atttypid <> 'bigint'::regtype;
  PERFORM pg_dsql.refuse_type('datatype %s is not supported in a key', min(a.atttypid))
    FROM pg_index i JOIN pg_attribute a
      ON a.attrelid = i.indexrelid AND a.attnum BETWEEN 1 AND i.indnkeyatts
    WHERE i.indrelid = relation
      AND (sys.base_type_oid(a.atttypid) IN ('json'::regtype, 'jsonb'::regtype, 'bytea'::regtype, 'timetz'::regtype,
                          'interval'::regtype) OR NOT pg_dsql.is_storable(a.atttypid));
END
$$;

CREATE FUNCTION pg_dsql.check_relation(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_dsql.check_types(relation);
  PERFORM pg_dsql.refuse_above(count(*), 255, 'tables can have at most 255 columns', '54011')
    FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
  PERFORM pg_dsql.refuse_above(count(*), 24, 'more than 24 indexes per table are not allowed', '54000')
    FROM pg_index WHERE indrelid = relation;
  PERFORM pg_dsql.refuse_above(max(indnkeyatts), 8,
                               'more than 8 column keys in an index are not supported', '54011')
    FROM pg_index WHERE indrelid = relation;
  PERFORM pg_dsql.refuse_above(count(*), 5,
                               'more than 5 extended statistics per table are not allowed', '54000')
    FROM pg_statistic_ext WHERE stxrelid = relation;
END
$$;

CREATE FUNCTION pg_dsql.check_database() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  kinds CONSTANT text[] := ARRAY['r', 'v', 'S'];
  mosts CONSTANT integer[] := ARRAY[1000, 5000, 5000];
  messages CONSTANT text[] := ARRAY['creating more than 1000 tables not allowed',
    'creating more than 5000 views not allowed', 'creating more than 5000 sequences is not allowed'];
BEGIN
  PERFORM pg_dsql.refuse_above(count(*), 10, 'more than 10 schemas not allowed', '54000')
    FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('public', 'sys', 'information_schema');
  FOR kind IN 1..3 LOOP
    PERFORM pg_dsql.refuse_above(count(*), mosts[kind], messages[kind], '54000')
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = kinds[kind]::"char"
        AND nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('sys', 'information_schema');
  END LOOP;
END
$$;

-- A column that is just `numeric` is numeric(18, 6) (facts 6.6): 18 << 16 | 6, plus a header of 4.
CREATE FUNCTION pg_dsql.default_numeric(relation oid) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog AS $$
  UPDATE pg_attribute SET atttypmod = 1179658
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid = 'numeric'::regtype
      AND atttypmod = -1
$$;

-- Nothing is temporary but the copies that the gateway has made.
CREATE FUNCTION pg_dsql.refuse_temporary(kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  callers text;
BEGIN
  GET DIAGNOSTICS callers = PG_CONTEXT;
  IF strpos(callers, 'pg_dsql_copy_for_show') = 0 THEN
    RAISE EXCEPTION 'TEMPORARY or TEMP % not supported for CREATE %', kind, upper(kind)
      USING ERRCODE = '0A000';
  END IF;
END
$$;

CREATE FUNCTION pg_dsql.after_ddl() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  command record;
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
      PERFORM pg_dsql.default_numeric(command.objid), pg_dsql.check_relation(command.objid);
    ELSIF command.object_type = 'index' THEN
      PERFORM pg_dsql.check_relation(indrelid) FROM pg_index WHERE indexrelid = command.objid;
    ELSIF command.object_type = 'statistics object' THEN
      PERFORM pg_dsql.check_relation(stxrelid) FROM pg_statistic_ext WHERE oid = command.objid;
    ELSIF command.object_type = 'view' THEN
      PERFORM pg_dsql.refuse_above(length(pg_get_viewdef(command.objid)), 2097152,
                                   'view definition too large', '54000');
    ELSIF command.command_tag = 'CREATE DOMAIN' THEN
      PERFORM pg_dsql.refuse_type('datatype %s not supported', typbasetype)
        FROM pg_type WHERE oid = command.objid AND NOT pg_dsql.is_storable(oid);
    END IF;
  END LOOP;
  PERFORM pg_dsql.check_database();
END
$$;

CREATE EVENT TRIGGER dsql_after_ddl ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE STATISTICS', 'CREATE SCHEMA',
               'CREATE VIEW', 'CREATE SEQUENCE', 'CREATE DOMAIN')
  EXECUTE FUNCTION pg_dsql.after_ddl();

CREATE FUNCTION pg_dsql.after_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  column_name text;
BEGIN
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
END
$$;

CREATE EVENT TRIGGER dsql_after_drop ON sql_drop
  WHEN TAG IN ('ALTER TABLE', 'DROP TABLE', 'DROP SCHEMA')
  EXECUTE FUNCTION pg_dsql.after_drop();
