"""Code that reads SQL of a user or a client must not raise: the gateway would end the session."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dsql_tui.sql
from tests.support.source_trees import nodes_of
from tests.unit.sql.readers import NEVER_RAISE
from tests.unit.sql.sql_texts import SQL_TEXTS

WORDS = """
    select insert update delete with recursive as materialized values table from join using on
    where group order by limit for returning conflict do set create alter drop index async
    function prepare execute explain analyze verbose grant revoke to copy begin commit uescape
    cast extract array in is null and or not between like case when then else end aws iam
    ( ) [ ] , ; . : :: := $1 $0 :n :a * = < + - @ ' '' " $$ $a$ u&"a" u&'a' e'\\x' "a" 'a'
    a b é 1 0x 1.5 /* */ -- \\
"""
TOKENS = [*WORDS.split(), "\n"]
STATEMENTS = st.one_of(
    SQL_TEXTS,
    st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join),
    st.lists(st.sampled_from([*TOKENS, " "]), max_size=40).map("".join),
)


@pytest.mark.parametrize("name", NEVER_RAISE)
@given(text=STATEMENTS)
@example(text='select u&"a" uescape $1')
@example(text="select u&'a' uescape $")
@example(text="select u&'a' uescape :a")
@example(text="$")
@example(text="$1")
@example(text="u&'")
@example(text="(" * 5_000)
@example(text="select (" * 2_000)
@example(text="with a as (" * 2_000)
@settings(deadline=None)
def test_no_text_makes_it_raise(name: str, text: str) -> None:
    NEVER_RAISE[name](text)


def promising() -> set[str]:
    """Return the names of the functions in `sql/` whose docstring says that they never raise."""
    found: set[str] = set()
    for path in Path(dsql_tui.sql.__path__[0]).rglob("*.py"):
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef):
                said = " ".join((ast.get_docstring(node) or "").lower().split())
                if "never raise" in said:
                    found.add(node.name)
    return found


def test_what_promises_not_to_raise_is_tried() -> None:
    assert promising() <= set(NEVER_RAISE)
