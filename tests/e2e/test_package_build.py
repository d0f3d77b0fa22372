"""The wheel and the source distribution hold every file they must."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from dsql_tui import __version__
from dsql_tui.manual import topics
from tests.support.pages import ROOT

NEEDED = {
    "manual": ".md",
    "console/style": ".tcss",
    "local/postgres/sql": ".sql",
    "local/gate": ".tsv",
    "snippets/templates": ".txt",
}
"""Folder of the package → what it cannot do without, and no import would miss."""


def files_of_the_repository() -> set[str]:
    """Return what is or could be committed; in a source distribution, what it brought."""
    if (ROOT / ".git").exists():
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return {name for name in listing.stdout.splitlines() if (ROOT / name).exists()}
    return {
        path.relative_to(ROOT).as_posix()
        for folder in ("dsql_tui", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    (path,) = WheelBuilder(str(ROOT)).build(
        directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"]
    )
    return Path(path)


def test_the_wheel_holds_the_files_of_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"dsql_tui-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    man_page = f"dsql_tui-{__version__}.data/data/share/man/man1/dsql-tui.1"
    committed = {name for name in files_of_the_repository() if name.startswith("dsql_tui/")}
    assert packed == committed | {man_page}
    for folder, suffix in NEEDED.items():
        inside = [PurePosixPath(name) for name in packed if name.startswith(f"dsql_tui/{folder}/")]
        assert any(path.suffix == suffix for path in inside), folder


def test_the_source_distribution_holds_every_file_that_its_tests_need(tmp_path: Path) -> None:
    (path,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(path) as archive:
        packed = {
            str(PurePosixPath(member.name).relative_to(f"dsql_tui-{__version__}"))
            for member in archive.getmembers()
            if member.isfile()
        }
    assert packed >= files_of_the_repository()


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--version"], __version__),
        (["manual"], "local-dsql"),
        (["query", "--local", "--ephemeral", "--format", "csv", "-c", "select 41 + 1"], "42"),
    ],
    ids=" ".join,
)
def test_what_the_wheel_holds_runs_without_the_checkout(
    wheel: Path, tmp_path: Path, arguments: list[str], shown: str
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dsql_tui", *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown in done.stdout, done.stderr
    assert done.returncode == 0


def test_the_manual_of_the_wheel_is_that_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        pages = {PurePosixPath(name) for name in archive.namelist() if "/manual/" in name}
    assert {page.stem for page in pages if page.suffix == ".md"} == set(topics())
