"""What pyproject.toml declares is what the package needs, and no more."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support.source_trees import nodes_of
from tests.unit.test_layers import MODULES, ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
FILES = [path for paths in MODULES.values() for path in paths]


def requirements(entries: list[str]) -> dict[str, Requirement]:
    return {requirement.name: requirement for requirement in map(Requirement, entries)}


@cache
def imported_names() -> frozenset[str]:
    """Return the full name of everything the package imports, modules included."""
    names: set[str] = set()
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def private_part(name: str) -> str | None:
    """Return a name up to its first private part, `None` if all of it is public."""
    match = re.match(r"[\w.]*?\._\w+", name)
    return match[0] if match else None


def test_the_bound_of_textual_says_which_private_names_it_is_for() -> None:
    comment = re.search(r'((?: *#.*\n)+) *"textual>=([\d.]+),<([\d.]+)"', PYPROJECT)
    assert comment is not None
    named = set(re.findall(r"\btextual(?:\.\w+)+", comment[1].replace("\n", " ")))
    ours = {name for name in imported_names() if name.startswith("textual.")}
    used = {private for name in ours if (private := private_part(name))}
    assert used == named
    (major, minor), below = comment[2].split(".")[:2], comment[3]
    assert below == f"{major}.{int(minor) + 1}"


def test_textual_comes_without_its_parsers() -> None:
    assert not requirements(PROJECT["dependencies"])["textual"].extras
    assert [name for name in imported_names() if name.startswith("tree_sitter")] == []


def test_the_console_needs_no_dsql_lint_and_the_local_dsql_and_the_tests_bring_it() -> None:
    assert "dsql-lint" not in requirements(PROJECT["dependencies"])
    assert set(requirements(EXTRAS["lint"])) == {"dsql-lint"}
    for extra in ("local", "dev"):
        assert "lint" in requirements(EXTRAS[extra])["dsql-tui"].extras


@pytest.mark.parametrize("where", ["dependencies", *EXTRAS])
def test_each_requirement_has_a_lowest_version_and_none_is_exact(where: str) -> None:
    entries = PROJECT["dependencies"] if where == "dependencies" else EXTRAS[where]
    for requirement in requirements(entries).values():
        operators = {specifier.operator for specifier in requirement.specifier}
        if requirement.name == PROJECT["name"]:
            assert not operators
        elif where == "dev" and requirement.name in DRAWN_EXACTLY:
            assert operators == {"=="}
        else:
            assert ">=" in operators
            assert "==" not in operators


DRAWN_EXACTLY = {"textual", "rich", "pytest-textual-snapshot"}
"""What draws the pictures that snapshot tests compare."""


def test_the_lowest_versions_that_tests_run_with_are_those_declared() -> None:
    entries = [*PROJECT["dependencies"], *(entry for extra in EXTRAS.values() for entry in extra)]
    lowest = {
        (requirement.name, Version(specifier.version))
        for requirement in map(Requirement, entries)
        for specifier in requirement.specifier
        if specifier.operator == ">=" and requirement.name not in TOOLS
    }
    text = (ROOT / ".github" / "lowest.txt").read_text(encoding="utf-8")
    pinned = [line.split("==") for line in text.splitlines() if not line.startswith("#")]
    # psycopg[binary] brings psycopg-binary, of the same version.
    psycopg = dict(lowest)["psycopg"]
    assert {(name, Version(version)) for name, version in pinned} == {
        *lowest,
        ("psycopg-binary", psycopg),
    }


TOOLS = {"ruff", "mypy", "hatchling"}
"""They check and build, and no test runs with the lowest of them."""


def test_what_the_package_imports_is_declared() -> None:
    declared = requirements(PROJECT["dependencies"])
    for extra in EXTRAS.values():
        declared |= requirements(extra)
    # botocore is released with boto3, for that version of it alone.
    known = {name.replace("-", "_") for name in declared} | {"botocore"}
    own = {*sys.stdlib_module_names, "dsql_tui"}
    imported = {name.partition(".")[0] for name in imported_names()} - own
    homes = packages_distributions()
    assert imported > {"textual", "boto3", "psycopg", "click"}
    assert {
        module
        for module in imported
        if module not in known
        and not known.intersection(home.lower().replace("-", "_") for home in homes.get(module, []))
    } == {"_typeshed"}, "_typeshed is read by type checkers alone"


def test_the_pages_on_the_web_are_of_one_repository() -> None:
    homepage = PROJECT["urls"]["Homepage"]
    assert all(url.startswith(homepage) for url in PROJECT["urls"].values())
