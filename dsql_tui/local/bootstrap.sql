-- What makes a PostgreSQL 16 a DSQL database: `admin`, the `sys` schema, IAM mappings, jobs.
-- First of the scripts that run once, in single-user mode, when the template is made: every
-- statement ends in an empty line and no function body contains one. Schema `pg_dsql` is ours and
-- not in DSQL: clients may not use it and do not see it (`catalogs.sql`). What the gateway calls in
-- a client's name is in `pg_catalog` and begins with `pg_dsql_`.

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

CREATE FUNCTION sys.dsql_major_version() RETURNS integer
  LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

-- Results of these are not published: names are from a live cluster (facts 5.1), values unsure.
-- Those of which not even the arguments are known are in `unpublished.sql`.
CREATE FUNCTION sys.iam_session_user() RETURNS text
  LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('dsql.iam_arn', true), '') $$;

CREATE FUNCTION sys.cluster_size() RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT pg_database_size('postgres') $$;

CREATE FUNCTION sys.cluster_size_limit() RETURNS bigint
  LANGUAGE sql IMMUTABLE AS $$ SELECT 10::bigint * 1024 * 1024 * 1024 * 1024 $$;

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

CREATE FUNCTION sys.current_session_id() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT sys.uuid_to_base32_str(md5(pg_backend_pid() || pg_postmaster_start_time()::text)::uuid)
$$;

CREATE FUNCTION sys.current_transaction_id() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT sys.uuid_to_base32_str(md5(pg_backend_pid() || transaction_timestamp()::text)::uuid)
$$;

-- What a column may be (facts 6.6); all else exists in queries only.
CREATE FUNCTION sys.supported_datatypes() RETURNS TABLE (type_oid oid, type_name text)
  LANGUAGE sql STABLE AS $$
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

