-- What makes a PostgreSQL 16 a DSQL database: `admin`, the `sys` schema, IAM mappings, jobs.
-- First of the scripts that run once, in single-user mode, when the template is made: every
-- statement ends in an empty line and no function body contains one. Schema `pg_dsql` is ours and
-- not in DSQL: clients may not use it and do not see it (`catalogs.sql`). What the gateway calls in
-- a client's name is in `pg_catalog` and begins with `pg_dsql_`.
--
-- Clients make functions, tables and domains of any name and choose the search path, so no name in a
-- function may be looked up at run time on a path of theirs. A function is `BEGIN ATOMIC` (its names
-- were resolved here), or sets its search path to `pg_catalog, pg_temp`, or, where the client's own
-- path must stay in force, qualifies every name and operator (`test_search_path.py`).
-- Statements that begin with CREATE OR REPLACE run again when a database of an earlier version is
-- opened (`upgrade.py`), and so does all of `closing.sql`.

SET search_path = pg_catalog, pg_temp;

ALTER DATABASE template0 IS_TEMPLATE false;

ALTER DATABASE template1 IS_TEMPLATE false;

DROP DATABASE template0;

DROP DATABASE template1;

CREATE ROLE admin LOGIN CREATEROLE;

-- The number it has on a live cluster.
UPDATE pg_authid SET oid = 15579 WHERE rolname = 'admin';

GRANT CREATE, CONNECT ON DATABASE postgres TO admin WITH GRANT OPTION;

GRANT CREATE, USAGE ON SCHEMA public TO admin WITH GRANT OPTION;

CREATE SCHEMA sys;

CREATE SCHEMA pg_dsql;

GRANT USAGE ON SCHEMA sys TO PUBLIC;

-- sys ----------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION sys.dsql_major_version() RETURNS integer
  LANGUAGE sql IMMUTABLE BEGIN ATOMIC
  SELECT 1;
END;

-- Results of these are not published: names are from a live cluster (facts 5.1), values unsure.
-- Those of which not even the arguments are known are in `unpublished.sql`.
CREATE OR REPLACE FUNCTION sys.iam_session_user() RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT nullif(current_setting('dsql.iam_arn', true), '');
END;

CREATE OR REPLACE FUNCTION sys.cluster_size() RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
  SELECT pg_database_size('postgres');
END;

CREATE OR REPLACE FUNCTION sys.cluster_size_limit() RETURNS bigint
  LANGUAGE sql IMMUTABLE BEGIN ATOMIC
  SELECT 10::bigint * 1024 * 1024 * 1024 * 1024;
END;

CREATE OR REPLACE FUNCTION sys.base_type_oid(oid) RETURNS oid LANGUAGE sql STABLE BEGIN ATOMIC
  WITH RECURSIVE chain AS (
    SELECT oid, typbasetype FROM pg_type WHERE oid = $1
    UNION ALL SELECT t.oid, t.typbasetype FROM pg_type t JOIN chain c ON t.oid = c.typbasetype)
  SELECT oid FROM chain WHERE typbasetype = 0;
END;

-- Identifiers: 128 bits as 26 base32 characters ---------------------------------------------------

CREATE OR REPLACE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC
  SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
                           substring(bits FROM place * 5 + 1 FOR 5)::bit(5)::integer + 1, 1),
                    '' ORDER BY place)
    FROM (SELECT ('x' || replace($1::text, '-', ''))::bit(128) || B'00' AS bits) AS id,
         generate_series(0, 25) AS place;
END;

CREATE OR REPLACE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC
  SELECT encode(string_agg(decode(lpad(to_hex(substring(bits FROM place * 8 + 1 FOR 8)::bit(8)::integer),
                                       2, '0'), 'hex'), '' ORDER BY place), 'hex')::uuid
    FROM (SELECT string_agg((strpos('abcdefghijklmnopqrstuvwxyz234567', letter) - 1)::bit(5)::text,
                            '' ORDER BY position) AS bits
            FROM regexp_split_to_table(lower($1), '') WITH ORDINALITY AS split(letter, position)) AS id,
         generate_series(0, 15) AS place;
END;

CREATE OR REPLACE FUNCTION sys.current_session_id() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
  SELECT sys.uuid_to_base32_str(md5(pg_backend_pid() || pg_postmaster_start_time()::text)::uuid);
END;

CREATE OR REPLACE FUNCTION sys.current_transaction_id() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
  SELECT sys.uuid_to_base32_str(md5(pg_backend_pid() || transaction_timestamp()::text)::uuid);
END;

-- What a column may be (facts 6.6); all else exists in queries only.
CREATE OR REPLACE FUNCTION sys.supported_datatypes() RETURNS TABLE (type_oid oid, type_name text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT type::oid, format_type(type, NULL)
    FROM unnest(ARRAY['smallint', 'integer', 'bigint', 'real', 'float8', 'numeric', 'boolean',
                      'bpchar', 'varchar', 'text', 'bytea', 'uuid', 'json', 'jsonb', 'date', 'time',
                      'timetz', 'timestamp', 'timestamptz', 'interval']::regtype[]) AS type
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

-- Whether one of these principals may become a role.
CREATE OR REPLACE FUNCTION pg_dsql.is_mapped(role_name text, arns text[]) RETURNS boolean
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_dsql.iam_mappings m JOIN pg_roles r ON r.oid = m.role
                   WHERE r.rolcanlogin AND r.rolname = role_name AND m.arn = ANY (arns));
