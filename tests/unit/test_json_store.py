"""Small things are remembered between starts, in a private file that is never half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from dsql_tui.json_store import JsonStore, left_behind, own_file
from tests.conftest import FailingDisk


def test_what_is_put_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.json"
    JsonStore(path).put("role", "arn:1", "app_rw")
    again = JsonStore(path)
    assert again.get("role", "arn:1") == "app_rw"
    assert again.get("role", "arn:2") == ""
    assert again.get("other", "arn:1") == ""


def test_an_empty_text_forgets(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = JsonStore(path)
    state.put("role", "arn:1", "app_rw")
    state.put("role", "arn:1", "")
    assert json.loads(path.read_text()) == {"role": {}}


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.json"
    JsonStore(path).put("role", "arn:1", "app_rw")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_is_renamed_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    deep = b"[" * 100_000
    for content in (b"{", b"[]", b'{"role": 1}', b'{"role": {"a": 1}}', deep, b"\xff"):
        path.write_bytes(content)
        state = JsonStore(path)
        assert "was damaged (" in state.problem
        assert "; it is now state.json.damaged-" in state.problem
        state.put("role", "arn:1", "app_rw")
        assert JsonStore(path).get("role", "arn:1") == "app_rw"
    assert (tmp_path / "state.json.damaged-1").read_bytes() == b"{"
    assert (tmp_path / "state.json.damaged-6").read_bytes() == b"\xff"


def test_a_failed_write_is_remembered_until_the_end_and_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = JsonStore(tmp_path / "file" / "state.json")
    state.put("role", "arn:1", "app_rw")
    assert state.get("role", "arn:1") == "app_rw"
    assert state.problem.startswith("Cannot")


def test_consoles_at_the_same_time_forget_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    one, two = JsonStore(path), JsonStore(path)
    one.put("roles", "arn:1", "app_rw")
    two.put("roles", "arn:2", "app_ro")
    two.put("screen", "theme", "nord")
    one.put("screen", "theme", "")
    one.put("fleet", "favourites", "arn:1")
    again = JsonStore(path)
    assert [again.get("roles", arn) for arn in ("arn:1", "arn:2")] == ["app_rw", "app_ro"]
    assert again.get("screen", "theme") == "nord"  # who has not seen it has not taken it away
    assert again.get("fleet", "favourites") == "arn:1"
    assert list(tmp_path.iterdir()) == [path]


PUTS = """
import sys
from pathlib import Path
from dsql_tui.json_store import JsonStore
state = JsonStore(Path(sys.argv[1]))
sys.stdin.read()
for number in range(40):
    state.put(sys.argv[2], str(number), "x")
assert not state.problem, state.problem
"""


def test_processes_at_the_same_time_write_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    writers = [
        subprocess.Popen([sys.executable, "-c", PUTS, path, name], stdin=subprocess.PIPE)
        for name in ("one", "two", "three")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    kept = json.loads(path.read_text())
    assert {name: len(values) for name, values in kept.items()} == {
        "one": 40,
        "two": 40,
        "three": 40,
    }


def test_what_could_not_be_written_is_written_with_the_next_change(
    tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / "state.json"
    state = JsonStore(path)
    state.put("role", "arn:1", "app_rw")
    before = path.read_bytes()
    for torn in (True, False):
        with failing_disk.failing_from(3, torn=torn):  # the lock is taken by then
            state.put("role", "arn:2", f"app_ro {torn}")
        assert state.problem.startswith("Cannot write")
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]
    state.put("role", "arn:3", "app_ro")
    again = JsonStore(path)
    assert [again.get("role", f"arn:{n}") for n in (1, 2, 3)] == [
        "app_rw",
        "app_ro False",
        "app_ro",
    ]


def test_what_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.symlink_to(path)
    state = JsonStore(path)
    assert state.problem.startswith("Cannot read")
    state.put("role", "arn:1", "app_rw")
    assert state.get("role", "arn:1") == "app_rw"
    assert path.is_symlink()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_moved_aside_without_waiting(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "state.json"
    make(path)
    assert "it is now state.json.damaged-1" in JsonStore(path).problem
    JsonStore(path).put("role", "arn:1", "app_rw")
    assert JsonStore(path).get("role", "arn:1") == "app_rw"


def test_each_console_has_its_own_file_and_removes_it(tmp_path: Path) -> None:
    with ExitStack() as first:
        assert own_file(tmp_path, "tabs", first).name == "tabs.json"
        with ExitStack() as second:
            other = own_file(tmp_path, "tabs", second)
            assert other.name == "tabs-2.json"
            other.touch()
            with left_behind(tmp_path, "tabs") as files:
                assert files == []
        with left_behind(tmp_path, "tabs") as files:
            assert files == [other]
            with ExitStack() as third:
                assert own_file(tmp_path, "tabs", third).name == "tabs-3.json"
