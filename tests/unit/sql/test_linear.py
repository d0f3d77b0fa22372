"""Code that reads SQL takes steps in proportion to the text, for any text, and no deep stack.

Steps are the calls of functions, those of the interpreter's own among them, as its profiler counts
them: the time a machine takes says how busy it is.
"""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dsql_tui.local.gate.verdicts import examine
from dsql_tui.sql.completion.context import Context
from tests.unit.sql.readers import NEVER_RAISE

NESTING = [
    *(
        "(",
        "[",
        "f(",
        "(select ",
        "(insert into t ",
        "with a as (",
        "explain ",
        "explain analyze (",
    ),
    *("case when ", "begin atomic ", " in (", ", lateral (select a", " union select a", "/*"),
]
UNITS = [
    *NESTING,
    *(",", ".", "'", '"', "$$", "$a$", "-- \n", "\n", "-", "\r", "(1, 2),", '"a".', "a[:n] "),
    *("select ", "begin; ", " from t", " join t on a = b", " natural join t", " for update of a"),
    *(" on conflict (a) do update", " u&'a' uescape '!'", "grant ", "create schema s ", " as a"),
    *(
        " drop column c,",
        "  ->  Seq Scan on t  (cost=1..2 rows=1 width=4)\n",
        " :a",
        " where a = 1",
    ),
]
OPENINGS = ["", "select a from t where ", "insert into t values ", "create table t ("]
SIZES = (68, 136, 204)
"""Units of a text: more than the levels down to which blocks are looked into, and even, so that
quotes are closed."""
TOLERANCE = 1.3
PADDING = "/*" + " " * 4_096 + "*/"
"""The local DSQL reads long texts otherwise than short ones, and remembers the short."""
READERS = NEVER_RAISE | {
    "context": lambda text: Context.at(text, len(text)),
    "examine": lambda text: examine(PADDING + text),
}


def steps(read: Callable[[str], object], text: str) -> int:
    """Return how many calls reading a text takes."""
    profile = Profile()
    profile.runcall(read, text)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("name", READERS)
@given(
    unit=st.lists(st.sampled_from(UNITS), min_size=1, max_size=2).map("".join),
    opening=st.sampled_from(OPENINGS),
)
@example(unit="explain ", opening="")
@example(unit="(insert into t ", opening="")
@settings(max_examples=settings().max_examples // 8, derandomize=True)
def test_steps_grow_as_the_text_does(name: str, unit: str, opening: str) -> None:
    read = READERS[name]
    read("select 1")  # what is made once, at the first text
    small, medium, large = (steps(read, opening + unit * size) for size in SIZES)
    assert large - medium <= TOLERANCE * (medium - small) + SIZES[-1], (small, medium, large)


LEVELS = 1_200
"""More than Python's stack has frames."""
NESTED = [f"create function f() returns int language sql as $a{level}$ " for level in range(400)]
BODIES = "".join(NESTED) + "".join(f"$a{level}$ " for level in reversed(range(400)))
"""Functions in bodies of functions."""


@pytest.mark.parametrize("name", NEVER_RAISE)
def test_no_depth_makes_it_raise(name: str) -> None:
    for text in (BODIES, *(unit * LEVELS for unit in NESTING)):
        NEVER_RAISE[name](text)
