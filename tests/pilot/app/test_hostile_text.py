"""Every screen with hostile text in every field: what is written to the terminal is only Textual's.

The driver records what it would write. A screen that is added is built from its signature.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen

import dsql_tui.console
from dsql_tui.config import Config
from dsql_tui.console.access.changes import (
    AlterRoleDialog,
    DefaultsDialog,
    GrantDialog,
    MapDialog,
    TemplateDialog,
)
from dsql_tui.console.access.why import WhyDialog
from dsql_tui.console.app.first_frame import FirstFrame
from dsql_tui.console.app.inert_filter import InertFilter
from dsql_tui.console.app.manual import ManualDialog
from dsql_tui.console.definitions.dialog import ComparedDefinitions
from dsql_tui.console.definitions.screen import DefinitionsScreen
from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.fleet.dialogs.resume import ResumeDialog
from dsql_tui.console.inspector.change_dialog import ChangeFormDialog
from dsql_tui.console.inspector.change_forms import RelationChangeKind, form_of
from dsql_tui.console.results.dialogs.plot import PlotDialog
from dsql_tui.console.results.dialogs.record import RecordDialog
from dsql_tui.console.results.row_editing.dialogs import RowDiffersDialog
from dsql_tui.console.run.history import HistoryDialog
from dsql_tui.console.workspace.screen import Workspace
from dsql_tui.errors import ConnectError, ConnectStep, StatementError
from dsql_tui.history import HistoryEntry
from dsql_tui.model.access.effective import Access
from dsql_tui.model.job import Job
from dsql_tui.model.result import Notice
from dsql_tui.model.source_table import TableColumn
from dsql_tui.schema.definitions import ColumnDefinition, Database, TableDefinition
from tests.support.definition_readers import FixedDefinitions
from tests.support.desk import Desk, desk
from tests.support.fakes import NOW, SHOP, answer, tag
from tests.support.hostile_values import (
    ACTION,
    HOSTILE,
    HostileServices,
    build,
    foreign_bytes,
    hostile_access,
    make,
    spoil,
)
from tests.support.inspection_samples import ORDERS


def screens() -> list[type[Screen[Any]]]:
    """Return every screen and dialog of the console that is not only a base of others."""
    package = dsql_tui.console
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    ours: list[type[Screen[Any]]] = []
    waiting: list[type[Screen[Any]]] = [Screen]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        ours += [
            each
            for each in children
            if each.__module__.startswith("dsql_tui.") and not each.__subclasses__()
        ]
    return sorted(ours, key=lambda each: each.__qualname__)


_ROLE = hostile_access().roles[1]
_COLUMN = TableColumn(1, HOSTILE, HOSTILE, 25)
GIVEN: dict[type[Screen[Any]], Callable[[], dict[str, Any]]] = {
    AlterRoleDialog: lambda: {"role": _ROLE},
    ChangeFormDialog: lambda: {
        "inspection": spoil(ORDERS),
        "form": form_of(RelationChangeKind.CREATE_INDEX, spoil(ORDERS), HOSTILE),
    },
    DefaultsDialog: lambda: {"role": _ROLE.name},
    DefinitionsScreen: lambda: {
        "reader": FixedDefinitions({HOSTILE: Database(), "b": Database((hostile_table(),))}),
        "compared": ComparedDefinitions(HOSTILE, "b"),
    },
    GrantDialog: lambda: {
        "role": _ROLE.name,
        "securable": hostile_access().objects[1],
        "rights": (),
    },
    MapDialog: lambda: {"role": _ROLE.name},
    TemplateDialog: lambda: {"role": _ROLE.name},
    HistoryDialog: lambda: {"kept": hostile_server(), "now": lambda: NOW},
    RowDiffersDialog: lambda: {
        "columns": (_COLUMN,),
        "expected": (HOSTILE,),
        "now": (HOSTILE,),
    },
    ResumeDialog: lambda: {"cluster": replace(spoil(SHOP), region="us-east-1")},
    WhyDialog: lambda: {
        "access": Access(hostile_access()),
        "role": _ROLE.name,
        "securable": hostile_access().objects[1],
    },
}
"""Arguments that must fit each other."""


def hostile_table() -> TableDefinition:
    return TableDefinition(HOSTILE, HOSTILE, (ColumnDefinition(HOSTILE, "text", comment=HOSTILE),))


KEYS: dict[type[Screen[Any]], tuple[str, ...]] = {BenchScreen: ("b",)}
"""What is pressed until names are shown."""
PLAN = Path(__file__).parents[2] / "data" / "plans" / "batched_nested_loop.txt"
ELSEWHERE = {FirstFrame, Workspace, RecordDialog, PlotDialog, ManualDialog}
"""Screens that a test of their own opens, and the manual, which shows no text of others."""


class Terminal:
    """What the program has written, and whether it held anything to make inert."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.was_hostile = False

    def begin(self) -> None:
        """Forget what was written so far."""
        self.written.clear()
        self.was_hostile = False

    def fault(self) -> object:
        """Return what is written and not Textual's own, or empty; that something was shown too."""
        if not self.was_hostile:
            return "no widget showed the hostile text"
        return list(foreign_bytes("".join(self.written)))

    def check(self) -> None:
        """Assert that only Textual's own sequences were written, and no markup of others read."""
        assert not self.fault()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    recorded = Terminal()
    apply = InertFilter.apply

    def observed(self: InertFilter, segments: list[Segment], background: Color) -> list[Segment]:
        for text, style, _ in segments:
            recorded.was_hostile |= "evil" in text or not text.isprintable()
            assert style is None or ACTION not in str(style.meta), "markup of others was read"
        return apply(self, segments, background)

    monkeypatch.setattr(InertFilter, "apply", observed)
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: recorded.written.append(data))
    return recorded


