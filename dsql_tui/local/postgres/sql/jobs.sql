-- Asynchronous jobs ------------------------------------------------------------------------------
-- A statement submits one, `jobs.py` claims it, does its `statement` and ends it. Columns: user
-- guide, working-with-systems-tables.

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
CREATE OR REPLACE FUNCTION pg_dsql.submit_job(kind text, object oid, relation oid, statement text) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM pg_dsql.jobs
    WHERE status IN ('completed', 'failed') AND update_time < now() - interval '30 minutes';
  INSERT INTO pg_dsql.jobs (job_type, object_id, relation, statement)
    VALUES (kind, object, relation, statement) RETURNING job_id
$$;

-- What is to be done; nothing when the object has been dropped, unless that is what it is about.
CREATE OR REPLACE FUNCTION pg_dsql.job_statement(id text) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT statement FROM pg_dsql.jobs
    WHERE job_id = id AND (job_type = 'DROP' OR object_id IN (SELECT oid FROM pg_catalog.pg_class));
END;

-- Its age tells how much of its time has passed; what is gone needs none.
CREATE OR REPLACE FUNCTION pg_dsql.claim_job() RETURNS TABLE (job_id text, relation text, age_s float8)
  LANGUAGE sql BEGIN ATOMIC
  UPDATE pg_dsql.jobs j SET status = 'processing', update_time = clock_timestamp()
    WHERE j.number = (SELECT min(number) FROM pg_dsql.jobs WHERE status = 'submitted')
    RETURNING j.job_id, j.relation::text,
              CASE WHEN pg_dsql.job_statement(j.job_id) IS NULL THEN 'Infinity'
                   ELSE extract(epoch FROM clock_timestamp() - j.start_time) END;
END;

CREATE OR REPLACE PROCEDURE pg_dsql.end_job(id text, failure text) LANGUAGE sql BEGIN ATOMIC
  UPDATE pg_dsql.jobs
    SET status = CASE failure WHEN '' THEN 'completed' ELSE 'failed' END, details = failure,
        update_time = clock_timestamp()
    WHERE job_id = id;
END;

CREATE OR REPLACE PROCEDURE pg_dsql.resume_jobs() LANGUAGE sql BEGIN ATOMIC
  UPDATE pg_dsql.jobs SET status = 'submitted' WHERE status = 'processing';
END;

-- How jobs have ended is in a file as well: a transaction that waits for one cannot see it in a
-- table, because its snapshot is older.
CREATE OR REPLACE FUNCTION pg_dsql.outcomes() RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT current_setting('data_directory') || '/dsql_outcomes';
END;

CREATE OR REPLACE PROCEDURE pg_dsql.publish_outcomes()
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('COPY (SELECT job_id, status FROM pg_dsql.jobs WHERE status IN (%L, %L)) TO %L',
                 'completed', 'failed', pg_dsql.outcomes());
END
$$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_outcome(id text) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT split_part(line, E'\t', 2)
    FROM string_to_table(pg_read_file(pg_dsql.outcomes(), true), E'\n') AS line
    WHERE split_part(line, E'\t', 1) = id
$$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_is_in_the_way() RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM pg_locks
                   WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
$$;

-- It has no limit of its own: the gateway ends a transaction that is too old.
CREATE OR REPLACE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  state text;
BEGIN
  SELECT j.status INTO state FROM sys.jobs j WHERE j.job_id = wait_for_job.job_id;
  IF state IS NULL THEN
    RAISE EXCEPTION 'invalid job id: "%"', job_id USING ERRCODE = '22P02';
  END IF;
  WHILE state IS NULL OR state NOT IN ('completed', 'failed') LOOP
    PERFORM pg_sleep(0.01);
    state := pg_catalog.pg_dsql_outcome(job_id);
    -- The job itself may wait for what this transaction has written to: NULL tells the gateway to
    -- take that away and to call again (`rescue.py`).
    IF state IS NULL AND pg_catalog.pg_dsql_is_in_the_way() THEN
      RETURN;
    END IF;
  END LOOP;
  succeeded := state = 'completed';
END
$$;

