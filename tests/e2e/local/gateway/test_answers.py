"""Every message gets its answer, whatever fails, is refused or changes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

from dsql_tui.local.process.server import LocalServer
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import Connection, connect, endpoint_of
from tests.support.raw import (
    COPY_DONE,
    COPY_FAIL,
    FLUSH,
    FUNCTION_CALL,
    SYNC,
    RawSession,
    bind,
    copy_data,
    describe,
    describe_statement,
    execute,
    parse,
    query,
    run,
)

OC000 = "E[40001 change conflicts with another transaction (OC000)]"
OC001 = "E[40001 schema has been updated by another transaction (OC001)]"
ONE = "T1 D C[SELECT 1] ZI"
CHANGES = {
    "add": "ALTER TABLE {} ADD COLUMN more text",
    "drop column": "ALTER TABLE {} DROP COLUMN v",
    "rename column": "ALTER TABLE {} RENAME COLUMN v TO w",
    "drop": "DROP TABLE {}",
}
"""What another session does to a table whose rows a prepared statement selects."""
NUMBERS = count()


@pytest.fixture(scope="module")
def shop(unruly: LocalServer) -> Endpoint:
    return endpoint_of(unruly.info, "shop")


@pytest.fixture(scope="module")
def other(unruly: LocalServer, shop: Endpoint) -> Iterator[Connection]:
    """Yield another session, which makes the concurrent changes."""
    with connect(unruly.info, shop) as session:
        yield session


@pytest.fixture
def raw(unruly: LocalServer, shop: Endpoint) -> Iterator[RawSession]:
    with RawSession(unruly.info, shop) as session:
        yield session


@pytest.fixture
def table(other: Connection) -> str:
    """Give a table of `id` and `v` with the rows 1 and 2."""
    name = f"t{next(NUMBERS)}"
    other.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v text)".encode())
    other.execute(f"INSERT INTO {name} VALUES (1, 'a'), (2, 'b')".encode())
    return name


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("where", ["autocommit", "a block", "a block that has read it"])
def test_a_prepared_statement_fails_after_another_session_s_ddl_and_works_when_retried(
    raw: RawSession, other: Connection, table: str, change: str, where: str
) -> None:
    again = bind("s") + describe() + execute() + SYNC
    assert raw.ask(parse(f"SELECT * FROM {table}", "s") + SYNC) == "1 ZI"
    if where != "autocommit":
        raw.ask(query("BEGIN"))
    if where == "a block that has read it":
        assert raw.ask(again) == "2 T2 D C[SELECT 2] ZT"
    other.execute(CHANGES[change].format(table).encode())
    assert raw.ask(again) == OC001 + (" ZI" if where == "autocommit" else " ZE")
    if where != "autocommit":
        assert raw.ask(query("ROLLBACK")) == "C[ROLLBACK] ZI"
    columns = {"add": 3, "drop column": 1, "rename column": 2}
    if change == "drop":
        assert raw.ask(again) == f'E[42P01 relation "{table}" does not exist] ZI'
    else:
        assert raw.ask(again) == f"2 T{columns[change]} D C[SELECT 2] ZI"
    assert raw.ask(query("SELECT 1")) == ONE


def test_a_client_that_does_not_ask_again_for_the_columns_is_told_to(
    raw: RawSession, other: Connection, table: str
) -> None:
    """As asyncpg and pgx do: they would read rows by the row description they have."""
    again = bind("s") + execute() + SYNC
    raw.ask(parse(f"SELECT * FROM {table}", "s") + describe_statement("s") + SYNC)
    other.execute(CHANGES["add"].format(table).encode())
    assert raw.ask(again) == f"{OC001} ZI"
    for _ in range(2):
        assert raw.ask(again) == "2 E[0A000 cached plan must not change result type] ZI"
    assert raw.ask(describe_statement("s") + SYNC) == "t T3 ZI"
    assert raw.ask(again) == "2 D C[SELECT 2] ZI"


def test_the_session_that_changed_the_schema_gets_an_error_for_the_dropped_object(
    raw: RawSession, table: str
) -> None:
    raw.ask(parse(f"SELECT v FROM {table}", "s") + SYNC)
    raw.ask(query(f"DROP TABLE {table}"))
    missing = f'E[42P01 relation "{table}" does not exist] ZI'
    assert raw.ask(bind("s") + describe() + execute() + SYNC) == missing


FAILING = {
    "INSERT INTO {} VALUES (1)": "a duplicate key",
    "INSERT INTO {} (nothing) VALUES (3)": "an unknown column",
    "INSERT INTO nowhere_{} VALUES (3)": "an unknown table",
    "INSERT INTO {} VALUES ('x')": "a value that cannot be read",
    "INSERT INTO {} VALUES (NULL)": "no key",
    "INSERT INTO {} VALUES (1 / 0)": "a division by zero",
}


@pytest.mark.parametrize("statement", FAILING)
def test_a_transaction_that_loses_every_commit_gets_the_error_in_each_protocol(
    raw: RawSession, table: str, conditions: Callable[..., None], statement: str
) -> None:
    conditions(commit_conflicts="100%")
    sql = statement.format(table)
    assert raw.ask(query(sql)) == f"{OC000} ZI"
    assert raw.ask(run(sql) + SYNC).endswith(f"{OC000} ZI")
    assert raw.ask(run(sql) + run("SELECT 1") + SYNC).endswith(f"{OC000} ZI")
    assert raw.ask(query("SELECT 1")) == ONE


@pytest.mark.parametrize("statement", FAILING)
def test_a_block_that_loses_every_commit_gets_the_error_of_the_failing_statement_first(
    raw: RawSession, table: str, conditions: Callable[..., None], statement: str
) -> None:
    conditions(commit_conflicts="100%")
    sql = statement.format(table)
    answer = []
    for messages in (query(sql), run(sql) + SYNC):
        raw.ask(query("BEGIN"))
        answer.append(raw.ask(messages).partition("E[")[2])
        raw.ask(query("ROLLBACK"))
    assert answer[0] == answer[1] != ""
    raw.ask(query("BEGIN"), query(f"INSERT INTO {table} VALUES (7)"))
    assert raw.hear() == "C[INSERT 0 1] ZT"
    assert raw.ask(run("COMMIT") + SYNC) == f"1 2 n {OC000} ZI"


@pytest.mark.parametrize(
    ("setting", "statement"),
    [
        ("CREATE TABLE {}_more (id int PRIMARY KEY)", "INSERT INTO {} VALUES ('x')"),
        ("CREATE TABLE {}_more (id int PRIMARY KEY)", "CREATE TABLE {}_more (id int)"),
        ("CREATE TABLE {}_more (id int PRIMARY KEY)", "UPDATE nowhere SET id = 1"),
        ("UPDATE {} SET v = 'c'", "DROP TABLE nowhere"),
    ],
)
def test_what_is_refused_and_fails_besides_is_answered_once(
    raw: RawSession, table: str, setting: str, statement: str
) -> None:
    raw.ask(query("BEGIN"))
    raw.ask(query(setting.format(table)))
    answer = raw.ask(run(statement.format(table)) + SYNC)
    assert answer.count("E[") == 1
    assert answer.endswith("] ZE")
    assert raw.ask(query("ROLLBACK")) == "C[ROLLBACK] ZI"


@pytest.mark.parametrize("flush", [b"", FLUSH], ids=["synced", "flushed"])
def test_what_fails_only_at_the_sync_is_heard(
    raw: RawSession, other: Connection, table: str, flush: bytes
) -> None:
    """Sync commits the transaction of the batch; a failure there must reach the client."""
    other.execute(
        f"CREATE TABLE {table}_child (id int PRIMARY KEY, parent int,"
        f" CONSTRAINT c FOREIGN KEY (parent) REFERENCES {table} DEFERRABLE"
        " INITIALLY DEFERRED)".encode()
    )
    answer = raw.ask(run(f"INSERT INTO {table}_child VALUES (1, 77)") + flush + SYNC)
    assert answer.startswith("1 2 n C[INSERT 0 1] E[23503 ")
    assert answer.endswith("] ZI")
    large = f"INSERT INTO {table} SELECT g, repeat('x', 900000) FROM generate_series(3, 16) g"
    answer = raw.ask(run(large) + flush + SYNC)
    assert answer == "1 2 n C[INSERT 0 14] E[54000 transaction size limit 10mb exceeded] ZI"
    assert other.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (2,)


def test_a_row_that_cannot_be_read_ends_a_copy_though_its_client_has_more(
    raw: RawSession, table: str
) -> None:
    unreadable = 'E[22P02 invalid input syntax for type integer: "x"]'
    raw.send(query(f"COPY {table} FROM STDIN"))
    assert raw.hear("G") == "G"
    raw.send(copy_data(b"x\ty\n"))
    assert raw.hear() == f"{unreadable} ZI"
    raw.send(copy_data(b"3\ty\n") + COPY_DONE)
    assert raw.ask(query("SELECT 1")) == ONE
    raw.send(parse(f"COPY {table} FROM STDIN") + bind() + execute() + SYNC)
    assert raw.hear("G") == "1 2 G"
    raw.send(copy_data(b"x\ty\n"))
    assert raw.hear("E") == unreadable
    assert raw.ask(copy_data(b"3\ty\n") + COPY_DONE + SYNC) == "ZI"
    assert raw.ask(query("SELECT 1")) == ONE


def test_a_copy_ends_with_its_data_and_what_follows_is_judged(
    raw: RawSession, other: Connection, table: str
) -> None:
    raw.send(parse(f"COPY {table} FROM STDIN") + bind() + execute() + SYNC)
    assert raw.hear("G") == "1 2 G"
    refused = run("SELECT pg_backend_pid()") + run(f"TRUNCATE {table}") + SYNC
    answer = raw.ask(copy_data(b"3\ty\n") + FLUSH + COPY_DONE + refused)
    assert answer == "C[COPY 1] E[0A000 function pg_backend_pid not supported] ZI"
    assert raw.ask(query("BEGIN")) == "C[BEGIN] ZT"
    raw.send(query(f"COPY {table} FROM STDIN"))
    assert raw.hear("G") == "G"
    assert raw.ask(COPY_FAIL) == "E[57014 COPY from stdin failed: no more] ZE"
    assert raw.ask(query("ROLLBACK")) == "C[ROLLBACK] ZI"


def test_a_query_among_copy_data_ends_the_connection(raw: RawSession, table: str) -> None:
    raw.send(query(f"COPY {table} FROM STDIN"))
    assert raw.hear("G") == "G"
    told = "E[08P01 unexpected message type 0x51 during COPY from stdin] closed"
    assert raw.ask(query("SELECT 1")) == told


def test_a_function_call_is_answered_after_what_came_before_it(
    raw: RawSession, other: Connection, table: str
) -> None:
    refused = "E[0A000 function call protocol not supported]"
    assert raw.ask(parse("SELECT 1") + FUNCTION_CALL) == f"1 {refused} ZI"
    assert raw.ask(run(f"INSERT INTO {table} VALUES (3)") + FUNCTION_CALL).endswith("] ZI")
    assert raw.ask(SYNC) == "ZI"
    assert other.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (2,)


def test_a_statement_is_judged_by_its_own_text_not_by_one_that_was_refused(
    raw: RawSession, table: str
) -> None:
    raw.ask(parse(f"INSERT INTO {table} VALUES (5)", "s") + SYNC)
    exists = 'E[42P05 prepared statement "s" already exists] ZI'
    assert raw.ask(parse("SELECT 1", "s") + SYNC) == exists
    raw.ask(query("BEGIN"))
    raw.ask(query(f"CREATE TABLE {table}_more (id int PRIMARY KEY)"))
    mixed = "E[0A000 ddl and dml are not supported in the same transaction] ZE"
    assert raw.ask(bind("s") + execute() + SYNC) == f"2 {mixed}"
    raw.ask(query("ROLLBACK"))
    two = parse(f"INSERT INTO {table} VALUES (6)") + bind(portal="p") + parse("SELECT 1")
    raw.ask(query("BEGIN"))
    raw.ask(query(f"CREATE TABLE {table}_more (id int PRIMARY KEY)"))
    assert raw.ask(two + execute("p") + SYNC) == f"1 2 1 {mixed}"
    raw.ask(query("ROLLBACK"))


def test_a_description_does_not_wait_for_a_schema_change_that_is_open(
    raw: RawSession, other: Connection, table: str
) -> None:
    with other.transaction():
        other.execute(f"ALTER TABLE {table} ADD COLUMN more text".encode())
        asked = parse(f"SELECT * FROM {table}") + describe_statement() + SYNC
        assert raw.ask(asked) == "1 t T2 ZI"


def test_the_limit_of_a_session_waits_for_the_answer_to_what_it_has_committed(
    unruly: LocalServer,
    shop: Endpoint,
    other: Connection,
    table: str,
    conditions: Callable[..., None],
) -> None:
    conditions(session_limit="400ms")
    with RawSession(unruly.info, shop) as session:
        late = f"INSERT INTO {table} SELECT 9 FROM pg_sleep(0.6)"
        assert session.ask(run(late) + SYNC) == "1 2 n C[INSERT 0 1] ZI"
        assert session.hear() == "closed"
    assert other.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (3,)


def test_psycopg_s_prepared_statement_survives_a_change_of_its_table(
    unruly: LocalServer, shop: Endpoint, other: Connection, table: str
) -> None:
    select = f"SELECT * FROM {table} ORDER BY id".encode()
    with connect(unruly.info, shop) as session:
        for _ in range(7):
            session.execute(select)
        other.execute(CHANGES["add"].format(table).encode())
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
            session.execute(select)
        assert session.execute(select).fetchall() == [(1, "a", None), (2, "b", None)]


COPYING: dict[str, Callable[[str], bytes]] = {
    "query": query,
    "batch": lambda sql: parse(sql) + bind() + execute() + SYNC,
    "batch without a sync before the data": lambda sql: parse(sql) + bind() + execute() + FLUSH,
}
DATA = {
    "well": (copy_data(b"3\tc\n") + COPY_DONE, "C[COPY 1]"),
    "with a bad row": (copy_data(b"x\tc\n") + COPY_DONE, "E[22P02"),
    "with a known key": (copy_data(b"1\tc\n") + COPY_DONE, "E[23505"),
    "with too many rows": (
        copy_data(b"".join(b"%d\tc\n" % n for n in range(3, 3004))) + COPY_DONE,
        "E[54000",
    ),
    "given up": (copy_data(b"3\tc\n") + COPY_FAIL, "E[57014"),
}


@pytest.mark.parametrize("asked", COPYING)
@pytest.mark.parametrize("ends", DATA)
@pytest.mark.parametrize("where", ["autocommit", "block"])
def test_a_copy_by_either_protocol_is_answered_however_it_ends(
    raw: RawSession, table: str, asked: str, ends: str, where: str
) -> None:
    data, told = DATA[ends]
    if where == "block":
        raw.ask(query("BEGIN"))
    raw.send(COPYING[asked](f"COPY {table} FROM STDIN"))
    assert raw.hear("G").endswith("G")
    answer = raw.ask(data) if asked == "query" else raw.ask(data + SYNC)
    assert answer.startswith(told)
    failed = "E" if told.startswith("E") else "T"
    assert answer.endswith(f" Z{failed if where == 'block' else 'I'}")
    assert raw.ask(query("ROLLBACK")).endswith("C[ROLLBACK] ZI")
    assert raw.ask(query("SELECT 1")) == ONE


@pytest.mark.parametrize("asked", COPYING)
def test_a_copy_that_is_refused_does_not_wait_for_its_data(
    raw: RawSession, table: str, conditions: Callable[..., None], asked: str
) -> None:
    conditions(commit_conflicts="100%")
    for sql in (f"COPY {table} FROM STDIN", f"COPY {table} (nothing) FROM STDIN"):
        raw.send(COPYING[asked](sql))
        assert raw.hear("E").endswith(OC000)
        late = copy_data(b"3\tc\n") + COPY_DONE
        if asked == "query":
            assert raw.ask(b"") == "ZI"
            raw.send(late)
        else:
            assert raw.ask(late + SYNC) == "ZI"
        if asked == "batch":
            assert raw.ask(b"") == "ZI"
        assert raw.ask(query("SELECT 1")) == ONE


SLOW = "SELECT pg_sleep(60)"
CANCELLED = "E[57014 canceling statement due to user request]"


@pytest.mark.parametrize(
    ("before", "messages", "message"),
    [
        ("", query(SLOW), f"T1 {CANCELLED} ZI"),
        ("BEGIN", query(SLOW), f"T1 {CANCELLED} ZE"),
        ("", run(SLOW) + SYNC, f"1 2 T1 {CANCELLED} ZI"),
        ("BEGIN", run(SLOW) + SYNC, f"1 2 T1 {CANCELLED} ZE"),
        ("", run(SLOW) + FLUSH + SYNC, f"1 2 T1 {CANCELLED} ZI"),
        ("", run("SELECT 1") + run(SLOW) + run("SELECT 1") + SYNC, f"{CANCELLED} ZI"),
        ("", query(f"SELECT 1; {SLOW}; SELECT 2"), f"{CANCELLED} ZI"),
        ("", query(f"COPY ({SLOW}) TO STDOUT"), f"{CANCELLED} ZI"),
    ],
)
def test_a_client_that_cancels_gets_the_error_and_can_continue(
    raw: RawSession, before: str, messages: bytes, message: str
) -> None:
    if before:
        raw.ask(query(before))
    raw.send(messages)
    assert raw.cancel_and_hear().endswith(message)
    assert raw.ask(query("ROLLBACK")).endswith("C[ROLLBACK] ZI")
    assert raw.ask(query("SELECT 1")) == ONE


def test_a_cancel_request_without_a_running_statement_has_no_effect(
    raw: RawSession, table: str
) -> None:
    for before in (b"", query("BEGIN"), query("SELECT 1 / 0")):
        if before:
            raw.ask(before)
        raw.cancel()
    assert raw.ask(query("ROLLBACK")) == "C[ROLLBACK] ZI"
    raw.send(parse("SELECT 1") + bind())
    raw.cancel()
    assert raw.ask(execute() + SYNC) == "1 2 D C[SELECT 1] ZI"
    raw.send(query(f"COPY {table} FROM STDIN"))
    assert raw.hear("G") == "G"
    raw.cancel()
    assert raw.ask(copy_data(b"3\tc\n") + COPY_DONE) == f"{CANCELLED} ZI"
    assert raw.ask(query("SELECT 1")) == ONE


def test_a_plan_is_whole_however_many_rows_are_asked_for(raw: RawSession, table: str) -> None:
    raw.ask(query("BEGIN"))
    asked = parse(f"EXPLAIN SELECT * FROM {table} a JOIN {table} b ON a.id = b.id")
    portions = execute("p", 1) + execute("p", 1) + SYNC
    answer = raw.ask(asked + bind(portal="p") + describe("p") + portions)
    assert answer == "1 2 T1 D C[EXPLAIN] C[EXPLAIN] ZT"
