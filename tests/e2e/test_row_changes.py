"""Editing rows against the local DSQL: what is read of tables, and two sessions racing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import StatementError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.result import Column, Described, RowChunk, TransactionStatus
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.pg.source_tables import source_tables
from dsql_tui.rows import editability as reasons
from dsql_tui.rows.editability import Editability, editability_of, with_origins
from dsql_tui.rows.run import (
    OTHER_STYLES,
    ChangesOutcome,
    ChangesRan,
    ChangesTransaction,
    RowDiffers,
    StatementRefused,
)
from dsql_tui.rows.staged import DEFAULT, RowKey, Staged
from dsql_tui.rows.statements import statements_of
from dsql_tui.sql.statements.relations_read import bare_query, repeated_relations
from tests.support.local_dsql import profile_of
from tests.support.thorough import is_thorough

SCHEDULES = 1_000 if is_thorough() else 25
"""Random schedules of two sessions."""
SETUP = (
    "CREATE SCHEMA rows",
    "CREATE DOMAIN rows.code AS text NOT NULL",
    "CREATE TABLE rows.people (id int PRIMARY KEY, gone int, name text, age int DEFAULT 7,"
    " twice int GENERATED ALWAYS AS (age * 2) STORED, score numeric, data jsonb)",
    "ALTER TABLE rows.people DROP COLUMN gone",
    "CREATE TABLE rows.lines (person int, number int, note text, PRIMARY KEY (person, number))",
    "CREATE TABLE rows.codes (a rows.code, b text NOT NULL, c text, n bigint"
    " GENERATED ALWAYS AS IDENTITY (CACHE 65536), UNIQUE (b), UNIQUE (c))",
    "CREATE TABLE rows.heap (a int)",
    "CREATE VIEW rows.seen AS SELECT id, name FROM rows.people",
    "GRANT USAGE ON SCHEMA rows TO app_ro",
    "GRANT SELECT ON rows.people TO app_ro",
    "GRANT UPDATE (age) ON rows.people TO app_ro",
)


@dataclass(frozen=True)
class Result:
    """A result as the console has it."""

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    editability: Editability
    styles: tuple[str, ...]


@pytest.fixture(scope="module")
def opened(local_dsql: ServerInfo) -> Iterator[Callable[[str], Session]]:
    aws = AwsSession(profile_of(local_dsql))
    cluster = find_cluster(aws, aws.regions, "todos-dev@us-east-1")
    with ExitStack() as stack:

        def open_as(role: str) -> Session:
            identity = AwsSession(profile_of(local_dsql, role=role))
            endpoint = cluster.endpoint(identity.profile, role)
            session = Session.open(endpoint, generate_token(identity, endpoint))
            stack.callback(session.close)
            return session

        admin = open_as("admin")
        for statement in SETUP:
            admin.fetch(statement)
        yield open_as
        admin.fetch("DROP SCHEMA rows CASCADE")


@pytest.fixture(scope="module")
def session(opened: Callable[[str], Session]) -> Session:
    return opened("admin")


@pytest.fixture(scope="module")
def other(opened: Callable[[str], Session]) -> Session:
    return opened("admin")


@pytest.fixture
def people(session: Session, other: Session) -> Iterator[Result]:
    for each in (session, other):
        if each.transaction_status is not TransactionStatus.IDLE:
            each.fetch("ROLLBACK")
    session.fetch("DELETE FROM rows.people")
    session.fetch(
        "INSERT INTO rows.people (id, name, age, score, data)"
        " VALUES (1, 'Ann', 30, 1.0, '{\"a\": 1}'), (2, '', NULL, NULL, NULL),"
        " (3, 'Cy', 5, 2, '[]')"
    )
    yield result_of(session, "SELECT * FROM rows.people ORDER BY id")
    for each in (session, other):
        if each.transaction_status is not TransactionStatus.IDLE:
            each.fetch("ROLLBACK")


def result_of(session: Session, query: str) -> Result:
    rows: list[tuple[str | None, ...]] = []
    columns: tuple[Column, ...] = ()
    styles: tuple[str, ...] = ()
    for event in session.run(query):
        if isinstance(event, Described):
            columns, styles = event.columns, event.styles
        elif isinstance(event, RowChunk):
            rows += event.rows.texts()
    oids = {column.relation_oid for column in columns} - {0}
    tables = source_tables(session, oids)
    editability = editability_of(columns, tables, repeated_relations(query))
    return Result(tuple(column.name for column in columns), rows, editability, styles)


def key_of(result: Result, row: int) -> tuple[RowKey, dict[int, str | None]]:
    """Return a row of the first table of a result, and what is shown of it by number."""
    oid, table = next(iter(result.editability.tables.items()))
    texts = {number: result.rows[row][place] for number, place in table.places.items()}
    key = tuple(texts[column.number] or "" for column in table.key)
    return RowKey(oid, key), texts


def number_of(result: Result, column: str) -> int:
    (table,) = result.editability.tables.values()
    return next(each.number for each in table.table.columns if each.name == column)


def edit(
    result: Result, row: int, column: str, value: object, staged: Staged | None = None
) -> Staged:
    key, texts = key_of(result, row)
    return (staged or Staged()).set_cell(key, number_of(result, column), value, texts)  # type: ignore[arg-type]


def run(
    session: Session,
    result: Result,
    staged: Staged,
    progress: Callable[[int], object] = lambda _count: None,
) -> ChangesOutcome:
    tables = result.editability.tables
    statements = statements_of(staged.changes, tables)
    return ChangesTransaction(
        session,
        statements,
        tables,
        styles=result.styles,
        retries=Retries(RetryPolicy(base_ms=0)),
        progress=progress,
    ).run()


def stored(session: Session) -> list[tuple[str | None, ...]]:
    return session.fetch("SELECT * FROM rows.people ORDER BY id")


# What can be edited.


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM rows.people", ["", "", "", reasons.COMPUTED, "", ""]),
        ("SELECT id, name FROM rows.seen", [reasons.NOT_A_TABLE] * 2),
        ("SELECT name FROM rows.people", [reasons.KEY_NOT_SHOWN]),
        ("SELECT b, a, n FROM rows.codes", ["", "", reasons.COMPUTED]),
        ("SELECT c, a FROM rows.codes", [reasons.KEY_NOT_SHOWN] * 2),
        ("SELECT a FROM rows.heap", [reasons.NO_KEY]),
        (
            "SELECT p.id, p.name, l.note FROM rows.people p JOIN rows.lines l ON l.person = p.id",
            ["", "", reasons.KEY_NOT_SHOWN],
        ),
        (
            "WITH p AS (SELECT * FROM rows.people) SELECT id, name, age + 1 FROM p",
            ["", "", reasons.EXPRESSION],
        ),
        (
            "SELECT a.id, b.name FROM rows.people a JOIN rows.people b ON a.id = b.age",
            [reasons.TWICE] * 2,
        ),
        (
            "WITH p AS (SELECT * FROM rows.people) SELECT a.id, b.name FROM p a, p b",
            [reasons.TWICE] * 2,
        ),
        ("SELECT id FROM rows.people UNION SELECT 1", [reasons.EXPRESSION]),
    ],
)
def test_cells_are_editable_where_their_row_is_known(
    session: Session, query: str, expected: list[str]
) -> None:
    result = result_of(session, query)
    places = range(len(result.columns))
    assert [result.editability.reasons.get(place, "") for place in places] == expected


def test_a_role_edits_what_it_may_update(opened: Callable[[str], Session]) -> None:
    result = result_of(opened("app_ro"), "SELECT id, name, age FROM rows.people")
    assert result.editability.reasons == {0: reasons.NO_UPDATE, 1: reasons.NO_UPDATE}
    assert list(result.editability.columns) == [2]
    (table,) = result.editability.tables.values()
    assert not table.table.may_delete


def test_a_dropped_table_and_a_dropped_column_make_cells_read_only(session: Session) -> None:
    session.fetch("CREATE TABLE rows.brief (id int PRIMARY KEY, a int, b int)")
    result = result_of(session, "SELECT * FROM rows.brief")
    (columns,) = [
        event.columns
        for event in session.run("SELECT * FROM rows.brief")
        if isinstance(event, Described)
    ]
    oid = columns[0].relation_oid
    assert list(result.editability.columns) == [0, 1, 2]
    session.fetch("ALTER TABLE rows.brief DROP COLUMN a")
    answer = editability_of(columns, source_tables(session, [oid]))
    assert answer.reasons == {1: reasons.CHANGED}
    session.fetch("DROP TABLE rows.brief")
    assert source_tables(session, [oid]) == {}


def test_a_table_is_found_by_name_where_the_server_sends_no_numbers(session: Session) -> None:
    query = "SELECT name, id FROM rows.people"
    bare = bare_query(query)
    assert bare is not None
    (described,) = [event for event in session.run(query) if isinstance(event, Described)]
    unknown = [replace(each, relation_oid=0, attribute_number=0) for each in described.columns]
    (table,) = source_tables(session, (), bare.relation).values()
    assert with_origins(unknown, bare, table) == described.columns
    assert source_tables(session, (), ("rows", "nothing")) == {}


# What running does.


def test_values_arrive_as_they_were_staged_and_come_back_as_stored(
    session: Session, people: Result
) -> None:
    staged = edit(people, 0, "name", "")
    staged = edit(people, 0, "age", DEFAULT, staged)
    staged = edit(people, 0, "score", "1.50", staged)
    staged = edit(people, 0, "data", None, staged)
    staged = edit(people, 1, "id", "9", staged)
    key, texts = key_of(people, 2)
    staged = staged.toggle_deleted(key, texts)
    staged = staged.add(key.table, {number_of(people, "id"): "4"})
    outcome = run(session, people, staged)
    assert isinstance(outcome, ChangesRan)
    assert outcome.committed
    assert [*outcome.returned.values()] == [
        ("1", "", "7", "14", "1.500000", None),
        ("9", "", None, None, None, None),
        None,
        ("4", None, "7", "14", None, None),
    ]
    assert stored(session) == [
        ("1", "", "7", "14", "1.500000", None),
        ("4", None, "7", "14", None, None),
        ("9", "", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("meanwhile", "now"),
    [
        ("UPDATE rows.people SET name = 'Bo' WHERE id = 1", ("1", "Bo", "30", "60", "1.000000")),
        ("UPDATE rows.people SET name = NULL WHERE id = 1", ("1", None, "30", "60", "1.000000")),
        ("DELETE FROM rows.people WHERE id = 1", None),
        ("UPDATE rows.people SET id = 8 WHERE id = 1", None),
    ],
)
@pytest.mark.parametrize("joins", [False, True])
def test_a_row_that_differs_stops_everything_and_is_shown(
    session: Session,
    other: Session,
    people: Result,
    meanwhile: str,
    now: tuple[str | None, ...] | None,
    joins: bool,
) -> None:
    staged = edit(people, 0, "name", "mine", edit(people, 2, "age", "6"))
    other.fetch(meanwhile)
    before = stored(session)
    if joins:
        session.fetch("BEGIN")
        session.fetch("UPDATE rows.people SET age = 1 WHERE id = 2")
    outcome = run(session, people, staged)
    assert isinstance(outcome, RowDiffers)
    assert outcome.statement.row == key_of(people, 0)[0]
    assert (outcome.now[:5] if outcome.now else None) == now
    assert not outcome.rolled_back
    if joins:
        assert session.transaction_status is TransactionStatus.IN_TRANSACTION
        assert session.fetch("SELECT age FROM rows.people WHERE id = 2") == [("1",)]
        session.fetch("ROLLBACK")
    assert stored(session) == before


def test_a_value_that_is_equal_but_written_otherwise_differs(
    session: Session, other: Session, people: Result
) -> None:
    staged = edit(people, 0, "data", "2")
    other.fetch("UPDATE rows.people SET data = '{\"a\": 1.0}' WHERE id = 1")
    assert isinstance(run(session, people, staged), RowDiffers)


def test_another_column_of_the_row_may_have_changed(
    session: Session, other: Session, people: Result
) -> None:
    other.fetch("UPDATE rows.people SET age = 31 WHERE id = 1")
    outcome = run(session, people, edit(people, 0, "name", "Bo"))
    assert isinstance(outcome, ChangesRan)
    assert next(iter(outcome.returned.values())) == ("1", "Bo", "31", "62", "1.000000", '{"a": 1}')


def test_a_row_is_deleted_only_if_nothing_of_it_has_changed(
    session: Session, other: Session, people: Result
) -> None:
    staged = Staged().toggle_deleted(*key_of(people, 0))
    other.fetch("UPDATE rows.people SET age = 31 WHERE id = 1")
    assert isinstance(run(session, people, staged), RowDiffers)
    assert len(stored(session)) == 3


def test_a_value_that_the_column_does_not_take_keeps_everything(
    session: Session, people: Result
) -> None:
    staged = edit(people, 1, "age", "old", edit(people, 0, "name", "Bo"))
    outcome = run(session, people, staged)
    assert isinstance(outcome, StatementRefused)
    assert outcome.statement is not None
    assert outcome.statement.row == key_of(people, 1)[0]
    assert outcome.error.message == 'invalid input syntax for type integer: "old"'
    assert session.transaction_status is TransactionStatus.IDLE
    assert stored(session) == people.rows


def test_in_an_open_transaction_nothing_is_committed(
    session: Session, other: Session, people: Result
) -> None:
    session.fetch("BEGIN")
    outcome = run(session, people, edit(people, 0, "name", "Bo"))
    assert isinstance(outcome, ChangesRan)
    assert not outcome.committed
    assert stored(other) == people.rows
    session.fetch("COMMIT")
    assert stored(other)[0][1] == "Bo"


def test_a_key_that_is_read_otherwise_than_it_was_written_is_not_changed(
    session: Session, other: Session, people: Result
) -> None:
    session.fetch("CREATE TABLE rows.days (day date PRIMARY KEY, note text)")
    try:
        session.fetch("SET datestyle = 'SQL, MDY'")
        session.fetch("INSERT INTO rows.days VALUES ('2026-01-02', 'a'), ('2026-02-01', 'a')")
        days = result_of(session, "SELECT * FROM rows.days ORDER BY day")
        session.fetch("SET datestyle = 'SQL, DMY'")
        for joins in (False, True):
            if joins:
                session.fetch("BEGIN")
            outcome = run(session, days, edit(days, 0, "note", "b"))
            assert isinstance(outcome, StatementRefused)
            assert outcome.error.message == OTHER_STYLES
        session.fetch("SET datestyle = 'ISO'")
        changed = session.fetch("SELECT day FROM rows.days WHERE note = 'b'")
        assert changed == []
    finally:
        session.fetch("SET datestyle = 'ISO'")
        session.fetch("DROP TABLE rows.days")


class Schedule:
    """Two sessions that edit what they have read, while the other commits in between.

    What each edit replaces is compared with what is stored at that moment.
    """

    def __init__(self, seed: int, sessions: Sequence[Session]) -> None:
        self._random = random.Random(seed)
        self._sessions = sessions
        self.outcomes: list[type[object]] = []

    def play(self) -> None:
        views = [self._read(session) for session in self._sessions]
        for _ in range(4):
            at = self._random.randrange(2)
            if self._random.random() < 0.4:
                views[at] = self._read(self._sessions[at])
            else:
                self._edit(at, views[at])

    def _read(self, session: Session) -> Result:
        return result_of(session, "SELECT id, name, age FROM rows.people ORDER BY id")

    def _edit(self, at: int, view: Result) -> None:
        staged = Staged()
        for _ in range(self._random.randint(1, 2)):
            row = self._random.randrange(len(view.rows))
            if self._random.random() < 0.2:
                staged = staged.toggle_deleted(*key_of(view, row))
            else:
                column = self._random.choice(["name", "age"])
                staged = edit(view, row, column, str(self._random.randrange(9)), staged)
        if not staged:
            return
        before = self._table(self._sessions[1 - at])
        interfere = self._random.random() < 0.5
        interference: list[dict[str, tuple[str | None, ...]]] = []

        def progress(_count: int) -> None:
            if interfere and not interference:
                row, column = self._random.choice("123"), self._random.choice(["name", "age"])
                value = self._random.randrange(9)
                self._sessions[1 - at].fetch(
                    f"UPDATE rows.people SET {column} = '{value}' WHERE id = {row}"
                )
                interference.append(self._table(self._sessions[1 - at]))

        outcome = run(self._sessions[at], view, staged, progress)
        self.outcomes.append(type(outcome))
        base = interference[0] if interference else before
        after = self._table(self._sessions[1 - at])
        if not isinstance(outcome, ChangesRan):
            assert after == base
            return
        self._require(view, staged, base, after)

    def _require(
        self,
        view: Result,
        staged: Staged,
        base: dict[str, tuple[str | None, ...]],
        after: dict[str, tuple[str | None, ...]],
    ) -> None:
        """Check that exactly the staged cells changed, each from what was shown."""
        expected = dict(base)
        (table,) = view.editability.tables.values()
        shown = {str(row[0]): row for row in view.rows}
        for row, change in staged.changes.items():
            assert isinstance(row, RowKey)
            (key,) = row.key
            values = getattr(change, "values", None)
            if values is None:
                assert base[key] == shown[key]
                del expected[key]
                continue
            for number, value in values.items():
                place = table.places[number]
                assert base[key][place] == shown[key][place], "a lost update"
                expected[key] = (*expected[key][:place], value, *expected[key][place + 1 :])
        assert after == expected

    def _table(self, session: Session) -> dict[str, tuple[str | None, ...]]:
        rows = session.fetch("SELECT id, name, age FROM rows.people")
        return {str(row[0]): row for row in rows}


def test_no_update_is_lost_and_no_row_changed_that_was_not_shown(
    session: Session, other: Session
) -> None:
    seen: set[type[object]] = set()
    for seed in range(SCHEDULES):
        session.fetch("DELETE FROM rows.people")
        session.fetch("INSERT INTO rows.people (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')")
        schedule = Schedule(seed, (session, other))
        schedule.play()
        seen |= set(schedule.outcomes)
    assert seen == {ChangesRan, RowDiffers}


def test_after_the_last_retry_a_conflict_is_reported(
    session: Session, other: Session, people: Result
) -> None:
    runs: list[int] = []

    def interfere(count: int) -> None:
        runs.append(count)
        other.fetch(f"UPDATE rows.people SET age = {len(runs)} WHERE id = 1")

    outcome = run(session, people, edit(people, 0, "name", "Bo"), interfere)
    assert isinstance(outcome, StatementRefused)
    assert isinstance(outcome.error, StatementError)
    assert "OC000" in outcome.error.message
    assert outcome.statement is None
    assert len(runs) == RetryPolicy().attempts + 1
    assert stored(other)[0][1] == "Ann"
