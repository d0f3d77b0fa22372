"""The one door answers the same whether libpq can give rows in chunks or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import pq

from dsql_tui.errors import StatementError
from dsql_tui.model.result import Completed, Described, Notice, RowChunk
from dsql_tui.pg import stream as door
from tests.bench.database import private_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with private_postgres() as conninfo:
        yield conninfo


@pytest.fixture(params=["chunks", "whole"])
def connection(
    request: pytest.FixtureRequest, server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    if request.param == "whole":
        monkeypatch.setattr(door, "CHUNKED_ROWS_SINCE", pq.version() + 1)
    with psycopg.connect(server, autocommit=True) as open_connection:
        yield open_connection


def answered(connection: psycopg.Connection, statement: str) -> list[object]:
    """The events with chunks opened: all rows as one list."""
    facts: list[object] = []
    rows: list[tuple[str | None, ...]] = []
    for event in door.stream(connection, statement):
        match event:
            case Described(columns):
                facts.append([column.name for column in columns])
            case RowChunk():
                assert event.size_bytes > 0 or event.rows.nfields == 1
                rows += event.rows.texts()
            case Notice(severity, message):
                facts.append(f"{severity}: {message}")
            case Completed():
                facts += [rows[:1], len(rows), event.command_tag, event.row_count]
    return facts


@pytest.mark.parametrize(
    ("statement", "facts"),
    [
        (
            "select g, null as nothing from generate_series(1, 2500) g",
            [["g", "nothing"], [("1", None)], 2500, "SELECT 2500", 2500],
        ),
        ("select 1 as none where false", [["none"], [], 0, "SELECT 0", 0]),
        ("select from generate_series(1, 2)", [[], [()], 2, "SELECT 2", 2]),
        ("set work_mem = '5MB'", [[], 0, "SET", 0]),
        (
            "set client_encoding = 'LATIN1'",
            [
                *([], 0, "SET", 0),
                "WARNING: client_encoding was reset to UTF8, "
                "the only encoding that dsql-tui supports.",
            ],
        ),
        ("copy (select 'a', null) to stdout", [["copy"], [("a\t\\N",)], 1, "COPY 1", 1]),
        (
            "do $$ begin raise notice 'hello'; end $$",
            ["NOTICE: hello", [], 0, "DO", 0],
        ),
    ],
)
def test_both_ways_answer_alike(
    connection: psycopg.Connection, statement: str, facts: list[object]
) -> None:
    assert answered(connection, statement) == facts


def test_both_ways_carry_errors_and_stay_usable(connection: psycopg.Connection) -> None:
    with pytest.raises(StatementError) as refused:
        answered(connection, "select 1 / 0")
    assert refused.value.sqlstate == "22012"
    with pytest.raises(StatementError, match="multiple commands"):
        answered(connection, "select 1; select 2")
    assert answered(connection, "select 1 as one") == [["one"], [("1",)], 1, "SELECT 1", 1]


def test_text_in_another_encoding_is_shown_and_the_next_is_right(
    connection: psycopg.Connection,
) -> None:
    odd = "select set_config('client_encoding', 'LATIN1', false) as e, U&'\\00e9' as t"
    with closing(door.stream(connection, odd)) as events:
        (chunk,) = (event for event in events if isinstance(event, RowChunk))
    assert chunk.rows.texts() == [("LATIN1", "\ufffd")]
    assert answered(connection, "select 'é' as t")[1:3] == [[("é",)], 1]


def test_parameters_travel_both_ways(connection: psycopg.Connection) -> None:
    chunks = [
        event.rows.texts()
        for event in door.stream(connection, "select $1::int + 1, $2::text", [b"41", None])
        if isinstance(event, RowChunk)
    ]
    assert chunks == [[("42", None)]]


def origins(connection: psycopg.Connection, statement: str) -> list[tuple[str, int]]:
    """Return the table and attribute number of each column, or an empty name and 0."""
    (described,) = [
        event for event in door.stream(connection, statement) if isinstance(event, Described)
    ]
    names: dict[int, str] = dict(
        connection.execute("select oid::bigint, relname from pg_class").fetchall()
    )
    return [
        (names.get(column.relation_oid, ""), column.attribute_number)
        for column in described.columns
    ]


NOWHERE = ("", 0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select b, a from pairs", [("pairs", 3), ("pairs", 1)]),
        ("select a as b, b as a from pairs where false", [("pairs", 1), ("pairs", 3)]),
        ("with p as (select * from pairs) select b from p", [("pairs", 3)]),
        ("select p.a, v.a from pairs p join shown v using (b)", [("pairs", 1), ("shown", 1)]),
        ("select l.a, r.a from pairs l, pairs r", [("pairs", 1)] * 2),
        ("select a + 1, count(*) over (), 'x', ctid from pairs", [NOWHERE] * 3 + [("pairs", -1)]),
        ("select a from pairs union all select a from pairs", [NOWHERE]),
        ("insert into pairs values (1, 2) returning b, a", [("pairs", 3), ("pairs", 1)]),
    ],
)
def test_each_column_says_its_table_and_attribute(
    connection: psycopg.Connection, query: str, expected: list[tuple[str, int]]
) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("create table pairs (a int, gone int, b int)")
        connection.execute("alter table pairs drop column gone")
        connection.execute("create view shown as select a, b from pairs")
        assert origins(connection, query) == expected
