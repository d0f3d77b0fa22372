"""Scripts and batches run on the local DSQL, are killed in the middle, and resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.errors import SessionLost, StatementError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.jobs import jobs
from dsql_tui.pg.keys import primary_key
from dsql_tui.pg.session import Session
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from dsql_tui.scripts.checkpoint_file import hold_checkpoint
from dsql_tui.scripts.events import (
    BatchEnded,
    JobAwaited,
    LongRunEnded,
    RunEvent,
    StepBegun,
    StepEnded,
)
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, plan_batches
from dsql_tui.sql.dsql.script_plan import Checkpoint, plan_script
from tests.support.local_dsql import profile_of
from tests.support.program import program

Connect = Callable[[], Session]


@pytest.fixture
def connect(local_dsql: ServerInfo) -> Connect:
    aws = AwsSession(profile_of(local_dsql))
    endpoint = find_cluster(aws, aws.regions, "todos-dev").endpoint(aws.profile)
    return lambda: Session.open(endpoint, generate_token(aws, endpoint))


def value(connect: Connect, query: str) -> str | None:
    with closing(connect()) as session:
        return session.fetch(query)[0][0]


def script(prefix: str) -> str:
    """A migration: tables, a foreign key, two asynchronous indexes, 7,000 rows, a grant."""
    rows = ", ".join(f"({n}, 'name {n}')" for n in range(7_000))
    return f"""
        begin;
        create table {prefix}_a (id int primary key, name text);
        create table {prefix}_b (id int primary key, a_id int references {prefix}_a (id));
        commit;
        insert into {prefix}_a values {rows};
        insert into {prefix}_b values (1, 1), (2, 2);
        create index async {prefix}_name on {prefix}_a (name);
        create unique index async {prefix}_both on {prefix}_b (a_id, id);
        grant select on {prefix}_a to app_ro;
        update {prefix}_a set name = 'x' where id < 10;
    """


def test_a_migration_runs_from_nothing_to_done(connect: Connect, tmp_path: Path) -> None:
    plan = plan_script(script("one"))
    saved: list[Checkpoint] = []
    events = list(run_script(connect, plan, Checkpoint(plan.digest, "c"), saved.append))
    assert [event.number for event in events if isinstance(event, StepEnded)] == list(range(1, 10))
    assert [event.job.status.value for event in events if isinstance(event, JobAwaited)][-1:] == [
        "completed"
    ]
    assert isinstance(events[-1], LongRunEnded)
    assert (events[-1].is_complete, events[-1].rows) == (True, 7_012)
    assert saved[-1].done == len(plan.steps)
    assert value(connect, "select count(*) from one_a") == "7000"
    with closing(connect()) as session:
        assert {job.object_name for job in jobs(session)} >= {"public.one_name", "public.one_both"}


def test_a_run_interrupted_at_any_event_resumes_to_the_same_result(
    connect: Connect, tmp_path: Path
) -> None:
    plan = plan_script(script("two"))
    path = tmp_path / "checkpoint"
    runs = 0
    is_complete = False
    while not is_complete:
        _, begin = load_checkpoint(path, plan, "c")
        events = run_script(
            connect,
            plan,
            begin,
            lambda reached: save_checkpoint(path, reached),
            when_unknown=WhenUnknown.AGAIN,
        )
        runs += 1
        for number, event in enumerate(events):
            is_complete = isinstance(event, LongRunEnded) and event.is_complete
            if number == 2:
                break
        events.close()  # type: ignore[attr-defined]  # a generator, left in the middle
        assert runs < 30
    assert runs > 3
    assert value(connect, "select count(*) from two_a") == "7000"
    assert value(connect, "select count(*) from two_b") == "2"


def test_ddl_that_had_completed_unseen_is_recognised(connect: Connect) -> None:
    plan = plan_script("create table three (id int primary key); insert into three values (1)")
    list(run_script(connect, plan_script("create table three (id int primary key)"),
                    Checkpoint("", ""), lambda _: None))  # fmt: skip
    begin = Checkpoint(plan.digest, "c").begun(plan.steps[0])
    events = list(run_script(connect, plan, begin, lambda _: None))
    ends = [event for event in events if isinstance(event, StepEnded)]
    assert [end.was_there for end in ends] == [True, False]


LOST_DDL = [
    "create table {t}_new (id int primary key)",
    "create view {t}_view as select id from {t}",
    "create schema {t}_s",
    "create sequence {t}_q cache 1",
    "create role {t}_r",
    "create index async {t}_i on {t} (v)",
    "alter table {t} add column w int",
    "alter table {t} add constraint {t}_k check (v > 0) not valid",
    "alter table {t} alter column v set default 7",
    "alter table {t} rename column v to w",
    "alter table {t} rename to {t}_b",
    "alter table {t} drop column v",
    "drop table {t}",
    "grant select on {t} to app_ro",
    "comment on table {t} is 'x'",
]


@pytest.fixture
def lost_table(connect: Connect, number: int) -> Iterator[str]:
    """Yield the name of a table; the schema and the role named after it are dropped at the end.

    Other tests on the cluster count schemas and read all roles.
    """
    table = f"lost_{number}"
    yield table
    with closing(connect()) as session:
        session.fetch(f"drop schema if exists {table}_s")
        session.fetch(f"drop role if exists {table}_r")


@pytest.mark.parametrize("number", range(len(LOST_DDL)))
def test_ddl_whose_answer_was_lost_is_recognised_when_it_is_sent_again(
    connect: Connect, lost_table: str, number: int
) -> None:
    table = lost_table
    statement = LOST_DDL[number].format(t=table)
    prepare = plan_script(f"create table {table} (id int primary key, v int); {statement}")
    list(run_script(connect, prepare, Checkpoint(prepare.digest, "c"), lambda _: None))
    plan = plan_script(f"{statement}; create table {table}_last (id int primary key)")
    begin = Checkpoint(plan.digest, "c").begun(plan.steps[0])
    *_, last = run_script(connect, plan, begin, lambda _: None)
    assert isinstance(last, LongRunEnded)
    assert last.is_complete


def test_rows_that_may_be_there_are_asked_about(connect: Connect) -> None:
    plan = plan_script("insert into todos (title) values ('maybe')")
    begin = Checkpoint(plan.digest, "c").begun(plan.steps[0])
    with pytest.raises(SessionLost, match="may or may not have completed") as caught:
        list(run_script(connect, plan, begin, lambda _: None))
    assert caught.value.outcome_unknown
    skipped = list(run_script(connect, plan, begin, lambda _: None, when_unknown=WhenUnknown.SKIP))
    assert isinstance(skipped[-1], LongRunEnded)
    assert skipped[-1].is_complete


def test_a_step_that_is_refused_leaves_the_checkpoint_before_it(connect: Connect) -> None:
    plan = plan_script("create table four (id int primary key); insert into nowhere values (1)")
    saved: list[Checkpoint] = []
    with pytest.raises(StatementError, match="nowhere"):
        list(run_script(connect, plan, Checkpoint(plan.digest, "c"), saved.append))
    assert (saved[-1].done, saved[-1].under_way) == (1, False)


def test_a_failed_index_build_stops_the_run(connect: Connect) -> None:
    plan = plan_script(
        "create table five (id int primary key, v int); insert into five values (1, 1), (2, 1);"
        "create unique index async five_v on five (v)"
    )
    saved: list[Checkpoint] = []
    with pytest.raises(StatementError, match="five_v") as caught:
        list(run_script(connect, plan, Checkpoint(plan.digest, "c"), saved.append))
    at_once = caught.value.sqlstate == "23505"  # a build that is not put off
    assert at_once or "INVALID" in caught.value.remedy
    assert (saved[-1].done, saved[-1].under_way) == (2, False)


def test_a_run_stops_between_steps_when_asked(connect: Connect) -> None:
    plan = plan_script("create table six (id int primary key); create table seven (id int)")
    stop = Event()
    seen: list[RunEvent] = []
    for event in run_script(connect, plan, Checkpoint("", ""), lambda _: None, stop=stop):
        seen.append(event)
        if isinstance(event, StepEnded):
            stop.set()
    assert [type(event) for event in seen] == [StepBegun, StepEnded, LongRunEnded]
    assert isinstance(seen[-1], LongRunEnded)
    assert not seen[-1].is_complete


def prepared(connect: Connect, table: str, rows: int) -> None:
    numbers = f"insert into {table} select n, n % 10 from generate_series({{}}, {{}}) n"
    parts = [numbers.format(n, min(n + 2_999, rows)) for n in range(1, rows + 1, 3_000)]
    plan = plan_script(f"create table {table} (id int primary key, v int);" + ";".join(parts))
    list(run_script(connect, plan, Checkpoint("", ""), lambda _: None))


def test_a_large_update_is_committed_in_batches_along_the_key(connect: Connect) -> None:
    prepared(connect, "eight", 7_500)
    with closing(connect()) as session:
        key = primary_key(session, ("eight",))
    plan = plan_batches("update eight set v = -1 where v < 5", key, rows=1_000)
    events = list(run_batches(connect, plan, BatchCheckpoint(plan.digest, "c"), lambda _: None))
    batches = [event for event in events if isinstance(event, BatchEnded)]
    assert [event.upto is None for event in batches] == [False, False, False, True]
    assert batches[-1].rows == 3_750
    assert value(connect, "select count(*) from eight where v = -1") == "3750"


def test_stopped_batches_resume_after_the_last_key(connect: Connect) -> None:
    prepared(connect, "nine", 4_000)
    plan = plan_batches("delete from nine", ("id",), rows=1_500)
    stop = Event()
    saved = [BatchCheckpoint(plan.digest, "c")]
    for event in run_batches(connect, plan, saved[0], saved.append, stop=stop):
        if isinstance(event, BatchEnded):
            stop.set()
    assert saved[-1] == BatchCheckpoint(plan.digest, "c", after=("1500",))
    assert value(connect, "select count(*) from nine") == "2500"
    *_, last = run_batches(connect, plan, saved[-1], saved.append)
    assert isinstance(last, LongRunEnded)
    assert (last.is_complete, last.rows) == (True, 2_500)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_a_killed_command_resumes_when_it_is_started_again(
    tmp_path: Path, home: dict[str, str]
) -> None:
    path = tmp_path / "migration.sql"
    path.write_text(script("ten"), encoding="utf-8")
    data = str(tmp_path / "data")
    line = [sys.executable, "-m", "dsql_tui", "script", "todos-dev", "-f", str(path)]
    line += ["--local", "--data", data, "--when-unknown", "again"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=home) as first:
        assert first.stderr is not None
        for told in first.stderr:
            if told.startswith("[5/"):
                break
        first.send_signal(signal.SIGKILL)
    assert path.with_name("migration.sql.checkpoint").exists()
    second = subprocess.run(line, capture_output=True, text=True, env=home, check=False)
    assert second.returncode == 0, second.stderr
    assert "Resuming after step 4 of 9." in second.stderr
    assert not path.with_name("migration.sql.checkpoint").exists()
    query = [*program(), "query", "todos-dev", "--local", "--data", data]
    query += ["-c", "select count(*) from ten_a", "--format", "csv", "--no-header"]
    counted = subprocess.run(query, capture_output=True, text=True, env=home, check=False)
    assert counted.stdout.strip() == "7000"


KILLED_AT = """
import os, signal, sys
steps, last = 0, int(sys.argv.pop(1))
def step(path):
    global steps
    steps += str(path).endswith(".checkpoint")
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
replace, unlink = os.replace, os.unlink
def replaced(source, target):
    step(target)
    replace(source, target)
    step(target)
