from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.private_files import read_json, write_json, write_private


def test_a_private_file_is_its_owners_alone_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret"
    write_private(path, "one")
    path.chmod(0o644)
    write_private(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret"]


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".x.json.draft").write_text("half of something")
    write_json(tmp_path / "x.json", {"a": 1})
    assert read_json(tmp_path / "x.json") == {"a": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_json_comes_back_as_it_was(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"é": [1, None, {"a": "\ud800"}]})
    assert read_json(tmp_path / "x.json") == {"é": [1, None, {"a": "\ud800"}]}
    assert read_json(tmp_path / "absent.json") is None


def test_a_folder_that_cannot_be_written_is_reported_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="Cannot write") as refused:
        write_json(tmp_path / "file" / "x.json", {})
    assert refused.value.remedy


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff", "[" * 100_000])
def test_a_damaged_file_is_reported_as_damaged(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LocalError, match="damaged"):
        read_json(path)
