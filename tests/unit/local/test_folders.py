"""The folders of the local DSQL: small, described, and without an import upward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of, tree_of

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "dsql_tui"
LOCAL = PACKAGE / "local"
PAGE = (ROOT / ".github" / "ARCHITECTURE.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| in `local/`, bottom first |")[2].partition("\n\n")[0]
ORDER = tuple(re.findall(r"^\| `([\w/.]+)` \|", TABLE, re.MULTILINE))
FILES_MAX = 15


def part_of(path: str) -> str:
    """Return the row of the table that a module of `local/` belongs to."""
    rows = (row for row in ORDER if path == row or path.startswith(row.rstrip("/") + "/"))
    return max(rows, key=len, default="")


def imported_paths(path: Path) -> Iterator[str]:
    """Return the modules of `local/` that a module imports, as paths below it."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition("dsql_tui.local.")
            while not top and rest:
                target = LOCAL.joinpath(*rest.split("."))
                if target.is_dir() or target.with_suffix(".py").exists():
                    break
                rest = rest.rpartition(".")[0]
            if not top and rest:
                module = rest.replace(".", "/")
                yield module if (LOCAL / module).is_dir() else f"{module}.py"


def upward(path: Path, part: str) -> set[str]:
    """Return the parts that a module imports although they are above its own."""
    allowed = set(ORDER[: ORDER.index(part) + 1])
    return {part_of(module) for module in imported_paths(path)} - allowed


MODULES = sorted(path for path in LOCAL.rglob("*.py") if path.name != "__init__.py")


def test_a_module_imports_only_from_its_own_part_and_from_lower_parts() -> None:
    parts = {path: part_of(path.relative_to(LOCAL).as_posix()) for path in MODULES}
    outside = [path for path, part in parts.items() if not part]
    assert outside == [], "not in the table of .github/ARCHITECTURE.md"
    upwards = {path: upward(path, part) for path, part in parts.items()}
    assert {path: above for path, above in upwards.items() if above} == {}


def test_every_part_on_the_page_exists() -> None:
    assert len(ORDER) > 15
    assert [part for part in ORDER if not (LOCAL / part).exists()] == []


FOLDERS = sorted({path.parent for path in MODULES} - {LOCAL})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_has_one_sentence_and_few_files(folder: Path) -> None:
    tree = tree_of(folder / "__init__.py")
    assert "\n" not in (ast.get_docstring(tree) or "\n")
    assert len(tree.body) == 1, "what a folder offers is in its modules"
    assert len([path for path in MODULES if path.parent == folder]) <= FILES_MAX


def test_an_import_upward_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "from dsql_tui.local.gateway.session import Session\n"
        "from dsql_tui.local.process import server\n"
        "import dsql_tui.local.control.plane\n"
        "from dsql_tui.local.protocol.wire import Message\n"
        "from dsql_tui.local import faults\n",
        encoding="utf-8",
    )
    assert upward(path, "transactions/") == {"gateway/", "process/", "control/plane.py"}
