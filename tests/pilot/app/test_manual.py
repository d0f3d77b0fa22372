"""The manual inside the console."""

from __future__ import annotations

import pytest

from dsql_tui.console.app.manual import ManualDialog
from tests.support.desk import Desk, desk


def is_open(console: Desk) -> bool:
    return isinstance(console.app.screen, ManualDialog)


@pytest.mark.parametrize(
    ("keys", "title"),
    [(["f3"], "Editing and running SQL"), ([], "Connecting to Aurora DSQL"), (["f2"], "The fleet")],
)
async def test_help_pressed_twice_opens_the_page_about_what_has_the_focus(
    keys: list[str], title: str
) -> None:
    async with desk() as console:
        await console.press(*keys, "f1", "f1")
        assert is_open(console)
        assert f"Manual · {title}" in console.screen()
        await console.press("f1")
        assert not is_open(console)


async def test_a_search_opens_a_section_of_another_page_at_its_heading() -> None:
    async with desk(size=(80, 24)) as console:
        await console.press("f1", "f1", *"lost")
        await console.until(lambda: "When the answer is lost" in console.screen())
        await console.press("enter")
        await console.until(lambda: "Manual · Transactions" in console.screen())
        await console.until(lambda: "When the answer is lost" in console.screen())
        assert "Limits of a transaction" not in console.screen()


async def test_enter_lists_every_page_and_what_is_not_found_is_said() -> None:
    async with desk(size=(120, 40)) as console:
        await console.press("f1", "f1", "enter")
        for topic in ("troubleshooting", "local-dsql"):
            assert topic in console.screen()
        await console.press(*"zebra")
        assert "No section found." in console.screen()
        await console.press("escape")
        assert not is_open(console)
