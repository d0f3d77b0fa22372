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

CREATE TABLE pg_dsql.jobs (
  job_id text PRIMARY KEY DEFAULT sys.uuid_to_base32_str(gen_random_uuid()),
  status text NOT NULL DEFAULT 'submitted',
  details text,
  job_type text NOT NULL,
  object_id oid NOT NULL,
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

CREATE FUNCTION pg_dsql.submit_job(kind text, object oid) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO pg_dsql.jobs (job_type, object_id, status)
    VALUES (kind, object, 'completed') RETURNING job_id
$$;

CREATE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT j.status = 'completed' INTO succeeded FROM pg_dsql.jobs j
    WHERE j.job_id = wait_for_job.job_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invalid job id: "%"', job_id USING ERRCODE = '22P02';
  END IF;
END
$$;

-- `statement` is a CREATE INDEX whose ASYNC was taken out.
CREATE FUNCTION pg_dsql.create_index(statement text) RETURNS TABLE (job_id text)
  LANGUAGE plpgsql AS $$
DECLARE
  before oid[] := ARRAY(SELECT indexrelid FROM pg_catalog.pg_index);
BEGIN
  EXECUTE statement;
  RETURN QUERY SELECT pg_dsql.submit_job('INDEX_BUILD', indexrelid)
    FROM pg_catalog.pg_index WHERE indexrelid <> ALL (before);
END
$$;
