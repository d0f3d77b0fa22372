"""Partners of brackets and the indentation of the next line."""

from __future__ import annotations

import pytest

from dsql_tui.sql.editing.brackets import LINES_SEARCHED, line_break, partner, shifted
from dsql_tui.sql.lexing.lexer import PLAIN, Inside, LineState
from dsql_tui.sql.lexing.split import StatementIndex


def partner_of(text: str) -> tuple[int, int] | None:
    """Return the partner of the bracket after `‸`."""
    before, _, after = text.partition("‸")
    lines = (before + after).split("\n")
    row = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    return partner(lines, StatementIndex(lines).state_before, (row, column))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f‸(a)", (0, 3)),
        ("f(a‸)", (0, 1)),
        ("f‸((a), b)", (0, 8)),
        ("a‸[1]", (0, 3)),
        ("select ‸(\n  1,\n  f(2)\n)", (3, 0)),
        ("select (\n  1,\n  f(2)\n‸)", (0, 7)),
        ("f‸(')', \")\", $$)$$, /* ) */ 1 -- )\n)", (1, 0)),
        ("f(')', \")\", $$($$, /* ( */ 1 -- (\n‸)", (0, 1)),
        ("f‸('\n)\n', 1)", (2, 4)),
    ],
)
def test_a_bracket_has_its_partner(text: str, expected: tuple[int, int]) -> None:
    assert partner_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "f‸(a",
        "a‸)",
        "f‸(a]",
        "f‸(a; g)",
        "select '‸(' || ')'",
        "-- ‸(\n)",
        "f‸(" + "\n" * LINES_SEARCHED + ")",
        "‸x",
    ],
)
def test_a_bracket_without_a_partner_has_none(text: str) -> None:
    assert partner_of(text) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("select 1‸", ("\n", "")),
        ("  where a‸", ("\n  ", "")),
        ("  where‸ a", ("\n  ", "")),
        ("create table t (‸", ("\n  ", "")),
        ("  f(g(‸", ("\n    ", "")),
        ("f(1)‸", ("\n", "")),
        ("f(‸)", ("\n  ", "\n")),
        ("  a[‸]", ("\n    ", "\n  ")),
        ("f(‸]", ("\n  ", "")),
        ("  '(‸", ("\n", "")),
        ("  -- (‸", ("\n  ", "")),
        ("  /* (‸", ("\n  ", "")),
        ("  $$ (‸", ("\n  ", "")),
        ("\tf‸", ("\n\t", "")),
    ],
)
def test_the_next_line_begins_where_it_belongs(line: str, expected: tuple[str, str]) -> None:
    before, _, after = line.partition("‸")
    assert line_break(before + after, len(before), PLAIN, 2) == expected


def test_blanks_are_not_put_into_a_string_of_several_lines() -> None:
    assert line_break("    text", 8, LineState(Inside.STRING), 2) == ("\n", "")
    assert line_break("    text", 8, LineState(Inside.COMMENT, depth=1), 2) == ("\n    ", "")


@pytest.mark.parametrize(
    ("line", "width", "expected"),
    [
        ("a", 2, "  a"),
        ("", 2, ""),
        ("   a", -2, " a"),
        (" a", -2, "a"),
        ("a", -2, "a"),
        ("\ta", -2, "a"),
        ("", -2, ""),
    ],
)
def test_a_line_is_shifted(line: str, width: int, expected: str) -> None:
    assert shifted(line, width) == expected
