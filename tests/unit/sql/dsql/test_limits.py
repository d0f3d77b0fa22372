"""DSQL's limits are written in one file; the local DSQL's SQL, which cannot import it, agrees."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from dsql_tui.sql.dsql import limits
from tests.support.source_trees import nodes_of
from tests.unit.test_layers import PACKAGE

TELLING = {limits.TRANSACTION_ROWS, limits.TRANSACTION_BYTES, limits.KEY_BYTES}
"""Numbers that mean a limit of DSQL wherever they occur, but for the exceptions."""
EXCEPTIONS = {
    ("bench/run.py", 3_000): "seconds of a run",
    ("local/gateway/session.py", 10 * 1024 * 1024): "bytes of one message",
}


def numbers_in(path: Path) -> set[int]:
    """Return the whole numbers of a source file, products of them included."""
    found: set[int] = set()
    for node in nodes_of(path):
        if _may_be_a_number(node):
            text = ast.unparse(node)
            if re.fullmatch(r"[\d_]+(?: \*\*? [\d_]+)*", text) and len(text) < 30:
                found.add(int(eval(text)))
    return found


def _may_be_a_number(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mult | ast.Pow)
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def test_a_limit_is_written_once() -> None:
    places = {
        (path.relative_to(PACKAGE).as_posix(), number)
        for path in PACKAGE.rglob("*.py")
        for number in numbers_in(path) & TELLING
        if path != PACKAGE / "sql/dsql/limits.py"
    }
    assert places == set(EXCEPTIONS)


def test_the_local_dsql_s_own_sql_has_the_same_limits() -> None:
    folder = PACKAGE / "local/postgres/sql"
    text = (folder / "limits.sql").read_text(encoding="utf-8")
    assert re.findall(r"row_count > (\d+)", text) == [str(limits.TRANSACTION_ROWS)]
    assert str(limits.TRANSACTION_BYTES) in re.findall(r"byte_count > (\d+)", text)
    definitions = (folder / "definitions.sql").read_text(encoding="utf-8")
    kinds = {
        "indexes": limits.INDEXES_PER_TABLE,
        "schemas": limits.SCHEMAS,
        "tables": limits.TABLES,
        "views": limits.VIEWS,
        "sequences": limits.SEQUENCES,
        "key columns": limits.KEY_COLUMNS,
        **limits.COLUMN_BYTES,
    }
    stated = dict(re.findall(r"\('([\w ]+)', (\d+), '54\d+'", definitions))
    assert {kind: int(stated[kind]) for kind in kinds} == kinds
