"""Peers on the small table, where they are installed: seconds to all rows, and memory."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

from tests.bench.database import conninfo
from tests.bench.measure import Measurement, Options, Target, medians
from tests.bench.screens import grid
from tests.bench.terminal import Terminal, TooSlow

MIB = 1024 * 1024
FIRST_NAME = b"customer name "
RUN_KEY = b"\x0a"
"""ctrl+j, which both peers take for run."""


def _commands() -> dict[str, list[str]]:
    parts = dict(part.split("=", 1) for part in conninfo().split())
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={quote(parts['host'], safe='')}"
    known = {
        "harlequin": ["harlequin", "-a", "postgres", url],
        "sqlit": ["sqlit", "connect", "postgresql", "--url", url],
    }
    return {name: command for name, command in known.items() if shutil.which(name)}


def peers(options: Options) -> Iterator[Measurement]:
    """Key to first row and memory of each installed peer, against ours on the same table."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"

        def ours() -> tuple[float, float]:
            with grid("select * from small", notes) as terminal:
                started = time.monotonic()
                terminal.write(b"r")
                terminal.until(b"100,000 rows")
                return time.monotonic() - started, terminal.memory_bytes / MIB

        for name, command in _commands().items():
            try:
                theirs = medians(options.runs, {name: partial(_peer_s, command)})
            except TooSlow as reason:
                yield Measurement(f"peer {name}", "s", float("nan"), note=str(reason)[:80])
                continue
            seconds, memory = ours()
            yield Measurement(
                f"peer {name}, 100,000 rows",
                "s",
                seconds,
                theirs[name],
                name,
                Target(ratio=1 / 8),
                note=f"ours holds {memory:.0f} MiB",
            )


def _peer_s(command: list[str]) -> float:
    with Terminal(command) as terminal:
        terminal.settle(2.0)
        terminal.write(b"select * from small")
        terminal.settle(0.5)
        started = time.monotonic()
        terminal.write(RUN_KEY)
        terminal.until(FIRST_NAME, timeout_s=60)
        return time.monotonic() - started