-- Texts: user guide, troubleshooting (September 2026); the SQLSTATEs are PostgreSQL's for the like.
CREATE FUNCTION pg_dsql.check_trust(role_name text, arn text) RETURNS oid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  target pg_roles;
BEGIN
  IF arn !~ '^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(role|user|assumed-role)/.+$' THEN
    RAISE EXCEPTION 'IAM role must look like an IAM ARN' USING ERRCODE = '22023';
  END IF;
  SELECT * INTO target FROM pg_roles WHERE rolname = role_name AND role_name <> 'postgres';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'role "%" does not exist', role_name USING ERRCODE = '42704';
  END IF;
  IF role_name = 'admin' OR role_name LIKE 'pg\_%' THEN
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
CREATE PROCEDURE pg_catalog.pg_dsql_iam_grant(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  trusted CONSTANT oid := pg_dsql.check_trust(role_name, arn);
BEGIN
  INSERT INTO pg_dsql.iam_mappings (arn, role, grantor)
    VALUES (arn, trusted, session_user::regrole) ON CONFLICT DO NOTHING;
  EXECUTE format('GRANT SELECT ON sys.iam_pg_role_mappings TO %I', role_name);
END
$$;

CREATE PROCEDURE pg_catalog.pg_dsql_iam_revoke(role_name text, arn text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

CREATE FUNCTION pg_catalog.pg_dsql_only_as(call text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_catalog.starts_with(pg_catalog.current_query(), call) THEN
    RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501';
  END IF;
END
$$;

CREATE FUNCTION pg_catalog.pg_dsql_bytes(relation regclass) RETURNS bigint
  LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_catalog.pg_relation_size(relation) $$;

CREATE FUNCTION pg_catalog.pg_dsql_last_value(relation regclass, identity name) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  latest bigint;
BEGIN
  EXECUTE format('SELECT last_value FROM %s', pg_get_serial_sequence(relation::text, identity)) INTO latest;
  RETURN latest;
END
$$;

-- Transactions that are robbed or have lost ----------------------------------------------------------
-- Who has lost goes on, on its own snapshot, in copies of what it has written to (`occ.py`).

-- Returns the name that the copy hides, nothing for what is a copy already.
CREATE FUNCTION pg_catalog.pg_dsql_copy_for_show(target text, most_bytes bigint) RETURNS text
  LANGUAGE plpgsql AS $$
DECLARE
  source regclass := target::regclass;
  namespace name;
  relation name;
  columns text;
  identity name;
  next bigint;
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('SELECT pg_catalog.pg_dsql_copy_for_show(');
  SELECT n.nspname, c.relname INTO namespace, relation
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = source AND c.relpersistence <> 't';
  IF relation IS NULL THEN
    RETURN '';
  END IF;
  IF pg_catalog.pg_dsql_bytes(source) > most_bytes THEN
    RAISE EXCEPTION 'not copied';
  END IF;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_catalog.pg_attribute
    WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('CREATE TEMP TABLE pg_temp.%I (LIKE %s INCLUDING ALL) ON COMMIT DROP',
                 relation, source);
  EXECUTE format('INSERT INTO pg_temp.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s',
                 relation, columns, columns, source);
  FOR identity IN SELECT attname FROM pg_catalog.pg_attribute
                    WHERE attrelid = source AND attidentity <> '' AND NOT attisdropped LOOP
    next := pg_dsql_last_value(source, identity) + 1;
    EXECUTE format('ALTER TABLE pg_temp.%I ALTER COLUMN %I RESTART WITH %s', relation, identity, next);
  END LOOP;
  IF current_setting('search_path') NOT LIKE 'pg_temp, %' THEN
    PERFORM set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true);
  END IF;
  RETURN format('%I.%I', namespace, relation);
END
$$;

CREATE FUNCTION pg_catalog.pg_dsql_shown(source oid) RETURNS regclass LANGUAGE sql STABLE AS $$
  SELECT coalesce(pg_catalog.to_regclass(format('pg_temp.%I', relname)), oid)
    FROM pg_catalog.pg_class WHERE oid = source
$$;

-- In the client's name: who may not insert into every column has lost, rather than get other keys.
CREATE PROCEDURE pg_catalog.pg_dsql_insert_again(relation oid, rows text) LANGUAGE plpgsql AS $$
DECLARE
  columns text;
BEGIN
  PERFORM pg_catalog.pg_dsql_only_as('CALL pg_catalog.pg_dsql_insert_again(');
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_catalog.pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s
                    FROM (SELECT (row).* FROM (SELECT text::%s AS row FROM unnest($1) AS text OFFSET 0)
                          AS texts) AS rows',
                 pg_dsql_shown(relation), columns, columns, relation::regclass)
    USING rows::text[];
END
$$;

-- Whether a row that forbids a deletion is on the snapshot: it makes the same DETAIL.
CREATE FUNCTION pg_catalog.pg_dsql_sees_reference(namespace text, relation text, name text, detail text)
  RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  source oid;
  referring text;
  referred text;
  found boolean;
BEGIN
  SELECT c.conrelid, string_agg(quote_ident(a.attname) || '::text', ', ' ORDER BY place),
         string_agg(b.attname, ', ' ORDER BY place)
    INTO source, referring, referred
    FROM pg_catalog.pg_constraint c, unnest(c.conkey, c.confkey) WITH ORDINALITY AS keys(own, other, place),
         pg_catalog.pg_attribute a, pg_catalog.pg_attribute b
    WHERE c.conrelid = format('%I.%I', namespace, relation)::regclass AND c.conname = name
      AND a.attrelid = c.conrelid AND a.attnum = own AND b.attrelid = c.confrelid AND b.attnum = other
    GROUP BY c.conrelid;
  EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE concat(%L, concat_ws('', '', %s), %L) = $1)',
                 pg_dsql_shown(source), format('Key (%s)=(', referred), referring,
                 format(') is still referenced from table "%s".', relation))
    INTO found USING detail;
  RETURN found;
END
$$;
