-- Limits of transactions ---------------------------------------------------------------------------
-- Rows are counted at the statement, cascades too; bytes are refused at COMMIT (facts 6.9, 6.10).

CREATE TABLE pg_dsql.oversized (transaction xid8 PRIMARY KEY);

CREATE OR REPLACE FUNCTION pg_dsql.refuse_oversized() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'transaction size limit 10mb exceeded' USING ERRCODE = '54000',
    DETAIL = format('Current transaction size %smb > 10mb',
                    ceil(current_setting('dsql.bytes')::numeric / 1048576));
END
$$;

CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON pg_dsql.oversized
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_dsql.refuse_oversized();

-- A snapshot may show a row that another transaction has deleted since, and PostgreSQL lets its key in
-- a second time. So the latest transaction that has deleted anything is known, and whose snapshot may
-- be older than that looks whether it sees its new keys twice.
CREATE SEQUENCE pg_dsql.latest_deletion MINVALUE 0 START 0;

CREATE OR REPLACE FUNCTION pg_dsql.note_deletion(transaction bigint) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT setval('pg_dsql.latest_deletion', transaction)
    FROM pg_dsql.latest_deletion WHERE last_value < transaction
$$;

CREATE OR REPLACE FUNCTION pg_dsql.may_see_deleted_rows() RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT last_value >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM pg_dsql.latest_deletion
$$;

-- Whether an index's expressions or predicate call what is a client's: that would run with our rights.
CREATE OR REPLACE FUNCTION pg_dsql.runs_others(index oid) RETURNS boolean LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_depend
                   WHERE classid = 'pg_class'::regclass AND objid = index AND refobjid >= 16384
                     AND refclassid NOT IN ('pg_class'::regclass, 'pg_constraint'::regclass));
END;

-- Queries for the DETAIL of a key that is there twice, one for each key of whole columns. The rows are
-- counted for each new one: a join would stop at the first, trusting the index. None for a table with
-- an index that calls what is a client's: to plan a query of it is to run that, with our rights.
CREATE OR REPLACE FUNCTION pg_dsql.unique_keys(source oid) RETURNS TABLE (name text, duplicate text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT relname::text,
         format('SELECT concat(%L, concat_ws('', '', %s), %L) FROM changed
                   WHERE (SELECT count(*) FROM %s AS present WHERE (%s) = (%2$s)) > 1 LIMIT 1',
                format('Key (%s)=(', names), changed, ') already exists.', source::regclass, present)
    FROM (SELECT relname, string_agg(attname, ', ' ORDER BY place) AS names,
                 string_agg(format('changed.%I', attname), ', ' ORDER BY place) AS changed,
                 string_agg(format('present.%I', attname), ', ' ORDER BY place) AS present
            FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid,
                 unnest(indkey) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attnum = number
            WHERE indrelid = source AND attrelid = source AND place <= indnkeyatts
              AND indisunique AND indexprs IS NULL AND indpred IS NULL
            GROUP BY relname) AS keys
    WHERE NOT EXISTS (SELECT FROM pg_index
                        WHERE indrelid = source AND pg_dsql.runs_others(indexrelid))
$$;

CREATE OR REPLACE FUNCTION pg_dsql.filter(predicate pg_node_tree, relation oid) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT CASE WHEN predicate IS NULL THEN ''
              ELSE format(' FILTER (WHERE %s)', pg_get_expr(predicate, relation)) END;
END;

-- What a relation's secondary indexes get of changed rows, as an expression; an entry has `smallest`
-- bytes at least. For the size limit it is asked for once a transaction has written 256 KiB: small ones
-- do not pay for what cannot matter to them.
CREATE OR REPLACE FUNCTION pg_dsql.entry_sizes(source oid, smallest integer) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format('coalesce(sum(greatest(pg_column_size(ROW(%s)), %s))%s, 0)',
                           columns, smallest, rows), ' + ')
    FROM (SELECT string_agg(pg_get_indexdef(indexrelid, place, true), ', ') AS columns,
                 pg_dsql.filter(indpred, indrelid) AS rows
            FROM pg_index, generate_series(1, indnatts) AS place
            WHERE indrelid = source AND NOT indisprimary AND NOT pg_dsql.runs_others(indexrelid)
            GROUP BY indexrelid, indrelid, indpred) AS entries
$$;

-- `dsql.written` is for DPU (`plan_context.py`): the time of an EXPLAIN, and the bytes it is billed. An index
-- entry is billed as a row is: a row of 128 bytes with one index cost 0.01250 DPU on a cluster.
CREATE OR REPLACE FUNCTION pg_dsql.count_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  row_count bigint;
  byte_count bigint;
  billed bigint;
  largest bigint;
  statement CONSTANT text := statement_timestamp()::text || '|';
  written CONSTANT text := current_setting('dsql.written', true);
  key_most CONSTANT integer := current_setting('dsql.key_bytes');
  wide record;
  longest bigint;
  entries text;
