"""Suggestions below the cursor."""

from __future__ import annotations

import pytest

from dsql_tui.console.editor.completion import CompletionPopup
from tests.support.desk import Desk, desk


def popup(console: Desk) -> CompletionPopup:
    return console.workspace.query_one(CompletionPopup)


async def test_tables_are_suggested_while_typing_and_tab_accepts() -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"select * from ord")
        assert popup(console).is_open
        assert "orders" in console.screen()
        await console.press("tab")
        assert console.editor.current.text == "select * from orders"
        assert not popup(console).is_open


async def test_columns_of_the_alias_are_suggested_after_its_point() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("select  from orders o")
        console.editor.current.move_cursor((0, 7))
        await console.press(*"o.")
        assert "customer_id" in console.screen()


async def test_enter_breaks_the_line_unless_an_arrow_was_pressed() -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"select * from ord", "enter")
        assert console.editor.current.text == "select * from ord\n"
        await console.press(*"join cust", "down", "up", "enter")
        assert console.editor.current.text.endswith(
            "join customers on customers.id = ord.customer_id"
        ) or ("customers" in console.editor.current.text.splitlines()[1])


async def test_escape_closes_suggestions_first() -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"sel")
        assert popup(console).is_open
        await console.press("escape")
        assert not popup(console).is_open
        assert console.editor.current.text == "sel"


async def test_leaving_the_word_closes_suggestions() -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"select * from ord", "home")
        assert not popup(console).is_open


async def test_keywords_are_suggested_without_a_session() -> None:
    async with desk() as console:
        await console.press("f3", *"cre")
        assert "create table" in console.screen()


@pytest.mark.parametrize("key", ["f5", "shift+f5", "f6", "f4"])
async def test_suggestions_close_when_a_statement_runs_or_the_focus_leaves(key: str) -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"select * from ord")
        assert popup(console).is_open
        await console.press(key)
        assert not popup(console).is_open
