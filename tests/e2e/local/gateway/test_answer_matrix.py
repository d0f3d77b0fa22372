"""Each way to ask, crossed with what fails, where, and what another session does meanwhile.

The thorough profile has a case for every pair of two such circumstances; the quick one has cases
that cover four fifths of the pairs. A case passes when the answers follow the protocol, each
of them comes within the deadline, and the session works afterwards.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, count, product

import psycopg
import pytest

from dsql_tui.local.process.server import LocalServer
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import Connection, connect, endpoint_of
from tests.support.misbehaving import NORMAL
from tests.support.raw import (
    FLUSH,
    FUNCTION_CALL,
    SYNC,
    RawSession,
    bind,
    close,
    close_statement,
    describe,
    describe_statement,
    execute,
    parse,
    query,
)
from tests.support.thorough import is_thorough

NUMBERS = count()
CANDIDATES = 40
"""How many cases are drawn for each that is taken: the one with the most new pairs."""

Frames = list[bytes]

SHAPES: Mapping[str, Callable[[str, Sequence[str]], Frames]] = {
    "unnamed": lambda sql, values: [parse(sql), bind("", *values), describe(), execute(), SYNC],
    "prepared": lambda _, values: [bind("s", *values), describe(), execute(), SYNC],
    "prepared, not described": lambda _, values: [bind("s", *values), execute(), SYNC],
    "statement described": lambda sql, values: [
        *(parse(sql, "d"), describe_statement("d"), SYNC),
        *(bind("d", *values), execute(), close_statement("d"), SYNC),
    ],
    "only described": lambda sql, _: [
        *(parse(sql), describe_statement(), describe_statement("s"), SYNC)
    ],
    "flushed": lambda sql, values: [
        *(parse(sql), FLUSH, bind("", *values), FLUSH, describe(), execute(), FLUSH, FLUSH, SYNC)
    ],
    "in portions": lambda sql, values: [
        *(parse(sql), bind("", *values, portal="p"), describe("p"), execute("p", 1)),
        *(execute("p", 1), execute("p"), close("p"), SYNC),
    ],
    "pipeline": lambda sql, values: [
        *(parse("SELECT 1"), bind(), execute(), parse(sql), bind("", *values), execute()),
        *(bind("s", *values), execute(), parse("SELECT 2"), bind(), execute(), SYNC),
    ],
    "two batches at once": lambda sql, values: [
        *(parse(sql), bind("", *values), execute(), SYNC),
        *(bind("s", *values), describe(), execute(), SYNC),
    ],
    "query": lambda sql, _: [query(sql)],
    "queries": lambda sql, _: [query(f"SELECT 1; {sql}"), query(sql)],
    "query in a batch": lambda sql, values: [
        *(parse(sql), bind("", *values), execute(), query("SELECT 3"), SYNC)
    ],
    "function call in a batch": lambda sql, values: [
        *(parse(sql), bind("", *values), execute(), FUNCTION_CALL, SYNC)
    ],
}
STATEMENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rows": ("SELECT * FROM {t}", ()),
    "locked rows": ("SELECT * FROM {t} WHERE id = 1 FOR UPDATE", ()),
    "update": ("UPDATE {t} SET v = 'q' WHERE id = 1 RETURNING *", ()),
    "insert": ("INSERT INTO {t} VALUES ($1, 'i')", ("5",)),
    "duplicate key": ("INSERT INTO {t} VALUES (1, 'z')", ()),
    "check": ("INSERT INTO {t} VALUES (-1, 'z')", ()),
    "no key": ("INSERT INTO {t} VALUES (NULL, 'z')", ()),
    "fails after rows": ("SELECT 1 / (2 - id) FROM {t} ORDER BY id", ()),
    "unreadable parameter": ("INSERT INTO {t} VALUES ($1::int, 'z')", ("x",)),
    "too few parameters": ("SELECT * FROM {t} WHERE id = $1::int", ()),
    "no SQL": ("SELEC 1", ()),
    "unknown column": ("UPDATE {t} SET nothing = 1", ()),
    "fails at commit": ("INSERT INTO {t}_child VALUES (1, 77)", ()),
    "too many rows": ("INSERT INTO {t} SELECT g, '' FROM generate_series(10, 3010) g", ()),
    "ddl": ("CREATE TABLE {t}_more (id int PRIMARY KEY)", ()),
    "refused": ("SELECT pg_backend_pid()", ()),
    "plan": ("EXPLAIN SELECT * FROM {t}", ()),
    "empty": ("", ()),
    "commit": ("COMMIT", ()),
    "begin": ("BEGIN", ()),
    "setting": ("SET timezone = 'UTC'", ()),
}
MEANWHILE: Mapping[str, Sequence[str]] = {
    "nothing": (),
    "column added": ("ALTER TABLE {t} ADD COLUMN more text",),
    "column dropped": ("ALTER TABLE {t} DROP COLUMN v",),
    "column renamed": ("ALTER TABLE {t} RENAME COLUMN v TO w",),
    "table dropped": ("DROP TABLE {t}_child", "DROP TABLE {t}"),
    "table made anew": (
        *("DROP TABLE {t}_child", "DROP TABLE {t}"),
        "CREATE TABLE {t} (id int PRIMARY KEY, v text)",
    ),
    "type changed": (
        *("DROP TABLE {t}_child", "DROP TABLE {t}"),
        "CREATE TABLE {t} (id bigint PRIMARY KEY, v int)",
    ),
    "index made": ("CREATE INDEX ASYNC ON {t} (v)",),
    "granted": ("GRANT SELECT ON {t} TO {t}_role", "REVOKE SELECT ON {t} FROM {t}_role"),
    "role dropped": ("DROP ROLE {t}_role",),
    "row changed": ("UPDATE {t} SET v = 'other' WHERE id = 1",),
}
WHERE: Mapping[str, Sequence[str]] = {
    "autocommit": (),
    "block": ("BEGIN",),
    "block that has read": ("BEGIN", "SELECT * FROM {t}"),
    "block that has written": ("BEGIN", "UPDATE {t} SET v = 'mine' WHERE id = 1"),
    "preempted": ("BEGIN", "UPDATE {t} SET v = 'mine' WHERE id = 1", "preempt"),
    "lost": ("BEGIN", "UPDATE {t} SET v = 'mine' WHERE id = 1", "lose", "SELECT 1"),
    "failed": ("BEGIN", "SELECT 1 / 0"),
    "read only": ("BEGIN READ ONLY", "SELECT * FROM {t}"),
    "block with ddl": ("BEGIN", "CREATE TABLE {t}_mine (id int PRIMARY KEY)"),
}
CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "as ever": {},
    "conflicts": {"commit-conflicts": "100%"},
    "short transactions": {"transaction-limit": "25ms"},
    "strict": {"schema-conflicts": "strict"},
    "slow commits": {"latency": "us-east-1=3ms"},
    "disputed": {"disputed": "refused"},
}
USUAL = NORMAL | {"schema-conflicts": "touched", "disputed": "accepted"}


@dataclass(frozen=True)
class Case:
    shape: str
    statement: str
    meanwhile: str
    where: str
    condition: str

    def pairs(self) -> set[tuple[str, str]]:
        names = (self.shape, self.statement, self.meanwhile, self.where, self.condition)
        return set(combinations((f"{at} {name}" for at, name in enumerate(names)), 2))


def pairwise() -> list[Case]:
    """Return cases among which every two circumstances of different kinds meet."""
    chance = random.Random(7)
    axes = [list(axis) for axis in (SHAPES, STATEMENTS, MEANWHILE, WHERE, CONDITIONS)]
    left = {
        (f"{one} {first}", f"{two} {second}")
        for one, two in combinations(range(len(axes)), 2)
        for first, second in product(axes[one], axes[two])
    }
    cases = []
    while left:
        drawn = [Case(*map(chance.choice, axes)) for _ in range(CANDIDATES)]
        best = max(drawn, key=lambda case: len(case.pairs() & left))
        if best.pairs() & left:
            cases.append(best)
            left -= best.pairs()
    return cases


QUICK_CASES = 150
CASES = pairwise() if is_thorough() else pairwise()[:QUICK_CASES]
ERROR = r"(?:D )?E\[[^\]]*\] "
ANSWER = {
    b"P": "1 ",
    b"B": "2 ",
    b"C": "3 ",
    b"D": r"(?:t )?(?:n|T\d+) ",
    b"E": r"(?:D )?(?:C\[[^\]]+\]|s|I) ",
    b"H": "",
}


def expected(frames: Sequence[bytes], *, failed: bool = False) -> str:
    """Return the pattern of the answers that the protocol allows to these messages."""
    if not frames:
        return ""
    kind, rest = frames[0][:1], frames[1:]
    if kind == b"S":
        error = "" if failed else f"(?:{ERROR})?"
        return f"{error}Z[ITE] {expected(rest)}"
    if kind == b"F":
        return f"{ERROR}Z[ITE] {expected(rest)}"
    if kind == b"Q":
        results = r"(?:(?:T\d+ )?(?:D )?(?:C\[[^\]]+\]|I) )*"
        return rf"{results}(?:(?:T\d+ )?{ERROR})?Z[ITE] {expected(rest)}"
    sync = next(at for at, frame in enumerate(frames) if frame[:1] == b"S")
    described = r"(?:t )?" if kind == b"D" else ""
    fails = f"{described}{ERROR}{expected(frames[sync:], failed=True)}"
    return f"(?:{fails}|{ANSWER[kind]}{expected(rest)})"


def heard(session: RawSession, frames: Sequence[bytes]) -> str:
    """Return the answers to messages that have been sent, in the order of the protocol."""
    pattern, text = re.compile(expected(frames)), ""
    while not pattern.fullmatch(text):
        more = re.sub(r"N\[[^\]]*\] ", "", session.hear() + " ")
        assert "closed" not in more, text + more
        text += more
        ends = sum(frame[:1] in (b"S", b"Q", b"F") for frame in frames)
        assert len(re.findall(r"Z[ITE] ", text)) <= ends, text
    return text


class World:
    """The sessions of some cases, and what they set up.

    Attributes:
        asking: The session whose answers are looked at.
    """

    def __init__(self, local: LocalServer, endpoint: Endpoint, other: Connection) -> None:
        self._local, self._other = local, other
        self._now: Mapping[str, str] | None = None
        self.asking = RawSession(local.info, endpoint)
        self._preempting = RawSession(local.info, endpoint)

    def close(self) -> None:
        self.conditions({})
        self.asking.close()
        self._preempting.close()

    def change(self, table: str, statements: Sequence[str]) -> None:
        """Run statements of the other session; what it may not do at the time is not done."""
        for statement in statements:
            sql = statement.format(t=table).encode()
            with suppress(psycopg.Error):
                try:
                    self._other.execute(sql)
                except psycopg.errors.SerializationFailure as error:
                    if "OC001" not in str(error):
                        raise
                    self._other.execute(sql)  # it has heard of what the asking session did

    def conditions(self, wanted: Mapping[str, str]) -> None:
        if wanted != self._now:
            self._local.ask("set", conditions={**USUAL, **wanted})
            self._now = wanted

    def table(self, needed: str) -> str:
        """Make a table, and what else the statements in `needed` name."""
        name = f"m{next(NUMBERS)}"
        made = [
            "CREATE TABLE {t} (id int PRIMARY KEY CHECK (id > 0), v text)",
            "INSERT INTO {t} VALUES (1, 'a'), (2, 'b'), (3, 'c')",
        ]
        if "_child" in needed:
            made.append(
                "CREATE TABLE {t}_child (id int PRIMARY KEY, parent int,"
                " FOREIGN KEY (parent) REFERENCES {t} DEFERRABLE INITIALLY DEFERRED)"
            )
        if "_role" in needed:
            made.append("CREATE ROLE {t}_role")
        self.change(name, made)
        return name

    def enter(self, where: str, table: str) -> None:
        for step in WHERE[where]:
            if step == "preempt":
                self._preempting.ask(query("BEGIN"))
                self._preempting.ask(query(f"UPDATE {table} SET v = 'yours' WHERE id = 1"))
            elif step == "lose":
                self.change(table, MEANWHILE["row changed"])
            else:
                self.asking.ask(query(step.format(t=table)))

    def leave(self) -> None:
        """End what is open; the asking session must work as if nothing had been."""
        for session in (self.asking, self._preempting):
            assert session.ask(query("ROLLBACK")).endswith("C[ROLLBACK] ZI")
            said = session.ask(query("SELECT 1"))
            if "OC001" in said:  # strictly, every session gets the error once
                said = session.ask(query("SELECT 1"))
            assert said == "T1 D C[SELECT 1] ZI"
        assert self.asking.ask(query("DEALLOCATE ALL")) == "C[DEALLOCATE ALL] ZI"


@pytest.fixture(scope="module")
def other(unruly: LocalServer) -> Iterator[Connection]:
    """Yield the session that makes the concurrent changes."""
    with connect(unruly.info, endpoint_of(unruly.info, "shop")) as session:
        yield session


@pytest.fixture
def world(unruly: LocalServer, other: Connection) -> Iterator[World]:
    world = World(unruly, endpoint_of(unruly.info, "shop"), other)
    yield world
    world.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_batch_is_answered_in_order_and_leaves_the_session_as_it_should_be(
    world: World, shape: str
) -> None:
    for case in (case for case in CASES if case.shape == shape):
        statement, values = STATEMENTS[case.statement]
        world.conditions({})
        table = world.table(" ".join((statement, *MEANWHILE[case.meanwhile])))
        sql = statement.format(t=table)
        world.asking.ask(parse(sql, "s") + SYNC)
        world.conditions(CONDITIONS[case.condition])
        world.enter(case.where, table)
        world.change(table, MEANWHILE[case.meanwhile])
        frames = SHAPES[shape](sql, values)
        try:
            world.asking.send(*frames)
            heard(world.asking, frames)
            world.conditions({})
            world.leave()
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from error


@pytest.mark.parametrize("seed", range(6 if is_thorough() else 3))
@pytest.mark.parametrize("cancels", [0.0, 0.3])
def test_sessions_that_ask_at_random_are_all_answered(
    unruly: LocalServer, world: World, seed: int, cancels: float
) -> None:
    """Some ask before the others have been answered; nobody hears of it but by an error."""
    chance = random.Random(seed)
    world.conditions({"transaction-limit": "2s", "commit-conflicts": "10%"})
    table = world.table("{t}_child {t}_role")
    endpoint = endpoint_of(unruly.info, "shop")
    sessions = [RawSession(unruly.info, endpoint) for _ in range(3)]
    asked: dict[RawSession, Frames] = {}
    changes = [sql for statements in MEANWHILE.values() for sql in statements]
    try:
        for _ in range(60):
            session = chance.choice(sessions)
            if session in asked:
                if chance.random() < cancels:
                    session.cancel()
                else:
                    heard(session, asked.pop(session))
                continue
            if chance.random() < 0.2:
                frames = [query(chance.choice(["BEGIN", "COMMIT", "ROLLBACK"]))]
            elif chance.random() < 0.2:
                sql = chance.choice(changes)
                frames = SHAPES["unnamed"](sql.format(t=table), ())
            elif chance.random() < 0.2:
                frames = [close_statement("s"), parse(f"SELECT * FROM {table}", "s"), SYNC]
            else:
                statement, values = STATEMENTS[chance.choice(list(STATEMENTS))]
                shape = chance.choice(list(SHAPES))
                frames = SHAPES[shape](statement.format(t=table), values)
            session.send(*frames)
            asked[session] = frames
        for session, frames in asked.items():
            heard(session, frames)
        for session in sessions:
            assert session.ask(query("ROLLBACK")).endswith("C[ROLLBACK] ZI")
            assert session.ask(query("SELECT 1")) == "T1 D C[SELECT 1] ZI"
    finally:
        for session in sessions:
            session.close()
