"""What the catalogs and settings show to a browser, without objects of the local DSQL itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsql_tui.local.gate.catalogs import SHOWN
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of, refused


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        connection.execute("CREATE SCHEMA catalogs")
        connection.execute("SET search_path = catalogs")
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, note text, price numeric)")
        yield connection
        connection.execute("DROP SCHEMA catalogs CASCADE")


def value(session: Connection, query: str) -> Any:
    return (session.execute(query.encode()).fetchone() or (None,))[0]


def test_a_primary_key_includes_every_other_column(session: Connection) -> None:
    key = "PRIMARY KEY (id) INCLUDE (note, price)"
    constraint = "FROM pg_constraint WHERE conrelid = 't'::regclass"
    assert value(session, f"SELECT pg_get_constraintdef(oid) {constraint}") == key
    assert value(session, f"SELECT pg_get_constraintdef(oid, true) {constraint}") == key
    index = "t USING btree_index (id) INCLUDE (note, price)"
    assert value(session, "SELECT pg_get_indexdef('t_pkey'::regclass, 0, true)").endswith(index)
    assert value(session, "SELECT pg_get_indexdef('t_pkey'::regclass, 1, true)") == "id"
    session.execute("CREATE TABLE u (a int, b int, CONSTRAINT ab UNIQUE (a) INCLUDE (b))")
    told = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ab'"
    assert value(session, told) == "UNIQUE (a) INCLUDE (b)"
    assert value(session, "SELECT pg_get_indexdef('ab'::regclass)").endswith("(a) INCLUDE (b)")
    method = "SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relname = 't_pkey'"
    assert value(session, method) == "btree_index"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT rolname FROM pg_roles WHERE rolname LIKE '%dsql%'",
        "SELECT usename FROM pg_user WHERE usesuper",
        "SELECT usename FROM pg_shadow WHERE usesuper OR passwd IS NOT NULL",
        "SELECT polname FROM pg_policy",
        "SELECT name FROM pg_available_extensions",
        "SELECT evtname FROM pg_event_trigger",
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass",
        "SELECT relname FROM pg_class WHERE relhastriggers",
        "SELECT sequencename FROM pg_sequences",
        "SELECT trigger_name FROM information_schema.triggers",
        "SELECT nspname FROM pg_namespace WHERE nspname ~ 'temp'",
        "SELECT refobjid FROM pg_depend WHERE classid = 'pg_trigger'::regclass",
        # What none of these leads to is not there, and what they lead to is.
        "SELECT relname FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace)",
        "SELECT attname FROM pg_attribute WHERE attrelid NOT IN (SELECT oid FROM pg_class)",
        "SELECT indexrelid FROM pg_index WHERE indrelid NOT IN (SELECT oid FROM pg_class)",
        "SELECT typname FROM pg_type WHERE typnamespace NOT IN (SELECT oid FROM pg_namespace)",
        "SELECT proname FROM pg_proc WHERE pronamespace NOT IN (SELECT oid FROM pg_namespace)",
        "SELECT conname FROM pg_constraint WHERE conrelid <> 0"
        " AND conrelid NOT IN (SELECT oid FROM pg_class)",
        "SELECT ev_class FROM pg_rewrite WHERE ev_class NOT IN (SELECT oid FROM pg_class)",
        "SELECT adrelid FROM pg_attrdef WHERE adrelid NOT IN (SELECT oid FROM pg_class)",
        "SELECT seqrelid FROM pg_sequence WHERE seqrelid NOT IN (SELECT oid FROM pg_class)",
        "SELECT opcname FROM pg_opclass WHERE opcmethod NOT IN (SELECT oid FROM pg_am)",
    ],
)
def test_lists_leave_out_what_is_the_stand_ins_own(session: Connection, query: str) -> None:
    assert session.execute(query.encode()).fetchall() == []


CATALOGS = [
    *(f"pg_catalog.{name}" for name in sorted(SHOWN)),
    *("pg_tables", "pg_views", "pg_indexes", "pg_stats", "pg_rules", "pg_db_role_setting"),
    *("pg_auth_members", "pg_default_acl", "pg_roles", "pg_group", "pg_description"),
    *(f"information_schema.{name}" for name in ("schemata", "tables", "columns", "views")),
    *(f"information_schema.{name}" for name in ("routines", "parameters", "sequences")),
    *(f"information_schema.{name}" for name in ("role_table_grants", "usage_privileges")),
]


SYS_FUNCTIONS = """
base32_str_to_uuid base_type_oid cluster_size cluster_size_limit current_session_id
current_transaction_id decode_job_ext_status decode_job_statement decode_job_status
dsql_major_version fetch_seq_data_tuple get_key_desc iam_session_user job_err_msg
supported_datatypes uuid_to_base32_str wait_for_job
"""


@pytest.mark.parametrize("name", CATALOGS)
def test_no_row_of_a_catalog_names_what_is_the_stand_ins_own(
    session: Connection, name: str
) -> None:
    query = f"SELECT x::text FROM {name} x WHERE x::text LIKE '%pg\\_dsql%'"
    assert session.execute(query.encode()).fetchall() == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT relname FROM pg_class WHERE oid = 't'::regclass",
        'SELECT c.relname FROM "pg_catalog"."pg_class" AS c WHERE c.oid = \'t\'::regclass::oid',
        "SELECT PG_CATALOG.pg_class.relname FROM pg_catalog . pg_class JOIN pg_index"
        " ON indrelid = pg_class.oid WHERE relname = 't'",
        "WITH RECURSIVE x AS (SELECT 't' n) SELECT relname FROM pg_class, x WHERE relname = n",
        "WITH x AS (SELECT * FROM pg_class) SELECT relname FROM x WHERE relname = 't'",
        "(SELECT relname FROM pg_class WHERE relname = 't') UNION SELECT 't' FROM pg_am",
        "SELECT relname FROM pg_class WHERE tableoid = 'pg_class'::regclass AND relname = 't'"
        " AND xmin IS NOT NULL",
        "SELECT relname FROM pg_class c WHERE relname = 't' AND EXISTS (SELECT FROM pg_depend"
        " WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid)",
        "SELECT relname FROM pg_class WHERE relname = 't' GROUP BY 1",
    ],
)
def test_a_catalog_is_read_however_a_client_names_it(session: Connection, query: str) -> None:
    assert session.execute(query.encode()).fetchall() == [("t",)]
    assert session.execute(f"EXPLAIN ANALYZE {query}".encode()).fetchall()
    with session.cursor().copy(f"COPY ({query}) TO STDOUT".encode()) as rows:
        assert [bytes(row) for row in rows] == [b"t\n"]


def test_an_error_in_a_query_of_catalogs_points_at_the_clients_words(session: Connection) -> None:
    for query in (
        "SELECT nosuch FROM pg_class",
        "SELECT 1 FROM pg_catalog.pg_class c WHERE nosuch",
        "WITH x AS (TABLE pg_proc) SELECT nosuch FROM x",
        "EXPLAIN SELECT nosuch FROM pg_catalog.pg_type",
    ):
        with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
            session.execute(query.encode())
        assert caught.value.diag.statement_position == str(query.index("nosuch") + 1)


def test_a_plan_names_no_schema_of_the_stand_ins_own(session: Connection) -> None:
    for relation in ("sys.jobs", "sys.iam_pg_role_mappings", "pg_class"):
        for options in ("VERBOSE", "ANALYZE VERBOSE"):
            query = f"EXPLAIN {options} SELECT * FROM {relation}"
            plan = "".join(line for (line,) in session.execute(query.encode()))
            assert "Scan on" in plan
            assert "pg_dsql" not in plan


def test_rows_of_catalogs_can_be_kept_and_asked_for_with_parameters(session: Connection) -> None:
    session.execute("CREATE TABLE kept (name text PRIMARY KEY, note text)")
    session.execute("INSERT INTO kept (name) SELECT relname FROM pg_class WHERE relname = 't'")
    session.execute(
        "UPDATE kept SET note = nspname FROM pg_namespace WHERE nspname = %s", ("catalogs",)
    )
    assert value(session, "SELECT name || note FROM kept") == "tcatalogs"
    count = session.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
        ("t",),
        prepare=True,
    )
    assert count.fetchone() == (3,)


def test_what_a_user_makes_is_numbered_as_a_users(session: Connection) -> None:
    query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND oid <"
    assert value(session, f"{query} 16384") == 0
    assert value(session, f"{query} 32768") > 0


def test_every_way_to_read_a_setting_shows_the_version_of_the_service(session: Connection) -> None:
    for query in (
        "SHOW server_version",
        "SELECT current_setting('server_version')",
        "SELECT setting FROM pg_settings WHERE name = 'server_version'",
    ):
        assert value(session, query) == "16.15"
    assert ("server_version_num", "160015") in [row[:2] for row in session.execute("SHOW ALL")]
    assert value(session, "SELECT version()") == "PostgreSQL 16"
    assert value(session, "SELECT oid FROM pg_roles WHERE rolname = 'admin'") == 15579
    assert value(session, "SELECT ssl AND version LIKE 'TLSv1._' FROM pg_stat_ssl") is True


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT set_config('statement' || '_timeout', '1', false)",
        "SELECT set_config(name, '1', false) FROM (VALUES ('Statement_Timeout')) v (name)",
        """SELECT "set_config"(E'statement_timeout', '1', true)""",
    ],
)
def test_no_way_leads_to_a_setting_that_is_refused(session: Connection, statement: str) -> None:
    said = '0A000 setting configuration parameter "statement_timeout" not supported'
    assert refused(session, statement) == said
    assert value(session, "SELECT set_config('TimeZone', 'UTC', false)") == "UTC"


def test_nothing_is_temporary_whatever_the_search_path(session: Connection) -> None:
    session.execute("SET search_path = pg_temp")
    said = "0A000 TEMPORARY or TEMP table not supported for CREATE TABLE"
    assert refused(session, "CREATE TABLE x (id int)") == said
    assert refused(session, "CREATE VIEW x AS SELECT 1").startswith("0A000 TEMPORARY or TEMP view")
    session.execute("SET search_path = catalogs")


def test_texts_are_shown_as_compressed_by_lz4(session: Connection) -> None:
    shown = "SELECT attname, attcompression FROM pg_attribute WHERE attrelid = '{}'::regclass"
    kinds: dict[str, str] = dict(
        session.execute(f"{shown.format('t')} AND attnum > 0".encode()).fetchall()
    )
    assert kinds == {"id": "", "note": "l", "price": ""}
    assert {row[1] for row in session.execute(shown.format("pg_description").encode())} == {""}
    session.execute("INSERT INTO t VALUES (9, repeat('compressed', 10000))")
    session.execute("DELETE FROM t WHERE id = 9")


@pytest.mark.parametrize(
    "name",
    ["pg_statistic", "pg_shadow", "pg_backend_memory_contexts", "pg_shmem_allocations", "pg_stats"],
)
def test_catalogs_that_are_documented_as_available_can_be_read(
    session: Connection, name: str
) -> None:
    assert value(session, f"SELECT count(*) FROM {name}") is not None


def test_our_own_functions_and_tables_are_out_of_reach(session: Connection) -> None:
    job = "SELECT pg_dsql.submit_job('x', 1259, 1259, 'SELECT 1')"
    function = f"CREATE FUNCTION f() RETURNS text AS $x$ {job} $x$ LANGUAGE sql"
    assert refused(session, function).startswith("3F000 ")
    assert refused(session, 'SELECT U&"pg_dsq\\006c".check_database()').startswith("3F000 ")
    hidden = "SELECT to_tsvector('simple', pg_dsql.outcomes())"
    assert refused(session, f"SELECT ts_stat($x${hidden}$x$)").startswith("42501 ")
    assert refused(session, "SELECT pg_dsql_set_config('x.y', '1', true)").startswith("42704 ")


def test_sys_has_the_functions_that_a_live_cluster_lists(session: Connection) -> None:
    listed = "SELECT proname FROM pg_proc WHERE pronamespace = 'sys'::regnamespace"
    names = {name for (name,) in session.execute(listed.encode())}
    assert names == set(SYS_FUNCTIONS.split())
    assert value(session, "SELECT sys.decode_job_status(3)") == "failed"
    assert value(session, "SELECT sys.decode_job_ext_status(9)") is None
    assert value(session, r"SELECT sys.decode_job_statement('\x6162')") == "ab"
    assert value(session, "SELECT sys.job_err_msg('nosuch')") is None
    assert value(session, "SELECT sys.get_key_desc('t_pkey')") == "(id)"
    session.execute("CREATE SEQUENCE counted CACHE 1")
    session.execute("SELECT nextval('counted')")
    assert value(session, "SELECT last_value FROM sys.fetch_seq_data_tuple('counted')") == 1


def test_a_role_that_iam_trusts_cannot_be_dropped(session: Connection) -> None:
    arn = "arn:aws:iam::123456789012:role/x"
    session.execute("CREATE ROLE trusted WITH LOGIN")
    session.execute(f"AWS IAM GRANT trusted TO '{arn}'".encode())
    said = '2BP01 role "trusted" cannot be dropped because some objects depend on it'
    assert refused(session, "DROP ROLE trusted") == said
    session.execute(f"AWS IAM REVOKE trusted FROM '{arn}'".encode())
    session.execute("DROP ROLE trusted")


def test_a_primary_key_can_never_be_changed(session: Connection) -> None:
    said = "0A000 cannot drop primary key column id"
    assert refused(session, "ALTER TABLE t DROP COLUMN id") == said
    said = "0A000 unsupported ALTER TABLE DROP CONSTRAINT statement"
    assert refused(session, "ALTER TABLE t DROP CONSTRAINT t_pkey") == said
    session.execute("ALTER TABLE t DISABLE TRIGGER ALL")
    said = "54000 transaction row limit exceeded"
    assert refused(session, "INSERT INTO t SELECT n FROM generate_series(1, 3001) n") == said


def test_columns_hold_dsqls_types_in_dsqls_sizes(session: Connection) -> None:
    session.execute("INSERT INTO t VALUES (1, 'x', 1.23456789)")
    assert str(value(session, "SELECT price FROM t WHERE id = 1")) == "1.234568"
    said = "54000 datatype limit greater than 1048576 bytes not supported for text"
    assert refused(session, "INSERT INTO t VALUES (2, repeat('x', 1048577))") == said
    session.execute("INSERT INTO t VALUES (2, repeat('x', 1048576))")
    session.execute("CREATE TABLE sized (id text PRIMARY KEY, c bpchar, b bytea, j jsonb)")
    session.execute("INSERT INTO sized (id, b) VALUES ('a', decode(repeat('00', 1048576), 'hex'))")
    said = "54000 datatype limit greater than 1048576 bytes not supported for bytea"
    assert refused(session, "UPDATE sized SET b = b || b") == said
    said = "54000 datatype limit greater than 4096 bytes not supported for char"
    assert refused(session, "UPDATE sized SET b = NULL, c = repeat('x', 4097)") == said
    key = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 100) n)"
    assert refused(session, f"INSERT INTO sized VALUES ({key})") == "54000 key size too large"
    for type_name in ("catalogs.t", "xid8", '"char"', "integer[]"):
        said = f"0A000 datatype {type_name} not supported"
        assert refused(session, f"CREATE TABLE x (a {type_name})") == said
    assert (
        refused(session, "CREATE DOMAIN many AS int[]") == "0A000 datatype integer[] not supported"
    )
    session.execute("CREATE DOMAIN document AS jsonb")
    said = "0A000 datatype catalogs.document is not supported in a key"
    assert refused(session, "CREATE TABLE x (a document PRIMARY KEY)") == said
    names = {row[1] for row in session.execute("SELECT * FROM sys.supported_datatypes()")}
    assert {"numeric", "jsonb", "timestamp with time zone"} <= names


def test_rights_on_postgresqls_own_functions_are_shown_as_they_were_made(
    session: Connection,
) -> None:
    """pg_dump prepares a statement, which is refused, for each function with other rights."""
    other = (
        "FROM pg_proc p LEFT JOIN pg_init_privs i ON i.objoid = p.oid"
        " AND i.classoid = 'pg_proc'::regclass AND i.objsubid = 0"
        " WHERE p.pronamespace = 'pg_catalog'::regnamespace"
        " AND p.proacl IS DISTINCT FROM i.initprivs"
    )
    assert value(session, f"SELECT count(*) {other}") == 0
    session.execute("CREATE FUNCTION catalogs.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    session.execute("REVOKE EXECUTE ON FUNCTION catalogs.f() FROM PUBLIC")
    mine = "SELECT proacl::text FROM pg_proc WHERE proname = 'f' AND prolang = 14"
    assert value(session, mine) == "{admin=X/admin}"
    session.execute("DROP FUNCTION catalogs.f()")
