"""EXPLAIN over the wire: DSQL's nodes, what storage ships, and what a statement really cost."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        connection.execute("CREATE SCHEMA plans")
        connection.execute("SET search_path = plans")
        connection.execute('CREATE TABLE t (id int PRIMARY KEY, "Kind" text, note text, price int)')
        connection.execute("INSERT INTO t SELECT n, 'k', 'n', n FROM generate_series(1, 200) n")
        yield connection
        connection.execute("DROP SCHEMA plans CASCADE")


def plan(session: Connection, statement: str, *values: object) -> list[str]:
    rows = session.execute(statement.encode(), values or None).fetchall()
    return [row[0].partition(" (cost")[0].strip() for row in rows]


def test_storage_ships_columns_and_filters_in_both_protocols(session: Connection) -> None:
    told = [
        "Full Scan (btree-table) on t",
        "Filter: (note ~~ '%n'::text)",
        "-> Storage Scan on t",
        'Projections: "Kind", note',
        "Filters: (price > 5)",
        "-> B-Tree Scan on t",
    ]
    query = """EXPLAIN SELECT "Kind" FROM t WHERE note LIKE '%%n' AND price > {}"""
    assert plan(session, query.format(5).replace("%%", "%")) == told
    assert plan(session, query.format("%s::int"), 5) == told


def test_an_index_scan_looks_rows_up_unless_the_index_includes_all_columns(
    session: Connection,
) -> None:
    (job_id,) = session.execute(
        "CREATE INDEX ASYNC by_price ON t (price) INCLUDE (note)"
    ).fetchone() or ("",)
    session.execute("CALL sys.wait_for_job(%s)", (job_id,))
    session.execute("SET enable_seqscan = off")
    session.execute("ANALYZE t")
    covered = plan(session, "EXPLAIN SELECT note FROM t WHERE price = 5 AND note > 'a'")
    assert covered[0] == "Index Only Scan using by_price on t"
    assert "Projections: note" in covered
    looked_up = plan(
        session, """EXPLAIN SELECT "Kind" FROM t WHERE price = 5 AND note > 'a' AND "Kind" > 'b'"""
    )
    assert looked_up[2:] == [
        "-> Storage Scan on by_price",
        "Filters: (note > 'a'::text)",
        "-> B-Tree Scan on by_price",
        "Index Cond: (price = 5)",
        "-> Storage Lookup on t",
        'Projections: "Kind"',
        "Filters: (\"Kind\" > 'b'::text)",
        "-> B-Tree Lookup on t",
    ]
    session.execute("RESET enable_seqscan")


def test_a_loop_over_an_index_is_batched_unless_that_is_switched_off(session: Connection) -> None:
    query = "EXPLAIN (COSTS OFF) SELECT u.id FROM t JOIN t u ON u.id = t.price LIMIT 3"
    try:
        for off in ("hashjoin", "mergejoin"):
            session.execute(f"SET enable_{off} = off".encode())
        assert plan(session, query)[1:3] == [
            "->  Nested Loop (Batched Join)",
            "Recheck Cond: (id = t.price)",
        ]
        session.execute("SET dsql.enable_batched_nestloop = off")
        assert plan(session, query)[1] == "->  Nested Loop"
    finally:
        for name in ("enable_hashjoin", "enable_mergejoin", "dsql.enable_batched_nestloop"):
            session.execute(f"RESET {name}".encode())


def test_settings_of_the_local_server_are_not_shown(session: Connection) -> None:
    session.execute("SET enable_material = off")
    lines = plan(session, "EXPLAIN (SETTINGS) SELECT * FROM t WHERE id = 1")
    assert lines[0] == "Index Only Scan using t_pkey on t"
    assert lines[-1] == "Settings: search_path = 'plans', enable_material = 'off'"
    session.execute("RESET enable_material")


def test_a_write_costs_what_it_has_written(session: Connection) -> None:
    lines = plan(
        session,
        "EXPLAIN ANALYZE VERBOSE INSERT INTO t VALUES (1000, repeat('x', 100000)), (1001, 'y')",
    )
    (write,) = [float(line.split()[1]) for line in lines if line.startswith("Write:")]
    assert (100_000 + 128) * 0.00004883 < write < (100_100 + 3 * 128) * 0.00004883
    session.execute("CREATE TABLE indexed (id int PRIMARY KEY, v int)")
    session.execute("CREATE INDEX ASYNC ON indexed (v)")
    lines = plan(session, "EXPLAIN ANALYZE VERBOSE INSERT INTO indexed VALUES (1, 1)")
    assert "Write: 0.01250 DPU (Transaction minimum: 0.05000)" in lines  # a row and an entry
    assert plan(session, "EXPLAIN INSERT INTO t VALUES (1)")[0] == "Insert on t"
    nothing = plan(
        session, "EXPLAIN ANALYZE VERBOSE INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"
    )
    assert "Write: 0.00000 DPU" in nothing


@pytest.mark.parametrize(
    ("assignment", "write"),
    [
        ("w = 2", "0.00625"),  # the row
        ("v = 2", "0.01875"),  # and an entry that goes, and one that comes (live, July 2026)
        ("(w, v) = (3, 3)", "0.01875"),
        ("u = 2", "0.01875"),
        ("x = 2", "0.01875"),
        ("v = 2, x = 2", "0.03125"),
    ],
)
def test_an_update_writes_the_entries_of_the_columns_it_assigns(
    session: Connection, assignment: str, write: str
) -> None:
    session.execute("CREATE TABLE entered (id int PRIMARY KEY, v int, w int, u int UNIQUE, x int)")
    session.execute("CREATE INDEX ASYNC ON entered (v) INCLUDE (id)")
    session.execute("CREATE INDEX ASYNC ON entered ((x + 1))")
    session.execute("INSERT INTO entered VALUES (1, 1, 1, 1, 1)")
    explained = f"EXPLAIN ANALYZE VERBOSE UPDATE entered SET {assignment} WHERE id = 1"
    lines = plan(session, explained)
    session.execute("DROP TABLE entered")
    assert f"Write: {write} DPU (Transaction minimum: 0.05000)" in lines


def test_a_write_is_billed_in_both_regions_of_a_pair(local_dsql: ServerInfo) -> None:
    with connect(local_dsql, endpoint_of(local_dsql, "shop")) as pair, pair.transaction():
        lines = plan(pair, "EXPLAIN ANALYZE VERBOSE UPDATE products SET id = id WHERE id = 1")
        figures = dict(line.split(": ", 1) for line in lines if ": 0." in line)
        assert figures["Multi-Region Write"] == figures["Write"] != "0.00000 DPU"
        assert figures["Write"].endswith("(Transaction minimum: 0.05000)")
        raise psycopg.Rollback


@pytest.mark.parametrize("values", [(), (1,)], ids=["simple", "extended"])
def test_an_error_points_into_what_the_client_wrote(
    session: Connection, values: tuple[int, ...]
) -> None:
    statement = "  EXPLAIN SELECT nope FROM t WHERE id = " + ("%s" if values else "1")
    with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        session.execute(statement.encode(), values or None)
    assert caught.value.diag.statement_position == str(statement.index("nope") + 1)