BEGIN
  IF session_user = 'postgres' THEN
    RETURN NULL;
  END IF;
  SELECT count(*), coalesce(sum(size), 0), coalesce(sum(greatest(size, 128)), 0), max(size)
    INTO row_count, byte_count, billed, largest
    FROM (SELECT pg_column_size(changed.*) AS size FROM changed) AS sizes;
  IF TG_OP <> 'DELETE' AND largest + 64 > key_most THEN
    FOR wide IN SELECT * FROM pg_dsql.measures WHERE relation = TG_RELID AND above < largest LOOP
      EXECUTE format('SELECT %s FROM changed', wide.size) INTO longest;
      IF longest > coalesce(wide.most, key_most) THEN
        RAISE EXCEPTION '%', wide.message USING ERRCODE = '54000';
      END IF;
    END LOOP;
  END IF;
  row_count := row_count + coalesce(nullif(current_setting('dsql.rows', true), ''), '0')::bigint;
  IF row_count > 3000 THEN
    RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
  END IF;
  byte_count := byte_count + coalesce(nullif(current_setting('dsql.bytes', true), ''), '0')::bigint;
  PERFORM pg_dsql_set_config('dsql.rows', row_count::text, true);
  IF left(current_query(), 64) ~* '^\s*explain' THEN
    entries := pg_dsql.entry_sizes(TG_RELID, 128);
    IF entries IS NOT NULL AND TG_OP <> 'UPDATE' THEN  -- which entries an UPDATE writes is not known
      EXECUTE format('SELECT %s FROM changed', entries) INTO longest;
      billed := billed + longest;
    END IF;
    IF starts_with(written, statement) THEN
      billed := billed + split_part(written, '|', 2)::bigint;
    END IF;
    PERFORM pg_dsql_set_config('dsql.written', statement || billed, false);
  END IF;
  IF byte_count > 262144 THEN
    entries := pg_dsql.entry_sizes(TG_RELID, 0);
    IF entries IS NOT NULL THEN
      EXECUTE format('SELECT %s FROM changed', entries) INTO longest;
      byte_count := byte_count + longest;
    END IF;
  END IF;
  PERFORM pg_dsql_set_config('dsql.bytes', byte_count::text, true);
  IF byte_count > 10485760 THEN
    INSERT INTO pg_dsql.oversized VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM pg_dsql.note_deletion(pg_current_xact_id()::text::bigint);
  ELSIF TG_OP = 'INSERT' AND current_setting('dsql.block', true) = 'on' THEN
    -- The gateway keeps what a transaction has inserted: a replay inserts it again as it was.
    RAISE NOTICE '%', TG_RELID::bigint
      USING ERRCODE = 'DSQL1', DETAIL = coalesce((SELECT array_agg(changed::text) FROM changed)::text, '{}');
    IF pg_dsql.may_see_deleted_rows() THEN
      FOR wide IN SELECT * FROM pg_dsql.unique_keys(TG_RELID) LOOP
        EXECUTE wide.duplicate INTO entries;
        IF entries IS NOT NULL THEN
          RAISE EXCEPTION 'duplicate key value violates unique constraint "%"', wide.name
            USING ERRCODE = '23505', DETAIL = entries, CONSTRAINT = wide.name,
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
      END LOOP;
    END IF;
  END IF;
  RETURN NULL;
END
$$;

-- What a column may be (facts 6.6), whether it can be a key (facts 6.4), what its length is a limit of.
CREATE TABLE pg_dsql.types AS
  SELECT type_oid AS type,
         type_oid <> ALL (ARRAY['json', 'jsonb', 'bytea', 'timetz', 'interval']::regtype[]) AS is_key,
         CASE type_oid WHEN 'bpchar'::regtype THEN 'char' WHEN 'varchar'::regtype THEN 'varchar' END
           AS length_of
    FROM sys.supported_datatypes();

-- The columns of a table or index: their types as declared and below all domains, and how long they
-- are declared to be. No function here that is SQL sets its search path: those that are BEGIN ATOMIC
-- become a part of the query that calls them.
CREATE OR REPLACE FUNCTION pg_dsql.columns(relation oid)
  RETURNS TABLE (number smallint, name name, width smallint, declared oid, type oid, length integer)
  LANGUAGE sql STABLE BEGIN ATOMIC
  WITH RECURSIVE c (number, name, width, declared, type, typmod) AS (
    SELECT attnum, attname, attlen, atttypid, atttypid, atttypmod FROM pg_attribute
      WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT c.number, c.name, c.width, c.declared, t.typbasetype, t.typtypmod
      FROM c JOIN pg_type t ON t.oid = c.type WHERE t.typtype = 'd')
  SELECT c.number, c.name, c.width, c.declared, c.type,
         CASE WHEN c.type IN ('bpchar'::regtype, 'varchar'::regtype) AND c.typmod > 4
              THEN c.typmod - 4 END
    FROM c JOIN pg_type t ON t.oid = c.type WHERE t.typtype <> 'd';
END;

