"""The catalog queries of psql's commands, on the local DSQL's sample shop."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import conninfo
from dsql_tui.sql.psql.commands import QUERIES, Note
from dsql_tui.sql.psql.steps import Side, steps_of
from tests.support.local_dsql import Connection, connect, endpoint_of, token_for


@pytest.fixture(scope="module")
def shop(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "shop"), autocommit=True) as connection:
        yield connection


def listed(session: Connection, text: str) -> list[list[tuple[str, ...]]]:
    """Return the rows of each result of a command, as text."""
    results = []
    for step in steps_of(text, Side.HEADLESS):
        rows = session.execute(step.sql.encode()).fetchall()
        results.append(
            [tuple("" if value is None else str(value) for value in row) for row in rows]
        )
    return results


def test_every_query_is_answered(shop: Connection) -> None:
    for command in QUERIES:
        if isinstance(command.headless, Note):
            continue
        for name in command.names:
            for ending in ("", "+", "S+"):
                for pattern in ("", " o*", " public.*"):
                    if pattern or not name.startswith(("sf", "sv")):
                        listed(shop, f"\\{name}{ending}{pattern}")


def test_a_table_is_described_with_everything_that_belongs_to_it(shop: Connection) -> None:
    columns, details = listed(shop, "\\d orders")
    by_name = {row[1]: row[2:] for row in columns}
    assert by_name["id"][:2] == ("uuid", "not null")
    assert {row[0] for row in columns} == {"public.orders"}
    parts = {(part, name): definition for _, part, name, definition, _ in details}
    assert parts["Primary key", "orders_pkey"] == "PRIMARY KEY (id)"
    assert "REFERENCES customers(id)" in parts["Foreign key", "orders_customer_id_fkey"]
    assert any(
        part == "Referenced by" and "order_items" in said for (part, _), said in parts.items()
    )
    assert [part for _, part, *_ in details] == sorted(
        (part for _, part, *_ in details), key=ORDER.index
    )


ORDER = [
    *("Primary key", "Unique constraint", "Index", "Unique index", "Check constraint"),
    *("Foreign key", "View definition", "Referenced by"),
]


@pytest.mark.parametrize("pattern", ["orders", "ORDERS", '"orders"', "public.orders", "ord?rs"])
def test_patterns_find_the_table(shop: Connection, pattern: str) -> None:
    columns, _ = listed(shop, f"\\d {pattern}")
    assert {row[0] for row in columns} == {"public.orders"}


@pytest.mark.parametrize(
    "pattern", ['"Orders"', "sys.orders", "order", "'; drop table orders; --'"]
)
def test_patterns_find_nothing_else(shop: Connection, pattern: str) -> None:
    assert listed(shop, f"\\d {pattern}") == [[], []]


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(("\\d", 3), ("\\dt", 3), ("\\di", 3), ("\\dtS pg_c*", 3), ("\\dv *.pg_r*", 3)),
        *(("\\dn", 1), ("\\du", 1), ("\\dD", 2), ("\\dt public.o*", 3), ("\\df", 2)),
    ],
)
def test_names_are_those_that_psql_lists(
    shop: Connection, local_dsql: ServerInfo, text: str, count: int
) -> None:
    endpoint = endpoint_of(local_dsql, "shop")
    environment = os.environ | {"PGPASSWORD": token_for(local_dsql, endpoint)}
    done = subprocess.run(
        ["psql", conninfo(endpoint), "-XAtc", text],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = {tuple(line.split("|")[:count]) for line in done.stdout.splitlines()}
    assert {row[:count] for row in listed(shop, text)[0]} == theirs
