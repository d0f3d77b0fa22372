"""The number in `postmaster.pid` is no proof of anything: whose it is decides."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dsql_tui.local.postgres import left_over
from dsql_tui.local.postgres.left_over import PID_FILE, stop_left_over
from dsql_tui.local.postgres.postmaster import _WATCHER

PATIENCE_S = 10
OWN = 7_000_000
"""Stands for the number of the process that runs the test."""
Begin = Callable[..., "subprocess.Popen[bytes]"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" and not shutil.which("ps"), reason="nothing tells of processes"
)


@pytest.fixture
def pgdata(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def _hear_all() -> None:
    """A shell that runs the tests in the background may have set these to be ignored."""
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Yield a function that starts a process of a name in a folder, waiting for a signal."""
    with ExitStack() as stack:

        def start(name: str, cwd: Path, *options: str) -> subprocess.Popen[bytes]:
            program = tmp_path / "bin" / name
            program.parent.mkdir(exist_ok=True)
            if options:
                program.write_text("#!/bin/sh\nread _\n")
                program.chmod(0o700)
            else:
                shutil.copy(shutil.which("sleep") or "", program)
                options = ("600",)
            process = subprocess.Popen(
                [program, *options], stdin=subprocess.PIPE, cwd=cwd, preexec_fn=_hear_all
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def recorded(pgdata: Path, number: int) -> Path:
    """Write a `postmaster.pid` of `pgdata`."""
    file = pgdata / PID_FILE
    file.write_text(f"{number}\n{pgdata}\n1700000000\n5432\n/tmp\n\n  1234  5\nready\n")
    file.chmod(0o600)
    return file


def test_a_postgres_that_works_in_the_folder_is_stopped(pgdata: Path, begin: Begin) -> None:
    process = begin("postgres", pgdata)
    file = recorded(pgdata, process.pid)
    stop_left_over(pgdata)
    assert process.wait(PATIENCE_S) == -signal.SIGQUIT
    assert not file.exists()


@pytest.mark.parametrize("name", ["python", "postgres"])
def test_a_process_with_the_number_that_works_elsewhere_is_left_alone(
    pgdata: Path, begin: Begin, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "another"
    elsewhere.mkdir()
    process = begin(name, elsewhere)
    file = recorded(pgdata, process.pid)
    stop_left_over(pgdata)
    assert process.poll() is None
    assert not file.exists()  # or PostgreSQL would not start


def test_a_process_in_the_folder_that_is_no_postgres_is_left_alone(
    pgdata: Path, begin: Begin
) -> None:
    process = begin("bash", pgdata)
    recorded(pgdata, process.pid)
    stop_left_over(pgdata)
    assert process.poll() is None


@pytest.mark.parametrize("number", [0, 1, -1, 2**31 - 1, 2**70, OWN, -OWN])
def test_a_process_id_of_another_program_is_deleted_and_no_process_is_signalled(
    pgdata: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    signalled: list[object] = []
    monkeypatch.setattr(os, "kill", lambda *how: signalled.append(how))
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda *how: signalled.append(how))
    file = recorded(pgdata, number // OWN * os.getpid() if abs(number) == OWN else number)
    stop_left_over(pgdata)
    assert not file.exists()
    assert signalled == []


@pytest.mark.parametrize("content", ["", "\n", "half", "12x\n"])
def test_a_file_that_was_half_written_is_deleted(pgdata: Path, content: str) -> None:
    file = recorded(pgdata, 0)
    file.write_text(content)
    stop_left_over(pgdata)
    assert not file.exists()


def test_no_file_is_nothing_to_do(pgdata: Path) -> None:
    stop_left_over(pgdata)


@pytest.mark.skipif(sys.platform != "linux", reason="there are no such handles")
def test_without_handles_of_processes_it_is_stopped_by_its_number(
    pgdata: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refused)
    process = begin("postgres", pgdata)
    recorded(pgdata, process.pid)
    stop_left_over(pgdata)
    assert process.wait(PATIENCE_S) == -signal.SIGQUIT


@pytest.mark.skipif(not shutil.which("ps"), reason="there is no ps")
def test_without_proc_the_process_is_identified_by_ps(
    pgdata: Path, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_over, "_serves", left_over._serves_by_ps)
    ours = begin("postgres", tmp_path, "-D", str(pgdata), "-k", "sockets")
    others = [
        begin("postgres", tmp_path, "-D", f"{pgdata}2", "-k", "sockets"),
        begin("pg_ctl", tmp_path, "-D", str(pgdata), "-k", "sockets"),
    ]
    for process in (*others, ours):
        recorded(pgdata, process.pid)
        stop_left_over(pgdata)
    assert ours.wait(PATIENCE_S) == -signal.SIGQUIT
    assert [process.poll() for process in others] == [None, None]


@pytest.mark.skipif(sys.platform != "linux", reason="it waits for processes by handles")
@pytest.mark.parametrize("is_asked", ["proc", "ps"])
@pytest.mark.parametrize("is_at_home", [True, False])
def test_the_watcher_signals_only_what_works_in_the_folder(
    pgdata: Path, begin: Begin, tmp_path: Path, is_asked: str, is_at_home: bool
) -> None:
    home = pgdata if is_at_home else tmp_path
    process = begin("postgres", home, "-D", str(home), "-k", "sockets")
    script = _WATCHER if is_asked == "proc" else _WATCHER.replace("/proc/self", "/none")
    command = ["/bin/sh", "-c", script, "watcher", str(process.pid), str(pgdata)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as watcher:
        assert watcher.stdin
        watcher.stdin.close()
        if not is_at_home:
            assert watcher.wait(PATIENCE_S) == 0
            assert process.poll() is None
        else:
            assert process.wait(PATIENCE_S) == -signal.SIGINT


@pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc")
def test_the_watcher_ends_when_what_it_watches_is_gone(pgdata: Path, begin: Begin) -> None:
    process = begin("postgres", pgdata)
    process.kill()
    process.wait()
    command = ["/bin/sh", "-c", _WATCHER, "watcher", str(process.pid), str(pgdata)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as watcher:
        assert watcher.stdin
        watcher.stdin.close()
        assert watcher.wait(PATIENCE_S) == 0
