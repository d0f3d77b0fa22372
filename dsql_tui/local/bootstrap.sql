-- What makes a PostgreSQL 16 a DSQL database: `admin`, the `sys` schema, IAM mappings, jobs.
-- Runs once, in single-user mode, when the template is made: every statement ends in an empty
-- line and no function body contains one. Schema `pg_dsql` is ours and not in DSQL; its name
-- begins with `pg_` so that psql's \d and other browsers pass it over.

ALTER DATABASE template0 IS_TEMPLATE false;

ALTER DATABASE template1 IS_TEMPLATE false;

DROP DATABASE template0;

DROP DATABASE template1;

CREATE ROLE admin LOGIN CREATEROLE;

GRANT CREATE, CONNECT ON DATABASE postgres TO admin WITH GRANT OPTION;

GRANT CREATE, USAGE ON SCHEMA public TO admin WITH GRANT OPTION;

CREATE SCHEMA sys;

CREATE SCHEMA pg_dsql;

GRANT USAGE ON SCHEMA sys, pg_dsql TO PUBLIC;

-- Versions ----------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT 'PostgreSQL 16'::text $$;

CREATE FUNCTION sys.dsql_major_version() RETURNS integer
  LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

-- Results of these are not published: names are from a live cluster (facts 5.1), values unsure.
CREATE FUNCTION sys.iam_session_user() RETURNS text
  LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('dsql.iam_arn', true), '') $$;

CREATE FUNCTION sys.cluster_size() RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT pg_database_size('postgres') $$;

CREATE FUNCTION sys.cluster_size_limit() RETURNS bigint
  LANGUAGE sql IMMUTABLE AS $$ SELECT 10::bigint * 1024 * 1024 * 1024 * 1024 $$;

CREATE FUNCTION sys.current_transaction_id() RETURNS text
  LANGUAGE sql STABLE AS $$ SELECT pg_current_xact_id()::text $$;

CREATE FUNCTION sys.base_type_oid(oid) RETURNS oid LANGUAGE sql STABLE AS $$
  WITH RECURSIVE chain AS (
    SELECT oid, typbasetype FROM pg_type WHERE oid = $1
    UNION ALL SELECT t.oid, t.typbasetype FROM pg_type t JOIN chain c ON t.oid = c.typbasetype)
  SELECT oid FROM chain WHERE typbasetype = 0
$$;

-- Identifiers: 128 bits as 26 base32 characters ---------------------------------------------------

CREATE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
                           substring(bits FROM place * 5 + 1 FOR 5)::bit(5)::integer + 1, 1),
                    '' ORDER BY place)
    FROM (SELECT ('x' || replace($1::text, '-', ''))::bit(128) || B'00' AS bits) AS id,
         generate_series(0, 25) AS place
$$;

CREATE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT encode(string_agg(decode(lpad(to_hex(substring(bits FROM place * 8 + 1 FOR 8)::bit(8)::integer),
                                       2, '0'), 'hex'), '' ORDER BY place), 'hex')::uuid
    FROM (SELECT string_agg((strpos('abcdefghijklmnopqrstuvwxyz234567', letter) - 1)::bit(5)::text,
                            '' ORDER BY position) AS bits
            FROM regexp_split_to_table(lower($1), '') WITH ORDINALITY AS split(letter, position)) AS id,
         generate_series(0, 15) AS place
$$;

-- IAM ---------------------------------------------------------------------------------------------

CREATE SEQUENCE pg_dsql.iam_oids START 16384;

CREATE TABLE pg_dsql.iam_mappings (
  iam_oid oid PRIMARY KEY DEFAULT nextval('pg_dsql.iam_oids')::oid,
  arn text NOT NULL,
  role oid NOT NULL,
  grantor oid NOT NULL,
  UNIQUE (arn, role)
);

CREATE VIEW sys.iam_pg_role_mappings AS
  SELECT m.iam_oid, m.arn, m.role AS pg_role_oid, r.rolname AS pg_role_name,
         m.grantor AS grantor_pg_role_oid, g.rolname AS grantor_pg_role_name
    FROM pg_dsql.iam_mappings m
    JOIN pg_catalog.pg_roles r ON r.oid = m.role
    LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor;

GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

