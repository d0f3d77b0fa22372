"""What a key costs does not depend on the length of the script."""

from __future__ import annotations

import sys
from types import FrameType

from tests.support.desk import Desk, desk

SHORT, LONG = 1_000, 9_000
"""Lines; line numbers take as many cells in both."""
SPREAD = 500
"""Calls by which a blinking cursor may differ: far fewer than one for each line."""
KEYS = ("x", "backspace", "enter", "down", ")", "ctrl+z")
COUNTED = ("/dsql_tui/console/editor/", "/dsql_tui/sql/", "/textual/document/", "_text_area.py")


async def _calls_of(console: Desk, key: str) -> int:
    """Return how many functions of the editor were called for a key."""
    calls = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call" and any(each in frame.f_code.co_filename for each in COUNTED)

    sys.setprofile(count)
    try:
        await console.press(key)
    finally:
        sys.setprofile(None)
    return calls


async def _least_calls(lines: int) -> dict[str, int]:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("\n".join(["select (1), 'a'; -- b"] * lines))
        editor.move_cursor((lines // 2, 3))
        return {key: await _least_calls_of(console, key) for key in KEYS}


async def _least_calls_of(console: Desk, key: str) -> int:
    await console.press(key)
    return min([await _calls_of(console, key) for _ in range(2)])


async def test_a_key_costs_the_same_in_a_short_and_in_a_long_script() -> None:
    short, long = await _least_calls(SHORT), await _least_calls(LONG)
    assert {key: long[key] - short[key] for key in KEYS if long[key] - short[key] > SPREAD} == {}
