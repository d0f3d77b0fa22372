"""Each row is stored once, or reported as unknown, wherever a load or its disk fails."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from typing import cast

import pytest

from dsql_tui.errors import (
    ConnectError,
    ConnectStep,
    DsqlTuiError,
    InputError,
    SessionLost,
    StatementError,
    WriteFailed,
)
from dsql_tui.load import storer
from dsql_tui.load.batches import Row
from dsql_tui.load.manifest import Header, open_manifest
from dsql_tui.load.rejects import RejectsFile
from dsql_tui.load.run import LoadPlan, load
from dsql_tui.load.source import open_source
from dsql_tui.load.target import LoadTarget
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from tests.conftest import FailingDisk
from tests.support.full_disk import file_limit
from tests.support.thorough import cuts_of

ROWS, ROWS_A_BATCH = 7, 2
BATCHES = -(-ROWS // ROWS_A_BATCH)
PLAN = LoadPlan(sessions=2, rows_max=ROWS_A_BATCH)
REFUSED = "4"
"""The row that the table refuses."""


class OpenSession:
    """As much of a session as a load asks for."""

    is_open = True

    def __init__(self) -> None:
        self.opened_at = datetime.now(UTC)

    transaction_status = TransactionStatus.IDLE

    def is_alive(self) -> bool:
        return self.is_open

    def close(self) -> None:
        self.is_open = False


@dataclass
class Table:
    """Rows, each with how often it is stored; a key keeps one from being stored twice.

    Attributes:
        has_key: Whether it has one.
        rows: By what is in them.
        fails: What is raised in place of storing these rows.
        loses: What is raised when they are stored.
    """

    has_key: bool
    rows: Counter[str] = field(default_factory=Counter)
    fails: Callable[[set[str]], DsqlTuiError | None] = lambda _: None
    loses: Callable[[set[str]], DsqlTuiError | None] = lambda _: None
    lock: Lock = field(default_factory=Lock)

    def store(self, _: Session, rows: tuple[Row, ...], *, skip_present: bool) -> int:
        ids = [str(row.values[0]) for row in rows]
        with self.lock:
            if error := self.fails(set(ids)):
                raise error
            if REFUSED in ids:
                raise StatementError("not a number", sqlstate="22P02")
            new = [each for each in ids if not (self.has_key and self.rows[each])]
            if len(new) < len(ids) and not skip_present:
                raise StatementError("there already", sqlstate="23505")
            self.rows.update(new)
            if error := self.loses(set(ids)):
                raise error
            return len(new)


EXPECTED = Counter({str(number): 1 for number in range(1, ROWS + 1)} | {REFUSED: 0})


def ids_of(batch: int) -> set[str]:
    first = (batch - 1) * ROWS_A_BATCH + 1
    return {str(each) for each in range(first, min(first + ROWS_A_BATCH, ROWS + 1))}


@dataclass
class World:
    """A file, its manifest and side file, and a table it is loaded into."""

    folder: Path
    table: Table

    def __post_init__(self) -> None:
        self.file.write_text("id\n" + "".join(f"{n}\n" for n in range(1, ROWS + 1)))

    @property
    def file(self) -> Path:
        return self.folder / "rows.csv"

    @property
    def manifest(self) -> Path:
        return self.folder / "rows.csv.load.jsonl"

    @property
    def side(self) -> Path:
        return self.folder / "rows.csv.bad.jsonl"

    def load(self, plan: LoadPlan = PLAN) -> None:
        source = open_source(self.file)
        header = Header("rows.csv", 1, 1, "c", "t", ("id",), plan.rows_max, plan.bytes_max)
        with (
            closing(open_manifest(self.manifest, header, restart=False)) as kept,
            closing(RejectsFile(self.side, ("id",), append=kept.resumed)) as side,
        ):
            target = cast("LoadTarget", self.table)
            for _ in load(source, target, plan, kept, self.connect, side.add):
                pass

    @staticmethod
    def connect() -> Session:
        return cast("Session", OpenSession())

    def check(self, told: str = "") -> None:
        """Every row is in the table once, in the side file once, or reported to be in neither.

        Where the side file cannot be written either and the person then takes the batch as stored,
        its refused row is in none of both.
        """
        assert +self.table.rows == +EXPECTED
        lines = self.side.read_text().splitlines() if self.side.exists() else []
        if lines or "is stored except for the lines 5," not in told or self.table.has_key:
            assert [line.split(",")[0] for line in lines] == ['{"_line": 5']


@pytest.fixture(params=[True, False], ids=["key", "no key"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    # What is flushed matters to a machine that loses power, and here to the time of the tests.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for name in ("CONFLICTS", "LOST_SESSIONS"):
        at_once = RetryPolicy(getattr(storer, name).attempts, base_ms=0)
        monkeypatch.setattr(storer, name, at_once)
    return World(tmp_path, Table(request.param))


def resume(world: World, truly_stored: set[int]) -> None:
    """Resume like a user who checks the table for each batch whose outcome is unknown."""
    try:
        world.load()
    except SessionLost as doubt:
        assert not world.table.has_key
        named = {int(number) for number in re.findall(r"(\d+) \(lines", doubt.message)}
        stored = frozenset(named & truly_stored)
        world.load(replace(PLAN, stored=stored, when_unknown=WhenUnknown.AGAIN))


def stored_batches(world: World) -> set[int]:
    return {n for n in range(1, BATCHES + 1) if any(world.table.rows[i] for i in ids_of(n))}


@pytest.mark.parametrize("in_doubt_is_stored", [True, False])
def test_a_manifest_cut_at_any_byte_is_resumed(world: World, in_doubt_is_stored: bool) -> None:
    world.load(replace(PLAN, sessions=1))
    world.check()
    whole, side = world.manifest.read_bytes(), world.side.read_bytes()
    for length in cuts_of(whole):
        begun, stored = known_at(whole, length)
        truly = stored | (begun if in_doubt_is_stored else set())
        world.table.rows = Counter(i for n in truly for i in ids_of(n) if i != REFUSED)
        world.manifest.write_bytes(whole[:length])
        world.side.write_bytes(side if 2 in truly else b"")
        resume(world, truly)
        world.check()


def known_at(whole: bytes, length: int) -> tuple[set[int], set[int]]:
    """Return the batches that may have been sent and that are stored when so much is written.

    What begins is sent after its line is complete; what is stored is so before its line begins.
    """
    begun: set[int] = set()
    stored: set[int] = set()
    at = 0
    for line in whole.splitlines(keepends=True):
        kind, number = re.findall(rb'^{"(\w+)": (\w+|"[^"]*")', line)[0]
        if kind == b"begin" and at + len(line) <= length:
            begun.add(int(number))
        elif kind == b"done" and at < length:
            stored.add(int(number))
        at += len(line)
    return begun, stored


def test_a_disk_that_fails_at_any_step_leaves_a_load_that_can_be_resumed(
    world: World, failing_disk: FailingDisk
) -> None:
    with failing_disk.failing_from(0, torn=False):
        world.load()
    steps = failing_disk.steps
    assert steps > 3 * BATCHES
    for step in range(1, steps + 1):
        for error, torn in ((errno.ENOSPC, True), (errno.EIO, False)):
            clear(world)
            told = ""
            try:
                with failing_disk.failing_from(step, error, torn=torn):
                    world.load()
            except WriteFailed as failure:
                check_told(world, failure)
                told = failure.message
            resume(world, stored_batches(world))
            world.check(told)


def test_a_full_disk_at_any_size_leaves_a_load_that_can_be_resumed(world: World) -> None:
    for size in range(0, 700, 9):
        clear(world)
        told = ""
        try:
            with file_limit(size):
                world.load()
        except WriteFailed as failure:
            check_told(world, failure)
            told = failure.message
        resume(world, stored_batches(world))
        world.check(told)


def clear(world: World) -> None:
    world.table.rows.clear()
    for path in (world.manifest, world.side):
        path.unlink(missing_ok=True)
    assert [path.name for path in world.folder.iterdir()] == ["rows.csv"]


def check_told(world: World, failure: WriteFailed) -> None:
    """What a failure says of the batches is what the table holds, and what to do is enough."""
    if "Nothing was sent" in failure.message:
        assert not +world.table.rows
        return
    noted = numbers_in(failure.message, r"recorded \((?:batches|no batch) ?([^)]*)\)")
    unnoted = {int(n) for n in re.findall(r"Batch (\d+) \([^)]*\) is stored", failure.message)}
    in_doubt = {int(n) for n in re.findall(r"Batch (\d+) \([^)]*\) may or", failure.message)}
    for number in range(1, BATCHES + 1):
        rows = [world.table.rows[each] for each in ids_of(number) - {REFUSED}]
        if number in noted | unnoted:
            assert rows == [1] * len(rows), failure.message
        elif number not in in_doubt:
            assert not any(rows), failure.message
    if not world.table.has_key:
        told = {int(n) for n in re.findall(r"--stored (\d+)", failure.remedy)}
        assert told == unnoted


def numbers_in(message: str, pattern: str) -> set[int]:
    match = re.search(pattern, message)
    numbers: set[int] = set()
    for part in match[1].split(", ") if match and match[1] else ():
        first, _, last = part.partition(" to ")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def faults(once: DsqlTuiError, ids: set[str]) -> Callable[[set[str]], DsqlTuiError | None]:
    """Fail once, when these rows come."""
    left = [once]
    return lambda rows: left.pop() if left and rows & ids else None


LOST = SessionLost("gone", outcome_unknown=True)
UNAVAILABLE = StatementError("server unavailable", sqlstate="XX000")


@pytest.mark.parametrize("hook", ["fails", "loses"])
@pytest.mark.parametrize("error", [LOST, UNAVAILABLE])
def test_a_lost_answer_is_reported_if_the_table_has_no_key(
    world: World, error: DsqlTuiError, hook: str
) -> None:
    setattr(world.table, hook, faults(error, {"7"}))
    if world.table.has_key:
        world.load()
    else:
        with pytest.raises(SessionLost, match=r"batch 4 \(lines 8 to 8\)") as raised:
            world.load()
        assert raised.value.outcome_unknown
        assert "--stored" in raised.value.remedy
        resume(world, stored_batches(world))
    world.check()


KNOWN = [
    StatementError("permission denied", sqlstate="42501"),
    SessionLost("closed before it was sent", outcome_unknown=False),
    ConnectError("no token", step=ConnectStep.CREDENTIALS),
]


@pytest.mark.parametrize("error", KNOWN)
def test_a_batch_that_is_known_not_to_be_stored_has_a_known_outcome(
    world: World, error: DsqlTuiError
) -> None:
    world.table.fails = lambda rows: error if "7" in rows else None
    with pytest.raises(type(error)):
        world.load(replace(PLAN, sessions=1))
    world.table.fails = lambda _: None
    world.load()
    world.check()


def test_a_server_that_stays_unreachable_leaves_the_outcome_of_the_batch_unknown(
    world: World,
) -> None:
    world.table.loses = faults(LOST, {"7"})
    world.table.fails = lambda ids: LOST if world.table.rows["7"] and "7" in ids else None
    with pytest.raises(SessionLost):
        world.load()
    world.table.fails = lambda _: None
    resume(world, stored_batches(world))
    world.check()


def test_the_outcome_of_a_batch_that_is_stored_in_part_is_unknown(world: World) -> None:
    world.table.fails = lambda ids: KNOWN[0] if ids == {REFUSED} else None
    with pytest.raises(StatementError, match="denied"):
        world.load(replace(PLAN, sessions=1))
    assert world.table.rows["3"] == 1
    world.table.fails = lambda _: None
    if not world.table.has_key:
        with pytest.raises(SessionLost, match=r"Each row of batch 2 \(lines 4 to 5\) may"):
            world.load()
    resume(world, stored_batches(world))
    assert +world.table.rows == +EXPECTED


def test_an_interrupted_load_reports_a_full_disk(world: World, failing_disk: FailingDisk) -> None:
    source = open_source(world.file)
    header = Header("rows.csv", 1, 1, "c", "t", ("id",), PLAN.rows_max, PLAN.bytes_max)
    kept = open_manifest(world.manifest, header, restart=False)
    side = RejectsFile(world.side, ("id",), append=False)
    began, go_on = Event(), Event()

    def hold_the_last(ids: set[str]) -> None:
        if "7" in ids:
            began.set()
            go_on.wait()

    world.table.fails = hold_the_last
    steps = load(source, cast("LoadTarget", world.table), PLAN, kept, world.connect, side.add)
    next(steps)
    began.wait()
    go_on.set()
    with (
        failing_disk.failing_from(1, errno.ENOSPC, torn=True),
        pytest.raises(WriteFailed, match=r"Batch 4 \(lines 8 to 8\) is stored, but") as failed,
    ):
        cast("Iterator[object]", steps).close()  # type: ignore[attr-defined]
    check_told(world, failed.value)
    resume(world, stored_batches(world))
    world.check(failed.value.message)


def test_an_interrupted_load_has_no_batch_with_unknown_outcome(world: World) -> None:
    source = open_source(world.file)
    header = Header("rows.csv", 1, 1, "c", "t", ("id",), PLAN.rows_max, PLAN.bytes_max)
    kept = open_manifest(world.manifest, header, restart=False)
    side = RejectsFile(world.side, ("id",), append=False)
    steps = load(source, cast("LoadTarget", world.table), PLAN, kept, world.connect, side.add)
    next(steps)
    cast("Iterator[object]", steps).close()  # type: ignore[attr-defined]
    assert open_manifest(world.manifest, header, restart=False).state.in_doubt == {}
    world.load()
    world.check()


def test_a_file_that_is_cut_otherwise_than_it_was_is_not_resumed(world: World) -> None:
    world.load()
    manifest = world.manifest.read_text().replace('{"finished": true}\n', "")
    world.manifest.write_text(manifest)
    world.file.write_text("id\n\n" + "".join(f"{n}\n" for n in range(1, ROWS + 1)))
    before = Counter(world.table.rows)
    with pytest.raises(InputError, match=r"Batch 4 was lines 8 to 8 .* is lines 8 to 9 now"):
        world.load()
    assert world.table.rows == before


def test_a_batch_that_never_began_cannot_be_marked_as_stored(world: World) -> None:
    with pytest.raises(InputError, match="Batch 3 was not started by an earlier run"):
        world.load(replace(PLAN, stored=frozenset({3})))
    assert not world.table.rows


def rows_aside(lines: Sequence[int]) -> str:
    return "".join(f'{{"_line": {n}, "_reason": "r", "id": "x"}}\n' for n in lines)


@pytest.mark.parametrize("ending", ["", '{"_li', '{"_line": 9, "_reason": "r", "id": "mended"}'])
def test_the_side_file_is_appended_to_line_by_line(world: World, ending: str) -> None:
    world.load(replace(PLAN, sessions=1))
    world.manifest.write_text("".join(world.manifest.read_text().splitlines(keepends=True)[:1]))
    world.table.rows.clear()
    world.side.write_text(rows_aside([1]) + ending)
    world.load()
    kept = [1, 9] if ending.endswith("}") else [1]
    lines = world.side.read_text().splitlines()
    assert [int(re.findall(r'^{"_line": (\d+), .*}$', line)[0]) for line in lines] == [*kept, 5]
    assert world.side.stat().st_mode & 0o777 in {0o600, 0o644}


def test_the_side_file_is_readable_by_its_owner_alone(world: World) -> None:
    world.load()
    assert world.side.stat().st_mode & 0o777 == 0o600
