"""The history of statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.console.run.history import HistoryDialog
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.errors import StatementError
from dsql_tui.json_store import JsonStore
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices


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


async def test_a_named_statement_is_a_snippet_found_by_its_name() -> None:
    async with desk() as console:
        await console.connect()
        for sql in ("select 1", "select 2"):
            await console.run(sql)
        await console.press("f8", "down", "alt+n", *"the first", "enter")
        assert "◆ the first · select 1" in console.screen()
        await console.press(*"first")
        assert "select 2" not in console.screen().partition("History")[2]
        await console.press("alt+n", "ctrl+u", "enter")
        assert [run.name for run in console.services.history] == ["", ""]


async def test_the_repositorys_sql_files_are_snippets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dsql-tui").mkdir()
    best = "-- The best customers\nselect * from best;\n"
    (tmp_path / ".dsql-tui" / "best.sql").write_text(best)
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    async with desk() as console:
        await console.connect()
        await console.run("select 'bested'")
        await console.workspace.run_action("screen.show_history(True)")
        await console.settle()
        assert "best · The best customers" in console.screen()
        assert "bested" not in console.screen().partition("History")[2].partition("│▪")[2]
        await console.press("alt+m", *"bes", "alt+s", "enter")
        assert console.editor.current.text == f"select 'bested'\n{best}"


async def test_what_looks_like_markup_is_shown_and_inserted_as_it_is() -> None:
    odd = "select '[bold]x[/] [/oops' as a"
    async with desk() as console:
        await console.connect()
        await console.run(odd)
        console.editor.current.load_text("")
        await console.press("ctrl+r")
        assert odd in console.screen()
        await console.press("enter")
        assert console.editor.current.text == odd


async def test_an_indented_statement_is_kept_and_one_space_keeps_it_out_and_says_so() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f3")
        text = "select 1; select 2;\n  select 3;\n\tselect 4;\n select 5"
        console.editor.current.load_text(text)
        await console.press("shift+f5")
        kept = [run.statement for run in console.services.history]
        assert kept == ["select 4", "select 3", "select 2", "select 1"]
        await console.workspace.run_action("show_messages")
        await console.settle()
        lines = [line for line in console.screen().splitlines() if "not in the history" in line]
        assert ["select 5" in line for line in lines] == [True]
        services = console.services
        services.history.clear()
        await console.run(" select :secret")
        await console.press(*"hush", "enter")
        assert services.history == []


async def test_a_history_that_cannot_be_saved_is_reported_once_and_nothing_else_changes() -> None:
    services = FakeServices()
    services.history_problem = "The history was damaged; the file is now history.sqlite.damaged-1."
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        await console.run("select 2")
        said = [note.message for note in console.app._notifications]
        assert said.count(services.history_problem) == 1
        assert services.sessions[0].ran == ["select 1", "select 2"]


async def test_tabs_that_cannot_be_read_are_reported_at_the_start(tmp_path: Path) -> None:
    damaged = tmp_path / "tabs.json"
    damaged.write_bytes(b"\xff{")
    async with desk(
        preferences=Preferences(JsonStore(tmp_path / "state.json"), JsonStore(damaged))
    ) as console:
        (note,) = console.app._notifications
        assert "was damaged" in note.message
        assert note.message.endswith("it is now tabs.json.damaged-1.")


def services_ran(console: Desk) -> list[str]:
    return console.services.sessions[0].ran


def drawn(console: Desk) -> str:
    """Return everything that the terminal is sent to show."""
    strips = console.app.screen._compositor.render_strips()
    return "".join(segment.text for strip in strips for segment in strip)


async def test_what_a_repository_holds_reaches_the_terminal_as_text_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obeyed = "\x1b]0;title\x1b\\ \x9b2J \x1b[?1049l"
    folder = tmp_path / ".dsql-tui"
    folder.mkdir()
    (folder / f"{obeyed[:5]}.sql").write_text(f"-- about {obeyed}\nselect '{obeyed}'")
    (folder / f"{obeyed[:5]}link.sql").symlink_to("/dev/tty")
    monkeypatch.chdir(tmp_path)
    async with desk() as console:
        await console.connect()
        await console.workspace.run_action("screen.show_history(True)")
        await console.until(lambda: "Could not read snippets" in drawn(console))
        shown = drawn(console)
        assert "is a link" in shown
        assert "about ␛]0;title␛" in shown
        await console.press("enter")
        await console.settle()
        assert obeyed in console.editor.current.text  # the text itself is as it is in the file
        shown += drawn(console)
    assert "select '␛]0;title␛" in shown
    assert {letter for letter in shown if not letter.isprintable()} == set()
