"""Running statements under keys: rows, errors where they are, and cancelling."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from textual.events import AppBlur

from dsql_tui.console.app.log import Log
from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.run import runner
from dsql_tui.errors import (
    SessionLost,
    StatementError,
)
from dsql_tui.model.cluster import RegionListed
from dsql_tui.model.result import Notice, StatementEvent
from dsql_tui.notification import Notifier
from tests.support.desk import desk
from tests.support.fakes import (
    NOW,
    FakeServices,
    FakeSession,
    answer,
    make_cluster,
    tag,
    until_cancelled,
)

NAMES = answer([["Grinder", "129.90"], ["Kettle", None]], name="text", price="numeric")


async def test_f5_runs_the_statement_at_the_cursor_and_shows_its_rows() -> None:
    services = FakeServices()
    services.answers["select name, price from products"] = NAMES
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1;\nselect name, price from products")
        assert services.sessions[0].ran == ["select name, price from products"]
        screen = console.screen()
    assert "Grinder" in screen
    assert "NULL" in screen
    assert "2 rows" in screen


async def test_the_example_of_an_empty_tab_runs() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.focus()
        assert "select 1;   press F5" in console.screen()
        await console.press("f5")
        assert console.services.sessions[0].ran == ["select 1"]
        assert console.editor.current.text == "select 1;"


@pytest.mark.parametrize("key", ["f5", "ctrl+j"])
async def test_several_keys_run(key: str) -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("select 1")
        await console.press(key)
        assert console.services.sessions[0].ran == ["select 1"]


async def test_run_all_gives_each_result_set_a_tab_and_keeps_the_focus() -> None:
    services = FakeServices()
    services.answers |= {"select 'a'": NAMES, "select 'b'": NAMES, "vacuum": tag("VACUUM")}
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select 'a'; vacuum; select 'b'")
        await console.press("shift+f5")
        assert [tab.label for tab in console.results.tabs] == ["Result 1", "Result 2", "Messages"]
        assert isinstance(console.workspace.focused, SqlEditor)


async def test_a_selection_runs_alone_and_errors_count_from_it() -> None:
    services = FakeServices()
    services.answers["select nope"] = StatementError("no column", sqlstate="42703", position=8)
    async with desk(services) as console:
        await console.connect()
        editor = console.editor.current
        editor.load_text("select 1;\nselect nope;")
        editor.focus()
        editor.selection = type(editor.selection)((1, 0), (1, 11))
        await console.press("f5")
        assert editor.cursor_location == (1, 7)
        assert editor.marks[1].glyph == "✗"


async def test_an_error_stops_the_run_and_is_shown_with_its_hint() -> None:
    services = FakeServices()
    services.answers["select nope"] = StatementError(
        'column "nope" does not exist', sqlstate="42703", position=8, hint='Perhaps "note".'
    )
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select nope; select 2")
        await console.press("shift+f5")
        screen = console.screen()
        assert services.sessions[0].ran == ["select nope"]
    assert "Error 42703" in screen
    assert 'column "nope" does not exist' in screen
    assert 'Hint: Perhaps "note".' in screen


async def test_control_characters_in_an_error_are_shown_as_marks() -> None:
    services = FakeServices()
    services.answers["select sum(amount::int)"] = StatementError(
        'invalid: "x\x1b]52;c;Y3Vy\x07"\n\tnext', sqlstate="22P02"
    )
    async with desk(services) as console:
        await console.connect()
        await console.run("select sum(amount::int)")
        assert 'invalid: "x␛]52;c;Y3Vy␇"' in console.screen()


async def test_an_error_does_not_move_the_cursor_of_a_text_that_has_changed() -> None:
    services = FakeServices()
    services.answers["select nope"] = StatementError("no", sqlstate="42703", position=8)
    async with desk(services) as console:
        await console.connect()
        editor = console.editor.current
        editor.load_text("select nope")
        statements = editor.statements_at_cursor()
        editor.load_text("something else entirely")
        assert editor.row_of(statements[0], 8) is None


async def test_data_is_never_read_as_markup() -> None:
    services = FakeServices([make_cluster("[red]x[/]"), RegionListed("us-east-1", 1)])
    services.answers["select"] = [
        Notice("NOTICE", "[bold]not bold[/]"),
        *answer([["[/nope]"]], **{"[b]c[/b]": "text"}),
    ]
    async with desk(services) as console:
        await console.connect()
        await console.run("select")
        screen = console.screen()
        assert "[red]x[/]" in screen
        assert "[b]c[/b]" in screen
        assert "[/nope]" in screen
        await console.workspace.run_action("show_messages")
        await console.settle()
        assert "[bold]not bold[/]" in console.screen()


async def test_messages_of_earlier_runs_stay_and_each_run_has_its_time() -> None:
    services = FakeServices()
    services.answers["select 1"] = answer([["1"]], n="bigint")
    services.answers["select 2"] = StatementError("division by zero", sqlstate="22012")
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        services.time += timedelta(minutes=1)
        await console.run("select 2")
        screen = console.screen()
        first, second = (f"{NOW + timedelta(minutes=n):%H:%M:%S}" for n in (0, 1))
        assert screen.index(f"Run at {first}") < screen.index("✓ SELECT 1")
        assert screen.index("✓ SELECT 1") < screen.index(f"Run at {second}")
        assert screen.index(f"Run at {second}") < screen.index("division by zero")
        assert "✗" in next(tab.mark for tab in console.results.tabs if tab.key == "messages")
        await console.run("select 1")
        assert not any(tab.mark for tab in console.results.tabs), "the mark is of the last run"


async def test_escape_cancels_and_says_so_only_when_the_server_confirms() -> None:
    services = FakeServices()
    services.answers["select pg_sleep(9)"] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select pg_sleep(9)")
        await console.pilot.press("f5")
        await console.until(lambda: bool(services.sessions[0].ran))
        assert "esc cancel" in console.screen()
        await console.press("escape")
        assert services.sessions[0].cancelled.is_set()
        assert not console.workspace.run_state.running
        assert "Cancelled" in console.screen()


async def test_ctrl_c_cancels_too_and_otherwise_says_how_to_quit() -> None:
    services = FakeServices()
    services.answers["select pg_sleep(9)"] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        await console.press("ctrl+c")
        await console.until(lambda: "Press ctrl+q to quit." in console.screen())
        console.editor.current.load_text("select pg_sleep(9)")
        await console.pilot.press("f5")
        await console.until(lambda: bool(services.sessions[0].ran))
        await console.press("ctrl+c")
        assert services.sessions[0].cancelled.is_set()


async def test_with_continue_after_errors_all_statements_run_after_a_refused_one() -> None:
    services = FakeServices()
    services.answers["bad"] = StatementError("no", sqlstate="42601")
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("bad; select 2")
        await console.workspace.run_action("toggle_go_on")
        await console.press("f3", "shift+f5")
        assert services.sessions[0].ran[-2:] == ["bad", "select 2"]
        await console.workspace.run_action("toggle_go_on")
        await console.press("f3", "shift+f5")
        assert services.sessions[0].ran[-2:] == ["select 2", "bad"]


async def test_after_a_cancel_the_same_session_runs_the_next_statement() -> None:
    services = FakeServices()
    services.answers["select pg_sleep(9)"] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select pg_sleep(9)")
        await console.pilot.press("f5")
        await console.until(lambda: bool(services.sessions[0].ran))
        await console.press("escape")
        assert "✓" not in console.screen()
        await console.run("select 1")
        assert services.sessions[0].ran == ["select pg_sleep(9)", "select 1"]


async def test_a_cancel_that_is_not_confirmed_closes_the_session_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "CANCEL_PATIENCE_S", 0.05)
    closed = Event()

    def deaf(session: FakeSession) -> Iterator[StatementEvent]:
        while session.is_open:
            closed.wait(0.01)
        yield from ()
        raise SessionLost("The connection ended.", outcome_unknown=True)

    services = FakeServices()
    services.answers["select deaf()"] = deaf
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select deaf()")
        await console.pilot.press("f5")
        await console.until(lambda: bool(services.sessions[0].ran))
        await console.pilot.press("escape")
        await console.pilot.pause()
        assert "Cancelled" not in console.screen()
        await console.until(lambda: "was not confirmed" in console.screen())
        await console.settle()
        assert not services.sessions[0].is_open
        assert "Cancelled" not in console.screen()


async def test_the_end_of_a_run_is_notified_behind_another_window_and_logged(
    tmp_path: Path,
) -> None:
    services, goes_on = FakeServices(), Event()

    def slow(_session: FakeSession) -> Iterator[StatementEvent]:
        goes_on.wait()
        yield from tag("VACUUM")

    services.answers["vacuum"] = slow
    log = Log(tmp_path / "console.log")
    async with desk(services, log=log) as console:
        written: list[str] = []
        console.app.notifier = Notifier(written.append, "bell", 0, in_tmux=False)
        await console.connect()
        await console.run("select 1")
        assert written == [], "the person looks at it"
        console.editor.current.load_text("vacuum")
        await console.pilot.press("f5")
        await console.until(lambda: console.workspace.run_state.running)
        console.app.post_message(AppBlur())
        await console.until(lambda: not console.app.app_focus)
        goes_on.set()
        await console.until(lambda: written == ["\a"])
    log.close()
    lines = [line.split(" ", 1)[1] for line in (tmp_path / "console.log").read_text().splitlines()]
    assert lines[1].startswith("listing clusters in ")
    assert "listing ended" in lines
    assert [line for line in lines if line.startswith("session opened on ")]
    assert "VACUUM in 4.0 ms" in lines
    assert lines[-2].startswith("Run ended after ")
    assert "select 1" not in "".join(lines)
