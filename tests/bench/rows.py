"""Fetching, finding, sorting and exporting a million rows, without a screen."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import floors
from tests.bench.database import BIG_ROWS, conninfo, row_bytes
from tests.bench.measure import Measurement, Options, Target, medians, timed

SELECT = "select * from big"
MIB = 1024 * 1024


def child(name: str, argument: str) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.child", name, conninfo(), argument]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def fetch_big(options: Options) -> Iterator[Measurement]:
    """All rows available, against the C program; memory, against the rows' own bytes."""
    memory: list[float] = []

    def ours() -> float:
        found = child("fetch", SELECT)
        assert found["rows"] == BIG_ROWS
        memory.append(found["over_idle_bytes"])
        return found["seconds"]

    competitors = {"ours": ours, "floor": lambda: floors.floor_seconds(conninfo(), SELECT)}
    if floors.has_psql():
        competitors["psql"] = lambda: floors.psql_seconds(conninfo(), SELECT)
    found = medians(options.runs, competitors)
    against = "libpq in C, chunked" if floors.chunked_floor() else "psql -At"
    yield Measurement("fetch_big", "s", found["ours"], found["floor"], against, Target(ratio=1.15))
    if "psql" in found:
        yield Measurement(
            "fetch_big, peer", "s", found["ours"], found["psql"], "psql -At", Target(ratio=1.0)
        )
    yield Measurement(
        "fetch_big, memory over idle",
        "MiB",
        max(memory) / MIB,
        row_bytes("big") / MIB,
        "bytes of the rows",
        Target(ratio=3.0),
    )


def find(options: Options) -> Iterator[Measurement]:
    """A text that occurs in the last row only, compared with grep."""
    stalls: list[float] = []

    def ours() -> float:
        found = child("find", f"customer name {BIG_ROWS}")
        stalls.append(found["stall_ms"])
        return found["seconds"]

    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "big.txt"
        command = ["psql", conninfo(), "-XAtq", "-o", str(text), "-c", SELECT]
        subprocess.run(command, check=True, capture_output=True)
        grep = ["grep", "-c", f"customer name {BIG_ROWS}", str(text)]
        floor = {
            "grep": lambda: timed(lambda: subprocess.run(grep, check=True, capture_output=True))
        }
        found = medians(options.runs, {"ours": ours, **floor})
    yield Measurement("find", "s", found["ours"], found["grep"], "grep -c", Target(value=1.0))
    yield Measurement("find, longest stall", "ms", max(stalls), target=Target(value=50))


def sort(options: Options) -> Iterator[Measurement]:
    """A numeric, a text and a date column, descending."""
    runs = max(1, options.runs // 2)
    stalls: list[float] = []
    for column in ("price", "name", "day"):

        def ours(column: str = column) -> float:
            found = child("sort", column)
            stalls.append(found["stall_ms"])
            return found["seconds"]

        found = medians(runs, {"ours": ours})
        yield Measurement(f"sort by {column}", "s", found["ours"], target=Target(value=3.0))
    yield Measurement("sort, longest stall", "ms", max(stalls), target=Target(value=50))


def export(options: Options) -> Iterator[Measurement]:
    """From the server into a file."""
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def ours(suffix: str) -> float:
            found = child("export", str(folder / f"out.{suffix}"))
            memory.append(found["over_idle_bytes"])
            return found["seconds"]

        found = medians(
            options.runs,
            {
                "csv": lambda: ours("csv"),
                "jsonl": lambda: ours("jsonl"),
                "psql": lambda: floors.copy_seconds(conninfo(), "big", folder / "psql.csv"),
            },
        )
    against = r"psql \copy csv"
    yield Measurement("export csv", "s", found["csv"], found["psql"], against, Target(ratio=1.5))
    yield Measurement("export jsonl", "s", found["jsonl"], found["psql"], against, Target(ratio=3))
    yield Measurement("export, memory over idle", "MiB", max(memory) / MIB, target=Target(value=32))