END;

-- Texts: user guide, troubleshooting (September 2026); the SQLSTATEs are PostgreSQL's for the like.
CREATE OR REPLACE FUNCTION pg_dsql.check_trust(role_name text, arn text) RETURNS oid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
  IF role_name IN ('admin', 'postgres') OR role_name LIKE 'pg\_%' THEN
    RAISE EXCEPTION 'Role % not supported', role_name USING ERRCODE = '0A000';
  END IF;
  IF session_user <> 'admin' AND session_user <> 'postgres' THEN
    RAISE EXCEPTION 'permission denied to grant IAM trust with role %', role_name
      USING ERRCODE = '42501';
  END IF;
  IF NOT target.rolcanlogin THEN
    RAISE EXCEPTION 'role % must have the LOGIN attribute', role_name USING ERRCODE = '42809';
  END IF;
  RETURN target.oid;
END
$$;

-- A privilege that everybody has goes with a mapping: PostgreSQL then refuses to drop the role.
CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_iam_grant(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trusted CONSTANT oid := pg_dsql.check_trust(role_name, arn);
BEGIN
  INSERT INTO pg_dsql.iam_mappings (arn, role, grantor)
    VALUES (arn, trusted, session_user::regrole) ON CONFLICT DO NOTHING;
  EXECUTE format('GRANT SELECT ON sys.iam_pg_role_mappings TO %I', role_name);
END
$$;

CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_iam_revoke(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trusted CONSTANT oid := pg_dsql.check_trust(role_name, arn);
BEGIN
  DELETE FROM pg_dsql.iam_mappings m WHERE m.role = trusted AND m.arn = pg_dsql_iam_revoke.arn;
  IF NOT EXISTS (SELECT FROM pg_dsql.iam_mappings m WHERE m.role = trusted) THEN
    EXECUTE format('REVOKE SELECT ON sys.iam_pg_role_mappings FROM %I', role_name);
  END IF;
END
$$;

-- What the gateway sends in a client's name and a client may not -------------------------------------
-- There are ways to run a text from inside of a query (`ts_stat`): it must be the message itself.

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_only_as(call text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT starts_with(current_query(), call) THEN
    RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501';
  END IF;
END
$$;

-- The name of a relation, whatever the search path is.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_name(relation oid) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT format('%I.%I', CASE c.relpersistence WHEN 't' THEN 'pg_temp' ELSE n.nspname END, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
END;

-- Relations by their names, and what is in the schemas of those names if they may be schemas.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_relations(names text[], schemas boolean)
  RETURNS SETOF oid LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT to_regclass(name)::oid FROM unnest(names) AS name
  UNION SELECT c.oid FROM unnest(names) AS name JOIN pg_class c ON c.relnamespace = to_regnamespace(name)
    WHERE schemas;
END;

-- The columns of relations and indexes, in order, spelled for SQL.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_columns(names text[])
  RETURNS TABLE (relation text, name text) LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT relation, quote_ident(a.attname)
    FROM unnest(names) AS relation JOIN pg_attribute a
      ON a.attrelid = to_regclass(relation) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum;
END;

-- How many secondary indexes hold one of a relation's columns, for the entries that an UPDATE writes.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_indexes_of(target text, names text[]) RETURNS bigint
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT count(*) FROM pg_index i
    WHERE i.indrelid = to_regclass(target) AND NOT i.indisprimary AND EXISTS (
      SELECT FROM pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attname = ANY (names)
          AND (a.attnum = ANY (i.indkey) OR EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = i.indexrelid AND d.refobjid = i.indrelid
                                      AND d.refobjsubid = a.attnum)));
END;

-- For `lock_monitor.py`: processes that wait for a lock, those that hold it, and the relations that these have
-- locks on.
CREATE OR REPLACE FUNCTION pg_dsql.in_the_way()
  RETURNS TABLE (waiter integer, holder integer, relations text) LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT a.pid, h.pid, (SELECT string_agg(l.relation::text, ' ') FROM pg_locks l
                          WHERE l.pid = h.pid AND l.relation >= 16384)
    FROM pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) AS h (pid)
    WHERE a.wait_event_type = 'Lock';
END;

CREATE OR REPLACE FUNCTION pg_dsql.touched(process integer) RETURNS SETOF oid
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT DISTINCT relation FROM pg_locks WHERE pid = process;
END;

CREATE OR REPLACE FUNCTION pg_dsql.touching(relations oid[]) RETURNS SETOF integer
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT DISTINCT pid FROM pg_locks WHERE relation = ANY (relations);
END;

-- What the last writing statement has written (`limits.sql`).
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_written() RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT split_part(current_setting('dsql.written', true), '|', 2);
END;

-- Transactions that are preempted or doomed ---------------------------------------------------------
-- A doomed transaction continues on its own snapshot, in copies of its tables (`replay.py`).

-- The statements that make a copy. What an identity has counted to is read with our rights: who may
-- insert need not be allowed to read it.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_copying(source oid, most_bytes bigint)
  RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  copied CONSTANT text := pg_dsql_name(source);
  copy CONSTANT text := format('pg_temp.%I', (SELECT relname FROM pg_class WHERE oid = source));
  columns text;
  identity name;
  latest bigint;
BEGIN
  PERFORM pg_dsql_only_as('SELECT pg_catalog.pg_dsql_copy_for_show(');
  IF pg_relation_size(source) > most_bytes THEN
    RAISE EXCEPTION 'not copied';
  END IF;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute
    WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  RETURN NEXT format('CREATE TEMP TABLE %s (LIKE %s INCLUDING ALL) ON COMMIT DROP', copy, copied);
  RETURN NEXT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s',
                     copy, columns, columns, copied);
  FOR identity IN SELECT attname FROM pg_attribute
                    WHERE attrelid = source AND attidentity <> '' AND NOT attisdropped LOOP
    EXECUTE format('SELECT last_value FROM %s', pg_get_serial_sequence(copied, identity)) INTO latest;
    RETURN NEXT format('ALTER TABLE %s ALTER COLUMN %I RESTART WITH %s', copy, identity, latest + 1);
  END LOOP;
END
$$;

-- Returns the name that the copy hides, nothing for what is a copy already. The statements run with
-- the client's rights on the client's path: defaults and CHECKs of its tables may need that.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_copy_for_show(target text, most_bytes bigint) RETURNS text
  LANGUAGE plpgsql AS $$
DECLARE
  source CONSTANT pg_catalog.regclass := target::pg_catalog.regclass;
  name CONSTANT pg_catalog.text := pg_catalog.pg_dsql_name(source);
  path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
  statement pg_catalog.text;
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('SELECT pg_catalog.pg_dsql_copy_for_show(');
  IF pg_catalog.starts_with(name, 'pg_temp.') THEN
    RETURN '';
  END IF;
  FOR statement IN SELECT pg_catalog.pg_dsql_copying(source, most_bytes) LOOP
    EXECUTE statement;
  END LOOP;
  IF NOT pg_catalog.starts_with(path, 'pg_temp, ') THEN
    PERFORM pg_catalog.set_config('search_path', pg_catalog.concat('pg_temp, ', path), true);
  END IF;
  RETURN name;
END
$$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_shown(source oid) RETURNS regclass
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT coalesce(to_regclass(format('pg_temp.%I', relname)), oid) FROM pg_class WHERE oid = source;
END;

-- The columns of a relation's copy, each with the relation's own: the numbers differ where it has lost
-- a column. Descriptions of results name these (`upstream.py`).
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_origins(relation regclass)
  RETURNS TABLE (copy oid, copy_number smallint, source oid, source_number smallint)
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT copies.attrelid, copies.attnum, own.attrelid, own.attnum
    FROM pg_attribute own JOIN pg_attribute copies USING (attname)
    WHERE own.attrelid = relation AND copies.attrelid = pg_dsql_shown(relation);
END;

CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_insertion(relation oid) RETURNS text
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s
                   FROM (SELECT (row).* FROM (SELECT text::%s AS row FROM pg_catalog.unnest($1) AS text
                                                OFFSET 0) AS texts) AS rows',
                pg_dsql_name(pg_dsql_shown(relation)), columns, columns, pg_dsql_name(relation))
    FROM (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
            FROM pg_attribute
            WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS list;
END;

-- In the client's name: who may not insert into every column has lost, rather than get other keys.
CREATE OR REPLACE PROCEDURE pg_catalog.pg_dsql_insert_again(relation oid, rows text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('CALL pg_catalog.pg_dsql_insert_again(');
  EXECUTE pg_catalog.pg_dsql_insertion(relation) USING rows::pg_catalog.text[];
END
$$;

-- Whether a row that forbids a deletion is on the snapshot: it makes the same DETAIL.
CREATE OR REPLACE FUNCTION pg_catalog.pg_dsql_sees_reference(
    namespace text, relation text, name text, detail text) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source oid;
  referring text;
  referred text;
  found boolean;
BEGIN
  SELECT c.conrelid, string_agg(quote_ident(a.attname) || '::text', ', ' ORDER BY place),
         string_agg(b.attname, ', ' ORDER BY place)
    INTO source, referring, referred
    FROM pg_constraint c, unnest(c.conkey, c.confkey) WITH ORDINALITY AS keys(own, other, place),
         pg_attribute a, pg_attribute b
    WHERE c.conrelid = format('%I.%I', namespace, relation)::regclass AND c.conname = name
      AND a.attrelid = c.conrelid AND a.attnum = own AND b.attrelid = c.confrelid AND b.attnum = other
    GROUP BY c.conrelid;
  EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE concat(%L, concat_ws('', '', %s), %L) = $1)',
                 pg_dsql_name(pg_dsql_shown(source)), format('Key (%s)=(', referred), referring,
                 format(') is still referenced from table "%s".', relation))
    INTO found USING detail;
  RETURN found;
END
$$;
