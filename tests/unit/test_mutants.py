"""The mutation tool: which mutants a module has, and that tests run against them."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.mutants.loader import Finder
from tests.mutants.mutations import mutants_of

SOURCE = """\
MOST: int = 2

def fits(size: int, *, exact: bool = False) -> bool:
    if not size:
        log("empty")
        return False
    return size == MOST and exact or size < MOST
"""


def test_each_operator_makes_its_mutants_in_the_order_of_the_text() -> None:
    assert [mutant.name for mutant in mutants_of(SOURCE)] == [
        "module: 2 → 3",
        "module: 2 → 1",
        "fits: False → True",
        "fits: not size → not not size",
        "fits: log('empty') → nothing",
        "fits: False → True #2",
        "fits: return size == MOST and exact or size < MOST → return None",
        "fits: size == MOST and exact or size < MOST → (size == MOST and exact) and size < MOST",
        "fits: size == MOST and exact → size == MOST or exact",
        "fits: size == MOST → size != MOST",
        "fits: size < MOST → size <= MOST",
    ]


def test_a_mutant_differs_from_its_module_in_one_place_and_has_a_name_of_its_own() -> None:
    mutants = mutants_of(SOURCE)
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    lines = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in mutants:
        changed = ast.unparse(mutant.tree).splitlines()
        assert sum(one != other for one, other in zip(lines, changed, strict=True)) == 1


def test_a_mutant_is_imported_in_place_of_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sized.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        sys, "meta_path", [Finder("sized", mutants_of(SOURCE)[1].tree), *sys.meta_path]
    )
    assert import_module("sized").MOST == 1
    del sys.modules["sized"]
