"""Definitions side by side: read, compared, and handed to the editor or the script runner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.console.definitions.dialog import ComparedDefinitions, CompareDefinitionsDialog
from dsql_tui.console.definitions.reading import ReadSide
from dsql_tui.console.definitions.screen import ChosenScript, DefinitionsScreen
from dsql_tui.console.long_runs.script import ScriptScreen
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.schema.definitions import Database
from tests.support.definition_readers import FixedDefinitions
from tests.support.desk import Desk, desk
from tests.support.fakes import SHOP
from tests.support.schema_samples import CUSTOMERS, OPEN_ORDERS, ORDERS

IS = Database((CUSTOMERS, ORDERS, OPEN_ORDERS))
IS_TO_BE = Database((replace(CUSTOMERS, comment="people"), ORDERS))
NAMED = ComparedDefinitions("shop", "definitions/")


class Opened:
    """The screen with what it returned."""

    def __init__(self, console: Desk, reader: FixedDefinitions) -> None:
        self.console, self.reader = console, reader
        self.chosen: list[ChosenScript | None] = []

    async def press(self, *keys: str) -> str:
        await self.console.press(*keys)
        return self.console.screen()


@asynccontextmanager
async def compared(
    second: Database = IS_TO_BE, *, connected: str = SHOP.arn, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[Opened]:
    reader = FixedDefinitions({"shop": IS, "definitions/": second})
    async with desk(size=size) as console:
        opened = Opened(console, reader)
        screen = DefinitionsScreen(reader, NAMED, connected)
        console.app.push_screen(screen, opened.chosen.append)
        await console.settle()
        yield opened


async def test_both_sides_are_shown_with_the_lines_and_the_statements_that_differ() -> None:
    async with compared() as opened:
        text = opened.console.screen()
        assert "1 removed · 1 changed · 1 the same" in text
        assert "~ table customers" in text
        assert "table orders" not in text
        assert "-- DROP VIEW app.open_orders;" in text
        text = await opened.press("down", "down", "right")
        assert "Statements: table customers" in text
        assert "COMMENT ON TABLE app.customers IS 'people';" in text
        assert "DROP VIEW" not in text
        text = await opened.press("e")
        assert "  table orders " in text
        text = await opened.press("d")
        assert "│ DROP VIEW app.open_orders;" in text


async def test_the_comparison_is_turned_round() -> None:
    async with compared() as opened:
        text = await opened.press("x")
        assert "definitions/ │ shop" in text
        assert "1 added · 1 changed · 1 the same" in text
        assert "CREATE VIEW app.open_orders" in text


async def test_statements_that_are_shown_are_copied_or_returned_for_the_editor() -> None:
    async with compared() as opened:
        await opened.press("down", "down", "y")
        expected = "COMMENT ON TABLE app.customers IS 'people';\n"
        assert opened.console.app.clipboard == expected
        await opened.press("Q")
        assert opened.chosen == [ChosenScript(expected)]


async def test_all_statements_are_returned_for_the_script_runner() -> None:
    async with compared() as opened:
        await opened.press("down", "down", "f5")
        (chosen,) = opened.chosen
        assert chosen is not None
        assert chosen.as_script
        assert "DROP VIEW" in chosen.text


async def test_a_script_runs_on_the_connected_cluster_alone() -> None:
    async with compared(connected="arn:aws:dsql:us-east-1:111122223333:cluster/other") as opened:
        await opened.press("f5")
        assert opened.chosen == []
        assert [note.message for note in opened.console.app._notifications] == [
            "Scripts run on the cluster of the SQL tab, which is not shop. Put the statements into"
            " the editor with Q."
        ]


@pytest.mark.parametrize(("keys", "names"), [(("right", "enter"), ["sales"]), (("enter",), [])])
async def test_what_may_be_a_rename_is_asked(keys: tuple[str, ...], names: list[str]) -> None:
    renamed = replace(ORDERS, name="sales")
    async with compared(Database((CUSTOMERS, renamed, OPEN_ORDERS))) as opened:
        assert isinstance(opened.console.app.screen, ConfirmDialog)
        assert "Is table app.orders renamed to sales?" in opened.console.screen()
        await opened.press(*keys)
        assert [each.name for each in opened.reader.renames] == names


async def test_nothing_differs_and_what_cannot_be_read_are_said() -> None:
    async with compared(IS) as opened:
        assert "The definitions are the same. 3 objects." in opened.console.screen()
        opened.reader.databases.pop("definitions/")
        text = await opened.press("r")
        assert "definitions/ has no SQL files." in text
        assert "Name another folder." in text
        await opened.press("escape")
        assert opened.chosen == [None]


async def test_a_hostile_name_and_a_long_line_stay_in_their_columns() -> None:
    hostile = replace(ORDERS, name="a\x1b[31m[b]\n" + "x" * 200)
    async with compared(Database((CUSTOMERS, hostile, OPEN_ORDERS)), size=(60, 20)) as opened:
        await opened.press("enter", "end", "right")
        lines = opened.console.screen().splitlines()
        assert not any("\x1b" in line for line in lines)
        columns = {line.index("│", 5) for line in lines[4:10] if line.count("│") == 3}
        assert len(columns) == 1


async def test_the_statements_come_into_a_new_tab_and_their_steps_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = FixedDefinitions({"shop@us-east-1": IS, str(tmp_path): IS_TO_BE})
    monkeypatch.setattr(
        "dsql_tui.console.definitions.reading.DefinitionReader", lambda *_arguments: reader
    )
    reader.read = lambda text: ReadSide(text, reader.databases[text], SHOP.arn)  # type: ignore[method-assign]
    async with desk() as console:
        await console.press("enter", "enter")
        await console.workspace.run_action("compare_definitions")
        await console.settle()
        assert isinstance(console.app.screen, CompareDefinitionsDialog)
        await console.press("enter")
        assert "Name what to compare." in console.screen()
        await console.press(*str(tmp_path), "enter")
        await console.press("f5")
        assert isinstance(console.app.screen, ScriptScreen)
        await console.press("escape")
        assert "differences" in console.screen()
        assert "-- DROP VIEW app.open_orders;" in console.editor.current.text
