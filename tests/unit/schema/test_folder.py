"""Files and folders of definitions."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.schema.folder import names_folder, read_definitions, write_file, write_folder

FILES = {"app/tables/orders.sql": "CREATE TABLE app.orders ();\n", "roles.sql": "CREATE ROLE x;\n"}


def test_a_folder_is_written_and_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "definitions"
    assert write_folder(folder, FILES) == (2, [])
    read = read_definitions(folder)
    assert read == {str(folder / name): text for name, text in FILES.items()}
    assert next(iter(read)).endswith("roles.sql")


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    write_folder(tmp_path / "definitions", FILES)
    write_file(tmp_path / "one.sql", "SELECT 1;\n")
    paths = list(tmp_path.rglob("*.sql"))
    assert len(paths) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_what_is_the_same_is_not_written_and_what_is_gone_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    unchanged = tmp_path / "roles.sql"
    before = unchanged.stat().st_ino
    changed = {"app/tables/new.sql": "CREATE TABLE app.new ();\n", "roles.sql": FILES["roles.sql"]}
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.sql").touch()
    (tmp_path / "README.md").touch()
    assert write_folder(tmp_path, changed) == (1, [tmp_path / "app" / "tables" / "orders.sql"])
    assert unchanged.stat().st_ino == before
    assert (tmp_path / "app" / "tables" / "orders.sql").exists()


def test_a_path_names_a_folder_if_it_is_one_or_has_no_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.d").mkdir()
    (tmp_path / "file").touch()
    assert names_folder(tmp_path / "a.d")
    assert names_folder(tmp_path / "new")
    assert not names_folder(tmp_path / "new.sql")
    assert not names_folder(tmp_path / "file")


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/x\.sql cannot be written"):
        write_folder(tmp_path / "file", {"x.sql": ""})
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_file(tmp_path / "no" / "x.sql", "")
    with pytest.raises(InputError, match="has no SQL files"):
        read_definitions(tmp_path)
    (tmp_path / "bad.sql").write_bytes(b"\xff")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_definitions(tmp_path)
