"""The folders of the console: what may import what, from the bottom to the top."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of, tree_of

CONSOLE = Path(__file__).parents[3] / "dsql_tui" / "console"
ORDER = (
    "shared",
    "widgets",
    "messages",
    "grid",
    "session",
    "clusters",
    "editor",
    "results",
    "schema",
    "run",
    "access",
    "inspector",
    "definitions",
    "fleet",
    "side_by_side",
    "long_runs",
    "workspace",
    "app",
)
"""A folder imports only from folders before it in this list, so there is no import cycle."""
FILES_MAX = 18


def modules(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for each in nodes:
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            yield each.module or ""
            yield from (f"{each.module}.{alias.name}" for alias in each.names)


def imported_folders(path: Path) -> set[str]:
    parts = (name.split(".") for name in modules(nodes_of(path)))
    return {
        each[2] for each in parts if each[:2] == ["dsql_tui", "console"] and len(each) > 2
    } & set(ORDER)


def test_every_module_is_in_a_folder() -> None:
    assert [path.name for path in CONSOLE.glob("*.py")] == ["__init__.py"]
    folders = {path.parent.name for path in CONSOLE.glob("*/*.py")}
    assert folders == set(ORDER)


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_imports_only_from_folders_below_it(folder: str) -> None:
    allowed = set(ORDER[: ORDER.index(folder) + 1])
    for path in (CONSOLE / folder).rglob("*.py"):
        upward = imported_folders(path) - allowed
        assert not upward, f"{path.relative_to(CONSOLE)} imports from {sorted(upward)}"


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_says_what_it_is_for_and_can_be_looked_over(folder: str) -> None:
    tree = tree_of(CONSOLE / folder / "__init__.py")
    assert ast.get_docstring(tree)
    files = [path for path in (CONSOLE / folder).glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= FILES_MAX


def names_given_on(path: Path) -> list[str]:
    """Return what a package's `__init__` holds but its docstring."""
    _, *others = tree_of(path).body
    return [ast.unparse(each) for each in others]


def test_a_package_hands_on_nothing_from_its_modules() -> None:
    for path in CONSOLE.rglob("__init__.py"):
        assert not names_given_on(path), f"{path.relative_to(CONSOLE)} holds code"


def test_a_name_handed_on_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "__init__.py"
    path.write_text('"""A package."""\nfrom dsql_tui.console.run.tab import Tab\n', "utf-8")
    assert names_given_on(path)


def test_an_arrow_upward_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "from dsql_tui.console.workspace.screen import Workspace\n"
        "import dsql_tui.console.app.app\n"
        "from dsql_tui.console import run\n",
        encoding="utf-8",
    )
    assert imported_folders(path) == {"workspace", "app", "run"}
