"""The palette and the help under keys, from every kind of screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.screen import Screen

from dsql_tui.config import Config
from dsql_tui.console.access.screen import RolesScreen
from dsql_tui.console.app.action_list import NOT_NOW, WHERE, entries, groups
from dsql_tui.console.app.help import HelpDialog
from dsql_tui.console.app.palette import PaletteDialog
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.run.history import HistoryDialog
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import KEYS
from tests.support.desk import Desk, desk
from tests.support.fakes import answer


def typed(words: str) -> list[str]:
    """Return the keys that type some words."""
    return ["space" if each == " " else each for each in words]


async def choose(console: Desk, words: str) -> None:
    """Find an action in the palette and start the first that is found."""
    await console.press("ctrl+p", *typed(words))
    await console.press("enter")


def notices(console: Desk) -> list[str]:
    return [each.message for each in console.app._notifications]


async def test_an_action_is_found_by_its_name_and_run_whatever_has_the_focus() -> None:
    async with desk() as console:
        await console.connect()
        await choose(console, "close session")
        await console.until(lambda: console.workspace.session.phase is SessionPhase.NONE)


async def test_every_action_of_every_screen_is_listed_on_the_workspace() -> None:
    async with desk() as console:
        listed = {(each.key.label, each.key.description) for each in entries(console.app.screen)}
    for key in KEYS:
        if key.place in WHERE and key.label != "Back":
            same = [each for each in KEYS if each.action == key.action]
            assert {(each.label, each.description) for each in same} & listed, key.id


async def test_an_unavailable_action_gives_the_reason_and_does_nothing() -> None:
    async with desk() as console:
        await console.connect()
        (commit,) = (e for e in entries(console.app.screen) if e.key.id == "transaction.commit")
        await choose(console, "commit")
        assert commit.where == NOT_NOW
        assert notices(console)[-1] == "Commit is not available now."


async def test_choosing_an_action_of_another_screen_goes_there_and_names_its_key() -> None:
    async with desk() as console:
        await console.connect()
        await choose(console, "grant")
        assert isinstance(console.app.screen, RolesScreen)
        assert notices(console)[-1] == "Grant: g on the roles screen."


async def test_an_action_of_a_run_says_how_to_open_its_screen() -> None:
    async with desk() as console:
        await choose(console, "mark as done")
        assert notices(console)[-1] == (
            "Mark as done: k in scripts and batches. "
            "Open them with ctrl+p Run as script or ctrl+p Run in batches."
        )
        await choose(console, "run again both sessions")
        assert notices(console)[-1].endswith("Open it with ctrl+p Run on a second session.")


@pytest.mark.parametrize("name", ["run.script", "run.batches", "run.beside"])
async def test_what_opens_the_screen_of_a_run_is_offered(name: str) -> None:
    async with desk() as console:
        await console.connect()
        (entry,) = (each for each in entries(console.app.screen) if each.key.id == name)
        assert entry.where == ""


async def test_from_another_screen_only_what_shows_something_is_started() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f7")
        assert isinstance(console.app.screen, RolesScreen)
        await choose(console, "history")
        assert isinstance(console.app.screen, HistoryDialog)
        await console.press("escape", "f7")
        console.editor.current.load_text("delete from orders")
        await choose(console, "run all")
        assert console.app.screen is console.workspace
        ran = [each for session in console.services.sessions for each in session.ran]
        assert not any("delete" in each for each in ran)
        assert notices(console)[-1] == "Run all: shift+F5 in the workspace."


async def test_the_keys_of_the_palette_choose_and_leave() -> None:
    async with desk() as console:
        await console.press("ctrl+p", *"tab")
        palette = console.app.screen
        assert isinstance(palette, PaletteDialog)
        await console.press("down", "down", "up", "pagedown", "pageup", "escape")
        assert console.app.screen is console.workspace
        assert not console.services.sessions


# The help.


async def to_editor(console: Desk) -> None:
    await console.press("f3")


async def to_clusters(console: Desk) -> None:
    assert console.workspace.focused_pane == "clusters"


async def to_results(console: Desk) -> None:
    await console.connect()
    console.services.answers["select 1 as one"] = answer([["1"]], one="text")
    await console.run("select 1 as one")
    console.results.query_one(ResultGrid).focus()
    await console.settle()


async def to_roles(console: Desk) -> None:
    await console.connect()
    await console.press("f7")


async def to_own_latency(console: Desk) -> None:
    await console.press("shift+f8")


async def to_script(console: Desk) -> None:
    await console.connect()
    console.editor.current.load_text("select 1;\nselect 2;")
    console.workspace.action_run_script()  # type: ignore[attr-defined]
    await console.settle()


async def to_history(console: Desk) -> None:
    await console.press("f8")


@pytest.mark.parametrize(
    ("steps", "first"),
    [
        (to_editor, [Place.EDITOR, Place.WORKSPACE]),
        (to_clusters, [Place.CLUSTERS, Place.WORKSPACE]),
        (to_results, [Place.GRID, Place.RESULTS]),
        (to_roles, [Place.ROLES, Place.LISTS]),
        (to_own_latency, [Place.OWN_LATENCY, Place.EVERYWHERE]),
        (to_script, [Place.LONG_RUN, Place.EVERYWHERE]),
        (to_history, [Place.HISTORY, Place.DIALOGS]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_the_help_begins_with_the_keys_of_what_is_focused(
    steps: Callable[[Desk], Awaitable[None]], first: list[Place]
) -> None:
    async with desk() as console:
        await steps(console)
        before: Screen[object] = console.app.screen
        wanted = groups(before)
        await console.press("f1")
        dialog = console.app.screen
        assert isinstance(dialog, HelpDialog)
        assert [*wanted][:2] == first
        assert first[0] in console.screen()
        await console.press("escape")
        assert console.app.screen is before


async def test_the_help_is_filtered_by_what_is_typed() -> None:
    async with desk() as console:
        await console.press("f1", *"regular")
        screen = console.screen()
        assert "Find and replace" in screen
        assert "Roles and grants" not in screen
        await console.press(*"zzz")
        assert "No key found." in console.screen()


async def test_rebound_keys_are_shown_in_footer_help_and_palette_and_work() -> None:
    config = Config(keys={"run.statement": "ctrl+g", "explain.plan": "f5"})
    async with desk(config=config) as console:
        await console.connect()
        console.editor.current.focus()
        await console.settle()
        footer = console.screen().splitlines()[-1]
        assert "^g Run" in footer
        assert "F5 Explain" in footer
        await console.press("f1", *typed("run the selection"))
        assert "ctrl+g" in console.screen()
        await console.press("escape", "ctrl+p", *"run")
        line = next(each for each in console.screen().splitlines() if "Run the selection" in each)
        assert line.rstrip(" │").endswith("ctrl+g")
        await console.press("escape")
        console.editor.current.load_text("select 1 as one")
        await console.press("ctrl+g")
        await console.until(lambda: "one" in console.screen())


async def test_sentences_name_rebound_keys() -> None:
    keys = {"run.statement": "ctrl+g", "run.cancel": "alt+x", "session.open": "f9"}
    async with desk(config=Config(keys=keys)) as console:
        screen = console.screen()
        assert "press ctrl+g to run the statement" in screen
        assert "No results. Press ctrl+g to run" in screen
        assert "F5" not in screen
        await console.press("f12")
        assert "Press F9 to select a cluster." in console.screen()


async def test_an_action_left_without_a_key_is_in_no_footer_and_its_key_does_nothing() -> None:
    async with desk(config=Config(keys={"history.show": "", "edit.undo": ""})) as console:
        assert "History" not in console.screen().splitlines()[-1]
        await console.press("f8")
        assert console.app.screen is console.workspace


async def test_a_key_of_the_workspace_comes_before_the_text_areas_own() -> None:
    async with desk(config=Config(keys={"token.show": "ctrl+k"})) as console:
        console.editor.current.load_text("select 1")
        console.editor.current.focus()
        await console.press("ctrl+k")
        assert console.app.screen is not console.workspace
        assert console.editor.current.text == "select 1"
