"""Regular expressions that are typed: what they find, and that none runs forever."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.text import patterns
from dsql_tui.sql.text.patterns import line_matches, searcher

ENDLESS = [
    ("^(a+)+$", "a" * 40 + "b"),
    ("(a|aa)+$", "a" * 60 + "b"),
    (r"(a*)*\d", "a" * 60),
    ("a?" * 40 + "a" * 40 + "$", "a" * 40 + "b"),
    (r"^(?:a|b|ab)*c", "ab" * 60),
    (r"^(\w+\s?)+\.$", "word " * 20 + "!"),
    ("a*a*a*a*a*a*c", "a" * 400),
]
PIECES = [
    "a",
    "b",
    "ab",
    "[ab]",
    "[^]b]",
    r"\.",
    r"\d",
    ".",
    "^",
    "$",
    "|",
    "a*",
    "b+",
    "a?",
    "a{2}",
    r"\b",
]


@pytest.mark.parametrize(("pattern", "text"), ENDLESS)
def test_no_expression_runs_forever(pattern: str, text: str) -> None:
    search = searcher(pattern, ignore_case=False, most_s=0.05)
    began = time.monotonic()
    with suppress(InputError):  # it gave up
        assert not search(text)
    assert time.monotonic() - began < 5  # `re` would take days


def test_an_expression_that_takes_too_long_is_reported() -> None:
    with pytest.raises(InputError, match="too long"):
        searcher("(a|aa)+$", ignore_case=False, most_s=0.01)("a" * 60 + "b")


def test_an_expression_that_takes_too_long_in_a_script_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "MOST_S", 0.01)
    with pytest.raises(InputError, match="too long"):
        list(line_matches("(a|aa)+$", "a" * 60 + "b"))


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?P<n>", "a{2,1}"])
def test_what_cannot_be_read_is_an_error_of_ours(pattern: str) -> None:
    with pytest.raises(InputError, match="not a regular expression"):
        searcher(pattern, ignore_case=True)
    with pytest.raises(InputError, match="not a regular expression"):
        list(line_matches(pattern, "a"))


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text("ab.1 ]", max_size=30))
def test_both_ways_of_looking_find_the_same(pattern: str, text: str) -> None:
    quick = searcher(pattern, ignore_case=False)
    patient = searcher(f"(?:{pattern})(?:){{1}}", ignore_case=False)
    expected = re.search(pattern, text) is not None
    assert (bool(quick(text)), bool(patient(text))) == (expected, expected)
