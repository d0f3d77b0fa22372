"""The history of statements."""

from __future__ import annotations

from dsql_tui.console.dialogs.history import HistoryDialog
from dsql_tui.errors import StatementError
from tests.fakes import FakeServices
from tests.pilot.desk import desk


async def test_what_is_run_is_kept_with_where_and_how_it_ended() -> None:
    services = FakeServices()
    services.answers["select nope"] = StatementError("no", sqlstate="42703")
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        await console.run("select nope")
    failed, fine = services.history
    assert (fine.statement, fine.cluster, fine.role, fine.sqlstate) == (
        "select 1",
        "shop",
        "admin",
        "",
    )
    assert failed.sqlstate == "42703"


async def test_commit_by_key_is_not_kept() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        await console.press("alt+c")
        assert [run.statement for run in console.services.history] == ["begin"]


async def test_ctrl_r_finds_a_statement_and_enter_inserts_it() -> None:
    async with desk() as console:
        await console.connect()
        for sql in ("select 1", "select * from orders", "select 2"):
            await console.run(sql)
        console.editor.current.load_text("")
        await console.press("ctrl+r")
        assert isinstance(console.app.screen, HistoryDialog)
        await console.press(*"orders")
        await console.press("enter")
        assert console.editor.current.text == "select * from orders"


async def test_a_star_keeps_a_statement_in_sight() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("select 1")
        for key in ("f8", "alt+s", "alt+m"):
            await console.press(key)
        assert "★ select 1" in console.screen()
        await console.press("alt+d")
        assert console.services.history == []