-- Whoever may not change a relation may not have jobs do so.
CREATE OR REPLACE FUNCTION pg_dsql.check_owner(relation oid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (SELECT pg_has_role(session_user, relowner, 'USAGE') FROM pg_class WHERE oid = relation) THEN
    RAISE EXCEPTION 'must be owner of table %', relation::regclass USING ERRCODE = '42501';
  END IF;
END
$$;

-- Tables of which a tenth has changed, as PostgreSQL's own daemon counts.
CREATE OR REPLACE PROCEDURE pg_dsql.submit_analyses()
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_dsql.submit_job('ANALYZE', c.oid, NULL, format('ANALYZE %s', pg_dsql_name(c.oid)))
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname <> 'pg_dsql' AND s.n_mod_since_analyze > 50 + greatest(c.reltuples, 0) / 10
      AND NOT EXISTS (SELECT FROM pg_dsql.jobs j
                        WHERE j.object_id = c.oid AND j.job_type = 'ANALYZE'
                          AND j.status IN ('submitted', 'processing'))
$$;

-- An index is there at once, empty and INVALID, and kept up by every write; the job fills it.
-- PostgreSQL reads predicates but takes none as text. A cast would be everybody's, and a made-up tree
-- given to pg_get_expr reads the server's memory: so this is PostgreSQL's `textcat`, and ours alone.
CREATE OR REPLACE FUNCTION pg_dsql.node_tree(text, text) RETURNS pg_node_tree
  LANGUAGE internal IMMUTABLE STRICT AS 'textcat';

-- Take the predicate out of `CASE WHEN … THEN (…) END`, in which no row has met it.
CREATE OR REPLACE FUNCTION pg_dsql.met_predicate(emptied text) RETURNS pg_node_tree
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_dsql.node_tree('', regexp_replace(
    substr(emptied, strpos(emptied, ' :result ') + length(' :result ')),
    ' :location [-0-9]+\}\) :defresult \{CONST [^}]*\} :location [-0-9]+\}$', ''))
$$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_invalidate_index(index oid, whole boolean) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owner oid;
BEGIN
  PERFORM pg_dsql_only_as('SELECT job_id FROM pg_catalog.pg_dsql_create_index(');
  SELECT indrelid INTO owner FROM pg_index WHERE indexrelid = index;
  PERFORM pg_dsql.check_owner(owner);
  UPDATE pg_index
    SET indisvalid = false,
        indpred = CASE WHEN whole THEN NULL ELSE pg_dsql.met_predicate(indpred::text) END
    WHERE indexrelid = index;
  PERFORM pg_dsql.measure(owner);
  RETURN pg_dsql.submit_job('INDEX_BUILD', index, owner, format('REINDEX INDEX %s', pg_dsql_name(index)));
END
$$;

-- A unique index that cannot be built stays INVALID. By LIVE-B it enforces all the same: it is filled
-- with the duplicates in it, as an index that is not unique. By two other live logs it does not.
CREATE OR REPLACE PROCEDURE pg_dsql.enforce_index(index regclass)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE pg_index SET indisunique = false WHERE indexrelid = index;
  EXECUTE format('REINDEX INDEX %s', pg_dsql_name(index));
  UPDATE pg_index SET indisunique = true, indisvalid = false WHERE indexrelid = index;
END
$$;

CREATE OR REPLACE PROCEDURE pg_dsql.ignore_index(index regclass)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = index
$$;

CREATE OR REPLACE FUNCTION pg_dsql.failed_unique(id text, enforces boolean) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT format('CALL pg_dsql.%s_index(%s)', CASE WHEN enforces THEN 'enforce' ELSE 'ignore' END, object_id)
    FROM pg_dsql.jobs WHERE job_id = id AND pg_dsql.job_statement(id) IS NOT NULL;
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_indexes() RETURNS oid[]
  LANGUAGE sql BEGIN ATOMIC
  SELECT ARRAY(SELECT indexrelid FROM pg_index);
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_new_index(before oid[]) RETURNS oid
  LANGUAGE sql BEGIN ATOMIC
  SELECT indexrelid FROM pg_index WHERE indexrelid <> ALL (before) LIMIT 1;
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_asking_for_rows(index oid) RETURNS text
  LANGUAGE sql BEGIN ATOMIC
  SELECT format('SELECT EXISTS (SELECT FROM %s)', pg_dsql_name(indrelid))
    FROM pg_index WHERE indexrelid = index;
END;

-- `statement` is a CREATE INDEX without ASYNC, `emptied` the same with a predicate nothing meets; if
-- that cannot be understood, the error is to point at what the client wrote.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_create_index(statement text, emptied text, whole boolean)
  RETURNS TABLE (job_id text) LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT pg_catalog.oid[] := pg_catalog.pg_dsql_indexes();
  created pg_catalog.oid;
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('SELECT job_id FROM pg_catalog.pg_dsql_create_index(');
  BEGIN
    EXECUTE emptied;
  EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
    EXECUTE statement;
    RAISE;
  END;
  created := pg_catalog.pg_dsql_new_index(before);
  IF created IS NOT NULL THEN
    RETURN QUERY SELECT pg_catalog.pg_dsql_invalidate_index(created, whole);
  END IF;
END
$$;

-- The synchronous form is for empty tables, and has to be switched on (create-index-syntax-support).
CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_create_index_now(statement text) LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT pg_catalog.oid[] := pg_catalog.pg_dsql_indexes();
  created pg_catalog.oid;
  refused pg_catalog.bool := pg_catalog.current_setting('dsql.disable_sync_create_index');
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('CALL pg_catalog.pg_dsql_create_index_now(');
  IF NOT refused THEN
    EXECUTE statement;
    created := pg_catalog.pg_dsql_new_index(before);
    IF created IS NOT NULL THEN
      EXECUTE pg_catalog.pg_dsql_asking_for_rows(created) INTO refused;
    END IF;
  END IF;
  IF refused THEN
    RAISE EXCEPTION 'unsupported mode. please use CREATE INDEX ASYNC.' USING ERRCODE = '0A000';
  END IF;
END
$$;

-- As a session of the table's owner: a CHECK runs functions of the owner's, which must not have our
-- rights, and what asks for `session_user` must not take them for us.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_validate_relation(relation regclass, name text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsql_only_as('SELECT job_id FROM pg_catalog.pg_dsql_validate(');
  PERFORM pg_dsql.check_owner(relation);
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = name) THEN
    RAISE EXCEPTION 'constraint "%" of relation "%" does not exist', name,
      (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '42704';
  END IF;
  RETURN pg_dsql.submit_job('VALIDATE_CONSTRAINT', relation, relation,
    format('SET LOCAL SESSION AUTHORIZATION %s; ALTER TABLE %s VALIDATE CONSTRAINT %I',
           (SELECT relowner::regrole FROM pg_class WHERE oid = relation), pg_dsql_name(relation), name));
END
$$;

-- The relation is looked up on the client's search path, which the other half does not have.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_validate(target text, name text) RETURNS TABLE (job_id text)
  LANGUAGE sql BEGIN ATOMIC
  SELECT pg_catalog.pg_dsql_validate_relation(target::regclass, name);
END;
