"""The footer shows the keys that fit and counts the others."""

from __future__ import annotations

import pytest
from textual.content import Content

from dsql_tui.console.widgets.footer import _fitted

KEYS = [Content(f"F{number} Run  ") for number in range(1, 5)]  # 8 cells each


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (33, " F1 Run  F2 Run  F3 Run  F4 Run  "),
        (32, " F1 Run  F2 Run  F3 Run  +1 more"),
        (31, " F1 Run  F2 Run  +2 more"),
        (24, " F1 Run  F2 Run  +2 more"),
        (23, " F1 Run  +3 more"),
        (8, " +4 more"),
        (0, " +4 more"),
    ],
)
def test_keys_that_do_not_fit_are_counted(room: int, shown: str) -> None:
    assert _fitted(KEYS, room).plain == shown


def test_the_footer_is_empty_without_keys() -> None:
    assert _fitted([], 10).plain == " "


def test_the_count_leads_to_the_help() -> None:
    (span,) = (span for span in _fitted(KEYS, 8).spans if "show_help" in str(span.style))
    assert span