-- What is measured of a row that has more than `above` bytes, and how much it may be; without `most`
-- it is the limit of keys, `dsql.key_bytes`. Written with each definition: asking the catalogs at each
-- INSERT took longer than the INSERT.
CREATE TABLE pg_dsql.measures (
  relation oid NOT NULL,
  indexes oid[],
  above bigint NOT NULL,
  size text NOT NULL,
  most integer,
  message text NOT NULL
);

CREATE INDEX ON pg_dsql.measures (relation);

-- Documents are measured as they are stored, compressed (LIVE-D, 2026-09-23).
CREATE TABLE pg_dsql.scale (document text);

CREATE OR REPLACE FUNCTION pg_dsql.stored_bytes(document text) RETURNS integer
  LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  measured integer;
BEGIN
  INSERT INTO pg_dsql.scale VALUES (stored_bytes.document);
  SELECT pg_column_size(s.document) INTO measured FROM pg_dsql.scale s;
  DELETE FROM pg_dsql.scale;
  RETURN measured;
END
$$;

-- What values may measure (facts 6.6, 6.10).
CREATE OR REPLACE FUNCTION pg_dsql.column_sizes(relation oid)
  RETURNS TABLE (size text, most integer, message text)
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT format('greatest(%s)', string_agg(format('max(' || l.measure || ')', c.name), ', ')),
         l.most, format('datatype limit greater than %s bytes not supported for %s', l.most, l.name)
    FROM pg_dsql.columns(relation) c
    JOIN (VALUES
      ('bpchar'::regtype, 'octet_length(%I)', 4096, 'char'),
      ('varchar', 'octet_length(%I)', 65535, 'varchar'),
      ('text', 'octet_length(%I)', 1048576, 'text'),
      ('bytea', 'octet_length(%I)', 1048576, 'bytea'),
      ('json', 'pg_dsql.stored_bytes(%I::text)', 1048576, 'json'),
      ('jsonb', 'pg_dsql.stored_bytes(%I::text)', 1048576, 'jsonb')
    ) AS l (type, measure, most, name) ON l.type = c.type
    GROUP BY l.measure, l.most, l.name
  UNION ALL
  SELECT format('max(pg_column_size(changed.*)%s)', string_agg(
           format(' - coalesce(pg_column_size(%1$I) - pg_dsql.stored_bytes(%1$I::text), 0)', c.name), '')),
         2097152, 'maximum row size exceeded'
    FROM pg_dsql.columns(relation) c WHERE c.type IN ('json'::regtype, 'jsonb'::regtype);
END;

-- What the keys of a row measure (LIVE-B, 2026-10-01): the bytes of their columns and 7 for each but
-- the first; a secondary index's key holds the primary key as well.
CREATE OR REPLACE FUNCTION pg_dsql.key_sizes(relation oid) RETURNS TABLE (index oid, size text)
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT i.indexrelid, format('max(%s + %s)%s', 7 * (count(*) - 1), string_agg(
           CASE WHEN k.width > 0 THEN k.width::text
                WHEN k.type = 'numeric'::regtype THEN format('coalesce(pg_column_size(%s), 0)', k.value)
                ELSE format('coalesce(octet_length(%s), 0)', k.value) END, ' + '),
           pg_dsql.filter(i.indpred, relation))
    FROM pg_index i
    CROSS JOIN LATERAL (
      SELECT c.width, c.type, pg_get_indexdef(i.indexrelid, c.number, true) AS value
        FROM pg_dsql.columns(i.indexrelid) c WHERE c.number <= i.indnkeyatts
      UNION ALL
      SELECT c.width, c.type, quote_ident(c.name)
        FROM pg_index p JOIN pg_dsql.columns(relation) c
          ON c.number = ANY ((p.indkey::int2[])[0:p.indnkeyatts - 1])
             AND c.number <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
        WHERE p.indrelid = relation AND p.indisprimary) AS k
    WHERE i.indrelid = relation AND NOT pg_dsql.runs_others(i.indexrelid)
    GROUP BY i.indexrelid, i.indpred
    HAVING bool_or(k.width = -1);
END;

CREATE OR REPLACE FUNCTION pg_dsql.measure(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  DELETE FROM pg_dsql.measures m WHERE m.relation = measure.relation;
  INSERT INTO pg_dsql.measures
    SELECT measure.relation, NULL, c.most, c.size, c.most, c.message
      FROM pg_dsql.column_sizes(measure.relation) c;
  IF EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attlen = -1
               WHERE i.indrelid = measure.relation) THEN
    INSERT INTO pg_dsql.measures
      SELECT measure.relation, array_agg(k.index), 0,
             format('greatest(%s)', string_agg(k.size, ', ')), NULL, 'key size too large'
        FROM pg_dsql.key_sizes(measure.relation) k HAVING count(*) > 0;
  END IF;
END
$$;

-- The triggers are marked as internal: no browser, view of information_schema or dump shows them.
CREATE OR REPLACE FUNCTION pg_dsql.limit_changes(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION pg_dsql.adopt_table(relation regclass) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_dsql.limit_changes(relation);
  INSERT INTO pg_dsql.primary_keys
    SELECT oid FROM pg_constraint WHERE conrelid = relation AND contype = 'p'
$$;
