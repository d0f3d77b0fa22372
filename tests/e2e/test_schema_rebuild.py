"""Tables are built anew with their rows, and what refers to them comes back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest

from dsql_tui.errors import StatementError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from dsql_tui.schema.build import build
from dsql_tui.schema.compare import changes
from dsql_tui.schema.definitions import ColumnDefinition, Database, Definition, TableDefinition
from dsql_tui.schema.plan import difference_script
from dsql_tui.schema.read import read_database
from dsql_tui.schema.renames import after_renames, rename_of
from dsql_tui.scripts.events import RunEvent, StepProgressed
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.script_plan import Checkpoint, plan_script
from tests.support.new_clusters import new_clusters, open_session, run_all
from tests.support.random_schemas import RandomSchema
from tests.support.thorough import is_thorough

FORMER = """
CREATE ROLE crew WITH LOGIN;
CREATE SCHEMA app;
CREATE SEQUENCE app.numbers CACHE 1;
CREATE TABLE app.parents (id integer PRIMARY KEY);
CREATE TABLE app."The Orders" (
    a integer, "b c" text, parent integer, up_a integer, up_b text,
    n bigint GENERATED ALWAYS AS IDENTITY (CACHE 1), price text, data bytea, gone text,
    number bigint DEFAULT nextval('app.numbers'), PRIMARY KEY (a, "b c"), UNIQUE (n),
    CONSTRAINT small CHECK (a < 100000)
);
ALTER SEQUENCE app.numbers OWNED BY app."The Orders".number;
ALTER TABLE app."The Orders" ADD CONSTRAINT parent
    FOREIGN KEY (parent) REFERENCES app.parents NOT VALID;
ALTER TABLE ASYNC app."The Orders" VALIDATE CONSTRAINT parent;
ALTER TABLE app."The Orders" ADD CONSTRAINT up
    FOREIGN KEY (up_a, up_b) REFERENCES app."The Orders" NOT VALID;
CREATE TABLE app.lines (id bigint PRIMARY KEY, a integer, b text);
ALTER TABLE app.lines ADD CONSTRAINT of_order
    FOREIGN KEY (a, b) REFERENCES app."The Orders" ON DELETE CASCADE NOT VALID;
CREATE INDEX ASYNC by_price ON app."The Orders" (price) INCLUDE (parent);
CREATE STATISTICS app.st ON a, price FROM app."The Orders";
COMMENT ON TABLE app."The Orders" IS 'it''s';
COMMENT ON INDEX app.by_price IS 'fast';
CREATE VIEW app.v AS SELECT a, "b c" AS b FROM app."The Orders";
CREATE VIEW app.a_view AS SELECT count(*) AS n FROM app.v;
CREATE FUNCTION app.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT n FROM app.a_view; END;
GRANT SELECT ON app."The Orders" TO crew;
GRANT SELECT ON app.v TO crew;
"""
WANTED = (
    FORMER.replace("price text", "price numeric(10,2) NOT NULL")
    .replace("gone text,", "kind text NOT NULL DEFAULT 'new', twice bigint,")
    .replace('a integer, "b c" text, parent', 'a bigint, "b c" text, parent')
    .replace("up_a integer", "up_a bigint")
)
ROWS = """
INSERT INTO app."The Orders" (a, "b c", price, data)
SELECT x / 7, 'k' || x % 7, x * 0.5,
       decode(repeat('00', CASE WHEN x < 20 THEN 900000 ELSE 1 END), 'hex')
FROM generate_series({first}, {last}) AS x
"""
COUNT = """
SELECT count(*), sum(a), sum(price::numeric(10,2)), max(n), count(DISTINCT ("b c", a)),
       sum(octet_length(data)) FROM app."The Orders"
