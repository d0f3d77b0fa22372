"""Definitions come from revisions of a repository, by every way to name a path."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.schema.sources import git_texts, names_files

FILES = {
    "schema/app/tables/orders.sql": "CREATE TABLE app.orders (id bigint);\n",
    'schema/app/größe "x".sql': "SELECT 1;\n",
    "schema/notes.txt": "not SQL",
    "one.sql": "SELECT 'one';\n",
}


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository of two commits, the second of which has other text and a tag."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init")
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    (tmp_path / "one.sql").write_text("SELECT 'two';\n", encoding="utf-8")
    git(tmp_path, "commit", "-am", "second")
    git(tmp_path, "tag", "v2")
    # What is only in the working tree does not count.
    (tmp_path / "one.sql").write_text("SELECT 'three';\n", encoding="utf-8")
    (tmp_path / "schema" / "new.sql").write_text("SELECT 4;\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("git:HEAD:one.sql", {"HEAD:one.sql": "SELECT 'two';\n"}),
        ("git:v2:one.sql", {"v2:one.sql": "SELECT 'two';\n"}),
        ("git:HEAD~1:one.sql", {"HEAD~1:one.sql": "SELECT 'one';\n"}),
        (
            "git:HEAD:schema",
            {f"HEAD:{name}": text for name, text in FILES.items() if name.startswith("schema/app")},
        ),
        (
            "git:HEAD:schema/app/tables/",
            {"HEAD:schema/app/tables/orders.sql": FILES["schema/app/tables/orders.sql"]},
        ),
    ],
)
def test_a_revision_is_read(repository: Path, named: str, expected: dict[str, str]) -> None:
    assert names_files(named)
    assert git_texts(named) == expected


def test_paths_are_those_of_the_current_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "schema")
    assert set(git_texts("git:HEAD:app/tables")) == {"HEAD:app/tables/orders.sql"}
    assert set(git_texts("git:HEAD:.")) == {
        "HEAD:app/tables/orders.sql",
        'HEAD:app/größe "x".sql',
    }


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("git:HEAD:schema/new.sql", "has no SQL files"),
        ("git:HEAD:schema/notes.txt", "has no SQL files"),
        ("git:nope:one.sql", "git ls-tree failed"),
        ("git:HEAD", "write git:REVISION:PATH"),
        ("git::one.sql", "write git:REVISION:PATH"),
        ("git:--output=x:one.sql", "write git:REVISION:PATH"),
    ],
)
def test_what_is_not_there_is_said(repository: Path, named: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        git_texts(named)
