"""Transactions in sight: the budget, manual commit, read-only mode, conflicts, what destroys."""

from __future__ import annotations

from textual.widgets import Button

from dsql_tui.console.dialogs.again import AgainDialog
from dsql_tui.console.dialogs.danger import DangerDialog
from dsql_tui.errors import OccConflict, StatementError
from dsql_tui.model.cluster import RegionListed
from tests.fakes import FakeServices, make_cluster, tag
from tests.pilot.desk import NARROW, desk

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


async def test_a_narrow_status_line_keeps_what_is_at_stake() -> None:
    async with desk(size=NARROW) as console:
        await console.connect()
        await console.run("begin")
        top = console.screen().splitlines()[0]
    assert "tx 00:00 · 0/3,000 rows" in top
    assert "token" in top


async def test_commit_and_roll_back_are_offered_only_while_a_transaction_is_open() -> None:
    async with desk() as console:
        await console.connect()
        assert "Commit" not in console.screen()
        await console.run("begin")
        assert "alt+c Commit" in console.screen()
        await console.press("alt+b")
        assert console.services.sessions[0].ran[-1] == "ROLLBACK"


async def test_manual_commit_begins_a_transaction_by_itself() -> None:
    async with desk() as console:
        await console.connect()
        console.workspace.action_toggle_manual()
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
        console.workspace.action_toggle_read_only()
        await console.settle()
        assert "Write on payments" in console.screen()
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
        assert console.workspace.lost == ("update t set a = 1 where b",)
        await console.press("alt+r")
        assert isinstance(console.app.screen, AgainDialog)
        await console.press("tab", "enter")
        assert services.sessions[0].ran[-3:] == ["BEGIN", "update t set a = 1 where b", "COMMIT"]
