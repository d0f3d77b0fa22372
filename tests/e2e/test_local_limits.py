"""Limits of DSQL's definitions and statements, and what its catalogs and `sys` functions tell."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_tui.local.server import ServerInfo
from tests.e2e.support import Connection, connect, endpoint_of


@pytest.fixture
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        connection.execute("CREATE SCHEMA limits")
        connection.execute("SET search_path = limits")
        yield connection
        connection.execute("DROP SCHEMA limits CASCADE")


def refused(session: Connection, statement: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        session.execute(statement.encode())
    return f"{caught.value.sqlstate} {caught.value.diag.message_primary}"


def test_a_table_has_at_most_255_columns(session: Connection) -> None:
    columns = ", ".join(f"c{number} int" for number in range(255))
    session.execute(f"CREATE TABLE wide ({columns})".encode())
    assert refused(session, f"CREATE TABLE wider ({columns}, more int)") == (
        "54011 tables can have at most 255 columns"
    )
    assert refused(session, "ALTER TABLE wide ADD COLUMN more int") == (
        "54011 tables can have at most 255 columns"
    )


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


def test_cascades_count_towards_the_row_limit(session: Connection) -> None:
    session.execute("CREATE TABLE parents (id int PRIMARY KEY)")
    session.execute(
        "CREATE TABLE children (id int, parent int REFERENCES parents ON DELETE CASCADE)"
    )
    session.execute("INSERT INTO parents VALUES (1)")
    session.execute("INSERT INTO children SELECT n, 1 FROM generate_series(1, 3000) n")
    assert refused(session, "DELETE FROM parents") == "54000 transaction row limit exceeded"


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
    found = session.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'shown'").fetchone()
    assert found == ("CREATE UNIQUE INDEX shown_pkey ON limits.shown USING btree_index (id)",)


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