def unlinked(path):
    step(path)
    unlink(path)
os.replace, os.unlink = replaced, unlinked
from dsql_tui.cli.root import main
main()
"""
"""Runs the command line and kills it before or after the n-th change of a checkpoint."""
UNKNOWN_AFTER = {2: 0, 3: 0, 6: 20, 7: 20, 10: 40, 11: 40}
"""Steps that leave the outcome of a batch of 20 rows unknown → the last id before the batch."""


@pytest.mark.parametrize("step", range(1, 12))
def test_batches_that_are_killed_at_any_step_change_each_row_once(
    connect: Connect, local_dsql: ServerInfo, tmp_path: Path, home: dict[str, str], step: int
) -> None:
    table = f"killed_{step}"
    prepared(connect, table, 50)
    line = ["batch", "todos-dev", "-c", f"update {table} set v = v + 100", "--rows", "20"]
    line += ["--local", "--data", str(local_dsql.data_dir), "--allow-writes"]
    kept = tmp_path / "kept.checkpoint"
    line += ["--checkpoint", str(kept)]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, *command)
        return subprocess.run(command, capture_output=True, text=True, env=home, check=False)

    assert run("-c", KILLED_AT, str(step), *line).returncode == -signal.SIGKILL
    resumed = run("-m", "dsql_tui", *line)
    assert (resumed.returncode == ExitCode.OUTCOME_UNKNOWN) == (step in UNKNOWN_AFTER)
    if step in UNKNOWN_AFTER:
        after = UNKNOWN_AFTER[step]
        keys = f"after key {after}" if after else "from the first key"
        assert f"The batch {keys} " in resumed.stderr
        assert "To run that batch again: --when-unknown again, elsewhere --" in resumed.stderr
        changed = value(connect, f"select count(*) from {table} where v >= 100 and id > {after}")
        assert changed in {"0", "10", "20"}
        decision = "again" if changed == "0" else "skip"
        resumed = run("-m", "dsql_tui", *line, "--when-unknown", decision)
    assert resumed.returncode == 0, resumed.stderr
    assert value(connect, f"select count(*) from {table} where v between 100 and 109") == "50"
    assert not kept.exists()


def test_a_script_that_another_process_runs_is_not_run(
    tmp_path: Path, home: dict[str, str]
) -> None:
    path, link = tmp_path / "migration.sql", tmp_path / "link.sql"
    path.write_text(script("eleven"), encoding="utf-8")
    link.symlink_to(path)
    line = [*program(), "script", "todos-dev", "-f", str(link)]
    line += ["--local", "--data", str(tmp_path / "data")]
    with hold_checkpoint(checkpoint_path(path), "dsql-tui launch"):
        done = subprocess.run(line, capture_output=True, text=True, env=home, check=False)
    assert done.returncode == ExitCode.IN_USE, done.stderr
    assert f"{path}.checkpoint is in use by process {os.getpid()} on " in done.stderr
    assert "(dsql-tui launch)" in done.stderr
    assert "[1/" not in done.stderr
