"""The glossary of the architecture page names what is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.source_trees import tree_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / ".github" / "ARCHITECTURE.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Glossary\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| ([a-zA-Z ]+) \| .+ \| `([^`]+)` \|$", SECTION, re.MULTILINE)
LINES_MAX = 40


@cache
def classes() -> set[str]:
    modules = (ROOT / "dsql_tui").rglob("*.py")
    return {getattr(node, "name", "") for path in modules for node in tree_of(path).body}


def test_it_is_short_and_has_each_term_once() -> None:
    assert len(SECTION.strip().splitlines()) < LINES_MAX
    terms = [term for term, _ in ROWS]
    assert len(terms) == len(set(terms)) == SECTION.count("\n| ") - 1
    assert terms


@pytest.mark.parametrize(("term", "name"), ROWS)
def test_what_a_term_is_in_the_code_exists(term: str, name: str) -> None:
    assert list((ROOT / "dsql_tui").glob(name)) if "/" in name else name in classes(), term
