"""Each step is committed once or reported as unknown, whatever becomes of the checkpoint."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from dsql_tui.errors import InputError, SessionLost, StatementError, WriteFailed
from dsql_tui.model.result import StatementEvent
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.session import Session
from dsql_tui.scripts.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from dsql_tui.scripts.checkpoint_file import remove_checkpoint
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.script_plan import Checkpoint, plan_script
from tests.conftest import FailingDisk
from tests.unit.scripts.test_runs import JOB_ROW, Service

SCRIPT = """
set search_path = s;
create table a (id int primary key);
insert into a values (1);
drop table old;
call p();
create index async i on a (id);
insert into a values (2); insert into a values (3);
"""
PLAN = plan_script(SCRIPT)
STATEMENTS = [text for step in PLAN.steps for text in step.statements if "set" not in text]
ENTIRE = json.dumps({"version": 1, **asdict(Checkpoint(PLAN.digest, "c", 2, under_way=True))})


class Database(Service):
    """Commits statements; what is defined or dropped again is refused as PostgreSQL does.

    Attributes:
        committed: Every statement, as often as it was.
        lose: The statement whose answer is lost, once, after it is committed.
    """

    def __init__(self, lose: str = "") -> None:
        super().__init__()
        self.committed: list[str] = []
        self.lose = lose
        self._open: list[str] | None = None

    def connect(self) -> Session:
        self._open = None
        return super().connect()

    def run(self, statement: str) -> Iterator[StatementEvent]:
        if statement == "BEGIN":
            self._open = []
        elif statement == "COMMIT":
            self.committed += self._open or []
            self._open = None
        elif self._open is not None:
            self._open.append(statement)
        elif "set" not in statement:
            self._commit(statement)
        if statement == self.lose:
            self.lose, self.is_open = "", False
            raise SessionLost("gone", outcome_unknown=True)
        yield from super().run(statement)

    def _commit(self, statement: str) -> None:
        if statement in self.committed and not statement.startswith("call"):
            code = "42P01" if statement.startswith("drop") else "42P07"
            raise StatementError("that was done", sqlstate=code)
        self.committed.append(statement)

    def fetch(self, query: str, _parameters: object = ()) -> list[tuple[str, ...]]:
        return [(JOB_ROW[0], "completed", *JOB_ROW[2:])]


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def run(database: Database, path: Path, when_unknown: WhenUnknown = WhenUnknown.ASK) -> None:
    _, begin = load_checkpoint(path, PLAN, "c")
    for _ in run_script(
        database.connect,
        PLAN,
        begin,
        lambda reached: save_checkpoint(path, reached),
        when_unknown=when_unknown,
    ):
        pass


def resume(database: Database, path: Path) -> None:
    """Resume like a user who checks the database when asked."""
    try:
        run(database, path)
    except SessionLost as unknown:
        step = PLAN.steps[int(re.findall(r"Step (\d+)", unknown.message)[0]) - 1]
        is_there = step.statements[0] in database.committed
        run(database, path, WhenUnknown.SKIP if is_there else WhenUnknown.AGAIN)


def test_a_disk_that_fails_at_any_step_leaves_a_run_that_can_be_resumed(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "checkpoint"
    with failing_disk.failing_from(0, torn=False):
        run(Database(), path)
    steps = failing_disk.steps
    assert steps > 3 * len(PLAN.steps)
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
            assert list(tmp_path.iterdir()) in ([path], [])
            if "--when-unknown" in failed.value.remedy and path.exists():
                run(database, path, WhenUnknown(failed.value.remedy.split()[-1].strip(".)")))
            resume(database, path)
            assert database.committed == STATEMENTS


def check_told(database: Database, failure: WriteFailed) -> None:
    number, what = re.findall(r"Step (\d+) (was not sent|is committed)", failure.message)[0]
    done = int(number) if what == "is committed" else int(number) - 1
    told = [text for step in PLAN.steps[:done] for text in step.statements if "set" not in text]
    assert database.committed == told


@pytest.mark.parametrize("statement", [*STATEMENTS[:-2], "COMMIT"])
def test_a_lost_answer_is_found_out_or_asked_about(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "checkpoint"
    database = Database(lose=statement)
    with pytest.raises(SessionLost) as lost:
        run(database, path)
    assert lost.value.outcome_unknown == (not statement.startswith("insert"))
    resume(database, path)
    assert database.committed == STATEMENTS


def test_a_refused_step_whose_end_cannot_be_noted_says_both(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "checkpoint"
    database = Database()
    database.answers["insert into a values (1)"] = [StatementError("refused", sqlstate="23505")]
    save_checkpoint(path, Checkpoint(PLAN.digest, "c", done=2))
    with failing_disk.failing_from(0, torn=False):
        save_checkpoint(path, Checkpoint(PLAN.digest, "c", done=2))
    with (
        pytest.raises(StatementError, match="refused") as failed,
        failing_disk.failing_from(failing_disk.steps + 1, torn=False),
    ):
        run(database, path)
    assert "Cannot write the checkpoint" in failed.value.remedy
    assert "Step 3 was rolled back" in failed.value.remedy
    assert load_checkpoint(path, PLAN, "c")[1].under_way
    run(database, path, WhenUnknown.AGAIN)
    assert database.committed == STATEMENTS[1:]


def test_a_checkpoint_says_where_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "script.sql.checkpoint"
    _, checkpoint = load_checkpoint(path, PLAN, "arn:1")
    assert (checkpoint.done, checkpoint.under_way) == (0, False)
    first, second = PLAN.steps[:2]
    save_checkpoint(path, checkpoint.ended(first).begun(second).waiting("jobid"))
    _, again = load_checkpoint(path, PLAN, "arn:1")
    assert (again.done, again.under_way, again.job_id) == (1, True, "jobid")
    assert again.ended(second) == checkpoint.ended(first).ended(second)
    assert again.failed() == checkpoint.ended(first)
    assert (again.ended(second).done, again.ended(second).parts) == (2, 2)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


EDITABLE = """
create table a (id int);
insert into a values (1);
insert into a values (2);
create table b (id int);
"""


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        (EDITABLE + "select 1;", ["create table b (id int)", "select 1"]),
        (EDITABLE.replace("table b", "table c"), ["create table c (id int)"]),
        (
            EDITABLE.replace("create table b", "insert into a values (3); create table b"),
            ["insert into a values (3)", "create table b (id int)"],
        ),
        ("-- a comment\n" + EDITABLE, ["create table b (id int)"]),
        (EDITABLE.replace("create table b (id int);", ""), []),
        (EDITABLE.replace("values (2)", "values (3)"), None),
        (EDITABLE.replace("insert into a values (2);", ""), None),
        ("select 0;" + EDITABLE, None),
        ("", None),
    ],
)
def test_an_edited_rest_is_accepted_when_what_ran_is_unchanged(
    tmp_path: Path, edited: str, expected: list[str] | None
) -> None:
    path = tmp_path / "checkpoint"
    plan = plan_script(EDITABLE)
    first, second, _ = plan.steps
    save_checkpoint(path, Checkpoint(plan.digest, "c").ended(first).ended(second))
    if expected is None:
        with pytest.raises(InputError, match="statements that ran were changed"):
            load_checkpoint(path, plan_script(edited), "c")
        return
    for _ in range(2):  # saved for the edited script, it is read again
        fitted, checkpoint = load_checkpoint(path, plan_script(edited), "c")
        assert checkpoint.digest == fitted.digest == plan_script(edited).digest
        left = fitted.steps[checkpoint.done :]
        assert [text for step in left for text in step.statements] == expected
        save_checkpoint(path, checkpoint)


def test_a_step_that_is_under_way_counts_as_one_that_ran(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    plan = plan_script(EDITABLE)
    first, second, _ = plan.steps
    save_checkpoint(path, Checkpoint(plan.digest, "c").ended(first).begun(second))
    fitted, checkpoint = load_checkpoint(path, plan_script(EDITABLE + "select 1;"), "c")
    assert (checkpoint.done, checkpoint.under_way, len(fitted.steps)) == (1, True, 4)
    for edited in (
        EDITABLE.replace("values (2)", "values (3)"),
        EDITABLE.replace("insert into a values (2);", "select 1; insert into a values (2);"),
    ):
        with pytest.raises(InputError, match="statements that ran were changed"):
            load_checkpoint(path, plan_script(edited), "c")


@pytest.mark.parametrize("under_way", [False, True])
def test_a_checkpoint_of_an_earlier_version_fits_its_script_only(
    tmp_path: Path, under_way: bool
) -> None:
    path = tmp_path / "checkpoint"
    plan = plan_script(EDITABLE)
    done = 0 if under_way else 1
    fields = {"digest": plan.digest, "cluster": "c", "done": done, "under_way": under_way}
    path.write_text(json.dumps({"version": 1, **fields, "job_id": ""}))
    assert load_checkpoint(path, plan, "c") == (
        plan,
        Checkpoint(plan.digest, "c", done, under_way=under_way),
    )
    with pytest.raises(InputError, match="another version"):
        load_checkpoint(path, plan_script(EDITABLE + "select 1;"), "c")


def test_a_checkpoint_of_another_script_or_cluster_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    save_checkpoint(path, Checkpoint(PLAN.digest, "arn:1", done=7))
    with pytest.raises(InputError, match="another version of the script"):
        load_checkpoint(path, plan_script("select 2"), "arn:1")
    with pytest.raises(InputError, match="belongs to a run on arn:1"):
        load_checkpoint(path, PLAN, "arn:2")


DAMAGED = [
    *(ENTIRE[:length] for length in range(len(ENTIRE))),
    "[]",
    "[" * 50_000,
    "\0" * 50,
    ENTIRE * 2,
    ENTIRE + " " * 100_000,
    *(
        ENTIRE.replace(old, new)
        for old, new in (
            ('"done": 2', '"done": -1'),
            ('"done": 2', '"done": 99'),
            ('"done": 2', '"done": 7'),  # all of them, and one more under way
            ('"done": 2', '"done": "2"'),
            ('"done": 2', '"done": 2.0'),
            ('"done": 2', '"done": true'),
            ('"done": 2', '"done": ' + "9" * 5_000),
            ('"under_way": true', '"under_way": 1'),
            ('"job_id": ""', '"job_id": null'),
            ('"cluster": "c"', '"cluster": ["c"]'),
            ('"version": 1', '"version": 2'),
            ('"version": 1, ', ""),
            ('"version": 1', '"version": 1, "more": 1'),
        )
    ),
]


def test_a_damaged_file_is_reported_in_one_sentence_and_left_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    for content in DAMAGED:
        path.write_text(content)
        with pytest.raises(InputError) as refused:
            load_checkpoint(path, PLAN, "c")
        assert refused.value.message.startswith(f"The checkpoint {path} cannot be used: ")
        assert "Move it away" in refused.value.remedy
        assert path.read_text() == content


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(b"\xff"),
    ],
)
def test_what_is_no_text_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "checkpoint"
    make(path)
    with pytest.raises(InputError, match="cannot be used"):
        load_checkpoint(path, PLAN, "c")


def test_a_checkpoint_that_cannot_be_removed_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    remove_checkpoint(path)
    path.mkdir()
    with pytest.raises(WriteFailed, match="Cannot remove the checkpoint"):
        remove_checkpoint(path)


def test_the_checkpoint_is_beside_the_script_however_it_is_reached(tmp_path: Path) -> None:
    script, link = tmp_path / "data" / "a.sql", tmp_path / "link.sql"
    script.parent.mkdir()
    link.symlink_to(script)
    assert checkpoint_path(link) == checkpoint_path(script) == tmp_path / "data/a.sql.checkpoint"
    (tmp_path / "link.sql.checkpoint").touch()
    with pytest.raises(InputError, match="symbolic link"):
        checkpoint_path(link)
