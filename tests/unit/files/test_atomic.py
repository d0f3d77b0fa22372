"""A file is replaced whole or not at all, and no temporary file remains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dsql_tui.files.atomic import replace_file
from tests.conftest import FailingDisk


def test_a_failure_at_any_step_leaves_the_old_content_or_the_new_and_nothing_else(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "f"
    with failing_disk.failing_from(0, torn=False):
        replace_file(path, b"old" * 100)
    for step in range(1, failing_disk.steps + 1):
        for torn in (False, True):
            path.write_bytes(b"old")
            with failing_disk.failing_from(step, torn=torn), pytest.raises(OSError):  # noqa: PT011
                replace_file(path, b"new" * 100)
            assert path.read_bytes() in {b"old", b"new" * 100}
            assert list(tmp_path.iterdir()) == [path]


def test_it_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    fsync, replace = os.fsync, os.replace

    def flush(handle: int) -> None:
        seen.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")  # noqa: PTH112
        fsync(handle)

    def rename(draft: str, target: Path) -> None:
        seen.append("rename")
        replace(draft, target)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(os, "replace", rename)
    replace_file(tmp_path / "f", b"x")
    assert seen == ["file", "rename", "folder"]


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    replace_file(tmp_path / "f", b"x")
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("f")
    replace_file(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "f").read_bytes() == b"x"
