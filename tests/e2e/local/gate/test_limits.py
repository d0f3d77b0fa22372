"""Limits of DSQL's definitions and statements, and what its catalogs and `sys` functions show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from dsql_tui.local.postgres.postmaster import SUPERUSER
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of, refused


@pytest.fixture(scope="module")
def connection(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as opened:
        yield opened


@pytest.fixture
def session(connection: Connection) -> Iterator[Connection]:
    connection.execute("CREATE SCHEMA limits")
    connection.execute("SET search_path = limits")
    yield connection
    connection.execute("ROLLBACK")
    connection.execute("DROP SCHEMA limits CASCADE")


@contextmanager
def lowered(info: ServerInfo, subject: str, most: int) -> Iterator[None]:
    """Lower a limit on the number of objects, as the owner of the databases."""
    with ExitStack() as stack:
        owners = [
            stack.enter_context(
                psycopg.connect(
                    host=str(socket.parent), user=SUPERUSER, dbname="postgres", autocommit=True
                )
            )
            for socket in info.runtime_dir.glob("*/.s.PGSQL.*[0-9]")
        ]
        query = "SELECT most FROM pg_dsql.limits WHERE subject = %s"
        was = (owners[0].execute(query, (subject,)).fetchone() or (0,))[0]
        change = "UPDATE pg_dsql.limits SET most = %s WHERE subject = %s"
        for owner in owners:
            owner.execute(change, (most, subject))
        try:
            yield
        finally:
            for owner in owners:
                owner.execute(change, (was, subject))


@pytest.mark.parametrize(
    ("kind", "subject", "definition", "message"),
    [
        ("r", "tables", "TABLE {} (id int)", "creating more than 1000 tables not allowed"),
        ("v", "views", "VIEW {} AS SELECT 1", "creating more than 5000 views not allowed"),
        (
            "S",
            "sequences",
            "SEQUENCE {} CACHE 1",
            "creating more than 5000 sequences is not allowed",
        ),
    ],
)
def test_a_database_has_only_so_many_of_each(
    local_dsql: ServerInfo,
    session: Connection,
    kind: str,
    subject: str,
    definition: str,
    message: str,
) -> None:
    counted = (
        "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE relkind = %s AND nspname !~ '^pg_' AND nspname NOT IN ('sys', 'information_schema')"
    )
    (there,) = session.execute(counted, (kind,)).fetchone() or (0,)
    with lowered(local_dsql, subject, there + 1):
        session.execute(f"CREATE {definition.format('the_last')}".encode())
        assert refused(session, f"CREATE {definition.format('one_more')}") == f"54000 {message}"
        session.execute(f"DROP {definition.split()[0]} the_last".encode())
        session.execute(f"CREATE {definition.format('another')}".encode())


def test_the_definition_of_a_view_has_at_most_512_kibibytes(session: Connection) -> None:
    session.execute(f"CREATE VIEW fits AS SELECT '{'x' * 524_000}'".encode())
    said = "54000 view definition too large"
    assert refused(session, f"CREATE VIEW exceeds AS SELECT '{'x' * 525_000}'") == said
    assert refused(session, f"CREATE OR REPLACE VIEW fits AS SELECT '{'x' * 525_000}'") == said


def test_a_table_has_at_most_5_extended_statistics(session: Connection) -> None:
    session.execute("CREATE TABLE counted (a int, b int, c int, d int)")
    for number, columns in enumerate(("a, b", "a, c", "a, d", "b, c", "b, d")):
        session.execute(f"CREATE STATISTICS s{number} ON {columns} FROM counted".encode())
    said = "54000 more than 5 extended statistics per table are not allowed"
    assert refused(session, "CREATE STATISTICS more ON c, d FROM counted") == said
    said = "22023 statistics target 101 exceeds maximum allowed value of 100"
    assert refused(session, "ALTER STATISTICS s0 SET STATISTICS 101") == said
    session.execute("ALTER STATISTICS s0 SET STATISTICS 100")


def test_a_table_has_at_most_255_columns(session: Connection) -> None:
    columns = ", ".join(f"c{number} int" for number in range(255))
    session.execute(f"CREATE TABLE wide ({columns})".encode())
    more = columns + ", d int, e int"
    assert refused(session, f"CREATE TABLE keyed ({more}, PRIMARY KEY (c0))") == (
        "54011 cannot use more than 256 columns in an index"
    )
    assert refused(session, f"CREATE TABLE wider ({columns}, more int)") == (
        "54011 tables can have at most 255 columns"
    )
    assert refused(session, "ALTER TABLE wide ADD COLUMN more int") == (
        "54011 tables can have at most 255 columns"
    )


def test_a_table_has_at_most_1600_columns_in_its_life(session: Connection) -> None:
    session.execute("CREATE TABLE churned (id int)")
    names = [f"c{number}" for number in range(254)]
    added, dropped = (
        ", ".join(f"ADD {name} int" for name in names),
        ", ".join(f"DROP {name}" for name in names),
    )
    for _ in range(6):
        session.execute(f"ALTER TABLE churned {added}".encode())
        session.execute(f"ALTER TABLE churned {dropped}".encode())
    said = "54011 tables can have at most 1600 columns"
    assert refused(session, f"ALTER TABLE churned {added}") == said


def test_a_key_has_at_most_1981_bytes_shared_by_its_columns(session: Connection) -> None:
    said = "54000 key size too large"
    session.execute("CREATE TABLE one (id varchar(2000) PRIMARY KEY)")
    session.execute("INSERT INTO one VALUES (repeat('x', 1981))")
    assert refused(session, "INSERT INTO one VALUES (repeat('x', 1982))") == said
    assert refused(session, "UPDATE one SET id = repeat('é', 991)") == said
    letters = "abcdefgh"
    columns = ", ".join(f"{letter} text" for letter in letters)
    session.execute(f"CREATE TABLE eight ({columns}, PRIMARY KEY ({', '.join(letters)}))".encode())
    fill = "INSERT INTO eight SELECT x, x, x, x, x, x, x, x FROM repeat('x', {}) AS x"
    session.execute(fill.format(241).encode())
    assert refused(session, fill.format(242)) == said


def test_a_secondary_key_holds_the_primary_key_too(session: Connection) -> None:
    session.execute("CREATE TABLE two (id text PRIMARY KEY, v text)")
    session.execute("CREATE INDEX ASYNC two_v ON two (v)")
    fill = "INSERT INTO two VALUES (repeat('i', 500), repeat('x', {}))"
    assert refused(session, fill.format(1_475)) == "54000 key size too large"
    session.execute("ALTER TABLE two RENAME COLUMN v TO w")
    assert refused(session, fill.format(1_475)) == "54000 key size too large"
    session.execute(fill.format(1_474).encode())
    session.execute("DROP INDEX two_v")
    session.execute("UPDATE two SET w = repeat('x', 100000)")


def test_keys_of_expressions_and_partial_indexes_are_measured_as_they_are(
    session: Connection,
) -> None:
    said = "54000 key size too large"
    session.execute("CREATE TABLE three (id int PRIMARY KEY, v text, gone bool)")
    session.execute("CREATE INDEX ASYNC shown ON three ((upper(v)))")
    fill = "INSERT INTO three VALUES ({}, repeat('x', {}), {})"
    session.execute(fill.format(1, 1_970, False).encode())
    assert refused(session, fill.format(2, 1_971, False)) == said
    session.execute("DROP INDEX shown")
    session.execute("CREATE INDEX ASYNC ON three (v) WHERE NOT gone")
    assert refused(session, fill.format(2, 1_971, False)) == said
    session.execute(fill.format(2, 5_000, True).encode())


def test_a_key_is_declared_with_at_most_2000_bytes(session: Connection) -> None:
    said = "54000 key size greater than 2000 bytes not supported"
    assert refused(session, "CREATE TABLE k (id varchar(2001) PRIMARY KEY)") == said
    session.execute("CREATE TABLE k (a varchar(1000), b char(1001), id varchar(1500) PRIMARY KEY)")
    assert refused(session, "CREATE INDEX ASYNC ON k (a, b)") == said
    session.execute("CREATE INDEX ASYNC ON k (a)")
    session.execute("CREATE DOMAIN long AS varchar(2001)")
    assert refused(session, "CREATE TABLE l (id long UNIQUE)") == said


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("varchar(65536)", "Datatype limit greater than 65535 bytes not supported for varchar"),
        ("national character varying(65536)", "Datatype limit greater than 65535 bytes"),
        ('pg_catalog."varchar"(65536)', "Datatype limit greater than 65535 bytes"),
        ("char(4097)", "Datatype limit greater than 4096 bytes not supported for char"),
        ("nchar(4097)", "Datatype limit greater than 4096 bytes not supported for char"),
    ],
)
def test_no_spelling_declares_a_column_longer_than_may_be(
    session: Connection, column: str, message: str
) -> None:
    assert refused(session, f"CREATE TABLE t (a {column})").startswith(f"54000 {message}")
    assert refused(session, f"CREATE DOMAIN d AS {column}").startswith(f"54000 {message}")
    session.execute(f"CREATE TABLE t (a {column.replace('6', '5').replace('7', '6')})".encode())


def test_a_sequence_is_of_bigint(session: Connection) -> None:
    said = "0A000 datatype integer not supported, sequence type must be bigint"
    assert refused(session, 'CREATE SEQUENCE s AS "int4" CACHE 1') == said
    session.execute("CREATE SEQUENCE s AS int8 CACHE 1")
    assert refused(session, "ALTER SEQUENCE s AS integer") == said


def test_a_table_has_at_most_24_indexes_its_key_included(session: Connection) -> None:
    session.execute("CREATE TABLE indexed (id int PRIMARY KEY, v int)")
    for _ in range(23):
        session.execute("CREATE INDEX ASYNC ON indexed (v)")
    assert refused(session, "CREATE INDEX ASYNC ON indexed (v)") == (
        "54000 more than 24 indexes per table are not allowed"
    )


def test_a_key_has_at_most_eight_columns_of_sortable_types(session: Connection) -> None:
    columns = ", ".join(f"c{number} int" for number in range(9))
    names = ", ".join(f"c{number}" for number in range(9))
    assert refused(session, f"CREATE TABLE keyed ({columns}, PRIMARY KEY ({names}))") == (
        "54011 more than 8 column keys in an index are not supported"
    )
    assert refused(session, "CREATE TABLE keyed (k interval PRIMARY KEY)") == (
        "0A000 datatype interval is not supported in a key"
    )
    session.execute("CREATE TABLE documents (id int, d jsonb)")
    assert refused(session, "CREATE INDEX ASYNC ON documents (d)") == (
        "0A000 datatype jsonb is not supported in a key"
    )
    assert refused(session, "CREATE TABLE keyed (k json PRIMARY KEY)") == (
        "0A000 datatype json is not supported in a key"
    )


def test_there_are_at_most_ten_schemas(session: Connection) -> None:
    made: list[str] = []
    try:
        for number in range(9):
            session.execute(f"CREATE SCHEMA more{number}".encode())
            made.append(f"more{number}")
        assert refused(session, "CREATE SCHEMA more9") == "54000 more than 10 schemas not allowed"
    finally:
        for name in made:
            session.execute(f"DROP SCHEMA {name}".encode())


def test_a_query_has_128_mebibytes_of_temporary_space(session: Connection) -> None:
    statement = (
        "SELECT md5(n::text) FROM generate_series(1, 6000000) n ORDER BY 1 LIMIT 1 OFFSET 5999999"
    )
    assert refused(session, statement) == (
        "54000 query requires more than allowed temp space of 131072 KB to execute"
    )


def test_a_message_of_more_than_10_mebibytes_ends_the_session(local_dsql: ServerInfo) -> None:
    ending_in_a_zero_byte = 10 * 1024 * 1024 - 1
    query = "SELECT length('{}')"
    length = ending_in_a_zero_byte - len(query.format(""))
    fits = query.format("x" * length)
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as session:
        assert session.execute(fits.encode()).fetchone() == (length,)
        with pytest.raises(psycopg.OperationalError) as caught:
            session.execute(f"{fits} ".encode())
    assert caught.value.sqlstate is None


def test_cascades_count_towards_the_row_limit(session: Connection) -> None:
    session.execute("CREATE TABLE parents (id int PRIMARY KEY)")
    session.execute(
        "CREATE TABLE children (id int, parent int REFERENCES parents ON DELETE CASCADE)"
    )
    session.execute("INSERT INTO parents VALUES (1)")
    session.execute("INSERT INTO children SELECT n, 1 FROM generate_series(1, 3000) n")
    assert refused(session, "DELETE FROM parents") == "54000 transaction row limit exceeded"


def test_index_entries_count_towards_ten_mebibytes(session: Connection) -> None:
    session.execute("CREATE TABLE wide (id int PRIMARY KEY, v text)")
    session.execute(
        "INSERT INTO wide SELECT n, repeat(md5(n::text), 90) FROM generate_series(1, 3000) n"
    )
    touch = "UPDATE wide SET v = v || 'x'"
    session.execute(touch.encode())
    for index in ("((left(v, 9)))", "(id) INCLUDE (v) WHERE id > 1"):  # the table is large by now
        (job_id,) = session.execute(f"CREATE INDEX ASYNC ON wide {index}".encode()).fetchone() or ()
        assert session.execute("CALL sys.wait_for_job(%s)", (job_id,)).fetchone() == (True,)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded) as caught:
        session.execute(touch.encode())
    assert caught.value.diag.message_detail == "Current transaction size 17mb > 10mb"


def test_reset_all_resets_settings_and_not_the_count_of_rows(session: Connection) -> None:
    session.execute("CREATE TABLE counted (id int)")
    session.execute("SET TimeZone = 'Asia/Tokyo'")
    session.execute("BEGIN")
    session.execute("INSERT INTO counted SELECT generate_series(1, 3000)")
    assert session.execute("RESET ALL").statusmessage == "RESET"
    assert session.execute("SHOW TimeZone").fetchone() == ("UTC",)
    assert session.execute("SHOW search_path").fetchone() == ('"$user", public',)
    said = "54000 transaction row limit exceeded"
    assert refused(session, "INSERT INTO limits.counted VALUES (0)") == said
    session.execute("ROLLBACK")


def test_indexes_are_shown_with_dsqls_access_method(session: Connection) -> None:
    session.execute("CREATE TABLE shown (id int PRIMARY KEY)")
    row = session.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'shown'").fetchone()
    assert row == ("CREATE UNIQUE INDEX shown_pkey ON limits.shown USING btree_index (id)",)


def test_the_functions_of_sys_answer(session: Connection) -> None:
    assert session.execute("SELECT sys.iam_session_user()").fetchone() == (
        "arn:aws:iam::000000000000:user/local",
    )
    assert session.execute("SELECT sys.cluster_size() < sys.cluster_size_limit()").fetchone() == (
        True,
    )
    text = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    there_and_back = "SELECT sys.base32_str_to_uuid(sys.uuid_to_base32_str(%s::uuid))::text"
    assert session.execute(there_and_back, (text,)).fetchone() == (text,)
    assert refused(session, "SELECT sys.wait_for_job('x')") == (
        "42809 sys.wait_for_job(unknown) is a procedure"
    )
    assert refused(session, "CALL sys.wait_for_job('x')").startswith("22P02 ")


def test_a_foreign_setting_cannot_be_smuggled_in(session: Connection) -> None:
    assert "not supported" in refused(session, "SET dsql.iam_arn = 'arn:aws:iam::1:user/root'")
    assert "not supported" in refused(session, "SELECT set_config('dsql.rows', '0', true)")
    for setting in ('U&"dsql\\002erows"', "dsql.rows", "lock_timeout"):
        function = f"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET {setting} = 0 RETURN 1"
        assert "not supported" in refused(session, function)


def test_documents_are_measured_compressed_and_a_row_has_two_mebibytes(session: Connection) -> None:
    session.execute("CREATE TABLE rows (id int PRIMARY KEY, j jsonb, t text, u text)")
    session.execute("INSERT INTO rows (id, j) SELECT 1, to_jsonb(repeat('x', 2097152))")
    noise = (
        "(SELECT string_agg(md5(n::text) || md5((-n)::text), '') FROM generate_series(1, 40000) n)"
    )
    said = "54000 datatype limit greater than 1048576 bytes not supported for jsonb"
    assert refused(session, f"INSERT INTO rows (id, j) SELECT 2, to_jsonb({noise})") == said
    two = "INSERT INTO rows (id, t, u) SELECT 3, x, x FROM repeat('x', {}) AS x"
    assert refused(session, two.format(1_048_576)) == "54000 maximum row size exceeded"
    session.execute(two.format(1_048_000).encode())
