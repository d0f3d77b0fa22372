"""The SQL that the local DSQL sends for itself names everything with a schema.

It is sent in sessions whose search path is a client's, who makes functions, tables and domains of
any name. What our functions say, a database tells (`tests/e2e/local/gate/test_search_path.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import dsql_tui.local
from tests.support.own_sql import looked_up
from tests.support.source_trees import nodes_of

HERE = Path(dsql_tui.local.__path__[0])
BEGINS = re.compile(
    r" ?(?:SELECT|WITH|CALL|SET|SAVEPOINT|ROLLBACK|BEGIN|COMMIT|COPY|INSERT|UPDATE|DELETE|CREATE"
    r"|ALTER|DROP|DISCARD|RESET|SHOW|LOCK|GRANT|REVOKE|REINDEX|ANALYZE|UNION|FROM|JOIN|WHERE) "
    r"|\S*pg_catalog\."
)


def texts_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Return the strings that begin like SQL or our schema; what is put into one is a number."""
    inside = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            parts = [p.value if isinstance(p, ast.Constant) else "1" for p in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in inside else node.value.replace("{}", "1")
        else:
            continue
        if BEGINS.match(text) and "(?" not in text:  # that would be a regular expression
            yield text


MODULES = sorted(path.relative_to(HERE) for path in HERE.rglob("*.py"))


def test_every_text_of_ours_names_all_with_a_schema() -> None:
    unsafe = {
        (str(module), text): names
        for module in MODULES
        for text in texts_of(nodes_of(HERE / module))
        if (names := looked_up(text))
    }
    assert unsafe == {}


def test_texts_are_found() -> None:
    texts = [text for module in MODULES for text in texts_of(nodes_of(HERE / module))]
    for known in ("pg_dsql_relations", "in_the_way", "SAVEPOINT", "insert_again", "claim_job"):
        assert any(known in text for text in texts), known
    joined = ast.parse("ask(f'SELECT to_regclass({name})::oid')")
    assert list(texts_of(ast.walk(joined))) == ["SELECT to_regclass(1)::oid"]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT to_regclass('t')", ["to_regclass("]),
        ("SELECT pg_catalog.to_regclass('t')::oid", ["oid"]),
        ("SELECT pg_catalog.to_regclass('t')::pg_catalog.oid", []),
        ("SELECT relname FROM pg_class", ["pg_class"]),
        ("SELECT relname FROM pg_catalog.pg_class WHERE oid = 1", ["="]),
        ("SELECT relname FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) 1", []),
        ("SELECT 1 FROM sys.jobs j JOIN jobs USING (job_id)", ["jobs"]),
        ("SELECT relname LIKE 'x' FROM pg_catalog.pg_class", ["LIKE"]),
        ("SELECT relname || 'x' FROM pg_catalog.pg_class", ["||"]),
        ("SELECT hostile.f()", []),  # who names a schema of a client's means it
        ('SELECT f (1), "F"(1)', ["f(", '"F"(']),
        ("INSERT INTO jobs VALUES (1)", ["jobs"]),
        ("CALL end_job(1)", ["end_job", "end_job("]),
        ("SET LOCAL dsql.block = on; SAVEPOINT x", []),
        ("DECLARE\n  a text;\n  b CONSTANT pg_catalog.text := 1;\nBEGIN\n  b := 2;\nEND", ["text"]),
        ("DECLARE\n  a pg_catalog.oid := f();\nBEGIN\n  RETURN a;\nEND", ["f("]),
    ],
)
def test_what_is_looked_up_is_told(sql: str, names: list[str]) -> None:
    assert sorted(looked_up(sql)) == sorted(names)
