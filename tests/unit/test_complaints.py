"""What users of other clients complain about, each with the test that shows it is not so here.

`tests/data/complaints.tsv` has a complaint of users of harlequin, sqlit, pgcli, rainfrog, lazysql
or TablePro in each line, and the test that answers it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.support.source_trees import tree_of

TESTS = Path(__file__).parents[1]
LINES = (TESTS / "data" / "complaints.tsv").read_text(encoding="utf-8").splitlines()
COMPLAINTS = dict(line.split("\t") for line in LINES)


@cache
def functions_of(file: str) -> set[str]:
    tree = tree_of(TESTS / file)
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_complaint_has_the_test_that_answers_it(complaint: str) -> None:
    file, _, name = COMPLAINTS[complaint].partition("::")
    assert name in functions_of(file)
