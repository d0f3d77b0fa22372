"""Shared folders: what others put there is neither believed nor deleted, and leads nowhere."""

from __future__ import annotations

import ast
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import dsql_tui.local
from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import data_folder, ownership
from dsql_tui.local.filesystem.data_folder import EPHEMERAL_PREFIX
from dsql_tui.local.filesystem.private_files import read_json, write_private
from dsql_tui.local.filesystem.scratch import PREFIX, sweep
from dsql_tui.local.process import server
from tests.support.source_trees import nodes_of

SOMEBODY = 12_345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


# --- one place ------------------------------------------------------------------------------------

HOUSE = Path(dsql_tui.local.__file__).parent
TOUCHING = {"rmtree", "unlink", "rmdir", "removedirs", "read_text", "read_bytes", "readlink"}
ELSEWHERE = {
    # What comes with the package, and the kernel's own files.
    *{("postgres/postmaster.py", "read_text"), ("gate/refusals.py", "read_text")},
    ("postgres/left_over.py", "read_text"),
    # The note of the last ephemeral folder, in the user's own data folder.
    ("filesystem/data_folder.py", "unlink"),
    # The user's AWS config file, often a link to where dotfiles are kept.
    ("process/shell.py", "read_text"),
}


def touches(path: Path) -> set[str]:
    """Return what a module deletes and reads by, other than through `ownership`."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            is_ownership = isinstance(owner, ast.Name) and owner.id == "ownership"
            if node.func.attr in TOUCHING and not is_ownership:
                found.add(node.func.attr)
            if isinstance(owner, ast.Name) and (owner.id, node.func.attr) == ("os", "open"):
                found.add("os.open")
    return found


def test_reading_and_deleting_go_through_one_place() -> None:
    found = {
        (path.relative_to(HOUSE).as_posix(), name)
        for path in HOUSE.rglob("*.py")
        if path.name != "ownership.py"
        for name in touches(path)
    }
    allowed = ELSEWHERE | {
        ("filesystem/folders.py", "os.open"),  # a copy that must not exist yet
        ("postgres/sandbox.py", "os.open"),  # a place to name in a rule, neither read nor written
    }
    assert found == allowed


# --- reading --------------------------------------------------------------------------------------


def _file(path: Path) -> None:
    path.write_text("{}")


def _given_away(path: Path) -> None:
    _file(path)
    os.chown(path, SOMEBODY, SOMEBODY)


def _link(path: Path) -> None:
    _file(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def _for_all(path: Path) -> None:
    _file(path)
    path.chmod(0o666)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(ownership.TEXT_MAX_BYTES + 1)


FOREIGN: list[Callable[[Path], None]] = [_link, _for_all, _socket, _huge, os.mkfifo, Path.mkdir]
"""What makes something at a path that must not be believed."""


@pytest.mark.parametrize("make", [*FOREIGN, pytest.param(_given_away, marks=as_root)])
def test_only_a_regular_file_of_ours_is_read(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    path = Path("server.json")
    make(path)
    with pytest.raises(OSError, match=r"server\.json"):
        ownership.read_text(path)
    with pytest.raises(LocalError):
        read_json(path)
    assert server.read_info(Path()) is None


@pytest.mark.parametrize("make", [_link, _for_all, os.mkfifo])
def test_nothing_is_written_through_what_others_have_left(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / ".keys.json.draft")
    with pytest.raises(LocalError):
        write_private(tmp_path / "keys.json", "secret")
    elsewhere = tmp_path / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_text() == "{}"


@pytest.mark.parametrize("make", [_link, _for_all, os.mkfifo])
def test_a_lock_that_others_have_made_holds_nothing(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "lock")
    assert data_folder.is_free(tmp_path)
    with pytest.raises(LocalError, match="Cannot write the data folder"):
        data_folder.hold(tmp_path)


# --- deleting -------------------------------------------------------------------------------------


def test_deleting_follows_no_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    _file(kept / "file")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "inside").symlink_to(kept)
    (tmp_path / "link").symlink_to(kept)
    ownership.delete(folder)
    ownership.delete(tmp_path / "link")
    ownership.delete(tmp_path / "absent")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "kept"]


@as_root
def test_what_another_user_has_made_is_not_deleted(tmp_path: Path) -> None:
    _given_away(tmp_path / "theirs")
    with pytest.raises(ownership.NotOurs):
        ownership.delete(tmp_path / "theirs")
    assert (tmp_path / "theirs").exists()


# --- data folders ---------------------------------------------------------------------------------


def data(folder: Path, *, killed: bool = True) -> Path:
    """Make a data folder as a server leaves it that was killed, or was not."""
    (folder / "databases" / "one").mkdir(parents=True)
    _file(folder / "databases" / "one" / "rows")
    _file(folder / "state.json")
    (folder / "lock").touch(0o600)
    if killed:
        _file(folder / "server.json")
    return folder


def sweep_ephemeral(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    data_folder.sweep_ephemeral(tmp_path / "another")


def test_an_abandoned_ephemeral_folder_is_removed_and_what_it_leads_to_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = data(tmp_path / "kept")
    sockets = tmp_path / f"{PREFIX}live"
    sockets.mkdir()
    left = data(tmp_path / f"{EPHEMERAL_PREFIX}left")
    (left / "server.json").write_text(json.dumps({"runtime_dir": str(sockets)}))
    (left / "tls").symlink_to(kept)
    (left / "databases" / "two").symlink_to(kept)
    sweep_ephemeral(tmp_path, monkeypatch)
    assert not left.exists()
    assert sockets.exists()
    assert (kept / "databases" / "one" / "rows").exists()


def _as_link(folder: Path, kept: Path) -> None:
    folder.symlink_to(kept)


def _changeable(folder: Path, _: Path) -> None:
    data(folder).chmod(0o777)


def _of_somebody(folder: Path, _: Path) -> None:
    os.chown(data(folder), SOMEBODY, SOMEBODY)


def _running(folder: Path, _: Path) -> None:
    data(folder, killed=False)


@pytest.mark.parametrize(
    "plant", [_as_link, _changeable, _running, pytest.param(_of_somebody, marks=as_root)]
)
def test_an_ephemeral_folder_that_is_not_plainly_ours_and_left_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path, Path], None]
) -> None:
    kept = data(tmp_path / "kept")
    planted = tmp_path / f"{EPHEMERAL_PREFIX}planted"
    plant(planted, kept)
    before = sorted(tmp_path.rglob("*"))
    sweep_ephemeral(tmp_path, monkeypatch)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "plant", [_as_link, _changeable, pytest.param(_of_somebody, marks=as_root)]
)
def test_a_scratch_folder_that_is_not_plainly_ours_stays(
    tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    kept = data(tmp_path / "kept")
    plant(tmp_path / f"{PREFIX}planted", kept)
    before = sorted(tmp_path.rglob("*"))
    sweep(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def _sticky(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o1777)


def _by_own_link(folder: Path) -> None:
    folder.with_name("real").mkdir()
    folder.symlink_to(folder.with_name("real"))


@pytest.mark.parametrize("make", [Path.mkdir, _sticky, _by_own_link, lambda _: None])
def test_a_folder_of_ours_may_hold_the_data(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "data")
    data_folder.check_is_ours(tmp_path / "data")


def test_a_path_that_configuration_files_cannot_contain_is_refused() -> None:
    with pytest.raises(LocalError, match="not UTF-8") as refused:
        data_folder.check_is_ours(Path("/tmp/caf\udce9/data"))
    assert "--data" in refused.value.remedy


def _open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _somebodys(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)


def _by_somebodys_link(folder: Path) -> None:
    _by_own_link(folder)
    os.chown(folder, SOMEBODY, SOMEBODY, follow_symlinks=False)


def _by_own_link_to_somebodys(folder: Path) -> None:
    _by_own_link(folder)
    os.chown(folder.resolve(), SOMEBODY, SOMEBODY)


@pytest.mark.parametrize(
    "make",
    [
        _open_to_all,
        pytest.param(_somebodys, marks=as_root),
        pytest.param(_by_somebodys_link, marks=as_root),
        pytest.param(_by_own_link_to_somebodys, marks=as_root),
    ],
)
def test_a_folder_that_others_can_change_may_not(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "data")
    for use in (server.start, server.reset):
        with pytest.raises(LocalError, match="cannot be a data folder") as refused:
            use(tmp_path / "data")
        assert "Name a folder inside it" in refused.value.remedy
    assert list((tmp_path / "data").iterdir()) == []


def test_a_data_folder_that_a_group_could_change_is_closed_to_it(tmp_path: Path) -> None:
    folder = data(tmp_path / "data")
    folder.chmod(0o775)
    os.close(data_folder.make(folder))
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_reset_of_a_folder_that_is_gone_is_done(tmp_path: Path) -> None:
    server.reset(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
