"""Folders that are removed with the process that created them, or after it was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dsql_tui.local.filesystem.folders import sweep_stand_ins
from dsql_tui.local.filesystem.scratch import PREFIX, scratch, sweep


def aged(folder: Path) -> Path:
    """Create a folder with content and a modification time one day ago."""
    (folder / "sockets").mkdir(parents=True)
    os.utime(folder, (0, 0))
    return folder


def test_a_scratch_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        (folder / "file").write_text("")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_maker_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    left = aged(tmp_path / f"{PREFIX}left")
    with scratch(tmp_path):
        assert not left.exists()


def test_a_folder_that_is_held_or_new_or_of_another_name_stays(tmp_path: Path) -> None:
    others = aged(tmp_path / "dsql-tui-others")
    new = tmp_path / f"{PREFIX}new-1"
    new.mkdir()
    with scratch(tmp_path) as held:
        os.utime(held, (0, 0))
        sweep(tmp_path)
        assert held.exists()
    assert sorted(tmp_path.iterdir()) == [others, new]


def test_a_link_of_that_name_leads_nowhere(tmp_path: Path) -> None:
    mine = aged(tmp_path / "mine")
    (tmp_path / f"{PREFIX}link").symlink_to(mine)
    sweep(tmp_path)
    assert (mine / "sockets").exists()


def test_a_local_server_ends_with_its_temporary_data_folder_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = (tmp_path / "stays" / "databases", Path("/a/disk/that/is/not/there/databases"))
    stays[0].parent.mkdir()
    stand_ins = [tmp_path / "system" / str(number) for number in range(3)]
    for stand_in, folder in zip(stand_ins, (*stays, tmp_path / "gone" / "databases"), strict=True):
        stand_in.mkdir(parents=True)
        (stand_in / "stands-for").write_text(str(folder))
    monkeypatch.setattr("dsql_tui.local.filesystem.folders.SYSTEM_HOME", tmp_path / "system")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sweep_stand_ins()
    assert [stand_in.exists() for stand_in in stand_ins] == [True, True, False]
