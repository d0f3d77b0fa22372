"""Transactions in sight: the budget, manual commit, read-only mode, conflicts, what destroys."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widgets import Button

from dsql_tui.console.run.again import AgainDialog
from dsql_tui.console.run.danger import DangerDialog
from dsql_tui.errors import ConnectError, ConnectStep, OccConflict, SessionLost, StatementError
from dsql_tui.model.cluster import RegionListed
from dsql_tui.model.result import StatementEvent, TransactionStatus
from tests.support.desk import NARROW, desk
from tests.support.fakes import FakeServices, FakeSession, answer, make_cluster, tag

LOST = OccConflict("change conflicts, please retry: (OC000)", sqlstate="40001")


def production() -> FakeServices:
    cluster = make_cluster("payments", tags={"env": "prod"})
    return FakeServices([cluster, RegionListed("us-east-1", 1)])


async def test_the_status_line_counts_rows_against_their_limit() -> None:
    services = FakeServices()
    services.answers["update t set a = 1 where b"] = tag("UPDATE 2900")
    async with desk(services) as console:
        await console.connect()
        await console.run("begin")
        await console.run("update t set a = 1 where b")
        assert "2,900/3,000 rows" in console.screen()
        assert "at the limit" in console.screen()
        await console.press("alt+c")
        assert services.sessions[0].ran[-1] == "COMMIT"
        assert "autocommit" in console.screen()


async def test_a_narrow_status_line_keeps_the_state_of_the_transaction() -> None:
    async with desk(size=NARROW) as console:
        await console.connect()
        await console.run("begin")
        top = console.screen().splitlines()[0]
    assert "tx 00:00 · 0/3,000 rows" in top
    assert "session" in top


async def test_commit_and_roll_back_are_offered_only_while_a_transaction_is_open() -> None:
    async with desk() as console:
        await console.connect()
        assert "Commit" not in console.screen()
        await console.run("begin")
        assert "alt+c Commit" in console.screen()
        await console.press("alt+z")
        assert console.services.sessions[0].ran[-1] == "ROLLBACK"


async def test_manual_commit_begins_a_transaction_by_itself() -> None:
    async with desk() as console:
        await console.connect()
        await console.workspace.run_action("toggle_manual")
        await console.run("select 1")
        assert console.services.sessions[0].ran == ["BEGIN", "select 1"]
        assert "tx 00:00" in console.screen()


async def test_a_production_cluster_opens_read_only_and_says_so() -> None:
    services = production()
    services.answers["delete from t"] = StatementError(
        "cannot execute DELETE in a read-only transaction", sqlstate="25006"
    )
    async with desk(services) as console:
        await console.connect()
        assert "production · read-only" in console.screen()
        await console.run("delete from t")
        assert services.sessions[0].ran[0] == "BEGIN READ ONLY"
        assert "read-only transaction" in console.screen()


async def test_allowing_writes_on_production_asks_with_the_clusters_name() -> None:
    async with desk(production()) as console:
        await console.connect()
        await console.workspace.run_action("toggle_read_only")
        await console.settle()
        assert "payments is a production cluster" in console.screen()
        await console.press("tab", "enter")
        assert not console.workspace.session.discipline.read_only


async def test_a_delete_without_where_asks_naming_what_it_touches() -> None:
    services = FakeServices()
    services.answers["delete from orders"] = tag("DELETE 1204")
    async with desk(services) as console:
        await console.connect()
        await console.run("delete from orders")
        assert isinstance(console.app.screen, DangerDialog)
        screen = console.screen()
        assert "orders ~1.2 k rows" in screen
        assert "on shop" in screen
        await console.press("enter")
        assert services.sessions[0].ran == []


async def test_run_look_then_commit_leaves_the_transaction_open() -> None:
    services = FakeServices()
    services.answers["delete from orders"] = tag("DELETE 1204")
    async with desk(services) as console:
        await console.connect()
        await console.run("delete from orders")
        console.app.screen.query_one("#look", Button).press()
        await console.settle()
        assert services.sessions[0].ran == ["BEGIN", "delete from orders"]
        assert "1,204/3,000 rows" in console.screen()
        assert "DELETE 1204" in console.screen()


async def test_a_conflict_at_commit_offers_the_lost_statements_again() -> None:
    services = FakeServices()
    services.answers |= {"commit": LOST, "update t set a = 1 where b": tag("UPDATE 1")}
    async with desk(services) as console:
        await console.connect()
        for sql in ("begin", "update t set a = 1 where b"):
            await console.run(sql)
        await console.run("commit")
        assert "Conflict OC000" in console.screen()
        assert "alt+r Run again" in console.screen()
        await console.press("alt+r")
        assert isinstance(console.app.screen, AgainDialog)
        await console.press("tab", "enter")
        assert services.sessions[0].ran[-3:] == ["BEGIN", "update t set a = 1 where b", "COMMIT"]


def cut_off(session: FakeSession) -> Iterator[StatementEvent]:
    """Lose the connection while the answer is awaited."""
    session.close()
    session.transaction_status = TransactionStatus.UNKNOWN
    yield from ()
    raise SessionLost("The connection was lost (EOF).", outcome_unknown=True)


async def test_a_read_that_was_lost_is_offered_again_and_runs_only_after_a_yes() -> None:
    services = FakeServices()
    services.answers["select 1"] = cut_off
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        assert "nothing was changed" in console.screen()
        services.answers["select 1"] = answer([["1"]], one="integer")
        await console.press("alt+r")
        assert "Retry the statement?" in console.screen()
        assert services.sessions[0].ran == ["select 1"]
        await console.press("tab", "enter")
        assert services.sessions[-1].ran == ["select 1"]
        assert console.editor.current.text == "select 1"


async def test_a_lost_write_is_never_offered_for_retry_but_for_a_check() -> None:
    services = FakeServices()
    write = "update orders set note = 'x' where id = 7"
    services.answers[write] = cut_off
    async with desk(services) as console:
        await console.connect()
        await console.run(write)
        screen = console.screen()
        assert "may or may not have completed" in screen
        assert "alt+r Run again" not in screen
        await console.press("alt+o", "enter")
        assert services.sessions[-1].ran == ["SELECT * FROM orders where id = 7 LIMIT 100"]


async def test_a_transaction_lost_in_the_middle_is_offered_again_without_its_commit() -> None:
    services = FakeServices()
    write = "update orders set note = 'x' where id = 7"
    services.answers |= {write: tag("UPDATE 1"), "select 1": cut_off}
    async with desk(services) as console:
        await console.connect()
        for sql in ("begin", write, "select 1"):
            await console.run(sql)
        assert "the open transaction was rolled back" in console.screen()
        services.answers["select 1"] = answer([["1"]], one="integer")
        await console.press("alt+r", "tab", "enter")
        assert services.sessions[-1].ran == ["BEGIN", write, "select 1"]
        assert "1/3,000 rows" in console.screen()


async def test_what_was_shown_stays_when_no_session_can_be_opened() -> None:
    services = FakeServices()
    services.answers["select 1"] = answer([["the last answer"]], one="text")
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        services.sessions[0].close()
        services.connect_error = ConnectError("No way.", step=ConnectStep.LIMIT)
        await console.run("select 2")
        await console.press("escape")
        assert "No way." in console.screen()
        console.results.step_tab(1)
        await console.settle()
        assert "the last answer" in console.screen()
        assert "select 2" in console.screen()
        assert "customers" in console.screen()
