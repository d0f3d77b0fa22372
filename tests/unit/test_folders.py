"""The folders inside packages, as `.github/ARCHITECTURE.md` states them: index or feature."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of
from tests.unit.test_layers import PACKAGE, table

FOLDERS = table("folder")
"""Folder → its kind, from the bottom to the top."""
ORDER = list(FOLDERS)
PACKAGES = {folder.partition("/")[0] for folder in ORDER}
FEATURE_FILES_MAX = 18
ITSELF = {"__init__", "group", "root"}
"""Files of an index that are the table of the others."""


def is_index(folder: str) -> bool:
    return FOLDERS[folder].startswith("index")


def shared_of(folder: str) -> set[str]:
    """Return the files and folders of an index that the others may import, with their path."""
    return {f"{folder}/{name}" for name in re.findall(r"`(\w+)`", FOLDERS.get(folder, ""))}


def parents_of(folder: str) -> Iterator[str]:
    """Yield a folder and the folders around it."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def folder_of(module: str) -> str:
    """Return the innermost folder of the table that a module, as a path, is in."""
    return next((each for each in parents_of(module) if each in FOLDERS), "")


def imports_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the modules of the package that a source file imports, as paths inside the package."""
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if exists(as_path(name)) else node.module for name in inner]
        for name in names:
            if name.startswith("dsql_tui."):
                yield as_path(name)


def as_path(name: str) -> str:
    return name.removeprefix("dsql_tui.").replace(".", "/")


def exists(module: str) -> bool:
    return (PACKAGE / f"{module}.py").exists() or (PACKAGE / module / "__init__.py").exists()


def may_import(importer: str, imported: str) -> bool:
    """Tell whether a module may import another one of the same package."""
    here, there = folder_of(importer), folder_of(imported)
    shared = {name for parent in parents_of(here) for name in shared_of(parent)}
    if imported in shared or any(folder in shared for folder in parents_of(there)):
        return True
    if is_index(here):
        return here == folder_of(imported) and importer.rpartition("/")[2] in ITSELF
    return here == there or (not is_index(there) and ORDER.index(there) < ORDER.index(here))


def modules_of(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((PACKAGE / package).rglob("*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").as_posix(), path


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_folder_imports_what_its_kind_allows(package: str) -> None:
    for module, path in modules_of(package):
        for imported in imports_of(nodes_of(path)):
            if imported.partition("/")[0] == package:
                assert may_import(module, imported), f"{module} imports {imported}"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_folder_is_on_the_page(package: str) -> None:
    folders = {
        path.parent.relative_to(PACKAGE).as_posix() for path in (PACKAGE / package).rglob("*.py")
    }
    assert folders == {folder for folder in ORDER if folder.partition("/")[0] == package} | {
        package
    }


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_says_what_it_is_for_and_can_be_looked_over(folder: str) -> None:
    text = (PACKAGE / folder / "__init__.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    first, _, _ = docstring.partition("\n")
    assert first.endswith(".")
    if not is_index(folder):
        assert docstring == first, f"{folder} needs more than a sentence"
        assert len(list((PACKAGE / folder).glob("*.py"))) - 1 <= FEATURE_FILES_MAX


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("sql/dsql/lint", "sql/statements/copy_data", True),
        ("sql/statements/copy_data", "sql/dsql/lint", False),
        ("model/access/role", "model/endpoint", True),
        ("model/access/role", "model/plan", False),
        ("model/plan", "model/access/role", False),
        ("model/stanza", "model/cluster", True),
        ("model/stanza", "model/token", False),
        ("cli/query", "cli/shared/target", True),
        ("cli/query", "cli/shared/values/types", True),
        ("cli/query", "cli/token", False),
        ("cli/query", "cli/clusters/get", False),
        ("cli/query", "cli/clusters/shared", False),
        ("cli/clusters/get", "cli/clusters/shared", True),
        ("cli/clusters/get", "cli/clusters/create", False),
        ("cli/clusters/policy/get", "cli/clusters/shared", True),
        ("cli/clusters/policy/get", "cli/clusters/policy/put", False),
        ("cli/shared/target", "cli/shared/selected", True),
        ("cli/shared/target", "cli/token", False),
        ("cli/root", "cli/query", True),
    ],
)
def test_the_rule_is_read_as_it_is_meant(importer: str, imported: str, allowed: bool) -> None:
    assert may_import(importer, imported) is allowed


def test_an_import_is_seen_however_it_is_written() -> None:
    text = (
        "import dsql_tui.cli.query\n"
        "from dsql_tui.cli import token\n"
        "from dsql_tui.cli.script import command\n"
        "def late():\n    from dsql_tui.cli.clusters import get\n"
    )
    assert set(imports_of(ast.walk(ast.parse(text)))) == {
        "cli/query",
        "cli/token",
        "cli/script",
        "cli/clusters/get",
    }
