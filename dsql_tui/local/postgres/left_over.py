"""Stops a PostgreSQL that still uses a data folder after its server was killed.

Its process ID is in `postmaster.pid`, but may belong to another process now: process IDs are
reused, and a restarted container with the folder on a volume starts again with low ones. A process
is signalled only if it is `postgres`, runs as the right user and has this folder as its working
directory. Otherwise the file is deleted, because PostgreSQL would not start while another process
has that ID.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership

STOP_TIMEOUT_S = 10.0
PID_FILE = "postmaster.pid"
_PROC = Path("/proc")
_POLL_S = 0.01


def stop_left_over(pgdata: Path) -> None:
    """Stop the PostgreSQL that uses `pgdata`, if there is one, and remove its lock files.

    The caller holds the lock of the data folder, so no other process starts one meanwhile.

    Raises:
        LocalError: It does not end.
        OSError: `postmaster.pid` belongs to another user, or cannot be deleted.
    """
    try:
        pid = abs(int(ownership.read_text(pgdata / PID_FILE).partition("\n")[0]))
    except FileNotFoundError:
        return
    except ValueError:
        pid = 0  # the file was not written completely
    if pid and _serves(pid, pgdata) and not _stopped(pid, pgdata):
        raise LocalError(
            f"An earlier PostgreSQL (process {pid}) still uses {pgdata} and does not end.",
            remedy=f"End it: kill -9 {pid}.",
        )
    ownership.delete(pgdata / PID_FILE)


def _serves(pid: int, pgdata: Path) -> bool:
    """Whether a process is a PostgreSQL that works in `pgdata`."""
    return _serves_by_proc(pid, pgdata) if sys.platform == "linux" else _serves_by_ps(pid, pgdata)


def _serves_by_proc(pid: int, pgdata: Path) -> bool:
    process = _PROC / str(pid)
    try:
        is_postgres = (process / "comm").read_text(encoding="utf-8").strip() == "postgres"
        is_ours = ownership.is_our_user(process.stat().st_uid)
        return is_postgres and is_ours and (process / "cwd").samefile(pgdata)
    except (OSError, ValueError):
        return False  # there is no such process, or it is another user's


def _serves_by_ps(pid: int, pgdata: Path) -> bool:
    try:
        output = subprocess.run(
            ["ps", "-ww", "-o", "uid=,command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    except OSError:
        return False
    uid, _, command = output.strip().partition(" ")
    program, _, options = command.strip().partition(f" -D {pgdata} ")
    is_ours = uid.isdecimal() and ownership.is_our_user(int(uid))
    return is_ours and bool(options) and Path(program).name == "postgres"


def _stopped(pid: int, pgdata: Path) -> bool:
    """Stop a PostgreSQL immediately; return whether it has ended."""
    try:
        handle = os.pidfd_open(pid) if sys.platform == "linux" else None
    except ProcessLookupError:
        return True
    except OSError:
        handle = None  # the kernel is too old, or a sandbox forbids the call
    if handle is None:
        return _stopped_by_number(pid, pgdata)
    try:
        if not _serves(pid, pgdata):  # the ID may have been reused before the open
            return True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGQUIT)
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(STOP_TIMEOUT_S * 1000))
    finally:
        os.close(handle)


def _stopped_by_number(pid: int, pgdata: Path) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
    deadline_s = time.monotonic() + STOP_TIMEOUT_S
    while _serves(pid, pgdata):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True
