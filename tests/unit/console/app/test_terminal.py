"""What is written to a terminal keeps its columns."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from dsql_tui.console.app.terminal import in_columns

SEQUENCES = [
    "👍🏽",
    "👨\u200d👩\u200d👧",
    "👩🏽\u200d🚀",
    "\u2764\ufe0f",
    "\u2764\ufe0f\u200d🔥",
    "🇩🇪",
    "1\ufe0f\u20e3",
    "\u2600\ufe0e",
    "🏳\ufe0f\u200d🌈",
]
CODE = re.compile(r"\x1b(?:7|8|\[(\d+)C)")


def column_after(output: str, widths: dict[str, int]) -> int:
    """Return the cursor's column on a terminal that draws each character in a given width."""
    column = saved = position = 0
    while position < len(output):
        code = CODE.match(output, position)
        if code is None:
            column += widths.get(output[position], 1)
            position += 1
            continue
        if code[0] == "\x1b7":
            saved = column
        elif code[0] == "\x1b8":
            column = saved
        else:
            column += int(code[1])
        position = code.end()
    return column


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("width", [0, 1, 2])
def test_what_follows_an_emoji_is_in_its_column_whatever_the_terminal_draws(
    sequence: str, width: int
) -> None:
    text = f"│ {sequence} │ {sequence}{sequence} │"
    output = in_columns(text)
    assert column_after(output, dict.fromkeys(sequence, width)) == cell_len(text)
    assert CODE.sub("", output).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["select 1 #", "größe 名前 → ✓ ▌", "क्\u200dष", "👍 🚀", "e\u0301"])
def test_other_text_is_written_as_it_is(text: str) -> None:
    assert in_columns(text) == text
