"""One process at a time uses a file; a second one gets an error that names the first."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dsql_tui.errors import FileInUse, InputError
from dsql_tui.files.lock import hold
from tests.support.full_disk import file_limit

HOLDER = """
import sys
from pathlib import Path
from dsql_tui.files.lock import hold
with hold(Path(sys.argv[1]), "dsql-tui load", remedy=""):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds a file until its standard input is closed."""
    line = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def write_name(lock: Path, pid: int) -> None:
    """Write the name of a holder as a holder does."""
    said = {"pid": pid, "host": os.uname().nodename, "since": "now", "command": "dsql-tui load"}
    lock.write_text(json.dumps(said) + "\n")


@pytest.fixture
def at_each_pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Give a function that sets what happens where a process would wait."""

    def happen(step: Callable[[], object]) -> None:
        monkeypatch.setattr(time, "sleep", lambda _seconds: step())

    return happen


@pytest.fixture
def no_change_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse at once where a process would wait for a holder to write its name."""
    monkeypatch.setattr("dsql_tui.files.lock.CHANGING_S", 0)


def held(path: Path) -> bool:
    """Whether a file can be held now, by us."""
    with hold(path, "test", remedy=""):
        return True


def test_the_second_process_gets_the_name_of_the_lock_holder(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with holder(path) as process:
        with pytest.raises(FileInUse) as refused:
            held(path)
        said = refused.value.message
        assert said.startswith(f"{path} is in use by process {process.pid} on ")
        assert said.endswith(" UTC (dsql-tui load).")
        assert (tmp_path / "m.lock").stat().st_mode & 0o777 == 0o600
        process.communicate()
    assert held(path)
    assert list(tmp_path.iterdir()) == []


def test_a_holder_that_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "m.lock").exists()
    assert held(path)


def test_one_file_has_one_lock_however_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "m"
    (tmp_path / "folder").symlink_to("data")
    (tmp_path / "file").symlink_to(path)  # the file itself need not exist
    monkeypatch.chdir(path.parent)
    ways = [path, Path("m"), Path("../data/m"), tmp_path / "folder" / "m", tmp_path / "file"]
    for first in ways:
        with hold(first, "test", remedy=""):
            for second in ways:
                with pytest.raises(FileInUse):
                    held(second)
    assert held(path)


def test_another_file_is_free(tmp_path: Path) -> None:
    with hold(tmp_path / "a", "test", remedy=""):
        assert held(tmp_path / "b")


UNNAMED = (b"", b"{", b"\xff", b'{"pid": "1"}', b"[" * 9_000, b'{"pid": 1, "host": "h\\u001b"}')


@pytest.mark.parametrize("content", UNNAMED)
def test_a_holder_that_has_not_yet_written_its_name_is_waited_for(
    tmp_path: Path, content: bytes, at_each_pause: Callable[[Callable[[], object]], None]
) -> None:
    lock = tmp_path / "m.lock"
    lock.write_bytes(content)
    at_each_pause(lambda: write_name(lock, os.getpid()))
    with lock.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FileInUse, match=rf"is in use by process {os.getpid()} on "):
            held(tmp_path / "m")


def test_the_name_that_a_killed_holder_left_is_not_that_of_the_next_one(
    tmp_path: Path, at_each_pause: Callable[[Callable[[], object]], None]
) -> None:
    path = tmp_path / "m"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
    lock = tmp_path / "m.lock"
    assert f'"pid": {process.pid}' in lock.read_text()
    at_each_pause(lambda: write_name(lock, os.getpid()))
    with lock.open("rb") as next_one:
        fcntl.flock(next_one, fcntl.LOCK_EX)
        with pytest.raises(FileInUse, match=rf"is in use by process {os.getpid()} on "):
            held(path)


def test_a_holder_that_ends_before_it_is_named_leaves_the_file_free(
    tmp_path: Path, at_each_pause: Callable[[Callable[[], object]], None]
) -> None:
    lock = tmp_path / "m.lock"
    with lock.open("wb") as ending:
        fcntl.flock(ending, fcntl.LOCK_EX)
        at_each_pause(ending.close)
        assert held(tmp_path / "m")


def test_who_holds_a_deleted_lock_file_holds_nothing(
    tmp_path: Path, at_each_pause: Callable[[Callable[[], object]], None]
) -> None:
    lock = tmp_path / "m.lock"
    write_name(lock, os.getpid())
    paused = list[str]()
    at_each_pause(lambda: paused.append("paused"))
    with lock.open("rb") as late:
        fcntl.flock(late, fcntl.LOCK_EX)
        opened = os.open

        def delete_when_opened(path: Path, *settings: int) -> int:
            handle = opened(path, *settings)
            if not paused:
                lock.unlink()
            return handle

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "open", delete_when_opened)
            assert held(tmp_path / "m")
    assert paused == ["paused"]


@pytest.mark.usefixtures("no_change_is_expected")
@pytest.mark.parametrize("content", UNNAMED)
def test_a_lock_holder_without_a_name_is_called_another_process(
    tmp_path: Path, content: bytes
) -> None:
    lock = tmp_path / "m.lock"
    lock.write_bytes(content)
    with lock.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FileInUse, match=r"is in use by another process\.$"):
            held(tmp_path / "m")


def test_a_lock_file_that_is_removed_while_it_is_locked_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, lock, deleted = fcntl.flock, tmp_path / "m.lock", list[int]()

    def flock(handle: int, how: int) -> None:
        take(handle, how)
        if not deleted:
            deleted.append(handle)
            lock.unlink()

    monkeypatch.setattr(fcntl, "flock", flock)
    with hold(tmp_path / "m", "test", remedy=""), pytest.raises(FileInUse):
        held(tmp_path / "m")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(_handle: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(InputError, match="file system without locks") as refused:
        held(tmp_path / "m")
    assert not isinstance(refused.value, FileInUse)


@pytest.mark.usefixtures("no_change_is_expected")
def test_a_full_disk_takes_the_holder_s_name_and_not_the_lock(
    tmp_path: Path,
) -> None:
    with (
        file_limit(0),
        hold(tmp_path / "m", "test", remedy=""),
        pytest.raises(FileInUse, match="another process"),
    ):
        held(tmp_path / "m")


@pytest.mark.parametrize("make", [Path.mkdir, lambda lock: lock.symlink_to(lock)])
def test_a_path_that_cannot_be_a_lock_file_is_reported(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "m.lock")
    with pytest.raises(InputError, match="cannot be locked"):
        held(tmp_path / "m")
    with pytest.raises(InputError, match="cannot be locked"):
        held(tmp_path / "absent" / "m")