-- Texts: user guide, troubleshooting (September 2026); the SQLSTATEs are PostgreSQL's for the like.
CREATE FUNCTION pg_dsql.check_trust(role_name text, arn text) RETURNS oid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  target pg_roles;
BEGIN
  IF arn !~ '^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(role|user|assumed-role)/.+$' THEN
    RAISE EXCEPTION 'IAM role must look like an IAM ARN' USING ERRCODE = '22023';
  END IF;
  SELECT * INTO target FROM pg_roles WHERE rolname = role_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'role "%" does not exist', role_name USING ERRCODE = '42704';
  END IF;
  IF role_name = 'admin' OR role_name LIKE 'pg\_%' OR role_name = 'dsql_system' THEN
    RAISE EXCEPTION 'Role % not supported', role_name USING ERRCODE = '0A000';
  END IF;
  IF session_user <> 'admin' AND session_user <> 'dsql_system' THEN
    RAISE EXCEPTION 'permission denied to grant IAM trust with role %', role_name
      USING ERRCODE = '42501';
  END IF;
  IF NOT target.rolcanlogin THEN
    RAISE EXCEPTION 'role % must have the LOGIN attribute', role_name USING ERRCODE = '42809';
  END IF;
  RETURN target.oid;
END
$$;

CREATE PROCEDURE pg_dsql.iam_grant(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO pg_dsql.iam_mappings (arn, role, grantor)
    SELECT iam_grant.arn, pg_dsql.check_trust(role_name, iam_grant.arn), oid
      FROM pg_roles WHERE rolname = session_user
    ON CONFLICT DO NOTHING;
END
$$;

CREATE PROCEDURE pg_dsql.iam_revoke(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM pg_dsql.iam_mappings m
    WHERE m.role = pg_dsql.check_trust(role_name, iam_revoke.arn) AND m.arn = iam_revoke.arn;
END
$$;

-- Jobs --------------------------------------------------------------------------------------------
-- A statement submits, `jobs.py` claims, runs `statement` and ends it. Columns: user guide,
-- working-with-systems-tables.

CREATE TABLE pg_dsql.jobs (
  job_id text PRIMARY KEY DEFAULT sys.uuid_to_base32_str(gen_random_uuid()),
  status text NOT NULL DEFAULT 'submitted',
  details text NOT NULL DEFAULT '',
  job_type text NOT NULL,
  object_id oid NOT NULL,
  relation oid,
  statement text NOT NULL DEFAULT '',
  number bigint GENERATED ALWAYS AS IDENTITY,
  start_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE VIEW sys.jobs AS
  SELECT j.job_id, j.status, j.details, j.job_type, 'pg_class'::regclass::oid AS class_id,
         j.object_id, n.nspname || '.' || c.relname AS object_name, j.start_time, j.update_time
    FROM pg_dsql.jobs j
    LEFT JOIN pg_catalog.pg_class c ON c.oid = j.object_id
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace;

GRANT SELECT ON sys.jobs TO PUBLIC;

-- Finished rows live for 30 minutes and go when the next task comes (create-index-async).
CREATE FUNCTION pg_dsql.submit_job(kind text, object oid, relation oid, statement text) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM pg_dsql.jobs
    WHERE status IN ('completed', 'failed') AND update_time < now() - interval '30 minutes';
  INSERT INTO pg_dsql.jobs (job_type, object_id, relation, statement)
    VALUES (kind, object, relation, statement) RETURNING job_id
$$;

CREATE FUNCTION pg_dsql.claim_job() RETURNS TABLE (job_id text, statement text, relation text)
  LANGUAGE sql AS $$
  UPDATE pg_dsql.jobs j SET status = 'processing', update_time = clock_timestamp()
    WHERE j.number = (SELECT min(number) FROM pg_dsql.jobs WHERE status = 'submitted')
    RETURNING j.job_id,
              CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = j.object_id)
                   THEN j.statement
                   ELSE 'DO $x$ BEGIN RAISE ''Skipped job for nonexistent table.''; END $x$' END,
              j.relation::regclass::text
$$;

CREATE PROCEDURE pg_dsql.end_job(id text, failure text) LANGUAGE sql AS $$
  UPDATE pg_dsql.jobs
    SET status = CASE failure WHEN '' THEN 'completed' ELSE 'failed' END, details = failure,
        update_time = clock_timestamp()
    WHERE job_id = id
$$;

CREATE PROCEDURE pg_dsql.resume_jobs() LANGUAGE sql AS $$
  UPDATE pg_dsql.jobs SET status = 'submitted' WHERE status = 'processing'
$$;

-- Commits between two looks, for a snapshot that shows what has happened meanwhile.
CREATE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
  LANGUAGE plpgsql AS $$
DECLARE
  state text;
BEGIN
  LOOP
    SELECT j.status INTO state FROM sys.jobs j WHERE j.job_id = wait_for_job.job_id;
    IF state IS NULL THEN
      RAISE EXCEPTION 'invalid job id: "%"', job_id USING ERRCODE = '22P02';
    END IF;
    succeeded := state = 'completed';
    EXIT WHEN state IN ('completed', 'failed');
    COMMIT;
    PERFORM pg_sleep(0.02);
  END LOOP;
END
$$;

-- An index is there at once, empty and INVALID, and kept up by every write; the job fills it. When
-- a unique one cannot be filled it stays so: INVALID, and enforcing what it holds.
CREATE FUNCTION pg_dsql.invalidate_index(index oid, whole boolean) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  owner oid;
BEGIN
  UPDATE pg_index SET indisvalid = false, indpred = CASE WHEN whole THEN NULL ELSE indpred END
    WHERE indexrelid = index RETURNING indrelid INTO owner;
  RETURN pg_dsql.submit_job('INDEX_BUILD', index, owner, format('REINDEX INDEX %s', index::regclass));
END
$$;

-- `statement` is a CREATE INDEX without ASYNC, `emptied` the same with a predicate nothing meets.
CREATE FUNCTION pg_dsql.create_index(statement text, emptied text, whole boolean)
  RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  before oid[] := ARRAY(SELECT indexrelid FROM pg_catalog.pg_index);
  created oid;
BEGIN
  EXECUTE CASE WHEN whole THEN emptied ELSE statement END;
  SELECT indexrelid INTO created FROM pg_catalog.pg_index WHERE indexrelid <> ALL (before);
  IF FOUND THEN
    RETURN QUERY SELECT pg_dsql.invalidate_index(created, whole);
  END IF;
END
$$;

CREATE FUNCTION pg_dsql.validate_constraint(statement text, target text)
  RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  owner oid := target::regclass::oid;
BEGIN
  IF NOT (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = owner) THEN
    RAISE EXCEPTION 'must be owner of table %', target USING ERRCODE = '42501';
  END IF;
  RETURN QUERY SELECT pg_dsql.submit_job('VALIDATE_CONSTRAINT', owner, owner,
    format('SET search_path = %s; %s', current_setting('search_path'), statement));
END
$$;

-- Transaction limits ------------------------------------------------------------------------------
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

CREATE FUNCTION pg_dsql.count_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  row_count bigint;
  byte_count bigint;
  largest bigint;
BEGIN
  IF session_user = 'dsql_system' THEN
    RETURN NULL;
  END IF;
  SELECT count(*), coalesce(sum(pg_column_size(changed.*)), 0), max(pg_column_size(changed.*))
    INTO row_count, byte_count, largest FROM changed;
  IF largest > 2097152 THEN
    RAISE EXCEPTION 'maximum row size exceeded' USING ERRCODE = '54000';
  END IF;
  row_count := row_count + coalesce(nullif(current_setting('dsql.rows', true), ''), '0')::bigint;
  IF row_count > 3000 THEN
    RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
  END IF;
  byte_count := byte_count + coalesce(nullif(current_setting('dsql.bytes', true), ''), '0')::bigint;
  PERFORM set_config('dsql.rows', row_count::text, true), set_config('dsql.bytes', byte_count::text, true);
  IF byte_count > 10485760 THEN
    INSERT INTO pg_dsql.oversized VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- The triggers are marked as internal: no browser, view of information_schema or dump shows them.
CREATE FUNCTION pg_dsql.limit_changes(relation regclass) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

-- Limits of definitions ---------------------------------------------------------------------------

CREATE FUNCTION pg_dsql.refuse_above(counted bigint, most bigint, message text, sqlstate_ text)
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF counted > most THEN
    RAISE EXCEPTION '%', message USING ERRCODE = sqlstate_;
  END IF;
END
$$;

-- Keys must be sortable (facts 6.4); what cannot be a key is refused for primary keys as well.
CREATE FUNCTION pg_dsql.check_keys(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  unsortable text;
BEGIN
  SELECT format_type(a.atttypid, NULL) INTO unsortable
    FROM pg_index i JOIN pg_attribute a
      ON a.attrelid = i.indexrelid AND a.attnum BETWEEN 1 AND i.indnkeyatts
    WHERE i.indrelid = relation
      AND a.atttypid IN ('json'::regtype, 'jsonb'::regtype, 'bytea'::regtype, 'timetz'::regtype,
                         'interval'::regtype)
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'datatype % is not supported in a key', unsortable USING ERRCODE = '0A000';
  END IF;
END
$$;

CREATE FUNCTION pg_dsql.check_relation(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_dsql.check_keys(relation);
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

CREATE FUNCTION pg_dsql.after_ddl() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  command record;
BEGIN
  FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    IF command.command_tag = 'CREATE TABLE' AND command.object_type = 'table'
       AND command.schema_name NOT LIKE 'pg\_%' THEN
      PERFORM pg_dsql.limit_changes(command.objid);
    END IF;
    IF command.object_type IN ('table', 'table column') THEN
      PERFORM pg_dsql.check_relation(command.objid);
    ELSIF command.object_type = 'index' THEN
      PERFORM pg_dsql.check_relation(indrelid) FROM pg_index WHERE indexrelid = command.objid;
    ELSIF command.object_type = 'statistics object' THEN
      PERFORM pg_dsql.check_relation(stxrelid) FROM pg_statistic_ext WHERE oid = command.objid;
    END IF;
  END LOOP;
  PERFORM pg_dsql.check_database();
END
$$;

CREATE EVENT TRIGGER dsql_after_ddl ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE STATISTICS', 'CREATE SCHEMA',
               'CREATE VIEW', 'CREATE SEQUENCE')
  EXECUTE FUNCTION pg_dsql.after_ddl();

-- Transactions that have lost -----------------------------------------------------------------------
-- They go on, on their own snapshot, in copies of what they have written to (`occ.py`).

CREATE PROCEDURE pg_dsql.copy_for_show(target text, most_bytes bigint) LANGUAGE plpgsql AS $$
DECLARE
  source regclass := target::regclass;
  relation name;
  columns text;
BEGIN
  SELECT c.relname INTO relation FROM pg_catalog.pg_class c
    WHERE c.oid = source AND c.relpersistence <> 't';
  IF relation IS NULL THEN
    RETURN;
  END IF;
  IF pg_catalog.pg_relation_size(source) > most_bytes THEN
    RAISE EXCEPTION 'not copied';
  END IF;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_catalog.pg_attribute
    WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('CREATE TEMP TABLE pg_temp.%I (LIKE %s INCLUDING ALL EXCLUDING IDENTITY) ON COMMIT DROP',
                 relation, source);
  EXECUTE format('INSERT INTO pg_temp.%I (%s) SELECT %s FROM %s', relation, columns, columns, source);
  IF current_setting('search_path') NOT LIKE 'pg_temp, %' THEN
    PERFORM set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true);
  END IF;
END
$$;

-- Indexes are told as DSQL tells them: access method `btree_index`, which exists by name only.

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid) RENAME TO pg_dsql_indexdef;

CREATE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT replace(pg_catalog.pg_dsql_indexdef($1), ' USING btree ', ' USING btree_index ')
$$;

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RENAME TO pg_dsql_indexdef;

CREATE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT replace(pg_catalog.pg_dsql_indexdef($1, $2, $3), ' USING btree ', ' USING btree_index ')
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

-- Text search: only the configuration `simple` (facts 6.7); the default one, english, is missing.

DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT cfgname FROM pg_ts_config WHERE cfgname <> 'simple' LOOP
    EXECUTE format('DROP TEXT SEARCH CONFIGURATION pg_catalog.%I', name);
  END LOOP;
END
$$;
