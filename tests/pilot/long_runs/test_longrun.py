"""Scripts and batches in the console: shown first, run, stopped, gone on with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from textual.widgets import Input

from dsql_tui.console.long_runs.batches import BatchScreen
from dsql_tui.console.long_runs.script import ScriptScreen
from dsql_tui.errors import DsqlTuiError, OccConflict, SessionLost, StatementError
from dsql_tui.model.cluster import RegionListed
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.result import StatementEvent
from dsql_tui.model.token import AuthToken
from tests.support.desk import Desk, desk
from tests.support.fakes import (
    Answer,
    FakeServices,
    FakeSession,
    make_cluster,
    tag,
    until_cancelled,
)

SCRIPT = """\
create table a (id int primary key);
insert into a values (1), (2);
insert into a values (3);
create table b (id int primary key);
"""
UPDATE = "update orders set note = 'x' where note is null"
REFUSED = StatementError('relation "b" already exists in this state', sqlstate="55000")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "dsql-tui" / "scripts"


class Batched(dict[str, Answer]):
    """Answers every batch, whatever its keys: `lost` times with a conflict first.

    `fail` holds what the n-th one raises.
    """

    def __init__(
        self,
        lost: int = 0,
        hold: Event | None = None,
        fail: dict[int, DsqlTuiError] | None = None,
    ) -> None:
        super().__init__()
        self.lost, self.hold, self.fail = lost, hold, fail or {}
        self.count = 0

    def get(self, statement: str, default: object = None) -> object:  # type: ignore[override]
        return self.batch if statement.startswith("update orders") else tag("OK")

    def batch(self, _session: FakeSession) -> Iterator[StatementEvent]:
        if self.lost:
            self.lost -= 1
            raise OccConflict("change conflicts (OC000)", sqlstate="40001")
        self.count += 1
        if self.count in self.fail:
            raise self.fail[self.count]
        if self.hold is not None:
            self.hold.wait(20)
        yield from tag("UPDATE 1000")


class KeyedSession(FakeSession):
    """Knows the primary key of `orders` and the last key of each batch."""

    keys: list[str]
    has_key: bool

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = ()
    ) -> list[tuple[str | None, ...]]:
        if "to_regclass" in statement:
            return [("id",)] if self.has_key else []
        if statement.startswith("EXPLAIN"):
            return [("Seq Scan on orders  (cost=0.00..35.50 rows=4000 width=4)",)]
        return [(self.keys.pop(0),)] if self.keys else []


class Orders(FakeServices):
    """Services whose orders fill three batches."""

    def __init__(self, answers: Batched | None = None, *, has_key: bool = True) -> None:
        super().__init__()
        self.answers = Batched() if answers is None else answers
        self.has_key = has_key
        self.keys = ["1000", "2000"]

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> FakeSession:
        session = KeyedSession(endpoint, token, self.time, self.answers, settings=settings)
        session.keys, session.has_key = self.keys, self.has_key
        self.sessions.append(session)
        return session

    @property
    def batches(self) -> list[str]:
        ran = [statement for session in self.sessions for statement in session.ran]
        return [statement for statement in ran if statement.startswith("update")]


async def open_script(console: Desk, text: str = SCRIPT) -> None:
    await console.connect()
    console.editor.current.load_text(text)
    await console.workspace.run_action("run_script")
    await console.settle()


async def open_batches(console: Desk, statement: str = UPDATE) -> None:
    await console.connect()
    console.editor.current.load_text(statement)
    await console.workspace.run_action("run_batches")
    await console.settle()


def kept_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def sent(services: FakeServices) -> list[str]:
    return [statement for session in services.sessions for statement in session.ran]


async def test_the_steps_are_shown_before_anything_runs() -> None:
    async with desk() as console:
        await open_script(console)
        screen = console.screen()
        assert "Run script on shop us-east-1 as admin" in screen
        assert "1 DDL      create table a" in screen
        assert "2 rows     insert into a values (1), (2) … and 1 more" in screen
        assert sent(console.services) == []


async def test_a_script_runs_ddl_alone_and_rows_together(state: Path) -> None:
    async with desk() as console:
        await open_script(console)
        await console.press("f5")
        assert sent(console.services) == [
            "create table a (id int primary key)",
            "BEGIN",
            "insert into a values (1), (2)",
            "insert into a values (3)",
            "COMMIT",
            "create table b (id int primary key)",
        ]
        assert "3 of 3 steps" in console.screen()
        assert "Done. All steps are committed." in console.screen()
        assert kept_in(state) == []
        await console.press("escape")
        assert console.app.screen is console.workspace


async def test_a_refused_step_ends_the_run_and_f5_resumes_after_the_last_completed_step(
    state: Path,
) -> None:
    services = FakeServices()
    services.answers["create table b (id int primary key)"] = REFUSED
    async with desk(services) as console:
        await open_script(console)
        await console.press("f5")
        screen = console.screen()
        assert "Error 55000" in screen
        assert "F5 resumes after step 2" in screen
        assert len(kept_in(state)) == 1
        await console.press("escape")
        del services.answers["create table b (id int primary key)"]
        services.sessions.clear()
        await console.workspace.run_action("run_script")
        await console.settle()
        assert "F5 resumes after step 2" in console.screen()
        await console.press("f5")
        assert "create table a (id int primary key)" not in sent(services)
        assert "3 of 3 steps" in console.screen()


async def test_a_file_has_its_checkpoint_next_to_it_and_n_starts_over(tmp_path: Path) -> None:
    services = FakeServices()
    services.answers["create table b (id int primary key)"] = REFUSED
    kept = tmp_path / "up.sql.checkpoint"
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text(SCRIPT)
        console.editor.current.path = tmp_path / "up.sql"
        await console.workspace.run_action("run_script")
        await console.settle()
        await console.press("f5")
        assert kept.exists()
        await console.press("escape")
        console.editor.current.load_text(SCRIPT.replace("(3)", "(4)") + "select 1;")
        await console.workspace.run_action("run_script")
        await console.settle()
        assert "Press n to start over without the checkpoint" in console.screen()
        await console.press("n")
        assert not kept.exists()
        assert "4 single" in console.screen()


async def test_a_script_that_cannot_be_planned_says_why() -> None:
    async with desk() as console:
        await open_script(console, "select 'open")
        assert isinstance(console.app.screen, ScriptScreen)
        assert "ends inside a quoted string" in console.screen()
        await console.press("f5")
        assert sent(console.services) == []


async def test_a_read_only_session_runs_neither() -> None:
    cluster = make_cluster("payments", tags={"env": "prod"})
    async with desk(FakeServices([cluster, RegionListed("us-east-1", 1)])) as console:
        await open_script(console)
        assert console.app.screen is console.workspace
        assert "read-only" in console.screen()


async def test_batches_say_what_each_is_and_that_the_whole_is_not_atomic() -> None:
    services = Orders()
    async with desk(services) as console:
        await open_batches(console)
        screen = console.screen()
        assert "Not atomic" in screen
        assert "Each batch, up to 1,000 rows of orders" in screen
        assert "(orders.id) > ('‹last key›')" in screen
        assert services.batches == []


async def test_batches_run_along_the_key_and_count_conflicts() -> None:
    services = Orders(Batched(lost=2))
    async with desk(services) as console:
        await open_batches(console)
        await console.press("f5")
        assert "3,000 rows · 3 batches" in console.screen()
        assert "2 conflicts retried" in console.screen()
        assert "All batches are committed" in console.screen()
        assert services.batches[-1].endswith("(orders.id) > ('2000')")


async def test_batches_pause_stop_and_resume_after_the_last_key() -> None:
    hold = Event()
    services = Orders(Batched(hold=hold))
    async with desk(services) as console:
        await open_batches(console)
        await console.pilot.press("f5")
        await console.until(lambda: len(services.batches) == 1)
        await console.pilot.press("space")
        hold.set()
        await console.until(lambda: "1,000 of ~4,000 rows · 1 batch" in console.screen())
        assert "━" * 24 in console.screen()
        assert "Paused between batches" in console.screen()
        assert len(services.batches) == 1
        await console.pilot.press("escape")
        assert isinstance(console.app.screen, BatchScreen)
        await console.press("x")
        assert 'Committed up to key ["1000"]' in console.screen()
        await console.press("escape")
        await console.workspace.run_action("run_batches")
        await console.settle()
        assert console.app.screen.query_one("#run-after", Input).value == '["1000"]'
        await console.press("f5")
        assert "(orders.id) > ('1000') AND (orders.id) <= ('2000')" in services.batches[1]
        assert "All batches are committed" in console.screen()


async def test_batches_resume_in_another_console_and_can_be_started_over() -> None:
    refused = StatementError("refused", sqlstate="23514")
    services = Orders(Batched(fail={2: refused}))
    async with desk(services) as console:
        await open_batches(console)
        await console.press("f5")
        await console.until(lambda: "Error 23514" in console.screen())
    services = Orders()
    services.keys = ["2000"]
    async with desk(services) as console:
        await open_batches(console)
        await console.until(
            lambda: 'Committed up to key ["1000"]. F5 resumes after it.' in console.screen()
        )
        await console.press("escape")
        await console.workspace.run_action("run_batches")
        await console.settle()
        await console.press("f5")
        assert services.batches[0].endswith("(orders.id) > ('1000') AND (orders.id) <= ('2000')")
        await console.until(lambda: "All batches are committed" in console.screen())
        await console.press("escape")
        await console.workspace.run_action("run_batches")
        await console.settle()
        assert console.app.screen.query_one("#run-after", Input).value == ""


async def test_a_chosen_key_and_starting_over_go_before_the_checkpoint() -> None:
    services = Orders(Batched(fail={2: StatementError("refused", sqlstate="23514")}))
    async with desk(services) as console:
        await open_batches(console)
        await console.press("f5", "escape")
        services.answers = Batched()
        services.keys = []
        await console.workspace.run_action("run_batches")
        await console.settle()
        console.app.screen.query_one("#run-after", Input).value = "1500"
        await console.settle()
        await console.press("f5")
        assert services.batches[-1].endswith("(orders.id) > ('1500')")
        await console.press("escape")
        services.answers = Batched(fail={2: StatementError("refused", sqlstate="23514")})
        services.keys = ["1000"]
        await console.workspace.run_action("run_batches")
        await console.settle()
        await console.press("f5", "n")
        assert console.app.screen.query_one("#run-after", Input).value == ""
        services.answers, services.keys = Batched(), []
        await console.press("f5")
        assert ">" not in services.batches[-1]


@pytest.mark.parametrize("key", ["a", "k"])
async def test_a_batch_whose_outcome_is_unknown_is_asked_about(key: str) -> None:
    lost = SessionLost("The connection ended.", outcome_unknown=True)
    services = Orders(Batched(fail={2: lost}))
    async with desk(services) as console:
        await open_batches(console)
        await console.press("f5")
        await console.until(
            lambda: "The batch after key 1000 up to 2000 may or may not" in console.screen()
        )
        await console.until(
            lambda: "Press a to run it again, k to mark it as done" in console.screen()
        )
        await console.press("f5")
        assert len(services.batches) == 2
        services.answers = Batched()
        await console.press(key)
        await console.until(lambda: "All batches are committed" in console.screen())
        again = [batch for batch in services.batches if batch.endswith("<= ('2000')")]
        assert len(again) == (2 if key == "a" else 1)


async def test_a_table_without_a_primary_key_asks_for_columns() -> None:
    services = Orders(has_key=False)
    async with desk(services) as console:
        await open_batches(console)
        assert "has no primary key" in console.screen()
        await console.press(*"number")
        assert "(orders.number) > ('‹last key›')" in console.screen()
        console.app.screen.query_one("#run-rows", Input).value = "5000"
        await console.settle()
        assert "A batch has 1 to 3,000 rows" in console.screen()


async def test_what_cannot_be_cut_is_refused_before_anything_opens() -> None:
    async with desk() as console:
        await open_batches(console, "select 1")
        assert console.app.screen is console.workspace
        assert "Only UPDATE, DELETE and INSERT" in console.screen()


async def test_quitting_while_batches_run_asks() -> None:
    hold = Event()
    services = Orders(Batched(hold=hold))
    async with desk(services) as console:
        await open_batches(console)
        await console.pilot.press("f5")
        await console.until(lambda: len(services.batches) == 1)
        await console.pilot.press("ctrl+q")
        await console.until(lambda: "is in progress" in console.screen())
        await console.pilot.press("escape")
        await console.pilot.press("x")
        hold.set()
        await console.settle()


async def test_a_step_with_unknown_outcome_opens_a_question() -> None:
    services = FakeServices()
    services.answers["COMMIT"] = SessionLost("The connection ended.", outcome_unknown=True)
    async with desk(services) as console:
        await open_script(console)
        await console.press("f5")
        assert "Press a to run it again, k to mark it as done" in console.screen()
        before = len(sent(services))
        await console.press("f5")
        assert len(sent(services)) == before
        del services.answers["COMMIT"]
        await console.press("k")
        assert sent(services)[before:] == ["create table b (id int primary key)"]
        assert "Done. All steps are committed." in console.screen()


async def test_a_step_whose_outcome_is_unknown_can_be_run_again() -> None:
    services = FakeServices()
    services.answers["COMMIT"] = SessionLost("The connection ended.", outcome_unknown=True)
    async with desk(services) as console:
        await open_script(console)
        await console.press("f5")
        del services.answers["COMMIT"]
        before = len(sent(services))
        await console.press("a")
        assert sent(services)[before] == "BEGIN"
        assert "Done. All steps are committed." in console.screen()


async def test_stopping_twice_cancels_the_current_statement() -> None:
    services = FakeServices()
    services.answers["select pg_sleep(60)"] = until_cancelled
    async with desk(services) as console:
        await open_script(console, "select pg_sleep(60); select 2")
        await console.pilot.press("f5")
        await console.until(lambda: "select pg_sleep(60)" in sent(services))
        await console.pilot.press("x")
        await console.until(lambda: "Press x again to cancel it" in console.screen())
        await console.press("x")
        assert "Cancelled" in console.screen()
        assert "select 2" not in sent(services)


async def test_a_script_asks_before_it_destroys_something() -> None:
    async with desk() as console:
        await open_script(console, "create table a (id int); drop table orders; delete from a")
        await console.press("f5")
        assert "Run 2 destructive statements?" in console.screen()
        assert "Run in a transaction" not in console.screen()
        await console.press("escape")
        assert isinstance(console.app.screen, ScriptScreen)
        assert sent(console.services) == []
        await console.press("f5", "tab", "enter")
        assert "drop table orders" in sent(console.services)
        assert "Done. All steps are committed." in console.screen()


async def test_f5_offers_the_script_runner_for_ddl_with_destructive_statements() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("create table a (id int);\ndelete from orders;")
        await console.workspace.run_action("run_all")
        await console.until(lambda: "Run tab as script…" in console.screen())
        assert "Run in a transaction" not in console.screen()
        await console.pilot.click("#script")
        await console.until(lambda: isinstance(console.app.screen, ScriptScreen))
        assert sent(console.services) == []


async def test_differences_from_the_script_are_shown_first() -> None:
    async with desk() as console:
        await open_script(console, "begin; create table a (id int); insert into a values (1); end")
        assert "! The transaction at line 1 holds DDL with other statements" in console.screen()
