"""A schema in which every object of PostgreSQL has a namesake that reports its use."""

from __future__ import annotations

from pathlib import Path

import psycopg

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection

_TRAPS = """
CREATE SCHEMA hostile;
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
CREATE TABLE hostile.namesakes (number serial, name text, kind text);
CREATE SEQUENCE hostile.calls;
CREATE SEQUENCE hostile.latest;
GRANT USAGE, SELECT, UPDATE ON SEQUENCE hostile.calls, hostile.latest TO PUBLIC;
CREATE FUNCTION hostile.sprung(number bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.nextval('hostile.calls');
  PERFORM pg_catalog.setval('hostile.latest', number);
  RAISE EXCEPTION 'trap % was sprung by %', number, current_user;
END
$$;
CREATE FUNCTION hostile.note(of text, kind text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
  INSERT INTO hostile.namesakes (name, kind) VALUES (of, kind) RETURNING number;
END;
"""

# What fails is left out: functions that PL/pgSQL cannot have, a second one of a name.
_NAMESAKES = """
DO $do$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
           'function' AS kind,
           format('CREATE FUNCTION hostile.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L',
                  proname,
                  (SELECT string_agg(
                     CASE WHEN p.provariadic <> 0 AND place = p.pronargs
                          THEN 'VARIADIC ' || CASE p.provariadic WHEN 2276 THEN 'anyarray'
                                                   ELSE format_type(type, NULL) END
                          WHEN type = 2276 THEN 'anyelement'
                          ELSE format_type(type, NULL) END, ', ' ORDER BY place)
                     FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)),
                  CASE WHEN proretset THEN 'SETOF ' ELSE '' END,
                  CASE WHEN prorettype = 2276 THEN 'anyelement'
                       ELSE format_type(prorettype, NULL) END,
                  'BEGIN PERFORM hostile.sprung(%s); END') AS statement
      FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'p'
    UNION ALL
    SELECT concat_ws(' ', format_type(oprleft, NULL), oprname, format_type(oprright, NULL)),
           'operator',
           format('CREATE FUNCTION hostile.operator_%s(%s%s) RETURNS %s LANGUAGE plpgsql AS %L;'
                  ' CREATE OPERATOR hostile.%s (%s RIGHTARG = %s, FUNCTION = hostile.operator_%s)',
                  oid, format_type(nullif(oprleft, 0), NULL) || ', ',
                  format_type(oprright, NULL),
                  format_type(oprresult, NULL), 'BEGIN PERFORM hostile.sprung(%s); END', oprname,
                  'LEFTARG = ' || format_type(nullif(oprleft, 0), NULL) || ', ',
                  format_type(oprright, NULL), oid)
      FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprcode <> 0
    UNION ALL
    SELECT typname, 'type',
           format('CREATE DOMAIN hostile.%I AS pg_catalog.%I CHECK (hostile.sprung(%%s))',
                  typname, typname)
      FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r')
       AND typcategory <> 'A'
    UNION ALL
    SELECT relname, 'relation',
           format('CREATE VIEW hostile.%I AS SELECT * FROM %s WHERE hostile.sprung(%%s);'
                  ' GRANT SELECT ON hostile.%I TO PUBLIC', relname, oid::regclass, relname)
      FROM pg_class WHERE relnamespace IN ('pg_catalog'::regnamespace, 'sys'::regnamespace)
       AND relkind IN ('r', 'v')
    UNION ALL
    SELECT nspname || '.' || relname, 'our relation',
           format('CREATE VIEW hostile.%I AS SELECT * FROM %s WHERE hostile.sprung(%%s);'
                  ' GRANT SELECT ON hostile.%I TO PUBLIC', relname, c.oid::regclass, relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname = 'pg_dsql' AND relkind = 'r'
  LOOP
    BEGIN
      EXECUTE format(made.statement, hostile.note(made.name, made.kind));
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
END
$do$
"""


def system_session(info: ServerInfo, database: str = "") -> Connection:
    """Connect as PostgreSQL's superuser, to the one database that runs or by its name."""
    sockets = list(Path(info.runtime_dir).rglob(".s.PGSQL.5432"))
    for socket in sockets:
        session: Connection = psycopg.connect(
            host=str(socket.parent), user="postgres", dbname="postgres", autocommit=True
        )
        (folder,) = session.execute("SHOW data_directory").fetchone() or ("",)
        if Path(str(folder)).name == database or (not database and len(sockets) == 1):
            return session
        session.close()
    raise AssertionError(f"{len(sockets)} databases run, none is {database!r}")


def lay(system: Connection) -> dict[str, int]:
    """Make the hostile schema; return how many namesakes of each kind there are."""
    system.execute(_TRAPS.encode())
    system.execute(_NAMESAKES.encode())
    counted = system.execute("SELECT kind, count(*) FROM hostile.namesakes GROUP BY kind")
    return dict(counted.fetchall())


def sprung(system: Connection) -> str:
    """Return what was used last since the last call, nothing when nothing was."""
    (called,) = system.execute("SELECT is_called FROM hostile.calls").fetchone() or (False,)
    system.execute("SELECT setval('hostile.calls', 1, false)")
    if not called:
        return ""
    named = system.execute(
        "SELECT kind || ' ' || name FROM hostile.namesakes"
        " WHERE number = (SELECT last_value FROM hostile.latest)"
    ).fetchone()
    return str((named or ("unknown",))[0])
