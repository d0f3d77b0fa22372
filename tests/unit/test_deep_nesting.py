"""JSON from files and people may be nested deeper than the stack: that is refused, not raised."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dsql_tui
from dsql_tui.aws.checks import check_policy
from dsql_tui.console.long_runs.batches import place
from dsql_tui.errors import InputError
from dsql_tui.files.checked import Damaged, parse_json
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.access.policy import policy_problems
from tests.support.source_trees import tree_of

PACKAGE = Path(dsql_tui.__path__[0])
DEEP = "[" * 20_000
OURS = frozenset(
    {
        "cli/clusters/shared.py",  # a policy that AWS has accepted
        "cli/local/status.py",
        "console/fleet/sections.py",  # a policy that AWS has accepted
        "load/manifest.py",
        "local/process/channel.py",
        "local/process/server.py",
        "migrate/source.py",  # what a PostgreSQL server prints of its catalogs
        "pg/access.py",
        "schema/read.py",
        "sql/dsql/lint.py",
    }
)
"""Files that read JSON which this program, its server process or a service has just written."""


@pytest.mark.parametrize(
    ("read", "refusal"),
    [
        (check_policy, InputError),
        (lambda text: place(text, 1), InputError),
        (lambda text: parse_json(text.encode()), Damaged),
        (ServerInfo.from_json, ValueError),
    ],
)
def test_deep_nesting_is_refused(read: Callable[[str], object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read(DEEP)


def test_deep_nesting_of_a_policy_is_a_problem_of_it() -> None:
    assert policy_problems(DEEP) == ("it is nested too deeply",)


def test_whoever_reads_json_of_others_expects_deep_nesting() -> None:
    unprotected = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "json.loads" in path.read_text(encoding="utf-8")
        for call in _unprotected(tree_of(path))
        if ast.unparse(call.func) == "json.loads"
    }
    assert unprotected == OURS


def _unprotected(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that are not in a `try` which catches RecursionError."""
    if isinstance(node, ast.Call):
        yield node
    if isinstance(node, ast.Try) and any(
        "RecursionError" in ast.unparse(handler.type) for handler in node.handlers if handler.type
    ):
        return
    for child in ast.iter_child_nodes(node):
        yield from _unprotected(child)