"""


@pytest.fixture(scope="module")
def sides(local_dsql: ServerInfo) -> Iterator[tuple[Session, Session]]:
    """Give sessions on two clusters with nothing in them."""
    with (
        new_clusters(local_dsql, "rebuilt", "example"),
        closing(open_session(local_dsql, "rebuilt")) as rebuilt,
        closing(open_session(local_dsql, "example")) as example,
    ):
        yield rebuilt, example


def run_text(
    info: ServerInfo, text: str, saved: list[Checkpoint], stop: Event | None = None
) -> Iterator[RunEvent]:
    """Run a script from its last checkpoint."""
    plan = plan_script(text)
    begin = saved[-1] if saved else Checkpoint(plan.digest, "c")
    return run_script(lambda: open_session(info, "rebuilt"), plan, begin, saved.append, stop=stop)


def test_a_table_is_built_anew_with_its_rows(
    local_dsql: ServerInfo, sides: tuple[Session, Session]
) -> None:
    session, example = sides
    build(session, {"former.sql": FORMER})
    for first, last in ((0, 6), (7, 13), (14, 20), (21, 2600), (2601, 5200)):
        session.fetch(ROWS.format(first=first, last=last))
    build(example, {"wanted.sql": WANTED})
    wanted = read_database(example)
    listed = changes(read_database(session), wanted)
    assert [each.label for each in listed if each.impossible] == []
    before = session.fetch(COUNT)
    text = difference_script(listed, allow_drop=True)
    saved: list[Checkpoint] = []
    stop = Event()
    # It is stopped in the middle of the copy, and resumed without a question.
    for event in run_text(local_dsql, text, saved, stop):
        if isinstance(event, StepProgressed) and event.rows > 100:
            stop.set()
    batches = [
        event.rows
        for event in run_text(local_dsql, text, saved)
        if isinstance(event, StepProgressed)
    ]
    assert len(batches) > 2
    assert session.fetch(COUNT) == before
    assert [each.label for each in changes(read_database(session), wanted)] == []
    session.fetch('INSERT INTO app."The Orders" (a, "b c", price) VALUES (-1, \'\', 0)')
    ((number, kind),) = session.fetch('SELECT n, kind FROM app."The Orders" WHERE a = -1')
    assert (number, kind) == ("5202", "new")
    assert session.fetch("SELECT app.f()") == [("5202",)]


KEYS = """
CREATE SCHEMA app;
CREATE TABLE app.k (id {key} PRIMARY KEY, v {value});
"""


def reset(session: Session, text: str) -> None:
    session.fetch("DROP SCHEMA IF EXISTS app CASCADE")
    build(session, {"x.sql": text})


@pytest.mark.parametrize(
    ("keys", "values", "rows", "refusal"),
    [
        # Text sorts otherwise than numbers.
        (("integer", "text"), ("text", "text"), "(9, 'x'), (10, 'y'), (11, NULL)", ""),
        (("uuid", "text"), ("text", "text"), "(gen_random_uuid(), 'x')", ""),
        (("bigint", "bigint"), ("text", "text NOT NULL"), "(1, 'x'), (2, NULL)", "null value"),
        (("bigint", "bigint"), ("text", "integer"), "(1, '5'), (2, 'five')", 'integer: "five"'),
        (("bigint", "bigint"), ("text", "character(2)"), "(1, '5')", ""),
    ],
)
def test_what_does_not_fit_leaves_the_table_as_it_was(
    local_dsql: ServerInfo,
    sides: tuple[Session, Session],
    keys: tuple[str, str],
    values: tuple[str, str],
    rows: str,
    refusal: str,
) -> None:
    for session, key, value in zip(sides, keys, values, strict=True):
        reset(session, KEYS.format(key=key, value=value))
    sides[0].fetch(f"INSERT INTO app.k VALUES {rows}")
    before = sides[0].fetch("SELECT id::text, v FROM app.k ORDER BY id")
    first, wanted = (read_database(session) for session in sides)
    text = difference_script(changes(first, wanted), allow_drop=True)
    if refusal:
        with pytest.raises(StatementError, match=refusal):
            list(run_text(local_dsql, text, []))
        assert read_database(sides[0]).find(first.objects[0].key) == first.objects[0]
    else:
        list(run_text(local_dsql, text, []))
        assert changes(read_database(sides[0]), wanted) == []
    after = sides[0].fetch("SELECT id::text, trim(v::text) FROM app.k ORDER BY v NULLS LAST")
    assert sorted(after, key=str) == sorted(before, key=str)


def test_rows_that_come_during_the_copy_stop_the_swap(
    local_dsql: ServerInfo, sides: tuple[Session, Session]
) -> None:
    for session, value in zip(sides, ("integer", "bigint"), strict=True):
        reset(session, KEYS.format(key="integer", value=value))
    sides[0].fetch("INSERT INTO app.k VALUES (5, 1)")
    first, wanted = (read_database(session) for session in sides)
    text = difference_script(changes(first, wanted), allow_drop=True)

    def add_row(event: RunEvent) -> None:
        if isinstance(event, StepProgressed):
            sides[0].fetch("INSERT INTO app.k VALUES (1, 1)")

    with pytest.raises(StatementError, match=r"app\.k has 2 rows, its copy 1"):
        deque(map(add_row, run_text(local_dsql, text, [])), maxlen=0)
    assert sides[0].fetch("SELECT count(*) FROM app.k") == [("2",)]


def test_a_rename_is_followed_by_what_refers_to_the_name(sides: tuple[Session, Session]) -> None:
    sides[0].fetch("DROP SCHEMA IF EXISTS app CASCADE")
    sides[0].fetch("DROP ROLE IF EXISTS crew")
    build(sides[0], {"former.sql": FORMER})
    first = read_database(sides[0])
    renames = [rename_of('app."The Orders".price=cost'), rename_of('app."The Orders"=orders')]
    sides[1].fetch("DROP SCHEMA IF EXISTS app CASCADE")
    sides[1].fetch("DROP ROLE IF EXISTS crew")
    after = after_renames(sides[1], first, sorted(renames, reverse=True))
    for rename in renames:
        sides[0].fetch(rename.statement)
    assert changes(read_database(sides[0]), after) == []


def required_everywhere(first: Database) -> Database:
    """Return a database in which each table with a key has no column that takes NULL."""

    def changed(each: Definition) -> Definition:
        if not isinstance(each, TableDefinition) or not each.primary_key:
            return each
        return replace(each, columns=tuple(required(column) for column in each.columns))

    def required(column: ColumnDefinition) -> ColumnDefinition:
        return column if column.is_generated else replace(column, not_null=True)

    return replace(first, objects=tuple(changed(each) for each in first.objects))


@pytest.mark.parametrize("seed", range(8) if is_thorough() else [2])
def test_tables_of_random_schemas_are_built_anew(local_dsql: ServerInfo, seed: int) -> None:
    with (
        new_clusters(local_dsql, "random"),
        closing(open_session(local_dsql, "random")) as session,
    ):
        run_all(session, RandomSchema(seed).statements)
        first = read_database(session)
        wanted = required_everywhere(first)
        listed = changes(first, wanted)
        assert any(each.note for each in listed)
        for change in listed:
            assert not change.impossible
            for statement in change.statements:
                run_all(session, [statement])
        assert changes(read_database(session), wanted) == []
