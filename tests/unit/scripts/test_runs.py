"""What a run does when the service answers with a conflict, a lost session or a failed job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import cast

import pytest

from dsql_tui.errors import DsqlTuiError, OccConflict, SessionLost, StatementError
from dsql_tui.model.result import Completed, RowChunk, StatementEvent, TransactionStatus
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.events import (
    BatchEnded,
    JobAwaited,
    Retried,
    RunEvent,
    StepEnded,
    StepProgressed,
)
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, plan_batches
from dsql_tui.sql.dsql.script_plan import REPEAT_MARK, Checkpoint, plan_script
from tests.support.rows import HeldRows

AT_ONCE = RetryPolicy(attempts=2, base_ms=0, cap_ms=0)
CONFLICT = OccConflict("change conflicts with another transaction (OC000)", sqlstate="40001")
JOB_ROW = ("id", "{}", "INDEX_BUILD", "public.i", "duplicate key", "0", "0")


class Service:
    """A session that answers from a list: errors in `answers` for a statement are raised first."""

    def __init__(self, answers: dict[str, list[DsqlTuiError]] | None = None) -> None:
        self.answers = answers or {}
        self.sent: list[str] = []
        self.rows: list[list[tuple[str, ...]]] = []
        self.transaction_status = TransactionStatus.IDLE
        self.opened_at = datetime.now(UTC)
        self.is_open = True
        self.connects = 0
        self.tags: list[str] = []

    def connect(self) -> Session:
        self.connects += 1
        self.is_open = True
        self.opened_at = datetime.now(UTC)
        return cast("Session", self)

    def run(self, statement: str) -> Iterator[StatementEvent]:
        self.sent.append(statement)
        if waiting := self.answers.get(statement):
            raise waiting.pop(0)
        if statement == "BEGIN":
            self.transaction_status = TransactionStatus.IN_TRANSACTION
        elif statement in {"COMMIT", "ROLLBACK"}:
            self.transaction_status = TransactionStatus.IDLE
        if "async" in statement:
            yield RowChunk(HeldRows([["id"]]), 1)
        if self.tags and statement.startswith("insert"):
            yield Completed(self.tags.pop(0), 0, None, 1.0)
            return
        yield Completed("INSERT 0 1" if "insert" in statement else "OK", 0, None, 1.0)

    def fetch(self, query: str, _parameters: object = ()) -> list[tuple[str, ...]]:
        if query.startswith("EXPLAIN"):
            return [("Seq Scan on t  (cost=0.00..35.50 rows=8 width=4)",)]
        return self.rows.pop(0)

    def is_alive(self) -> bool:
        return self.is_open

    def close(self) -> None:
        self.is_open = False


def ran(
    service: Service, script: str, saved: list[Checkpoint], begin: Checkpoint | None = None
) -> list[RunEvent]:
    plan = plan_script(script)
    start = begin or Checkpoint(plan.digest, "c")
    return list(run_script(service.connect, plan, start, saved.append, retry=AT_ONCE))


def test_a_transaction_that_lost_runs_again_as_a_whole() -> None:
    service = Service({"COMMIT": [CONFLICT]})
    saved: list[Checkpoint] = []
    events = ran(service, "insert into a values (1); insert into b values (2)", saved)
    assert [type(event).__name__ for event in events][1] == "Retried"
    assert service.sent.count("BEGIN") == 2
    assert service.sent.count("insert into a values (1)") == 2
    assert [event.rows for event in events if isinstance(event, StepEnded)] == [2]
    assert saved[-1].done == 1


def test_an_error_says_which_statement_of_the_transaction_it_is_about() -> None:
    second = "insert into b values (2)"
    refusal = StatementError("no", sqlstate="23505")
    service = Service({second: [refusal]})
    with pytest.raises(StatementError) as caught:
        ran(service, f"insert into a values (1); {second}", [])
    assert caught.value.index == 1


def test_conflicts_without_end_are_given_up_and_nothing_is_unknown() -> None:
    service = Service({"insert into a values (1)": [CONFLICT] * 9})
    saved: list[Checkpoint] = []
    with pytest.raises(OccConflict):
        ran(service, "insert into a values (1)", saved)
    assert service.sent.count("BEGIN") == AT_ONCE.attempts + 1
    assert (saved[-1].done, saved[-1].under_way) == (0, False)


def lost(*, unknown: bool) -> SessionLost:
    return SessionLost("The connection ended.", outcome_unknown=unknown)


@pytest.mark.parametrize(
    ("statement", "error", "unknown"),
    [
        ("insert into a values (1)", lost(unknown=True), False),  # COMMIT was not sent yet
        ("COMMIT", lost(unknown=True), True),
        ("COMMIT", StatementError("server unavailable", sqlstate="XX000"), True),
        ("COMMIT", StatementError("limit exceeded", sqlstate="54000"), False),
    ],
)
def test_only_a_commit_under_way_leaves_the_outcome_unknown(
    statement: str, error: DsqlTuiError, unknown: bool
) -> None:
    saved: list[Checkpoint] = []
    with pytest.raises((SessionLost, StatementError)) as caught:
        ran(Service({statement: [error]}), "insert into a values (1)", saved)
    assert getattr(caught.value, "outcome_unknown", False) is unknown
    assert saved[-1].under_way is unknown


@pytest.mark.parametrize("script", ["create table a (id int)", "call p()"])
def test_a_statement_that_commits_by_itself_may_be_stored_when_the_server_was_unavailable(
    script: str,
) -> None:
    saved: list[Checkpoint] = []
    unavailable = StatementError("server unavailable", sqlstate="XX000")
    with pytest.raises(SessionLost) as caught:
        ran(Service({script: [unavailable]}), script, saved)
    assert caught.value.outcome_unknown
    assert saved[-1].under_way


def test_a_job_is_looked_at_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsql_tui.scripts.run.JOB_POLL_S", 0.0)
    service = Service()
    states = ("submitted", "processing", "processing", "completed")
    service.rows = [[(JOB_ROW[0], state, *JOB_ROW[2:])] for state in states]
    saved: list[Checkpoint] = []
    events = ran(service, "create index async i on a (b)", saved)
    seen = [event.job.status.value for event in events if isinstance(event, JobAwaited)]
    assert seen == ["submitted", "processing", "completed"]
    assert [row.job_id for row in saved] == ["", "id", ""]


def test_a_job_that_failed_stops_the_run_before_the_step() -> None:
    service = Service()
    service.rows = [[(JOB_ROW[0], "failed", *JOB_ROW[2:])]]
    saved: list[Checkpoint] = []
    with pytest.raises(StatementError, match=r"The job id on public\.i failed") as caught:
        ran(service, "create unique index async i on a (b)", saved)
    assert caught.value.detail == "duplicate key"
    assert "INVALID" in caught.value.remedy
    assert (saved[-1].done, saved[-1].under_way) == (0, False)


def test_a_job_that_was_awaited_when_a_run_ended_is_awaited_on() -> None:
    service = Service()
    service.rows = [[(JOB_ROW[0], "completed", *JOB_ROW[2:])]]
    plan = plan_script("create index async i on a (b)")
    begin = Checkpoint(plan.digest, "c").begun(plan.steps[0]).waiting("id")
    saved: list[Checkpoint] = []
    events = ran(service, "create index async i on a (b)", saved, begin)
    assert service.sent == []
    assert [event.was_there for event in events if isinstance(event, StepEnded)] == [True]


def test_a_job_the_service_has_forgotten_is_over() -> None:
    service = Service()
    service.rows = [[]]
    saved: list[Checkpoint] = []
    ran(service, "create index async i on a (b)", saved)
    assert saved[-1].done == 1


RENAME = "alter table a rename to b"
GONE = StatementError('relation "a" does not exist', sqlstate="42P01")


def resumed(
    script: str, error: StatementError, when: WhenUnknown, rows: list[list[tuple[str, ...]]]
) -> tuple[list[RunEvent], list[Checkpoint]]:
    plan = plan_script(script)
    service = Service({script: [error]})
    service.rows = rows
    saved = [Checkpoint(plan.digest, "c").begun(plan.steps[0])]
    events = run_script(service.connect, plan, saved[0], saved.append, when_unknown=when)
    return list(events), saved


@pytest.mark.parametrize(
    ("script", "error", "rows"),
    [
        (RENAME, GONE, [[("1",)]]),
        ("drop table a", GONE, []),
        ("alter table a drop column b", StatementError("no", sqlstate="42703"), []),
        (
            "alter table a add constraint k check (b > 0)",
            StatementError("no", sqlstate="42710"),
            [],
        ),
    ],
)
def test_ddl_whose_effect_is_seen_had_completed(
    script: str, error: StatementError, rows: list[list[tuple[str, ...]]]
) -> None:
    events, saved = resumed(script, error, WhenUnknown.ASK, rows)
    assert [event.was_there for event in events if isinstance(event, StepEnded)] == [True]
    assert saved[-1].done == 1


@pytest.mark.parametrize(
    ("script", "error", "rows"),
    [
        (RENAME, GONE, [[]]),
        ("alter table a alter b type bigint", GONE, []),
        ("drop table a", StatementError("depends", sqlstate="2BP01"), []),
    ],
)
def test_ddl_whose_effect_is_not_seen_is_asked_about_and_both_answers_lead_on(
    script: str, error: StatementError, rows: list[list[tuple[str, ...]]]
) -> None:
    with pytest.raises(SessionLost, match=f"refused: {error.sqlstate} {error.message}") as asked:
        resumed(script, error, WhenUnknown.ASK, list(rows))
    assert asked.value.outcome_unknown
    events, _ = resumed(script, error, WhenUnknown.SKIP, list(rows))
    assert [event.was_there for event in events if isinstance(event, StepEnded)] == [True]
    with pytest.raises(StatementError) as refused:
        resumed(script, error, WhenUnknown.AGAIN, list(rows))
    assert refused.value is error


@pytest.mark.parametrize("sqlstate", ["42601", "0A000"])
def test_ddl_that_no_server_has_run_is_refused(sqlstate: str) -> None:
    error = StatementError("no", sqlstate=sqlstate)
    with pytest.raises(StatementError):
        resumed("alter table a alter b type money", error, WhenUnknown.SKIP, [])


def test_an_index_without_a_name_is_not_made_twice() -> None:
    script = "create index async on a (b)"
    plan = plan_script(script)
    begin = Checkpoint(plan.digest, "c").begun(plan.steps[0])
    service = Service()
    with pytest.raises(SessionLost, match="may or may not have completed"):
        list(run_script(service.connect, plan, begin, lambda _: None))
    service.rows = [
        [(JOB_ROW[0], "processing", *JOB_ROW[2:])],
        [(JOB_ROW[0], "completed", *JOB_ROW[2:])],
    ]
    saved: list[Checkpoint] = []
    events = run_script(service.connect, plan, begin, saved.append, when_unknown=WhenUnknown.SKIP)
    assert [event.job.status.value for event in events if isinstance(event, JobAwaited)] == [
        "completed"
    ]
    assert service.sent == []
    assert saved[-1].done == 1
    service.rows = [[(JOB_ROW[0], "completed", *JOB_ROW[2:])]]
    waiting = run_script(service.connect, plan, begin.waiting("id"), lambda _: None)
    assert [event.was_there for event in waiting if isinstance(event, StepEnded)] == [True]


def test_a_session_is_replaced_before_its_hour_is_over_with_its_settings() -> None:
    service = Service()

    def connect() -> Session:
        session = service.connect()
        if service.connects == 1:
            service.opened_at -= timedelta(minutes=56)
        return session

    script = "set search_path = s; insert into a values (1)"
    plan = plan_script(script)
    list(run_script(connect, plan, Checkpoint(plan.digest, "c"), lambda _: None))
    assert service.connects == 2
    assert service.sent[:3] == ["set search_path = s", "set search_path = s", "BEGIN"]


def test_a_batch_that_lost_runs_again_on_the_same_keys() -> None:
    plan = plan_batches("delete from t", ["id"], rows=2)
    first = plan.batch(None, ("5",))
    service = Service({first: [CONFLICT]})
    service.rows = [[("5",)], []]
    begin = BatchCheckpoint(plan.digest, "c")
    events = list(run_batches(service.connect, plan, begin, lambda _: None, retry=AT_ONCE))
    assert [type(event) for event in events[:3]] == [Retried, BatchEnded, BatchEnded]
    assert service.sent == [first, first, plan.batch(("5",), None)]
    assert [event.expected for event in events if isinstance(event, BatchEnded)] == [8, 8]


def test_a_batch_with_unknown_outcome_is_identified_by_its_keys() -> None:
    plan = plan_batches("delete from t", ["id"], rows=2)
    service = Service({plan.batch(("5",), None): [lost(unknown=True)]})
    service.rows = [[]]
    begin = BatchCheckpoint(plan.digest, "c", after=("5",))
    with pytest.raises(SessionLost, match="after key 5 to the last may or may not") as caught:
        list(run_batches(service.connect, plan, begin, lambda _: None, retry=AT_ONCE))
    assert caught.value.outcome_unknown


def repeated_run(
    service: Service, begin: Checkpoint | None = None, stop: Event | None = None
) -> tuple[list[RunEvent], list[Checkpoint]]:
    plan = plan_script(f"insert {REPEAT_MARK} into b select 1 limit 1; grant a to b")
    saved: list[Checkpoint] = []
    start = begin or Checkpoint(plan.digest, "c")
    return list(run_script(service.connect, plan, start, saved.append, stop=stop)), saved


def test_a_marked_statement_is_repeated_until_it_changes_no_row() -> None:
    service = Service()
    service.tags = ["INSERT 0 5", "INSERT 0 2", "INSERT 0 0"]
    events, saved = repeated_run(service)
    assert [each.rows for each in events if isinstance(each, StepProgressed)] == [5, 7]
    assert [each.rows for each in events if isinstance(each, StepEnded)] == [7, 0]
    assert saved[-1].done == 2
    # A run that was killed in between goes on without a question.
    plan = plan_script(f"insert {REPEAT_MARK} into b select 1 limit 1; grant a to b")
    begun = Checkpoint(plan.digest, "c").begun(plan.steps[0])
    service.tags = ["INSERT 0 0"]
    assert [type(each).__name__ for each in repeated_run(service, begun)[0]][:2] == [
        "StepBegun",
        "StepEnded",
    ]


def test_a_repeated_statement_stops_between_two_transactions() -> None:
    stop = Event()

    class Stopping(Service):
        def run(self, statement: str) -> Iterator[StatementEvent]:
            yield from super().run(statement)
            stop.set()

    service = Stopping()
    service.tags = ["INSERT 0 5", "INSERT 0 5"]
    events, saved = repeated_run(service, stop=stop)
    assert len(service.sent) == 1
    assert (saved[-1].done, saved[-1].under_way) == (0, True)
    assert not any(isinstance(each, StepEnded) for each in events)
