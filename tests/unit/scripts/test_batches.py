"""Each batch is committed once or reported as unknown, whatever becomes of the checkpoint."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dsql_tui.errors import InputError, SessionLost, StatementError, WriteFailed
from dsql_tui.model.result import StatementEvent
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.scripts.batch_checkpoint import (
    batch_checkpoint_path,
    load_batch_checkpoint,
    save_batch_checkpoint,
)
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.events import LongRunEnded, RunEvent
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, plan_batches
from tests.conftest import FailingDisk
from tests.unit.scripts.test_runs import Service

PLAN = plan_batches("update t set n = n + 1", ["id"], rows=2)
BATCHES = [PLAN.batch(None, ("2",)), PLAN.batch(("2",), ("4",)), PLAN.batch(("4",), None)]
ENTIRE = json.dumps({"version": 1, **asdict(BatchCheckpoint(PLAN.digest, "c", ("2",)))})


class Database(Service):
    """Commits batches; the answer to `lose` is lost once, after it is committed or before."""

    def __init__(self, lose: str = "", *, stored: bool = True) -> None:
        super().__init__()
        self.committed: list[str] = []
        self.lose, self.stored = lose, stored

    def run(self, statement: str) -> Iterator[StatementEvent]:
        if statement == self.lose:
            self.lose, self.is_open = "", False
            self.committed += [statement] * self.stored
            raise SessionLost("gone", outcome_unknown=True)
        yield from super().run(statement)
        self.committed.append(statement)

    def fetch(self, query: str, _parameters: object = ()) -> list[tuple[str, ...]]:
        if query.startswith("EXPLAIN"):
            return super().fetch(query)
        if "> ('4')" in query:
            return []
        return [("4",)] if "> ('2')" in query else [("2",)]


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def run(
    database: Database, path: Path, when_unknown: WhenUnknown = WhenUnknown.ASK
) -> list[RunEvent]:
    begin = load_batch_checkpoint(path, PLAN, "c")

    def save(checkpoint: BatchCheckpoint) -> None:
        save_batch_checkpoint(path, checkpoint)

    return list(run_batches(database.connect, PLAN, begin, save, when_unknown=when_unknown))


def resume(database: Database, path: Path) -> None:
    """Resume like a user who checks the database when asked."""
    try:
        run(database, path)
    except SessionLost:
        at = load_batch_checkpoint(path, PLAN, "c")
        is_there = PLAN.batch(at.after, at.upto) in database.committed
        run(database, path, WhenUnknown.SKIP if is_there else WhenUnknown.AGAIN)


def test_a_disk_that_fails_at_any_step_leaves_a_run_that_can_be_resumed(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "kept"
    with failing_disk.failing_from(0, torn=False):
        run(Database(), path)
    steps = failing_disk.steps
    assert steps > 3 * len(BATCHES)
    for step in range(1, steps + 1):
        for torn in (False, True):
            path.unlink(missing_ok=True)
            database = Database()
            with (
                pytest.raises(WriteFailed) as failed,
                failing_disk.failing_from(step, errno.ENOSPC, torn=torn),
            ):
                run(database, path)
            check_told(database, failed.value)
            resume(database, path)
            assert database.committed == BATCHES


def check_told(database: Database, failure: WriteFailed) -> None:
    done = len(database.committed)
    if "was not sent" in failure.message:
        begin = ["from the first key up to 2", "after key 2 up to 4", "after key 4 to the last"]
        assert f"The batch {begin[done]} was not sent" in failure.message
    else:
        assert "is committed, but that is not recorded" in failure.message
        assert failure.remedy == f'Resume after the key ["{2 * done}"].'


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("batch", BATCHES)
def test_a_lost_answer_is_asked_about_until_it_is_decided(
    tmp_path: Path, batch: str, stored: bool
) -> None:
    path = tmp_path / "kept"
    database = Database(batch, stored=stored)
    for _ in range(2):
        with pytest.raises(SessionLost, match="may or may not have completed") as unknown:
            run(database, path)
        assert unknown.value.outcome_unknown
    resume(database, path)
    assert database.committed == BATCHES


def test_a_skipped_last_batch_completes_the_run(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    database = Database(BATCHES[-1])
    with pytest.raises(SessionLost):
        run(database, path)
    assert run(database, path, WhenUnknown.SKIP) == [LongRunEnded(True, 0, 0.0)]


def test_a_refused_batch_leaves_nothing_unknown(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    database = Database()
    database.answers[BATCHES[1]] = [StatementError("refused", sqlstate="23514")]
    with pytest.raises(StatementError):
        run(database, path)
    assert load_batch_checkpoint(path, PLAN, "c") == BatchCheckpoint(PLAN.digest, "c", ("2",))
    run(database, path)
    assert database.committed == BATCHES


@pytest.mark.parametrize(
    ("statement", "is_repeatable"),
    [
        ("delete from t", True),
        ("delete from t where at < now() - interval '1 day' and (a or b)", True),
        ("delete from t where random() < 0.5", False),
        ("delete from t where id in (select max(id) from t group by a)", False),
        ("update t set n = n + 1", False),
        ("insert into u select * from t", False),
    ],
)
def test_only_a_delete_by_its_own_columns_is_run_again_unasked(
    statement: str, is_repeatable: bool
) -> None:
    plan = plan_batches(statement, ["id"])
    assert plan.is_repeatable is is_repeatable
    begin = BatchCheckpoint(plan.digest, "c").begun(("2",))
    service = Service()
    service.rows = [[]]
    events = run_batches(service.connect, plan, begin, lambda _: None)
    if is_repeatable:
        list(events)
        assert service.sent == [plan.batch(None, ("2",)), plan.batch(("2",), None)]
    else:
        with pytest.raises(SessionLost):
            list(events)
        assert service.sent == []


def test_a_checkpoint_belongs_to_a_statement_its_key_and_a_cluster(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    others = [
        plan_batches("update t set n = n + 2", ["id"]),
        plan_batches("update t set n = n + 1", ["at", "id"]),
        plan_batches("update t set n = n + 1 where n > 0", ["id"]),
    ]
    save_batch_checkpoint(path, BatchCheckpoint(PLAN.digest, "c", ("2",)))
    assert path.stat().st_mode & 0o777 == 0o600
    assert "n + 1" not in path.read_text()
    for plan, cluster in [*((plan, "c") for plan in others), (PLAN, "d")]:
        with pytest.raises(InputError, match="belongs to another"):
            load_batch_checkpoint(path, plan, cluster)
        assert load_batch_checkpoint(tmp_path / "none", plan, cluster).after is None
    paths = {batch_checkpoint_path(tmp_path, plan, "c.dsql") for plan in [PLAN, *others]}
    assert len(paths) == 4
    assert batch_checkpoint_path(tmp_path, PLAN, "d.dsql") not in paths
    fewer_rows = replace(PLAN, rows=1)
    assert load_batch_checkpoint(path, fewer_rows, "c").after == ("2",)


DAMAGED = [
    *(ENTIRE[:length] for length in range(len(ENTIRE))),
    "[]",
    "[" * 50_000,
    ENTIRE.replace('["2"]', '["2", "3"]'),
    ENTIRE.replace('["2"]', "[2]"),
    ENTIRE.replace('["2"]', '"2"'),
    ENTIRE.replace("false", "0"),
    ENTIRE.replace('"version": 1', '"version": 2'),
    ENTIRE.replace('"version": 1', '"version": 1, "more": 1'),
]


def test_a_damaged_checkpoint_is_reported_in_one_sentence_and_left_unchanged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept"
    for content in DAMAGED:
        path.write_text(content)
        with pytest.raises(InputError) as refused:
            load_batch_checkpoint(path, PLAN, "c")
        assert refused.value.message.startswith(f"The checkpoint {path} cannot be used: ")
        assert path.read_text() == content