async def test_no_screen_writes_anything_of_others_to_the_terminal(terminal: Terminal) -> None:
    """One console shows them one after another: starting one for each would take a minute."""
    faults = {}
    async with desk(HostileServices()) as console:
        for kind in (each for each in screens() if each not in ELSEWHERE):
            terminal.begin()
            screen = make(kind, **GIVEN.get(kind, dict)())
            console.app.push_screen(screen)
            await console.until(lambda screen=screen: screen.is_mounted)  # type: ignore[misc]
            await console.settle()
            await console.press(*KEYS.get(kind, ()))
            if fault := terminal.fault():
                faults[kind.__name__] = fault
            while console.app.screen is not console.workspace:
                console.app.pop_screen()
            await console.settle()
    assert faults == {}


class Answers(dict[str, Any]):
    """What the server answers: rows, a plan, an error and a notice, all of them hostile."""

    def get(self, statement: str, default: Any = None) -> Any:
        if statement.upper().startswith("EXPLAIN"):
            lines = PLAN.read_text(encoding="utf-8").splitlines()
            return answer([[line.replace("on ", f"on {HOSTILE} ")] for line in lines], plan="text")
        return super().get(statement, default)


def hostile_server() -> HostileServices:
    services = HostileServices()
    refused = StatementError(
        "invalid input syntax for type integer",
        sqlstate="22P02",
        detail="The value quoted is",
        hint="Look at",
    )
    services.answers = Answers(
        {
            "select rows": answer(
                [[HOSTILE, "1"], ["b", HOSTILE]], **{HOSTILE: "text", "n": "text"}
            ),
            "select wrong": spoil(refused),
            "create table t()": [
                spoil(Notice("NOTICE", "no key", "00000", "hint")),
                *spoil(tag("CREATE TABLE")),
            ],
        }
    )
    services.job_list = [build(Job)]
    services.history = [
        replace(build(HistoryEntry), statement=f"select {HOSTILE}"),
        build(HistoryEntry),
    ]
    return services


STEPS: dict[str, Callable[[Desk], Awaitable[object]]] = {
    "rows": lambda console: console.run("select rows"),
    "an error": lambda console: console.run("select wrong"),
    "a notice": lambda console: console.run("create table t()"),
    "a statement": lambda console: console.run(f"select '{HOSTILE}'"),
    "a plan": lambda console: typed(console, "select 1", "f6"),
    "the editor": lambda console: typed(console, f"select '{HOSTILE}'\n-- {HOSTILE}"),
    "history": lambda console: console.press("f8"),
    "history as a preview": lambda console: console.press("f8", "down", "up"),
    "snippets": lambda console: acted(console, "screen.show_history(True)"),
    "jobs": lambda console: acted(console, "screen.show_jobs"),
    "schemas": lambda console: unfolded(console),
    "suggestions": lambda console: typed(console, "select o from ", "ctrl+@"),
    "another profile": lambda console: acted(console, "screen.switch_profile"),
    "the diagnostics": lambda console: acted(console, "screen.examine"),
    "the token": lambda console: console.press("f12"),
    "roles": lambda console: console.press("f7"),
    "the fleet": lambda console: console.press("f2", "f2"),
    "the palette": lambda console: console.press("ctrl+p"),
    "a refusal": lambda console: refused_session(console),
    "a notification": lambda console: notified(console),
}


async def typed(console: Desk, text: str, *keys: str) -> None:
    editor = console.editor.current
    editor.load_text(text)
    editor.move_cursor(editor.document.end)
    editor.focus()
    await console.press(*keys)


async def acted(console: Desk, action: str) -> None:
    await console.app.run_action(action)
    await console.settle()


async def unfolded(console: Desk) -> None:
    await console.press("2")
    await console.press("l", "j", "l", "j", "l", "j")


async def refused_session(console: Desk) -> None:
    console.services.connect_error = spoil(
        ConnectError("It is refused.", step=ConnectStep.TOKEN, hint="Look", remedy="Do")
    )
    await acted(console, "screen.renew_session")


async def notified(console: Desk) -> None:
    console.workspace.notify(HOSTILE, title="Title", markup=False)
    await console.settle()


@pytest.mark.parametrize("step", STEPS)
async def test_the_workspace_writes_nothing_of_others_to_the_terminal(
    step: str, terminal: Terminal
) -> None:
    config = Config(keys={f"pane.{HOSTILE}": "f1"})
    async with desk(hostile_server(), config=config) as console:
        await console.connect()
        await STEPS[step](console)
        terminal.check()


@pytest.mark.parametrize(
    "keys", [("x",), ("enter",), ("i",), ("f",), ("c",), ("e",), ("P",), ("slash", "a")]
)
async def test_what_opens_on_a_result_writes_nothing_of_others(
    keys: tuple[str, ...], terminal: Terminal
) -> None:
    async with desk(hostile_server()) as console:
        await console.connect()
        await console.run("select rows")
        await console.press("f4")
        await console.press(*keys)
        terminal.check()
